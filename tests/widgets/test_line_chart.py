"""The chart: round axes, true times, gaps, a cursor with values, and nothing painted while nothing changes."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Region

from widgets.chart_axes import LEAST, number_words, round_step, scale_for, time_ticks
from widgets.chart_canvas import Canvas, Cells
from widgets.line_chart import LineChart, Series

NOON = datetime(2026, 3, 3, 12, 0).astimezone().timestamp()


class Recorded(LineChart):
    """Remembers which regions were asked to be painted again."""

    regions: tuple[Region, ...] = ()

    def refresh(self, *regions: Region, **more: bool) -> "Recorded":
        self.regions += regions
        super().refresh(*regions, **more)
        return self


class ChartApp(App[None]):
    def __init__(self, chart: LineChart) -> None:
        super().__init__()
        self.chart = chart

    def compose(self) -> ComposeResult:
        yield self.chart


@asynccontextmanager
async def shown(chart: LineChart, width: int = 80, height: int = 16) -> AsyncIterator[LineChart]:
    async with ChartApp(chart).run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield chart


def lines(chart: LineChart) -> list[str]:
    return ["".join(segment.text for segment in chart.render_line(y)) for y in range(chart.size.height)]


def rising(name: str = "p95", top: float = 100) -> Series:
    return Series(name, [(NOON + 60 * n, top * n / 60) for n in range(61)], 60)


async def test_axes_are_round_and_times_are_true() -> None:
    async with shown(LineChart()) as chart:
        chart.show([rising()], NOON, NOON + 3600)
        drawn = lines(chart)
    labels = [line.split("┤")[0].strip() for line in drawn if "┤" in line]
    assert labels[0] == "100"
    assert labels[-1] == "0"
    assert "12:00" in drawn[-2]
    assert "12:30" in drawn[-2]
    assert "p95" in drawn[-1]


async def test_a_line_rises_from_the_left_bottom_to_the_right_top() -> None:
    async with shown(LineChart(Cells.ASCII)) as chart:
        chart.show([rising()], NOON, NOON + 3600)
        drawn = lines(chart)
    plot = [line.split("|", 1)[-1].split("+", 1)[-1] if "|" in line else line for line in drawn[:-3]]
    first, last = plot[-1].find("*"), plot[0].rfind("*")
    assert 0 <= first < 8
    assert last > 60


async def test_nothing_is_drawn_where_nothing_was_measured() -> None:
    points = [(NOON + 60 * n, 50.0 if not 20 <= n < 40 else None) for n in range(61)]
    holed = [(at, value) for at, value in points if value is not None]
    async with shown(LineChart(Cells.ASCII)) as chart:
        for given_points in (points, holed):
            chart.show([Series("level", given_points, 60)], NOON, NOON + 3600)
            level = next(line for line in lines(chart) if "***" in line)
            assert level.count("*") < 60
            gap = level[level.index("*") :].strip().split("*")
            assert max(map(len, gap)) > 15


async def test_the_cursor_tells_values_and_where_there_are_none() -> None:
    short = Series("queue", [(NOON, 3.0), (NOON + 60, 4.0)], 60)
    async with shown(LineChart(), width=100) as chart:
        chart.show([rising(), short], NOON, NOON + 3600)
        chart.set_cursor(NOON + 1800)
        drawn = lines(chart)
        assert "12:30:00" in drawn[-1]
        assert "p95 50" in drawn[-1]
        assert "queue no data" in drawn[-1]
        chart.set_cursor(NOON + 60)
        assert "queue 4" in lines(chart)[-1]
        chart.move_cursor(-10_000)
        assert "12:00:00" in lines(chart)[-1]


async def test_nothing_is_painted_while_nothing_changes_and_little_for_a_cursor() -> None:
    chart = Recorded()
    async with shown(chart):
        chart.show([rising()], NOON, NOON + 3600)
        lines(chart)
        chart.regions = ()
        chart.show([rising()], NOON, NOON + 3600)
        assert chart.regions == ()
        chart.set_cursor(NOON + 900)
        assert chart.regions
        assert all(region.width < 40 for region in chart.regions if region.y < 12)


async def test_no_data_is_said_and_never_drawn_as_zero() -> None:
    async with shown(LineChart()) as chart:
        chart.show([], NOON, NOON + 3600, trouble="Prometheus: no data for up{job='x'}")
        text = "\n".join(lines(chart))
    assert "no data for up" in text
    assert not any(0x2800 < ord(char) < 0x2900 for char in text)


@pytest.mark.parametrize(
    ("is_log", "value", "words"),
    [
        (False, None, "no data in this span"),
        (False, math.nan, "no data in this span"),
        (True, 0.0, "nothing above 0"),
    ],
)
async def test_where_nothing_can_be_drawn_there_is_no_axis(
    is_log: bool, value: float | None, words: str
) -> None:
    async with shown(LineChart()) as chart:
        chart.set_log(is_log)
        chart.show(
            [Series("queue", [(NOON + 60, value), (NOON - 60, 7.0)], 60)], NOON, NOON + 3600, threshold=5
        )
        drawn = lines(chart)
    assert [line.strip() for line in drawn if line.strip()] == [words, "■ queue"]


async def test_fifty_series_are_counted_where_the_legend_has_no_room() -> None:
    async with shown(LineChart(more="Tab")) as chart:
        chart.show([rising(f"series-{n}") for n in range(50)], NOON, NOON + 3600)
        legend = "\n".join(lines(chart)[-3:])
    assert "series-0" in legend
    assert " more: Tab" in legend


async def test_ascii_takes_no_sign_beyond_ascii() -> None:
    async with shown(LineChart(Cells.ASCII)) as chart:
        chart.show([rising(), rising("b" * 90, 3)], NOON, NOON + 3600, threshold=50)
        chart.set_cursor(NOON + 600)
        assert "\n".join(lines(chart)).isascii()


async def test_a_log_axis_has_powers_of_ten_and_leaves_out_what_is_not_above_zero() -> None:
    points = [(NOON, 0.0), (NOON + 60, 0.01), (NOON + 120, 1000.0), (NOON + 180, -4.0)]
    async with shown(LineChart(), height=30) as chart:
        chart.set_log(True)
        chart.show([Series("seconds", points, 60)], NOON, NOON + 240)
        labels = [line.split("┤")[0].strip() for line in lines(chart) if "┤" in line]
    assert labels[0] == "1k"
    assert labels[-1] == "0.01"


async def test_a_hostile_name_is_drawn_as_text() -> None:
    async with shown(LineChart()) as chart:
        chart.show([Series("[red]x[/]\x1b[2J\u202e", [(NOON, 1.0)])], NOON, NOON + 60)
        legend = lines(chart)[-1]
    assert "[red]x[/]" in legend
    assert "\x1b" not in legend
    assert "\u202e" not in legend


@example([5e-324], True, 2)
@example([5e-324], False, 5)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30), st.booleans(), st.integers(2, 9)
)
def test_every_value_has_a_place_on_its_scale(values: list[float], is_log: bool, ticks: int) -> None:
    bounded = [value for value in values if not math.isfinite(value) or abs(value) < 1e300]
    scale = scale_for(bounded, is_log, ticks)
    for value in bounded:
        if math.isfinite(value) and (value >= LEAST or not is_log):
            part = scale.part(value)
            assert part is not None
            assert -0.001 <= part <= 1.001
    assert len(scale.ticks(ticks)) <= ticks + 2


@pytest.mark.parametrize(
    ("least", "step"), [(0.03, 0.05), (1, 1), (1.01, 2), (23, 50), (51, 100), (0, 1), (math.inf, 1)]
)
def test_steps_are_one_two_or_five(least: float, step: float) -> None:
    assert round_step(least) == pytest.approx(step)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.25, "0.25"), (12, "12"), (1234, "1.23k"), (35_000_000, "35M"), (-2500, "-2.5k")],
)
def test_numbers_are_short(value: float, words: str) -> None:
    assert number_words(value) == words


@pytest.mark.parametrize("span", [30, 900, 3600, 86_400, 30 * 86_400])
def test_time_ticks_lie_inside_and_are_few(span: float) -> None:
    ticks = time_ticks(NOON - span, NOON, 8)
    assert 1 <= len(ticks) <= 9
    assert all(NOON - span <= at <= NOON for at, _ in ticks)


def test_a_steep_line_has_no_holes() -> None:
    canvas = Canvas.empty(2, 10, Cells.BRAILLE)
    canvas.line(0, [(39, 39), (0, 0), None, None])
    assert all(canvas.sign(row * 2) for row in range(10))
