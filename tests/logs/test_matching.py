import time
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaz_tui.logs.entries import Entry, Kind
from sutaz_tui.logs.lines import Gap, Level, LogLine
from sutaz_tui.logs.matching import Filter, Pattern
from sutaz_tui.logs.parsing.tracebacks import HEAD
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


def texts(shown: Entry | None) -> list[str]:
    return [line.text for line in shown.all()] if shown is not None else []


def let_through(filter: Filter, entry: Entry) -> list[str]:
    return texts(filter.through(entry, lambda _: ()))


def test_a_hundred_alike_lines_do_not_hide_the_one_that_is_looked_for() -> None:
    lines = [LogLine(n, "a", f"INFO user {n} logged in") for n in range(100)]
    entry = Entry(lines[0], kind=Kind.ALIKE, more=lines[1:])

    assert let_through(Filter((Pattern("user 77 "),)), entry) == ["INFO user 77 logged in"]
    assert len(let_through(Filter((Pattern("!user 1"),)), entry)) == 89
    assert let_through(Filter((Pattern("/user [12]9 /"),)), entry) == [lines[19].text, lines[29].text]
    assert Filter((Pattern("user"),)).through(entry, lambda _: ()) is entry
    assert Filter((Pattern("order"),)).through(entry, lambda _: ()) is None


def test_what_is_shown_of_tracebacks_is_called_what_it_is() -> None:
    block = [HEAD, '  File "app.py", line 3, in get', "ValueError: no"]
    lines = [LogLine(n, "a", text) for n, text in enumerate(block * 4)]
    entry = Entry(lines[0], 7, kind=Kind.ALIKE, more=lines[1:], each=3)

    def shape(typed: str) -> tuple[Kind, int, int, Level]:
        part = Filter((Pattern(typed),)).through(entry, lambda _: ())
        assert part is not None and part.order == 7
        return part.kind, part.times, part.each, part.level

    assert shape("ValueError") == (Kind.ALIKE, 4, 3, Level.ERROR)
    assert Filter((Pattern("!ValueError"),)).through(entry, lambda _: ()) is None
    two = list(lines[:6])
    two[2] = LogLine(2, "a", "ValueError: other")
    two[5] = LogLine(5, "a", "ValueError: other")
    mixed = Entry(two[0], 7, kind=Kind.ALIKE, more=[*two[1:], *lines[6:]], each=3)
    found = Filter((Pattern("other"),)).through(mixed, lambda _: ())
    assert found is not None and (found.kind, found.times, found.lines) == (Kind.ALIKE, 2, 6)
    rest = Filter((Pattern("!other"), Pattern("/no$/"))).through(mixed, lambda _: ())
    assert rest is not None and (rest.times, rest.each) == (2, 3)
    single = Filter((Pattern("no"),)).through(
        Entry(lines[0], kind=Kind.TRACEBACK, more=lines[1:3]), lambda _: ()
    )
    assert single is not None and (single.kind, single.lines, single.level) == (
        Kind.TRACEBACK,
        3,
        Level.ERROR,
    )


def test_a_mark_on_a_line_that_a_filter_shows_stays_when_it_is_taken_away() -> None:
    lines = [LogLine(n, "a", f"INFO user {n}") for n in range(5)]
    entry = Entry(lines[0], kind=Kind.ALIKE, more=lines[1:])
    part = Filter((Pattern("user 3"),)).through(entry, lambda _: ())
    assert part is not None
    part.set_marked(True)
    assert entry.is_marked
    again = Filter((Pattern("user 4"),)).through(entry, lambda _: ())
    assert again is not None and again.is_marked


def test_filter_lets_gaps_and_lines_of_unknown_level_through() -> None:
    gap = Entry(None, kind=Kind.GAP, gap=Gap("a", 0, 1, 2, ""))
    plain, error = Entry(LogLine(0, "a", "hello")), Entry(LogLine(0, "a", "ERROR: no"))

    assert Filter((Pattern("x"),), Level.CRITICAL).through(gap, lambda _: ()) is gap
    assert [let_through(Filter(least=Level.INFO), entry) for entry in (plain, error)] == [
        ["hello"],
        ["ERROR: no"],
    ]
    assert [let_through(Filter(least=Level.WARN), entry) for entry in (plain, error)] == [[], ["ERROR: no"]]
    assert not let_through(Filter((Pattern("error"), Pattern("!no"))), error)


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
