"""Logs from outside that attack: a hostile Loki, Docker and disk."""

import asyncio
import base64
import hashlib
import json
import os
import re
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.config import Source
from sutaz_tui.errors import SourceError
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import docker_api
from sutaz_tui.sources.logs.docker import DockerFeed
from sutaz_tui.sources.logs.file_lines import FileLines
from sutaz_tui.sources.logs.files import FileFeed
from sutaz_tui.sources.logs.frames import FramedLines
from sutaz_tui.sources.logs.loki_answers import LABELS_LIMIT, LokiAnswers
from sutaz_tui.sources.logs.loki_query import selector
from tests.hostile import unprintable
from tests.loopback import configured, speaking
from tests.running import LEAK
from tests.servers.waiting import patient
from tests.sources.logs.asking_loki import asking
from tests.web import Reply, Web, web_server


def test_a_line_behind_a_hole_of_any_length_is_kept() -> None:
    reader = FileLines("shop", "shop.log")
    for _ in range(3):
        assert reader.feed(b"\0" * 1_000_000, 5) == []
    assert [line.text for line in reader.feed(b"\0said\n", 5)] == ["said"]


def test_a_message_of_newlines_alone_is_read_at_once() -> None:
    payload = b"2026-11-23T14:07:12.123456789Z " + b"\n" * 120_000
    began = time.perf_counter()
    lines = FramedLines("Docker", "shop", "shop").feed(
        b"\1\0\0\0" + struct.pack(">I", len(payload)) + payload
    )
    assert len(lines) == 120_000
    assert time.perf_counter() - began < patient(0.5)


def test_a_query_of_braces_that_never_close_is_read_at_once() -> None:
    began = time.perf_counter()
    for query in ("{" * 50_000, '{"\\"' * 20_000, "`{" * 25_000):
        assert selector(query) == query
    assert time.perf_counter() - began < patient(0.5)


# A hostile Loki


def answer(at: Any, text: str = "x", labels: Any = None, more: Any = None) -> dict[str, Any]:
    entry = [at, text] if more is None else [at, text, more]
    return {
        "data": {"resultType": "streams", "result": [{"stream": labels or {"a": "b"}, "values": [entry]}]}
    }


DEEP = b"[" * 100_000 + b"]" * 100_000


ANSWERS = {
    "bytes": b"\x00\xff" * 99,
    "a moment of infinity": b'{"data":{"resultType":"streams","result":[{"stream":{},"values":[[1e400,"x"]]}]}}',
    "a moment as a power": answer("1e400"),
    "a moment before all": answer("-1"),
    "a moment behind all": answer(str(10**40)),
    "a moment of 5,000 digits": answer("9" * 5000),
    "lists without end": b'{"x":' + DEEP + b',"data":{"resultType":"streams","result":[]}}',
    "a deep entry": b'{"data":{"resultType":"streams","result":[{"stream":{},"values":[["1","x",'
    + DEEP
    + b"]]}]}}",
    "streams of text": {"data": {"resultType": "streams", "result": "abc"}},
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_what_a_hostile_loki_answers_is_told_in_a_sentence(name: str) -> None:
    async with web_server() as web, asking(web.answers(body=ANSWERS[name])) as loki:
        with pytest.raises(SourceError) as told:
            await loki.range('{a="b"}', 0, 10**18, 100, True)
    assert not LEAK.search(str(told.value)), told.value
    assert not unprintable(str(told.value))


@pytest.mark.parametrize("value", ["1e400", "NaN", "1e300", "-5"])
async def test_a_count_that_is_no_number_of_lines_is_refused(value: str) -> None:
    body = {"data": {"result": [{"value": [1, value]}]}}
    async with web_server() as web, asking(web.answers(body=body)) as loki:
        with pytest.raises(SourceError, match="no number"):
            await loki.count('{a="b"}', 0, 10**9)


def test_labels_without_end_are_counted_instead_of_kept() -> None:
    answers = LokiAnswers("Loki", "shop")
    for labels in ({f"label{n}": "value" for n in range(100_000)}, {"a": "x" * 10_000_000, "b": "c"}):
        [line] = answers.lines(json.dumps(answer("1", labels=labels)).encode(), True)
        assert sum(map(len, line.labels.values())) <= LABELS_LIMIT
        assert "more labels" in line.labels["…"]


async def test_a_flood_of_empty_frames_keeps_nothing_from_running() -> None:
    async def flood(reader: Any, writer: Any) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = re.search(rb"(?i)sec-websocket-key: (\S+)", head)
        assert key is not None
        writer.write(upgraded(key[1]) + b"\x01\x00" + b"\x00\x00" * 30_000 + b"\x80\x02{}")
        await writer.drain()

    async with speaking(flood, hangs_up=False) as speaker, asking(f"http://{speaker.address}") as loki:
        async with ticking() as ticks, aclosing(loki.tail('{a="b"}', 0, 10)) as tail:
            assert (await anext(tail)).lines == []
        assert ticks() > 100, "other work was done meanwhile"


def upgraded(key: bytes) -> bytes:
    """The answer that opens a WebSocket (RFC 6455, 4.2.2)."""
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"


@asynccontextmanager
async def ticking() -> AsyncIterator[Callable[[], int]]:
    """Counts how often another task has its turn."""
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(tick())
    try:
        yield lambda: turns
    finally:
        task.cancel()


# A hostile Docker


@asynccontextmanager
async def docker(web: Web) -> AsyncIterator[DockerFeed]:
    clients = Clients(configured(sources={"d": Source(url=web.url)}))
    try:
        yield DockerFeed(docker_api(clients, "d", "Docker"), "shop", "shop")
    finally:
        await clients.aclose()


HEALTHY = {
    "Id": "a",
    "State": {"Status": "running"},
    "Config": {"Tty": False},
    "Created": "2026-11-23T00:00:00Z",
}


@pytest.mark.parametrize(
    ("inspected", "log"),
    [
        (Reply(200, b'{"Id": "a", "State": {"Status": "exited", "ExitCode": 1e400}}'), Reply()),
        (Reply(200, b"[" * 900_000), Reply()),
        (Reply(200, HEALTHY), Reply(200, b"\x01\0\0\0\0\0\0\x08\x1b[2Jsaid")),
        (Reply(200, HEALTHY), Reply(200, b"\x03\0\0\0\0\0\0\x1e\x1b[2J[@click=app.quit] for itself")),
        (Reply(200, HEALTHY), Reply(500, {"message": "\x1b]0;owned\x07"})),
        (Reply(200, HEALTHY), Reply(301, b"", {"Location": "http://evil.example/"})),
        (Reply(200, HEALTHY), Reply(200, b"\0" * 500_000, behave="raw")),
        (Reply(200, HEALTHY), Reply(200, b"-5\r\nx", {"Transfer-Encoding": "chunked"})),
    ],
)
async def test_what_a_hostile_docker_answers_is_told_in_a_sentence(inspected: Reply, log: Reply) -> None:
    async with web_server() as web, docker(web) as feed:
        web.routes = {"/containers/shop/json": inspected, "/containers/shop/logs": log}
        with pytest.raises(SourceError) as told:
            await feed.page(0, 2 * 10**18, 100, False)
    assert not LEAK.search(str(told.value)), told.value
    assert not unprintable(str(told.value))


# A hostile disk


def a_folder(file: Path) -> str:
    file.mkdir()
    return "is a directory"


def a_pipe(file: Path) -> str:
    os.mkfifo(file)
    return "named pipe"


def a_loop(file: Path) -> str:
    file.symlink_to(file.name)
    return "Too many levels"


@pytest.mark.parametrize("make", [a_folder, a_pipe, a_loop])
async def test_a_file_that_is_none_is_told_in_a_sentence(make: Callable[[Path], str], tmp_path: Path) -> None:
    words = make(tmp_path / "shop.log")
    await told_of(str(tmp_path / "shop.log"), words)


@pytest.mark.parametrize(
    ("name", "words"), [("/dev/zero", "is a device"), ("a\0b", "called so"), ("a\ud800b", "called so")]
)
async def test_a_name_that_no_file_can_have_is_told_in_a_sentence(name: str, words: str) -> None:
    await told_of(name, words)


async def told_of(name: str, words: str) -> None:
    feed = FileFeed("shop", name)
    try:
        asked: Awaitable[object] = feed.page(0, 2 * 10**18, 10, True)
        with pytest.raises(SourceError, match=words):
            await asked
        async with aclosing(feed.follow(0)) as batches:
            assert words in (await anext(batches)).trouble
    finally:
        await feed.aclose()
