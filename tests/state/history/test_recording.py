"""`sutaz-tui record` over real servers that are killed and come back, while it runs and while nothing runs."""

import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.config import load
from sutaz_tui.engine.since import SLACK
from sutaz_tui.state.history.lock import WriterLock
from sutaz_tui.state.history.memory import Memory
from tests.running import LEAK, begun, command
from tests.servers.redis import Redis
from tests.servers.waiting import eventually, patient


@pytest.fixture
def config(redis: Redis, tmp_path: Path) -> str:
    path = tmp_path / "shop.yaml"
    path.write_text(
        "env: test\nservices:\n"
        f"  - {{id: redis, title: Redis, kind: redis, address: '{redis.host}:{redis.port}', interval: 1, timeout: 0.5}}\n"
        "  - {id: api, title: API, kind: tcp, address: '127.0.0.1:1', interval: 1, timeout: 0.5, depends_on: [redis]}\n"
    )
    return str(path)


def told(*words: str) -> Any:
    done = command(*words, "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def service(config: str, id: str) -> Any:
    return next(one for one in told("status", "-c", config)["services"] if one["id"] == id)


def changes(config: str) -> list[tuple[str, str]]:
    if command("history", "-c", config).returncode == 2:
        return []
    found = told("history", "-c", config)["changes"]
    return [
        (one["from"], one["to"]) for one in found if one["service"] == "redis" and one["kind"] == "status"
    ]


def is_seen_up(config: str, seconds: float = 0.0) -> bool:
    if command("uptime", "-c", config).returncode:
        return False
    return any(
        row["id"] == "redis" and row["up"] > seconds for row in told("uptime", "-c", config)["services"]
    )


def test_a_server_that_dies_and_comes_back_under_a_recorder(redis: Redis, config: str) -> None:
    with begun("record", "-c", config) as recorder:
        eventually(lambda: is_seen_up(config), "it is seen up", 60)
        redis.stop()
        eventually(lambda: ("up", "down") in changes(config), "it is seen down", 60)
        redis.start()
        eventually(lambda: ("down", "up") in changes(config), "it is seen up", 60)
        second = command("record", "-c", config)
        assert second.returncode == 2
        assert f"is written already by record, process {recorder.pid}" in second.stderr
        state = service(config, "redis")
        assert state["since_at_least"] is False
        recorder.send_signal(signal.SIGTERM)
        assert recorder.wait(patient(60)) == 128 + signal.SIGTERM
    down_at = next(one["at"] for one in told("history", "-c", config)["changes"] if one["to"] == "down")
    then = {one["id"]: one for one in told("status", "-c", config, "--at", down_at)["services"]}
    assert then["redis"]["status"] == "down" and then["redis"]["since"] == down_at
    before = {one["id"]: one for one in told("status", "-c", config, "--at", "3d")["services"]}
    head, said = command("status", "-c", config, "--at", "2026-01-02 18:00").stdout.splitlines()[:2]
    assert head.endswith("at 2026-01-02 18:00:00"), "with its day"
    assert said == "Nobody watched at this moment: nothing is known of it."
    assert (before["redis"]["status"], before["redis"]["summary"]) == ("unknown", "not watched")
    text = command("history", "-c", config)
    assert "Redis up → DOWN" in text.stdout and not LEAK.search(text.stdout)
    (incident,) = [one for one in told("history", "-c", config)["incidents"] if one["cause"] == "redis"]
    assert incident["to"] is not None
    rows = {row["id"]: row for row in told("uptime", "-c", config)["services"]}
    assert 0 < rows["redis"]["percent"] < 100
    assert rows["api"]["percent"] == 0


def test_a_recorder_that_comes_back_gets_the_history_from_the_board_that_went_on_alone(
    tmp_path: Path,
) -> None:
    """It was refused for as long as a board was open, and nobody was told of anything."""
    path = tmp_path / "shop.yaml"
    path.write_text(
        "env: test\nservices:\n  - {id: mail, kind: tcp, address: '127.0.0.1:1', interval: 1, timeout: 0.5}\n"
        f"record: {{socket: {tmp_path}/sock}}\n"
    )
    config = str(path)
    kept = Memory(load(None, path, {}), "test").path
    assert kept is not None
    lock = WriterLock(kept, "test")
    with begun("--plain", "-c", config) as board:
        eventually(lambda: lock.holder().startswith(f"--plain, process {board.pid}"), "it writes", 60)
        with begun("record", "-c", config) as recorder:
            eventually(lambda: lock.holder().startswith(f"record, process {recorder.pid}"), "it writes", 90)
            recorder.terminate()
            said = recorder.stdout.read() if recorder.stdout is not None else ""
        assert f"as soon as --plain, process {board.pid}" in said.splitlines()[0]


def test_a_server_that_was_restarted_while_nobody_watched(redis: Redis, config: str) -> None:
    """It read 'up since' the opening of the board."""
    with begun("record", "-c", config) as recorder:
        # Two starts within the slack are one.
        eventually(lambda: is_seen_up(config, SLACK.total_seconds() + 1), "it is seen up for long", 60)
        os.kill(recorder.pid, signal.SIGKILL)
        recorder.wait(patient(60))
    redis.stop()
    back = datetime.now(UTC)
    redis.start()
    state = service(config, "redis")
    assert state["since_at_least"] is False
    since = datetime.fromisoformat(state["since"])
    assert since >= back - SLACK, "Redis counts whole seconds, of a clock that it reads now and then"
    assert service(config, "api")["status"] == "down"


def test_history_of_a_config_that_nobody_watched(config: str) -> None:
    done = command("history", "-c", config)
    assert done.returncode == 2
    assert "no history of this config yet" in done.stderr


def test_what_is_forgotten_is_gone(redis: Redis, config: str) -> None:
    with begun("record", "-c", config):
        eventually(lambda: is_seen_up(config), "it is seen up", 60)
        redis.stop()
        eventually(lambda: ("up", "down") in changes(config), "it is seen down", 60)
    assert command("history", "-c", config, "--forget", "redis").returncode == 0
    assert changes(config) == []
    assert command("history", "-c", config, "--before", "1h").returncode == 2


def test_waiting_ends_as_soon_as_all_are_up(redis: Redis, config: str) -> None:
    redis.stop()
    with begun("wait", "redis", "-c", config, "--for", "10m") as waiting:
        redis.start()
        out, _ = waiting.communicate(timeout=patient(60))
    assert waiting.returncode == 0
    assert out.startswith("up after ")


def test_an_optional_service_that_is_not_deployed_is_waited_for_where_it_is_named(tmp_path: Path) -> None:
    """It said "up after 0s" of an Alertmanager that nobody had started."""
    path = tmp_path / "shop.yaml"
    path.write_text(
        "env: test\nservices:\n  - {id: mail, kind: tcp, address: '127.0.0.1:1', interval: 1, optional: true}\n"
    )
    assert command("wait", "-c", str(path), "--for", "30s").returncode == 0
    done = command("wait", "mail", "-c", str(path), "--for", "3s")
    assert done.returncode == 1
    assert "absent" in done.stdout


def test_waiting_says_what_is_not_up_when_the_time_is_over(config: str) -> None:
    done = command("wait", "-c", config, "--for", "3s")
    assert done.returncode == 1
    assert done.stdout == "API down: :1 refused\n"
    assert command("wait", "-c", config, "--for", "soon").returncode == 2
