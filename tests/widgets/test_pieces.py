"""Lines made of pieces: what differs between two of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.pieces import Piece, cut_pieces, span

LINES = st.lists(st.tuples(st.sampled_from(["", "match", "fold"]), st.text("ab … ", max_size=6)), max_size=6)


@given(LINES, LINES)
def test_the_span_that_differs_holds_every_cell_that_does(before: list[Piece], after: list[Piece]) -> None:
    start, end = span(before, after, 20)
    assert 0 <= start <= end <= 20
    old = [(look, char) for look, text in before for char in text]
    new = [(look, char) for look, text in after for char in text]
    for x in range(20):
        assert old[x : x + 1] == new[x : x + 1] or start <= x < end


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        ("abc", "abc", (0, 0)),
        ("abcd", "axyd", (1, 3)),
        ("abc", "abcde", (3, 5)),
        ("abcde", "abc", (3, 5)),
        ("", "a", (0, 1)),
    ],
)
def test_it_holds_no_cell_more_at_its_ends(before: str, after: str, differs: tuple[int, int]) -> None:
    assert span([("", before)], [("", after)], 20) == differs


@pytest.mark.parametrize("text", ["界", "e\u0301"])
def test_where_characters_are_no_cells_the_whole_line_differs(text: str) -> None:
    assert span([("", text)], [("", "x")], 80) == (0, 80)


def test_a_line_that_is_too_long_says_that_it_goes_on() -> None:
    line = (("cause", "PG DOWN: "), ("", "4 dependents: 3 failing, 1 up"))
    assert cut_pieces(line, 38) == line
    assert cut_pieces(line, 20) == (("cause", "PG DOWN: "), ("", "4 dependen…"))
    assert cut_pieces(line, 5) == (("cause", "PG D…"),)
