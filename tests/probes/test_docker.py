"""The `docker` kind: answers as Docker words them, a real Podman, and sockets that are none."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.config import KINDS, Config
from sutaz_tui.config.kinds import Agent, Docker, Redis
from sutaz_tui.config.schema import ServiceConfig, Source
from sutaz_tui.model import Answer, ChangeKind, Status
from sutaz_tui.probes.base import Probe
from sutaz_tui.probes.directory import Directory
from tests.hostile import BYTES, STRINGS
from tests.loopback import configured, probing, reading, until
from tests.servers.podman import Podman
from tests.web import Reply, Web

LIST = "/containers/json"
REDIS = Redis(id="redis", title="Redis", container="stack-redis")
LETTA = Agent(id="letta", title="Letta", container="stack-letta")


def of(url: str, *others: ServiceConfig, timeout: float = 2.0, optional: bool = False) -> Config:
    entry = Docker(
        id="docker", title="Docker", source="d", timeout=timeout, interval=60.0, warn=1.9, optional=optional
    )
    return configured(entry, *others, sources={"d": Source(url=url)})


def container(
    name: str = "stack-redis", status: str = "Up 2 hours", state: str = "running", **more: object
) -> Any:
    entry = {"Id": f"id-{name}", "Names": [f"/{name}"], "Image": "redis:7", "ImageID": "sha256:" + "a" * 64}
    return entry | {"State": state, "Status": status} | more


def page(restarts: int = 0, started: str = "2026-11-22T10:00:00Z", memory: int = 0, **state: object) -> Reply:
    known = {"Status": "running", "StartedAt": started, "ExitCode": 0, "OOMKilled": False}
    return Reply(body={"State": known | state, "RestartCount": restarts, "HostConfig": {"Memory": memory}})


STATS = Reply(body={"memory_stats": {"usage": 5_000_000, "stats": {"inactive_file": 1_000_000}, "limit": 9}})


class Engine:
    """The routes of an engine whose containers a test may change."""

    def __init__(self, web: Web, *containers: Any) -> None:
        self.web = web
        self.set(*containers)

    def set(self, *containers: Any, pages: Reply | None = None) -> None:
        self.web.routes = {LIST: Reply(body=list(containers), headers={"Server": "Docker/27.3.1 (linux)"})}
        for entry in containers:
            self.web.routes[f"/containers/{entry['Id']}/json"] = pages or page()
            self.web.routes[f"/containers/{entry['Id']}/stats"] = STATS


async def ask(config: Config) -> Answer:
    async with probing(config) as probe:
        return await probe.ask()


async def test_containers_are_matched_to_services_by_name(web: Web) -> None:
    engine = Engine(web)
    engine.set(
        container(status="Up 2 hours (healthy)"),
        container("stack-letta", "Exited (137) 4 minutes ago", "exited"),
        container("stranger", "Exited (0) 4 minutes ago", "exited"),
        pages=page(restarts=2, memory=128_000_000),
    )
    missing = Agent(id="aider", title="Aider", container="stack-aider")
    answer = await ask(of(web.url, REDIS, LETTA, missing))
    found = answer.readings[0]
    assert found.status is Status.UP
    assert found.summary == "Docker 27.3.1: 1 of 3 running, exited: stack-letta"
    assert (found.facts["containers"], found.facts["matched"], found.facts["version"]) == (
        3,
        2,
        "Docker 27.3.1",
    )
    claims = {claim.service_id: claim for claim in answer.claims}
    assert claims["redis"].status is Status.UP
    assert claims["redis"].words == "Docker says running (healthy), restarts 2"
    assert claims["redis"].facts == {
        "container_state": "running", "health": "healthy", "image": "redis:7", "restarts": 2, "oom": False,
        "memory": 4_000_000, "memory_limit": 128_000_000,
    }  # fmt: skip
    assert claims["letta"].status is Status.DOWN
    assert claims["letta"].words == "Docker says exited, exit 137, restarts 2"
    assert (claims["letta"].facts["exit_code"], "memory" in claims["letta"].facts) == (137, False)
    assert (claims["aider"].status, claims["aider"].words) == (None, "Docker has no container stack-aider")
    assert not answer.changes


async def test_a_container_that_does_not_run_is_never_asked_for_its_memory(web: Web) -> None:
    engine = Engine(web)
    engine.set(container(), container("stack-letta", "Exited (1) 4 minutes ago", "exited"))
    async with probing(of(web.url, REDIS, LETTA)) as probe:
        for _ in range(4):
            answer = await probe.ask()
            assert answer.readings[0].status is Status.UP
    asked = {line.partition("?")[0] for line in web.asked if "/stats" in line}
    assert asked == {"GET /containers/id-stack-redis/stats"}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("abc", "stack-a, stack-b, stack-c"),
        ("abcd", "stack-a, stack-b, stack-c and 1 more"),
        ("abcde", "stack-a, stack-b, stack-c and 2 more"),
    ],
)
async def test_of_many_containers_that_ended_three_are_named(web: Web, names: str, words: str) -> None:
    Engine(web, *(container(f"stack-{name}", "Exited (1) 4 minutes ago", "exited") for name in names))
    agents = [Agent(id=name, title=name, container=f"stack-{name}") for name in names]
    found = (await ask(of(web.url, *agents))).readings[0]
    assert found.summary == f"Docker 27.3.1: 0 of {len(names)} running, exited: {words}"


@pytest.mark.parametrize(
    ("state", "status", "verdict"),
    [
        ("running", "Up 4 minutes", Status.UP),
        ("running", "Up 4 seconds (health: starting)", Status.UP),
        ("running", "Up 4 minutes (unhealthy)", Status.DEGRADED),
        ("restarting", "Restarting (1) 5 seconds ago", Status.DEGRADED),
        ("paused", "Up 4 minutes (Paused)", Status.DEGRADED),
        ("exited", "Exited (0) 4 minutes ago", Status.DOWN),
        ("dead", "Dead", Status.DOWN),
        ("created", "Created", Status.DOWN),
        ("something", "", None),
    ],
)
async def test_what_a_state_amounts_to(web: Web, state: str, status: str, verdict: Status | None) -> None:
    Engine(web, container(status=status, state=state))
    answer = await ask(of(web.url, REDIS))
    assert [claim.status for claim in answer.claims] == [verdict]
    assert answer.readings[0].status is Status.UP


async def news(probe: Probe) -> list[tuple[str, ChangeKind, str]]:
    return [(change.service_id, change.kind, change.words) for change in (await probe.ask()).changes]


async def test_a_restart_between_two_asks_is_told(web: Web) -> None:
    engine = Engine(web, container())
    async with probing(of(web.url, REDIS)) as probe:
        assert await news(probe) == []
        assert await news(probe) == []
        engine.set(
            container(status="Up 3 seconds"),
            pages=page(3, "2026-11-22T12:00:00Z", OOMKilled=True, ExitCode=137),
        )
        assert await news(probe) == [
            ("redis", ChangeKind.OOM, "container out of memory, killed"),
            ("redis", ChangeKind.RESTART, "container restarted (exit 137, OOM), restarts 3"),
        ]
        assert await news(probe) == []


async def test_the_exit_code_is_remembered_where_the_engine_forgets_it(web: Web) -> None:
    engine = Engine(web, container())
    async with probing(of(web.url, REDIS)) as probe:
        await probe.ask()
        ended = page(0, Status="exited", ExitCode=3)
        engine.set(container(status="Exited (3) 1 second ago", state="exited"), pages=ended)
        assert await news(probe) == []
        engine.set(container(status="Up 1 second"), pages=page(0, "2026-11-22T12:00:00Z"))
        assert await news(probe) == [("redis", ChangeKind.RESTART, "container restarted (exit 3)")]


async def test_a_restart_loop_is_told_by_its_count(web: Web) -> None:
    engine = Engine(web)
    looping = container(status="Restarting (1) 5 seconds ago", state="restarting")
    async with probing(of(web.url, REDIS)) as probe:
        engine.set(looping, pages=page(4, Status="restarting", ExitCode=1))
        await probe.ask()
        engine.set(looping, pages=page(6, "2026-11-22T12:00:00Z", Status="restarting", ExitCode=1))
        assert await news(probe) == [
            ("redis", ChangeKind.RESTART, "container restarted (exit 1), restarts 6")
        ]


async def test_another_image_and_a_recreated_container(web: Web) -> None:
    engine = Engine(web, container())
    async with probing(of(web.url, REDIS)) as probe:
        await probe.ask()
        other = container(Id="id-2", Image="redis:8", ImageID="sha256:" + "b" * 64)
        engine.set(other)
        assert await news(probe) == [
            ("redis", ChangeKind.IMAGE, "container recreated, image changed: redis:7 to redis:8")
        ]
        engine.set(other | {"Id": "id-3", "ImageID": "sha256:" + "c" * 64})
        assert await news(probe) == [
            (
                "redis",
                ChangeKind.IMAGE,
                "container recreated, image changed: redis:8: bbbbbbbbbbbb to cccccccccccc",
            )
        ]
        engine.set(other | {"Id": "id-4", "ImageID": "sha256:" + "c" * 64})
        assert await news(probe) == [("redis", ChangeKind.RESTART, "container recreated from redis:8")]


async def test_the_words_of_a_running_time_are_no_restart_as_they_grow(web: Web) -> None:
    words = (
        "Less than a second", "1 second", "59 seconds", "About a minute", "2 minutes", "59 minutes",
        "About an hour", "2 hours", "47 hours", "2 days", "13 days", "2 weeks", "8 weeks", "2 months", "2 years",
    )  # fmt: skip
    engine = Engine(web)
    async with probing(of(web.url, REDIS)) as probe:
        for word in words:
            engine.set(container(status=f"Up {word}"))
            assert await news(probe) == []


async def test_what_a_round_asks(web: Web) -> None:
    many = [container(f"c{n}") for n in range(30)]
    Engine(web, *many)
    services = [Redis(id=f"s{n}", title=f"S{n}", container=f"c{n}") for n in range(30)]
    async with probing(of(web.url, *services)) as probe:
        rounds = 60
        for _ in range(rounds):
            await probe.ask()
        assert len(web.asked) / rounds <= KINDS["docker"].requests
        memory = [
            claim
            for claim in (await probe.ask()).claims
            if "memory" in claim.facts and "restarts" in claim.facts
        ]
    assert len(memory) == 30
    assert web.connections == 1


async def test_a_thousand_containers(web: Web) -> None:
    Engine(web, *[container(f"c{n}", Labels={"x": "y" * 1500}) for n in range(1000)])
    answer = await ask(of(web.url, Redis(id="s", title="S", container="c999")))
    assert answer.readings[0].facts["containers"] == 1000
    assert answer.claims[0].status is Status.UP


async def test_a_stuck_container_degrades_and_leaves_the_others_alone(web: Web) -> None:
    engine = Engine(web, container(), container("stack-letta"))
    engine.web.routes["/containers/id-stack-redis/json"] = Reply(behave="silent")
    async with probing(of(web.url, REDIS, LETTA, timeout=0.6)) as probe:
        answer = await probe.ask()
        assert (answer.readings[0].status, answer.readings[0].word) == (Status.DEGRADED, "details")
        assert "no details of stack-redis: " in answer.readings[0].summary
        answer = await probe.ask()
        assert {claim.service_id for claim in answer.claims if "restarts" in claim.facts} == {"letta"}
        assert answer.readings[0].status is Status.DEGRADED


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>"), Reply(200, {}), Reply(200, b"7"), Reply(200, b"null"), Reply(200, [1]), Reply(200, [{}]),
        Reply(200, [{"Id": "../x", "Names": ["/stack-redis"], "State": "running"}]), Reply(200, [{"Id": "a", "State": 7}]),
        Reply(404, {"message": "page not found"}), Reply(500, {"message": "boom"}), Reply(behave="endless"),
        Reply(behave="hangup"), Reply(behave="reset"), Reply(behave="truncated"), Reply(behave="silent"),
    ],
)  # fmt: skip
async def test_what_is_no_engine_is_down_with_a_sentence(web: Web, reply: Reply) -> None:
    web.routes = {LIST: reply}
    found = (await ask(of(web.url, REDIS, timeout=0.7))).readings[0]
    assert found.status is Status.DOWN, found
    assert found.error is not None and found.error.startswith("Docker: ")
    assert "Error" not in found.error and "Exception" not in found.error


@pytest.mark.parametrize(
    "reply",
    [Reply(200, b"<html>"), Reply(200, {}), Reply(200, {"State": "x"}), Reply(200, {"State": {"ExitCode": "x"}}),
     Reply(500, {"message": "boom"}), Reply(behave="reset")],
)  # fmt: skip
async def test_a_page_that_is_none_degrades(web: Web, reply: Reply) -> None:
    Engine(web, container())
    web.routes["/containers/id-stack-redis/json"] = reply
    answer = await ask(of(web.url, REDIS))
    assert answer.readings[0].status is Status.DEGRADED
    assert "restarts" not in answer.claims[0].facts


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, {"message": "no such container"}),
        Reply(200, b""),
        Reply(200, {}),
        Reply(200, {"memory_stats": {"usage": "x"}}),
    ],
)
async def test_memory_that_is_not_told_is_missing(web: Web, reply: Reply) -> None:
    Engine(web, container())
    web.routes["/containers/id-stack-redis/stats"] = reply
    answer = await ask(of(web.url, REDIS))
    assert answer.readings[0].status is Status.UP
    assert "memory" not in answer.claims[0].facts and "restarts" in answer.claims[0].facts


@pytest.mark.parametrize("name", STRINGS)
async def test_hostile_names_are_made_safe(web: Web, name: str) -> None:
    text = STRINGS[name]
    Engine(
        web,
        container(Image=text, State=text, Status=text),
        container("other", State=text, Names=[text], Id="other"),
    )
    answer = await ask(of(web.url, REDIS))
    assert answer.readings[0].status is Status.UP and answer.readings[0].summary.isprintable()
    assert answer.claims and all(claim.words.isprintable() for claim in answer.claims)
    assert all(str(fact).isprintable() for claim in answer.claims for fact in claim.facts.values())


@pytest.mark.parametrize("name", BYTES)
async def test_hostile_bodies_are_down(web: Web, name: str) -> None:
    web.routes = {LIST: Reply(body=BYTES[name])}
    found = (await ask(of(web.url))).readings[0]
    assert found.status is Status.DOWN and found.summary.isprintable()


# Sockets.


async def test_a_missing_socket_file(tmp_path: Path) -> None:
    url = f"unix://{tmp_path / 'none.sock'}"
    found = (await ask(of(url))).readings[0]
    assert found.status is Status.DOWN and found.summary.endswith("none.sock is missing")
    found = (await ask(of(url, optional=True))).readings[0]
    assert (found.status, found.error) == (Status.ABSENT, None)


@pytest.fixture
def closed_socket(tmp_path: Path) -> Iterator[Path]:
    """A socket that listens and that this process may not open."""
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        path.chmod(0)
        user = os.geteuid()
        if user == 0:
            # root may open anything.
            for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
                folder.chmod(0o755)
            os.seteuid(65534)
        try:
            yield path
        finally:
            os.seteuid(user)


async def test_a_socket_that_we_may_not_open(closed_socket: Path) -> None:
    found = (await ask(of(f"unix://{closed_socket}", optional=True))).readings[0]
    assert (found.status, found.word, found.backs_off) == (Status.UNKNOWN, "denied", True)
    assert found.error is not None and "add this user to the group docker" in found.error


# Against a real Podman.


async def test_a_real_podman(podman: Podman) -> None:
    await asyncio.to_thread(podman.run_container, "stack-redis", "sleep 1000", "--memory", "64m")
    await asyncio.to_thread(podman.run_container, "stack-letta", "exit 3")
    async with probing(of(f"unix://{podman.socket_path}", REDIS, LETTA, timeout=5.0)) as probe:
        last: list[Answer] = []

        async def is_whole() -> bool:
            last[:] = [await probe.ask()]
            claims = {claim.service_id: claim for claim in last[0].claims}
            return "exited, exit 3" in claims["letta"].words and "memory" in claims["redis"].facts

        await until(is_whole, within=20.0)
        claims = {claim.service_id: claim for claim in last[0].claims}
        assert last[0].readings[0].summary.startswith("Podman ")
        assert last[0].readings[0].summary.endswith("1 of 2 running, exited: stack-letta")
        assert (claims["redis"].status, claims["redis"].words) == (Status.UP, "Docker says running")
        assert claims["redis"].facts["memory_limit"] == 64 * 1024 * 1024
        assert 0 < int(claims["redis"].facts["memory"]) < 64 * 1024 * 1024
        assert (claims["letta"].status, claims["letta"].words) == (Status.DOWN, "Docker says exited, exit 3")

        told: list[str] = []

        async def is_told() -> bool:
            told.extend(
                change.words for change in (await probe.ask()).changes if change.kind is ChangeKind.RESTART
            )
            return bool(told)

        await asyncio.to_thread(podman.podman, "restart", "--time", "0", "stack-redis")
        await until(is_told, within=20.0)
        assert told == ["container restarted"]

        async def has_ended() -> bool:
            return any(claim.words == "Docker says exited, exit 137" for claim in (await probe.ask()).claims)

        told.clear()
        await asyncio.to_thread(podman.podman, "kill", "stack-redis")
        await until(has_ended, within=20.0)
        await asyncio.to_thread(podman.podman, "start", "stack-redis")
        await until(is_told, within=20.0)
        assert told == ["container restarted (exit 137)"]


async def test_a_real_podman_stopped_paused_and_back(podman: Podman) -> None:
    async with probing(of(f"unix://{podman.socket_path}", timeout=1.0)) as probe:
        assert (await reading(probe)).status is Status.UP
        await asyncio.to_thread(podman.pause)
        hung = await reading(probe)
        assert (hung.status, hung.backs_off) == (Status.DOWN, True)
        await asyncio.to_thread(podman.resume)
        await asyncio.to_thread(podman.stop)
        assert (await reading(probe)).status is Status.DOWN
        await asyncio.to_thread(podman.start)
        assert (await reading(probe)).status is Status.UP


async def test_a_container_of_the_same_name_on_another_host_is_another_one(web: Web) -> None:
    Engine(web, container("db"))
    a = Docker(id="docker-a", title="Docker a", source="a", interval=60.0)
    b = Docker(id="docker-b", title="Docker b", source="b", interval=60.0)
    here = Redis(id="here", title="Here", container="db", docker="a")
    there = Redis(id="there", title="There", container="db", docker="b")
    config = configured(a, b, here, there, sources={"a": Source(url=web.url), "b": Source(url=web.url)})
    for id, meant in (("docker-a", "here"), ("docker-b", "there")):
        async with probing(config, id) as probe:
            assert [claim.service_id for claim in (await probe.ask()).claims] == [meant]
    directory = Directory(config)
    assert (directory.by_container("db", "a"), directory.by_container("db", "b")) == ("here", "there")
    assert directory.by_container("db") is None, "who does not say which Docker means nobody"
