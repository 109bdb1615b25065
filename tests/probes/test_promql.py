"""The `promql` kind: values against limits, and a proxy that is down."""

import asyncio
from typing import Any

import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Prometheus, Promql
from sutaz_tui.config.schema import Basic, Source
from sutaz_tui.model import Reading, Status
from tests.hostile import BYTES, STRINGS
from tests.loopback import configured, probing, reading
from tests.servers.prometheus import Prometheus as Server
from tests.web import Reply, Web, recorded


def of(
    url: str,
    query: str = "up",
    warn_at: float | None = None,
    down_at: float | None = None,
    bad: str = "over",
    unit: str = "",
    timeout: float = 2.0,
    password: str = "",
) -> Config:
    entry = Promql(
        id="q", title="Disk full", source="p", query=query, warn_at=warn_at, down_at=down_at, bad=bad, unit=unit,
        timeout=timeout, interval=60.0, warn=1.9,
    )  # fmt: skip
    auth = Basic(user="jarvis", password=password) if password else None
    return configured(
        entry,
        Prometheus(id="prometheus", title="Prom", source="p"),
        sources={"p": Source(url=url, auth=auth)},
        secrets={"PROM_PASSWORD": password} if password else None,
    )


def vector(*values: str, **more: object) -> Reply:
    result = [{"metric": {"node": f"n{at}"}, "value": [1.0, value]} for at, value in enumerate(values)]
    return Reply(body={"status": "success", "data": {"resultType": "vector", "result": result}} | more)


async def judged(web: Web, reply: Reply, **limits: Any) -> Reading:
    web.routes = {"/api/v1/query": reply}
    async with probing(of(web.url, **limits)) as probe:
        return await reading(probe)


@pytest.mark.parametrize(
    ("values", "limits", "status", "summary"),
    [
        (["3"], {"warn_at": 5.0}, Status.UP, "3"),
        (["5"], {"warn_at": 5.0}, Status.DEGRADED, "5, limit 5"),
        (["9"], {"warn_at": 5.0, "down_at": 8.0}, Status.DOWN, "9, limit 8"),
        (["9"], {"warn_at": 5.0, "down_at": 2.0, "bad": "under"}, Status.UP, "9"),
        (["4"], {"warn_at": 5.0, "down_at": 2.0, "bad": "under"}, Status.DEGRADED, "4, limit 5"),
        (["1"], {"warn_at": 5.0, "down_at": 2.0, "bad": "under"}, Status.DOWN, "1, limit 2"),
        (["1", "7", "3"], {"warn_at": 5.0}, Status.DEGRADED, "7, worst of 3: node=n1, limit 5"),
        (["NaN", "7"], {"warn_at": 5.0}, Status.DEGRADED, "7, worst of 2, 1 NaN: node=n1, limit 5"),
        (["+Inf"], {"down_at": 5.0}, Status.DOWN, "inf, limit 5"),
        (["81.25"], {"warn_at": 80.0, "unit": "%"}, Status.DEGRADED, "81.25%, limit 80%"),
        (["81"], {"warn_at": 80.0, "unit": "GB"}, Status.DEGRADED, "81 GB, limit 80 GB"),
        (["NaN"], {"down_at": 5.0}, Status.UNKNOWN, "the query gives no number (NaN)"),
        ([], {"down_at": 5.0}, Status.UNKNOWN, "the query gives nothing"),
    ],
)
async def test_the_worst_value_against_its_limits(
    web: Web, values: list[str], limits: dict[str, object], status: Status, summary: str
) -> None:
    found = await judged(web, vector(*values), **limits)
    assert (found.status, found.summary) == (status, summary)
    assert len(found.word) <= 8
    if status is not Status.UP:
        assert found.error is not None and found.error.startswith("Disk full: ")


@pytest.mark.parametrize(("values", "word"), [([], "empty"), (["NaN", "NaN"], "NaN")])
async def test_a_query_without_a_value_says_which_of_the_two_it_is(
    web: Web, values: list[str], word: str
) -> None:
    assert (await judged(web, vector(*values), down_at=5.0)).word == word


async def test_infinity_is_no_number_of_json(web: Web) -> None:
    assert (await judged(web, vector("-Inf"), warn_at=1.0)).facts["value"] == "-inf"


async def test_a_scalar_and_the_warnings_that_the_library_drops(web: Web) -> None:
    body = {
        "status": "success",
        "data": {"resultType": "scalar", "result": [1.5, "42"]},
        "warnings": ["one store down"],
    }
    found = await judged(web, Reply(body=body))
    assert (found.status, found.summary) == (Status.UP, "42; warning: one store down")


async def test_the_recorded_answers(web: Web) -> None:
    found = await judged(web, recorded("prometheus", "GET /api/v1/query?query=up"), down_at=0.0, bad="under")
    assert found.status is Status.DOWN and "instance=127.0.0.1:11402" in found.summary
    found = await judged(web, recorded("prometheus", "GET /api/v1/query?query=up{"))
    assert found.status is Status.UNKNOWN
    assert "parse error: unexpected end of input inside braces" in found.summary


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {}),
        Reply(200, {"data": {"result": "x"}}),
        Reply(200, {"data": {"result": [{"metric": {}, "values": [[1, "2"]]}]}}),
        Reply(200, {"data": {"result": [{"metric": "x", "value": [1, "2"]}]}}),
        Reply(200, {"data": {"result": [{"metric": {}, "value": [1, "x"]}]}}),
        Reply(200, {"data": {"result": [{"metric": {}, "value": []}]}}),
        Reply(200, {"data": {"result": 7}}),
        Reply(200, {"data": {"result": None}}),
        Reply(503, "Service Unavailable"),
        Reply(307, b"", {"Location": "/x"}),
        Reply(behave="hangup"),
        Reply(behave="endless"),
        Reply(behave="silent"),
    ],
)
async def test_an_answer_that_is_none_leaves_it_unknown(web: Web, reply: Reply) -> None:
    found = await judged(web, reply, down_at=1.0, timeout=0.7)
    assert found.status is Status.UNKNOWN, found
    assert found.error is not None and found.error.startswith("Prom ")
    assert "Error" not in found.error and "Exception" not in found.error


@pytest.mark.parametrize("name", BYTES)
async def test_hostile_bodies_leave_it_unknown(web: Web, name: str) -> None:
    found = await judged(web, Reply(body=BYTES[name]), down_at=1.0)
    assert found.status is Status.UNKNOWN and found.summary.isprintable()


@pytest.mark.parametrize("name", STRINGS)
async def test_hostile_labels_are_made_safe(web: Web, name: str) -> None:
    text = STRINGS[name]
    result = [{"metric": {text: text}, "value": [1.0, str(at)]} for at in range(2)]
    found = await judged(web, Reply(body={"data": {"result": result}, "warnings": [text]}))
    assert found.status is Status.UP and found.summary.isprintable()


async def test_a_go_between_that_is_not_on_the_board_is_called_prometheus(unused_tcp_port: int) -> None:
    config = of(f"http://127.0.0.1:{unused_tcp_port}")
    alone = configured(config.services[0], sources=config.sources)
    async with probing(alone) as probe:
        found = await reading(probe)
    words = f"Prometheus does not answer, so nothing is known: :{unused_tcp_port} refused"
    assert (found.status, found.error) == (Status.UNKNOWN, words)


async def test_a_real_one(prometheus: Server) -> None:
    async with probing(of(prometheus.url, "vector(7)", warn_at=5.0)) as probe:
        found = await reading(probe)
        assert (found.status, found.summary, found.facts["value"]) == (Status.DEGRADED, "7, limit 5", 7.0)
        assert found.latency is not None and found.latency > 0
        await asyncio.to_thread(prometheus.pause)
        hung = await reading(probe)
        assert (hung.status, hung.backs_off) == (Status.UNKNOWN, True)
        await asyncio.to_thread(prometheus.resume)
        assert (await reading(probe)).status is Status.DEGRADED
        await asyncio.to_thread(prometheus.stop)
        dead = await reading(probe)
        assert dead.status is Status.UNKNOWN
        assert dead.error == f"Prom does not answer, so nothing is known: :{prometheus.port} refused"
        await asyncio.to_thread(prometheus.start)
        assert (await reading(probe)).status is Status.DEGRADED


async def test_a_refused_login_is_denied() -> None:
    with Server(locked=True) as server:
        async with probing(of(server.url, password="wrong horse")) as probe:
            found = await reading(probe)
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert "wrong horse" not in repr(found)
    assert '"$PROM_PASSWORD"' in found.steps[0].reproduce


async def test_many_queries_at_once_wait_for_their_turn(web: Web) -> None:
    web.routes = {"/api/v1/query": vector("1")}
    async with probing(of(web.url)) as probe:
        answers = await asyncio.gather(*(probe.ask() for _ in range(20)))
    assert {answer.readings[0].status for answer in answers} == {Status.UP}
    # One of two is kept open; what is being closed is still counted for a moment.
    assert web.most_open <= 4


NATIVE = {"histogram": [1.7e9, {"count": "10", "sum": "3.5", "buckets": [[0, "1", "2", "5"]]}]}


async def test_a_native_histogram_says_what_to_wrap_it_in(web: Web) -> None:
    found = [{"metric": {"__name__": "h"}} | NATIVE]
    data = {"resultType": "vector", "result": found}
    web.routes = {"/api/v1/query": Reply(body={"status": "success", "data": data})}
    async with probing(of(web.url)) as probe:
        told = await reading(probe)
    assert (told.status, "native histogram; wrap it in histogram_quantile()" in told.summary) == (
        Status.UNKNOWN,
        True,
    )
    found.append({"metric": {}, "value": [1.0, "3"]})
    web.routes = {"/api/v1/query": Reply(body={"status": "success", "data": data})}
    async with probing(of(web.url)) as probe:
        assert (await reading(probe)).facts["value"] == 3.0


async def test_a_partial_answer_of_victoriametrics_is_told(web: Web) -> None:
    data = {"resultType": "vector", "result": [{"metric": {}, "value": [1, "3"]}]}
    web.routes = {"/api/v1/query": Reply(body={"status": "success", "isPartial": True, "data": data})}
    async with probing(of(web.url)) as probe:
        told = await reading(probe)
    assert told.summary == "3; warning: partial answer: a storage node is missing"
