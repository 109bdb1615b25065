"""Answers that curl and browsers take and a strict parser refuses, and greetings of other protocols on an HTTP port."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sutaz_tui.errors import BadAnswer, SourceError
from sutaz_tui.sources.blocking import BlockingOrigin
from sutaz_tui.sources.http import READ_LIMIT, HttpAnswer
from sutaz_tui.sources.http_stream import stream
from sutaz_tui.sources.websocket import websocket
from sutaz_tui.text.sanitise import Secrets
from tests.loopback import speaking
from tests.sources.asking import origin
from tests.web import Web, web_server

OK = b"HTTP/1.1 200 OK\r\n"
JSON = b'{"status":"ok"}'


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


async def get(url: str) -> HttpAnswer:
    client = origin(url)
    try:
        return await client.get("/", timeout=5.0)
    finally:
        await client.aclose()


async def said(raw: bytes) -> HttpAnswer:
    """The answer of a server that says exactly this, and hangs up."""
    async with speaking(raw) as port:
        return await get(f"http://{port.address}")


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(JSON, mtime=0)),
        ("GZip", gzip.compress(JSON[:5], mtime=0) + gzip.compress(JSON[5:], mtime=0)),
        ("x-gzip", gzip.compress(JSON, mtime=0) + b"\0\0\0"),
        ("deflate", zlib.compress(JSON)),
        ("deflate", raw_deflate(JSON)),
        ("deflate, gzip", gzip.compress(zlib.compress(JSON), mtime=0)),
        ("identity", JSON),
    ],
)
async def test_a_body_that_is_packed_unasked_is_unpacked(web: Web, coding: str, packed: bytes) -> None:
    web.answers(200, packed, Content_Encoding=coding)
    answer = await get(web.url)
    assert (answer.json(), answer.packed) == ({"status": "ok"}, "")


@pytest.mark.parametrize(
    ("coding", "body", "words"),
    [
        ("br", b"\x8b\x02\x80", "packed as br, though it was asked not to pack it"),
        ("zstd", b"\x28\xb5\x2f\xfd", "packed as zstd, though it was asked not to pack it"),
        ("gzip", JSON, "said to be packed as gzip, and is not"),
        ("gzip", gzip.compress(JSON, mtime=0)[:10] + b"\xff" * 20, "packed as gzip, and damaged"),
    ],
)
async def test_what_cannot_be_unpacked_is_told_and_no_bytes_of_it_are_shown(
    web: Web, coding: str, body: bytes, words: str
) -> None:
    web.answers(200, body, Content_Encoding=coding)
    answer = await get(web.url)
    assert (answer.status, answer.packed, answer.text()) == (200, words, f"({words})")
    with pytest.raises(BadAnswer, match=f"the body is {words}"):
        answer.json()


async def test_a_small_answer_that_unpacks_to_a_gigabyte_is_cut(web: Web) -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    web.answers(200, bomb, Content_Encoding="gzip")
    answer = await get(web.url)
    assert (len(answer.body), answer.is_cut) == (READ_LIMIT, True)


@pytest.mark.parametrize(
    ("lines", "odd"),
    [
        (b"get-cache/x.php: userdata not support\r\n", "get-cache/x.php: userdata not support"),
        (b"no colon at all\r\n", "no colon at all"),
        (b": nameless\r\n", ": nameless"),
        (b"X-A: b\0c\r\n", "X-A: b␀c"),
        (b"X-Fold: a\r\n\tb\r\n", ""),
        (b"X-Late : a\r\n", ""),
    ],
)
async def test_one_bad_header_line_leaves_the_answer_what_it_is(lines: bytes, odd: str) -> None:
    answer = await said(OK + lines + b"Content-Length : 15\r\n\r\n" + JSON)
    assert (answer.status, answer.json(), answer.odd) == (200, {"status": "ok"}, odd)


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"Chunked", b"identity, chunked", b"chunked;q=1"])
async def test_words_beside_chunked_are_understood(coding: bytes) -> None:
    head = OK + b"Transfer-Encoding: " + coding + b"\r\nContent-Length: 3\r\n\r\n"
    assert (await said(head + b"f\r\n" + JSON + b"\r\n0\r\n\r\n")).json() == {"status": "ok"}


async def test_a_transfer_coding_without_chunks_lasts_until_the_end() -> None:
    assert (await said(OK + b"Transfer-Encoding: gzip\r\n\r\n" + gzip.compress(JSON))).json() == {
        "status": "ok"
    }
    assert (await said(OK + b"Transfer-Encoding: identity\r\n\r\n" + JSON)).json() == {"status": "ok"}


@pytest.mark.parametrize("step", [1, 2, 7])
async def test_a_head_that_drips_is_read_alike(step: int) -> None:
    raw = (
        b"HTTP/1.1 103 Early Hints\r\nbad line\r\n\r\n"
        + OK
        + b"worse line\r\nContent-Length: 15\r\n\r\n"
        + JSON
    )

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            for at in range(0, len(raw), step):
                writer.write(raw[at : at + step])
                await writer.drain()
                await asyncio.sleep(0)

    async with speaking(drip) as port:
        client = origin(f"http://{port.address}")
        for _ in range(2):
            answer = await client.get("/", timeout=5.0)
            assert (answer.json(), answer.odd) == ({"status": "ok"}, "worse line")
        await client.aclose()
    assert port.taken == 1


GREETINGS = {
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "SMTP": b"220 mail.test ESMTP Postfix\r\n",
    "FTP": b"220 ProFTPD 1.3 FTP server\r\n",
    "Redis": b"-ERR wrong number of arguments for 'get' command\r\n",
    "MySQL": b"\x4a\0\0\0\x0a8.0.36\0\x08\0\0\0",
    "PostgreSQL": b"E\0\0\0\x52SFATAL\0C0A000\0Munsupported frontend protocol\0\0",
    "AMQP": b"AMQP\0\0\x09\x01",
}


async def by_request(url: str) -> None:
    await get(url)


async def by_stream(url: str) -> None:
    async with stream(origin(url), "/"):
        pass


async def by_websocket(url: str) -> None:
    async with websocket(origin(url), "/", Secrets()):
        pass


async def by_library(url: str) -> None:
    client = BlockingOrigin(origin(url))
    try:
        await client.ask(lambda: client.session.get(url), 5.0)
    finally:
        await client.aclose()


@pytest.mark.parametrize("ask", [by_request, by_stream, by_websocket, by_library])
@pytest.mark.parametrize("name", list(GREETINGS))
async def test_a_greeting_on_an_http_port_is_named_at_once(
    name: str, ask: Callable[[str], Awaitable[None]]
) -> None:
    # It keeps the connection open, and no further byte comes.
    async with speaking(GREETINGS[name], hangs_up=False) as port:
        with pytest.raises(SourceError, match=f"answers as {name}, not as HTTP") as caught:
            await ask(f"http://{port.address}")
    assert isinstance(caught.value, BadAnswer)
