"""An open line between a recorder and a board: greeted, of the same version, each message whole or the line is closed."""

import asyncio
import socket
from contextlib import suppress
from typing import Generic, TypeVar

import msgspec

from sutaz_tui.sources.recorder.messages import (
    BEGINNING,
    MOST_OF_BOARD,
    MOST_OF_RECORDER,
    OF_BOARD,
    OF_RECORDER,
    Garbled,
    Hello,
    OfBoard,
    OfRecorder,
    frame,
    read_beginning,
    read_frame,
)
from sutaz_tui.sources.recorder.peers import Peer, peer_of

In = TypeVar("In")
Out = TypeVar("Out", bound="OfBoard | OfRecorder")

GREETED_WITHIN = 5.0
TAKEN_WITHIN = 10.0
"""Seconds that the other side may leave what is sent lying."""


class Line(Generic[In, Out]):
    """One side's end of the line to `peer`; it reads `In` and sends `Out`. `history` is where the other side's is, as it
    says when it greets."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        decoder: "msgspec.msgpack.Decoder[In]",
        most: int,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = decoder
        self._most = most
        # Taken is what left this process: a line that is hung up on drops the rest.
        writer.transport.set_write_buffer_limits(0)
        self.peer: Peer = peer_of(writer.get_extra_info("socket"))
        self.history = ""

    async def greet(self, hello: Hello) -> Hello:
        """Say who we are and hear who they are; Garbled where that is none of ours, TimedOut words where nothing comes."""
        self._writer.write(BEGINNING + frame(hello))
        try:
            async with asyncio.timeout(GREETED_WITHIN):
                await self._writer.drain()
                await read_beginning(self._reader)
                answer = await self.read()
        except TimeoutError:
            raise Garbled("no greeting") from None
        if not isinstance(answer, Hello):
            raise Garbled("no greeting")
        self.history = answer.history
        return answer

    async def read(self) -> In | None:
        """The next message, None at the end; Garbled for what is none, OSError where the line breaks."""
        return await read_frame(self._reader, self._decoder, self._most)

    def send(self, *messages: Out) -> None:
        """Send messages; what cannot be sent any more is told by `read` and `taken`."""
        if not self._writer.is_closing():
            self._writer.write(b"".join(map(frame, messages)))

    async def taken(self) -> None:
        """Wait until the other side has taken what was sent; TimeoutError where it does not, OSError where it has gone."""
        async with asyncio.timeout(TAKEN_WITHIN):
            await self._writer.drain()

    def close(self) -> None:
        """Hang up at once."""
        with suppress(OSError, RuntimeError):
            self._writer.transport.abort()


BoardsLine = Line[OfRecorder, OfBoard]
"""A board's end."""
RecordersLine = Line[OfBoard, OfRecorder]
"""A recorder's end."""


async def boards_line(connection: socket.socket) -> BoardsLine:
    """A board's end of a connected socket."""
    return Line(*await asyncio.open_unix_connection(sock=connection), OF_RECORDER, MOST_OF_RECORDER)


def recorders_line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> RecordersLine:
    """A recorder's end of a connection that came in; OSError where nobody says who is there."""
    return Line(reader, writer, OF_BOARD, MOST_OF_BOARD)
