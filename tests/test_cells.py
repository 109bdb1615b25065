"""Widths of text: the same that Rich lays the screen out by, and nothing wider than its room."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sutaz_tui.text.cells import cells_of, cut, fit, width_of, wrapped
from sutaz_tui.text.sanitise import sanitise

TEXTS = st.text(st.characters(codec="utf-8"), max_size=200).map(sanitise) | st.text(
    "ab 界é\u0301", max_size=300
)


def test_every_character_that_is_safe_to_show_is_as_wide_as_rich_takes_it():
    safe = [char for char in map(chr, range(0x20, sys.maxunicode + 1)) if sanitise(char) == char]
    assert len(safe) > 100_000
    differing = [char for char in safe if cells_of(char) != cell_len(char)]
    assert differing == []


@given(TEXTS)
def test_a_text_is_as_wide_as_rich_takes_it(text):
    assert width_of(text) == cell_len(text)


@given(TEXTS, st.integers(0, 60))
def test_fit_takes_exactly_its_room(text, width):
    fitted = fit(text, width)
    assert width_of(fitted) == width
    assert fitted.rstrip().removesuffix("…").rstrip() in text


@given(TEXTS, st.integers(0, 60))
def test_cut_takes_the_most_that_has_room(text, width):
    part = cut(text, width)
    assert text.startswith(part)
    assert width_of(part) <= width
    assert part == text or width_of(text[: len(part) + 1]) > width


@given(TEXTS, st.integers(12, 60), st.sampled_from(["", "  ", "        "]))
def test_wrapping_loses_nothing_but_blanks_and_stays_in_its_room(text, width, indent):
    lines = list(wrapped(text, width, indent))
    assert all(width_of(line) <= width for line in lines)
    assert all(line.startswith(indent) for line in lines[1:])
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrapping_breaks_at_blanks():
    assert list(wrapped("one two three four", 9, " ")) == ["one two", " three", " four"]


@pytest.mark.parametrize("char", ["x", "界", "e\u0301"])
def test_wrapping_a_long_text_takes_time_by_its_length(char):
    lines = list(wrapped(char * 100_000, 80))
    assert "".join(lines) == char * 100_000
