"""The log on the screen: what stands there, what is repainted of it, and how often."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Region

from widgets.log_view import ROLES, LogRow, LogView
from widgets.pacing import HANDS_ON, LONGEST, SHORTEST, Pace

GRID = (("14:07:11.402", "time"), (" ", ""), ("E", "level-error"), ("  ", ""), ("pool     ", "logger"))


def row(message: str, role: str = "message") -> LogRow:
    """A row of a log with this message."""
    return (*GRID, (message, role))


class Hand:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Watched(LogView):
    """Tells what it refreshed."""

    def __init__(self, shown: "Shown") -> None:
        super().__init__(shown.rows, clock=shown.clock)
        self.refreshed: list[tuple[Region, ...]] = []

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> "Watched":
        self.refreshed.append(regions)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class Shown(App[None]):
    """One log view over rows that the test sets."""

    CSS = "Watched { height: 6; }"

    def __init__(self, *rows: LogRow) -> None:
        super().__init__()
        self.given = list(rows)
        self.asked: list[tuple[int, int]] = []
        self.clock = Hand()

    def compose(self) -> ComposeResult:
        yield Watched(self)

    def rows(self, width: int, height: int) -> list[LogRow]:
        self.asked.append((width, height))
        return list(self.given)

    @property
    def view(self) -> Watched:
        return self.query_one(Watched)

    @property
    def lines(self) -> list[str]:
        return [strip.text for strip in self.screen._compositor.render_strips()]


async def test_the_first_frame_shows_the_rows():
    app = Shown(row("connection was closed"), row("again"))
    async with app.run_test(size=(60, 10)):
        assert app.lines[0].rstrip() == "14:07:11.402 E  pool     connection was closed"
        assert app.lines[1].rstrip() == "14:07:11.402 E  pool     again"
        assert app.lines[2].strip() == ""
        assert set(app.asked) == {(60, 6)}


async def test_wide_characters_and_long_rows_stay_in_the_grid():
    app = Shown(row("界" * 40), row("x" * 200), row("a" + "界" * 40), row("e\u0301" * 60))
    async with app.run_test(size=(60, 10)):
        assert [strip.cell_length for strip in app.screen._compositor.render_strips()] == [60] * 10
        assert app.lines[0].endswith("界" * 17 + " ")
        assert app.lines[2].endswith("a" + "界" * 17)


async def test_nothing_is_refreshed_while_nothing_changes():
    app = Shown(row("one"), row("two"))
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.refreshed.clear()
        app.view.repaint()
        await pilot.pause()
        assert app.view.refreshed == []


async def test_only_the_cells_that_differ_are_refreshed():
    app = Shown(row("count 17 of 20"), row("two"))
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.refreshed.clear()
        app.given[0] = row("count 19 of 20")
        app.view.repaint()
        await pilot.pause()
        assert app.view.refreshed == [(Region(32, 0, 1, 1),)]
        assert "count 19 of 20" in app.lines[0]


async def test_a_row_that_becomes_shorter_leaves_nothing_behind():
    app = Shown(row("a long message that goes on"))
    async with app.run_test(size=(60, 10)) as pilot:
        app.given[0] = row("a short")
        app.view.repaint()
        await pilot.pause()
        assert app.lines[0].rstrip().endswith("     a short")


async def test_a_new_size_asks_for_rows_of_that_size():
    app = Shown(row("one"))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.resize_terminal(100, 10)
        assert app.asked[-1] == (100, 6)
        assert app.lines[0].rstrip().endswith("one")


async def test_every_role_has_a_look_and_trouble_is_not_colour_alone():
    app = Shown(*(row(f"as {role}", role) for role in ROLES[:6]))
    async with app.run_test(size=(60, 10)):
        looks = {role: app.view._look(role) for role in ROLES}
        plain = app.view._look("")
        assert looks["message"] is plain
        assert looks["time"] is plain
        for role in ("selected", "match", "level-critical"):
            assert looks[role].reverse
        for role in ("gap", "mark", "fold", "head"):
            assert looks[role].bold


async def test_it_paints_at_once_after_a_key_and_else_waits_for_its_turn():
    app = Shown(row("one"))
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.repaint()
        app.asked.clear()
        app.given[0] = row("two")
        view.paint_soon()
        assert app.asked == []
        assert view._timer is not None
        view.pressed()
        view.paint_soon()
        assert app.asked == [(60, 6)]
        assert view._timer is None
        await pilot.pause()
        assert app.lines[0].rstrip().endswith("two")


async def test_what_came_is_painted_without_anybody_asking_again():
    app = Shown(row("one"))
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.repaint()
        app.given[0] = row("two")
        app.view.paint_soon()
        for _ in range(1000):
            await pilot.pause(0.01)
            if "two" in app.lines[0]:
                break
        assert "two" in app.lines[0]


@given(st.lists(st.tuples(st.floats(0.001, 0.4), st.integers(0, 20_000)), min_size=5, max_size=200))
def test_frames_keep_to_the_budget_and_are_never_later_than_a_second(steps):
    pace, now, written = Pace(20_000), 0.0, 0
    waits_since: float | None = None
    painted: list[float] = []
    for apart, cost in steps:
        now += apart
        waits_since = now if waits_since is None else waits_since
        wait = pace.wait(now)
        assert 0 <= wait <= LONGEST
        if wait == 0 or now + wait <= now + apart:
            now += wait
            assert now - waits_since <= LONGEST + 0.4
            pace.painted(now, cost)
            written += cost
            painted.append(now)
            waits_since = None
    assert all(later - earlier >= SHORTEST - 1e-9 for earlier, later in itertools.pairwise(painted))
    # Whatever frames cost, one a second is the least: a frame of up to 20,000 bytes fits in it.
    assert written <= 20_000 * (now + LONGEST) + 20_000


def test_after_a_key_there_is_no_waiting_for_a_second():
    pace = Pace()
    pace.painted(10.0, 1_000_000)
    assert pace.wait(10.0) == LONGEST
    pace.pressed(10.0)
    assert pace.wait(10.0) == pace.wait(10.0 + HANDS_ON) == 0
    assert pace.wait(10.0 + HANDS_ON + 0.01) == LONGEST


def test_frames_that_are_hard_to_make_come_less_often():
    pace = Pace()
    pace.painted(10.0, 100, took=0.06)
    assert pace.wait(10.1) == pytest.approx(0.5)
    pace.painted(11.0, 100, took=0.001)
    assert pace.wait(11.1) == pytest.approx(SHORTEST - 0.1)
