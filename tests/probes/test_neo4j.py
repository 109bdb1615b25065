"""Neo4j's probe: HTTP root and Bolt handshake."""

import asyncio

import pytest

from sutaz_tui.config.kinds import Neo4j
from sutaz_tui.model import Status
from tests.loopback import speaking
from tests.probes.conftest import Ask
from tests.probes.healthy import HEALTHY
from tests.web import Reply, Web


def neo4j(web: Web, bolt: str) -> Neo4j:
    return Neo4j(id="neo4j", title="Neo4j", address=web.url, bolt=bolt, timeout=1.0)


async def test_version_edition_and_the_bolt_version_that_was_agreed(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["neo4j"].routes
    async with speaking(b"\x00\x00\x04\x05", hangs_up=False) as bolt:
        reading = (await ask(neo4j(web, bolt.address))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "5.26.16 community, Bolt 5.4")
    facts = dict(reading.facts)
    assert isinstance(facts.pop("bolt_ms"), int)
    assert facts == {"version": "5.26.16", "edition": "community", "bolt": "5.4"}
    assert len(reading.steps) == 2


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"\x00\x00\x00\x00", "no Bolt version"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "answers as HTTP"),
        (b"", "answers as nothing"),
    ],
)
async def test_a_bolt_port_that_is_none_degrades(ask: Ask, web: Web, said: bytes, words: str) -> None:
    web.routes = HEALTHY["neo4j"].routes
    async with speaking(said) as bolt:
        reading = (await ask(neo4j(web, bolt.address))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "bolt")
    assert words in reading.summary
    assert reading.error is not None
    assert bolt.address in reading.error
    assert "bolt" not in reading.facts


async def test_silent_bolt_degrades_within_the_deadline(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["neo4j"].routes
    async with speaking(b"", hangs_up=False) as bolt:
        reading = (await ask(neo4j(web, bolt.address))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "bolt")


async def test_refused_bolt_degrades(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["neo4j"].routes
    async with speaking(b"") as bolt:
        pass
    reading = (await ask(neo4j(web, bolt.address))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "bolt")
    assert "refused" in reading.summary


async def test_a_neo4j_whose_bolt_is_slow_is_degraded(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["neo4j"].routes

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        await asyncio.sleep(0.3)
        writer.write(b"\x00\x00\x04\x05")
        await writer.drain()

    async with speaking(late) as bolt:
        entry = Neo4j(id="neo4j", title="Neo4j", address=web.url, bolt=bolt.address, warn=0.2)
        reading = (await ask(entry)).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "slow")
    assert f"Bolt at {bolt.address} is slow: " in reading.summary
    assert isinstance(took := reading.facts["bolt_ms"], int) and took >= 300


async def test_a_release_that_does_not_tell_its_version_is_up(ask: Ask, web: Web) -> None:
    """3.5 lists its parts alone."""
    told = {"data": f"{web.url}/db/data/", "management": f"{web.url}/db/manage/", "bolt": "bolt://x:7687"}
    web.routes = {"/": Reply(body=told)}
    reading = (await ask(neo4j(web, ""))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "does not tell its version")
