"""The `loki` and `promtail` kinds: answers recorded from a real Loki 3 with lines of our age, and answers that are none."""

import json
import time
from typing import Any
from urllib.parse import parse_qs

import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Loki, Promtail
from sutaz_tui.config.schema import Basic, Source
from sutaz_tui.model import Reading, Status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.loki import build as build_loki
from sutaz_tui.probes.promtail import build as build_promtail
from sutaz_tui.sources.clients import Clients
from tests.hostile import BYTES, STRINGS
from tests.loopback import configured, probing, reading
from tests.web import RECORDED, Reply, Web

READY = "/ready"
LABELS = "/loki/api/v1/labels"
LINES = "/loki/api/v1/query_range"


def of(url: str, timeout: float = 2.0, silence: float = 600.0, password: str = "") -> Config:
    entry = Loki(
        id="loki", title="Loki", source="l", timeout=timeout, interval=60.0, warn=1.9, warn_silence=silence
    )
    auth = Basic(user="jarvis", password=password) if password else None
    return configured(entry, sources={"l": Source(url=url, auth=auth)})


def promtail(url: str, job: str = "docker", timeout: float = 2.0) -> Config:
    entry = Promtail(id="promtail", title="Promtail", source="l", job=job, timeout=timeout, interval=60.0)
    return configured(entry, sources={"l": Source(url=url)})


def real(name: str) -> Any:
    """The body of one recorded answer."""
    answers = json.loads((RECORDED / "loki.json").read_text())["answers"]
    return next(answer["body"] for answer in answers if answer["name"] == name)


def line(age: float) -> Reply:
    """The recorded newest line, `age` seconds old."""
    body = real("newest line of each job")
    body["data"]["result"][0]["values"][0][0] = str(time.time_ns() - int(age * 1e9))
    return Reply(body=body)


NONE = Reply(body=real("unknown stream"))


class Jobs:
    """The routes of a Loki whose jobs wrote their newest line so many seconds ago, None for never; `label` names them."""

    def __init__(self, web: Web, label: str = "job", **ages: float | None) -> None:
        self.web = web
        self.label = label
        self.ages = ages
        self.web.routes = {READY: Reply(body=real("ready")), LABELS: Reply(body=real("labels"))}
        self.web.routes[LABELS] = Reply(body={"status": "success", "data": ["filename", label]})
        self.web.on_request = self.prepare

    def prepare(self, path: str) -> None:
        if path == LINES:
            wanted = parse_qs(self.web.asked[-1].partition("?")[2].partition(" ")[0])
            query, limit, since = (wanted[name][0] for name in ("query", "limit", "start"))
            told = {job: time.time_ns() - int(age * 1e9) for job, age in self.ages.items() if age is not None}
            fresh = {job: at for job, at in told.items() if at >= int(since)}
            fresh = {job: fresh[job] for job in sorted(fresh, key=fresh.__getitem__)[-int(limit) :]}
            every = query == f'{{{self.label}=~".+"}}'
            streams = [
                {"stream": {self.label: job}, "values": [[str(at), "text"]]}
                for job, at in fresh.items()
                if every or query == f'{{job="{job}"}}'
            ]
            data = {"resultType": "streams", "result": streams}
            self.web.routes[LINES] = Reply(body={"status": "success", "data": data})

    def asked(self, path: str) -> int:
        return sum(asked.startswith(f"GET {path}") for asked in self.web.asked)


async def ask(config: Config) -> Reading:
    async with probing(config) as probe:
        return await reading(probe)


async def test_silence_is_judged_over_everything_by_one_query(web: Web) -> None:
    jobs = Jobs(web, docker=4.0, varlogs=250.0, ended=None)
    found = await ask(of(web.url))
    assert (found.status, found.summary) == (Status.UP, "newest line: docker 4s ago, varlogs 4m10s ago")
    assert 4.0 <= float(found.facts["age_docker"]) < 9.0 and float(found.facts["age_varlogs"]) >= 250.0
    assert jobs.asked(LINES) == 1
    asked = parse_qs(next(asked for asked in web.asked if LINES in asked).partition("?")[2])
    assert (asked["limit"], asked["direction"]) == (["5"], ["backward"])


async def test_jobs_that_ended_are_no_trouble_and_the_freshest_are_named(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sutaz_tui.sources.loki.NEWEST_FOR", 0.0)
    # Ten thousand that ended come first by their names.
    ended = {f"a-cron-{n}": 3000.0 for n in range(50)}
    jobs = Jobs(web, **ended, web1=2.0, web2=3.0, web3=4.0, web4=5.0)
    async with probing(of(web.url)) as probe:
        found = await reading(probe)
        assert (found.status, found.summary) == (
            Status.UP,
            "newest line: web1 2s ago, web2 3s ago, web3 4s ago and 1 more",
        )
        jobs.ages = dict.fromkeys(jobs.ages, 700.0)
        web.asked.clear()
        found = await reading(probe)
        # What was seen once is remembered, and grows old from there.
        assert (found.status, jobs.asked(LINES)) == (Status.UP, 1)


async def test_no_line_of_any_job_for_long_is_silence(web: Web) -> None:
    Jobs(web, docker=700.0, varlogs=None)
    found = await ask(of(web.url))
    assert (found.status, found.word) == (Status.DEGRADED, "silent")
    assert found.summary.startswith("silent; newest line: docker 11m")
    assert found.error is not None and "look at Promtail" in found.error
    Jobs(web)
    found = await ask(of(web.url))
    assert (found.status, found.summary) == (Status.DEGRADED, "silent; newest line: none in 1h00m")


async def test_streams_without_a_job_are_judged_by_their_service_name(web: Web) -> None:
    """As Alloy and OpenTelemetry ship them."""
    jobs = Jobs(web, "service_name", checkout=3.0)
    found = await ask(of(web.url))
    assert (found.status, found.summary) == (Status.UP, "newest line: checkout 3s ago")
    # Old jobs beside new services: silence must be everybody's.
    web.routes[LABELS] = Reply(body={"status": "success", "data": ["job", "service_name"]})
    assert (await ask(of(web.url))).status is Status.UP
    assert jobs.asked(LINES) == 3
    Jobs(web, "app", shop=3.0)
    web.routes[LABELS] = Reply(body={"status": "success", "data": ["app"]})
    assert (await ask(of(web.url))).summary == "newest line: shop 3s ago"


async def test_a_line_of_years_ahead_is_not_fresh(web: Web) -> None:
    Jobs(web, docker=-7 * 365 * 86_400.0)
    found = await ask(of(web.url))
    assert (found.status, found.word) == (Status.DEGRADED, "clock")
    assert "ahead of our clock" in found.summary
    Jobs(web, docker=-120.0)
    assert (await ask(of(web.url))).status is Status.UP


async def test_a_gateway_that_lets_queries_through_alone_is_up(web: Web) -> None:
    Jobs(web, docker=4.0)
    del web.routes[READY], web.routes[LABELS]
    found = await ask(of(web.url))
    assert (found.status, found.summary) == (Status.UP, "newest line: docker 4s ago")


async def test_a_part_of_loki_that_answers_no_queries_is_degraded(web: Web) -> None:
    """A distributor in microservices mode."""
    web.routes = {READY: Reply(body="ready\n")}
    found = await ask(of(web.url))
    assert (found.status, found.word) == (Status.DEGRADED, "api")
    assert found.summary.startswith("ready, but its API answers 404")


async def test_a_fresh_answer_serves_again(web: Web) -> None:
    jobs = Jobs(web, docker=1.0)
    async with probing(of(web.url)) as probe:
        await reading(probe)
        await reading(probe)
    assert jobs.asked(LINES) == 1


async def test_starting(web: Web) -> None:
    web.routes = {READY: Reply(503, "Ingester not ready: waiting for 15s after being ready\n")}
    found = await ask(of(web.url))
    assert (found.status, found.word) == (Status.DEGRADED, "starting")
    assert found.summary == "not ready: Ingester not ready: waiting for 15s after being ready"


@pytest.mark.parametrize("path", [READY, LABELS, LINES])
@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>"),
        Reply(200, {}),
        Reply(200, {"status": "success", "data": "x"}),
        Reply(200, {"status": "success", "data": [1]}),
        Reply(200, {"status": "success", "data": {"result": [{"values": [["x", "y"]]}]}}),
        Reply(400, "parse error at line 1, col 14: syntax error"),
        Reply(500, "boom"),
        Reply(behave="hangup"),
        Reply(behave="endless"),
        Reply(behave="truncated"),
        Reply(behave="silent"),
    ],
)
async def test_what_is_no_loki_is_down_with_a_sentence(web: Web, path: str, reply: Reply) -> None:
    web.routes = {READY: Reply(body="ready\n"), LABELS: Reply(body={"status": "success", "data": ["job"]})}
    web.routes[LINES] = line(1.0)
    web.routes[path] = reply
    found = await ask(of(web.url, timeout=0.7))
    assert found.status is Status.DOWN, found
    assert found.error is not None and found.error.startswith("Loki: ")
    assert "Error" not in found.error and "Exception" not in found.error


async def test_a_tenant_is_wanted(web: Web) -> None:
    Jobs(web)
    web.routes[LABELS] = Reply(401, "no org id\n")
    found = await ask(of(web.url))
    assert (found.status, found.word) == (Status.DEGRADED, "tenant")
    assert "it has tenants: give this source a header X-Scope-OrgID" in found.summary
    found = await ask(of(web.url, password="wrong horse"))
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")


async def test_the_tenant_that_is_asked_for_is_told(web: Web) -> None:
    Jobs(web, docker=4.0)
    entry = Loki(id="loki", title="Loki", source="l")
    source = Source(url=web.url, headers={"X-Scope-OrgID": "shop"})
    found = await ask(configured(entry, sources={"l": source}))
    assert (found.summary, found.facts["tenant"]) == (
        "newest line of tenant shop: docker 4s ago",
        "shop",
    )


@pytest.mark.parametrize("name", STRINGS)
async def test_hostile_job_names_are_made_safe(web: Web, name: str) -> None:
    Jobs(web, **{STRINGS[name].encode("utf-8", "replace").decode(): 1.0})
    found = await ask(of(web.url))
    assert found.summary.isprintable() and all(fact.isprintable() for fact in found.facts)


@pytest.mark.parametrize("name", BYTES)
async def test_hostile_bodies_are_down(web: Web, name: str) -> None:
    Jobs(web, docker=1.0)
    web.on_request = lambda path: None
    web.routes[LINES] = Reply(body=BYTES[name])
    found = await ask(of(web.url))
    assert found.status is Status.DOWN and found.summary.isprintable()


async def test_nobody_there(web: Web) -> None:
    found = await ask(of("http://127.0.0.1:9"))
    assert (found.status, found.summary) == (Status.DOWN, ":9 refused")


# Promtail.


async def test_promtail_is_inferred_from_fresh_lines(web: Web) -> None:
    jobs = Jobs(web, docker=4.0)
    found = await ask(promtail(web.url))
    assert (found.status, found.summary) == (Status.UP, "newest line of docker 4s ago (in Loki)")
    assert found.latency is None and jobs.asked(LINES) == 1 and jobs.asked(READY) == 0
    jobs.ages["docker"] = 400.0
    found = await ask(promtail(web.url))
    assert (found.status, found.word, found.summary) == (
        Status.DEGRADED,
        "silent",
        "no line of docker in Loki for 6m40s",
    )
    jobs.ages["docker"] = None
    found = await ask(promtail(web.url))
    assert (found.status, found.word) == (Status.DEGRADED, "silent")
    assert "newest_line_age" not in found.facts


async def test_promtail_of_any_job(web: Web) -> None:
    web.routes = {LINES: line(2.0)}
    found = await ask(promtail(web.url, job=""))
    assert (found.status, found.summary) == (Status.UP, "newest line 2s ago (in Loki)")
    assert parse_qs(web.asked[-1].partition("?")[2])["query"] == ['{job=~".+"}']


async def test_promtail_of_any_job_never_contradicts_the_loki_row(web: Web) -> None:
    Jobs(web, "service_name", checkout=3.0)
    web.routes[LABELS] = Reply(body={"status": "success", "data": ["job", "service_name"]})
    found = await ask(promtail(web.url, job=""))
    assert (found.status, found.summary) == (Status.UP, "newest line 3s ago (in Loki)")


@pytest.mark.parametrize(
    "reply", [Reply(400, "parse error"), Reply(503), Reply(behave="reset"), Reply(behave="silent")]
)
async def test_promtail_is_unknown_when_loki_does_not_answer(web: Web, reply: Reply) -> None:
    web.routes = {LINES: reply}
    found = await ask(promtail(web.url, timeout=0.5))
    assert found.status is Status.UNKNOWN
    assert found.error is not None and found.error.startswith("Loki ")


async def test_promtail_and_loki_share_one_answer(web: Web) -> None:
    jobs = Jobs(web, docker=4.0)
    config = configured(
        *of(web.url).services, *promtail(web.url).services, sources={"l": Source(url=web.url)}
    )
    clients, directory = Clients(config), Directory(config)
    first, second = config.services
    assert isinstance(first, Loki) and isinstance(second, Promtail)
    try:
        assert (await reading(build_loki(first, clients, directory))).status is Status.UP
        assert (await reading(build_promtail(second, clients, directory))).status is Status.UP
    finally:
        await clients.aclose()
    assert jobs.asked(LINES) == 1


async def test_what_promtail_shipped_is_never_silence_of_loki(web: Web) -> None:
    """Both rows know the newest line that either has seen."""
    jobs = Jobs(web, docker=4.0)
    config = configured(
        *of(web.url).services, *promtail(web.url).services, sources={"l": Source(url=web.url)}
    )
    clients, directory = Clients(config), Directory(config)
    first, second = config.services
    assert isinstance(first, Loki) and isinstance(second, Promtail)
    try:
        assert (await reading(build_promtail(second, clients, directory))).status is Status.UP
        # Whatever the query over everything misses.
        jobs.label = "other"
        assert (await reading(build_loki(first, clients, directory))).status is Status.UP
    finally:
        await clients.aclose()
