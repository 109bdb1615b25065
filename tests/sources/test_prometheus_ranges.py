"""Ranges of PromQL: what a real Prometheus gives, and refuses with the place in the query; and answers nobody meant."""

import math
import struct
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from sutaz_tui.config.charts import built_in, filled
from sutaz_tui.config.kinds import Http
from sutaz_tui.config.schema import Source
from sutaz_tui.errors import BadAnswer, WrongQuery
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.prometheus import PrometheusApi, prometheus_api
from sutaz_tui.sources.prometheus_ranges import MOST_SERIES, Ranges
from tests.hostile import ESCAPES
from tests.loopback import configured
from tests.servers.prometheus import Prometheus as Server
from tests.servers.waiting import Deadline, patient
from tests.web import Web, web_server

WITHIN = 30.0
OWN = 'up{job="prometheus"}'
"""What it says of itself: other tests have others scraped by the same one."""


@asynccontextmanager
async def api_of(url: str) -> AsyncIterator[PrometheusApi]:
    clients = Clients(configured(sources={"p": Source(url=url)}))
    try:
        yield prometheus_api(clients, "p", "Prometheus")
    finally:
        await clients.aclose()


async def last_minute(api: PrometheusApi, query: str) -> Ranges:
    now = int(time.time())
    return await api.range(query, now - 60, now, 5, patient(5.0))


async def until_there(api: PrometheusApi, query: str) -> Ranges:
    """The range of a query once it has values."""
    import asyncio

    deadline = Deadline(WITHIN)
    while True:
        found = await last_minute(api, query)
        if any(value is not None for one in found.series for _, value in one.points):
            return found
        assert not deadline.is_over(), f"no value within {WITHIN} s: {query}"
        await asyncio.sleep(0.2)


async def test_a_real_one_gives_each_series_with_its_labels(prometheus: Server) -> None:
    async with api_of(prometheus.url) as api:
        found = await until_there(api, OWN)
        (series,) = found.series
        assert found.total == 1 and series.labels["job"] == "prometheus"
        assert {value for _, value in series.points} == {1.0}
        assert [at for at, _ in series.points] == sorted(at for at, _ in series.points)
        assert "job" in await api.label_names(OWN, patient(5.0))
        assert await api.label_values("job", OWN, patient(5.0)) == ("prometheus",)


@pytest.mark.parametrize(
    ("query", "column", "words"),
    [
        ("rate(up)", 6, "expected type range vector"),
        ("sum(up", 7, "unclosed left parenthesis"),
        ('up{job="a"} + nofunc(up)', 15, "unknown function"),
    ],
)
async def test_a_real_one_says_where_a_query_is_at_fault(
    prometheus: Server, query: str, column: int, words: str
) -> None:
    async with api_of(prometheus.url) as api:
        with pytest.raises(WrongQuery, match=words) as caught:
            await last_minute(api, query)
        assert (caught.value.line, caught.value.column) == (1, column)


async def test_a_range_of_ranges_is_refused_in_its_words(prometheus: Server) -> None:
    async with api_of(prometheus.url) as api:
        with pytest.raises(WrongQuery, match="must be Scalar or instant Vector"):
            await last_minute(api, "up[5m]")


def varint(number: int) -> bytes:
    found = b""
    while number > 0x7F:
        found, number = found + bytes((number & 0x7F | 0x80,)), number >> 7
    return found + bytes((number,))


def zigzag(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def field(number: int, value: int | float | bytes) -> bytes:
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    return varint(number << 3) + varint(value)


def native_histogram(name: str, count: int, bucket: int) -> bytes:
    """One native histogram of schema 0, all of whose values lie in (2^(bucket-1), 2^bucket] seconds, as protobuf."""
    spans = field(12, field(1, zigzag(bucket)) + field(2, 1))
    body = field(1, count) + field(2, float(count)) + field(5, zigzag(0)) + field(6, 1e-9) + field(7, 0)
    histogram = body + spans + field(13, zigzag(count))
    family = field(1, name.encode()) + field(3, 4) + field(4, field(7, histogram))
    return varint(len(family)) + family


async def test_quantiles_of_classic_and_native_histograms_come_by_the_same_chart() -> None:
    """One target with native histograms, one with classic ones: the shipped chart of latency shows both."""
    latency = next(chart for chart in built_in()["http"] if chart.title == "latency")
    with Server(features=("native-histograms",)) as server:
        async with web_server() as native, web_server() as classic:
            grown = [0]

            def grow(_: str) -> None:
                grown[0] += 100
                native.answers(
                    200,
                    native_histogram("http_request_duration_seconds", grown[0], -2),
                    content_type="application/vnd.google.protobuf; "
                    "proto=io.prometheus.client.MetricFamily; encoding=delimited",
                )
                counts = {"0.125": 0, "0.25": grown[0], "+Inf": grown[0]}
                lines = [f'http_request_duration_seconds_bucket{{le="{le}"}} {n}' for le, n in counts.items()]
                text = "# TYPE http_request_duration_seconds histogram\n" + "\n".join(lines)
                classic.answers(200, text + "\n", content_type="text/plain; version=0.0.4")

            native.on_request = classic.on_request = grow
            grow("")
            places = [web.url.removeprefix("http://") for web in (native, classic)]
            server.configure({"native": places[:1], "classic": places[1:]})
            async with api_of(server.url) as api:
                for place in places:
                    service = Http(id="a", address=f"http://{place}")
                    query = filled(latency.lines["p95"], service, 10)
                    assert query is not None
                    (series,) = (await until_there(api, query)).series
                    values = [value for _, value in series.points if value is not None]
                    assert all(0.125 <= value <= 0.25 for value in values), values


async def test_a_native_histogram_itself_is_not_drawn_but_said() -> None:
    async with web_server() as web:
        found = [{"metric": {}, "histograms": [[1, {"count": "1"}]]}]
        web.answers(200, {"status": "success", "data": {"resultType": "matrix", "result": found}})
        async with api_of(web.url) as api:
            with pytest.raises(BadAnswer, match="wrap it in histogram_quantile"):
                await last_minute(api, "x")


async def test_of_many_series_the_highest_are_kept_and_the_rest_is_counted(web: Web) -> None:
    result = [
        {"metric": {"n": str(number)}, "values": [[1, str(number)], [2, "NaN"], [3, "+Inf"]]}
        for number in range(400)
    ]
    web.answers(200, {"status": "success", "data": {"resultType": "matrix", "result": result}})
    async with api_of(web.url) as api:
        found = await last_minute(api, "x")
    assert (len(found.series), found.total) == (MOST_SERIES, 400)
    assert [int(one.labels["n"]) for one in found.series] == [*range(399, 399 - MOST_SERIES, -1)]
    assert found.series[0].points == ((1.0, 399.0), (2.0, None), (3.0, math.inf))


def shapes() -> Iterable[object]:
    yield from (None, 5, "x", [5], [{}], [{"metric": 5, "values": []}], [{"metric": {}, "values": 5}])
    yield from ([{"metric": {}, "values": [[1]]}], [{"metric": {}, "values": [["a", "b"]]}], {"a": 1})


@pytest.mark.parametrize("result", [*shapes()])
async def test_what_is_no_matrix_is_said_to_be_none(web: Web, result: object) -> None:
    web.answers(200, {"status": "success", "data": {"resultType": "matrix", "result": result}})
    async with api_of(web.url) as api:
        with pytest.raises(BadAnswer, match="right port"):
            await last_minute(api, "x")


async def test_labels_are_bounded(web: Web) -> None:
    labels = {f"label{number}": "x" * 500 for number in range(1000)} | dict(ESCAPES)
    result = [{"metric": labels, "values": [[1, "1"]]}]
    web.answers(200, {"status": "success", "data": {"resultType": "matrix", "result": result}})
    async with api_of(web.url) as api:
        (series,) = (await last_minute(api, "x")).series
    assert len(series.labels) == 40 and max(map(len, series.labels.values())) == 200


@pytest.mark.parametrize("status", [400, 422])
async def test_a_refusal_without_a_place_is_told_in_its_words(web: Web, status: int) -> None:
    web.answers(status, {"status": "error", "errorType": "422", "error": "cannot parse \x1b[31m`x y`"})
    async with api_of(web.url) as api:
        with pytest.raises(WrongQuery, match="cannot parse") as caught:
            await last_minute(api, "x y")
    assert caught.value.column == 0 and "\x1b" not in str(caught.value)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running
