"""Connection protocols that misbehave on the wire, the same way for HTTP and for binary protocols."""

import asyncio
import random
import socket
import struct
from collections.abc import Callable
from typing import cast
from weakref import WeakSet

Factory = Callable[[], asyncio.Protocol]

ENDLESS_CHUNK = b"x" * 65_536
ENDLESS_PAUSE = 0.005
"""Seconds between chunks: about 13 MB/s, so that an endless body does not eat the whole machine."""


class Tracked(asyncio.Protocol):
    """Notes a new connection and hands it to the protocol that the endpoint speaks at that moment."""

    def __init__(self, opened: Callable[[asyncio.Transport], None], factory: Factory) -> None:
        self._opened = opened
        self._factory = factory

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        opened = cast(asyncio.Transport, transport)
        self._opened(opened)
        spoken = self._factory()
        opened.set_protocol(spoken)
        spoken.connection_made(opened)


class Silent(asyncio.Protocol):
    """Reads and never answers."""


class Answering(asyncio.Protocol):
    """Does one thing at the first bytes of a connection."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._heard = False

    def data_received(self, data: bytes) -> None:
        if not self._heard:
            self._heard = True
            self.answer()

    def answer(self) -> None:
        raise NotImplementedError


class Reset(Answering):
    """Ends the connection with a TCP reset."""

    def answer(self) -> None:
        opened = self.transport.get_extra_info("socket")
        if opened.family != socket.AF_UNIX:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class Garbage(Answering):
    """Sends bytes that belong to no protocol, and closes."""

    def answer(self) -> None:
        self.transport.write(b"\x00\xff\x1b[2J" + random.Random(13).randbytes(500))
        self.transport.close()


class Truncated(Answering):
    """Promises a body of 4096 bytes, sends 24 and closes."""

    def answer(self) -> None:
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4096\r\n\r\n"
            b'{"status": "healthy", "a'
        )
        self.transport.close()


class Endless(Answering):
    """Sends a body that never ends, as fast as the client reads, until the client goes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None

    def answer(self) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n")
        self._send()

    def _send(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        self.transport.write(ENDLESS_CHUNK)
        if not self._paused:
            self._timer = asyncio.get_running_loop().call_later(ENDLESS_PAUSE, self._send)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._heard and self._timer is None:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()


class Delayed(asyncio.Protocol):
    """Hands everything to another protocol, what the client says a number of seconds later."""

    def __init__(self, spoken: asyncio.Protocol, seconds: float) -> None:
        self._spoken = spoken
        self._seconds = seconds
        self._closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._spoken.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(self._seconds, self._late, data)

    def _late(self, data: bytes) -> None:
        if not self._closed:
            self._spoken.data_received(data)

    def eof_received(self) -> bool | None:
        return self._spoken.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed = True
        self._spoken.connection_lost(exc)

    def pause_writing(self) -> None:
        self._spoken.pause_writing()

    def resume_writing(self) -> None:
        self._spoken.resume_writing()


MISBEHAVING: dict[str, Factory] = {
    "hang": Silent,
    "reset": Reset,
    "garbage": Garbage,
    "truncated": Truncated,
    "endless": Endless,
}
"""Fault name -> what is spoken instead of the endpoint's own protocol."""

Transports = WeakSet[asyncio.Transport]
