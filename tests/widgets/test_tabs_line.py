"""The row of tabs in any width."""

from hypothesis import given
from hypothesis import strategies as st

from widgets.pieces import plain
from widgets.tabs_line import TabMark, tab_pieces
from widgets.width import width_of

MARKS = tuple(TabMark(name, "✓") for name in ("PROD", "STAGING", "HOMELAB", "EU-WEST", "EU-EAST", "US"))


def row(in_view: int, width: int) -> str:
    return plain(tab_pieces(MARKS, in_view, width))


def test_all_stand_there_where_there_is_room() -> None:
    every = " PROD ✓ | STAGING ✓ | HOMELAB ✓ | EU-WEST ✓ | EU-EAST ✓ | US ✓"
    assert row(0, 75) == every
    assert row(0, 90) == f"{every:75}( )  :env NAME", "and the keys"


def test_the_farthest_give_way_and_are_counted() -> None:
    assert row(0, 40) == " PROD ✓ | STAGING ✓ | HOMELAB ✓ | 3 more"
    assert row(5, 40) == " 3 more | EU-WEST ✓ | EU-EAST ✓ | US ✓"
    assert row(2, 40) == " 1 more | STAGING ✓ | HOMELAB ✓ | 3 more"


@given(
    in_view=st.integers(0, 5),
    width=st.integers(1, 120),
    names=st.lists(st.text(max_size=20), min_size=6, max_size=6),
)
def test_the_row_keeps_its_width_and_the_one_in_view(in_view: int, width: int, names: list[str]) -> None:
    marks = [TabMark(name, "✗12", "down") for name in names]
    pieces = tab_pieces(marks, in_view, width)
    assert width_of(plain(pieces)) <= width
    if width > 60:
        assert ("in-view", names[in_view]) in pieces
