"""The `container` kind: a row that only Docker and the container's own health check vouch for."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Container, Docker
from sutaz_tui.config.schema import Source
from sutaz_tui.model import ChangeKind, Reading, Status
from tests.loopback import configured, probing, reading, until
from tests.probes.docker_engine import LIST, Engine, container, page, stats
from tests.servers.podman import Podman
from tests.servers.process import ServerFailed
from tests.web import Reply, Web, web_server

WEB = Container(id="web", title="Web", container="shop-web", timeout=2.0, interval=60.0)
WORKER = Container(id="worker", title="Worker", project="shop", service="worker", timeout=2.0, interval=60.0)
HEALTHY = "Up 2 hours (healthy)"
EXITED = "Exited (0) 4 minutes ago"


def of(url: str, service: Container = WEB) -> Config:
    docker = Docker(id="docker", title="Docker", source="d", timeout=2.0, interval=60.0)
    return configured(service, docker, sources={"d": Source(url=url)})


def named(status: str = HEALTHY, state: str = "running", **more: object) -> Any:
    return container("shop-web", status, state, **more)


def replica(name: str, status: str = HEALTHY, state: str = "running", **labels: str) -> Any:
    known = {"project": "shop", "service": "worker"} | labels
    return container(
        name, status, state, Labels={f"com.docker.compose.{key}": value for key, value in known.items()}
    )


async def read(url: str, service: Container = WEB) -> Reading:
    async with probing(of(url, service)) as probe:
        return await reading(probe)


async def test_a_container_that_passes_its_health_check_is_up(web: Web) -> None:
    Engine(web, named(), container("other"))
    found = await read(web.url)
    assert (found.status, found.word, found.facts["checked"]) == (Status.UP, "", True)
    assert found.summary == "running (healthy)"
    assert "other" not in "".join(web.asked), "other containers are nothing of this row's"


async def test_a_container_without_a_health_check_is_running_and_unchecked(web: Web) -> None:
    Engine(web, named("Up 2 hours"))
    found = await read(web.url)
    assert (found.status, found.word, found.facts["checked"]) == (Status.UP, "running", False)
    assert found.summary == "running, no health check"


async def test_an_unhealthy_container_is_down_with_what_its_check_printed(web: Web) -> None:
    engine = Engine(web)
    said = {"Status": "unhealthy", "Log": [{"Output": "fine"}, {"Output": "curl: (7) refused\nafter 0 ms\n"}]}
    engine.set(named("Up 2 hours (unhealthy)"), pages=page(Health=said))
    found = await read(web.url)
    assert (found.status, found.word) == (Status.DOWN, "DOWN")
    assert found.summary == "running (unhealthy); its health check says: curl: (7) refused after 0 ms"


async def test_a_container_may_start_until_its_health_check_has_decided(web: Web) -> None:
    engine = Engine(web)
    for start_period in (300, 0):
        started = (datetime.now(UTC) - timedelta(seconds=12)).isoformat()
        starting = page(started=started, start_period=start_period, Health={"Status": "starting"})
        engine.set(named("Up 12 seconds (health: starting)"), pages=starting)
        found = await read(web.url)
        assert (found.status, found.word) == (Status.UP, "starting")


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (EXITED, "exited", "exited, exit 0"),
        ("Exited (137) 4 minutes ago", "exited", "exited, exit 137 (killed)"),
        ("Restarting (1) 5 seconds ago", "restarting", "restarting, exit 1"),
        ("Up 4 minutes (Paused)", "paused", "paused"),
        ("Created", "created", "created"),
        ("Dead", "dead", "dead"),
    ],
)
async def test_a_container_that_does_not_run_is_down(web: Web, status: str, state: str, words: str) -> None:
    Engine(web, named(status, state))
    found = await read(web.url)
    assert (found.status, found.summary) == (Status.DOWN, words)


async def test_why_docker_could_not_start_it_is_told(web: Web) -> None:
    engine = Engine(web)
    engine.set(named("Created", "created"), pages=page(Status="created", Error="port is already allocated"))
    assert (await read(web.url)).summary == "created; port is already allocated"


async def test_a_restart_loop_and_an_oom_kill_are_told(web: Web) -> None:
    engine = Engine(web)
    looping = named("Restarting (1) 5 seconds ago", "restarting")
    async with probing(of(web.url)) as probe:
        for restarts in (32, 33, 34, 35):
            engine.set(looping, pages=page(restarts, Status="restarting", ExitCode=1))
            answer = await probe.ask()
        assert (answer.readings[0].status, answer.readings[0].word) == (Status.DOWN, "loop 35")
        assert [change.kind for change in answer.changes] == [ChangeKind.RESTART]
        assert answer.changes[0].service_id == "web"
    engine.set(named(), pages=page(OOMKilled=True))
    found = await read(web.url)
    assert (found.status, found.word) == (Status.DEGRADED, "oom")


async def test_memory_near_its_limit_is_degraded(web: Web) -> None:
    engine = Engine(web)
    for used, status in ((94, Status.UP), (97, Status.DEGRADED)):
        engine.set(named(), pages=page(memory=100_000_000))
        web.routes["/containers/id-shop-web/stats"] = stats(used * 1_000_000)
        assert (await read(web.url)).status is status


@pytest.mark.parametrize(
    ("status", "state", "verdict", "word"),
    [
        (EXITED, "exited", Status.UP, "ended"),
        ("Exited (1) 4 minutes ago", "exited", Status.DOWN, "DOWN"),
        ("Created", "created", Status.DOWN, "DOWN"),
        ("Up 4 seconds", "running", Status.UP, "running"),
    ],
)
async def test_an_init_job_that_ended_with_0_is_up(
    web: Web, status: str, state: str, verdict: Status, word: str
) -> None:
    Engine(web, named(status, state))
    job = Container(id="init", title="Init", container="shop-web", ends=True, timeout=2.0, interval=60.0)
    found = await read(web.url, job)
    assert (found.status, found.word) == (verdict, word)


async def test_replicas_are_one_row(web: Web) -> None:
    names = ("shop-worker-1", "shop-worker-2", "renamed")
    engine = Engine(web, *map(replica, names), replica("other-worker-1", project="other"))
    found = await read(web.url, WORKER)
    assert (found.status, found.word, found.summary) == (Status.UP, "3 of 3", "3 of 3 up; running (healthy)")
    ended = replica("renamed", "Exited (1) 4 minutes ago", "exited")
    engine.set(*map(replica, names[:2]), ended)
    found = await read(web.url, WORKER)
    assert (found.status, found.word) == (Status.DEGRADED, "2 of 3")
    assert found.summary == "2 of 3 up; renamed: exited, exit 1"
    engine.set(ended)
    assert (await read(web.url, WORKER)).status is Status.DOWN


async def test_the_tasks_of_a_swarm_service_on_this_host_are_one_row(web: Web) -> None:
    def task(number: int, status: str = HEALTHY, state: str = "running") -> Any:
        labels = {
            "com.docker.swarm.service.name": "shop_web",
            "com.docker.swarm.task.name": f"shop_web.{number}",
        }
        return container(f"shop_web.{number}.{number}a", status, state, Labels=labels)

    swarm = Container(id="web", title="Web", swarm="shop_web", timeout=2.0, interval=60.0)
    engine = Engine(web, task(1), task(2), task(3, EXITED, "exited"), replica("shop-worker-1"))
    found = await read(web.url, swarm)
    assert (found.status, found.word) == (Status.UP, "2 of 2"), "an ended task was replaced"
    engine.set(task(3, EXITED, "exited"))
    found = await read(web.url, swarm)
    assert (found.status, found.summary) == (
        Status.DOWN,
        "Docker has no running task of the Swarm service shop_web on this host",
    )


async def test_a_compose_run_is_no_replica(web: Web) -> None:
    Engine(web, replica("shop-worker-1"), replica("shop-worker-run-1a", EXITED, "exited", oneoff="True"))
    found = await read(web.url, WORKER)
    assert (found.status, found.summary) == (Status.UP, "running (healthy)")


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (WEB, "Docker has no container shop-web; nearest: shop_web, shop-worker-1"),
        (
            Container(id="w", title="W", project="shop", service="wroker", timeout=2.0, interval=60.0),
            "Docker has no container of wroker in the project shop; nearest: worker",
        ),
        (
            Container(id="w", title="W", project="shoop", service="worker", timeout=2.0, interval=60.0),
            "Docker has no project shoop; nearest: shop",
        ),
    ],
)
async def test_a_missing_container_is_down_with_the_nearest_names(
    web: Web, service: Container, words: str
) -> None:
    Engine(web, container("shop_web"), replica("shop-worker-1"))
    found = await read(web.url, service)
    assert (found.status, found.summary) == (Status.DOWN, words)


async def test_an_optional_container_that_is_missing_is_not_deployed(web: Web) -> None:
    Engine(web)
    found = await read(
        web.url, Container(id="w", title="W", container="w", optional=True, timeout=2.0, interval=60.0)
    )
    assert found.status is Status.ABSENT


async def test_nothing_is_known_while_docker_does_not_answer() -> None:
    async with web_server() as web:
        gone = web.url
    found = await read(gone)
    assert found.status is Status.UNKNOWN
    assert found.summary.startswith("Docker does not answer: ")


async def test_a_container_whose_page_cannot_be_had_is_not_called_up(web: Web) -> None:
    Engine(web, named("Up 2 hours"))
    del web.routes["/containers/id-shop-web/json"]
    assert (await read(web.url)).status is Status.UNKNOWN


async def test_docker_says_nothing_beside_what_the_row_says_itself(web: Web) -> None:
    Engine(web, named("Up 2 hours (unhealthy)"))
    async with probing(of(web.url), "docker") as probe:
        answer = await probe.ask()
    assert (answer.claims, answer.readings[0].status) == ((), Status.UP)
    assert web.routes[LIST]


async def test_replicas_of_a_real_podman(podman: Podman) -> None:
    labels = ["--label=com.docker.compose.project=shop", "--label=com.docker.compose.service=worker"]
    for name, script in (
        ("shop-worker-1", "sleep 1000"),
        ("renamed", "sleep 1000"),
        ("shop-worker-3", "exit 3"),
    ):
        await asyncio.to_thread(podman.run_container, name, script, *labels)
    await asyncio.to_thread(podman.run_container, "shop-web", "sleep 1000")
    await asyncio.to_thread(podman.run_container, "shop-web-2", "exit 3")
    url = f"unix://{podman.socket_path}"
    async with probing(of(url, WORKER)) as probe:

        async def has_ended() -> bool:
            return (await reading(probe)).summary == "2 of 3 up; shop-worker-3: exited, exit 3"

        await until(has_ended, within=20.0)
    found = await read(url)
    assert (found.status, found.summary) == (Status.UP, "running, no health check")
    missing = await read(url, Container(id="w", title="W", container="shop-wep", timeout=2.0, interval=60.0))
    assert missing.summary.startswith("Docker has no container shop-wep; nearest: shop-web")


async def test_the_health_of_a_real_podman(podman: Podman) -> None:
    check = ["--health-cmd=echo no database; false", "--health-retries=1", "--health-interval=disable"]
    await asyncio.to_thread(podman.run_container, "shop-web", "sleep 1000", *check)
    url = f"unix://{podman.socket_path}"
    assert (await read(url)).word == "starting"
    with suppress(ServerFailed):
        await asyncio.to_thread(podman.podman, "healthcheck", "run", "shop-web")
    found = await read(url)
    assert (found.status, found.facts["health"]) == (Status.DOWN, "unhealthy")
    assert found.summary.endswith("its health check says: no database")


async def test_a_row_tells_how_old_its_image_is_and_asks_for_that_once(web: Web) -> None:
    engine = Engine(web)
    engine.set(named())
    image = f"/images/sha256:{'a' * 64}/json"
    web.routes[image] = Reply(
        body={"Created": (datetime.now(UTC) - timedelta(days=412, hours=1)).isoformat()}
    )
    async with probing(of(web.url)) as probe:
        for _ in range(2):
            assert (await reading(probe)).facts["image_age"] == "412d"
    assert sum(image in asked for asked in web.asked) == 1


async def test_cpu_is_told_against_its_limit(web: Web) -> None:
    engine = Engine(web)
    engine.set(
        named(), pages=Reply(body=page().body | {"HostConfig": {"CpuQuota": 50_000, "CpuPeriod": 100_000}})
    )
    async with probing(of(web.url)) as probe:
        found = await reading(probe)
        assert (found.facts["cpu_limit"], "cpu" in found.facts) == (0.5, False)
        for used in (10.0, 10.0):
            web.routes["/containers/id-shop-web/stats"] = stats(cpu=used)
            found = await reading(probe)
    assert (found.facts["cpu"], found.facts["cpu_of_limit"]) == ("0%", "0%")


async def test_an_init_job_that_has_ended_counts_as_well_and_not_as_unchecked(web: Web) -> None:
    Engine(web, named(EXITED, "exited"))
    job = Container(id="init", title="Init", container="shop-web", ends=True, timeout=2.0, interval=60.0)
    assert (await read(web.url, job)).facts["checked"] is True


async def test_what_a_health_check_printed_is_one_line_without_secrets(web: Web) -> None:
    engine = Engine(web)
    printed = "\x1b[2Jno login at postgres://app:sesame-17@db/shop\r\n" + 4000 * "x"
    said = {"Status": "unhealthy", "Log": [{"Output": printed}]}
    engine.set(named("Up 2 hours (unhealthy)"), pages=page(Health=said))
    found = await read(web.url)
    assert found.summary.isprintable() and len(found.summary) <= 200
    assert "no login at" in found.summary and "sesame-17" not in f"{found}"
