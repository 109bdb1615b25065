"""`:reload` in a real terminal: the config as it is by now, the rows with their history; one at fault changes nothing."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaz_tui.engine.store import Store
from sutaz_tui.model import Reading, Service, Status
from tests.hand_clock import HandClock
from tests.terminal import Terminal


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def write(folder: Path, *services: str, port: int) -> Path:
    path = folder / "shop.yaml"
    # Asked seldom: nobody takes the connections.
    row = f"{{kind: tcp, address: '127.0.0.1:{port}', interval: 600}}"
    rows = "".join(f"  {id}: {row}\n" for id in services)
    path.write_text(f"services:\n{rows}")
    return path


def typed(terminal: Terminal, text: str) -> None:
    for key in (*text, "\r"):
        terminal.press(key)


def test_a_config_at_fault_is_told_and_the_next_one_is_taken(tmp_path: Path, port: int) -> None:
    path = write(tmp_path, "first", "second", port=port)
    env = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    with Terminal("-c", str(path), columns=180, env=env) as terminal:
        terminal.wait_for("✓ 2")
        write(tmp_path, "first", "third", port=99_999_999)
        typed(terminal, ":reload")
        terminal.wait_for("config kept as it was: shop.yaml:2: services.first.address: ")
        assert "second" in terminal.text and "expected host:port" in terminal.text
        assert "+1 more: sutaz-tui config check" in terminal.text
        write(tmp_path, "first", "third", "fourth", port=port)
        typed(terminal, ":reload")
        terminal.wait_for("✓ 3")
        assert "third" in terminal.text and "second" not in terminal.text
        terminal.press("Q")
        assert terminal.wait_end() == 0


def test_the_screen_that_was_open_and_the_row_below_it_are_open_again(tmp_path: Path, port: int) -> None:
    services = [f"row{number:02}" for number in range(40)]
    path = write(tmp_path, *services, port=port)
    env = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    with Terminal("-c", str(path), columns=100, rows=24, env=env) as terminal:
        terminal.wait_for("✓ 40")
        typed(terminal, ":row35")
        terminal.press("k")
        terminal.wait_for(">row34")
        before = terminal.text.splitlines()
        terminal.press("\r")
        terminal.wait_for("row34   WHY")
        write(tmp_path, *services, "new", port=port)
        typed(terminal, ":reload")
        terminal.wait_for(lambda text: "the config was read again" in text and "row34   WHY" in text)
        terminal.press("q")
        terminal.wait_for(lambda text: ">row34" in text and "✓ 41" in text)
        after = terminal.text.splitlines()
        assert [line[:9] for line in before[3:20]] == [line[:9] for line in after[3:20]]
        write(tmp_path, *services[:20], port=port)
        terminal.press("\r")
        terminal.wait_for("row34   WHY")
        typed(terminal, ":reload")
        terminal.wait_for("✓ 20")
        assert "row34   WHY" not in terminal.text and "row34" not in terminal.text


def test_rows_keep_their_history_where_they_are_asked_as_before() -> None:
    clock = HandClock()
    same, moved = Service("same", "Same", "tcp", "g", "a:1"), Service("moved", "Moved", "tcp", "g", "a:2")
    before = Store([same, moved], {}, clock)
    for id in ("same", "moved"):
        for status in (Status.UP, Status.DOWN, Status.DOWN):
            reading = Reading(id, "tcp", status, "it", clock.now(), latency=0.01)
            before.records[id].take(reading)
    renamed = Service("same", "Renamed", "tcp", "h", "a:1")
    after = Store(
        [renamed, Service("moved", "Moved", "tcp", "g", "a:3"), Service("new", "New", "tcp", "g")], {}, clock
    )
    after.carry(before)
    states = {state.service.id: state for state in after.snapshot().services}
    assert (states["same"].status, states["same"].service.title) == (Status.DOWN, "Renamed")
    assert len(states["same"].latencies) == 3 and states["same"].history
    assert states["moved"].asked is None and states["new"].asked is None
