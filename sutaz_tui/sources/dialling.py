"""One connect for all clients: a host of two families is tried by both, so that one that is dead costs a moment only.

RFC 8305 ("happy eyeballs"): the addresses take turns by family, each begins HEAD_START after the one before it or as soon
as that has failed, and the first that connects is taken. How long a connect takes is a round trip of the line.
What the other end said before it reset the connection is read first.
"""

import asyncio
import errno
import os
import socket
from collections import deque
from itertools import chain, zip_longest
from typing import Any

from sutaz_tui.sources.resolver import Addresses, Place

HEAD_START = 0.25
"""Seconds that an address has before the next is tried beside it (RFC 8305, 5)."""

CONNECTS = 8
"""So many of the newest connects to an address tell of its line: the shortest was held up least."""
SENT_AGAIN = 1.0
"""Seconds after which a connect that nobody answered is sent again (RFC 6298, 2): a longer one is no round trip."""

_DEAD = (errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ETIMEDOUT)


class _Heard(socket.socket):
    """One whose writes never fail by a reset: asyncio would end the connection there, and nobody would read why.

    The reason of a server that wants a client certificate is an alert of TLS, which it sends before it hangs up.
    """

    _is_reset = False

    def send(self, data: Any, flags: int = 0) -> int:
        try:
            return super().send(data, flags)
        except (ConnectionResetError, BrokenPipeError):
            self._is_reset = True
            return memoryview(data).nbytes

    def recv(self, size: int, flags: int = 0) -> bytes:
        got = super().recv(size, flags)
        self._end(len(got))
        return got

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0) -> int:
        got = super().recv_into(buffer, size, flags)
        self._end(got)
        return got

    def _end(self, got: int) -> None:
        if self._is_reset and not got:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))


class Dialling:
    """Connects for one event loop; remembers which addresses kept silent where another answered, and how far each is."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._silent: set[str] = set()
        self._took: dict[str, deque[float]] = {}

    def is_silent(self, address: str) -> bool:
        """Whether this address did not answer when it was tried last."""
        return address in self._silent

    def round_trip(self, address: str) -> float:
        """Seconds of a round trip to this address, 0 where that is not known."""
        return min(self._took.get(address, ()), default=0.0)

    async def dial(self, places: Addresses) -> socket.socket:
        """A socket that is connected to one of these addresses; OSError of the one that says most where none answers."""
        waiting = deque(_in_turns(places))
        running: dict[asyncio.Task[socket.socket], str] = {}
        errors: list[OSError] = []
        connected: list[socket.socket] = []
        try:
            while (waiting or running) and not connected:
                if waiting:
                    place = waiting.popleft()
                    running[self._loop.create_task(self._connect(place))] = str(place[-1][0])
                done, _ = await asyncio.wait(
                    running, timeout=HEAD_START if waiting else None, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    address, error = running.pop(task), task.exception()
                    if error is None:
                        connected.append(task.result())
                        self._silent.discard(address)
                    elif isinstance(error, OSError):
                        errors.append(error)
                        self._silent |= {address} if error.errno in _DEAD else set()
                    else:
                        raise error
            if connected:
                self._silent.update(running.values())
                return connected.pop(0)
            # A refusal comes from a host that lives.
            raise min(errors, key=lambda error: not isinstance(error, ConnectionRefusedError))
        except asyncio.CancelledError:
            # anyio, below httpx2, tries each address by itself and ends the slower ones.
            self._silent.update(running.values())
            raise
        finally:
            for task in running:
                task.cancel()
            for unused in connected:
                unused.close()
            errors.clear()  # see failures.py

    async def _connect(self, place: Place) -> socket.socket:
        family, kind, proto, _, address = place
        made = _Heard(family, kind, proto)
        try:
            made.setblocking(False)
            began = self._loop.time()
            await self._loop.sock_connect(made, address)
            if (took := self._loop.time() - began) < SENT_AGAIN:
                self._took.setdefault(str(address[0]), deque(maxlen=CONNECTS)).append(took)
        except BaseException:
            made.close()
            raise
        return made


def _in_turns(places: Addresses) -> Addresses:
    """The first address' family first, then one of each in turn."""
    first = [place for place in places if place[0] == places[0][0]]
    other = [place for place in places if place[0] != places[0][0]]
    return [place for place in chain.from_iterable(zip_longest(first, other)) if place is not None]
