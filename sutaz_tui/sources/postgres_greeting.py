"""PostgreSQL's greeting: what a server tells whoever names a user, before any login."""

import asyncio
import ssl
import struct
import time
from dataclasses import dataclass

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer, SourceError
from sutaz_tui.sources.failures import no_tls
from sutaz_tui.sources.postgres_refusals import TurnedAway, Unready, meaning, unready
from sutaz_tui.sources.question import Question
from sutaz_tui.sources.tcp import split_address, stranger
from sutaz_tui.text.sanitise import one_line

PROTOCOL_3 = 196608
SSL_REQUEST = 80877103
LIMIT = 65_536


@dataclass(frozen=True, slots=True)
class Stranger:
    """It is PostgreSQL, it answers, and it wants a login that is not configured; `words` is what it said."""

    words: str
    latency: float


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
    code, said, detail = _error(body)
    if found := unready(code, said, latency, detail):
        raise TurnedAway(source, found)
    if not code.startswith("28"):
        raise meaning(source, service, code, said, detail)
    return None if service.password else Stranger(f"refuses strangers: {said}", latency)


def _error(body: bytes) -> tuple[str, str, str]:
    """SQLSTATE, message and detail of an error."""
    fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
    code, said, detail = (fields.get(key, "") for key in (b"C", b"M", b"D"))
    return one_line(code, 5), one_line(said, 120), one_line(detail, 80)


def _cannot_fork(question: Question, words: bytes) -> SourceError | None:
    """What a server says that has no process to greet us by: a text that ends in NUL, as in protocol 2."""
    if not words.endswith(b"\n\0"):
        return None
    said = one_line(words.decode("utf-8", "replace").rstrip("\n\0"), 120)
    advice = "look at the memory and the processes of its host"
    return TurnedAway(question.source, Unready("full", said, advice, time.perf_counter() - question.started))


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
        heard = said and said + await reader.read(400)
        if said == b"E" and (full := _cannot_fork(question, heard[1:])):
            raise full
        raise stranger(question.source, question.address, "PostgreSQL", heard, is_tls=True)
    await writer.start_tls(context, server_hostname=host)


async def _message(reader: asyncio.StreamReader, question: Question, is_tls: bool) -> tuple[bytes, bytes]:
    """The first message: an authentication request (R) or an error (E), else it is not PostgreSQL."""
    header = b""
    while len(header) < 5 and (part := await reader.read(5 - len(header))):
        header += part
    length = int.from_bytes(header[1:5], "big")
    if len(header) < 5 or header[:1] not in b"RE" or not 8 <= length <= LIMIT:
        rest = await reader.read(400) if len(header) == 5 else b""
        if header[:1] == b"E" and (full := _cannot_fork(question, header[1:] + rest)):
            raise full
        raise stranger(question.source, question.address, "PostgreSQL", header + rest, is_tls=is_tls)
    try:
        return header[:1], await reader.readexactly(length - 4)
    except asyncio.IncompleteReadError as error:
        raise BadAnswer(question.source, "closed the connection in the middle of its greeting") from error
