"""`sutaz-tui logs -f` as a process: on behind the history, and how it ends."""

import fcntl
import json
import re
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Simulated, begun, command, simulated
from tests.servers.waiting import eventually, patient
from tests.shop_logs import config, log_file, stamp


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


def test_following_goes_on_behind_the_history_without_a_gap_or_a_repeat(tmp_path: Path) -> None:
    first = log_file(tmp_path, "till", [f"INFO sale {n} " for n in range(500)], begin=6.0, step=0.01)
    file = config(tmp_path, till="{file: till.log}")
    for more in ((), ("--grep", "sale"), ("--limit", "0")):
        log_file(tmp_path, "till", [f"INFO sale {n} " for n in range(500)], begin=6.0, step=0.01)
        with begun("logs", "-c", str(file), "-f", *more) as process:
            assert process.stdout is not None
            got = [int(re.findall(r"sale (\d+)", process.stdout.readline())[0])]
            with first.open("a") as log:
                for n in range(500, 900):
                    log.write(f"{stamp(time.time())} INFO sale {n} \n")
                    log.flush()
            while got[-1] != 899:
                got.append(int(re.findall(r"sale (\d+)", process.stdout.readline())[0]))
            process.send_signal(signal.SIGINT)
            assert process.wait(patient(10)) == 130
        assert got == [*range(900)], more


def test_following_shows_the_lines_of_a_container_as_they_come(stack: Simulated) -> None:
    words = ("logs", "-c", str(stack.demo.path), "-f", "--limit", "1", "letta", "backend", "--format", "json")
    with begun(*words, env=stack.demo.environ) as process:
        assert process.stdout is not None
        seen: list[int] = []
        while len(seen) < 4:
            seen.append(int(json.loads(process.stdout.readline())["at"]))
        assert seen == sorted(set(seen))
        process.send_signal(signal.SIGINT)
        assert process.wait(patient(10)) == 130


def test_it_ends_quietly_when_nobody_reads_on(tmp_path: Path) -> None:
    log_file(tmp_path, "till", ["INFO one"])
    file = config(tmp_path, till="{file: till.log}")
    # Of a quiet log as well: nothing is written that could tell.
    with begun("logs", "-c", str(file), "-f") as process:
        assert process.stdout is not None and process.stderr is not None
        assert "INFO one" in process.stdout.readline()
        process.stdout.close()
        assert process.wait(patient(10)) == 0
        assert process.stderr.read() == ""


def test_a_reader_that_stops_early_gets_no_complaint(tmp_path: Path) -> None:
    log_file(tmp_path, "till", [f"INFO sale {n} " + "x" * 100 for n in range(20_000)], step=0.001)
    file = config(tmp_path, till="{file: till.log}")
    with begun("logs", "-c", str(file), "--limit", "0") as process:
        assert process.stdout is not None and process.stderr is not None
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(patient(20)) == 0
        assert process.stderr.read() == ""


def test_a_demo_leaves_nothing_behind() -> None:
    # Not pytest's own folder, whose path is too long for a socket.
    with tempfile.TemporaryDirectory() as name:
        with begun("logs", "--demo", "--scenario", "healthy", "-f", env={"TMPDIR": name}) as process:
            assert process.stdout is not None
            assert process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(patient(10)) == 130
        eventually(lambda: not list(Path(name).iterdir()), "the simulated stack's folder is gone")


def test_a_demo_starts_though_the_folder_for_scratch_files_is_deep(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    words = ("logs", "--demo", "--scenario", "healthy", "--limit", "1", "backend")
    done = command(*words, env={"TMPDIR": str(deep)})
    assert (done.returncode, done.stderr) == (0, "")
    assert "GET /" in done.stdout
