"""Charts of the simulated stack's Prometheus: of a service, of the config, of typed queries, with a cursor and a past."""

import dataclasses
from collections.abc import Iterator

import pytest
from msgspec import structs
from textual.widgets import Input

from sutaz_tui.tui.screens.charts.screen import ChartsScreen
from tests.board.test_check_screens import Keys, opened
from tests.hostile import ESCAPES
from tests.running import Simulated, simulated
from tests.web import web_server


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulated]:
    with simulated("healthy") as stack:
        yield stack


@pytest.fixture
def stack(simulator: Simulated) -> Iterator[Simulated]:
    """The stack, mended after each test."""
    yield simulator
    simulator.control("DELETE", "/faults")


async def typed(keys: Keys, text: str) -> None:
    await keys.press("colon")
    field = keys.app.screen.query_one(Input)
    field.value = text
    await keys.press("enter")


async def metrics(keys: Keys, service: str = "backend") -> ChartsScreen:
    keys.app.board.map.select(service)
    await typed(keys, "metrics")
    await keys.until(lambda: "latency" in keys.text and "p95" in keys.text, "the charts are there")
    screen = keys.app.screen
    assert isinstance(screen, ChartsScreen)
    return screen


async def test_metrics_of_a_service_show_what_matters_with_exact_values(stack: Simulated) -> None:
    async with opened(stack, (160, 45)) as keys:
        screen = await metrics(keys)
        await keys.until(lambda: "connections" in keys.text, "all are there")
        for words in ("p50 ", "p95 ", "p99 ", "errors 0/s", "cpu ", "memory ", "limit 2.15 GB"):
            assert words in keys.text, words
        assert "METRICS  Backend   last 1h" in keys.text.splitlines()[0].replace(
            "METRICS Backend", "METRICS  Backend"
        )
        await keys.press("left", "left")
        assert screen.charts.cursor is not None and "ago" in keys.text.splitlines()[0]
        assert screen.copied_line.startswith("METRICS Backend at 20")
        assert "latency p95 " in screen.copied_line and "memory container " in screen.copied_line
        await keys.press("q")
        assert screen.charts.cursor is None and keys.app.screen is screen, "the cursor first"
        await keys.press("q")
        assert keys.is_on_board


async def test_what_was_not_measured_is_no_data_and_never_nought(stack: Simulated) -> None:
    async with opened(stack, (160, 45)) as keys:
        keys.app.board.map.select("postgres")
        await typed(keys, "metrics")
        await keys.until(lambda: "databases" in keys.text, "all are there")
        assert "rollbacks 0" not in keys.text and "deadlocks 0" not in keys.text
        await keys.press("q")
        keys.app.board.map.select("faiss")
        await typed(keys, "metrics")
        await keys.until(lambda: "no data: latency, requests, connections" in keys.text, "they are named")
        assert "container" in keys.text


async def test_the_span_grows_and_the_cursor_pans_at_the_edge(stack: Simulated) -> None:
    async with opened(stack, (160, 45)) as keys:
        screen = await metrics(keys)
        await keys.press("plus")
        await keys.until(lambda: screen._window is not None and screen._window.step == 300, "six hours")
        assert "last 6h" in keys.text.splitlines()[0]
        for _ in range(6):
            await keys.press("minus")
        assert "shortest span" in keys.foot
        await keys.until(lambda: screen._window is not None and screen._window.step == 15, "a quarter")
        end = screen._window.end if screen._window is not None else 0
        await keys.press("shift+left")
        await keys.until(
            lambda: screen._window is not None and screen._window.end < end - 400, "half earlier"
        )
        assert " up to " in keys.text.splitlines()[0] and screen.query_now.interval > 1000, "it is over"
        await keys.press("shift+right", "shift+right")
        assert "the newest" in keys.foot
        await keys.until(lambda: "last 15m" in keys.text, "now again")
        await keys.press("left")
        screen.charts.set_cursor(screen._window.start if screen._window is not None else 0)
        await keys.press("left")
        await keys.until(lambda: " up to " in keys.text, "past the edge it is earlier")


async def test_a_query_is_completed_drawn_and_listed(stack: Simulated) -> None:
    async with opened(stack, (120, 45)) as keys:
        await keys.press("colon")
        field = keys.app.screen.query_one(Input)
        for typed_part, whole in (
            ("promql su", "promql sum("),
            ("promql sum(mcp_bridge_agent_s", "promql sum(mcp_bridge_agent_status"),
            ("promql sum by (job) (up{inst", "promql sum by (job) (up{instance"),
            ('promql up{job="backend-', 'promql up{job="backend-api'),
        ):
            field.value = typed_part
            field.cursor_position = len(typed_part)
            await keys.until(lambda whole=whole: field._suggestion == whole, f"{typed_part} is completed")
            await keys.press("tab")
            assert field.value == whole
        field.value = "promql up"
        await keys.press("enter")
        await keys.until(
            lambda: "sutazai-backend:8000 1" in keys.text or "+14 more: Tab" in keys.text, "drawn"
        )
        await keys.press("tab")
        await keys.until(lambda: 'job="kong"' in keys.text, "listed")
        lines = keys.text.splitlines()
        assert lines[0].startswith(" PROMQL   17   values now") and lines[1].split() == [
            "SERIES",
            "VALUE",
            "AGE",
        ]
        await keys.press("tab")
        assert "┤" in keys.text


async def test_a_query_at_fault_is_pointed_at_and_typed_anew(stack: Simulated) -> None:
    async with opened(stack, (120, 45)) as keys:
        await typed(keys, "promql rate(up)")
        await keys.until(lambda: "expected type range vector" in keys.text, "the fault is told")
        lines = keys.text.splitlines()
        at = next(number for number, line in enumerate(lines) if "^ expected type range vector" in line)
        assert lines[at].index("^") == lines[at - 1].index("up)"), "at its place"
        await keys.press("enter")
        field = keys.app.screen.query_one(Input)
        assert field.value == "rate(up)"
        field.value = "sum(up)"
        await keys.press("enter")
        await keys.until(lambda: "value 17" in keys.text, "the mended one is drawn")


async def test_logql_is_drawn_by_the_same_chart(stack: Simulated) -> None:
    async with opened(stack, (120, 45)) as keys:
        await typed(keys, 'logql sum(count_over_time({job="docker"}[1m]))')
        await keys.until(lambda: "LOGQL" in keys.text and "value " in keys.text, "it is drawn")
        await keys.press("q")
        await typed(keys, 'logql {job="docker"}')
        await keys.until(lambda: "a query of lines; count them to draw it" in keys.text, "lines are none")


async def test_own_charts_stand_on_one_screen(stack: Simulated) -> None:
    async with opened(stack, (160, 45)) as keys:
        await typed(keys, "charts traffic")
        await keys.until(lambda: "/metrics" in keys.text and "letta 1" in keys.text, "both are there")
        await keys.press("q")
        await typed(keys, "charts nothing")
        assert "no charts nothing; there are traffic" in keys.foot


async def test_a_prometheus_that_is_gone_is_told_and_old_values_stay(stack: Simulated) -> None:
    async with opened(stack, (160, 45)) as keys:
        await metrics(keys)
        stack.fault("prometheus", "refuse")
        await keys.press("r")
        await keys.until(lambda: "refused" in keys.text, "it is told")
        assert "p95 " in keys.text and "┤" in keys.text
        stack.fault("prometheus", None)
        await keys.press("r")
        await keys.until(lambda: "refused" not in keys.text, "it is gone")


async def test_nothing_is_asked_once_nobody_looks(stack: Simulated) -> None:
    async with opened(stack) as keys:
        screen = await metrics(keys)
        assert screen.query_now._task is not None
        await keys.press("question_mark")
        assert screen.query_now._task is None, "the help stands above"
        await keys.press("q")
        assert screen.query_now._task is not None
        await keys.press("q")
        assert screen.query_now._task is None


async def test_label_values_of_outsiders_are_text(stack: Simulated) -> None:
    matrix = [
        {
            "metric": {"path": f"{evil}[red]x[/]", evil[:30]: "x", "__name__": evil},
            "values": [[1, "1"], [2, "2"]],
        }
        for evil in ESCAPES.values()
    ]
    async with web_server() as web:
        web.answers(200, {"status": "success", "data": {"resultType": "matrix", "result": matrix}})
        prometheus = structs.replace(stack.config.sources["prometheus"], url=web.url)
        sources = {**stack.config.sources, "prometheus": prometheus}
        moved = Simulated.__new__(Simulated)
        moved.__dict__.update(stack.__dict__, config=dataclasses.replace(stack.config, sources=sources))
        async with opened(moved) as keys:
            await typed(keys, "promql x")
            await keys.until(lambda: "■" in keys.text and "hidden" in keys.text, "it is drawn")
            assert not any((ord(sign) < 32 and sign != "\n") or 127 <= ord(sign) < 160 for sign in keys.text)
