"""pika's asyncio adapter as awaitables: one connection with one channel, and what its errors hide."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pika
from pika import exceptions
from pika.adapters.asyncio_connection import AsyncioConnection

from sutaz_tui.text.sanitise import one_line

# pika logs every lost connection as an error, with a traceback: that would be written over the screen.
logging.getLogger("pika").setLevel(logging.CRITICAL + 1)


_FRAMES = b"\x01\x02\x03\x08"
"""First bytes of a frame: https://www.rabbitmq.com/amqp-0-9-1-reference. A broker of another version sends a header."""


class _Connection(AsyncioConnection):  # type: ignore[misc]
    """pika's connection, which hears a broker only: a stranger's greeting reads as the length of a frame to wait for."""

    _is_heard = False

    def _on_data_available(self, data_in: bytes) -> None:
        if not self._is_heard and data_in[:1] not in _FRAMES:
            self._terminate_stream(exceptions.ConnectionClosed(0, "no AMQP"))
            return
        self._is_heard = True
        super()._on_data_available(data_in)


class Line:
    """One pika connection with one channel; pika's callbacks become the answer that `open` or `ask` waits for.

    `ended` hears that it is over, whoever ended it.
    """

    def __init__(
        self, parameters: pika.ConnectionParameters, ended: Callable[["Line"], object] = lambda _: None
    ) -> None:
        self.version = self.blocked = ""
        self._tell = ended
        self._loop = asyncio.get_running_loop()
        self._ended: BaseException | None = None
        self._answer: asyncio.Future[Any] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._channel: Any = None
        self._connection = _Connection(
            parameters,
            on_open_callback=self._on_answer,
            on_open_error_callback=self._on_end,
            on_close_callback=self._on_end,
            custom_ioloop=self._loop,
        )

    async def open(self) -> None:
        """The handshake, the login, the vhost and a channel; raises AMQPError."""
        await self._answered()
        self.version = server_property(self._connection.server_properties or {}, "version")
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
        self._tell(self)
        if not self._closed.done():
            self._closed.set_result(None)

    def _on_blocked(self, _connection: Any, method: Any) -> None:
        self.blocked = one_line(str(getattr(method.method, "reason", "")), 80) or "no reason given"

    def _on_unblocked(self, _connection: Any, _method: Any) -> None:
        self.blocked = ""


def causes(error: BaseException) -> Iterator[BaseException]:
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


def server_property(told: Any, name: str) -> str:
    """A text of the table in which a server tells of itself, "" where it does not."""
    value = told.get(name, "") if isinstance(told, dict) else ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return one_line(value, 40) if isinstance(value, str) else ""
