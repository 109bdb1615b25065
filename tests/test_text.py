"""Whatever comes from outside leaves `sutaz_tui.text.sanitise` harmless and bounded."""

import asyncio
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sutaz_tui.text import sanitise as text
from sutaz_tui.text.sanitise import Secrets, head, hiding, one_line, sanitise, truncate
from sutaz_tui.text.units import first_of, time_limit
from tests import hostile

ANY = st.text(
    st.characters() | st.sampled_from("\x1b\x9b[]0;31m\r\n\t\b\u0301\u1161\u200d\ufe0f\ud800\u202e")
)
FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def assert_harmless(shown: str) -> None:
    assert FORBIDDEN.search(shown) is None
    assert shown.isprintable()
    shown.encode("utf-8")
    run = 0
    for char in shown:
        run = run + 1 if unicodedata.category(char).startswith("M") else 0
        assert run <= text.MARKS


@pytest.mark.parametrize("name", hostile.ALL)
@pytest.mark.timeout(60)
def test_no_hostile_text_survives(name: str) -> None:
    assert_harmless(sanitise(hostile.ALL[name]))
    assert len(one_line(hostile.ALL[name])) <= 200


@given(ANY)
@settings(max_examples=500)
def test_sanitised_text_is_harmless_and_stays_as_it_is(dirty: str) -> None:
    shown = sanitise(dirty)
    assert_harmless(shown)
    assert sanitise(shown) == shown


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("👨\u200d👩\u200d👧\u200d👦 family", "👨👩👧👦 family"),
        ("❤\ufe0f\u200d🔥", "❤🔥"),
        ("می\u200cخواهم", "میخواهم"),
        ("שלום\u200f (1)", "שלום (1)"),
        ("\u200fשלום", "שלום"),
        ("ad\u200dmin", "ad\ufffdmin"),
        ("user\u202egpj", "user\ufffdgpj"),
    ],
)
def test_what_joins_emoji_and_letters_is_no_sign_of_its_own(dirty: str, shown: str) -> None:
    assert sanitise(dirty) == shown


def test_every_single_character_becomes_something_harmless() -> None:
    for start in range(0, 0x110000, 64):
        assert_harmless(sanitise("a".join(map(chr, range(start, start + 64)))))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_left_alone(plain: str) -> None:
    assert sanitise(plain) is plain


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x1b\x1b[0m[2J", "␛[2J"),
        ("a\0b\nc\rd\be\x7f", "a␀b␊c␍d␈e␡"),
        ("a\tb", "a   b"),
        ("\x85\u202e\u200b\ud800", "\ufffd" * 4),
        ("a\u00a0b", "a b"),
        ("⚠\ufe0f 100 %", "⚠ 100 %"),
        ("Zoë, naïve, 日本, ไม่ได้, שָׁלוֹם", "Zoë, naïve, 日本, ไม่ได้, שָׁלוֹם"),
        ("e" + "\u0301" * 9 + "f", "e" + "\u0301" * 4 + "\ufffdf"),
        ("[red]x[/red] [@click=app.quit]y", "[red]x[/red] [@click=app.quit]y"),
    ],
)
def test_signs(dirty: str, shown: str) -> None:
    assert sanitise(dirty) == shown


def test_tab_width() -> None:
    assert sanitise("\tx", tab=8) == "        x"


@given(ANY, st.integers(0, 60))
def test_one_line_is_one_bounded_harmless_line(dirty: str, limit: int) -> None:
    line = one_line(dirty, limit)
    assert_harmless(line)
    assert len(line) <= limit
    assert "  " not in line


def test_one_line() -> None:
    assert one_line("  first\n\n  second\r\nthird ") == "first second third"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("a" + "\n" * 100 + "b", 5) == "a…", "what lies beyond the part that is read shows as cut"


class Spy(str):
    """A text that remembers how much of it was asked for."""

    asked = 0

    def __getitem__(self, key: object) -> str:
        assert isinstance(key, slice)
        self.asked = max(self.asked, key.stop)
        return str(self)[key]


def test_one_line_reads_no_more_than_it_needs() -> None:
    spy = Spy("x" * 100_000)
    assert one_line(spy, 10) == "x" * 9 + "…"
    assert spy.asked == 80


@pytest.mark.parametrize(
    ("limit", "short"), [(-1, ""), (0, ""), (1, "…"), (3, "ab…"), (4, "abcd"), (9, "abcd")]
)
def test_truncate(limit: int, short: str) -> None:
    assert truncate("abcd", limit) == short


@pytest.mark.parametrize("name", hostile.BYTES)
def test_head_of_hostile_bytes(name: str) -> None:
    for line in head(hostile.BYTES[name]).split("\n"):
        assert_harmless(line)


def test_head_keeps_lines_and_tells_what_it_left_out() -> None:
    assert head(b"a\r\nb\x1b[2J\n\xff") == "a\nb␛[2J\n\ufffd"
    assert head(b"x" * 2000, 10) == "x" * 10 + "\n… 1,990 more bytes"
    assert head("aé".encode(), 2) == "a\n… 2 more bytes", "a character that the limit cuts in two is left out"
    assert head(b"abc", 3) == "abc"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *[(-5, "0s"), (0.9, "0s"), (38, "38s"), (242, "4m02s"), (599, "9m59s"), (600, "10m"), (2460, "41m")],
        *[(3599, "59m"), (11520, "3h12m"), (3660, "1h01m"), (525600, "6d02h"), (3542400, "41d")],
    ],
)
def test_ago(seconds: float, words: str) -> None:
    assert text.ago(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0002, "<1"),
        (0.009, "9"),
        (0.184, "184"),
        (0.9994, "999"),
        (0.9996, "1.0s"),
        (1.24, "1.2s"),
        (31.4, "31s"),
    ],
)
def test_latency(seconds: float, words: str) -> None:
    assert text.duration_ms(seconds) == words


def test_what_is_left_of_a_deadline_is_told_in_few_digits() -> None:
    told = [time_limit(seconds) for seconds in (0.436124, 0.002, 1.8765, 5.0, 120.0)]
    assert told == ["0.44 s", "0.002 s", "1.9 s", "5 s", "120 s"]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (812, "812 B"),
        (1000, "1.0 kB"),
        (1_490_000, "1.4 MB"),
        (637_700_138, "637 MB"),
        (10**20, "100000 PB"),
    ],
)
def test_sizes(size: int, words: str) -> None:
    assert text.bytes_size(size) == words


def test_count() -> None:
    assert text.count(1204) == "1,204"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("", ""),
        ("a", "a"),
        ("abc", "a, b, c"),
        ("abcd", "a, b, c and 1 more"),
        ("abcdefg", "a, b, c and 4 more"),
    ],
)
def test_of_many_names_the_first_are_told_and_how_many_more_there_are(names: str, words: str) -> None:
    assert first_of(iter(names), 3) == words


HIDDEN = Secrets(["Zq9-very-secret-value-0123456789"])


@given(st.integers(0, 2000), st.integers(1, 200))
def test_no_secret_is_cut_in_two(offset: int, limit: int) -> None:
    """Wherever it stands and wherever the line ends: a cut secret would be recognised by nothing."""
    said = ("no " * 700)[:offset] + "Zq9-very-secret-value-0123456789" + " to you" * 99
    with hiding(HIDDEN):
        line = one_line(said, limit)
    assert len(line) <= limit
    assert "Z" not in line and "very" not in line


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_head_of_an_answer_ends_before_a_secret_that_begins_in_it(offset: int, limit: int) -> None:
    said = (("ä " * 200)[:offset] + "Zq9-very-secret-value-0123456789" + " and so on" * 40).encode()
    with hiding(HIDDEN):
        shown = head(said, limit)
    assert "Z" not in shown and "very" not in shown
    assert shown.endswith(" more bytes")


def test_what_is_hidden_is_known_in_threads_and_tasks_and_no_longer_than_meant() -> None:
    async def cut() -> str:
        return await asyncio.to_thread(one_line, "Zq9-very-secret-value-0123456789 and so on", 12)

    with hiding(HIDDEN):
        assert asyncio.run(cut()) == "*** and so …"
    assert asyncio.run(cut()) == "Zq9-very-se…"
