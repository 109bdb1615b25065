"""The `prometheus` kind: recorded answers, a real server, and ports that are none."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote_plus

import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Agent, Prometheus
from sutaz_tui.config.schema import Basic, ServiceConfig, Source
from sutaz_tui.model import Answer, Status
from sutaz_tui.probes.base import Probe
from sutaz_tui.sources.alerts import MOST_ALERTS, moment
from sutaz_tui.sources.prometheus import DEFAULT_INTERVAL, duration
from tests.hostile import BYTES, STRINGS
from tests.loopback import configured, probing, reading, speaking, until
from tests.servers.http_server import PASSWORD
from tests.servers.prometheus import ALWAYS_FIRING
from tests.servers.prometheus import Prometheus as Server
from tests.servers.waiting import patient
from tests.web import Reply, Web, recorded

DATE = {"Date": "Sun, 22 Nov 2026 15:11:30 GMT"}
TARGETS = "GET /api/v1/targets?state=active"


def of(
    url: str, *others: ServiceConfig, timeout: float = 5.0, container: str = "", password: str = ""
) -> Config:
    entry = Prometheus(
        id="prometheus",
        title="Prometheus",
        source="p",
        timeout=timeout,
        interval=60.0,
        warn=4.0,
        container=container,
    )
    auth = Basic(user="jarvis", password=password) if password else None
    secrets = {"PROMETHEUS_PASSWORD": password} if password else None
    return configured(entry, *others, sources={"p": Source(url=url, auth=auth)}, secrets=secrets)


def recorded_routes() -> dict[str, Reply]:
    return {
        "/-/ready": recorded("prometheus", "GET /-/ready"),
        "/api/v1/targets": replace(recorded("prometheus", TARGETS), headers=DATE),
        "/api/v1/alerts": recorded("prometheus", "GET /api/v1/alerts"),
        "/api/v1/status/buildinfo": recorded("prometheus", "GET /api/v1/status/buildinfo"),
    }


def target(instance: str, health: str = "up", **more: object) -> dict[str, object]:
    entry = {
        "labels": {"instance": instance},
        "scrapePool": "pool",
        "scrapeUrl": f"http://{instance}/metrics",
    }
    return entry | {"health": health, "lastScrape": "2026-11-22T15:11:29Z", "scrapeInterval": "15s"} | more


def targets(*entries: object) -> Reply:
    return Reply(body={"status": "success", "data": {"activeTargets": entries}}, headers=DATE)


async def ask(config: Config) -> Answer:
    async with probing(config) as probe:
        return await probe.ask()


async def test_recorded_answers_are_read(web: Web) -> None:
    web.routes = recorded_routes()
    letta = Agent(id="letta", title="Letta", address="http://127.0.0.1:11401")
    crewai = Agent(id="crewai", title="CrewAI", address="http://localhost:11402")
    answer = await ask(of(web.url, letta, crewai))
    found = answer.readings[0]
    assert (found.status, found.summary) == (Status.UP, "5 of 6 targets up, missing: CrewAI; 1 alert firing")
    assert found.facts["targets"] == 6 and found.facts["targets_up"] == 5
    assert found.facts["version"] == "2.42.0+ds"
    assert found.facts["oldest_scrape"] == 2.0
    assert {(claim.service_id, claim.by, claim.status) for claim in answer.claims} == {
        ("letta", "Prometheus", Status.UP),
        ("crewai", "Prometheus", Status.DOWN),
    }
    assert "connection refused" in next(
        claim.words for claim in answer.claims if claim.service_id == "crewai"
    )
    assert answer.alerts is not None
    assert [(alert.name, alert.severity) for alert in answer.alerts] == [("InstanceDown", "critical")]
    assert all(headers["user-agent"].startswith("sutaz-tui/") for headers in web.headers)
    assert len(found.steps) == 4
    assert found.steps[1].reproduce == f"curl -sS -i '{web.url}/api/v1/targets?state=active'"


async def test_a_prometheus_in_a_container_means_itself_by_loopback(web: Web) -> None:
    web.routes = recorded_routes() | {
        "/api/v1/targets": targets(
            target("localhost:9090"), target("stack-letta:8000", "down", lastError="no route")
        )
    }
    other = Agent(id="other", title="Other", address="http://127.0.0.1:9090")
    letta = Agent(id="letta", title="Letta", address="http://127.0.0.1:11401", container="stack-letta")
    answer = await ask(of(web.url, other, letta, container="stack-prometheus"))
    assert [(claim.service_id, claim.words) for claim in answer.claims] == [
        ("letta", "Prometheus cannot scrape it: no route")
    ]


async def test_scrapes_that_stopped_degrade_it(web: Web) -> None:
    old = target("a:1", lastScrape="2026-11-22T15:10:00.123456789Z", scrapeInterval="5s")
    web.routes = recorded_routes() | {"/api/v1/targets": targets(old, target("b:1"))}
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DEGRADED, "stale")
    trouble = "1 of 2 targets not scraped for up to 1m29s"
    assert found.summary == f"{trouble}; 2 of 2 targets up; 1 alert firing"
    assert found.error == f"Prometheus: {trouble}; look at its scrape_configs and its load"


async def test_no_targets_degrade_it(web: Web) -> None:
    web.routes = recorded_routes() | {"/api/v1/targets": targets()}
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DEGRADED, "targets")
    assert found.summary == "ready, but it has no targets"


async def test_many_missing_targets_are_named_in_part(web: Web) -> None:
    for count, more in ((3, ""), (4, " and 1 more"), (9, " and 6 more")):
        many = [target(f"t{n}:1", "down") for n in range(count)]
        web.routes = recorded_routes() | {"/api/v1/targets": targets(*many)}
        found = (await ask(of(web.url))).readings[0]
        missing = f"0 of {count} targets up, missing: t0:1, t1:1, t2:1{more}"
        assert found.summary == f"no target is up; {missing}; 1 alert firing"
        assert (found.status, found.word) == (Status.DEGRADED, "targets")


async def test_more_targets_than_a_mebibyte_holds(web: Web) -> None:
    many = [target(f"t{n}:1", lastError="x" * 500) for n in range(4000)]
    web.routes = recorded_routes() | {"/api/v1/targets": targets(*many)}
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.facts["targets_up"]) == (Status.UP, 4000)


def counted(every: dict[str, int], down: dict[str, int], **more: object) -> Callable[[str], Reply]:
    """What /api/v1/query answers to both counts, by what it is asked."""

    def vector(found: dict[str, int]) -> Reply:
        result = [{"metric": {"job": job}, "value": [1.0, str(n)]} for job, n in found.items()]
        data = {"resultType": "vector", "result": result}
        return Reply(body={"status": "success", "data": data} | more)

    return lambda query: vector(down if "== 0" in query else every)


def by_query(web: Web, answer: Callable[[str], Reply]) -> None:
    """Let queries be answered by their text."""

    def on_request(path: str) -> None:
        if path.endswith("/query"):
            web.routes[path] = answer(unquote_plus(web.asked[-1]))

    web.on_request = on_request


async def test_eleven_thousand_targets_are_counted_by_job(web: Web) -> None:
    many = [target(f"t{n}:1", discoveredLabels={"x": "y" * 400}) for n in range(11_000)]
    web.routes = recorded_routes() | {"/api/v1/targets": targets(*many)}
    by_query(web, counted({"node": 9_000, "web": 1_990, "db": 10}, {"web": 3, "db": 10}))
    async with probing(of(web.url, timeout=20.0)) as probe:
        for _ in range(2):
            found = await reading(probe)
            assert (found.status, found.facts["targets"], found.facts["targets_up"]) == (
                Status.UP,
                11_000,
                10_987,
            )
            told = "10,987 of 11,000 targets up, missing: db 10 of 10, web 3 of 1,990"
            assert found.summary == f"{told}; 1 alert firing"
        # The list is not fetched again while there are so many.
        assert sum("/targets" in asked for asked in web.asked) == 1
        by_query(web, counted({"node": 6}, {}))
        await probe.ask()
        web.routes |= recorded_routes()
        assert (await reading(probe)).facts["targets"] == 6
        assert sum("/targets" in asked for asked in web.asked) == 2


async def test_a_store_that_answers_queries_and_lists_no_targets_is_up(web: Web) -> None:
    """Mimir and Cortex behind their prefix, VictoriaMetrics' vmselect."""
    by_query(web, counted({"node": 40, "web": 2}, {"web": 1}))
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.summary) == (
        Status.UP,
        "41 of 42 targets up, missing: web 1 of 2; has no alerts of its own",
    )
    by_query(web, counted({}, {}))
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.summary) == (
        Status.UP,
        "does not list targets; has no alerts of its own",
    )
    by_query(web, counted({"node": 40}, {"node": 40}))
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DEGRADED, "targets")


async def test_a_partial_answer_of_a_cluster_is_told(web: Web) -> None:
    by_query(web, counted({"node": 2}, {}, isPartial=True))
    found = (await ask(of(web.url))).readings[0]
    assert found.summary.endswith("; warning: partial answer: a storage node is missing")
    by_query(web, counted({"node": 2}, {}, warnings=["receive-1: no such store"]))
    found = (await ask(of(web.url))).readings[0]
    assert found.summary.endswith("; warning: receive-1: no such store")


async def test_a_port_that_answers_404_to_everything_is_no_prometheus(web: Web) -> None:
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DOWN, "404")


async def test_agent_mode_is_up_without_alerts_and_queries(web: Web) -> None:
    no = Reply(
        422, {"status": "error", "errorType": "execution", "error": "unavailable with Prometheus Agent"}
    )
    web.routes = recorded_routes() | {"/api/v1/alerts": no, "/api/v1/query": no}
    answer = await ask(of(web.url))
    found = answer.readings[0]
    assert (found.status, answer.alerts) == (Status.UP, None)
    assert found.summary == "5 of 6 targets up, missing: 127.0.0.1:11402; has no alerts of its own"


async def test_starting_is_degraded(web: Web) -> None:
    web.routes = {"/-/ready": Reply(503, "Service Unavailable")}
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DEGRADED, "starting")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>hello</html>"),
        Reply(200, {}),
        Reply(200, {"data": {"activeTargets": "x"}}),
        Reply(200, {"data": {"activeTargets": [1]}}),
        Reply(200, {"data": None}),
        Reply(200, "[" * 100_000),
        Reply(404, "404 page not found"),
        Reply(500, {"status": "error", "errorType": "internal", "error": "boom"}),
        Reply(behave="raw", body=b"garbage\r\n\r\n"),
        Reply(behave="hangup"),
        Reply(behave="reset"),
        Reply(behave="truncated", body=b"{"),
        Reply(behave="endless"),
    ],
)
async def test_targets_that_are_none_are_down_with_a_sentence(web: Web, reply: Reply) -> None:
    web.routes = recorded_routes() | {"/api/v1/targets": reply}
    found = (await ask(of(web.url))).readings[0]
    assert found.status is Status.DOWN, found
    assert found.error is not None and found.error.startswith("Prometheus: ")
    assert "Error" not in found.error and "Exception" not in found.error


async def test_words_of_an_error_are_its_own(web: Web) -> None:
    web.routes = recorded_routes() | {"/api/v1/targets": Reply(500, {"status": "error", "error": "boom"})}
    found = (await ask(of(web.url))).readings[0]
    assert found.summary.startswith("answers 500") and "boom" in found.summary


async def test_a_redirect_and_a_wanted_login_degrade(web: Web) -> None:
    web.routes = recorded_routes() | {"/api/v1/targets": Reply(307, b"", {"Location": "/elsewhere"})}
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DEGRADED, "307")
    assert not any("elsewhere" in asked for asked in web.asked)
    web.routes["/api/v1/targets"] = Reply(401, b"no")
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DEGRADED, "401")


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Sun, 22 Nov 2026 15:11:30 -0000", "Sun, 99 Nov 99999 99:99:99 GMT"]
)
async def test_any_date_of_the_server_will_do(web: Web, date: str) -> None:
    web.routes = recorded_routes()
    web.routes["/api/v1/targets"] = replace(web.routes["/api/v1/targets"], headers={"Date": date})
    assert (await ask(of(web.url))).readings[0].facts["targets"] == 6


@pytest.mark.parametrize("behave", ["silent", "stuck"])
async def test_silence_is_down_within_the_deadline(web: Web, behave: str) -> None:
    web.routes = recorded_routes() | {"/api/v1/targets": Reply(behave=behave)}
    found = (await ask(of(web.url, timeout=0.3))).readings[0]
    assert (found.status, found.backs_off) == (Status.DOWN, True)


async def test_an_answer_that_drips_ends_at_the_deadline() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        body = b"ok" if b"ready" in request else b""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 if body else 10**9) + body)
        while not body:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with speaking(drip) as port, probing(of(f"http://{port.address}", timeout=0.4)) as probe:
        found = await reading(probe)
        assert (found.status, found.backs_off) == (Status.DOWN, True)
        # The thread lets go of its connection too.
        await until(lambda: port.open == 0)


@pytest.mark.parametrize("name", STRINGS)
async def test_hostile_names_are_made_safe(web: Web, name: str) -> None:
    text = STRINGS[name]
    entry = target("x", "down", lastError=text, scrapePool=text, scrapeUrl=text, labels={"instance": text})
    alert = {
        "labels": {"alertname": text, "severity": text},
        "annotations": {"summary": text},
        "state": "firing",
    }
    web.routes = recorded_routes() | {
        "/api/v1/targets": targets(
            entry, target("b:1", text, lastScrape=text, scrapeInterval=text), target("c:1")
        ),
        "/api/v1/alerts": Reply(body={"data": {"alerts": [alert]}}),
    }
    answer = await ask(of(web.url))
    found = answer.readings[0]
    assert found.status is Status.UP and found.summary.isprintable()
    assert answer.alerts is not None
    assert all(f"{alert.name}{alert.severity}{alert.summary}".isprintable() for alert in answer.alerts)


async def test_more_alerts_than_are_read_degrade_it_and_are_not_told_as_so_many(web: Web) -> None:
    flood = [{"state": "firing", "labels": {"alertname": "X", "n": str(n)}} for n in range(MOST_ALERTS + 1)]
    web.routes = recorded_routes() | {"/api/v1/alerts": Reply(body={"data": {"alerts": flood}})}
    answer = await ask(of(web.url, timeout=patient(5.0)))
    found = answer.readings[0]
    assert (found.status, found.word, answer.alerts) == (Status.DEGRADED, "alerts", None)
    assert found.summary.startswith("its alerts cannot be counted; ") and "alerts" not in found.facts


@pytest.mark.parametrize("name", BYTES)
async def test_hostile_bodies_are_down(web: Web, name: str) -> None:
    web.routes = recorded_routes() | {"/api/v1/targets": Reply(body=BYTES[name])}
    found = (await ask(of(web.url))).readings[0]
    assert found.status is Status.DOWN and found.error is not None and found.error.isprintable()


def test_durations_and_moments() -> None:
    assert [duration(text) for text in ("15s", "1m30s", "1h", "500ms")] == [15.0, 90.0, 3600.0, 0.5]
    assert {duration(text) for text in ("", "x", None, 5, "0s", "9" * 99 + "s")} == {DEFAULT_INTERVAL}
    assert moment("0001-01-01T00:00:00Z") is None
    assert moment("0001-01-01T00:00:00+14:00") is None
    assert moment("9999-12-31T23:59:59-14:00") is None
    assert moment("2026-11-22T15:11:28.042236993Z") is not None
    assert {moment(text) for text in ("", None, 5, "2026-11-22T15:11:28")} == {None}


# Against a real Prometheus.


async def scraped(probe: Probe, up: int) -> Answer:
    last: list[Answer] = []

    async def is_so() -> bool:
        last[:] = [await probe.ask()]
        return last[0].readings[0].facts.get("targets_up") == up

    await until(is_so, within=20.0)
    return last[0]


async def test_a_real_one_tells_targets_and_alerts(prometheus: Server) -> None:
    agent = Agent(id="letta", title="Letta", address="http://127.0.0.1:9")
    await asyncio.to_thread(
        prometheus.configure, {"prometheus": [prometheus.target], "agents": ["127.0.0.1:9"]}, ALWAYS_FIRING
    )
    async with probing(of(prometheus.url, agent)) as probe:
        answer = await scraped(probe, up=1)

        async def has_verdict() -> bool:
            nonlocal answer
            answer = await probe.ask()
            return bool(answer.claims and answer.alerts)

        await until(has_verdict, within=20.0)
    found = answer.readings[0]
    assert (found.status, found.summary) == (Status.UP, "1 of 2 targets up, missing: Letta; 1 alert firing")
    assert str(found.facts["version"])[:2] in ("2.", "3.")
    assert [(claim.service_id, claim.status) for claim in answer.claims] == [("letta", Status.DOWN)]
    assert answer.alerts and answer.alerts[0].name == "AlwaysFiring" and answer.alerts[0].since is not None


async def test_a_real_one_stopped_paused_and_back(prometheus: Server) -> None:
    async with probing(of(prometheus.url, timeout=1.0)) as probe:
        assert (await scraped(probe, up=1)).readings[0].status is Status.UP
        await asyncio.to_thread(prometheus.pause)
        hung = await reading(probe)
        assert (hung.status, hung.backs_off) == (Status.DOWN, True)
        await asyncio.to_thread(prometheus.resume)
        await scraped(probe, up=1)
        await asyncio.to_thread(prometheus.stop)
        dead = await reading(probe)
        assert (dead.status, dead.summary) == (Status.DOWN, f":{prometheus.port} refused")
        await asyncio.to_thread(prometheus.start)
        back = await scraped(probe, up=1)
        assert back.readings[0].status is Status.UP


async def test_a_real_one_with_a_login() -> None:
    with Server(locked=True) as server:
        async with probing(of(server.url, password=PASSWORD)) as probe:
            assert (await scraped(probe, up=1)).readings[0].status is Status.UP
        wrong = (await ask(of(server.url, password="wrong horse"))).readings[0]
        assert (wrong.status, wrong.word, wrong.backs_off) == (Status.UNKNOWN, "denied", True)
        assert "wrong horse" not in repr(wrong)
        none = (await ask(of(server.url))).readings[0]
        assert (none.status, none.word) == (Status.DEGRADED, "401")
