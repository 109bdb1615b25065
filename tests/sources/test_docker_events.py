"""The stream of Docker's events against engines that end it, repeat themselves and talk nonsense."""

import asyncio
import json
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from sutaz_tui.config.schema import Source
from sutaz_tui.sources import docker_events
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import docker_api
from tests.loopback import Handler, configured, speaking, until

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


def event(action: str, name: str = "db", at: int = 1, **more: str) -> bytes:
    told = {
        "Type": "container",
        "Action": action,
        "Actor": {"Attributes": {"name": name, **more}},
        "timeNano": at,
    }
    return json.dumps(told).encode() + b"\n"


def telling(*rounds: bytes, asked: list[str]) -> Handler:
    """An engine that says these one connection after another, ends each, and is silent on those after them."""
    left = list(rounds)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().split(" ")[1])
        if not left:
            await reader.read()
            return
        writer.write(HEAD + left.pop(0))
        await writer.drain()

    return handle


async def heard(handler: Handler, count: int) -> list[Mapping[str, str]]:
    """The first events that are handed out."""
    found: list[Mapping[str, str]] = []
    async with speaking(handler) as engine:
        clients = Clients(configured(sources={"d": Source(url=f"http://{engine.address}")}))
        docker_api(clients, "d", "Docker").events.listen(found.append)
        try:
            await until(lambda: len(found) >= count)
        finally:
            await clients.aclose()
    return found


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_events, "PAUSES", (0.01, 0.02))


async def test_a_stream_that_ends_is_opened_again_where_it_ended_and_tells_nothing_twice() -> None:
    asked: list[str] = []
    first = event("die", at=2_000_000_003)
    found = await heard(telling(first, first + event("start", "web", 2_000_000_004), asked=asked), 2)
    assert [one["name"] for one in found] == ["db", "web"]
    queries = [parse_qs(urlsplit(target).query) for target in asked]
    assert "since" not in queries[0]
    assert queries[1]["since"] == ["2.000000003"]
    assert json.loads(queries[0]["filters"][0])["type"] == ["container"]


async def test_health_checks_that_go_as_before_are_no_news() -> None:
    said = b"".join(event("health_status", at=at, health_status="healthy") for at in range(1, 50))
    said += event("health_status", at=60, health_status="unhealthy") + event("die", "last", at=61)
    found = await heard(telling(said, asked=[]), 3)
    assert [(one["name"], one.get("health_status")) for one in found] == [
        ("db", "healthy"),
        ("db", "unhealthy"),
        ("last", None),
    ]


async def test_nonsense_is_passed_over() -> None:
    odd = b'\n{"Action": 5}\n[]\n{"Action":"die"}\nnull\n\xff\n' + event("exec_start", at=2)
    found = await heard(telling(odd + event("oom", "last", at=3), asked=[]), 1)
    assert [one["name"] for one in found] == ["last"]
