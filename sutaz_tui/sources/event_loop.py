"""The program's event loop: it has no shared executor, so nothing waits behind what hangs in a thread."""

import asyncio
import socket
from asyncio import Future
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

from sutaz_tui.sources.dialling import Dialling
from sutaz_tui.sources.inside import address_of, is_inside
from sutaz_tui.sources.resolver import Addresses, Resolver, current_patience
from sutaz_tui.sources.threads import in_daemon

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class EventLoop(asyncio.SelectorEventLoop):
    """asyncio's own, but for names, connecting and threads: every client that asyncio or anyio connects for does so by it."""

    def __init__(self) -> None:
        super().__init__()
        self._resolver = Resolver()
        self._dialling = Dialling(self)
        self._addresses: dict[str, list[tuple[int, str]]] = {}

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
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name is not None and is_inside(name):
            host = await address_of(name, int(port or 0), current_patience())
        found = await self._resolver.getaddrinfo(
            host, port, family=family, type=type, proto=proto, flags=flags
        )
        if isinstance(host, str):
            self._addresses[host] = [(family, address[0]) for family, *_, address in found]
        return found

    async def create_connection(
        self, protocol_factory: Any, host: str | None = None, port: int | None = None, **keys: Any
    ) -> Any:
        if host is not None:
            for settled in ("family", "proto", "flags", "happy_eyeballs_delay", "interleave"):
                keys.pop(settled, None)
            keys["sock"] = await self._dialling.dial(
                await self.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
            if keys.get("ssl") and keys.get("server_hostname") is None:
                keys["server_hostname"] = host
        return await super().create_connection(protocol_factory, **keys)

    async def reachable(self, host: str, port: int) -> str:
        """An address of this host that accepts, for a client that dials one alone; a host of one family stays as it is."""
        places = await self.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        if len({family for family, *_ in places}) < 2:
            return host
        with await self._dialling.dial(places) as found:
            return str(found.getpeername()[0])

    def is_ipv6_silent(self, host: str) -> bool:
        """Whether an IPv6 address of this name did not answer when it was tried last."""
        return any(
            family == socket.AF_INET6 and self._dialling.is_silent(address)
            for family, address in self._addresses.get(host, ())
        )

    def round_trip(self, host: str) -> float:
        """Seconds of a round trip to this name's nearest address, 0 where that is not known."""
        times = (self._dialling.round_trip(address) for _, address in self._addresses.get(host, ()))
        return min(filter(None, times), default=0.0)

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> "Future[T]":
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        return in_daemon(lambda: func(*args), getattr(func, "__name__", "aside"), self)


def is_ipv6_silent(host: str) -> bool:
    """Whether IPv6 of this name did not answer the program's own loop when it was tried last."""
    loop = asyncio.get_running_loop()
    return isinstance(loop, EventLoop) and loop.is_ipv6_silent(host)


def round_trip(host: str) -> float:
    """Seconds of a round trip to this host, 0 where that is not known, or another loop than the program's own runs."""
    loop = asyncio.get_running_loop()
    return loop.round_trip(host) if isinstance(loop, EventLoop) else 0.0


async def reachable(host: str, port: int) -> str:
    """An address of this host that accepts, where the program's own loop runs, else the host itself."""
    loop = asyncio.get_running_loop()
    return await loop.reachable(host, port) if isinstance(loop, EventLoop) else host
