"""A look at the length of every message of PostgreSQL's protocol before asyncpg's parser gets it.

asyncpg 0.32 trusts what it reads: a message type or length of zero keeps its C code turning for ever, and the event
loop, the board and every deadline with it. So what can't be a message of a server ends the connection instead.
"""

import asyncio
from typing import TYPE_CHECKING

import asyncpg.pgproto.pgproto
import asyncpg.protocol

if TYPE_CHECKING:
    Parser = asyncio.Protocol
else:
    Parser = asyncpg.protocol.Protocol

LARGEST = 1024 * 1024
"""Bytes of the largest message that is taken, its length included; ours is one row."""

_TYPES = frozenset(b"123ACDEGHIKNRSTVWZcdnstv")
"""First bytes of what a server sends: https://www.postgresql.org/docs/current/protocol-message-formats.html"""


# What the parser raises at sound messages in a wrong order or with a wrong inside.
PARSER_ERRORS = (
    asyncpg.InternalClientError,
    asyncpg.pgproto.pgproto.BufferError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
)


class Frames:
    """Follows the borders of messages through the chunks in which they arrive."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._left = 0

    def are_sound(self, data: bytes) -> bool:
        """Whether all messages that begin in `data` have a type and a length that a server may send."""
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            part = data[at : at + 5 - len(self._head)]
            self._head += part
            at += len(part)
            if self._head[0] not in _TYPES:
                return False
            if len(self._head) == 5:
                length = int.from_bytes(self._head[1:], "big")
                if not 4 <= length <= LARGEST:
                    return False
                self._head.clear()
                self._left = length - 4
        return True


class GuardedProtocol(Parser):
    """asyncpg's protocol, which hears only sound messages; at the first other it loses its connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._guarded_transport = transport
        self._frames = Frames()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        assert isinstance(self._guarded_transport, asyncio.Transport)
        if self._guarded_transport.is_closing():
            return
        if not self._frames.are_sound(data):
            self._guarded_transport.abort()
            return
        try:
            super().data_received(data)
        except PARSER_ERRORS:
            # Let through, asyncio would write a traceback across the board.
            self._guarded_transport.abort()


def guard() -> None:
    """Let every connection that asyncpg opens from here on be guarded; it offers no setting for its protocol."""
    asyncpg.protocol.Protocol = GuardedProtocol
