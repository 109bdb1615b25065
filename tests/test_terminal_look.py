"""What the environment says of the terminal, and how Textual is told."""

import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from sutaz_tui.tui.terminal.capabilities import Colours, look_at

UTF8 = {"LANG": "C.UTF-8"}


def entry(colours: int, wide: bool = False) -> bytes:
    """A compiled terminfo entry that has nothing but max_colors."""
    names = b"made|for this test\0"
    numbers = [-1] * 13 + [colours]
    magic, form = (0o1036, "i") if wide else (0o432, "h")
    header = struct.pack("<6h", magic, len(names), 0, len(numbers), 0, 0)
    body = header + names
    return body + b"\0" * (len(body) % 2) + struct.pack(f"<{len(numbers)}{form}", *numbers)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color"}, Colours.MANY),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Colours.TRUE),
        ({"TERM": "xterm"}, Colours.SIXTEEN),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, Colours.SIXTEEN),
        ({"TERM": "nonsense", "COLORTERM": "truecolor"}, Colours.SIXTEEN),
        ({"TERM": "screen-256color", "COLORTERM": "truecolor", "STY": "1.pts"}, Colours.MANY),
        ({"TERM": "tmux-256color", "COLORTERM": "truecolor", "TMUX": "/tmp/x,1,0"}, Colours.TRUE),
        ({"TERM": "xterm-kitty"}, Colours.MANY),
        ({"TERM": "vt100"}, Colours.NONE),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, Colours.NONE),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, Colours.MANY),
        ({}, Colours.SIXTEEN),
    ],
)
def test_colours(environ: Mapping[str, str], expected: Colours) -> None:
    assert look_at({**UTF8, **environ}).colours is expected


@pytest.mark.parametrize(("colours", "wide"), [(256, False), (8, False), (1 << 24, True)])
def test_terminfo_says_how_many_colours(tmp_path: Path, colours: int, wide: bool) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "made").write_bytes(entry(colours, wide))
    seen = look_at({"TERM": "made", "TERMINFO": str(tmp_path)})
    assert seen.is_known
    assert seen.colours == max(16, colours)


def test_a_damaged_terminfo_entry_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    for damaged in (b"", b"\x1a", entry(256)[:30], b"\xff" * 40):
        (tmp_path / "m" / "made").write_bytes(damaged)
        assert look_at({"TERM": "made", "TERMINFO": str(tmp_path)}).colours is Colours.NONE


def test_a_term_that_is_a_path_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(entry(256))
    assert not look_at({"TERM": "../secret", "TERMINFO": str(tmp_path / "x")}).is_known
    assert not look_at({"TERM": str(tmp_path / "secret")}).is_known


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "de_DE.utf8"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({}, True),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, True),
    ],
)
def test_ascii_where_there_is_nothing_else(environ: Mapping[str, str], expected: bool) -> None:
    assert look_at({"TERM": "xterm", **environ}).ascii_only is expected
    assert look_at({"TERM": "xterm", **environ}, force_ascii=True).ascii_only


def test_an_unknown_terminal_is_said_once_and_by_name() -> None:
    seen = look_at({**UTF8, "TERM": "nonsense"})
    assert seen.notes == ("the terminal 'nonsense' (TERM) is unknown here: drawn in 16 colours",)
    assert look_at({**UTF8, "TERM": "xterm-256color"}).notes == ()


def test_dumb_is_dumb_and_nothing_else_is() -> None:
    assert look_at({**UTF8, "TERM": "dumb"}).is_dumb
    assert not look_at({**UTF8, "TERM": "linux"}).is_dumb
    assert not look_at({**UTF8, "TERM": "nonsense"}).is_dumb


@pytest.mark.parametrize(
    ("term", "wanted", "expected"),
    [
        ("xterm", "textual-dark", "ansi-dark"),
        ("xterm", "textual-light", "ansi-light"),
        ("xterm", "ansi-light", "ansi-light"),
        ("xterm-256color", "textual-dark", "textual-dark"),
        ("xterm-256color", "ansi-dark", "ansi-dark"),
    ],
)
def test_the_theme_fits_the_colours(term: str, wanted: str, expected: str) -> None:
    assert look_at({**UTF8, "TERM": term}).theme(wanted) == expected


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm"}, {"TEXTUAL_COLOR_SYSTEM": "standard"}),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, {"TEXTUAL_COLOR_SYSTEM": "256"}),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, {"TEXTUAL_COLOR_SYSTEM": "standard", "NO_COLOR": "1"}),
        ({"TERM": "vt100"}, {"TEXTUAL_COLOR_SYSTEM": "standard", "NO_COLOR": "1"}),
        ({"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, {"TEXTUAL_COLOR_SYSTEM": "truecolor"}),
    ],
)
def test_textual_is_told(environ: dict[str, str], expected: dict[str, str]) -> None:
    told = dict(environ)
    look_at({**UTF8, **environ}).prepare(told)
    assert {name: value for name, value in told.items() if name != "TERM"} == expected


@pytest.mark.parametrize(
    ("locale", "has_blocks"),
    [("de_DE.UTF-8", True), ("C.UTF-8", True), ("ja_JP.UTF-8", False), ("zh_TW.UTF-8", False), ("C", False)],
)
def test_blocks_are_drawn_only_where_they_are_one_cell_wide(locale: str, has_blocks: bool) -> None:
    assert look_at({"TERM": "xterm-256color", "LANG": locale}).has_blocks is has_blocks
