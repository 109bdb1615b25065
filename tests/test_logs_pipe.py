"""`PROGRAM | sutaz-tui logs -`: any program's lines filtered, masked and in one form."""

import json
import subprocess
import sys
import time

from tests.servers.waiting import patient

COMMAND = [sys.executable, "-m", "sutaz_tui", "logs", "-"]
LINES = (
    b"2026-11-23T14:07:12Z ERROR lost password=hunter2\n"
    b"2026-11-23T14:07:13Z INFO fine\n"
    b"\x1b[31mWARN\x1b[0m odd \x1b]0;title\x07\xff"
)


def run(*options: str, given: bytes = LINES) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *options], input=given, capture_output=True, timeout=patient(60), check=False
    )


def test_lines_of_a_pipe_are_masked_and_harmless_and_the_last_one_counts_without_its_newline() -> None:
    ended = run()
    assert ended.returncode == 0 and ended.stderr == b""
    lines = ended.stdout.decode().splitlines()
    assert [line.split()[1] for line in lines] == ["ERROR", "INFO", "WARN"]
    assert "hunter2" not in lines[0] and lines[0].startswith("2026-11-23T14:07:12.000Z")
    assert "\x1b" not in ended.stdout.decode()


def test_a_pipe_is_filtered_as_any_log_is() -> None:
    assert [
        json.loads(line)["level"] for line in run("--level", "warn", "--format", "json").stdout.splitlines()
    ] == [
        "error",
        "warn",
    ]
    assert b"fine" in run("--grep", "fine").stdout and b"lost" not in run("--grep", "fine").stdout
    assert run("--since", "2026-11-23T14:07:13Z").stdout.count(b"\n") == 2
    assert run("--format", "raw").stdout == LINES + b"\n"


def test_what_a_pipe_has_not_is_refused() -> None:
    for options in (("backend",), ("-f",), ("--query", '{job="a"}'), ("--histogram",)):
        refused = run(*options)
        assert refused.returncode == 2 and b"standard input" in refused.stderr, options
    wrong = run("--grep", "(")
    assert wrong.returncode == 2 and b"--grep" in wrong.stderr


def test_lines_are_printed_as_they_come() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"INFO one\n")
        process.stdin.flush()
        assert b"one" in process.stdout.readline()
        process.stdin.write(b"INFO two\n")
        process.stdin.close()
        assert b"two" in process.stdout.readline()
        assert process.wait(patient(60)) == 0


def test_a_reader_that_has_enough_ends_it_and_ctrl_c_does() -> None:
    endless = f"{sys.executable} -c \"while True: print('x')\" 2>/dev/null | {' '.join(COMMAND)} | head -1"
    ended = subprocess.run(["bash", "-c", endless], capture_output=True, timeout=patient(60), check=False)
    assert ended.stdout.count(b"\n") == 1 and ended.stderr == b""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"INFO one\n")
        process.stdin.flush()
        process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(2)
        assert process.wait(patient(60)) == 130
