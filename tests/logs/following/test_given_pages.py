"""What pages gave, and from when on a feed is followed so that nothing is missing beside it."""

from sutaz_tui.logs.following.given_pages import SKEW, GivenPages
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.text.moments import MINUTE, SECOND

NOW = 1000 * MINUTE


def line(at: int) -> LogLine:
    return LogLine(at, "api", f"line {at}")


def test_pages_that_follow_one_another_are_one_span_from_the_first_on() -> None:
    given = GivenPages()
    begin = NOW - 9 * SECOND
    given.add([line(begin), line(NOW - SECOND)], begin, NOW - SECOND)
    given.add([line(NOW - SECOND), line(NOW)], NOW - SECOND, NOW)
    # A line may come late by ten seconds: also behind the first line of the second page.
    assert given.resume(NOW, NOW, 10 * SECOND) == begin
    assert given.fresh([line(begin), line(begin + 1), line(NOW)]) == [line(begin + 1)]


def test_a_page_apart_from_those_before_begins_a_span_of_its_own() -> None:
    given = GivenPages()
    given.add([line(NOW - 9 * SECOND)], NOW - 9 * SECOND, NOW - 8 * SECOND)
    given.add([line(NOW)], NOW - SECOND, NOW)
    assert given.resume(NOW, NOW, 10 * SECOND) == NOW - SECOND


def test_a_page_of_older_lines_changes_nothing() -> None:
    given = GivenPages()
    given.add([line(NOW)], NOW - SECOND, NOW)
    given.add([line(NOW - MINUTE)], NOW - 2 * MINUTE, NOW - MINUTE)
    assert given.resume(NOW, NOW, 10 * SECOND) == NOW - SECOND


def test_of_a_log_that_was_silent_long_what_is_read_again_is_bounded() -> None:
    given = GivenPages()
    begin = NOW - 300 * MINUTE
    given.add([line(begin)], begin, NOW)
    assert given.resume(NOW, NOW, 10 * SECOND) == NOW - SKEW - 10 * SECOND
    assert given.resume(NOW, NOW, 0) == begin, "a feed whose lines come in order goes on at its last line"


def test_what_a_page_gave_is_known_until_lines_come_that_are_a_minute_younger() -> None:
    given = GivenPages()
    page = [line(NOW - SECOND), line(NOW)]
    given.add(page, NOW - MINUTE, NOW + 1)
    given.resume(NOW - MINUTE, NOW, 10 * SECOND)
    young = line(NOW + MINUTE)
    assert given.fresh([page[0], young]) == [young]
    assert given.fresh([page[1]]) == [], "it may still be told again"
    younger = line(NOW + MINUTE + 1)
    given.resume(NOW - MINUTE, NOW, 10 * SECOND)
    assert given.fresh([younger]) == [younger]
    assert given.fresh(page) == page, "so late nothing is told again: a line like it is another one"


def test_two_equal_lines_of_which_a_page_gave_one_are_one_more() -> None:
    given = GivenPages()
    given.add([line(NOW)], NOW - MINUTE, NOW + 1)
    given.resume(NOW - MINUTE, NOW, 10 * SECOND)
    assert given.fresh([line(NOW), line(NOW)]) == [line(NOW)]


def test_a_page_that_is_read_while_what_others_gave_is_still_told_again_changes_nothing() -> None:
    given = GivenPages()
    page = [line(NOW - SECOND), line(NOW)]
    given.add(page, NOW - MINUTE, NOW + 1)
    given.resume(NOW - MINUTE, NOW, 10 * SECOND)
    # Somebody scrolled to a span further on, and nothing was there.
    given.add([], NOW + MINUTE, NOW + 2 * MINUTE)
    young = line(NOW + MINUTE)
    assert given.fresh([page[0], young]) == [young]
    assert given.fresh([page[1]]) == [], "it may still be told again"
