"""Qdrant's probe: REST, collections, and gRPC by its own bytes."""

import asyncio

import pytest

from sutaz_tui.config import Header
from sutaz_tui.config.kinds import Qdrant
from sutaz_tui.model import Reading, Status
from tests.loopback import Handler, speaking
from tests.probes.conftest import Ask
from tests.probes.healthy import HEALTHY
from tests.web import Reply, Web

SETTINGS = bytes.fromhex("000018 04 00 00000000 000400100000 000500004000 000600004000 fe0300000001")
GOAWAY = bytes.fromhex("000008 07 00 00000000 00000000 00000001")


def qdrant(address: str) -> Qdrant:
    return Qdrant(id="qdrant", title="Qdrant", address=address, timeout=2.0)


async def test_version_and_collections(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["qdrant"].routes
    reading = (await ask(qdrant(web.url))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "1.15.4, 1 collection")
    assert reading.facts == {"version": "1.15.4", "collections": 1}


async def eager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends its settings before it hears anything, and ends the connection when it hears HTTP/1.1."""
    writer.write(SETTINGS)
    await writer.drain()
    if not (await reader.read(1000)).startswith(b"PRI"):
        writer.write(GOAWAY)
        await writer.drain()


async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes without a word unless it is spoken to in HTTP/2."""
    if (await reader.read(1000)).startswith(b"PRI"):
        writer.write(SETTINGS)
        await writer.drain()


@pytest.mark.parametrize("server", [eager, patient])
async def test_the_grpc_port_is_recognised(ask: Ask, server: Handler) -> None:
    async with speaking(server) as port:
        reading = (await ask(qdrant(f"http://{port.address}"))).readings[0]
    assert reading.status is Status.DOWN
    assert reading.summary == "speaks gRPC: address its REST port (10102 in this stack)"


async def test_another_binary_port_is_not_called_grpc(ask: Ask) -> None:
    async with speaking(b"\x00\x00\x00\x08\x01\x00") as port:
        reading = (await ask(qdrant(f"http://{port.address}"))).readings[0]
    assert reading.status is Status.DOWN
    assert "gRPC: address" not in reading.summary


@pytest.mark.parametrize("reply", [Reply(500, ""), Reply(body={}), Reply(body={"result": {}})])
async def test_unread_collections_degrade_and_are_no_zero(ask: Ask, web: Web, reply: Reply) -> None:
    web.routes = HEALTHY["qdrant"].routes | {"/collections": reply}
    reading = (await ask(qdrant(web.url))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "collect")
    assert dict(reading.facts) == {"version": "1.15.4"}


async def test_a_qdrant_that_wants_a_key_is_up_and_says_what_to_set(ask: Ask, web: Web) -> None:
    said = "Must provide an API key or an Authorization bearer token"
    web.routes = HEALTHY["qdrant"].routes | {"/collections": Reply(401, said)}
    reading = (await ask(qdrant(web.url))).readings[0]
    assert reading.status is Status.UP
    assert reading.summary == f"1.15.4, answers 401: {said}; set its API key in the config to see more"
    # A configured one that is refused is another matter.
    key = Header(name="api-key", value="sesame")
    entry = Qdrant(id="q", title="Qdrant", address=web.url, auth=key)
    web.routes["/collections"] = Reply(403, {"status": {"error": "Forbidden: Invalid api-key"}, "time": 0.0})
    reading = (await ask(entry)).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "collect")
    assert "answers 403: Forbidden: Invalid api-key" in reading.summary


async def test_its_grpc_port_is_seen(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["qdrant"].routes

    async def asked(address: str, **keys: float) -> Reading:
        entry = Qdrant(id=address, title="Qdrant", address=web.url, grpc=address, timeout=1.0, **keys)
        return (await ask(entry)).readings[0]

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        await eager(reader, writer)

    async with speaking(eager) as port:
        reading = await asked(port.address)
        assert (reading.status, reading.summary) == (Status.UP, "1.15.4, 1 collection")
        assert isinstance(reading.facts["grpc_ms"], int)
    reading = await asked(port.address)
    assert (reading.status, reading.word) == (Status.DEGRADED, "grpc")
    assert "refused" in reading.summary
    async with speaking(late) as port:
        reading = await asked(port.address, warn=0.2)
    assert (reading.status, reading.word) == (Status.DEGRADED, "slow")
    async with speaking(b"SSH-2.0-x\r\n") as port:
        reading = await asked(port.address)
    assert (reading.status, "answers as SSH, not in gRPC" in reading.summary) == (Status.DEGRADED, True)
