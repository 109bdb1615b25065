"""The strip of categories below the map: which failed, how many, and that cell alone in red."""

from datetime import UTC, datetime

from sutaz_tui.model import Tally
from widgets.pieces import plain
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


def test_where_every_category_has_its_cell_the_key_of_the_list_says_so() -> None:
    _, cells, *_ = strip_lines(HEADINGS, TALLIES, NOW, 80)
    assert cells[6][1].split() == ["t", "all"]


def test_beside_the_map_a_category_says_what_is_red_and_what_did_not_run() -> None:
    heading, *rows, rest = strip_rows([*HEADINGS, ("mcp", "mcp", "5")], TALLIES, NOW, 55)
    lines = [plain(row) for row in rows]
    assert plain(heading).split() == ["CHECKS", "age"]
    assert [line.split() for line in lines] == [
        ["1", "agents", "▄▄▄▄▄▄▄▄▄.", "33/34", "1", "not", "run", "0s"],
        ["3", "databases", "▄.........", "0/35", "12", "of", "35", "done"],
        ["4", "infra", "▄▄▄▄▄▄▄▄▄▄", "51/55", "✗3", "0s"],
    ]
    assert [[text.strip() for look, text in row if look == "down" and text.strip()] for row in rows] == [
        [], ["▄"], ["4 infra", "▄", "✗3"],
    ]  # fmt: skip
    assert plain(rest) == "not run  5 mcp"
    assert {len(line) for line in lines} == {55}, "one grid, as wide as there is room"


def test_results_older_than_a_cause_are_outdated_and_no_checks_are_no_lines() -> None:
    tallies = {"agents": Tally("agents", 34, passed=34, at=NOW, is_outdated=True)}
    assert "outdated" in plain(strip_rows(HEADINGS[:1], tallies, NOW, 55)[1])
    assert strip_rows([], {}, NOW, 55) == []
    assert "none ran yet" in plain(strip_rows(HEADINGS, {}, NOW, 55)[1])
