"""An answer as it comes: its parts, its end, and what goes wrong on the way."""

import asyncio
import gzip
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sutaz_tui.config.schema import Basic, Tls
from sutaz_tui.errors import BadAnswer, NotListening, Refused, SourceError, TimedOut, Unreachable
from sutaz_tui.sources.evidence import recording
from sutaz_tui.sources.http_stream import READ_SIZE, HttpStream, stream
from sutaz_tui.sources.unexpected import UnexpectedStatus
from tests.certificates import certificate
from tests.loopback import Speaker, speaking
from tests.servers.waiting import patient
from tests.sources.asking import origin
from tests.web import web_server

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


async def body(opened: HttpStream) -> list[bytes]:
    """All parts up to the end."""
    parts = []
    while part := await opened.read():
        parts.append(part)
    return parts


@asynccontextmanager
async def opened(speaker: Speaker, first_byte: float = 5.0) -> AsyncIterator[HttpStream]:
    async with stream(origin(f"http://{speaker.address}"), "/logs", first_byte=first_byte) as answer:
        yield answer


def chunked(parts: list[bytes]) -> bytes:
    return b"".join(b"%x;more=1\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 5_000])
async def test_chunks_are_joined_wherever_they_are_cut(step: int) -> None:
    rng = random.Random(step)
    parts = [rng.randbytes(rng.choice((1, 2, 3, 30, 300))) for _ in range(60)]
    sent = CHUNKED + chunked(parts)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for at in range(0, len(sent), step):
            writer.write(sent[at : at + step])
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read()

    async with speaking(answer) as speaker, opened(speaker) as answered:
        assert b"".join(await body(answered)) == b"".join(parts)
        assert await answered.read() == b""


@pytest.mark.parametrize(
    "sent",
    [
        OK + b"Content-Length: 5\r\n\r\nhello and more",
        OK + b"\r\nhello",
        CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
    ],
)
async def test_every_way_to_end_a_body(sent: bytes) -> None:
    async with speaking(sent) as speaker, opened(speaker) as answered:
        assert b"".join(await body(answered)) == b"hello"


async def test_a_body_that_is_packed_unasked_is_unpacked_while_it_comes() -> None:
    lines = b"".join(b"line %d\n" % n for n in range(100_000))
    packed = gzip.compress(lines)
    sent = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + chunked([packed])
    async with speaking(sent) as speaker, opened(speaker) as answered:
        parts = await body(answered)
    assert b"".join(parts) == lines and max(map(len, parts)) <= READ_SIZE


async def test_a_body_that_cannot_be_unpacked_says_so() -> None:
    async with speaking(OK + b"Content-Encoding: br\r\n\r\n\x8b\x02") as speaker:
        with pytest.raises(BadAnswer, match="sends a body that is packed as br, though it was asked not to"):
            async with opened(speaker):
                pass
    async with speaking(OK + b"Content-Encoding: gzip\r\n\r\nplain") as speaker:
        with pytest.raises(BadAnswer, match="said to be packed as gzip, and is not"):
            async with opened(speaker) as answered:
                await body(answered)


async def test_parts_come_while_the_answer_goes_on_and_closing_is_prompt() -> None:
    async with speaking(CHUNKED + b"3\r\none\r\n", hangs_up=False) as speaker:
        async with opened(speaker, first_byte=0.5) as answered:
            assert await answered.read() == b"one"
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.6):
                    await answered.read()
        await asyncio.wait_for(speaker.idle.wait(), patient(5))


@pytest.mark.parametrize(
    ("sent", "kind", "words"),
    [
        (b"", BadAnswer, "closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", BadAnswer, "answers as SSH, not as HTTP"),
        (OK + b"x" * 600_000, BadAnswer, "its headers have no end"),
        (CHUNKED + b"5\r\nhel", Refused, "in the middle of its answer"),
        (OK + b"Content-Length: 9\r\n\r\nhello", Refused, "in the middle of its answer"),
        (CHUNKED + b"no length\r\n", BadAnswer, "a body that is no HTTP"),
        (CHUNKED + b"-5\r\nhello\r\n", BadAnswer, "a chunk of negative length"),
        (CHUNKED + b"5" * 2_000, BadAnswer, "a chunk without a length"),
    ],
)
async def test_what_is_no_whole_answer(sent: bytes, kind: type[SourceError], words: str) -> None:
    async with speaking(sent) as speaker:
        with pytest.raises(kind, match=words):
            async with opened(speaker) as answered:
                await body(answered)


async def test_another_status_is_refused_with_its_words() -> None:
    sent = b'HTTP/1.1 501 Not Implemented\r\nContent-Length: 22\r\n\r\n{"message":"no driver"}'
    async with speaking(sent.replace(b"22", b"23")) as speaker:
        with pytest.raises(UnexpectedStatus, match="answers 501: no driver"):
            async with opened(speaker):
                pass


async def test_silence_before_the_headers() -> None:
    async with speaking(b"", hangs_up=False) as speaker:
        with pytest.raises(TimedOut, match=r"connected, but no answer within 0\.05 s"):
            async with opened(speaker, first_byte=0.05):
                pass


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(NotListening, match="is missing"):
        async with stream(origin(f"unix://{tmp_path}/none.sock"), "/logs"):
            pass


async def test_the_request_says_who_asks_and_is_left_as_evidence(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK + b"\r\nhello")
        writer.close()

    asked = origin(f"unix://{tmp_path}/d.sock", auth=Basic(user="me", password="sesame"))
    async with await asyncio.start_unix_server(answer, str(tmp_path / "d.sock")):
        with recording() as steps:
            async with stream(asked, "/logs", params={"tail": 5, "x": "a b"}) as answered:
                assert await body(answered) == [b"hello"]
    lines = heard[0].decode().split("\r\n")
    assert lines[0] == "GET /logs?tail=5&x=a+b HTTP/1.1"
    assert "Authorization: Basic bWU6c2VzYW1l" in lines
    (step,) = steps
    assert "--unix-socket" in step.reproduce
    assert "/logs?tail=5" in step.reproduce
    assert "sesame" not in step.reproduce + step.request + step.answer


async def test_over_tls(tmp_path: Path) -> None:
    file = certificate(tmp_path / "own.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    async with web_server(context) as web:
        web.answers(200, b"hello")
        async with stream(origin(web.url, tls=Tls(ca_file=str(file))), "/") as answered:
            assert await body(answered) == [b"hello"]
        with pytest.raises(Refused, match="certificate not accepted"):
            async with stream(origin(web.url), "/"):
                pass
        with pytest.raises(Unreachable, match=r"ca_file .*none\.pem is missing"):
            async with stream(origin(web.url, tls=Tls(ca_file=str(tmp_path / "none.pem"))), "/"):
                pass
