"""The program's event loop: it has no shared executor, so nothing waits behind what hangs in a thread."""

import asyncio
from asyncio import Future
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar, TypeVarTuple

from sutaz_tui.sources.resolver import Addresses, Resolver
from sutaz_tui.sources.threads import in_daemon

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class EventLoop(asyncio.SelectorEventLoop):
    """asyncio's own, but for names and threads: every client that asyncio or anyio connects for resolves by it."""

    def __init__(self) -> None:
        super().__init__()
        self._resolver = Resolver()

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
        return await self._resolver.getaddrinfo(
            host, port, family=family, type=type, proto=proto, flags=flags
        )

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> "Future[T]":
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        return in_daemon(lambda: func(*args), getattr(func, "__name__", "aside"), self)
