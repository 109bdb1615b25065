"""Which log is a service's: by the config, by Docker, by Loki's labels, by the look of its lines, or none."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from sutaz_tui.config import LogPlace, Logs, ServiceConfig, Source
from sutaz_tui.config.kinds import Agent, Backend, Consul, Container, Docker, Exporter, Http, Ollama, Postgres
from sutaz_tui.errors import SutazError
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import docker_api
from sutaz_tui.sources.logs.finding import LogFinder, NoLog
from sutaz_tui.sources.logs.in_loki import Found
from sutaz_tui.sources.logs.loki import LokiLogs
from sutaz_tui.sources.loki import loki_api
from tests.loopback import configured
from tests.web import Reply, Web, web_server

A, B = "a1" * 32, "b2" * 32
BACKEND = Backend(
    id="backend", title="Backend", address="http://127.0.0.1:10200", container="sutazai-backend"
)
CREWAI = Agent(id="crewai", title="CrewAI", address="http://127.0.0.1:11403", name="CrewAI")


def container(name: str, id: str = A, **more: Any) -> dict[str, Any]:
    return {"Id": id, "Names": [f"/{name}"], "State": "running", "Status": "Up 4 minutes", **more}


def path_of(id: str) -> str:
    return f"/var/lib/docker/containers/{id}/{id}-json.log"


STREAMS = [
    {"filename": path_of(id), "job": "docker", "service_name": "docker", "stream": "stdout"} for id in (A, B)
]


class Stack:
    """Docker's list and Loki's streams as a test says, asked by the real clients."""

    def __init__(self, docker: Web, loki: Web, finder: LogFinder) -> None:
        self.docker = docker
        self.loki = loki
        self.finder = finder

    def containers(self, *entries: dict[str, Any]) -> None:
        self.docker.answers(200, list(entries))

    def streams(
        self, *streams: Mapping[str, str], selected: Sequence[Mapping[str, str]] | None = None
    ) -> None:
        """Loki's labels, their values, and as an answer to every selector all of these, or those `selected`."""
        names = sorted({name for stream in streams for name in stream})
        self._success("labels", names)
        for name in names:
            self._success(f"label/{name}/values", sorted({s[name] for s in streams if name in s}))
        self._success("series", [dict(stream) for stream in (streams if selected is None else selected)])
        self.lines()

    def lines(self, *found: tuple[Mapping[str, str], str]) -> None:
        """The answer to every query for lines."""
        result = [
            {"stream": dict(labels), "values": [["1764000000000000000", text]]} for labels, text in found
        ]
        self._success("query_range", {"resultType": "streams", "result": result})

    def _success(self, what: str, data: Any) -> None:
        headers = {"Content-Type": "application/json"}
        self.loki.routes[f"/loki/api/v1/{what}"] = Reply(200, {"status": "success", "data": data}, headers)

    def asked(self, what: str, key: str) -> list[str]:
        """What a parameter of the questions of one sort was."""
        urls = [urlsplit(line.partition(" ")[2]) for line in self.loki.asked]
        return [parse_qs(url.query)[key][0] for url in urls if url.path.endswith(what)]


@asynccontextmanager
async def stack(*services: ServiceConfig, loki: bool = True, docker: bool = True) -> AsyncIterator[Stack]:
    async with web_server() as engine, web_server() as store:
        sources = {"docker": Source(url=engine.url), "loki": Source(url=store.url)}
        logs = Logs(docker="docker" if docker else "", loki="loki" if loki else "")
        config = replace(configured(*services, sources=sources), logs=logs)
        clients = Clients(config)
        try:
            api = docker_api(clients, "docker", "Docker") if docker else None
            index = LokiLogs(loki_api(clients, "loki", "Loki"), "") if loki else None
            yield Stack(engine, store, LogFinder(config, api, index))
        finally:
            await clients.aclose()


async def found(
    service: ServiceConfig, *others: ServiceConfig, containers: Sequence[dict[str, Any]]
) -> Found | None:
    """The log of a service where Docker has these containers and there is no Loki."""
    async with stack(service, *others, loki=False) as running:
        running.containers(*containers)
        try:
            return await running.finder.find(service)
        except NoLog:
            return None


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (LogPlace(container="x"), Found("docker", "x", "config: container x")),
        (LogPlace(selector='{a="b"}'), Found("loki", '{a="b"}', "config: selector")),
        (LogPlace(file="/var/log/x.log"), Found("file", "/var/log/x.log", "config: file /var/log/x.log")),
    ],
)
async def test_what_the_config_says_is_not_asked_for(place: LogPlace, expected: Found) -> None:
    service = Http(id="a", title="A", address="http://127.0.0.1:1", logs=place)
    async with stack(service) as running:
        assert await running.finder.find(service) == expected
        assert running.docker.asked == running.loki.asked == []


@pytest.mark.parametrize(
    ("containers", "name"),
    [
        ([container("backend"), container("sutazai-backend", B)], "sutazai-backend"),
        ([container("Backend")], "Backend"),
        ([container("shop-backend-1")], "shop-backend-1"),
        ([container("shop_backend_1")], "shop_backend_1"),
        ([container("x", Labels={"com.docker.compose.service": "backend"})], "x"),
        ([container("backend-1", State="exited"), container("backend-2", B)], "backend-2"),
        ([container("x", Ports=[{"PrivatePort": 8000, "PublicPort": 10200}])], "x"),
        ([container("shop-backend", B), container("x", Ports=[{"PublicPort": 10200}])], "x"),
        ([container("shop-backend"), container("bank-backend", B)], None),
        ([container("backend-exporter")], None),
        ([container("feedbackend")], None),
        ([{**container("x"), "Names": None}], None),
        ([], None),
    ],
)
async def test_the_container_that_is_the_services(containers: list[dict[str, Any]], name: str | None) -> None:
    log = await found(BACKEND, containers=containers)
    assert log == (Found("docker", name, "docker socket") if name else None)


async def test_the_log_of_a_compose_service_is_its_own_whatever_its_containers_are_called() -> None:
    worker = Container(id="w", title="Jobs", project="shop", service="worker")

    def made(name: str, id: str, project: str) -> dict[str, Any]:
        labels = {"com.docker.compose.project": project, "com.docker.compose.service": "worker"}
        return container(name, id, Labels=labels)

    containers = [made("jobs", B, "bank"), made("renamed", A, "shop")]
    assert await found(worker, containers=containers) == Found("docker", "renamed", "docker socket")
    assert await found(worker, containers=containers[:1]) is None


async def test_a_container_that_another_service_has_is_not_taken() -> None:
    host = Ollama(id="ollama", title="Ollama", address="http://127.0.0.1:11434")
    agents = Ollama(
        id="ollama-agents", title="Agents", address="http://127.0.0.1:11435", container="sutazai-ollama"
    )
    one = container("sutazai-ollama", Ports=[{"PublicPort": 11435}])
    assert await found(host, agents, containers=[one]) is None
    log = await found(agents, host, containers=[one])
    assert log is not None and log.what == "sutazai-ollama"
    # The host's figures come through an exporter's port, whose container is the exporter's.
    node = Exporter(id="node", title="Node", address="http://127.0.0.1:9100", container="node")
    asks_it = Http(id="host", title="Host", address="http://127.0.0.1:9100")
    assert await found(asks_it, node, containers=[container("node", Ports=[{"PublicPort": 9100}])]) is None


async def test_a_container_of_this_name_in_another_docker_is_not_taken() -> None:
    there = Docker(id="there", title="There", source="there")
    backend = msgspec.structs.replace(BACKEND, docker="there")
    assert await found(backend, there, containers=[container("sutazai-backend")]) is None


async def test_a_port_of_another_host_is_not_the_containers() -> None:
    one = container("x", Ports=[{"PublicPort": 10200}])
    elsewhere = Http(id="a", title="A", address="http://192.0.2.7:10200")
    assert await found(elsewhere, containers=[one]) is None
    log = await found(Http(id="a", title="A", address="http://localhost:10200"), containers=[one])
    assert log is not None and log.what == "x"


async def test_a_service_that_is_asked_through_a_source_is_known_by_the_sources_port() -> None:
    service = Consul(id="registry", title="Registry", source="loki")
    async with stack(service, loki=False) as running:
        port = urlsplit(running.loki.url).port
        running.containers(container("x", Ports=[{"PublicPort": port}]))
        assert (await running.finder.find(service)).what == "x"


async def test_a_container_whose_log_docker_cannot_read_is_looked_for_by_its_id_in_loki() -> None:
    async with stack(BACKEND) as running:
        running.containers(container("sutazai-backend", B))
        running.streams(*STREAMS, selected=STREAMS[1:])
        assert (await running.finder.find(BACKEND)).kind == "docker"
        selector = f'{{filename=~".*/{B}/.*"}}'
        expected = Found("loki", selector, "loki: container id in filename")
        assert await running.finder.find(BACKEND, in_loki=True) == expected
        assert running.asked("series", "match[]") == [selector]


async def test_labels_that_only_name_the_shippers_job_name_no_service() -> None:
    daemon = Docker(id="docker", title="Docker", source="docker")
    async with stack(daemon, BACKEND, docker=False) as running:
        running.streams(*STREAMS)
        for service in (daemon, BACKEND):
            with pytest.raises(NoLog) as caught:
                await running.finder.find(service)
            assert caught.value.was_asked
            assert f"services.{service.id}.logs" in str(caught.value)


@pytest.mark.parametrize(
    ("streams", "selector", "way"),
    [
        ([{"container_name": "/sutazai-backend"}], '{container_name="/sutazai-backend"}', "container_name"),
        ([{"container": "backend", "app": "x"}], '{container="backend"}', "container"),
        ([{"compose_service": "backend"}], '{compose_service="backend"}', "compose_service"),
        ([{"service_name": "backend", "job": "docker"}], '{service_name="backend"}', "service_name"),
        ([{"service_name": "backend", "job": "backend"}], '{service_name="backend"}', "service_name"),
        ([{"job": "backend"}], '{job="backend"}', "job"),
        ([{"unit": "backend.service"}], '{unit="backend.service"}', "unit"),
        ([{"app": "backend-1"}, {"app": "backend-2"}], '{app=~"backend-1|backend-2"}', "app"),
        ([{"app": 'shop."\\-backend'}], r'{app="shop.\"\\-backend"}', "app"),
    ],
)
async def test_the_label_that_names_a_service_best(
    streams: list[dict[str, str]], selector: str, way: str
) -> None:
    async with stack(BACKEND, docker=False) as running:
        running.streams(*streams)
        assert await running.finder.find(BACKEND) == Found("loki", selector, f"loki: label {way}")


async def test_a_file_that_is_called_as_the_service() -> None:
    async with stack(BACKEND, docker=False) as running:
        running.streams({"filename": "/var/log/backend/err.log"}, {"filename": "/srv/backend.log"}, *STREAMS)
        selector = r'{filename=~"/srv/backend\\.log|/var/log/backend/err\\.log"}'
        assert await running.finder.find(BACKEND) == Found("loki", selector, "loki: name in filename")


async def test_a_container_known_by_the_look_of_its_lines() -> None:
    line = "2026-11-23 14:07:11,402 - crewai - INFO - Request handled"
    async with stack(CREWAI, docker=False) as running:
        running.streams(*STREAMS)
        running.lines((STREAMS[0], line), (STREAMS[0], line))
        way = "loki: container known by its line shape"
        assert await running.finder.find(CREWAI) == Found("loki", f'{{filename=~".*/{A}/.*"}}', way)
        (query,) = running.asked("query_range", "query")
        assert query == (
            r'{job="docker"} |~ "^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3} - (?i:crewai) - [A-Z]+ - "'
        )
        # Of two containers that look so neither is known to be it, but the lines are.
        running.lines((STREAMS[0], line), (STREAMS[1], line))
        assert await running.finder.find(CREWAI) == Found("loki", query, "loki: line shape")
        running.lines()
        with pytest.raises(NoLog):
            await running.finder.find(CREWAI)


async def test_a_shape_of_a_product_says_nothing_where_two_services_are_of_it() -> None:
    first, second = (Postgres(id=id, title=id, address="127.0.0.1:1") for id in ("orders", "users"))
    line = "2026-11-23 14:07:11.402 UTC [1] LOG:  checkpoint starting: time"
    async with stack(first, docker=False) as running:
        running.streams(*STREAMS)
        running.lines((STREAMS[0], line))
        assert (await running.finder.find(first)).way == "loki: container known by its line shape"
    async with stack(first, second, docker=False) as running:
        running.streams(*STREAMS)
        running.lines((STREAMS[0], line))
        with pytest.raises(NoLog):
            await running.finder.find(first)
        assert not running.asked("query_range", "query")


async def test_where_docker_cannot_be_asked_loki_is_and_the_sentence_says_so() -> None:
    async with stack(BACKEND) as running:
        running.docker.answers(503, "maintenance")
        running.streams({"container": "backend"})
        assert (await running.finder.find(BACKEND)).way == "loki: label container"
    async with stack(BACKEND) as running:
        running.docker.answers(503, "maintenance")
        running.loki.answers(500, "no")
        with pytest.raises(NoLog, match=r"Backend: no log found \(Docker: .*503.*Loki: .*500") as caught:
            await running.finder.find(BACKEND)
        assert not caught.value.was_asked


async def test_without_docker_and_loki_the_sentence_says_what_to_set() -> None:
    async with stack(BACKEND, docker=False, loki=False) as running:
        with pytest.raises(NoLog) as caught:
            await running.finder.find(BACKEND)
    assert isinstance(caught.value, SutazError)
    assert "neither Docker nor Loki is configured" in str(caught.value)
    assert "{container: NAME}, {selector: LOGQL}, {file: PATH} or {journal: UNIT}" in str(caught.value)


async def test_many_who_ask_cost_one_list_and_a_dead_docker_is_asked_once() -> None:
    services = [Http(id=f"s{n}", title=f"S{n}", address="http://127.0.0.1:1") for n in range(5)]
    async with stack(*services) as running:
        running.docker.answers(503, "maintenance")
        running.streams(*({"container": service.id} for service in services))
        ways = [(await running.finder.find(service)).way for service in services]
        assert ways == ["loki: label container"] * 5
        assert len(running.docker.asked) == 1
        assert sum(line.endswith("/labels") for line in running.loki.asked) == 1


async def test_hostile_names_are_data() -> None:
    evil = 'x"} or {job="docker\n\x1b[2J'
    service = Http(id="a", title="A", address="http://127.0.0.1:1")
    async with stack(service, docker=False) as running:
        running.streams({"container": f"{evil}-a", "app": "b"})
        log = await running.finder.find(service)
    assert log.what == '{container="x\\"} or {job=\\"docker\\n\\u001b[2J-a"}'
    assert json.loads(log.what.removeprefix("{container=").removesuffix("}")) == f"{evil}-a"


@asynccontextmanager
async def two_lokis(service: ServiceConfig) -> AsyncIterator[tuple[Stack, Stack]]:
    """A service of no Docker, and two Lokis: `loki`, which is that of the section logs, and `eu`."""
    async with web_server() as unused, web_server() as first, web_server() as second:
        sources = {"loki": Source(url=first.url), "eu": Source(url=second.url)}
        config = replace(configured(service, sources=sources), logs=Logs(loki="loki"))
        clients = Clients(config)
        try:
            usual, eu = (LokiLogs(loki_api(clients, name, "Loki"), "") for name in ("loki", "eu"))
            finder = LogFinder(config, None, usual, other_lokis={"eu": eu})
            yield Stack(unused, first, finder), Stack(unused, second, finder)
        finally:
            await clients.aclose()


NAMED = {"container_name": "backend"}


async def test_of_several_lokis_the_one_that_has_it_is_found() -> None:
    async with two_lokis(BACKEND) as (first, second):
        first.streams({"container_name": "other"})
        second.streams(NAMED)
        log = await first.finder.find(BACKEND)
        assert log == Found("loki", '{container_name="backend"}', "loki eu: label container_name", "eu")
        first.streams(NAMED)
    async with two_lokis(BACKEND) as (first, second):
        first.streams(NAMED)
        log = await first.finder.find(BACKEND)
        assert (log.way, log.source) == ("loki loki: label container_name", "")
        assert second.loki.asked == []


async def test_a_loki_that_cannot_be_asked_hides_no_other_and_is_named_where_none_has_it() -> None:
    async with two_lokis(BACKEND) as (first, second):
        first.loki.answers(500, "broken")
        second.streams(NAMED)
        assert (await first.finder.find(BACKEND)).source == "eu"
    async with two_lokis(BACKEND) as (first, second):
        first.streams({"container_name": "other"})
        second.loki.answers(500, "broken")
        with pytest.raises(NoLog, match="no log found \\(eu: "):
            await first.finder.find(BACKEND)


async def test_a_service_that_names_its_loki_is_looked_for_there_alone() -> None:
    service = Http(id="backend", title="Backend", address="http://127.0.0.1:1", logs=LogPlace(loki="eu"))
    async with two_lokis(service) as (first, second):
        first.streams(NAMED)
        second.streams({"container_name": "other"})
        with pytest.raises(NoLog):
            await first.finder.find(service)
        assert first.loki.asked == []
