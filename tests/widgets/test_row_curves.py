"""What a row draws small stands large below a table, where there is room."""

import pytest

from sutaz_tui.text.table import Column, Line, TableRow, text_of
from widgets.row_curves import LEAST, MOST, curves_of
from widgets.sparkline import ASCII, tall


def percent(value: float) -> str:
    return f"{value:.0f} %"


def row(*lines: Line) -> TableRow:
    return TableRow("r", {"name": "r", **{f"line{number}": line for number, line in enumerate(lines)}})


def test_columns_are_as_high_as_their_values_and_the_newest_stands_right() -> None:
    assert tall([0, 50, 100], 5, 2, 100) == ["    █", "   ██"]
    assert tall([25, 75], 2, 2, 100) == [" ▄", "▄█"]
    assert tall([1, 2, 3, 100], 2, 1, 100, ASCII)[0][-1] == "#", "the newest of those that have no room"
    assert tall([5], 3, 2, 0) == ["   ", "   "] and tall([], 2, 1, 5) == ["  "]


def test_a_curve_tells_its_scale_what_is_now_and_what_was_the_most() -> None:
    shown = curves_of(row(Line((10.0, 80.0, 40.0), "cpu", 100.0, percent)), 60, 10)
    texts = [text for text, _ in shown]
    assert texts[1] == "  cpu  now 40 %, at most 80 %" and len(texts) == 10
    assert texts[2].split()[:2] == ["100", "%"] and texts[-1].split()[:2] == ["0", "%"]
    low = [text for text, _ in curves_of(row(Line((1.0, 2.0), "cpu", 100.0, percent)), 60, 10)]
    assert low[2].split()[:2] == ["25", "%"], "what is low is drawn larger, and says so"
    free = [text for text, _ in curves_of(row(Line((10.0, 100.0), "net", 0.0, percent)), 60, 10)]
    assert free[2].split()[:2] == ["110", "%"]


@pytest.mark.parametrize(
    ("room", "lines"), [(0, 0), (LEAST + 1, 0), (LEAST + 2, LEAST + 2), (14, 14), (90, 2 * (MOST + 2))]
)
def test_as_many_curves_as_there_is_room_for_and_none_without(room: int, lines: int) -> None:
    two = row(Line((1.0, 2.0), "a"), Line((3.0, 4.0), "b"))
    assert len(curves_of(two, 40, room)) == lines


def test_one_reading_is_no_curve_and_a_line_stands_in_no_text() -> None:
    assert curves_of(row(Line((1.0,), "a")), 40, 30) == []
    columns = (
        Column("name", "NAME"),
        Column("line0", "LINE", is_line=True),
        Column("none", "NONE", is_rare=True),
    )
    assert text_of(columns, [row(Line((1.0, 2.0)))]) == ["  NAME", "  r"]
