"""Servers behind a line whose round trip is long: its time is not theirs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Http
from sutaz_tui.model import Reading, Status
from sutaz_tui.probes.directory import hosts_of
from sutaz_tui.sources.event_loop import EventLoop
from tests.loopback import configured, probing, reading
from tests.probes import test_postgres, test_redis
from tests.running import hurried
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.servers.waiting import patient
from tests.web import Reply, web_server

ROUND_TRIP = 0.8
FAR = "127.0.0.2"


class FarLoop(EventLoop):
    """A loop whose connects take a round trip, as those of a kernel with a long line do."""

    async def sock_connect(self, sock: Any, address: Any) -> None:
        if address[0] == FAR:
            await asyncio.sleep(ROUND_TRIP)
        await super().sock_connect(sock, address)


@asynccontextmanager
async def far(port: int) -> AsyncIterator[int]:
    """A port that leads to another one by a line with this round trip."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await asyncio.sleep(ROUND_TRIP / 2)
            writer.write(data)

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        near, out = await asyncio.open_connection("127.0.0.1", port)
        ways = [asyncio.create_task(carry(reader, out)), asyncio.create_task(carry(near, writer))]
        with suppress(asyncio.CancelledError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in (out, writer):
            end.close()

    server = await asyncio.start_server(join, FAR, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def told(config: Config, port: int, asks: int = 2) -> list[Reading]:
    """What is told of a service whose port is that far away, at its first connection and on the kept one."""
    async with far(port) as seen:
        service = config.services[0]
        address = service.address.replace(f"127.0.0.1:{port}", f"{FAR}:{seen}")
        config = hurried(config, address=address, warn=min(0.9 * ROUND_TRIP, patient(0.25)))
        async with probing(config) as probe:
            probe.hosts = hosts_of(config.services[0], config)
            return [await reading(probe) for _ in range(asks)]


def run(main: Callable[[], Awaitable[list[Reading]]]) -> list[Reading]:
    async def whole() -> list[Reading]:
        return await main()

    with asyncio.Runner(loop_factory=FarLoop) as runner:
        return runner.run(whole())


def is_up(found: list[Reading]) -> bool:
    assert all(one.latency is not None and one.latency >= ROUND_TRIP for one in found), (
        "the line is in what is shown"
    )
    return [one.status for one in found] == [Status.UP] * len(found)


def test_a_redis_at_the_end_of_a_long_line_is_not_slow(redis: Redis) -> None:
    assert is_up(run(lambda: told(test_redis.of(redis), redis.port)))


def test_a_postgresql_at_the_end_of_a_long_line_is_not_slow(locked_postgres: Postgres) -> None:
    config = test_postgres.of(locked_postgres, locked_postgres.password or "", timeout=20.0)
    assert is_up(run(lambda: told(config, locked_postgres.port)))


@pytest.mark.parametrize(("takes", "is_slow"), [(0.0, False), (2 * ROUND_TRIP, True)])
def test_a_page_at_the_end_of_a_long_line_is_slow_by_its_own_time_alone(takes: float, is_slow: bool) -> None:
    async def main() -> list[Reading]:
        async with web_server() as web:
            web.other = Reply(200, "well", after=takes)
            entry = Http(id="page", title="Page", address=web.url)
            return await told(configured(entry), web.port)

    found = run(main)
    assert is_up(found) is not is_slow
    assert all((one.word == "slow") is is_slow for one in found)
