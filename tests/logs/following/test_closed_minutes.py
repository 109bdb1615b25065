"""The account of minutes: what is missing of each, told once and exactly."""

from sutaz_tui.logs.following.closed_minutes import KEPT, ClosedMinutes
from sutaz_tui.logs.lines import Gap, LogLine
from sutaz_tui.text.moments import MINUTE

BEGIN = 100 * MINUTE


def lines(*moments: int) -> list[LogLine]:
    return [LogLine(moment, "api", f"{moment}") for moment in moments]


def account(after: int = BEGIN) -> ClosedMinutes:
    return ClosedMinutes("api", after, after)


def test_a_minute_is_due_when_it_is_over_and_once() -> None:
    minutes = account()
    minutes.hold(lines(BEGIN, BEGIN + 5))
    assert minutes.due(BEGIN + MINUTE - 1) is None
    span = minutes.due(BEGIN + MINUTE)
    assert span is not None
    assert (span.start, span.end, span.held) == (BEGIN, BEGIN + MINUTE, 2)
    assert minutes.settle(span, 2) == ((), ())
    assert minutes.due(BEGIN + MINUTE) is None
    assert minutes.next_end() == BEGIN + 2 * MINUTE


def test_the_first_minute_begins_where_the_following_did() -> None:
    minutes = account(BEGIN + 20)
    minutes.hold(lines(BEGIN + 19, BEGIN + 20))
    span = minutes.due(BEGIN + MINUTE)
    assert span is not None
    assert (span.start, span.held) == (BEGIN + 20, 1)


def test_what_is_missing_opens_a_gap_and_a_late_line_lessens_it() -> None:
    minutes = account()
    minutes.hold(lines(BEGIN))
    span = minutes.due(BEGIN + MINUTE)
    assert span is not None
    [gap], closed = minutes.settle(span, 4)
    assert (gap.start, gap.end, gap.lost, closed) == (BEGIN, BEGIN + MINUTE, 3, ())
    minutes.hold(lines(BEGIN + 7))
    assert minutes.due(BEGIN + MINUTE) is span
    [less], closed = minutes.settle(span, 4)
    assert (less.lost, closed) == (2, (gap,))
    minutes.hold(lines(BEGIN + 8, BEGIN + 9))
    assert minutes.settle(span, 4) == ((), (less,))
    assert not minutes.stands(span)


def test_a_gap_that_tells_all_that_is_missing_stays() -> None:
    minutes = account()
    gap = Gap("api", BEGIN + 10, BEGIN + 20, 5, "")
    minutes.hold(lines(BEGIN))
    minutes.open(gap)
    span = minutes.due(BEGIN + MINUTE)
    assert span is not None
    assert minutes.settle(span, 6) == ((), ())


def test_a_gap_in_which_a_line_came_later_is_told_anew_though_its_number_is_right() -> None:
    minutes = account()
    gap = Gap("api", BEGIN + 10, BEGIN + 20, 5, "")
    minutes.open(gap)
    minutes.hold(lines(BEGIN + 15))
    span = minutes.due(BEGIN + MINUTE)
    assert span is not None
    # One of the gap's five came; that five are missing means that one is missing beside it.
    opened, closed = minutes.settle(span, 6)
    assert [(each.start, each.end, each.lost) for each in opened] == [(BEGIN, BEGIN + MINUTE, 5)]
    assert closed == (gap,)


def test_a_gap_over_several_minutes_makes_them_one() -> None:
    minutes = account()
    minutes.hold(lines(BEGIN + 1, BEGIN + 2 * MINUTE))
    minutes.open(Gap("api", BEGIN + 10, BEGIN + MINUTE + 10, None, "too many"))
    assert minutes.due(BEGIN + MINUTE) is None
    span = minutes.due(BEGIN + 2 * MINUTE)
    assert span is not None
    assert (span.start, span.end, span.held) == (BEGIN, BEGIN + 2 * MINUTE, 1)
    [gap], [uncounted] = minutes.settle(span, 10)
    assert (gap.lost, gap.words, uncounted.lost) == (9, "too many", None)


def test_many_minutes_owed_are_asked_for_with_one_question() -> None:
    minutes = account()
    minutes.hold(lines(BEGIN, BEGIN + 7 * MINUTE))
    span = minutes.due(BEGIN + 10 * MINUTE)
    assert span is not None
    assert (span.start, span.end, span.held) == (BEGIN, BEGIN + 10 * MINUTE, 2)


def test_four_minutes_owed_one_after_the_other_are_counted_as_one_span() -> None:
    minutes = account()
    for number in range(4):
        minutes.hold(lines(BEGIN + number * MINUTE))
        minutes.due(BEGIN + (number + 1) * MINUTE)
    span = minutes.due(BEGIN + 4 * MINUTE)
    assert span is not None
    assert (span.start, span.end, span.held) == (BEGIN, BEGIN + 4 * MINUTE, 4)
    assert minutes.settle(span, 4) == ((), ())
    assert minutes.due(BEGIN + 4 * MINUTE) is None


def test_gaps_that_are_kept_are_bounded() -> None:
    minutes = account()
    for number in range(KEPT + 50):
        span = minutes.due(BEGIN + (number + 1) * MINUTE)
        assert span is not None
        assert minutes.settle(span, 1)[0]
    minutes.hold(lines(BEGIN + 5, BEGIN + 100 * MINUTE))
    again = minutes.due(BEGIN + (KEPT + 50) * MINUTE)
    assert again is not None
    assert again.start == BEGIN + 100 * MINUTE


def test_a_gap_joins_no_minutes_with_a_settled_one_between_them() -> None:
    minutes = account()
    minutes.hold(lines(BEGIN, BEGIN + MINUTE, BEGIN + MINUTE + 1))
    first = minutes.due(BEGIN + MINUTE)
    assert first is not None
    minutes.settle(first, 2)
    second = minutes.due(BEGIN + 2 * MINUTE)
    assert second is not None
    assert minutes.settle(second, 2) == ((), ())
    # The second minute is let go of, with the number of its lines.
    minutes.open(Gap("api", BEGIN + 30, BEGIN + 2 * MINUTE + 30, 9, ""))
    third = minutes.due(BEGIN + 3 * MINUTE)
    assert third is not None
    assert (third.start, third.held) == (BEGIN + 2 * MINUTE, 0)


def test_a_late_line_of_the_moment_after_a_gap_does_not_belong_to_it() -> None:
    minutes = account()
    minutes.hold(lines(BEGIN, BEGIN + MINUTE))
    first = minutes.due(BEGIN + MINUTE)
    assert first is not None
    (gap,), _ = minutes.settle(first, 2)
    second = minutes.due(BEGIN + 2 * MINUTE)
    assert second is not None
    # It is whole and let go of: nothing stands behind the first any more.
    assert minutes.settle(second, 1) == ((), ())
    minutes.hold(lines(gap.end))
    assert minutes.due(BEGIN + 2 * MINUTE) is None
    minutes.hold(lines(gap.end - 1))
    assert minutes.due(BEGIN + 2 * MINUTE) is first


def test_which_moments_will_still_be_counted() -> None:
    minutes = account()
    assert minutes.will_count(BEGIN) and not minutes.will_count(BEGIN - 1)
    minutes.hold(lines(BEGIN))
    first = minutes.due(BEGIN + MINUTE)
    assert first is not None
    assert minutes.will_count(BEGIN + MINUTE - 1), "it is owed"
    minutes.settle(first, 1)
    assert not minutes.will_count(BEGIN + MINUTE - 1)
    assert minutes.will_count(BEGIN + MINUTE)
