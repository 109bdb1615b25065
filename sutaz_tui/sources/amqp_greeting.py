"""AMQP's greeting: what a broker tells whoever speaks its protocol, before any login."""

import asyncio
import ssl
import struct
import time
from dataclasses import dataclass

from pika import exceptions, frame, spec

from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.amqp_line import server_property
from sutaz_tui.sources.tcp import split_address, stranger

HEADER = b"AMQP\x00\x00\x09\x01"
_GREETING_LIMIT = 65_536
# What decoding a strange server's bytes fails with.
_GARBAGE = (
    exceptions.AMQPError,
    struct.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Stranger:
    """It speaks AMQP and wants a login that is not configured; `version` is what its greeting says, or ""."""

    product: str
    version: str
    latency: float


async def greet(source: str, address: str, context: ssl.SSLContext | None) -> Stranger:
    """Read Connection.Start and hang up before the login; raises SourceError or OSError."""
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection(*split_address(address), ssl=context)
    try:
        writer.write(HEADER)
        heard = await _first_frame(reader)
    finally:
        writer.close()
    latency = time.perf_counter() - started
    try:
        _, decoded = frame.decode_frame(heard)
    except _GARBAGE:
        decoded = None
    start = getattr(decoded, "method", None)
    if heard[:4] == b"AMQP" and len(heard) >= 8:
        version = ".".join(str(part) for part in heard[5:8]).removesuffix(".0")
        raise BadAnswer(source, f"speaks AMQP {version}, not 0-9-1; is this RabbitMQ's port?")
    if not isinstance(start, spec.Connection.Start):
        raise stranger(source, address, "RabbitMQ", heard, is_tls=context is not None)
    told = start.server_properties or {}
    return Stranger(server_property(told, "product"), server_property(told, "version"), latency)


async def _first_frame(reader: asyncio.StreamReader) -> bytes:
    """Bytes up to the end of the first frame, the end of the stream, or what can't be a frame's beginning."""
    heard = b""
    while len(heard) < _GREETING_LIMIT:
        if heard and heard[:1] != b"\x01":
            return heard
        if len(heard) >= 7 and len(heard) >= 8 + int.from_bytes(heard[3:7], "big"):
            return heard
        part = await reader.read(4096)
        if not part:
            return heard
        heard += part
    return heard
