"""The simulated Redis, asked by redis.asyncio and by bytes on a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ResponseError

from sutaz_tui.simulator import redis as simulated
from sutaz_tui.simulator.faults import Fault
from sutaz_tui.simulator.scenarios import changed
from sutaz_tui.simulator.world import World
from tests.servers.waiting import patient

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def listening(world: World) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(simulated.protocol(world), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def client(port: int, **options: Any) -> AsyncIterator[Any]:
    # redis-py 8.1 takes a refused login for a lost connection and asks again for seconds.
    never = Retry(NoBackoff(), 0)
    asking = redis.asyncio.Redis(
        host="127.0.0.1", port=port, **{"socket_timeout": 5, "retry": never, **options}
    )
    try:
        yield asking
    finally:
        await asking.aclose()


def world_with(**traits: object) -> World:
    world = World("healthy")
    world.traits = changed(world.traits, traits)
    return world


@pytest.mark.parametrize("version", [2, 3])
async def test_the_monitors_questions_are_answered(version: int) -> None:
    async with listening(World("healthy")) as port, client(port, protocol=version) as asking:
        assert await asking.ping() is True
        info = await asking.info()
        role = await asking.role()
        config = await asking.config_get("maxmemory*")
        slow = await asking.slowlog_get(2)
        assert await asking.slowlog_len() == 3
    assert info["redis_version"] == "7.4.6"
    assert info["maxmemory"] == 128 * 1024 * 1024
    assert 0.15 < info["used_memory"] / info["maxmemory"] < 0.25
    assert info["connected_clients"] >= 7
    assert info["instantaneous_ops_per_sec"] > 100
    assert info["keyspace_hits"] > info["keyspace_misses"] > 0
    assert info["evicted_keys"] == 0
    assert info["role"] == "master"
    assert info["db0"]["keys"] > 1000
    assert info["uptime_in_seconds"] >= 284_400
    assert role[0] in (b"master", "master")
    assert {key: str(value) for key, value in config.items()} == {
        "maxmemory": "134217728",
        "maxmemory-policy": "allkeys-lru",
    }
    assert [entry["command"] for entry in slow] == [b"KEYS session:*", b"ZRANGE leaderboard 0 -1"]


async def test_one_section_of_info_comes_alone() -> None:
    async with listening(World("healthy")) as port, client(port) as asking:
        assert set(await asking.info("replication")) == {"role", "connected_slaves"}


async def test_numbers_move_with_the_clock_and_clients_are_counted() -> None:
    seconds = [0.0]
    world = World("healthy", monotonic=lambda: seconds[0])
    async with listening(world) as port, client(port) as first:
        before = await first.info()
        async with client(port) as second:
            await second.ping()
            assert (await first.info())["connected_clients"] == before["connected_clients"] + 1
        seconds[0] = 30.0
        after = await first.info()
    assert after["used_memory"] != before["used_memory"]
    assert after["keyspace_hits"] > before["keyspace_hits"]
    assert after["uptime_in_seconds"] == before["uptime_in_seconds"] + 30


async def test_traits_show() -> None:
    world = world_with(redis_role="slave", redis_memory_share=1.0)
    async with listening(world) as port, client(port) as asking:
        info = await asking.info()
        assert info["role"] == "slave"
        assert info["master_link_status"] == "up"
        assert info["evicted_keys"] > 0
        assert info["used_memory"] <= info["maxmemory"]


@pytest.mark.parametrize("version", [2, 3])
async def test_keys_are_kept_and_expire(version: int) -> None:
    async with listening(World("healthy")) as port, client(port, protocol=version) as asking:
        assert await asking.set("a", b"\x00\r\n\xff", ex=60) is True
        assert await asking.get("a") == b"\x00\r\n\xff"
        assert 55 <= await asking.ttl("a") <= 60
        assert await asking.hset("h", mapping={"x": 1, "y": 2}) == 2
        assert await asking.hgetall("h") == {b"x": b"1", b"y": b"2"}
        assert await asking.delete("a", "h") == 2
        assert await asking.get("a") is None
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await asking.lpush("l", "1")
            await asking.get("l")
        async with asking.pipeline(transaction=True) as together:
            assert await together.set("n", 1).incr("n").get("n").execute() == [True, 2, b"2"]


async def test_a_blocking_command_holds_up_only_its_own_connection() -> None:
    async with listening(World("healthy")) as port, client(port) as waiting, client(port) as other:
        popped = asyncio.create_task(waiting.blpop(["queue"], timeout=5))
        while not await other.ping() or popped.done():
            await asyncio.wait([popped], timeout=0.01)
        await other.rpush("queue", "first")
        assert await popped in ([b"queue", b"first"], (b"queue", b"first"))


async def test_values_that_are_not_kept_and_keys_that_never_expire() -> None:
    async with listening(world_with(redis_keeps_values=False)) as port, client(port) as asking:
        assert await asking.set("a", "1") is True
        assert await asking.get("a") is None
    async with listening(world_with(redis_expires=False)) as port, client(port) as asking:
        await asking.set("a", "1", ex=60)
        assert await asking.expire("a", 60) is True
        assert await asking.ttl("a") == -1


@pytest.mark.parametrize("version", [2, 3])
async def test_a_password_is_asked_for_where_one_is_set(version: int) -> None:
    world = world_with(redis_password_required=True)
    async with listening(world) as port:
        async with client(port, protocol=version) as stranger:
            with pytest.raises(AuthenticationError):
                await stranger.ping()
        async with client(port, protocol=version, password="wrong") as mistaken:
            with pytest.raises(AuthenticationError):
                await mistaken.ping()
        async with client(port, protocol=version, password=world.secrets["REDIS_PASSWORD"]) as known:
            assert await known.ping() is True


async def test_the_fault_denied_refuses_the_right_password() -> None:
    world = world_with(redis_password_required=True)
    world.faults.set("redis", Fault("denied"))
    async with listening(world) as port, client(port, password=world.secrets["REDIS_PASSWORD"]) as known:
        with pytest.raises(AuthenticationError):
            await known.ping()


async def test_unknown_commands_and_wrong_bytes() -> None:
    async with listening(World("healthy")) as port:
        async with client(port) as asking:
            with pytest.raises(ResponseError, match="unknown command"):
                await asking.execute_command("NONSENSE")
            with pytest.raises(ResponseError, match="does not serve"):
                await asking.execute_command("SUBSCRIBE", "news")
            assert await asking.ping() is True
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"PING\r\n*1\r\n$4\r\nPI")
        assert await reader.readexactly(7) == b"+PONG\r\n"
        writer.write(b"NG\r\n*x\r\n")
        answer = await asyncio.wait_for(reader.read(), patient(5))
        assert b"-ERR Protocol error: invalid multibulk length\r\n" in answer
        writer.close()
