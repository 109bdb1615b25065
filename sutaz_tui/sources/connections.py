"""The connections to one origin: at most one stays open between questions, and all who ask there share it."""

import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import httpx2

from sutaz_tui.sources.transport import transport

# A kept connection outlives the longest interval in force, so that a round costs no new ones.
KEEPALIVE = 150.0


class Connections:
    """Opens connections to one origin; `socket` is its path or None, `is_kept` whether one waits for the next question.

    How many are open at once is bounded by who asks, so that nobody waits for another's slow questions.
    """

    __slots__ = ("_context", "_socket", "_transport", "_users", "is_kept")

    def __init__(self, socket: str | None, is_kept: bool = True) -> None:
        self.is_kept = is_kept
        self._socket = socket
        self._context: ssl.SSLContext | None = None
        self._transport: httpx2.AsyncHTTPTransport | None = None
        self._users: Counter[httpx2.AsyncHTTPTransport] = Counter()

    @asynccontextmanager
    async def transport(self, context: ssl.SSLContext | None) -> AsyncIterator[httpx2.AsyncHTTPTransport]:
        """What sends one question; `context` is that of TLS, None for plain HTTP."""
        context = context or _unused_context()
        if context is not self._context:
            # Its authorities had expired, and the file was renewed.
            await self.renew()
        if self._transport is None:
            self._context = context
            kept = httpx2.Limits(max_keepalive_connections=int(self.is_kept), keepalive_expiry=KEEPALIVE)
            self._transport = transport(context, kept, self._socket)
        used = self._transport
        self._users[used] += 1
        try:
            yield used
        finally:
            self._users[used] -= 1
            if not self._users[used]:
                del self._users[used]
                if used is not self._transport:
                    await used.aclose()

    async def renew(self) -> None:
        """Have the next question open a fresh connection; what is under way ends on its own."""
        used, self._transport = self._transport, None
        if used is not None and used not in self._users:
            await used.aclose()

    async def aclose(self) -> None:
        """Close all; the next question would open a fresh one."""
        opened = {*self._users, *([self._transport] if self._transport else ())}
        self._transport = None
        for each in opened:
            await each.aclose()


@cache
def _unused_context() -> ssl.SSLContext:
    """What plain HTTP must be given and never uses: an empty context costs little, a default one 45 ms."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
