"""Several configs in a real terminal: `sutaz-tui board prod staging ./lab.yaml`."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.servers.waiting import patient
from tests.terminal import Terminal


class Homes:
    """A config folder with `prod` and `staging`, each a service that a socket of this test answers for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sockets = {name: socket.create_server(("127.0.0.1", 0)) for name in ("prod", "staging")}
        for name, listening in self.sockets.items():
            self.write(f"config/sutaz-tui/{name}.yaml", f"{name}-web", listening.getsockname()[1])
        keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.env = {
            **keep,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            "TERM": "xterm-256color",
        }

    def write(self, name: str, id: str, port: int) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        row = f"{{kind: tcp, address: '127.0.0.1:{port}', interval: 1}}"
        path.write_text(f"env: {path.stem}\nservices:\n  {id}: {row}\n")

    def board(self, *names: str, columns: int = 80, rows: int = 24) -> Terminal:
        return Terminal("board", *names, env=self.env, cwd=self.folder, columns=columns, rows=rows)

    def ended(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sutaz_tui", *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=patient(60),
            env=self.env,
            cwd=self.folder,
            check=False,
        )


def typed(terminal: Terminal, line: str) -> None:
    terminal.type(line)
    terminal.press("\r")


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[Homes]:
    made = Homes(tmp_path)
    yield made
    for listening in made.sockets.values():
        listening.close()


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_one_is_seen_and_all_are_watched(homes: Homes, columns: int, rows: int) -> None:
    (homes.folder / "lab.yaml").write_text("servces: {}\n")
    with homes.board("prod", "staging", "./lab.yaml", columns=columns, rows=rows) as terminal:
        terminal.wait_for("PROD ✓ | STAGING ✓ | LAB ? config")
        assert "prod-web" in terminal.text and "staging-web" not in terminal.text
        homes.sockets["staging"].close()
        terminal.wait_for("PROD ✓ | STAGING ✗1 |")
        assert terminal.screen.title.endswith("PROD")
        terminal.press(")")
        terminal.wait_for("staging-web DOWN")
        assert terminal.screen.title == "✗1 STAGING"
        typed(terminal, ":env lab")
        terminal.wait_for("lab.yaml:1: servces: found an unknown key, expected")
        homes.write("lab.yaml", "nas", homes.sockets["prod"].getsockname()[1])
        typed(terminal, ":reload")
        terminal.wait_for("LAB ✓")
        terminal.wait_for("nas")
        assert "STAGING ✗1" in terminal.text, "what was seen of the others is still known"
        terminal.press("Q")
        assert terminal.wait_end() == 0
    kept = sorted(path.name.split("-")[1] for path in (homes.folder / "state").rglob("history-*.sqlite3"))
    assert kept == ["lab", "prod", "staging"], "a history each"


def test_one_name_and_a_file_are_boards_too(homes: Homes) -> None:
    homes.write("lab.yaml", "nas", homes.sockets["prod"].getsockname()[1])
    with homes.board("./lab.yaml") as terminal:
        terminal.wait_for(lambda text: "nas" in text and "✓ 1" in text)
        terminal.press(")")
        terminal.wait_for("one config is open: sutaz-tui board NAME NAME opens several")
        assert " | " not in terminal.text.splitlines()[0]


def test_a_config_at_fault_later_stays_as_it_was(homes: Homes) -> None:
    with homes.board("prod", "staging") as terminal:
        terminal.wait_for("PROD ✓ | STAGING ✓")
        (homes.folder / "config/sutaz-tui/prod.yaml").write_text("servces: {}\n")
        typed(terminal, ":reload")
        terminal.wait_for("config kept as it was: prod.yaml:1")
        assert "PROD ✓ | STAGING ✓" in terminal.text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("board", "prod", "prod"), "two configs are called 'prod'"),
        (("board", "prod", "staging"), "several configs are shown on a screen"),
        (("board", "prod", "staging", "--demo"), "leave out -c and --demo"),
        (("prod", "staging"), "no command 'prod'"),
    ],
)
def test_what_cannot_be_opened_is_said(homes: Homes, arguments: tuple[str, ...], words: str) -> None:
    if words.startswith("two"):
        with Terminal(*arguments, env=homes.env, cwd=homes.folder, columns=120) as terminal:
            terminal.wait_for(words)
            assert terminal.wait_end() == 2
    else:
        ended = homes.ended(*arguments)
        assert ended.returncode == 2 and words in ended.stderr


def test_without_one_good_config_nothing_is_opened_and_each_fault_is_told(homes: Homes) -> None:
    with homes.board("nowhere", "./none.yaml", columns=160) as terminal:
        terminal.wait_for(lambda text: "nowhere.yaml" in text and "none.yaml" in text)
        assert terminal.wait_end() == 2


def test_services_are_polled_on_while_a_line_is_printed(homes: Homes) -> None:
    listening = homes.sockets["prod"]
    with homes.board("prod", "staging") as terminal:
        terminal.wait_for("prod-web")
        terminal.press("Y")
        terminal.wait_for("press Enter to go back")
        listening.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                listening.accept()[0].close()
        listening.settimeout(patient(10))
        for _ in range(3):
            listening.accept()[0].close()
        terminal.press("\r")
        terminal.wait_for(lambda text: "PROD" in text and "press Enter" not in text)
