"""Started with a time zone that is none, with too few open files, with nobody to read: told in words, never a crash."""

import os
import resource
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import LEAK, ROOT, environment
from tests.servers.waiting import patient
from tests.terminal import Terminal

DEAD = "{{id: s{0}, title: S{0}, kind: tcp, address: '127.0.0.1:1', interval: 2, timeout: 1, logs: {{file: {1}/log}}}}"
LINE = "2026-11-30T12:00:00Z INFO hello\n"


@pytest.fixture
def stack(tmp_path: Path) -> str:
    return with_check(stack_of(tmp_path, 2))


def stack_of(folder: Path, count: int) -> str:
    (folder / "log").write_text(LINE * 3)
    path = folder / "stack.yaml"
    services = "".join(f"  - {DEAD.format(number, folder)}\n" for number in range(count))
    path.write_text("env: test\nservices:\n" + services)
    return str(path)


def with_check(stack: str) -> str:
    """The same with a check of its own, which fails."""
    with Path(stack).open("a") as file:
        file.write("checks: {own: [{id: open, kind: tcp, address: '127.0.0.1:1'}]}\n")
    return stack


def shell(line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A line of the shell in which $PROGRAM is this program."""
    program = shlex.join([sys.executable, "-m", "sutaz_tui"])
    return subprocess.run(
        ["bash", "-c", line.replace("$PROGRAM", program)],
        cwd=ROOT, env=environment(env), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patient(60),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def no_crash_file(own_folders: Path):  # type: ignore[no-untyped-def]
    yield
    assert not list(own_folders.glob("state/sutaz-tui/crash-*"))


@pytest.mark.parametrize(
    "zone", ["UTC+24", "UTC-24", "UTC+167", "garbage", ":/nonexistent", "No/Where", "A-24:59"]
)
@pytest.mark.parametrize("words", ["status", "report", "logs --since 365d", "check own"])
def test_a_time_zone_that_is_none_is_said_and_times_are_in_utc(stack: str, zone: str, words: str) -> None:
    done = shell(f"$PROGRAM {words} -c {stack}", TZ=zone)
    assert done.returncode in (0, 1, 3)
    assert done.stderr == f"TZ={zone} is not a known time zone: times are in UTC\n"
    assert done.stdout


@pytest.mark.parametrize(
    "zone", ["", ":", "UTC", "Etc/UTC", "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3", "UTC+23"]
)
def test_a_time_zone_that_is_one_is_not_spoken_of(stack: str, zone: str) -> None:
    done = shell(f"$PROGRAM status -c {stack}", TZ=zone)
    assert (done.returncode, done.stderr) == (1, "")


def test_the_board_says_at_its_foot_that_the_time_zone_is_none(stack: str) -> None:
    with Terminal("-c", stack, env={"TZ": "UTC+24"}) as board:
        board.wait_for("TZ=UTC+24 is not a known time zone: times are in UTC")
        board.wait_for("✗ 2")
        board.press("Q")
        assert board.wait_end() == 0


@pytest.mark.parametrize("allowed", [24, 32, 48, 64])
@pytest.mark.parametrize("words", ["status", "--plain", "logs -f"])
def test_too_few_open_files_are_told_with_the_number_that_is_needed(
    tmp_path: Path, allowed: int, words: str
) -> None:
    done = shell(f"ulimit -n {allowed}; exec $PROGRAM {words} -c {stack_of(tmp_path, 60)}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"too few open files are allowed: {allowed}; these services need about 80: ulimit -n 80, then start again\n"
    )


@pytest.mark.parametrize("allowed, code", [(24, 2), (32, 2), (48, 1), (64, 1)])
@pytest.mark.parametrize("words", ["check", "report"])
def test_checks_need_as_many_as_run_at_once_however_many_services_there_are(
    tmp_path: Path, words: str, allowed: int, code: int
) -> None:
    path = Path(stack_of(tmp_path, 60))
    own = "".join(f"    - {{id: c{n}, kind: tcp, address: '127.0.0.1:1'}}\n" for n in range(30))
    path.write_text(path.read_text() + "checks:\n  own:\n" + own)
    done = shell(f"ulimit -n {allowed}; exec $PROGRAM {words} -c {path}")
    assert done.returncode == code
    assert done.stderr == (
        f"too few open files are allowed: {allowed}; these services need about 36: ulimit -n 36, then start again\n"
        if code == 2
        else ""
    )


@pytest.mark.parametrize("words", ["status --demo", "check --demo", "--plain --demo", "simulate"])
def test_the_simulated_stack_tells_it_too(words: str) -> None:
    done = shell(f"ulimit -n 24; exec $PROGRAM {words}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("too few open files are allowed: 24; ")


@pytest.mark.parametrize("allowed", [24, 32])
def test_the_board_tells_it_too_and_leaves_the_terminal_alone(tmp_path: Path, allowed: int) -> None:
    path = stack_of(tmp_path, 60)
    line = f"ulimit -n {allowed}; exec {shlex.quote(sys.executable)} -m sutaz_tui -c {path}"
    with Terminal(program=("bash", "-c", line), columns=120) as board:
        assert board.wait_end() == 2
        assert "ulimit -n 80" in board.text
        assert b"\x1b[?1049h" not in board.raw


@pytest.mark.parametrize("words", ["status", "--plain"])
def test_as_many_open_files_as_it_asks_for_are_enough(tmp_path: Path, words: str) -> None:
    done = shell(f"ulimit -n 80; $PROGRAM {words} -c {stack_of(tmp_path, 60)} | grep -m 1 -i '60 down'")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_soft_limit_is_raised_where_it_may_be(tmp_path: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert hard == resource.RLIM_INFINITY or hard >= 80, "this machine allows too little for this test"
    done = shell(f"ulimit -S -n 24; exec $PROGRAM status -c {stack_of(tmp_path, 60)}")
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    "words", ["status", "check", "report", "config show", "--plain", "logs s0", "logs -f s0"]
)
def test_a_full_disk_is_told(stack: str, words: str) -> None:
    done = shell(f"$PROGRAM {words} {'--since 365d ' if 'logs' in words else ''}-c {stack} > /dev/full")
    assert done.returncode == 1
    assert (
        done.stderr
        == "Error: the disk is full: what was printed is not all of it; make room, then ask again\n"
    )


@pytest.mark.parametrize(
    "words", ["status", "check", "report", "config show", "--plain", "logs s0", "logs -f s0"]
)
def test_who_has_read_enough_is_not_answered(stack: str, words: str) -> None:
    since = "--since 365d " if "logs" in words else ""
    done = shell(f"$PROGRAM {words} {since}-c {stack} | head -n 1; exit ${{PIPESTATUS[0]}}")
    assert done.returncode in (0, 1, 3)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
    done = shell(f"$PROGRAM {words} {since}-c {stack} | true; exit ${{PIPESTATUS[0]}}")
    assert done.returncode in (0, 1)
    assert done.stderr == ""


@pytest.mark.parametrize(
    "words, code", [("status", 1), ("check", 1), ("report", 1), ("config show", 0), ("logs s0", 0)]
)
def test_with_its_output_closed_the_exit_code_still_tells(stack: str, words: str, code: int) -> None:
    done = shell(f"$PROGRAM {words} -c {stack} >&-")
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


@pytest.mark.parametrize("words", ["--plain", "logs -f"])
def test_nothing_is_followed_for_nobody(stack: str, words: str) -> None:
    done = shell(f"$PROGRAM {words} -c {stack} >&-")
    assert done.returncode == 2
    assert "standard output is closed" in done.stderr
    assert not LEAK.search(done.stderr)


@pytest.mark.parametrize(
    "words", [("--plain",), ("logs", "-f", "s0"), ("logs", "-f", "s0", "--since", "365d")]
)
@pytest.mark.parametrize("is_quiet", [True, False], ids=["quiet", "writing"])
def test_following_ends_when_its_terminal_vanishes_though_hangups_are_ignored(
    stack: str, tmp_path: Path, words: tuple[str, ...], is_quiet: bool
) -> None:
    with Terminal(*words, "-c", stack, ignore_hangup=True) as terminal:
        if words[0] == "--plain":
            terminal.wait_for("2 DOWN")
        elif "365d" in words:
            terminal.wait_for("hello")
        else:
            terminal.wait_for(
                lambda _: (tmp_path / "log").name and is_reading(terminal.process.pid, tmp_path / "log")
            )
        terminal.vanish()
        if not is_quiet:
            with (tmp_path / "log").open("a") as log:
                log.write(LINE * 1000)
        assert terminal.process.wait(patient(30)) == (1 if words[0] == "--plain" else 0)


def is_reading(pid: int, path: Path) -> bool:
    return any(os.path.realpath(link) == str(path) for link in Path(f"/proc/{pid}/fd").iterdir())
