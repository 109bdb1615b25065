"""The strip of categories below the map: which failed, how many, and that cell alone in red."""

from datetime import UTC, datetime

from sutaz_tui.model import Tally
from widgets.strip_words import strip_lines, strip_rows

NOW = datetime(2026, 11, 30, 14, 2, 31, tzinfo=UTC)
HEADINGS = [("agents", "agents", "1"), ("databases", "databases", "3"), ("infrastructure", "infra", "4")]
TALLIES = {
    "agents": Tally("agents", 34, passed=33, not_run=1, at=NOW),
    "databases": Tally("databases", 35, at=NOW, red=2, running=35, done=12),
    "infrastructure": Tally("infrastructure", 55, passed=51, red=3, at=NOW),
}


def test_the_strip_says_which_category_failed_and_how_many_and_that_cell_alone_is_red() -> None:
    for width in (80, 120):
        _, cells, *_ = strip_lines(HEADINGS, TALLIES, NOW, width)
        assert [text for look, text in cells if look == "down"] == [cells[4][1]]
        assert [text.split() for _, text in cells[:6:2]] == [
            ["1", "agents", "33/34w"],
            ["3", "databases", "12/35"],
            ["4", "infra", "✗3", "51/55"],
        ]
        assert len({len(text) for _, text in cells[:6:2]}) == 1, "the cells stand on one grid"


def test_beside_the_map_a_category_that_failed_is_red_and_says_how_many() -> None:
    _, *rows = strip_rows(HEADINGS, TALLIES, NOW)
    assert [look for _, look in rows] == ["", "", "down"]
    assert rows[2][0].split() == ["4", "infra", "51/55", "✗3", "0s", "ago"]
