"""Names to addresses in threads of our own: a name server that keeps silent costs its askers their patience, no more.

asyncio would look names up in the default executor, a handful of threads: as many names of a silent name server hold
it for 5 to 30 seconds, and what else is to be done in a thread waits behind them. A lookup cannot be cancelled, so
lookups are bounded, one serves all who ask for the name meanwhile, and it is given up by its askers, not ended.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

from sutaz_tui.sources.hosts_file import HostsFile
from sutaz_tui.sources.threads import in_daemon

Place = tuple[Any, Any, Any, str, tuple[Any, ...]]
Addresses = list[Place]
"""What `socket.getaddrinfo` returns."""
_Question = tuple[str, int, int, int, int]

LOOKUPS = 64
"""Lookups at once, as many as the asks that a config allows by default."""
PATIENCE = 2.0
"""Seconds that an asker waits for a name: below every default deadline, so that it is known who kept silent."""
LATE_KEPT = 120.0
"""Seconds that an answer is good for which came when its askers had given up."""

_patience: ContextVar[float] = ContextVar("patience", default=PATIENCE)


@contextmanager
def patience(deadline: float) -> Iterator[None]:
    """Wait for names no longer than a third of `deadline` (seconds), so that it leaves time for the service."""
    token = _patience.set(min(PATIENCE, deadline / 3))
    try:
        yield
    finally:
        _patience.reset(token)


def current_patience() -> float:
    """Seconds that who asks now waits for a name."""
    return _patience.get()


class Resolver:
    """What an event loop asks for addresses; `lookup` blocks, as `socket.getaddrinfo`.

    Addresses, `localhost` and the names of the hosts file are answered at once. Names that kept silent last time hold
    at most half of the lookups, so that others still get theirs.
    """

    def __init__(
        self, lookup: Callable[..., Addresses] = socket.getaddrinfo, hosts: Path = Path("/etc/hosts")
    ) -> None:
        self._lookup = lookup
        self._hosts = HostsFile(hosts)
        self._asked: dict[_Question, asyncio.Future[Addresses | OSError]] = {}
        self._waiting: dict[_Question, None] = {}
        self._running: set[_Question] = set()
        self._silent: set[_Question] = set()
        # Where the first of several name servers is dead every answer is late: without this none would ever serve.
        self._late: dict[_Question, tuple[float, Addresses]] = {}

    @property
    def under_way(self) -> int:
        """How many names are being looked up, or wait for it."""
        return len(self._asked)

    async def getaddrinfo(
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> Addresses:
        """The addresses of a name; gaierror, with EAI_AGAIN where no name server answers in time."""
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        try:
            at_once = self._at_once(name, port, family, type, proto, flags)
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, "no name can be so") from error
        if at_once or name is None:
            return at_once
        found = await self._found((name, family, type, proto, flags))
        # One lookup serves all ports of a host.
        number = socket.getservbyname(str(port)) if isinstance(port, (bytes, str)) else port or 0
        return [(*kind, (address[0], number, *address[2:])) for *kind, address in found]

    def _at_once(self, name: str | None, port: Any, family: int, *more: int) -> Addresses:
        """The addresses that no name server is needed for; none for a name that only it can tell."""
        kind, proto, flags = more
        addresses = (name, *self._hosts.addresses(name)) if name is not None else (None,)
        found: Addresses = []
        for address in addresses:
            try:
                found += socket.getaddrinfo(address, port, family, kind, proto, flags | socket.AI_NUMERICHOST)
            except socket.gaierror:
                # A name, or an address of the other family.
                continue
        return found

    async def _found(self, question: _Question) -> Addresses:
        loop = asyncio.get_running_loop()
        answer = self._asked.get(question)
        if answer is None:
            answer = self._asked[question] = loop.create_future()
            self._waiting[question] = None
            self._start()
        at, late = self._late.get(question, (0.0, []))
        if late and loop.time() - at < LATE_KEPT:
            return late
        try:
            async with asyncio.timeout(_patience.get()):
                found = await asyncio.shield(answer)
        except TimeoutError as error:
            self._silent.add(question)
            raise socket.gaierror(socket.EAI_AGAIN, "the name server does not answer") from error
        if isinstance(found, OSError):
            # Each asker gets an error of its own: one that is raised by many collects the frames of all.
            raise type(found)(*found.args)
        return found

    def _start(self) -> None:
        """Begin the lookups that there is room for, in the order in which they were wanted."""
        silent = len(self._running & self._silent)
        for question in list(self._waiting):
            if len(self._running) >= LOOKUPS:
                return
            if question in self._silent:
                if silent >= LOOKUPS // 2:
                    continue
                silent += 1
            del self._waiting[question]
            self._running.add(question)
            name, *more = question
            done = in_daemon(partial(self._lookup, name, 0, *more), f"name {name}")
            done.add_done_callback(partial(self._finish, question))

    def _finish(self, question: _Question, done: "asyncio.Future[Addresses]") -> None:
        answer = self._asked.pop(question)
        self._running.discard(question)
        self._late.pop(question, None)
        was_silent = question in self._silent
        self._silent.discard(question)
        error = done.exception()
        if error is None:
            answer.set_result(done.result())
            if was_silent:
                self._late[question] = (answer.get_loop().time(), done.result())
        else:
            failure = error if isinstance(error, OSError) else OSError(str(error))
            answer.set_result(failure.with_traceback(None))
            if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
                self._silent.add(question)
        self._start()
