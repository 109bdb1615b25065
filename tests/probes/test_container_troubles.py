"""What Docker knows of a container that its service's own answer does not tell: loops, OOM kills, memory, its start."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sutaz_tui.config.kinds import Redis
from sutaz_tui.model import Claim, Status
from sutaz_tui.probes.base import Probe
from sutaz_tui.simulator.faults import Fault
from sutaz_tui.simulator.world import World
from tests.loopback import probing
from tests.probes.docker_engine import REDIS, Engine, ask, container, of, page, stats
from tests.simulator.test_docker import serving
from tests.web import Web

STATS = "/containers/id-stack-redis/stats"


async def said(probe: Probe) -> Claim:
    [claim] = (await probe.ask()).claims
    return claim


async def test_a_container_that_was_restarted_three_times_in_ten_minutes_is_in_a_loop(web: Web) -> None:
    engine = Engine(web)
    looping = container(status="Restarting (1) 5 seconds ago", state="restarting")
    async with probing(of(web.url, REDIS)) as probe:
        for restarts in (32, 33, 34):
            engine.set(looping, pages=page(restarts, Status="restarting", ExitCode=1))
            assert (await said(probe)).word == ""
        engine.set(looping, pages=page(35, Status="restarting", ExitCode=1))
        looped = await said(probe)
        assert (looped.status, looped.word) == (Status.DEGRADED, "loop 35")
        assert "restart loop: 3 or more within 10 minutes, exit 1" in looped.words
        engine.set(container(status="Up 2 seconds"), pages=page(35))
        assert (await said(probe)).word == "loop 35", "that it runs for the moment does not end the loop"


async def test_an_oom_kill_and_memory_near_the_limit_are_troubles(web: Web) -> None:
    engine = Engine(web)
    engine.set(container(), pages=page(OOMKilled=True))
    killed = (await ask(of(web.url, REDIS))).claims[0]
    assert (killed.status, killed.word) == (Status.DEGRADED, "oom")
    for used, word in ((94, ""), (97, "mem 97%")):
        engine.set(container(), pages=page(memory=100_000_000))
        web.routes[STATS] = stats(used * 1_000_000)
        full = (await ask(of(web.url, REDIS))).claims[0]
        assert full.word == word, "page cache does not count"


async def test_cpu_is_a_figure_and_no_status_unless_a_limit_is_set(web: Web) -> None:
    Engine(web, container())
    for limit, word in ((0.0, ""), (100.0, "cpu")):
        async with probing(of(web.url, REDIS, warn_cpu=limit)) as probe:
            web.routes[STATS] = stats(cpu=1000.0)
            assert "cpu" not in (await said(probe)).facts, "one sample is no figure"
            # Whatever the time between two asks was, an hour of CPU in it is more than a core.
            web.routes[STATS] = stats(cpu=4600.0)
            busy = await said(probe)
            assert str(busy.facts["cpu"]).endswith("%")
            assert busy.word[:3] == word


def before(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize(
    ("restarts", "started", "finished", "created", "is_loop"),
    [
        (4, 20, 20.1, 150, True),  # made two minutes ago
        (40, 5, 18, 800_000, True),  # Docker waited for 13 s with its last start
        (40, 6, 5, 800_000, True),  # it waits with the next one
        (40, 5, 5.4, 800_000, False),  # restarted at once: it had run for a while
        (40, 3000, 3060, 800_000, False),  # it runs for most of an hour now
        (2, 20, 30, 150, False),
    ],
)
async def test_a_restart_loop_is_told_by_one_look(
    web: Web, restarts: int, started: float, finished: float, created: float, is_loop: bool
) -> None:
    waits = finished < started
    entry = container(
        status="Restarting (1) 5 seconds ago" if waits else f"Up {int(started)} seconds",
        state="restarting" if waits else "running",
    )
    times = {"started": before(started), "FinishedAt": before(finished), "created": before(created)}
    Engine(web).set(entry, pages=page(restarts, ExitCode=1 if waits else 0, **times))
    claim = (await ask(of(web.url, REDIS))).claims[0]
    assert claim.word == (f"loop {restarts}" if is_loop else "")


async def test_a_container_in_its_start_period_is_starting_until_its_health_check_passes(
    tmp_path: Path,
) -> None:
    now = [time.time()]
    world = World("healthy", wall=lambda: now[0])
    entry = Redis(id="redis", title="Redis", container="sutazai-redis")
    async with serving(world, tmp_path):
        words = []
        async with probing(of(f"unix://{tmp_path}/docker.sock", entry)) as probe:
            for seconds, fault in (
                (0.0, "refuse"),
                (0.0, "hang"),
                (12.0, "hang"),
                (30.0, "hang"),
                (0.0, None),
            ):
                now[0] += seconds
                world.faults.set("redis", Fault(fault) if fault else None)
                claim = await said(probe)
                words.append((claim.status, claim.word))
    assert words == [
        (Status.DOWN, ""), (Status.UP, "starting"), (Status.UP, "starting"), (Status.DEGRADED, ""), (Status.UP, "")
    ]  # fmt: skip
