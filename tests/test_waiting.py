"""Deadlines of tests on a busy machine."""

import re
import time
from itertools import count
from pathlib import Path

import pytest

from tests.running import ROOT
from tests.servers import waiting
from tests.servers.waiting import Deadline, eventually, patient

_BLIND = re.compile(
    # A wait of seconds for what comes; what lasts a part of a second is meant to be cut off.
    r"asyncio\.timeout\((?!patient|None|0)[^\n]*|process\.wait\((?!patient|timeout=0|\))[^\n]*"
    r"|capture_output=True[^)]*\btimeout=\d[^\n]*"
    # Time that is compared by hand, but for what is to last so many seconds.
    r"|(?:time\.monotonic|time\.perf_counter|loop\(?\)?\.time)\(\) (?:\+ (?!seconds)\w+|- \w+ < [\d.]+\b|[<>] \w+)[^\n]*"
)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moment of the clock, moved by hand, on a machine where a piece of work takes ten times as long."""
    steps = count()
    now = [0.0]
    monkeypatch.setattr(waiting, "_seen", [])
    monkeypatch.setattr(time, "perf_counter", lambda: next(steps) * 10 * waiting._QUIET)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_deadline_is_as_much_later_as_the_machine_is_slower(now: list[float]) -> None:
    deadline = Deadline(2)
    assert patient(2) == pytest.approx(20)
    for now[0], is_over in ((1.0, False), (19.0, False), (21.0, True)):
        assert deadline.is_over() is is_over


def test_what_never_comes_ends_the_wait_with_what_it_waited_for(now: list[float]) -> None:
    def look() -> bool:
        now[0] += 5
        return False

    with pytest.raises(AssertionError, match="not within 2 s: it answers"):
        eventually(look, "it answers", within=2)


def test_a_machine_is_never_taken_for_faster_than_a_quiet_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_seen", [])
    monkeypatch.setattr(time, "perf_counter", lambda: 0.0)
    assert waiting.slowness() == 1


def test_no_deadline_of_a_test_is_blind_to_the_load() -> None:
    blind = [
        f"{file.relative_to(ROOT)}: {found[0]}"
        for file in Path(ROOT / "tests").rglob("*.py")
        # What is measured on a quiet machine has seconds of its own.
        if not {"bench", "soak"} & {file.parent.name, file.parent.parent.name}
        for found in _BLIND.finditer(file.read_text("utf-8"))
    ]
    assert not blind, f"{blind}: use patient() or Deadline of tests/servers/waiting.py"
