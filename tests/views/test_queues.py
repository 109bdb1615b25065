"""The queues of RabbitMQ as rows: what a server with ten thousand sends, what a real one tells, what none tells."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sutaz_tui.config import Basic, Source
from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.errors import SourceError
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.base import Rows
from sutaz_tui.views.queues import FULLEST, NO_STATISTICS, QUEUES, RARELY
from tests.loopback import configured, speaking
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.waiting import patient

Answering = Callable[[str, dict[str, list[str]]], Any]


@asynccontextmanager
async def asking(url: str, password: str = "watch this") -> AsyncIterator[Callable[[float], Any]]:
    entry = Rabbitmq(id="r", title="RabbitMQ", source="m", address="amqp://127.0.0.1:1", interval=60.0)
    config = configured(entry, sources={"m": Source(url=url, auth=Basic(user="watcher", password=password))})
    clients = Clients(config)
    try:
        yield QUEUES.asker(entry, clients)
    finally:
        await clients.aclose()


@asynccontextmanager
async def served(answer: Answering) -> AsyncIterator[tuple[Callable[[float], Any], list[str]]]:
    """A management that answers what the test says; the targets that it was asked for."""
    asked: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                target = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
                asked.append(target)
                found = answer(urlsplit(target).path, parse_qs(urlsplit(target).query))
                data = json.dumps(found).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(data), data))
        except asyncio.IncompleteReadError:
            pass

    async with speaking(handle) as port, asking(f"http://{port.address}") as ask:
        yield ask, asked


def queue(
    name: str, messages: int = 0, consumers: int = 1, growth: float = 0.0, state: str = "running"
) -> Any:
    return {
        "name": name, "vhost": "/", "state": state, "consumers": consumers,
        "messages": messages, "messages_ready": messages, "messages_unacknowledged": 0,
        "messages_details": {"rate": growth},
        "message_stats": {"publish_details": {"rate": 12.04}, "deliver_get_details": {"rate": 4.1}},
        "idle_since": "2020-01-01 00:00:00",
    }  # fmt: skip


def page(items: list[Any], total: int | None = None) -> Any:
    return {"items": items, "filtered_count": len(items) if total is None else total, "page_count": 1}


async def test_of_ten_thousand_queues_the_fullest_come_in_one_request_and_are_asked_for_rarely() -> None:
    def answer(path: str, query: dict[str, list[str]]) -> Any:
        assert path == "/api/queues" and query["sort"] == ["messages"] and query["sort_reverse"] == ["true"]
        return page([queue(f"q{n}", 10_000 - n) for n in range(int(query["page_size"][0]))], 10_000)

    async with served(answer) as (ask, asked):
        rows: Rows = await ask(5.0)
        assert len(asked) == 1
    assert (len(rows.rows), rows.total, rows.every) == (FULLEST, 10_000, RARELY)
    assert (rows.about, rows.order) == ("the 50 fullest", "trouble first")
    assert rows.rows[0].values["name"] == "q0" and rows.rows[-1].values["name"] == "q49"


async def test_trouble_comes_first_and_says_why() -> None:
    items = [
        queue("well", 500, 3),
        queue("tasks", 240, 2, 8.0),
        queue("unread", 100, 0, 0.7),
        queue("left", 5, 0),
        queue("trickle", 3, 1, 0.2),
        queue("broken", 0, 0, state="crashed"),
        queue("flow", 0, 1, state="flow"),
    ]
    async with served(lambda path, query: page(items)) as (ask, _):
        rows: Rows = await ask(5.0)
    assert [(row.glyph, row.values["name"], row.values["state"]) for row in rows.rows] == [
        ("✗", "broken", "crashed"),
        ("!", "tasks", "grows 8.0/s"),
        ("!", "unread", "grows, nobody reads"),
        ("!", "left", "nobody reads"),
        ("!", "flow", "flow"),
        ("", "well", "running"),
        ("", "trickle", "running"),
    ]
    assert (rows.rows[1].values["in"], rows.rows[1].values["out"]) == (12.04, 4.1)
    idle = rows.rows[1].values["idle"]
    assert isinstance(idle, float) and idle > 5 * 365 * 86_400, "as RabbitMQ before 3.10 writes it"
    assert rows.about == "" and rows.order == "trouble first" and rows.missing == "" and rows.every == 0


async def test_statistics_that_are_turned_off_are_told_and_depths_are_there_all_the_same() -> None:
    def answer(path: str, query: dict[str, list[str]]) -> Any:
        if path == "/api/overview":
            return {"disable_stats": True}
        fixed = {"name": "work", "vhost": "/", "state": "live"}
        if query.get("enable_queue_totals") == ["true"]:
            return page([fixed | {"messages": 3, "messages_ready": 3, "messages_unacknowledged": 0}])
        return page([fixed])

    async with served(answer) as (ask, asked):
        first, second = await ask(5.0), await ask(5.0)
        assert len(asked) == 4, "found out once: then one request a time"
    assert first.missing == second.missing == NO_STATISTICS
    assert second.rows[0].values == {"name": "work", "vhost": "/", "ready": 3, "unacked": 0, "state": "live"}


async def test_queues_that_are_new_are_not_taken_for_statistics_turned_off() -> None:
    def answer(path: str, query: dict[str, list[str]]) -> Any:
        new = page([{"name": "new", "vhost": "/", "state": "running"}])
        return {"disable_stats": False} if path == "/api/overview" else new

    async with served(answer) as (ask, _):
        rows: Rows = await ask(5.0)
    assert rows.missing == "" and "ready" not in rows.rows[0].values


@pytest.mark.parametrize(
    "body", [[], {"items": 3}, {"items": [1, {"name": None, "messages_details": 5}]}, "x"]
)
async def test_a_stranger_is_told_or_harmless(body: Any) -> None:
    async with served(lambda path, query: body) as (ask, _):
        try:
            rows: Rows = await ask(5.0)
        except SourceError as error:
            assert "management" in error.words
        else:
            assert len(rows.rows) == 1


async def test_a_real_broker_says_which_queue_nobody_reads(rabbitmq: RabbitMQ) -> None:
    vhost = rabbitmq.new_vhost()
    for name in ("empty", "left"):
        assert rabbitmq.call(f"/api/queues/{vhost}/{name}", "PUT", {}).status == 201
    message = {"properties": {}, "routing_key": "left", "payload": "x", "payload_encoding": "string"}
    assert rabbitmq.call(f"/api/exchanges/{vhost}/amq.default/publish", "POST", message).status == 200
    async with (
        asking(f"http://127.0.0.1:{rabbitmq.management_port}", rabbitmq.password) as ask,
        asyncio.timeout(patient(30)),
    ):
        while True:
            rows: Rows = await ask(5.0)
            own = {row.values["name"]: row for row in rows.rows if row.values["vhost"] == vhost}
            if own["left"].values.get("ready") == 1:
                break
            await asyncio.sleep(0.2)
    assert own["left"].glyph == "!" and "nobody reads" in str(own["left"].values["state"])
    assert own["empty"].glyph == "" and own["left"].values["consumers"] == 0
    assert rows.missing == "" and rows.total >= 2


async def test_a_wrong_password_is_told(rabbitmq: RabbitMQ) -> None:
    async with asking(f"http://127.0.0.1:{rabbitmq.management_port}", "wrong rabbit hole") as ask:
        with pytest.raises(SourceError, match="refuses the configured login"):
            await ask(5.0)
