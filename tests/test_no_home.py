"""A user without a home folder, folders that are closed, a folder that is gone: told in words, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from sutaz_tui.output import crash
from sutaz_tui.text.sanitise import Secrets
from tests.running import LEAK, ROOT, command, environment
from tests.servers.waiting import patient
from tests.strangers import PROGRAM, STRANGER, strange
from tests.terminal import Terminal

TILL = "services:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n"


@pytest.fixture
def till(tmp_path: Path) -> str:
    """A config of one service that is down."""
    file = tmp_path / "till.yaml"
    file.write_text(TILL, "utf-8")
    return str(file)


@pytest.mark.parametrize("words", ["status -c {}", "check api", "report -c {}"])
def test_without_a_home_it_says_so_in_one_line_and_goes_on(words: str, till: str) -> None:
    done = strange(*words.format(till).split())
    assert done.stderr.splitlines() == [
        "no home folder: nothing is remembered, and your own configs are not looked for; set HOME"
    ]
    assert done.stdout
    assert done.returncode in (1, 3)
    assert not LEAK.search(done.stdout)


def test_without_a_home_config_check_and_path_answer(till: str) -> None:
    assert "no fault" in strange("config", "check").stdout
    lines = strange("config", "path").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["sutaz-tui.yaml", "used", "state"]
    assert lines[-1] == "state   none: no home folder; set HOME"
    named = strange("status", "-c", till, env={"HOME": "relative"})
    assert "Till" in named.stdout
    assert named.stderr.startswith("no home folder: nothing is remembered")
    done = strange("prod")
    assert (done.returncode, done.stdout) == (2, "")
    words = 'config: found the config name "prod" but no home folder; set HOME, or name a file with -c\n'
    assert done.stderr == words


def test_without_a_home_the_board_opens_says_so_and_gives_the_terminal_back(till: str) -> None:
    with Terminal("-c", till, program=(*STRANGER, "TERM=xterm-256color", *PROGRAM), columns=120) as terminal:
        terminal.wait_for(lambda text: "no home folder: nothing is remembered; set HOME" in text)
        terminal.press("Q")
        assert terminal.wait_end() == 0
        assert "Traceback" not in terminal.text
        assert b"\x1b[?1049l" in terminal.raw


def test_a_closed_config_folder_is_told_and_no_other_stack_is_watched(tmp_path: Path) -> None:
    folder = tmp_path / "closed" / "sutaz-tui"
    folder.mkdir(parents=True)
    (folder / "default.yaml").write_text(TILL, "utf-8")
    folder.parent.chmod(0)
    env = {"XDG_CONFIG_HOME": str(tmp_path / "closed"), "XDG_STATE_HOME": str(tmp_path / "state")}
    try:
        done = strange("status", env=env)
        paths = strange("config", "path", env=env)
    finally:
        folder.parent.chmod(0o700)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        f"found the folder {tmp_path}/closed closed to us (permission denied, your config folder)"
        in done.stderr
    )
    assert not LEAK.search(done.stderr)
    marks = [line[:6].strip() for line in paths.stdout.splitlines()]
    assert marks == ["", "closed", "there", "state"]


@pytest.mark.parametrize("words", ["status -c {}", "check -c {}", "config check -c {}", "logs -c {}"])
def test_a_named_config_that_may_not_be_read_is_one_sentence(words: str, till: str) -> None:
    Path(till).chmod(0)
    done = strange(*words.format(till).split(), env={"HOME": "/"})
    assert done.returncode == 2
    expected = f"{till}: found it unreadable (permission denied), expected a config we may read\n"
    assert done.stderr == expected


@pytest.mark.parametrize("key", ["ca_file", "file", "env_file", "log"])
def test_a_file_of_the_config_in_a_closed_folder_is_told(key: str, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(0)
    entry = {
        "ca_file": "tls: {ca_file: closed/x}",
        "file": "title: 'file:closed/x'",
        "env_file": "title: x",
        "log": "logs: {file: closed/x}",
    }[key]
    file = tmp_path / "a.yaml"
    head = "env_file: closed/x\n" if key == "env_file" else ""
    file.write_text(f"{head}services:\n  - {{id: a, kind: http, address: 'http://127.0.0.1:1', {entry}}}\n")
    done = strange("logs" if key == "log" else "status", "-c", str(file), env={"HOME": "/"})
    assert done.returncode in (2, 4)
    assert "closed" in done.stderr
    assert not LEAK.search(done.stderr)
    assert "fault of its own" not in done.stderr


@pytest.mark.parametrize("place", ["{}/file", "/dev/null", "/proc", "relative", "/" + "x" * 300])
def test_a_state_folder_that_cannot_be_used_costs_the_memory_alone(place: str, till: str) -> None:
    (Path(till).parent / "file").write_text("")
    where = place.format(Path(till).parent)
    done = strange("check", "-c", till, env={"HOME": "/nonexistent", "XDG_STATE_HOME": where})
    assert done.returncode in (0, 1, 3)
    assert len(done.stderr.splitlines()) <= 1
    assert "fault of its own" not in done.stderr
    assert not LEAK.search(done.stdout)


@pytest.mark.parametrize(
    "words", ["status -c {}", "status", "config path", "config check", "check -c {} --list"]
)
def test_a_folder_that_is_gone_is_no_fault(words: str, till: str, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"cd {gone} && rmdir {gone} && exec {sys.executable} -m sutaz_tui {words.format(till)}"
    done = subprocess.run(
        ["sh", "-c", line], env=environment(), capture_output=True, text=True, timeout=patient(60)
    )
    assert "Traceback" not in done.stderr
    assert "fault of its own" not in done.stderr
    assert done.stdout or "sutaz-tui init" in done.stderr


class Wordless(Exception):
    """An error that cannot even be told."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_the_crash_reporter_never_crashes_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = crash.words(Wordless(), tmp_path, Secrets())
    assert words.startswith("sutaz-tui crashed (Wordless).")
    assert crash.words(Wordless(), None, Secrets()).count("no home folder") == 1
    monkeypatch.setattr(crash.metadata, "version", lambda name: (_ for _ in ()).throw(KeyError(name)))
    assert "could not be made" in crash.words(ValueError("x"), tmp_path, Secrets())


def test_a_fault_of_ours_without_a_home_is_told_in_words() -> None:
    program = (
        "import click, sys; from sutaz_tui.cli.main import cli, run\n"
        "def broken(): raise ValueError('no good')\n"
        "cli.commands['break'] = click.Command('break', callback=broken)\n"
        "sys.exit(run(['break']))"
    )
    done = subprocess.run(
        [*STRANGER, sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=patient(60),
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "this user has no home folder; set HOME" in done.stderr


@pytest.mark.parametrize("words", ["status -c gone.yaml", "status --wrong"])
def test_a_full_stderr_does_not_change_the_exit_code(words: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *words.split()], cwd=ROOT, env=environment(), stderr=full, timeout=patient(60)
        )
    assert done.returncode == 2


def test_with_a_home_nothing_is_said_of_it(till: str) -> None:
    assert command("status", "-c", till).stderr == ""
