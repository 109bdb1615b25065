"""The whole screen in ASCII: for terminals and locales that have nothing else, whatever the text comes from."""

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

STAND_INS = {
    "✓": "+", "✗": "X", "…": "~", "·": ".", "•": "*", "→": ">", "←": "<", "↑": "^", "↓": "v", "▶": ">", "▼": "v",
    "│": "|", "┃": "|", "║": "|", "▌": "|", "▐": "|", "▊": "|", "▎": "|", "─": "-", "━": "-", "═": "=", "▔": "-",
    "▁": "_", "█": "#", "▄": "#", "▀": "#", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "×": "x",
    "\xa0": " ",
}  # fmt: skip
_CORNERS = {chr(code): "+" for code in range(0x250C, 0x2550) if chr(code) not in STAND_INS}
_TABLE = {**_CORNERS, **STAND_INS}


class AsciiLines(LineFilter):
    """Puts an ASCII character in the place of every other, cell by cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII, as wide as they were."""
        del background
        return [
            segment
            if segment.text.isascii()
            else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


@lru_cache(4096)
def in_ascii(text: str) -> str:
    """`text` in ASCII, as wide as it was; `?` for what has no stand-in."""
    return "".join(char if char.isascii() else _TABLE.get(char) or "?" * cell_len(char) for char in text)
