import time
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaz_tui.logs.entries import Entry, Kind
from sutaz_tui.logs.lines import Gap, Level, LogLine
from sutaz_tui.logs.matching import Filter, Pattern, matches
from sutaz_tui.text.patterns import TooSlow, WrongPattern
from sutaz_tui.text.repeats import copies


@pytest.mark.parametrize(
    ("typed", "text", "is_found"),
    [
        ("timeout", "a TIMEOUT came", True),
        ("Timeout", "a TIMEOUT came", False),
        ("a.b", "aXb", False),
        ("/a.b/", "AXB", True),
        ("/a.B/", "axb", False),
        (r"/\Sb/", "AB", True),
        ("/api/v1", "GET /API/v1/x", True),
        ("!timeout", "a timeout", True),
        ("!/time.?out/", "a time-out", True),
        ("/\udc80/", "a \udc80 byte", True),
    ],
)
def test_finds(typed: str, text: str, is_found: bool) -> None:
    assert Pattern(typed).finds(text) is is_found


def test_spans_are_where_it_stands() -> None:
    assert Pattern("ab").spans("AB cab") == [(0, 2), (4, 6)]
    assert Pattern("/b+/").spans("abbcb") == [(1, 3), (4, 5)]
    assert Pattern("/b*/").spans("ab") == [(1, 2)]


def test_an_entry_matches_by_any_line_and_inverted_by_none() -> None:
    entry = Entry(LogLine(0, "a", "one"), kind=Kind.ALIKE, more=[LogLine(1, "a", "two")])

    assert matches(entry, Pattern("two"))
    assert not matches(entry, Pattern("!two"))
    assert matches(entry, Pattern("!three"))


def test_filter_lets_gaps_and_lines_of_unknown_level_through() -> None:
    gap = Entry(None, kind=Kind.GAP, gap=Gap("a", 0, 1, 2, ""))
    plain, error = Entry(LogLine(0, "a", "hello")), Entry(LogLine(0, "a", "ERROR: no"))

    assert Filter((Pattern("x"),), Level.CRITICAL).lets(gap)
    assert [Filter(least=Level.INFO).lets(entry) for entry in (plain, error)] == [True, True]
    assert [Filter(least=Level.WARN).lets(entry) for entry in (plain, error)] == [False, True]
    assert not Filter((Pattern("error"), Pattern("!no"))).lets(error)


@pytest.mark.parametrize(
    ("typed", "column", "words"),
    [
        ("/(ab/", 5, "missing )"),
        ("!/a**/", 5, "multiple repeat"),
        ("/((a{1000}){1000}){1000}/", 2, "smaller numbers"),
        ("/" + "(" * 480 + "a" + ")" * 480 + "/", 2, "nested too deeply"),
        ("", 0, "nothing to look for"),
        ("!", 0, "nothing to look for"),
        ("x" * 1001, 0, "1,001 characters"),
        ("/" + "x" * 1001 + "/", 0, "1,001 characters"),
    ],
)
def test_a_wrong_pattern_says_where_and_why(typed: str, column: int, words: str) -> None:
    with pytest.raises(WrongPattern, match=words.replace(")", r"\)")) as caught:
        Pattern(typed)
    assert caught.value.column == column


@given(st.text("ab()[]{}*+?|\\^$.,:=!<>#-019 pLNux", max_size=20))
def test_whatever_is_typed_is_a_pattern_or_wrong(typed: str) -> None:
    try:
        pattern = Pattern(f"/{typed}/")
        pattern.finds("abab 019 (x)")
    except (WrongPattern, TooSlow) as error:
        assert str(error)


def test_a_pattern_that_explodes_on_one_line_is_stopped() -> None:
    pattern = Pattern("/(a|a)*$/")

    with pytest.raises(TooSlow, match="simpler"):
        pattern.finds("a" * 40 + "!")


def test_a_pattern_that_is_slow_on_every_line_is_stopped() -> None:
    pattern = Pattern(r"/x.*x.*x.*y/")
    line = "x" * 150

    with pytest.raises(TooSlow, match="simpler"):
        for _ in range(100_000):
            pattern.finds(line)


def test_a_pattern_is_not_blamed_for_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = count()
    for clock in ("perf_counter", "monotonic", "time"):
        monkeypatch.setattr(time, clock, lambda: float(next(seconds)))
    pattern = Pattern("/b+/")

    assert all(pattern.finds(f"a{number}b") for number in range(100))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("abc", 3),
        ("a{1000}", 1000),
        ("(a{10}){10}", 100),
        ("(a{2,10}b){3}", 33),
        (r"\d{4}-\d{2}", 7),
        ("[]{9}]{5}", 5),
        (r"\{9}", 3),
        ("a{99999999999}", 10**9),
        (")(", 1),
    ],
)
def test_copies(expression: str, expected: int) -> None:
    assert copies(expression) == expected
