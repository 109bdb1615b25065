"""The `docker` kind: containers of services, what their states amount to, restarts and other images."""

from datetime import UTC, datetime, timedelta

import pytest

from sutaz_tui.config import KINDS
from sutaz_tui.config.kinds import Agent, Docker, Redis
from sutaz_tui.config.schema import Source
from sutaz_tui.model import ChangeKind, Status
from sutaz_tui.probes.base import Probe
from sutaz_tui.probes.directory import Directory
from tests.loopback import configured, probing
from tests.probes.docker_engine import LETTA, REDIS, Engine, ask, container, of, page
from tests.web import Reply, Web


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
        "memory": 4_000_000, "memory_limit": 128_000_000, "container_started": "2026-11-22T10:00:00+00:00",
    }  # fmt: skip
    assert claims["letta"].status is Status.DOWN
    assert claims["letta"].words == "Docker says exited, exit 137 (killed), restarts 2"
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


async def test_what_a_start_excuses_ends_with_its_period(web: Web) -> None:
    """Docker may fall silent in it: its last word was believed for three minutes."""
    engine = Engine(web)
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5)
    starting = page(started=began.isoformat(), start_period=20, Health={"Status": "starting"})
    engine.set(container(status="Up 5 seconds (health: starting)"), pages=starting)
    [claim] = (await ask(of(web.url, REDIS))).claims
    assert (claim.word, claim.until) == ("starting", began + timedelta(seconds=20))


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
            ("redis", ChangeKind.OOM, "container OOM-killed"),
            ("redis", ChangeKind.RESTART, "container restarted (exit 137, OOM), restarts 3"),
        ]
        assert await news(probe) == []


async def test_a_container_that_was_killed_and_stays_ended_is_told_once(web: Web) -> None:
    engine = Engine(web, container())
    killed = page(0, Status="exited", ExitCode=137, OOMKilled=True)
    async with probing(of(web.url, REDIS)) as probe:
        await probe.ask()
        engine.set(container(status="Exited (137) 1 second ago", state="exited"), pages=killed)
        assert await news(probe) == [("redis", ChangeKind.OOM, "container OOM-killed")]
        for _ in range(3):
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
        # Until all is known of all a round asks more; then no more than its kind says.
        for _ in range(8):
            claims = (await probe.ask()).claims
        assert all("memory" in claim.facts and "restarts" in claim.facts for claim in claims)
        web.asked.clear()
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
