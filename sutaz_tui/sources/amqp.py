"""AMQP 0-9-1 by pika's asyncio adapter: one kept connection; without a login the broker's greeting only."""

import asyncio
import logging
import ssl
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pika
from pika import exceptions, frame, spec
from pika.adapters.asyncio_connection import AsyncioConnection

from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.errors import BadAnswer, Denied, Refused, SourceError, TimedOut
from sutaz_tui.model import Step, Timing
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.evidence import record
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.tcp import split_address, spoken
from sutaz_tui.text.sanitise import one_line

# pika logs every lost connection as an error, with a traceback: that would be written over the screen.
logging.getLogger("pika").setLevel(logging.CRITICAL + 1)

HEADER = b"AMQP\x00\x00\x09\x01"
HEARTBEAT = 60
_GREETING_LIMIT = 65_536
_FRAME_END = b"\xce"
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
class Link:
    """The kept connection answered; `blocked` is the broker's reason for taking no messages, "" for none."""

    version: str
    blocked: str
    latency: float


@dataclass(frozen=True, slots=True)
class Stranger:
    """It speaks AMQP and wants a login that is not configured; `version` is what its greeting says, or ""."""

    product: str
    version: str
    latency: float


@dataclass(frozen=True, slots=True)
class Full:
    """The broker refuses more connections; `words` are its own."""

    words: str
    latency: float


class AmqpClient:
    """Asks one broker as the service's user."""

    def __init__(self, service: Rabbitmq, clients: Clients) -> None:
        self.source = service.title
        self.address = service.address
        self._host, self._port = split_address(service.address)
        self._service = service
        self._clients = clients
        self._line: Line | None = None
        # What speaks there hung up or kept silent: the next ask first listens to it.
        self._doubtful = False

    async def ask(self, timeout: float) -> Link | Stranger | Full:
        """One answer within `timeout` seconds; raises Unreachable, Refused, TimedOut, BadAnswer or Denied."""
        started = time.perf_counter()
        is_fresh = self._line is None
        try:
            async with asyncio.timeout(timeout):
                answer = await self._ask(timeout)
        except TimeoutError as error:
            self._doubtful = is_fresh
            what = "no AMQP connection" if is_fresh else "no answer on the kept connection"
            failure: SourceError = TimedOut(self.source, f"{what} within {timeout:g} s")
            failure.__cause__ = error
        except SourceError as error:
            failure = error
        else:
            self._record(_said(answer), started, is_fresh)
            return answer
        self._record(str(failure), started, is_fresh)
        try:
            raise failure
        finally:
            del failure  # see failures.py

    @asynccontextmanager
    async def line(self, timeout: float) -> AsyncIterator["Line"]:
        """A connection of the asker's own with one channel, closed at the end; raises what `ask` does.

        What is exclusive to it goes with it, however it ends.
        """
        line = Line(self._parameters(timeout, await self._context()))
        try:
            await line.open()
            yield line
            await line.close()
        except exceptions.AMQPError as error:
            raise await self._failure(error) from error
        finally:
            line.abort()

    async def aclose(self) -> None:
        """Close the kept connection in order, or hard where the broker does not answer."""
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    async def _ask(self, timeout: float) -> Link | Stranger | Full:
        started = time.perf_counter()
        try:
            if self._line is not None:
                try:
                    return await self._round_trip(self._line)
                except exceptions.AMQPError:
                    # The broker ended it since the last ask (a restart, an operator): that says nothing of it now.
                    self._drop()
            context = await self._context()
            if not self._service.password or self._doubtful:
                greeting = await self._greet(context)
                if not self._service.password:
                    return greeting
            self._line = Line(self._parameters(timeout, context))
            await self._line.open()
            link = await self._round_trip(self._line)
        except exceptions.AMQPError as error:
            self._drop()
            if "limit" in str(error) and "NOT_ALLOWED" in str(error):
                return Full("takes no more connections (its limit is reached)", time.perf_counter() - started)
            raise await self._failure(error) from error
        except BaseException:
            self._drop()
            raise
        self._doubtful = False
        return link

    async def _round_trip(self, line: "Line") -> Link:
        started = time.perf_counter()
        await line.ask()
        return Link(line.version, line.blocked, time.perf_counter() - started)

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.abort()

    async def _context(self) -> ssl.SSLContext | None:
        tls = self._service.tls
        return None if tls is None else await self._clients.contexts.get(tls, self.source)

    def _parameters(self, timeout: float, context: ssl.SSLContext | None) -> pika.ConnectionParameters:
        service = self._service
        return pika.ConnectionParameters(
            host=self._host,
            port=self._port,
            virtual_host=service.vhost,
            credentials=pika.PlainCredentials(service.user or "guest", service.password),
            heartbeat=HEARTBEAT,
            connection_attempts=1,
            retry_delay=0,
            # Our own deadline is earlier; these end what it abandoned.
            socket_timeout=timeout + 1,
            stack_timeout=timeout + 2,
            client_properties={"connection_name": "sutaz-tui", "product": "sutaz-tui"},
            ssl_options=None if context is None else pika.SSLOptions(context, self._host),
        )

    async def _greet(self, context: ssl.SSLContext | None) -> Stranger:
        """Read Connection.Start and hang up before the login."""
        started = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port, ssl=context)
            try:
                writer.write(HEADER)
                heard = await _first_frame(reader)
            finally:
                writer.close()
        except OSError as error:
            raise network_error(self.source, self.address, error) from error
        latency = time.perf_counter() - started
        try:
            _, decoded = frame.decode_frame(heard)
        except _GARBAGE:
            decoded = None
        start = getattr(decoded, "method", None)
        if not isinstance(start, spec.Connection.Start):
            if not heard:
                words = f"{self.address} closed the connection without an answer; is this RabbitMQ?"
            else:
                words = f"answers as {spoken(heard)}, not as RabbitMQ; is this the right port?"
            raise BadAnswer(self.source, words)
        told = start.server_properties or {}
        return Stranger(_property(told, "product"), _property(told, "version"), latency)

    async def _failure(self, error: BaseException) -> SourceError:
        service = self._service
        user = service.user or "guest"
        causes = list(_causes(error))
        said = " ".join(str(cause) for cause in causes)
        if "ACCESS_REFUSED" in said or any(
            isinstance(cause, exceptions.AuthenticationError) for cause in causes
        ):
            return Denied(
                self.source, f"the login of {user} is refused; check user and password in the config"
            )
        if "NOT_ALLOWED" in said:
            words = f"{user} may not enter the vhost {service.vhost}, or there is none; check `vhost` in the config"
            return Denied(self.source, words)
        for cause in causes:
            if isinstance(cause, OSError) and not isinstance(cause, ConnectionResetError):
                return network_error(self.source, self.address, cause)
        # The broker, or what speaks there, hung up in the middle: hear once what it says to strangers.
        self._doubtful = True
        await self._greet(await self._context())
        return Refused(self.source, "closed the connection during the login; look at its log")

    def _record(self, answer: str, started: float, is_fresh: bool) -> None:
        elapsed = time.perf_counter() - started
        shell, service = self._clients.shell, self._service
        if service.password:
            request = f"AMQP: basic.qos on the kept connection to {self.address}, vhost {service.vhost}"
        else:
            request = f"AMQP protocol header to {self.address}, without a login"
        line = f"printf 'AMQP\\000\\000\\011\\001' | nc -w 5 {shell.word(self._host)} {self._port} | strings"
        mask = self._clients.secrets.mask
        timing = Timing(total=elapsed, reused=not is_fresh)
        record(Step(f"{self.source} (AMQP)", mask(request), mask(answer), elapsed, mask(line), timing))


class Line:
    """One pika connection with one channel; pika's callbacks become the answer that `open` or `ask` waits for."""

    def __init__(self, parameters: pika.ConnectionParameters) -> None:
        self.version = self.blocked = ""
        self._loop = asyncio.get_running_loop()
        self._ended: BaseException | None = None
        self._answer: asyncio.Future[Any] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._channel: Any = None
        self._connection = AsyncioConnection(
            parameters,
            on_open_callback=self._on_answer,
            on_open_error_callback=self._on_end,
            on_close_callback=self._on_end,
            custom_ioloop=self._loop,
        )

    async def open(self) -> None:
        """The handshake, the login, the vhost and a channel; raises AMQPError."""
        await self._answered()
        self.version = _property(self._connection.server_properties or {}, "version")
        self._connection.add_on_connection_blocked_callback(self._on_blocked)
        self._connection.add_on_connection_unblocked_callback(self._on_unblocked)
        await self._open_channel()

    async def ask(self) -> None:
        """One round trip that changes nothing outside this channel; raises AMQPError."""
        if not self._channel.is_open:
            await self._open_channel()
        self._expect()
        self._channel.basic_qos(prefetch_count=1, callback=self._on_reply)
        await self._answered()

    async def do(self, start: Callable[[Any, Callable[[Any], None]], object]) -> Any:
        """Start something on the channel with the callback that takes its answer; that answer, or AMQPError."""
        self._expect()
        start(self._channel, self._on_reply)
        return await self._answered()

    async def close(self) -> None:
        """Say goodbye and wait for it half a second at most."""
        if self._connection.is_open:
            self._connection.close()
            await asyncio.wait({self._closed}, timeout=0.5)
        self.abort()

    def abort(self) -> None:
        """Close the socket at once: pika's own close waits for an answer that a hung broker never gives."""
        if not self._connection.is_closed:
            self._connection._terminate_stream(exceptions.ConnectionClosed(0, "abandoned"))

    async def _open_channel(self) -> None:
        self._expect()
        self._channel = self._connection.channel(on_open_callback=self._on_reply)
        self._channel.add_on_close_callback(self._on_channel_closed)
        await self._answered()

    def _expect(self) -> None:
        if self._ended is not None:
            raise self._ended
        self._answer = self._loop.create_future()

    async def _answered(self) -> Any:
        # A failure is handed over as a value: a future's exception that nobody fetches would be logged.
        answer = await self._answer
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _deliver(self, answer: Any) -> None:
        if not self._answer.done():
            self._answer.set_result(answer)

    def _on_answer(self, connection: Any) -> None:
        self._deliver(connection)

    def _on_reply(self, reply: Any) -> None:
        self._deliver(reply)

    def _on_channel_closed(self, channel: Any, error: BaseException) -> None:
        if channel is self._channel:
            self._deliver(error)

    def _on_end(self, _connection: Any, error: BaseException) -> None:
        known = isinstance(error, exceptions.AMQPError)
        self._ended = error if known else exceptions.AMQPConnectionError(error)
        self._deliver(self._ended)
        if not self._closed.done():
            self._closed.set_result(None)

    def _on_blocked(self, _connection: Any, method: Any) -> None:
        self.blocked = one_line(str(getattr(method.method, "reason", "")), 80) or "no reason given"

    def _on_unblocked(self, _connection: Any, _method: Any) -> None:
        self.blocked = ""


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


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those that pika wrapped: in `exceptions`, in `exception`, in its arguments."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < 50:
        current = waiting.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [*getattr(current, "exceptions", ()), getattr(current, "exception", None), *current.args]
        waiting += [current.__cause__, current.__context__]


def _property(told: Any, name: str) -> str:
    value = told.get(name, "") if isinstance(told, dict) else ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return one_line(value, 40) if isinstance(value, str) else ""


def _said(answer: Link | Stranger | Full) -> str:
    match answer:
        case Link(version, blocked):
            return f"basic.qos-ok, RabbitMQ {version}" + (f", blocked: {blocked}" if blocked else "")
        case Stranger(product, version):
            return f"connection.start of {product} {version}"
        case Full(words):
            return words
