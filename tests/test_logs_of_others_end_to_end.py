"""`sutaz-tui logs -f` as a process over containers that end and are made anew, and files that are rotated."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

from tests.printed_logs import printed
from tests.servers.podman import Podman
from tests.servers.waiting import patient

EACH = 40


def counting(name: str) -> str:
    """A shell script that prints numbered lines and lives on."""
    return f"i=0; while [ $i -lt {EACH} ]; do echo INFO {name} $i; i=$((i+1)); sleep 0.02; done; sleep 1000"


def lines(name: str) -> list[str]:
    return [f"INFO {name} {number}" for number in range(EACH)]


async def test_a_container_through_a_restart_and_anew_with_a_terminal(podman: Podman, tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(
        f"sources: {{engine: {{url: 'unix://{podman.socket_path}'}}}}\nservices:\n"
        "  - {id: engine, kind: docker, source: engine}\n"
        "  - {id: shop, kind: tcp, address: 'localhost:1', logs: {container: shop}}\n",
        "utf-8",
    )

    def follow() -> list[str]:
        podman.run_container("shop", counting("first"))
        with printed(file, "-f", "--limit", "0", "shop") as logs:
            logs.until(EACH)
            podman.podman("restart", "--time", "0", "shop")
            logs.until(2 * EACH)
            podman.podman("rm", "--force", "--time", "0", "shop")
            logs.until_told("there is no container shop; waiting for one of that name")
            podman.run_container("shop", counting("second"), "--tty")
            logs.until(3 * EACH)
            logs.until_told("stream resumed")
            assert logs.end() == 130
        return [entry["text"] for entry in logs.entries]

    assert await asyncio.to_thread(follow) == [*lines("first"), *lines("first"), *lines("second")]


def test_a_file_that_is_rotated_and_truncated_while_it_is_written(tmp_path: Path) -> None:
    file, log = tmp_path / "stack.yaml", tmp_path / "shop.log"
    file.write_text(
        "services:\n  - {id: shop, kind: tcp, address: 'localhost:1', logs: {file: shop.log}}\n", "utf-8"
    )
    written = 0

    def write(count: int) -> None:
        nonlocal written
        with log.open("a") as writer:
            for _ in range(count):
                stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                writer.write(f"{stamp} INFO number {written}\n")
                written += 1

    write(100)
    with printed(file, "-f", "--strict", "--limit", "0", "shop") as logs:
        logs.until(100)
        for turn in range(5):
            write(500)
            for number in range(turn, 0, -1):
                (tmp_path / f"shop.log.{number}").rename(tmp_path / f"shop.log.{number + 1}")
            with log.open("a") as late:
                log.rename(tmp_path / "shop.log.1")
                # Its writer goes over to the new file late.
                late.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} INFO number {written}\n")
            written += 1
            write(3)
            logs.until(written)
        for _ in range(3):
            write(200)
            logs.until(written)
            # As copytruncate does it: the same file from its beginning.
            with log.open("r+") as same:
                same.truncate()
        write(100)
        logs.until(written)
        assert sorted(logs.numbers) == [*range(written)]
        assert logs.end() == 130
        # A busy machine may be long in making the new file.
        assert [told for told in logs.told if "was deleted" not in told and "resumed" not in told] == []


def test_a_histogram_counts_every_line_once_by_level_and_refuses_what_it_would_ignore(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    now = time.time()
    stamps = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - ago)) for ago in (600, 300, 300, 10)]
    texts = ["INFO: a", "ERROR: b", "WARNING: c", "INFO: d"]
    log.write_text("".join(f"{stamp} {text}\n" for stamp, text in zip(stamps, texts, strict=True)))
    config = tmp_path / "config.yaml"
    config.write_text(
        "services:\n- {id: app, kind: tcp, address: '127.0.0.1:9', logs: {file: " + str(log) + "}}\n"
    )
    command = [sys.executable, "-m", "sutaz_tui", "logs", "app", "-c", str(config), "--histogram"]
    ended = subprocess.run(
        [*command, "--format", "json"], capture_output=True, text=True, timeout=patient(60)
    )
    assert ended.returncode == 0, ended.stderr
    steps = [json.loads(line) for line in ended.stdout.splitlines()]
    assert sum(step["lines"] for step in steps) == 4
    assert (sum(step["errors"] for step in steps), sum(step["warnings"] for step in steps)) == (1, 1)
    assert {step["lines"] for step in steps if step["errors"]} == {2}
    text = subprocess.run(command, capture_output=True, text=True, timeout=patient(60)).stdout
    assert text.splitlines()[0].split() == ["FROM", "LINES", "WARNINGS", "ERRORS"] and "####" in text
    refused = subprocess.run([*command, "--grep", "x"], capture_output=True, text=True, timeout=patient(60))
    assert refused.returncode == 2 and "--histogram counts every line" in refused.stderr
