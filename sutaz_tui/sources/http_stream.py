"""An HTTP/1.1 answer as it comes, for answers without an end such as a followed log.

Not by httpx2: Docker sends every log line as a chunk of its own, and h11 0.16 alone takes 8 us for each, most of a core at
100,000 lines/s. All chunks of one read are taken apart together here, in less than 1 us each.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode, urlsplit

from sutaz_tui.errors import BadAnswer, Refused, SourceError, TimedOut, Unreachable
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.http import HttpAnswer, HttpOrigin
from sutaz_tui.sources.stopwatch import Stopwatch
from sutaz_tui.sources.unexpected import expect_ok
from sutaz_tui.sources.unpacking import CannotUnpack, Unpacking, codings
from sutaz_tui.text.sanitise import one_line

READ_SIZE = 256 * 1024
COMPLAINT_LIMIT = 64 * 1024
_BEGINNING = b"HTTP/1."
_CHUNK_HEAD_LIMIT = 1024
_DIGITS = 30


class HttpStream:
    """One answer with status 200 whose body is being sent: `read` until it is empty."""

    def __init__(
        self, origin: HttpOrigin, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.headers: dict[str, str] = {}
        self.status = 0
        self._origin = origin
        self._reader = reader
        self._writer = writer
        self._body: _Chunked | _Sized | None = None
        self._is_over = False
        self._ahead = b""
        self._unpacking = Unpacking(())
        self._parts: Iterator[bytes] = iter(())

    async def read(self) -> bytes:
        """The next part of the body, unpacked, at most 256 KiB; empty at its end.

        Cancelling it loses nothing. Raises Refused when the connection ends before the body does, BadAnswer when it
        is no HTTP.
        """
        while not (part := self._next_part()) and not self._is_over:
            try:
                data, self._ahead = self._ahead or await self._reader.read(READ_SIZE), b""
            except OSError as error:
                raise network_error(
                    self._origin.source, self._origin.address, error, self._origin.tls
                ) from error
            self._parts = self._unpacking.feed(self._taken(data))
        return part

    def _next_part(self) -> bytes:
        try:
            return next(filter(None, self._parts), b"")
        except CannotUnpack as error:
            raise self._packed(error) from error

    def _packed(self, error: CannotUnpack) -> SourceError:
        return BadAnswer(self._origin.source, f"{self._origin.address} sends a body that is {error}")

    def close(self) -> None:
        """Let go of the connection at once, whatever is still under way in it."""
        self._writer.transport.abort()

    async def _begin(self) -> None:
        """Read status line and headers."""
        head = b""
        while (end := head.find(b"\r\n\r\n")) < 0:
            if len(head) > READ_SIZE:
                raise asyncio.LimitOverrunError("no end of the headers", len(head))
            data = await self._reader.read(READ_SIZE)
            head += data
            if not data:
                raise asyncio.IncompleteReadError(head, None)
            if not _BEGINNING.startswith(head[: len(_BEGINNING)]):
                raise self._origin.stranger(head)
        head, self._ahead = head[:end], head[end + 4 :]
        first, *lines = head.decode("latin-1").split("\r\n")
        code = first.partition(" ")[2][:3]
        if not code.isdecimal():
            raise self._origin.stranger(first.encode())
        named = (line.partition(":") for line in lines if line)
        self.headers = {name.strip().lower(): value.strip() for name, _, value in named}
        self.status = int(code)
        try:
            self._unpacking = Unpacking(codings(self.headers.get("content-encoding", "")))
        except CannotUnpack as error:
            raise self._packed(error) from error
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            self._body = _Chunked()
        elif (length := self.headers.get("content-length", "")).isdecimal():
            # Of more digits no number is made; what has so many never ends.
            self._body = _Sized(int(length[:_DIGITS]))
            self._is_over = self._body.is_done

    def _taken(self, data: bytes) -> bytes:
        source = self._origin.source
        if self._body is None:
            self._is_over = not data
            return data
        if not data:
            raise Refused(source, f"{self._origin.address} closed the connection in the middle of its answer")
        try:
            part = self._body.feed(data)
        except ValueError as error:
            raise BadAnswer(
                source, f"{self._origin.address} sends a body that is no HTTP: {one_line(str(error), 60)}"
            ) from error
        self._is_over = self._body.is_done
        return part


@asynccontextmanager
async def stream(
    origin: HttpOrigin,
    path: str,
    *,
    params: Mapping[str, str | int] | None = None,
    timeout: float = 5.0,
    first_byte: float | None = None,
) -> AsyncIterator[HttpStream]:
    """GET a path and hand out its answer while it comes, on a connection of its own that is closed at the end.

    Connection and headers must come within `timeout` seconds (headers within `first_byte`, where that is given);
    the body has all the time that it wants. Raises SourceError, UnexpectedStatus for another status than 200.
    """
    target = path + (f"?{urlencode(params)}" if params else "")
    watch = Stopwatch()
    opened: HttpStream | None = None
    try:
        try:
            async with asyncio.timeout(timeout):
                await origin.ready(timeout)
                reader, writer = await _connect(origin, watch)
            opened = HttpStream(origin, reader, writer)
            async with asyncio.timeout(first_byte or timeout):
                writer.write(_request(origin, target))
                await writer.drain()
                watch.sent = time.perf_counter()
                await opened._begin()
                watch.first_byte = time.perf_counter()
                if opened.status != 200:
                    expect_ok(origin.source, await _whole(opened, origin, target, watch))
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError, SourceError) as error:
            failure = _meaning(origin, error, watch, timeout, first_byte)
            origin.record("GET", origin.base + target, None, None, watch, str(failure))
            try:
                raise failure from (None if failure is error else error)
            finally:
                del failure  # see failures.py
        origin.record(
            "GET", origin.base + target, None, None, watch, f"{opened.status}, its body as it comes"
        )
        yield opened
    finally:
        if opened is not None:
            opened.close()


async def _connect(origin: HttpOrigin, watch: Stopwatch) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    watch.is_reused = False
    if origin.socket is not None:
        pair = await asyncio.open_unix_connection(origin.socket, limit=READ_SIZE)
    else:
        url = urlsplit(origin.base)
        context: ssl.SSLContext | None = await origin.context() if url.scheme == "https" else None
        port = url.port or (443 if context else 80)
        pair = await asyncio.open_connection(url.hostname, port, ssl=context, limit=READ_SIZE)
    watch.connected = time.perf_counter()
    return pair


def _request(origin: HttpOrigin, target: str) -> bytes:
    url = urlsplit(origin.base)
    headers = {
        "Host": url.netloc,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **origin.own_headers,
    }
    lines = [f"GET {url.path}{target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header of two lines")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


async def _whole(opened: HttpStream, origin: HttpOrigin, target: str, watch: Stopwatch) -> HttpAnswer:
    """The answer with as much of its body as a complaint needs."""
    body = b""
    while len(body) < COMPLAINT_LIMIT and (part := await opened.read()):
        body += part
    watch.done = time.perf_counter()
    return HttpAnswer(
        opened.status,
        opened.headers,
        body[:COMPLAINT_LIMIT],
        watch.timing(),
        origin.base + target,
        source=origin.source,
    )


def _meaning(
    origin: HttpOrigin, error: Exception, watch: Stopwatch, timeout: float, first_byte: float | None
) -> SourceError:
    match error:
        case SourceError():
            return error
        case TimeoutError():
            within = first_byte or timeout if watch.connected else timeout
            return TimedOut(origin.source, f"{watch.phase()} within {within:g} s")
        case OSError():  # a refused certificate is a ValueError too
            return network_error(origin.source, origin.address, error, origin.tls)
        case EOFError():
            return BadAnswer(origin.source, f"{origin.address} closed the connection without an answer")
        case asyncio.LimitOverrunError():
            return BadAnswer(origin.source, f"{origin.address} is not HTTP: its headers have no end")
    # Its own text may quote a header, hence a secret.
    words = "the request cannot be written; check address, headers and login in the config"
    return Unreachable(origin.source, words)


class _Sized:
    """A body of known length."""

    def __init__(self, length: int) -> None:
        self._left = length

    @property
    def is_done(self) -> bool:
        return self._left == 0

    def feed(self, data: bytes) -> bytes:
        part = data[: self._left]
        self._left -= len(part)
        return part


class _Chunked:
    """A body in chunks: what the chunks of one read hold, joined."""

    def __init__(self) -> None:
        self.is_done = False
        self._rest = b""
        self._left = 0

    def feed(self, data: bytes) -> bytes:
        """The payload within `data`; ValueError where it is not chunked."""
        if self._rest:
            data = self._rest + data
            self._rest = b""
        parts: list[bytes] = []
        append, find = parts.append, data.find
        at, end = 0, len(data)
        while at < end:
            if self._left:
                # The rest of a chunk that began before, and the CRLF behind it.
                part = data[at : at + self._left]
                append(part[: max(0, self._left - 2)])
                at += len(part)
                self._left -= len(part)
                continue
            found = find(b"\r\n", at)
            if found < 0:
                if end - at > _CHUNK_HEAD_LIMIT:
                    raise ValueError("a chunk without a length")
                self._rest = data[at:]
                break
            head = data[at:found]
            length = int(head.partition(b";")[0] if b";" in head else head, 16)
            if length <= 0:
                if length < 0:
                    raise ValueError("a chunk of negative length")
                self.is_done = True
                break
            begin = found + 2
            at = begin + length + 2
            append(data[begin : begin + length])
            if at > end:
                self._left = at - end
        return b"".join(parts)
