"""With nothing changing next to nothing is written, and what changes costs what it covers, however many there are."""

import sys
import time
from datetime import UTC, datetime
from typing import Self

import pytest
from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.geometry import Region

from sutaz_tui.model import Service, ServiceState, Snapshot, Status
from sutaz_tui.tui.terminal.compositor import without_repeats
from tests.terminal import Terminal
from widgets.service_map import ServiceMap

RED, BLUE, END = "\x1b[31m", "\x1b[34m", "\x1b[0m"
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def test_while_answers_stay_as_they_were_at_most_ten_bytes_a_second_are_written() -> None:
    program = (sys.executable, "-m", "tests.board.steady_app")
    with Terminal(program=program) as terminal:
        terminal.wait_for("All healthy.")
        terminal.wait_for("Service 33")
        # From one tick of the clock in the head to the next: what ticks is coarse.
        before = terminal.text.splitlines()[0]
        terminal.wait_for(lambda text: text.splitlines()[0] != before, 30)
        before, written, began = terminal.text.splitlines()[0], terminal.received, time.monotonic()
        terminal.wait_for(lambda text: text.splitlines()[0] != before, 30)
        elapsed = time.monotonic() - began
        assert elapsed > 10
        assert terminal.received - written <= 10 * elapsed


def test_one_service_that_flaps_costs_a_few_hundred_bytes_a_change() -> None:
    program = (sys.executable, "-m", "tests.board.steady_app", "34", "1")
    with Terminal(columns=160, rows=45, program=program) as terminal:
        terminal.wait_for("Service 33")
        terminal.wait_for("! 1")
        terminal.press("G")
        terminal.wait_for("> Service 33")
        written, began = terminal.received, time.monotonic()
        for _ in range(3):
            terminal.wait_for("! 0")
            terminal.wait_for("! 1")
        # One service changes once a second: the screen whole would be 20 KB a change.
        assert terminal.received - written <= 4000 * (time.monotonic() - began)


class RecordedMap(ServiceMap):
    """Notes which regions it asks to be drawn anew."""

    def __init__(self, services: tuple[Service, ...]) -> None:
        self.regions: list[Region] = []
        super().__init__(services, {})

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        self.regions += regions
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class MapAlone(App[None]):
    """One map of many services, filled by hand."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.services = tuple(
            Service(f"s{n}", f"Service {n}", "tcp", f"group-{n // 500}") for n in range(count)
        )
        self.states = [
            ServiceState(service, Status.UP, "well", latency=0.003, since=NOW, asked=NOW)
            for service in self.services
        ]
        self.map = RecordedMap(self.services)

    def compose(self) -> ComposeResult:
        yield self.map

    def snapshot(self) -> Snapshot:
        return Snapshot(1, NOW, tuple(self.states))


async def test_one_changed_cell_of_ten_thousand_repaints_that_cell_and_its_heading() -> None:
    app = MapAlone(10_000)
    async with app.run_test(size=(160, 45)) as pilot:
        app.map.show(app.snapshot())
        await pilot.pause()
        app.map.regions.clear()
        app.map.show(app.snapshot())
        app.map.tick(NOW)
        assert app.map.regions == [], "the same picture draws nothing"
        app.states[3] = replace(app.states[3], latency=0.009)
        app.states[9000] = replace(app.states[9000], status=Status.DOWN, word="DOWN")
        app.map.show(app.snapshot())
        [region] = app.map.regions
        assert (region.y, region.height) == (5, 1)
        assert region.width <= 2, "of the cell only the figure"
        app.map.regions.clear()
        app.states[3] = replace(app.states[3], status=Status.DOWN, word="DOWN", latency=None)
        app.map.show(app.snapshot())
        assert {region.y for region in app.map.regions} == {1, 5}
        assert len(app.map.regions) == 2


async def test_ten_thousand_services_are_listed_scrolled_and_filtered() -> None:
    app = MapAlone(10_000)
    async with app.run_test(size=(160, 45)) as pilot:
        app.map.show(app.snapshot())
        await pilot.pause()
        app.map.move(1_000_000)
        await pilot.pause()
        assert app.map.selected == "s9999"
        lines = [strip.text for strip in app.screen._compositor.render_strips()]
        assert "Service 9999" in lines[-1]
        app.map.list_only([f"s{n}" for n in range(10_000) if n % 100 == 77])
        app.map.select_listed()
        await pilot.pause()
        lines = [strip.text for strip in app.screen._compositor.render_strips()]
        assert "Service 77 " in "\n".join(lines)
        assert app.map.selected == "s77", "what was selected is filtered away: the first is"
        app.map.move(1)
        assert app.map.selected == "s177"
        # What is kept ready is bounded by what is in view, not by how many there are.
        app.map.list_only(None)
        for _ in range(100):
            app.map.move(90)
            await pilot.pause()
        app.map.tick(NOW)
        assert len(app.map._cells) <= 50


async def test_a_row_that_comes_into_view_is_never_an_old_one() -> None:
    app = MapAlone(1_000)
    async with app.run_test(size=(160, 45)) as pilot:
        app.map.show(app.snapshot())
        await pilot.pause()
        app.map.move(900)
        await pilot.pause()
        app.states[3] = replace(app.states[3], status=Status.DOWN, word="DOWN")
        app.map.show(app.snapshot())
        app.map.move(-900)
        await pilot.pause()
        lines = [strip.text for strip in app.screen._compositor.render_strips()]
        assert "DOWN" in next(line for line in lines if "Service 3 " in line)
        assert "✗1" in lines[1]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (f"{RED}a{END}{RED}b{END}", f"{RED}ab{END}"),
        (f"{RED}a{END}\x1b[2;3H{RED}b{END}", f"{RED}a\x1b[2;3Hb{END}"),
        (f"{RED}a{END}{BLUE}b{END}", f"{RED}a{END}{BLUE}b{END}"),
        (f"{RED}a{END}plain{RED}b{END}", f"{RED}a{END}plain{RED}b{END}"),
        (f"{RED}a{END}\x1b[2;3Hplain", f"{RED}a\x1b[2;3H{END}plain"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_a_look_is_named_once(written: str, kept: str) -> None:
    assert without_repeats(written).replace(f"{END}\x1b[2;3H", f"\x1b[2;3H{END}") == kept


def test_what_is_written_tightly_is_the_same_picture() -> None:
    program = (sys.executable, "-m", "tests.board.steady_app", "34", "1")
    with Terminal(program=program) as terminal:
        terminal.wait_for("! 1")
        terminal.press("G")
        terminal.wait_for("> Service 33")
        terminal.wait_for("! 0")
        terminal.wait_for("! 1")
        seen = terminal.text.splitlines()[3:]
        colours = [[cell.fg for cell in terminal.screen.buffer[y].values()] for y in range(3, 12)]
        terminal.press("\x0c")
        terminal.wait_for("! 0")
        terminal.wait_for("! 1")
        assert terminal.text.splitlines()[3:] == seen
        assert [[cell.fg for cell in terminal.screen.buffer[y].values()] for y in range(3, 12)] == colours
