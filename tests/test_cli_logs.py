"""`sutaz-tui logs`: what it prints, what it tells, and with which exit code."""

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.hostile import LOG_BYTES
from tests.running import LEAK, ROOT, Simulated, command, environment, simulated
from tests.servers.waiting import patient
from tests.shop_logs import config, log_file, logs, stamp

TEXT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:DEBUG|INFO|WARN|ERROR|CRITICAL|-) .*")
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]")
SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A config of two services with 100 lines each, 20 seconds apart; every tenth is an error."""
    for name, begin in (("till", 3000.0), ("store", 3005.0)):
        texts = [
            f"ERROR {name} sale {n} failed" if n % 10 == 0 else f"INFO {name} sale {n} user=Ann"
            for n in range(100)
        ]
        log_file(tmp_path, name, texts, begin, step=20.0)
    return config(tmp_path, till="{file: till.log}", store="{file: store.log}")


# What is printed


def test_the_lines_of_a_container_come_oldest_first(stack: Simulated) -> None:
    done = command("logs", "-c", str(stack.demo.path), "backend", "--limit", "20", env=stack.demo.environ)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 20
    assert all(TEXT.fullmatch(line) for line in lines), lines
    assert lines == sorted(lines)
    assert "GET /metrics" in done.stdout


def test_without_a_service_all_that_have_a_log_are_merged_and_named(stack: Simulated) -> None:
    done = command("logs", "-c", str(stack.demo.path), "--limit", "300", env=stack.demo.environ)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert len(lines) == 300
    assert [line[0] for line in lines] == sorted(line[0] for line in lines)
    assert {"letta", "crewai", "backend", "kong", "mcp-bridge"} <= {line[1] for line in lines}


def test_loki_is_asked_where_docker_is_not_there(stack: Simulated, tmp_path: Path) -> None:
    text = re.sub(r"(?m)^  docker:\n    url: .*$", "", stack.demo.path.read_text())
    text = re.sub(r"(?ms)^  - id: docker\n.*?(?=^  #|^  - id)", "", text)
    file = tmp_path / "loki.yaml"
    file.write_text(text, "utf-8")
    done = command("logs", "-c", str(file), "crewai", "--limit", "0", env=stack.demo.environ)
    assert (done.returncode, done.stderr) == (0, "")
    # Known by its logger's lines, but then its other lines are there too.
    assert " - crewai - INFO - " in done.stdout
    assert "GET /health" in done.stdout
    assert " - letta - " not in done.stdout
    done = command("logs", "-c", str(file), "portainer", env=stack.demo.environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert "services.portainer.logs" in done.stderr


def test_json_is_one_object_a_line(shop: Path) -> None:
    done = logs(shop, "--format", "json", "--limit", "0")
    assert (done.returncode, done.stderr) == (0, "")
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(entries) == 200
    assert [int(entry["at"]) for entry in entries] == sorted(int(entry["at"]) for entry in entries)
    for entry in entries:
        assert list(entry) == ["at", "time", "service", "level", "text", "labels"]
        at = datetime.fromisoformat(entry["time"])
        assert entry["time"].endswith("Z")
        assert abs(at.timestamp() * SECOND - int(entry["at"])) < 2000
        assert entry["level"] == ("error" if "ERROR" in entry["text"] else "info")
        assert entry["service"] in entry["text"]


def test_a_query_goes_to_loki_as_it_is(stack: Simulated) -> None:
    query = '{job="docker"} |= "crewai" |= "Heartbeat"'
    words = ("logs", "-c", str(stack.demo.path), "--query", query, "--format", "json", "--limit", "0")
    done = command(*words, env=stack.demo.environ)
    assert (done.returncode, done.stderr) == (0, "")
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert all("crewai" in entry["text"] and "Heartbeat" in entry["text"] for entry in entries)
    assert {entry["labels"]["job"] for entry in entries} <= {"docker"}


def test_access_lines_that_come_from_docker_by_promtail_and_loki_have_no_empty_line_behind_them(
    stack: Simulated,
) -> None:
    query = (
        "logs",
        "-c",
        str(stack.demo.path),
        "--query",
        '{job="docker"} |= "GET /health"',
        "--limit",
        "20",
    )
    done = command(*query, "--format", "raw", env=stack.demo.environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(lines := done.stdout.splitlines()) == 20
    assert all(line.endswith(" 200 OK") for line in lines), lines
    assert "␊" not in command(*query, env=stack.demo.environ).stdout


def test_a_log_that_the_default_limit_cuts_says_so(tmp_path: Path) -> None:
    log_file(tmp_path, "long", [f"INFO sale {n}" for n in range(1200)], step=0.1)
    log_file(tmp_path, "full", [f"INFO sale {n}" for n in range(1000)], step=0.1)
    file = config(tmp_path, long="{file: long.log}", full="{file: full.log}")
    done = logs(file, "long")
    first = done.stdout.splitlines()[0]
    assert "sale 200" in first and done.stdout.count("\n") == 1000
    moment = first.partition(" ")[0]
    said = f"only the newest 1,000 lines, from {moment} on: older ones are left out; --limit 0 prints all\n"
    assert done.stderr == said
    assert logs(file, "long", "--grep", "sale", "--level", "info").stderr == said
    for words in (("long", "--limit", "1000"), ("long", "--limit", "0"), ("full",), ("long", "--grep", "77")):
        assert logs(file, *words).stderr == "", words


@pytest.mark.parametrize(
    ("words", "count", "first", "last"),
    [
        (("till", "--limit", "5"), 5, "sale 95 ", "sale 99 "),
        (("till", "--limit", "0"), 100, "sale 0 ", "sale 99 "),
        (("till",), 100, "sale 0 ", "sale 99 "),
        (("till", "--grep", "sale [0-9]0 "), 9, "sale 10 ", "sale 90 "),
        (("till", "--grep", "sale [0-9]0 ", "--limit", "2"), 2, "sale 80 ", "sale 90 "),
        (("till", "--invert", "sale [0-9]"), 0, "", ""),
        (("till", "--grep", "ann", "--invert", "sale [0-8]"), 10, "sale 9 ", "sale 99 "),
        (("till", "--grep", "Anna"), 0, "", ""),
        (("till", "--level", "warn"), 10, "sale 0 ", "sale 90 "),
        (("till", "--level", "info", "--limit", "0"), 100, "sale 0 ", "sale 99 "),
        (("till", "--level", "critical"), 0, "", ""),
        (("--level", "error", "--grep", "sale 5"), 2, "store sale 50 ", "till sale 50 "),
        # Time goes on while it starts: lines are 20 s apart, and half of that is left.
        (("till", "--since", "1310s"), 15, "sale 85 ", "sale 99 "),
        (("till", "--until", "1310s"), 85, "sale 0 ", "sale 84 "),
        (("till", "--since", "1710s", "--until", "21m50s", "--limit", "3"), 3, "sale 82 ", "sale 84 "),
        (("till", "--since", "9m"), 0, "", ""),
    ],
)
def test_which_lines_are_wanted(
    shop: Path, words: tuple[str, ...], count: int, first: str, last: str
) -> None:
    done = logs(shop, *words)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == count
    assert first in (lines[0] if lines else "")
    assert last in (lines[-1] if lines else "")


def test_an_indented_line_goes_with_the_error_before_it(tmp_path: Path) -> None:
    file = tmp_path / "till.log"
    now = stamp(time.time() - 60)
    file.write_text(f"{now} ERROR bad\n    at line 1\n{now} INFO good\n    at line 2\n", "utf-8")
    done = logs(config(tmp_path, till="{file: till.log}"), "--level", "error")
    assert [line.split(" ", 2)[2] for line in done.stdout.splitlines()] == [
        f"{now} ERROR bad",
        "    at line 1",
    ]


def test_secrets_are_masked_unless_they_are_asked_for(tmp_path: Path) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLW9mLXRoaXM"
    log_file(tmp_path, "till", [f"INFO verify {token}", "INFO postgres://u:hunter2@db/x"])
    file = config(tmp_path, till="{file: till.log}")
    for form in ("text", "json"):
        shown = logs(file, "--format", form).stdout
        assert "***" in shown
        assert token not in shown and "hunter2" not in shown
        unmasked = logs(file, "--format", form, "--unmask").stdout
        assert token in unmasked and "hunter2" in unmasked


# Hostile lines


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    now = stamp(time.time() - 60).encode()
    lines = [now + b" " + data.replace(b"\r", b"\\r") for data in LOG_BYTES.values()]
    (tmp_path / "till.log").write_bytes(b"\n".join(lines) + b"\n")
    return config(tmp_path, till="{file: till.log}")


def written(*words: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "sutaz_tui", "logs", *words],
        cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=patient(60),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("mask", [(), ("--unmask",)])
def test_nothing_but_newlines_moves_the_cursor(hostile: Path, form: str, mask: tuple[str, ...]) -> None:
    out = written("-c", str(hostile), "--format", form, "--limit", "0", *mask)
    text = out.decode("utf-8")
    assert not CONTROL.search(out)
    assert not re.search("[\x80-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", text)
    lines = text.split("\n")[:-1]
    assert len(lines) == len(LOG_BYTES)
    if form == "json":
        assert all(json.loads(line)["text"].isprintable() for line in lines)
    else:
        assert all(TEXT.fullmatch(line) for line in lines)


def test_raw_is_what_was_received(hostile: Path, tmp_path: Path) -> None:
    whole = (tmp_path / "till.log").read_bytes().split(b"\n")[:-1]
    got = written("-c", str(hostile), "--format", "raw", "--limit", "0").split(b"\n")[:-1]
    assert len(got) == len(whole)
    short = {line for line in whole if len(line) < 8192}
    assert len(short) > 20
    assert short <= set(got)


def test_help_says_that_raw_is_not_masked() -> None:
    assert "its secrets are not masked" in " ".join(command("logs", "--help").stdout.split())


def test_raw_is_not_printed_onto_a_terminal(shop: Path) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "sutaz_tui", "logs", "-c", str(shop), "--format", "raw"],
        cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, timeout=patient(60),
    )  # fmt: skip
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2
    assert b"write it to a file or a pipe" in done.stderr


# Exit codes


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nobody",), "no service 'nobody' in this config; expected one of till, store"),
        (("--since", "someday"), "--since someday: expected 90s, 15m"),
        (("--since", "10m", "--until", "20m"), "--until 20m is not after --since 10m."),
        (("-f", "--until", "1m"), "what is followed has no end"),
        (("till", "--query", "{a='b'}"), "leave out SERVICE"),
        (("--query", '{a="b"}'), "no Loki is in this config"),
        (("--format", "xml"), "xml"),
        (("--limit", "-1"), "-1"),
    ],
)
def test_wrong_use_is_told(shop: Path, words: tuple[str, ...], sentence: str) -> None:
    done = logs(shop, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert not LEAK.search(done.stderr)


def test_a_pattern_that_is_none_is_shown_with_its_place(shop: Path) -> None:
    done = logs(shop, "--grep", "sale (1|2")
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert "--grep: the regular expression is wrong at column 10: " in done.stderr
    assert lines[-2] == "  sale (1|2"
    assert lines[-1] == "  " + " " * 9 + "^"
    assert len(lines[-1]) <= len(lines[-2]) + 1


def test_a_pattern_that_would_take_for_ever_ends(tmp_path: Path) -> None:
    log_file(tmp_path, "till", ["INFO " + "a" * 5000 + "!"])
    began = time.monotonic()
    done = logs(config(tmp_path, till="{file: till.log}"), "--grep", r"(a+)+\d(?<=b)$|(a|aa)+$")
    assert time.monotonic() - began < patient(20)
    assert done.returncode in (0, 2)
    assert not LEAK.search(done.stderr)


@pytest.mark.parametrize(
    ("query", "column"),
    [('{job="docker"', 14), ('{job="docker"} |= ', None), ("job", 1)],
)
def test_a_wrong_query_is_shown_with_its_place(stack: Simulated, query: str, column: int | None) -> None:
    words = ("logs", "-c", str(stack.demo.path), "--query", query)
    for more in ((), ("-f",)):
        done = command(*words, *more, env=stack.demo.environ)
        assert (done.returncode, done.stdout) == (2, "")
        assert not LEAK.search(done.stderr)
        lines = done.stderr.splitlines()
        assert lines[-2].rstrip() == f"  {query}".rstrip()
        assert lines[-1].strip() == "^"
        if column:
            assert len(lines[-1]) == 2 + column


def test_a_source_that_cannot_be_asked_is_told_and_the_others_are_printed(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "till.log").unlink()
    for words in ((), ("till", "store")):
        done = logs(shop, *words, "--limit", "0")
        assert done.returncode == 4
        assert len(done.stdout.splitlines()) == 100
        assert "till.log" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not LEAK.search(done.stderr)


def test_where_nobody_can_be_asked_the_exit_code_is_4(tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(
        "sources: {l: {url: 'http://127.0.0.1:9'}, d: {url: 'unix:///nowhere/docker.sock'}}\nservices:\n"
        "  - {id: a, title: Shop, kind: loki, source: l}\n  - {id: d, kind: docker, source: d}\n",
        "utf-8",
    )
    for words in (("a",), (), ("--query", '{job="x"}')):
        done = logs(file, *words)
        assert (done.returncode, done.stdout) == (4, ""), (words, done.stderr)
        assert ":9 refused" in done.stderr
        assert not LEAK.search(done.stderr)


def test_missing_lines_are_told_and_with_strict_they_are_a_fault(stack: Simulated) -> None:
    # Loki gives 5,000 lines at most of one nanosecond of a stream, and nobody can ask for the others.
    at = str(time.time_ns() - 60 * SECOND)
    values = [[at, f"INFO sale {n}"] for n in range(5200)]
    streams = [{"stream": {"job": "crowd"}, "values": values}]
    push = f"{stack.config.sources['loki'].url}/loki/api/v1/push"
    assert stack.client.post(push, json={"streams": streams}).status_code == 204
    for strict, code in (((), 0), (("--strict",), 1)):
        words = ("logs", "-c", str(stack.demo.path), "--query", '{job="crowd"}', "--limit", "0", *strict)
        done = command(*words, env=stack.demo.environ)
        assert done.returncode == code, done.stderr
        assert len(done.stdout.splitlines()) == 5000
        assert re.fullmatch(r"200 lines at \S+Z were not received: .+\n", done.stderr), "the number is told"


def test_a_nanosecond_of_many_streams_is_read_stream_by_stream(stack: Simulated) -> None:
    at = str(time.time_ns() - 50 * SECOND)
    push = f"{stack.config.sources['loki'].url}/loki/api/v1/push"
    for job, each in (("throng", 2000), ("brim", 1667)):
        streams = [
            {"stream": {"job": job, "till": till}, "values": [[at, f"INFO {till} {n}"] for n in range(each)]}
            for till in "abc"
        ]
        streams[0]["values"] = (
            streams[0]["values"][: 5000 - 2 * each] if job == "brim" else streams[0]["values"]
        )
        assert stack.client.post(push, json={"streams": streams}).status_code == 204
        words = (
            "logs",
            "-c",
            str(stack.demo.path),
            "--query",
            f'{{job="{job}"}}',
            "--limit",
            "0",
            "--strict",
        )
        done = command(*words, env=stack.demo.environ)
        assert (done.returncode, done.stderr) == (0, "")
        assert len(set(done.stdout.splitlines())) == (6000 if job == "throng" else 5000), "at the limit too"


def test_no_lines_are_no_fault(tmp_path: Path) -> None:
    (tmp_path / "till.log").touch()
    for form in ("text", "json", "raw"):
        done = logs(config(tmp_path, till="{file: till.log}"), "--format", form, "--strict")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# What it loads


def test_no_screen_is_loaded(stack: Simulated) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "sutaz_tui", "logs", "-c", str(stack.demo.path), "backend"],
        cwd=ROOT, env=environment(stack.demo.environ), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=patient(60),
    )  # fmt: skip
    assert done.returncode == 0
    found = {name.partition(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.M)}
    assert "httpx2" in found
    assert not found & {"textual", "rich", "uvicorn", "starlette", "asyncpg", "pika", "redis", "consul"}
