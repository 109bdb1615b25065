"""PostgreSQL's greeting: what a server tells whoever names a user, before any login."""

import asyncio
import ssl
import struct
import time
from dataclasses import dataclass

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.failures import no_tls
from sutaz_tui.sources.question import Question
from sutaz_tui.sources.tcp import split_address, stranger
from sutaz_tui.text.sanitise import one_line

PROTOCOL_3 = 196608
SSL_REQUEST = 80877103
LIMIT = 65_536

_SENTENCES = {
    "full": "has no connection left; raise max_connections or find who holds them",
    "starting": "is starting and takes nobody in yet; wait, and look at its log if it goes on",
    "stopping": "is shutting down and takes nobody in",
}


@dataclass(frozen=True, slots=True)
class Stranger:
    """It is PostgreSQL, it answers, and it wants a login that is not configured; `words` is what it said."""

    words: str
    latency: float


@dataclass(frozen=True, slots=True)
class Unready:
    """It is PostgreSQL, it answers, but takes nobody in: `word` is "full", "starting" or "stopping"."""

    word: str
    words: str
    latency: float

    @property
    def sentence(self) -> str:
        """What is so, and what to do."""
        return _SENTENCES[self.word]


class TurnedAway(BadAnswer):
    """PostgreSQL takes nobody in now; `unready` says why, in its own words."""

    def __init__(self, source: str, unready: Unready) -> None:
        super().__init__(source, unready.sentence)
        self.unready = unready


def unready(code: str, words: str, latency: float) -> Unready | None:
    """SQLSTATE 53300 too_many_connections, 57P03 cannot_connect_now, 57P01 admin_shutdown."""
    if code == "53300":
        return Unready("full", words, latency)
    if code == "57P01" or (code == "57P03" and "shut" in words):
        return Unready("stopping", words, latency)
    return Unready("starting", words, latency) if code == "57P03" else None


async def greet(service: Postgres, context: ssl.SSLContext | None, question: Question) -> Stranger | None:
    """What the server tells a stranger of this user's name; None when a login is the way on.

    Raises TurnedAway, another SourceError, or OSError.
    """
    source = question.source
    host, port = split_address(service.address)
    started = time.perf_counter()
    words = f"user\0{service.user}\0database\0{service.database}\0application_name\0sutaz-tui\0\0".encode()
    reader, writer = await asyncio.open_connection(host, port, limit=LIMIT)
    question.late = "connected, but no greeting"
    try:
        if context is not None:
            await _secure(reader, writer, context, host, question)
        writer.write(struct.pack("!II", len(words) + 8, PROTOCOL_3) + words)
        kind, body = await _message(reader, question, context is not None)
        if kind == b"R" and body[:4] == b"\0\0\0\0":
            writer.write(b"X\0\0\0\x04")
    finally:
        writer.close()
    question.late = "greeted, but the login did not end"
    latency = time.perf_counter() - started
    if kind == b"R":
        is_free = body[:4] == b"\0\0\0\0"
        return None if is_free or service.password else Stranger("wants a password", latency)
    fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
    said = one_line(fields.get(b"M", ""), 120)
    if found := unready(fields.get(b"C", ""), said, latency):
        raise TurnedAway(source, found)
    return None if service.password else Stranger(f"refuses strangers: {said}", latency)


async def _secure(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    context: ssl.SSLContext,
    host: str,
    question: Question,
) -> None:
    writer.write(struct.pack("!II", 8, SSL_REQUEST))
    said = await reader.read(1)
    if said == b"N":
        raise no_tls(question.source, question.address)
    if said != b"S":
        heard = said and said + await reader.read(200)
        raise stranger(question.source, question.address, "PostgreSQL", heard, is_tls=True)
    await writer.start_tls(context, server_hostname=host)


async def _message(reader: asyncio.StreamReader, question: Question, is_tls: bool) -> tuple[bytes, bytes]:
    """The first message: an authentication request (R) or an error (E), else it is not PostgreSQL."""
    header = b""
    while len(header) < 5 and (part := await reader.read(5 - len(header))):
        header += part
    length = int.from_bytes(header[1:5], "big")
    if len(header) < 5 or header[:1] not in b"RE" or not 8 <= length <= LIMIT:
        rest = await reader.read(200) if len(header) == 5 else b""
        raise stranger(question.source, question.address, "PostgreSQL", header + rest, is_tls=is_tls)
    try:
        return header[:1], await reader.readexactly(length - 4)
    except asyncio.IncompleteReadError as error:
        raise BadAnswer(question.source, "closed the connection in the middle of its greeting") from error
