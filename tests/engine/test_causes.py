"""Which of the things that are wrong is the cause."""

from sutaz_tui.engine.causes import headline
from sutaz_tui.engine.dependencies import host_of
from sutaz_tui.errors import BadAnswer, NoNameServer, NotListening, Refused, Unreachable
from sutaz_tui.model import NAME_SERVER, Status
from sutaz_tui.probes.base import Finding
from tests.engine.scripted import Stand, docker, tcp

DEGRADED = Finding("its database is unreachable", Status.DEGRADED, 0.003, "db")


def refuse(stand: Stand, *ids: str) -> None:
    for id in ids:
        stand[id].error = Refused(id.upper(), ":1 refused")


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
        refuse(stand, "backend")
        stand["kong"].finding = DEGRADED
        await stand.run(35)
        snapshot = stand.engine.snapshot()
        [cause] = snapshot.causes
        assert cause.id == "postgres"
        assert set(cause.affected) == {"backend", "kong"}
        assert set(cause.needed_by) == {"backend", "kong", "frontend", "exporter"}
        words = headline(cause, snapshot.at)
        assert words.startswith("POSTGRES DOWN ")
        assert words.endswith(":1 refused.  4 need it: 2 failing, 2 still up")
        because = {state.service.id: state.because for state in snapshot.services}
        assert because == {
            "postgres": "", "backend": "postgres", "kong": "postgres", "frontend": "", "redis": "", "exporter": "",
        }  # fmt: skip


async def test_what_failed_before_is_a_cause_of_its_own() -> None:
    async with stack() as stand:
        refuse(stand, "backend")
        await stand.run(60)
        refuse(stand, "postgres")
        await stand.run(30)
        snapshot = stand.engine.snapshot()
        assert {cause.id for cause in snapshot.causes} == {"backend", "postgres"}
        assert stand.state("backend").because == ""


async def test_a_dependent_that_is_asked_sooner_is_still_behind_its_cause() -> None:
    async with Stand(
        tcp("postgres", interval=30, host="db"), tcp("backend", needs=("postgres",), interval=2, host="app")
    ) as stand:
        await stand.run(40)
        refuse(stand, "postgres", "backend")
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
        assert stand.state("backend").because == ""
        assert stand.status("postgres") is Status.DOWN


async def test_everything_on_one_host_refusing_is_one_cause() -> None:
    services = [tcp(f"s{n}", interval=10 + n) for n in range(12)]
    async with Stand(*services) as stand:
        await stand.run(30)
        refuse(stand, *(service.id for service in services))
        await stand.run(40)
        snapshot = stand.engine.snapshot()
        [cause] = snapshot.causes
        assert cause.id == "host:127.0.0.1"
        assert len(cause.affected) == 12
        assert headline(cause, snapshot.at).startswith("all of 127.0.0.1 refused since ")


async def test_two_on_one_host_that_fail_are_told_one_by_one_and_three_as_the_host() -> None:
    for many, causes in ((2, {"s0", "s1"}), (3, {"host:127.0.0.1"})):
        services = [tcp(f"s{n}") for n in range(many)]
        async with Stand(*services) as stand:
            await stand.run(30)
            refuse(stand, *(service.id for service in services))
            await stand.run(40)
            assert {cause.id for cause in stand.engine.snapshot().causes} == causes


async def test_one_service_that_still_answers_means_the_host_is_not_the_cause() -> None:
    services = [tcp(f"s{n}") for n in range(6)]
    async with Stand(*services) as stand:
        refuse(stand, *(service.id for service in services[:5]))
        await stand.run(40)
        assert {cause.id for cause in stand.engine.snapshot().causes} == {f"s{n}" for n in range(5)}


async def test_what_is_not_deployed_on_a_failed_host_does_not_speak_for_it() -> None:
    gone = [tcp(f"gone{n}", optional=True, host="app") for n in range(4)]
    fallen = [tcp(f"s{n}", host="app") for n in range(3)]
    async with Stand(*gone, *fallen) as stand:
        for service in gone:
            stand[service.id].error = NotListening(service.title, ":1 refused")
        await stand.run(30)
        assert {stand.status(service.id) for service in gone} == {Status.ABSENT}
        refuse(stand, *(service.id for service in fallen))
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


async def test_what_fell_with_its_host_is_not_behind_a_service_beside_it() -> None:
    fallen = [tcp(f"s{n}", needs=("broker",)) for n in range(5)]
    async with Stand(tcp("broker", host="queue"), *fallen) as stand:
        await stand.run(20)
        refuse(stand, "broker", *(service.id for service in fallen))
        await stand.run(40)
        causes = {cause.id: cause for cause in stand.engine.snapshot().causes}
        assert set(causes["host:127.0.0.1"].affected) == {service.id for service in fallen}
        assert causes["broker"].affected == ()
        assert stand.state("s0").because == "host:127.0.0.1"


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
        silent, frontend = snapshot.causes
        assert (silent.id, silent.affected) == (NAME_SERVER, ("postgres", "backend", "kong"))
        assert "the name server does not answer since" in headline(silent, snapshot.at)
        assert frontend.id == "frontend"
        assert [stand.state(id).because for id in ("kong", "redis")] == [NAME_SERVER, ""]
        for id in ("postgres", "backend", "kong", "frontend"):
            stand[id].error = None
        await stand.run(12)
        assert stand.engine.snapshot().causes == ()
        assert stand.state("kong").because == ""


async def test_what_runs_in_a_container_hangs_on_docker_and_on_what_needs_it() -> None:
    web = tcp("web", host="web", container="web")
    async with Stand(docker("engine"), web, tcp("shop", needs=("web",), host="shop")) as stand:
        await stand.run(20)
        refuse(stand, "engine")
        await stand.run(20)
        [cause] = stand.engine.snapshot().causes
        assert (cause.id, cause.needed_by) == ("engine", ("web", "shop"))
        assert stand.engine.store.dependencies.needed_by("engine") == ("web", "shop")


async def test_the_docker_of_another_host_is_no_cause() -> None:
    hosts = [docker(f"docker-{name}") for name in "abc"]
    services = [tcp(f"db-{name}", host=name, container="db", docker=f"docker-{name}") for name in "ab"]
    async with Stand(*hosts, *services) as stand:
        await stand.run(20)
        refuse(stand, "docker-c")
        await stand.run(20)
        refuse(stand, "db-a", "docker-b")
        await stand.run(40)
        causes = {cause.id: cause.needed_by for cause in stand.engine.snapshot().causes}
        assert causes == {"docker-c": (), "db-a": (), "docker-b": ("db-b",)}
        assert stand.state("db-a").because == ""


def test_a_circle_through_docker_ends() -> None:
    made = Stand(docker("engine", depends_on=["web"]), tcp("web", container="web"))
    graph = made.engine.store.dependencies
    assert (graph.needed_by("engine"), graph.needed_by("web")) == (("web",), ("engine",))
