"""Deadlines of tests on a busy machine."""

import time
from itertools import count

import pytest

from tests.servers import waiting
from tests.servers.waiting import Deadline, eventually, patient


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
