"""Which of the things that are wrong is the cause."""

import errno
from datetime import UTC, datetime

import pytest

from sutaz_tui.engine.causes import headline
from sutaz_tui.engine.dependencies import host_of
from sutaz_tui.engine.news.items import items_of
from sutaz_tui.errors import (
    BadAnswer,
    NoHost,
    NoNameServer,
    NotListening,
    Refused,
    SourceError,
    TimedOut,
    Unreachable,
)
from sutaz_tui.model import NAME_SERVER, Cause, Claim, Failure, Status
from sutaz_tui.probes.base import Finding
from sutaz_tui.sources.failures import network_error
from tests.engine.scripted import Stand, docker, tcp

DEGRADED = Finding("its database is unreachable", Status.DEGRADED, 0.003, "db")


def refuse(stand: Stand, *ids: str) -> None:
    for id in ids:
        stand[id].error = Refused(id.upper(), ":1 refused")


def hang(stand: Stand, *ids: str) -> None:
    for id in ids:
        stand[id].error = TimedOut(id.upper(), "no answer within 5 s")


def stack() -> Stand:
    return Stand(
        tcp("postgres", host="db"),
        tcp("backend", needs=("postgres",), host="app"),
        tcp("kong", needs=("postgres",), host="gate"),
        tcp("frontend", needs=("backend",), host="web"),
        tcp("redis", host="cache"),
        tcp("exporter", needs=("postgres",), host="mon"),
    )


async def test_one_database_down_and_what_failed_after_it() -> None:
    async with stack() as stand:
        await stand.run(20)
        refuse(stand, "postgres")
        await stand.run(3)
        hang(stand, "backend")
        stand["kong"].finding = DEGRADED
        await stand.run(35)
        snapshot = stand.engine.snapshot()
        [cause] = snapshot.causes
        assert cause.id == "postgres"
        assert set(cause.affected) == {"backend", "kong"}
        assert set(cause.needed_by) == {"backend", "kong", "frontend", "exporter"}
        words = headline(cause, snapshot.at)
        assert words.startswith("POSTGRES DOWN ")
        assert words.endswith(":1 refused.  4 dependents: 2 failing, 2 up")
        because = {state.service.id: state.because for state in snapshot.services if state.because}
        assert because == {"backend": ("postgres",), "kong": ("postgres",)}


async def test_what_failed_before_is_a_cause_of_its_own() -> None:
    async with stack() as stand:
        hang(stand, "backend")
        await stand.run(60)
        refuse(stand, "postgres")
        await stand.run(30)
        snapshot = stand.engine.snapshot()
        assert {cause.id for cause in snapshot.causes} == {"backend", "postgres"}
        assert stand.state("backend").because == ()


async def test_a_dependent_that_is_asked_sooner_is_still_behind_its_cause() -> None:
    async with Stand(
        tcp("postgres", interval=30, host="db"), tcp("backend", needs=("postgres",), interval=2, host="app")
    ) as stand:
        await stand.run(40)
        refuse(stand, "postgres")
        hang(stand, "backend")
        await stand.run(45)
        [cause] = stand.engine.snapshot().causes
        assert cause.id == "postgres"
        assert cause.affected == ("backend",)


async def test_those_behind_a_cause_are_still_asked_and_recover_by_themselves() -> None:
    async with stack() as stand:
        refuse(stand, "postgres", "backend")
        await stand.run(60)
        stand["backend"].error = None
        await stand.run(15)
        assert stand.status("backend") is Status.UP
        assert stand.state("backend").because == ()
        assert stand.status("postgres") is Status.DOWN


async def test_everything_on_one_host_that_keeps_silent_is_one_cause() -> None:
    services = [tcp(f"s{n}", interval=10 + n) for n in range(12)]
    async with Stand(*services) as stand:
        await stand.run(30)
        hang(stand, *(service.id for service in services))
        await stand.run(40)
        snapshot = stand.engine.snapshot()
        [cause] = snapshot.causes
        assert cause.id == "host:127.0.0.1"
        assert len(cause.affected) == 12
        assert headline(cause, snapshot.at).startswith("all of 127.0.0.1 is silent since ")


async def test_two_on_one_host_that_fail_are_told_one_by_one_and_three_as_the_host() -> None:
    for many, causes in ((2, {"s0", "s1"}), (3, {"host:127.0.0.1"})):
        services = [tcp(f"s{n}") for n in range(many)]
        async with Stand(*services) as stand:
            await stand.run(30)
            hang(stand, *(service.id for service in services))
            await stand.run(40)
            assert {cause.id for cause in stand.engine.snapshot().causes} == causes


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        pytest.param(Refused("S", ":1 refused"), None, id="they refuse, so that their host is there"),
        pytest.param(BadAnswer("S", "answers as SSH"), None, id="strangers answer"),
        pytest.param(
            None,
            Finding("answers 500", Status.DOWN, 0.01, "500", failure=Failure.SERVER),
            id="they answer 500",
        ),
    ],
)
async def test_no_host_is_silent_where_anything_answers(
    error: SourceError | None, finding: Finding | None
) -> None:
    services = [tcp(f"s{n}") for n in range(4)]
    async with Stand(*services) as stand:
        await stand.run(30)
        for service in services:
            stand[service.id].error = error
            stand[service.id].finding = finding or stand[service.id].finding
        await stand.run(40)
        assert {cause.id for cause in stand.engine.snapshot().causes} == {f"s{n}" for n in range(4)}


async def test_a_host_of_which_one_service_answered_in_the_same_round_is_not_silent() -> None:
    services = [tcp(f"s{n}", host="one") for n in range(4)]
    stand = Stand(*services, tcp("ok", host="one"))
    for service in services:
        stand[service.id].error = NoHost(service.title, "one:1 cannot be reached")
    async with stand:
        await stand.run(2)
        assert {cause.id for cause in stand.engine.snapshot().causes} == {f"s{n}" for n in range(4)}
        hang(stand, "ok")
        await stand.run(40)
        assert {cause.id for cause in stand.engine.snapshot().causes} == {"ok", *(f"s{n}" for n in range(4))}


async def test_one_service_that_still_answers_means_the_host_is_not_the_cause() -> None:
    services = [tcp(f"s{n}") for n in range(6)]
    async with Stand(*services) as stand:
        hang(stand, *(service.id for service in services[:5]))
        await stand.run(40)
        assert {cause.id for cause in stand.engine.snapshot().causes} == {f"s{n}" for n in range(5)}


async def test_what_is_not_deployed_speaks_for_its_host_as_long_as_its_port_refuses() -> None:
    gone = [tcp(f"gone{n}", optional=True, host="app") for n in range(2)]
    fallen = [tcp(f"s{n}", host="app") for n in range(3)]
    async with Stand(*gone, *fallen) as stand:
        for service in gone:
            stand[service.id].error = NotListening(service.title, ":1 refused")
        await stand.run(30)
        assert {stand.status(service.id) for service in gone} == {Status.ABSENT}
        hang(stand, *(service.id for service in fallen))
        await stand.run(40)
        assert {cause.id for cause in stand.engine.snapshot().causes} == {"s0", "s1", "s2"}
        for service in fallen:
            stand[service.id].error = None
        await stand.run(20)
        hang(stand, *(service.id for service in (*gone, *fallen)))
        await stand.run(40)
        assert [cause.id for cause in stand.engine.snapshot().causes] == ["host:app"]


async def test_degraded_alone_is_no_cause() -> None:
    async with stack() as stand:
        stand["kong"].finding = DEGRADED
        await stand.run(20)
        assert stand.engine.snapshot().causes == ()


async def test_another_service_on_the_port_is_a_cause_too() -> None:
    async with stack() as stand:
        stand["redis"].error = BadAnswer("REDIS", "answers as PostgreSQL")
        await stand.run(20)
        [cause] = stand.engine.snapshot().causes
        assert cause.words == "answers as PostgreSQL."


def test_host_of() -> None:
    assert host_of("127.0.0.1:10000") == "127.0.0.1"
    assert host_of("http://web:80/x:1") == "web"
    assert host_of("https://user:pw@web.example/") == "web.example"
    assert host_of("unix:///var/run/docker.sock") == ""
    assert host_of("") == ""
    assert host_of("[fd77::2]:8006") == host_of("http://[fd77::2]:80/x") == host_of("fd77::2") == "fd77::2"


async def test_what_fell_with_its_host_is_not_behind_a_service_beside_it() -> None:
    fallen = [tcp(f"s{n}", needs=("broker",)) for n in range(5)]
    async with Stand(tcp("broker", host="queue"), *fallen) as stand:
        await stand.run(20)
        hang(stand, "broker", *(service.id for service in fallen))
        await stand.run(40)
        causes = {cause.id: cause for cause in stand.engine.snapshot().causes}
        assert set(causes["host:127.0.0.1"].affected) == {service.id for service in fallen}
        assert causes["broker"].affected == ()
        assert stand.state("s0").because == ("host:127.0.0.1",)


async def test_a_name_server_that_keeps_silent_is_the_one_cause_and_nobody_is_down() -> None:
    async with stack() as stand:
        await stand.run(20)
        for id in ("postgres", "backend", "kong"):
            stand[id].error = NoNameServer(
                id, "the name server does not answer for db; check DNS of this machine"
            )
        stand["redis"].error = Unreachable("Redis", "the name cache does not resolve")
        refuse(stand, "frontend")
        await stand.run(20)
        snapshot = stand.engine.snapshot()
        assert [stand.status(id) for id in ("postgres", "backend", "kong")] == [Status.UNKNOWN] * 3
        frontend, silent = sorted(snapshot.causes, key=lambda cause: cause.is_service, reverse=True)
        assert (silent.id, silent.affected) == (NAME_SERVER, ("postgres", "backend", "kong"))
        assert "the name server does not answer since" in headline(silent, snapshot.at)
        assert frontend.id == "frontend"
        assert [stand.state(id).because for id in ("kong", "redis")] == [(NAME_SERVER,), ()]
        for id in ("postgres", "backend", "kong", "frontend"):
            stand[id].error = None
        await stand.run(12)
        assert stand.engine.snapshot().causes == ()
        assert stand.state("kong").because == ()


async def test_a_link_that_is_down_is_the_monitors_own_trouble_and_nobody_elses_cause() -> None:
    async with stack() as stand:
        await stand.run(20)
        hang(stand, "postgres")
        for id in ("backend", "kong", "frontend", "redis", "exporter"):
            stand[id].error = network_error(id, f"{id}:80", OSError(errno.ENETUNREACH, "unreachable"))
        await stand.run(20)
        snapshot = stand.engine.snapshot()
        assert [stand.status(id) for id in ("backend", "kong")] == [Status.UNKNOWN] * 2
        assert [state.because for state in snapshot.services] == [()] * 6
        assert [*items_of(snapshot, ("down", "unknown"))] == ["network"]


async def test_a_docker_that_cannot_be_asked_is_no_cause_of_what_runs_in_its_containers() -> None:
    services = [
        tcp(id, host=id, container=id) for id in ("redis", "postgres", "web", "loki", "kong", "faiss")
    ]
    async with Stand(docker("engine"), *services) as stand:
        await stand.run(20)
        refuse(stand, "redis")
        stand["postgres"].finding = DEGRADED
        stand["engine"].finding = Finding("the socket file is missing", Status.UNKNOWN, word="?")
        await stand.run(20)
        assert [cause.id for cause in stand.engine.snapshot().causes] == ["redis"]
        assert [stand.state(id).because for id in ("redis", "postgres")] == [(), ()]
        assert stand.engine.store.dependencies.needed_by("engine") == ()


async def test_a_port_that_refuses_is_its_own_cause_whatever_else_is_down() -> None:
    async with Stand(tcp("loki", host="a"), tcp("grafana", needs=("loki",), host="b")) as stand:
        await stand.run(20)
        refuse(stand, "loki")
        await stand.run(30)
        refuse(stand, "grafana")
        await stand.run(15)
        grafana, loki = stand.engine.snapshot().causes
        assert (grafana.id, loki.id, loki.affected) == ("grafana", "loki", ())


async def test_a_container_that_ended_after_its_database_did_is_behind_it() -> None:
    async with Stand(
        tcp("postgres", host="a"), tcp("kong", needs=("postgres",), host="b"), tcp("docker", host="c")
    ) as stand:
        await stand.run(20)
        refuse(stand, "postgres")
        await stand.run(15)
        refuse(stand, "kong")
        facts = {"container_state": "restarting"}
        stand["docker"].claims = (
            Claim("kong", "Docker", Status.DEGRADED, "Docker says restarting", stand.clock.now(), facts),
        )
        await stand.run(15)
        [cause] = stand.engine.snapshot().causes
        assert (cause.id, cause.affected) == ("postgres", ("kong",))


async def test_a_first_round_knows_no_order_and_believes_only_the_services_own_words() -> None:
    stand = Stand(
        tcp("ollama", title="Ollama (agents)", host="a"),
        tcp("neo4j", title="Neo4j", host="b"),
        tcp("letta", needs=("ollama",), host="c"),
        tcp("frontend", needs=("neo4j",), host="d"),
    )
    refuse(stand, "ollama", "neo4j")
    stand["letta"].finding = Finding(
        "its model is unreachable", Status.DEGRADED, error="LETTA: look at the Ollama that it uses"
    )
    stand["frontend"].finding = Finding("answers 307", Status.DEGRADED, word="307")
    async with stand:
        await stand.run(3)
        assert stand.state("letta").because == ("ollama",)
        assert stand.state("frontend").because == ()


async def test_all_causes_of_a_service_are_named() -> None:
    needs = ("neo4j", "qdrant", "kong")
    async with Stand(*(tcp(id, host=id) for id in needs), tcp("backend", needs=needs, host="app")) as stand:
        await stand.run(20)
        refuse(stand, *needs)
        stand["backend"].finding = DEGRADED
        await stand.run(30)
        assert set(stand.state("backend").because) == set(needs)


async def test_what_hangs_on_what_hangs_on_the_cause_is_behind_the_cause_alone() -> None:
    async with stack() as stand:
        await stand.run(20)
        refuse(stand, "postgres")
        await stand.run(12)
        hang(stand, "backend", "frontend")
        await stand.run(30)
        [cause] = stand.engine.snapshot().causes
        assert (cause.id, cause.affected) == ("postgres", ("backend", "frontend"))


async def test_of_two_that_need_each_other_each_is_a_cause() -> None:
    async with Stand(tcp("a", needs=("b",), host="a"), tcp("b", needs=("a",), host="b")) as stand:
        await stand.run(20)
        hang(stand, "a", "b")
        await stand.run(30)
        assert {cause.id for cause in stand.engine.snapshot().causes} == {"a", "b"}


# Which of several is told.


async def lead(stand: Stand) -> str:
    return stand.engine.snapshot().causes[0].id


async def test_what_is_newer_takes_the_head_from_a_service_that_is_down_for_an_hour() -> None:
    async with Stand(
        tcp("loki", host="a"), tcp("promtail", needs=("loki",), host="b"), tcp("chromadb", host="c"),
        tcp("web", needs=("chromadb",), host="d"),
    ) as stand:  # fmt: skip
        await stand.run(20)
        refuse(stand, "loki")
        stand["promtail"].finding = DEGRADED
        await stand.run(3600)
        assert await lead(stand) == "loki"
        stand.engine.key_pressed()
        await stand.run(10)
        refuse(stand, "chromadb")
        await stand.run(14)
        assert stand.status("chromadb") is Status.DOWN
        assert await lead(stand) == "chromadb"


async def test_what_does_less_harm_waits_behind_the_older_and_the_list_shows_the_newest() -> None:
    needs = tuple(tcp(f"web{n}", needs=("postgres",), host="w") for n in range(3))
    async with Stand(tcp("postgres", host="a"), *needs, tcp("mail", host="m"), tcp("fax", host="f")) as stand:
        await stand.run(20)
        refuse(stand, "postgres")
        for web in needs:
            stand[web.id].finding = DEGRADED
        await stand.run(30)
        refuse(stand, "mail")
        await stand.run(20)
        refuse(stand, "fax")
        await stand.run(20)
        assert [cause.id for cause in stand.engine.snapshot().causes] == ["postgres", "fax", "mail"]


async def test_a_leaf_that_flaps_never_takes_the_head() -> None:
    async with Stand(tcp("loki", host="a"), tcp("mail", host="m")) as stand:
        await stand.run(20)
        refuse(stand, "loki")
        await stand.run(30)
        seen = []
        for _ in range(5):
            refuse(stand, "mail")
            await stand.run(20)
            seen.append(await lead(stand))
            stand["mail"].error = None
            await stand.run(20)
        assert seen == ["mail", "mail", "loki", "loki", "loki"]


async def test_of_what_fell_together_that_which_most_need_is_told_first() -> None:
    stand = Stand(tcp("postgres", host="a"), tcp("web", needs=("postgres",), host="b"), tcp("mail", host="m"))
    refuse(stand, "postgres", "web", "mail")
    async with stand:
        await stand.run(3)
        assert await lead(stand) == "postgres"


def test_the_head_says_whom_to_call_and_what_to_read() -> None:
    now = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    cause = Cause(
        "db", "DB", now, "refused.", again="3rd time", owner="ann", runbook="https://wiki.example/db"
    )
    assert (
        headline(cause, now) == "DB DOWN 0s: refused.  3rd time  owner ann  runbook https://wiki.example/db"
    )
