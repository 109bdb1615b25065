"""The table: what it shows at which width, where its cursor stays, and how little it repaints."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Region

from sutaz_tui.text.table import Arrangement, Column, TableRow, fitted
from sutaz_tui.views.alerts import ALERTS
from sutaz_tui.views.queues import QUEUES
from widgets.table_view import TableView

NAME = Column("name", "NAME", share=1)
READY = Column("ready", "READY", is_number=True)
STATE = Column("state", "STATE", priority=1)
COLUMNS = (NAME, READY, STATE)


def row(
    name: str,
    ready: int | None = 0,
    state: str = "running",
    look: str = "",
    glyph: str = "",
    detail: tuple[str, ...] = (),
) -> TableRow:
    return TableRow(name, {"name": name, "ready": ready, "state": state}, look, glyph, detail=detail)


class Recorded(TableView):
    """Remembers which regions were asked to be painted again."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        super().__init__(columns)
        self.regions: list[Region] = []

    def refresh(self, *regions: Region, **more: bool) -> "Recorded":
        self.regions += regions or [Region(0, 0, 10_000, 10_000)]
        super().refresh(*regions, **more)
        return self


class TableApp(App[None]):
    def __init__(self, table: TableView) -> None:
        super().__init__()
        self.table = table

    def compose(self) -> ComposeResult:
        yield self.table


@asynccontextmanager
async def shown(table: TableView, width: int = 60, height: int = 8) -> AsyncIterator[TableView]:
    app = TableApp(table)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield table


def lines(table: TableView) -> list[str]:
    return ["".join(segment.text for segment in table.render_line(y)) for y in range(table.size.height)]


async def test_one_heading_line_and_a_line_a_row() -> None:
    async with shown(TableView(COLUMNS)) as table:
        table.show([row("tasks", 1240, look="degraded", glyph="!"), row("mail", None)])
        drawn = lines(table)
    assert drawn[0].split() == ["NAME", "READY", "STATE"]
    assert drawn[1].startswith("!>tasks")
    assert "1,240" in drawn[1]
    assert drawn[2].split() == ["mail", "running"]
    assert not drawn[3].strip()


async def test_numbers_stand_under_the_right_edge_of_their_heading() -> None:
    async with shown(TableView(COLUMNS)) as table:
        table.show([row("a", 5), row("b", 70_000)])
        drawn = lines(table)
    edge = drawn[0].index("READY") + len("READY")
    assert drawn[1][:edge].endswith(" 5")
    assert drawn[2][:edge].endswith("70,000")


async def test_the_cursor_stays_on_its_row_and_its_line_when_rows_move() -> None:
    rows = [row(f"q{number:02}") for number in range(40)]
    async with shown(TableView(COLUMNS)) as table:
        table.show(rows)
        table.move(20)
        before = [line for line in lines(table) if ">" in line]
        at = next(y for y, line in enumerate(lines(table)) if ">" in line)
        table.show([row("new-1"), row("new-2"), *rows])
        drawn = lines(table)
    assert before
    assert table.selected is not None
    assert table.selected.key == "q20"
    assert "q20" in drawn[at]


async def test_a_row_that_is_gone_leaves_the_cursor_at_its_place_and_says_so() -> None:
    heard: list[str] = []

    class Heard(TableApp):
        def on_table_view_selected(self, message: TableView.Selected) -> None:
            heard.append(message.key)

    table = TableView(COLUMNS)
    async with Heard(table).run_test(size=(60, 8)) as pilot:
        table.show([row("a"), row("b"), row("c")])
        table.move(1)
        await pilot.pause()
        table.show([row("a"), row("c")])
        await pilot.pause()
        assert table.selected is not None
        assert table.selected.key == "c"
    assert heard == ["b", "c"]


async def test_only_the_span_that_differs_is_painted_again() -> None:
    table = Recorded(COLUMNS)
    async with shown(table):
        table.show([row("tasks", 10), row("mail", 20)])
        lines(table)
        table.regions.clear()
        table.show([row("tasks", 10), row("mail", 21)])
        assert [region.y for region in table.regions] == [2]
        assert table.regions[0].width == 1
        table.regions.clear()
        lines(table)
        table.show([row("tasks", 10), row("mail", 21)])
        assert table.regions == []


async def test_sorting_looks_at_the_largest_number_first_and_keeps_what_is_not_known_last() -> None:
    async with shown(TableView(COLUMNS)) as table:
        table.show([row("a", 1), row("b", None), row("c", 30), row("d", 4)])
        table.sort(1)
        assert [r.key for r in table.rows] == ["a", "b", "c", "d"]
        assert table.sort(1) == "sorted by ready"
        assert [r.key for r in table.rows] == ["c", "d", "a", "b"]
        assert "READYv" in lines(table)[0]
        assert table.invert() == "sorted by ready, inverted"
        assert [r.key for r in table.rows] == ["a", "d", "c", "b"]
        table.sort(1)
        table.sort(1)
        assert [r.key for r in table.rows] == ["a", "b", "c", "d"]


async def test_a_filter_shows_what_it_lets_through_and_says_of_how_many() -> None:
    async with shown(TableView(COLUMNS)) as table:
        table.show([row(f"q{number}") for number in range(120)], total=10_000)
        assert table.counted == "120 of 10,000"
        table.filter(lambda said: "q11" in said)
        assert [r.key for r in table.rows][:3] == ["q11", "q110", "q111"]
        assert table.counted == "11 of 10,000"
        table.filter(None)
        table.show([row("a")])
        assert table.counted == "1"


async def test_find_goes_on_from_the_cursor_and_round_the_end() -> None:
    async with shown(TableView(COLUMNS)) as table:
        table.show([row("red-1"), row("blue"), row("red-2")])
        assert table.find(lambda said: "red" in said)
        assert table.selected is not None
        assert table.selected.key == "red-1"
        assert table.find_again(1)
        assert table.selected.key == "red-2"
        assert table.find_again(1)
        assert table.selected.key == "red-1"
        assert table.find_again(-1)
        assert table.selected.key == "red-2"
        assert not table.find(lambda said: "green" in said)


async def test_the_detail_unfolds_below_the_cursor_and_folds_again() -> None:
    async with shown(TableView(COLUMNS)) as table:
        table.show([row("a", detail=("first", "second")), row("b")])
        assert table.unfold()
        drawn = lines(table)
        assert drawn[2].split() == ["first"]
        assert drawn[3].split() == ["second"]
        assert "b" in drawn[4]
        assert table.unfold()
        assert "b" in lines(table)[2]
        table.move(1)
        assert not table.unfold()


async def test_a_narrow_table_gives_columns_away_by_their_priority() -> None:
    async with shown(TableView(COLUMNS), width=24) as table:
        table.show([row("a-queue-with-a-long-name", 5)])
        drawn = lines(table)
    assert "STATE" not in drawn[0]
    assert "READY" in drawn[0]
    assert "…" in drawn[1]


async def test_the_copied_line_names_its_values_and_the_saved_table_is_whole() -> None:
    async with shown(TableView(COLUMNS), width=24) as table:
        table.show([row("a-queue-with-a-long-name", 5)])
        assert table.copied_line == "name a-queue-with-a-long-name  ready 5  state running"
        assert table.text.splitlines()[1].split() == ["a-queue-with-a-long-name", "5", "running"]


async def test_a_hostile_value_is_drawn_as_text() -> None:
    async with shown(TableView(COLUMNS)) as table:
        table.show([row("[red]x[/]\x1b[2J\u202e", detail=("[@click=app.quit]y[/]",))])
        table.unfold()
        drawn = "".join(lines(table))
    assert "[red]x[/]" in drawn
    assert "[@click=app.quit]" in drawn
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn


@given(
    st.lists(st.tuples(st.text(max_size=3), st.none() | st.integers(-5, 5)), max_size=12),
    st.integers(0, 2) | st.none(),
    st.booleans(),
)
def test_arranging_loses_and_doubles_no_row(
    values: list[tuple[str, int | None]], column: int | None, is_inverted: bool
) -> None:
    rows = [
        TableRow(str(number), {"name": name, "ready": ready}) for number, (name, ready) in enumerate(values)
    ]
    arranged = Arrangement(column, is_inverted).arranged(rows, COLUMNS)
    assert sorted(r.key for r in arranged) == sorted(r.key for r in rows)


@pytest.mark.parametrize("width", [1, 5, 12, 30, 80, 200])
def test_what_has_room_never_takes_more_than_there_is_while_a_column_can_give_way(width: int) -> None:
    columns = (Column("a", "A", share=1, priority=1), Column("b", "B", priority=2), Column("c", "C", width=3))
    got = fitted(columns, {"a": 30, "b": 12, "c": 1}, width)
    assert got[-1][0].id == "c"
    assert sum(cells for _, cells in got) + 2 * (len(got) - 1) <= max(width, 3)


@pytest.mark.parametrize(
    ("columns", "column", "gives_way"),
    [(QUEUES.columns, "state", "idle"), (ALERTS.columns, "labels", "silenced")],
)
def test_what_is_read_most_is_readable_at_80_columns(
    columns: tuple[Column, ...], column: str, gives_way: str
) -> None:
    natural = {one.id: len(one.heading) + 1 for one in columns} | {columns[0].id: 24, column: 40}
    widths = {one.id: cells for one, cells in fitted(columns, natural, 78)}
    assert widths[column] >= 20 and gives_way not in widths
    assert sum(widths.values()) + 2 * (len(widths) - 1) <= 78


async def test_the_cursor_is_always_on_the_screen() -> None:
    rows = [row(f"q{number}", detail=tuple("abc")) for number in range(30)]
    async with shown(TableView(COLUMNS), height=6) as table:
        table.show(rows)
        for by in (1, 7, 30, -4, -30, 12):
            table.move(by)
            table.unfold()
            drawn = "\n".join(lines(table)[1:])
            assert table.selected is not None
            assert f">{table.selected.key} " in drawn, (by, drawn)
