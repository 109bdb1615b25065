"""What Docker knows of a container that its service's own answer does not tell: loops, OOM kills, memory, its start."""

from datetime import UTC, datetime, timedelta

from sutaz_tui.model import Claim, Status
from sutaz_tui.probes.base import Probe
from tests.loopback import probing
from tests.probes.docker_engine import REDIS, Engine, ask, container, of, page, stats
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


async def test_a_container_in_its_start_period_is_starting(web: Web) -> None:
    engine = Engine(web)
    now = datetime.now(UTC)
    for ago, word in ((12, "starting"), (400, "")):
        started = (now - timedelta(seconds=ago)).isoformat()
        engine.set(
            container(status=f"Up {ago} seconds (health: starting)"),
            pages=page(started=started, start_period=300, Health={"Status": "starting"}),
        )
        claim = (await ask(of(web.url, REDIS))).claims[0]
        assert (claim.status, claim.word) == (Status.UP, word)
        assert ("s/300s" in claim.words) is bool(word)
