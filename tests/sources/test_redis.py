"""Redis' source: one question after another on one connection, and its evidence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis as Client

from sutaz_tui.config.kinds import Redis
from sutaz_tui.errors import Denied, Refused
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.evidence import recording
from sutaz_tui.sources.redis import Info, RedisClient
from tests.loopback import configured
from tests.servers.redis import Redis as Server


@asynccontextmanager
async def client(port: int) -> AsyncIterator[RedisClient]:
    entry = Redis(id="r", title="Redis", address=f"127.0.0.1:{port}", interval=60.0)
    clients = Clients(configured(entry))
    made = RedisClient(entry, clients)
    try:
        yield made
    finally:
        await made.aclose()
        await clients.aclose()


async def test_only_ping_and_info_are_asked_and_a_kept_connection_made_a_new_one(redis: Server) -> None:
    async with Client(port=redis.port) as watcher, client(redis.port) as ours:
        await watcher.config_resetstat()
        for _ in range(2):
            assert isinstance(await ours.ask(5.0), Info)
        stats = await watcher.info("commandstats")
    asked = {name.removeprefix("cmdstat_"): figures["calls"] for name, figures in stats.items()}
    assert {name: calls for name, calls in asked.items() if not name.startswith(("client", "config"))} == {
        "ping": 2,
        "info": 2,
        "reset": 1,
    }


async def test_evidence_says_whether_the_connection_was_kept(redis: Server) -> None:
    async with client(redis.port) as ours:
        with recording() as steps:
            await ours.ask(5.0)
            await ours.ask(5.0)
    assert [step.timing and step.timing.reused for step in steps] == [False, True]
    assert "redis_version:7" in steps[0].answer
    assert len(steps[0].answer) < 4300


async def test_a_failure_leaves_evidence_too(unused_tcp_port: int) -> None:
    async with client(unused_tcp_port) as ours:
        with recording() as steps, pytest.raises(Refused):
            await ours.ask(5.0)
    assert steps[0].answer == f"Redis: :{unused_tcp_port} refused"


async def test_a_subcommand_that_a_user_may_not_run_is_told_with_the_grant_for_it_alone(
    redis: Server,
) -> None:
    async with Client(port=redis.port) as watcher, client(redis.port) as ours:
        await watcher.execute_command("ACL", "SETUSER", "default", "-config")
        with pytest.raises(
            Denied, match=r"may not run CONFIG GET; grant it: ACL SETUSER default \+config\|get$"
        ):
            await ours.command("CONFIG", "GET", "maxmemory")
