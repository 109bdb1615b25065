"""Which lines were handed out: each told once, counted while it is known, and the window that is read again."""

import pytest

from sutaz_tui.logs.following.seen_lines import OLD, SeenLines
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.text.moments import SECOND


def lines(*moments: int) -> list[LogLine]:
    return [LogLine(moment, "api", f"{moment}") for moment in moments]


def test_lines_differ_by_moment_stream_and_text_but_not_by_a_guessed_level() -> None:
    seen = SeenLines(0, 100)
    one = LogLine(5, "api", "x", {"stream": "stdout"})
    same = LogLine(5, "api", "x", {"stream": "stdout", "detected_level": "info"})
    others = [LogLine(5, "api", "x", {"stream": "stderr"}), LogLine(6, "api", "x", {"stream": "stdout"})]
    others.append(LogLine(5, "api", "y", {"stream": "stdout"}))
    assert seen.fresh([one, same, *others, one]) == [one, *others]
    assert seen.fresh([same]) == []
    assert seen.count(5, 6) == 3


def test_what_is_remembered_is_bounded() -> None:
    seen = SeenLines(0, 100)
    second = 10**9
    for number in range(50):
        seen.fresh(lines(*range(number * second, number * second + 10)))
        seen.forget(0, number * second)
        assert len(seen) <= 110
    assert seen.count(seen.floor, 50 * second) == len(seen)
    assert seen.count(seen.floor - 1, 50 * second) is None
    # Lines before the floor are remembered too, the latest ones.
    assert len(seen.fresh(lines(*range(OLD + 10)))) == OLD + 10
    assert seen.fresh(lines(OLD)) == []
    assert len(seen.fresh(lines(0))) == 1


def test_a_window_goes_back_by_time_and_by_lines() -> None:
    seen = SeenLines(0, 10_000)
    second = 10**9
    seen.fresh(lines(*(100 * second + number for number in range(1000))))
    now = 100 * second + 999
    assert seen.back(now, 10 * second, 5000) == now - 10 * second
    start = seen.back(now, 10 * second, 100)
    assert (seen.count(start, now + 1) or 0) == 100
    seen.forget(95 * second, now)
    assert seen.back(now, 10 * second, 5000) == 95 * second


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        (5 * SECOND + 8, 5 * SECOND + 9, 1),
        (5 * SECOND + 9, 6 * SECOND, 0),
        (5 * SECOND, 5 * SECOND + 8, 2),
        (5 * SECOND + 4, 7 * SECOND + 4, 4),
        (5 * SECOND + 4, 7 * SECOND + 5, 5),
        (6 * SECOND, 7 * SECOND, 2),
        (0, 100 * SECOND, 7),
    ],
)
def test_the_lines_of_a_span_are_counted_to_the_nanosecond(start: int, end: int, count: int) -> None:
    seen = SeenLines(0, 100)
    moments = (5 * SECOND, 5 * SECOND + 4, 5 * SECOND + 8, 6 * SECOND, 6 * SECOND + 4, 7 * SECOND + 4)
    seen.fresh(lines(*moments, 8 * SECOND))
    assert seen.count(start, end) == count


def test_a_window_of_few_lines_reaches_over_seconds() -> None:
    seen = SeenLines(0, 10_000)
    for second in (10, 11, 12):
        seen.fresh(lines(*(second * SECOND + number for number in range(10))))
    now = 12 * SECOND + 9
    for most in (5, 10, 15, 29):
        start = seen.back(now, 100 * SECOND, most)
        assert seen.count(start, now + 1) == most
    assert seen.back(now, 100 * SECOND, 30) == 0, "all of them, and whatever lies before"
    assert seen.back(now, SECOND, 30) == now - SECOND


def test_a_window_does_not_count_what_lies_behind_its_moment() -> None:
    seen = SeenLines(0, 10_000)
    seen.fresh(lines(*(20 * SECOND + number for number in range(50))))
    seen.fresh(lines(10 * SECOND))
    assert seen.back(11 * SECOND, 5 * SECOND, 3) == 6 * SECOND


def test_what_is_older_than_a_moment_is_forgotten_with_its_whole_seconds() -> None:
    seen = SeenLines(0, 100)
    seen.fresh(lines(SECOND, 2 * SECOND, 3 * SECOND))
    seen.forget(3 * SECOND, 9 * SECOND)
    assert (seen.floor, len(seen)) == (3 * SECOND, 1)
    seen.forget(3 * SECOND + 1, 9 * SECOND)
    assert (seen.floor, len(seen)) == (3 * SECOND + 1, 1)
    seen.forget(SECOND, 9 * SECOND)
    assert seen.floor == 3 * SECOND + 1, "what was forgotten is not known again"


def test_too_much_is_forgotten_from_its_oldest_second_on_but_never_what_is_needed() -> None:
    seen = SeenLines(0, 10)
    for second in range(4):
        seen.fresh(lines(*(second * SECOND + number for number in range(6))))
    seen.forget(0, 3 * SECOND + 5)
    assert (len(seen), seen.floor) == (6, 3 * SECOND)
    seen.fresh(lines(*(3 * SECOND + 100 + number for number in range(20))))
    seen.forget(0, 3 * SECOND + 5)
    assert (len(seen), seen.floor) == (26, 3 * SECOND)


def test_so_many_lines_as_may_be_kept_are_kept() -> None:
    seen = SeenLines(0, 10)
    seen.fresh(lines(*range(10)))
    seen.forget(0, 9 * SECOND)
    assert (len(seen), seen.floor) == (10, 0)


def test_the_oldest_of_many_late_lines_is_told_again_and_the_newest_not() -> None:
    seen = SeenLines(10 * SECOND, 100)
    late = lines(*range(OLD + 1))
    assert seen.fresh(late) == late
    assert seen.fresh(late[1:]) == []
    assert seen.fresh(late[:1]) == late[:1]
    assert len(seen) == 0, "they are not counted"
