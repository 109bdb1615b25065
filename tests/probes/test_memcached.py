"""The `memcached` kind, on a real one."""

import asyncio
import socket

import pytest

from sutaz_tui.config.kinds import Memcached as Entry
from sutaz_tui.model import Failure, Reading, Status
from tests.loopback import configured, probing, reading, speaking
from tests.servers.memcached import Memcached


async def read(address: str) -> Reading:
    entry = Entry(id="cache", title="Cache", address=address, timeout=2.0, interval=60.0)
    async with probing(configured(entry)) as probe:
        return await reading(probe)


async def test_a_real_one_tells_what_it_holds(memcached: Memcached) -> None:
    def store() -> None:
        with socket.create_connection((memcached.host, memcached.port), timeout=5) as connection:
            connection.sendall(b"set a 0 0 1\r\n1\r\nget a\r\nget b\r\n")
            heard = b""
            while not heard.endswith(b"END\r\nEND\r\n"):
                heard += connection.recv(1000)

    await asyncio.to_thread(store)
    found = await read(f"{memcached.host}:{memcached.port}")
    assert found.status is Status.UP, found.summary
    assert (found.facts["items"], found.facts["hits"], found.facts["misses"]) == (1, 1, 1)
    assert ", 1 items, " in found.summary and found.summary.endswith(", 50% hits")
    assert "stats\\r\\nquit" in found.steps[0].reproduce


async def test_a_paused_and_an_ended_one_are_down(memcached: Memcached) -> None:
    address = f"{memcached.host}:{memcached.port}"
    await asyncio.to_thread(memcached.pause)
    found = await read(address)
    assert (found.status, found.failure) == (Status.DOWN, Failure.SILENT)
    await asyncio.to_thread(memcached.stop)
    assert (await read(address)).failure is Failure.REFUSED


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "answers as HTTP, not as Memcached"),
        (b"ERROR\r\n", "refuses stats: ERROR; does it want a login (SASL)?"),
        (b"STAT pid 1\r\n", "Memcached"),
        (b"", "closed the connection without an answer; is this Memcached"),
    ],
)
async def test_a_stranger_is_down_and_named(said: bytes, words: str) -> None:
    async with speaking(said) as port:
        found = await read(port.address)
    assert found.status is Status.DOWN and words in found.summary, found.summary


async def test_full_is_degraded_and_says_its_limit() -> None:
    stats = b"STAT version 1.6.18\r\nSTAT curr_connections 1024\r\nSTAT accepting_conns 0\r\nEND\r\n"
    async with speaking(stats) as port:
        found = await read(port.address)
    assert (found.status, found.word) == (Status.DEGRADED, "full")
    assert "takes no more connections: 1024 are open; raise its limit (-c)" in found.summary
