"""`sutaz-tui logs -f` as a process, while its Loki does what Lokis do: every line comes once, or is told as missing.

The lines are numbered, so what was printed says what is missing and what came twice.
"""

import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.printed_logs import SECOND, Numbers, loki_config, printed
from tests.running import LEAK, command
from tests.servers.waiting import eventually
from tests.simulator.stack import Stack, running

# Lines that are there before, in pages of Loki's own size and at borders of pages.
BEFORE = 12_000


@pytest.fixture(scope="module")
def one_stack() -> Iterator[Stack]:
    with running("loki") as stack:
        yield stack


@pytest.fixture
def stack(one_stack: Stack) -> Iterator[Stack]:
    one_stack.control("PUT", "/state", {"scenario": "healthy"})
    one_stack.control("POST", "/counts/reset")
    yield one_stack
    one_stack.control("PUT", "/state", {"scenario": "healthy"})


@pytest.fixture
def numbers(stack: Stack, request: pytest.FixtureRequest) -> Numbers:
    return Numbers(stack, re.sub(r"\W", "-", request.node.name))


@pytest.fixture
def file(stack: Stack, tmp_path: Path) -> Path:
    return loki_config(tmp_path, stack)


def steadily(
    numbers: Numbers, seconds: float, rate: int = 200, push: Callable[[int], None] | None = None
) -> None:
    """So many lines a second for a while, or whatever `push` makes of their count."""
    begun = time.monotonic()
    sent = 0

    def is_over() -> bool:
        nonlocal sent
        due = int((time.monotonic() - begun) * rate) - sent
        if due > 0:
            sent += due
            (push or numbers.push)(due)
        return time.monotonic() - begun >= seconds

    eventually(is_over, "all are sent", seconds + 10)


def asked(stack: Stack, what: str) -> int:
    """How often a path was asked for."""
    return sum(request["path"].endswith(what) for request in stack.control("GET", "/requests"))


def test_history_and_what_comes_join_without_a_gap_or_a_repeat(
    stack: Stack, file: Path, numbers: Numbers
) -> None:
    # Three lines a nanosecond: pages end amid the lines of one.
    now = time.time_ns()
    for stream in "abc":
        numbers.push(BEFORE // 3, at=now - BEFORE * 1000, step=1000, stream=stream)
    with printed(file, "-f", "--strict", "--limit", "0", "--query", numbers.query) as logs:
        steadily(numbers, 2.0)
        logs.until(numbers.next)
        assert sorted(logs.numbers) == [*range(numbers.next)]
        history = [int(entry["at"]) for entry in logs.entries[:BEFORE]]
        assert history == sorted(history)
        assert logs.numbers[BEFORE:] == [*range(BEFORE, numbers.next)], "what comes slowly comes in order"
        assert logs.end() == 130
        assert logs.told == []
    entry = logs.entries[-1]
    assert list(entry) == ["at", "time", "service", "level", "text", "labels"]
    assert entry["labels"].items() >= {"job": numbers.query[6:-2]}.items()
    assert (entry["service"], entry["level"], entry["text"]) == (
        "",
        "info",
        f"INFO number {numbers.next - 1}",
    )
    assert re.fullmatch(r"\d{19}", entry["at"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", entry["time"])


def test_all_that_a_tail_can_do_wrong_at_once(stack: Stack, file: Path, numbers: Numbers) -> None:
    """It loses most lines, tells of some, turns others round and tells them twice, and is closed again and again."""
    stack.trait("loki_tail_rate", 60)
    stack.trait("loki_tail_seconds", 1.2)
    stack.trait("loki_tail_is_orderly", False)
    late = 0

    def push(count: int) -> None:
        nonlocal late
        late = (late + 1) % 7
        first, at = numbers.next, time.time_ns() - late * SECOND // 4
        numbers.push(count, at=at)
        # A shipper that got no answer sends it again.
        numbers.again((at + place, first + place) for place in range(count))

    numbers.push(10)
    with printed(file, "-f", "--strict", "--query", numbers.query) as logs:
        logs.until(10)
        steadily(numbers, 4.0, push=push)
        logs.until(numbers.next)
        assert sorted(logs.numbers) == [*range(numbers.next)]
        assert logs.end() == 130
        assert logs.told == []
    assert asked(stack, "/tail") >= 1


def test_a_tail_that_is_closed_after_its_time_is_opened_anew_at_once(
    stack: Stack, file: Path, numbers: Numbers
) -> None:
    stack.trait("loki_tail_seconds", 1.0)
    numbers.push(10)
    with printed(file, "-f", "--query", numbers.query) as logs:
        logs.until(10)
        steadily(numbers, 2.5)
        logs.until(numbers.next, within=2.0)
        assert logs.numbers == [*range(numbers.next)]
    assert asked(stack, "/tail") >= 2


def test_a_restart_of_loki_is_told_and_costs_no_line(stack: Stack, file: Path, numbers: Numbers) -> None:
    numbers.push(10)
    with printed(file, "-f", "--strict", "--query", numbers.query) as logs:
        logs.until(10)
        steadily(numbers, 0.5)
        stack.fault("loki", "refuse")
        logs.until_told("refused")
        stack.fault("loki", None)
        # What was written while nobody was there to take it, some of it before all that is printed.
        numbers.push(100, at=time.time_ns() - 2 * SECOND, step=SECOND // 100)
        steadily(numbers, 0.5)
        logs.until(numbers.next)
        logs.until_told("stream resumed")
        assert sorted(logs.numbers) == [*range(numbers.next)]
        assert logs.end() == 130
    *troubles, last = logs.told
    assert last == "stream resumed"
    # Under load it resets the connection first, and refuses then.
    assert 1 <= len(troubles) <= 3 and all(words.startswith("Loki: :") for words in troubles), troubles
    assert not LEAK.search("\n".join(logs.told))


def test_a_loki_that_is_asked_too_much_is_given_time_and_loses_no_line(
    stack: Stack, file: Path, numbers: Numbers
) -> None:
    stack.trait("loki_refuses_every", 2)
    numbers.push(10)
    with printed(file, "-f", "--strict", "--query", numbers.query) as logs:
        logs.until(10)
        steadily(numbers, 1.0)
        logs.until(numbers.next)
        logs.until_told("answers 429")
        before = asked(stack, "/query_range")
        steadily(numbers, 1.0)
        logs.until(numbers.next)
        assert asked(stack, "/query_range") == before, "it is left in peace, the tail goes on"
        assert sorted(logs.numbers) == [*range(numbers.next)]


def test_behind_a_proxy_without_websocket_lines_come_by_ranges(
    stack: Stack, file: Path, numbers: Numbers
) -> None:
    stack.trait("loki_tail_refused", 404)
    numbers.push(10)
    with printed(file, "-f", "--strict", "--query", numbers.query) as logs:
        logs.until(10)
        steadily(numbers, 2.5)
        logs.until(numbers.next, within=2.0)
        assert logs.numbers == [*range(numbers.next)]
        assert (logs.end(), logs.told) == (130, [])
    assert asked(stack, "/tail") == 1, "the upgrade is not tried again"


def test_a_burst_is_printed_to_its_last_line(stack: Stack, file: Path, numbers: Numbers) -> None:
    """Of which the tail shows a tenth, and which the panel would read in part."""
    numbers.push(10)
    with printed(file, "-f", "--strict", "--query", numbers.query) as logs:
        logs.until(10)
        numbers.push(80_000)
        logs.until(numbers.next)
        assert sorted(logs.numbers) == [*range(numbers.next)]
        assert (logs.end(), logs.told) == (130, [])


def test_lines_that_nobody_can_ask_for_are_told_with_their_number(
    stack: Stack, file: Path, numbers: Numbers
) -> None:
    """A moment with more lines than Loki gives at once, of which the tail shows few."""
    stack.trait("loki_max_entries", 500)
    stack.trait("loki_tail_rate", 1)
    numbers.push(10)
    with printed(file, "-f", "--strict", "--query", numbers.query) as logs:
        logs.until(10)
        numbers.push(2000, step=0)
        logs.until_told("not received")
        numbers.push(10)
        logs.until(numbers.next - 2000 + 500)
        eventually(lambda: numbers.next - 1 in logs.numbers, "what came behind it is printed")
        told = re.fullmatch(
            r"([\d,]+) lines at \S+Z were not received: more lines share one .+", logs.told[0]
        )
        assert told is not None, logs.told
        assert int(told[1].replace(",", "")) == numbers.next - len(logs.numbers)
        assert logs.twice == []
        assert logs.end() == 1, "the end of a following is an interrupt; --strict says more"
    assert len(logs.told) == 1
    with printed(file, "-f", "--query", numbers.query) as logs:
        logs.until(500)
        assert logs.end() == 130


def test_a_source_that_does_not_answer_when_it_is_followed_is_asked_until_it_does(
    stack: Stack, file: Path, numbers: Numbers
) -> None:
    numbers.push(10)
    stack.fault("loki", "refuse")
    assert command("logs", "-c", str(file), "--query", numbers.query).returncode == 4
    for words in (("--query", numbers.query), ("loki",)):
        stack.fault("loki", "refuse")
        with printed(file, "-f", *words) as logs:
            logs.until_told("retrying until")
            stack.fault("loki", None)
            if words != ("loki",):
                logs.until(10)
                assert logs.numbers == [*range(10)]
            assert not LEAK.search("\n".join(logs.told))
            assert logs.end() == 130


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals_end_it(
    stack: Stack, file: Path, numbers: Numbers, number: signal.Signals, code: int
) -> None:
    numbers.push(3)
    with printed(file, "-f", "--query", numbers.query) as logs:
        logs.until(3)
        assert logs.end(number) == code
        assert logs.told == []


def test_a_span_has_its_first_moment_and_not_its_last(stack: Stack, file: Path, numbers: Numbers) -> None:
    begin = time.time_ns() // SECOND * SECOND - 60 * SECOND
    moments = [begin - 1, begin, begin, begin + 1, begin + SECOND - 1, begin + SECOND, begin + SECOND + 1]
    numbers.again((at, number) for number, at in enumerate(moments))

    def typed(at: int) -> str:
        return datetime.fromtimestamp(at // SECOND, UTC).isoformat().replace("+00:00", "Z")

    span = ("--since", typed(begin), "--until", typed(begin + SECOND), "--query", numbers.query)
    for limit, expected in (("0", [1, 2, 3, 4]), ("3", [2, 3, 4]), ("1", [4])):
        done = command("logs", "-c", str(file), *span, "--limit", limit, "--format", "json")
        assert (done.returncode, done.stderr) == (0, "")
        texts = [json.loads(row)["text"] for row in done.stdout.splitlines()]
        assert texts == [f"INFO number {number}" for number in expected]


def test_a_tenant_that_nobody_names_is_said(stack: Stack, file: Path, numbers: Numbers) -> None:
    stack.trait("loki_has_tenants", True)
    done = command("logs", "-c", str(file), "--query", numbers.query)
    assert (done.returncode, done.stdout) == (4, "")
    assert "tenant" in done.stderr
    assert not LEAK.search(done.stderr)
