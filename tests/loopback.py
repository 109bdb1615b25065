"""What tests of sources and probes share: a config in memory, a probe to ask, and ports that speak as told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from importlib import import_module

from sutaz_tui.config import KINDS, Config, Limits, Pace, ServiceConfig, Source, kind_of
from sutaz_tui.model import Reading
from sutaz_tui.probes.base import Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import Secrets
from tests.servers.waiting import patient


def configured(
    *services: ServiceConfig,
    sources: dict[str, Source] | None = None,
    secrets: dict[str, str] | None = None,
    logins: dict[str, str] | None = None,
) -> Config:
    """A config of these services; `secrets` maps variables to values, `logins` keys to variables."""
    secrets = secrets or {}
    return Config(
        env="test",
        services=services,
        sources=sources or {},
        groups=(),
        pace=Pace(),
        limits=Limits(),
        theme="textual-dark",
        keymap={},
        secrets=Secrets(secrets.values()),
        shell_names={value: f"${name}" for name, value in secrets.items()},
        login_variables=logins or {},
    )


@asynccontextmanager
async def probing(config: Config, id: str = "") -> AsyncIterator[Probe]:
    """The probe of one service of a config (the first, or the one of this id), closed afterwards."""
    service = config.service(id) if id else config.services[0]
    module = import_module(f"sutaz_tui.probes.{KINDS[kind_of(service)].probe}")
    clients = Clients(config)
    probe: Probe = module.build(service, clients, Directory(config))
    try:
        yield probe
    finally:
        await probe.aclose()
        await clients.aclose()


async def reading(probe: Probe) -> Reading:
    """The reading of one ask."""
    return (await probe.ask()).readings[0]


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Speaker:
    """A port of loopback and the connections that it took; `idle` and `busy` are set while none or any is open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken = 0
        self.open = 0
        self.idle, self.busy = asyncio.Event(), asyncio.Event()
        self.count(0)

    def count(self, change: int) -> None:
        """One connection more or less."""
        self.taken += max(change, 0)
        self.open += change
        for event, holds in ((self.idle, self.open == 0), (self.busy, self.open > 0)):
            if holds:
                event.set()
            else:
                event.clear()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@asynccontextmanager
async def speaking(handle: Handler | bytes, *, hangs_up: bool = True) -> AsyncIterator[Speaker]:
    """A port that runs `handle` for each connection, or says these bytes after the first that it hears.

    With `hangs_up` it closes the connection then, else it keeps it open and silent.
    """
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        speaker.count(+1)
        try:
            with suppress(OSError):
                if isinstance(handle, bytes):
                    await reader.read(65_536)
                    writer.write(handle)
                    await writer.drain()
                else:
                    await handle(reader, writer)
                while not hangs_up and await reader.read(65_536):
                    pass
        except asyncio.CancelledError:
            pass
        finally:
            speaker.count(-1)
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    speaker = Speaker(server.sockets[0].getsockname()[1])
    try:
        yield speaker
    finally:
        server.close()
        for task in tuple(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def until(holds: Callable[[], bool | Awaitable[bool]], within: float = 10.0) -> None:
    """Return once a condition holds; between looks what it waits for has the machine, the longer where a look asks somebody."""
    async with asyncio.timeout(patient(within)):
        while True:
            found = holds()
            is_asked = isinstance(found, Awaitable)
            if (await found) if is_asked else found:
                return
            await asyncio.sleep(0.05 if is_asked else 0.001)
