"""The screen in ASCII, cell by cell as wide as before."""

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from sutaz_tui.tui.terminal.ascii_lines import AsciiLines, in_ascii
from tests.hostile import ALL


@pytest.mark.parametrize(
    ("text", "expected"),
    [("✓ ✗ up", "+ X up"), ("│ ┌─┐ …", "| +-+ ~"), ("é 日本", "? ????"), ("plain", "plain"), ("↑12", "^12")],
)
def test_a_text_in_ascii(text: str, expected: str) -> None:
    assert in_ascii(text) == expected


@pytest.mark.parametrize("text", ALL.values(), ids=ALL.keys())
def test_hostile_text_keeps_its_width(text: str) -> None:
    shown = in_ascii(text)
    assert shown.isascii()
    assert len(shown) == sum(cell_len(char) if not char.isascii() else 1 for char in text)


def test_style_and_plain_segments_are_kept() -> None:
    style = Style(bold=True)
    plain = Segment("abc", style)
    first, second = AsciiLines().apply([plain, Segment("✓", style)], Color(0, 0, 0))
    assert first is plain
    assert second == Segment("+", style)
