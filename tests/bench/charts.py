"""How long charts take: from the word to the first of them on the screen, and to draw many series."""

import asyncio
import math
import time
from collections.abc import Callable
from statistics import median

from textual.app import App, ComposeResult

from sutaz_tui.config import Source, kinds
from sutaz_tui.tui.screens.charts.screen import SEVERAL, ChartsScreen
from sutaz_tui.tui.screens.charts.slow import SlowScreen
from sutaz_tui.tui.screens.charts.spanned import EVERY
from sutaz_tui.wiring.charts import ChartDesk, Window
from sutaz_tui.wiring.clients import SharedClients
from tests.bench.row import Row
from tests.bench.view_cost import cpu_of
from tests.board.test_check_screens import Keys, opened
from tests.loopback import configured
from tests.running import simulated
from tests.servers.prometheus import Prometheus
from widgets.line_chart import LineChart, Series

RUNS, LOOKS = 5, 20
SETTLED = 5.0
"""Seconds over which the server is watched while nobody asks."""
WITHIN = 20.0
OPENING, DRAWING = 300.0, 150.0
SERIES, POINTS = 50, 300
SERVICES = ("backend", "postgres", "letta", "host")
SIGN = {ChartsScreen: "■", SlowScreen: "█"}
"""What stands on the screen with the first values."""

QUERY = "promql container_memory_working_set_bytes"


def first_data() -> list[Row]:
    """Metrics, a query and why slow on the simulated stack: the median of five openings each."""
    return asyncio.run(_opened())


async def _opened() -> list[Row]:
    figures: dict[str, float] = {}
    with simulated("healthy") as stack:
        async with opened(stack, (160, 45)) as keys:
            for name, service, command in (
                *((f"metrics of {service}", service, "metrics") for service in SERVICES),
                ("promql", "backend", QUERY),
                ("slow", "backend", "slow"),
            ):
                figures[name] = median([await _opening(keys, service, command) for _ in range(RUNS)])
    slowest = max(figures, key=figures.__getitem__)
    words = ", ".join(f"{name} {figure:.0f}" for name, figure in figures.items())
    return [Row("charts-open", figures[slowest], "ms", OPENING, f"the slowest is {slowest}; all: {words}")]


async def _opening(keys: Keys, service: str, command: str) -> float:
    """Milliseconds until its first values were shown."""
    app = keys.app
    app.board.map.select(service)
    began = time.perf_counter()
    await app.action_run_command(command)
    while time.perf_counter() - began < WITHIN:
        screen = app.screen
        if isinstance(screen, ChartsScreen | SlowScreen):
            if screen.query_now.trouble:
                raise RuntimeError(f"{command}: {screen.query_now.trouble}")
            # Laid out and made into lines: what follows goes on behind it.
            if SIGN[type(screen)] in screen.pane.text and screen._window is not None:
                break
        await asyncio.sleep(0.002)
    else:
        raise RuntimeError(f"{command} showed nothing within {WITHIN:g} s")
    took = 1000 * (time.perf_counter() - began)
    app.to_board()
    await keys.pilot.pause()
    return took


class _One(App[None]):
    """One chart, as large as the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.chart = LineChart(tells_last=True)

    def compose(self) -> ComposeResult:
        yield self.chart


def cost() -> list[Row]:
    """The CPU of a real Prometheus for one look at the metrics of a service, and for a minute of looking."""
    with Prometheus() as server:
        pid = server.pid
        assert pid is not None
        cost, charts = asyncio.run(_asked(server, pid))
    words = f"{charts} charts of itself; one look takes {1000 * cost:.0f} ms of its CPU"
    return [Row("charts-cost", cost * 60 / EVERY, "s/min", None, words)]


async def _asked(server: Prometheus, pid: int) -> tuple[float, int]:
    entry = kinds.Prometheus(id="p", title="P", source="p", address=server.url, container="c")
    config = configured(entry, sources={"p": Source(url=server.url)})
    clients = SharedClients(config)
    desk = ChartDesk(config, clients)
    plan = desk.metrics("p")

    async def look() -> int:
        window = Window.of(time.time(), 3600, SEVERAL)
        return len([drawn async for drawn in desk.ask(plan, window, 10.0)])

    try:
        charts = await look()
        await asyncio.sleep(SETTLED)
        before = cpu_of(pid)
        await asyncio.sleep(SETTLED)
        idle = cpu_of(pid) - before
        before = cpu_of(pid)
        for _ in range(LOOKS):
            await look()
        await asyncio.sleep(SETTLED)
        return max(0.0, cpu_of(pid) - before - idle) / LOOKS, charts
    finally:
        await clients.aclose()


def drawing() -> list[Row]:
    """Fifty series of three hundred values into one chart of 160 x 45: from the values to the strips, and a cursor's step."""
    return asyncio.run(_drawn())


async def _drawn() -> list[Row]:
    app = _One()
    async with app.run_test(size=(160, 45)) as pilot:

        def show(turn: int) -> None:
            series = [
                Series(
                    f"series {number}",
                    [(15.0 * at, math.sin(at / 20 + number + turn) * number) for at in range(POINTS)],
                    15,
                )
                for number in range(SERIES)
            ]
            app.chart.show(series, 0, 15.0 * POINTS)
            _painted(app.chart)

        drawn = median([_took(lambda turn=turn: show(turn)) for turn in range(RUNS)])
        app.chart.move_cursor(-10)
        moved = median([_took(lambda: (app.chart.move_cursor(-1), _painted(app.chart))) for _ in range(RUNS)])
        await pilot.pause()
    return [
        Row("charts-draw", drawn, "ms", DRAWING, f"{SERIES} series of {POINTS} values"),
        Row("charts-cursor", moved, "ms", DRAWING, "the cursor moved by a column in them"),
    ]


def _painted(chart: LineChart) -> None:
    for y in range(chart.size.height):
        chart.render_line(y)


def _took(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - began)
