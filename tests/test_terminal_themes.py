"""The colours of trouble stay apart: for everybody, and in our own theme for who cannot tell red from green."""

from itertools import combinations

import pytest
from textual.color import Color

from sutaz_tui.tui.terminal.app import TerminalApp
from sutaz_tui.tui.terminal.capabilities import Terminal
from sutaz_tui.tui.terminal.themes import COLOUR_BLIND, themes

# How a red-green blind eye sees linear RGB (Machado, Oliveira and Fernandes 2009, severity 1.0).
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
PROTANOPIA = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
# The looks that a service can have on the map.
LOOKS = ("text-error", "text-warning", "text-accent", "text-success", "foreground")
Triple = tuple[float, float, float]


def linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def seen(color: Color, eye: tuple[Triple, Triple, Triple]) -> Triple:
    rgb = [linear(value) for value in color.rgb]
    red, green, blue = (min(1.0, max(0.0, sum(a * b for a, b in zip(row, rgb, strict=True)))) for row in eye)
    return red, green, blue


def lab(rgb: Triple) -> Triple:
    """CIE L*a*b* of linear sRGB, white D65."""
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    x, y, z = (sum(a * b for a, b in zip(row, rgb, strict=True)) for row in rows)
    fx, fy, fz = (
        share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16 / 116
        for share in (x / 0.9505, y, z / 1.089)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: Triple, other: Triple) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(lab(one), lab(other), strict=True)) ** 0.5)


def variables(name: str) -> dict[str, str]:
    app = TerminalApp(Terminal())
    app.theme = name
    return app.get_css_variables()


@pytest.mark.parametrize("eye", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
def test_trouble_stays_apart_for_the_colour_blind(eye: tuple[Triple, Triple, Triple]) -> None:
    colours = variables(COLOUR_BLIND)
    looks = {name: seen(Color.parse(colours[name]), eye) for name in LOOKS}
    near = {
        (a, b): round(distance(looks[a], looks[b]))
        for a, b in combinations(LOOKS, 2)
        if distance(looks[a], looks[b]) < 20
    }
    assert near == {}


def luminance(color: Color) -> float:
    red, green, blue = (linear(value) for value in color.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_trouble_can_be_read_on_the_background() -> None:
    colours = variables(COLOUR_BLIND)
    dark = luminance(Color.parse(colours["background"])) + 0.05
    # WCAG 2.2, 1.4.3: 4.5 for text.
    contrast = {name: (luminance(Color.parse(colours[name])) + 0.05) / dark for name in LOOKS}
    assert {name: value for name, value in contrast.items() if value < 4.5} == {}


def test_the_usual_theme_would_not_pass() -> None:
    # Else the test above could not fail.
    colours = variables("textual-dark")
    looks = {name: seen(Color.parse(colours[name]), DEUTERANOPIA) for name in ("text-warning", "text-accent")}
    assert distance(*looks.values()) < 20


def test_every_theme_of_ours_can_be_chosen() -> None:
    app = TerminalApp(Terminal())
    assert {theme.name for theme in themes()} <= set(app.available_themes)
