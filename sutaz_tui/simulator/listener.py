"""One endpoint's listening socket: open, closed or flapping, and the connections that it took."""

import asyncio
import socket
from pathlib import Path

from sutaz_tui.simulator.faults import IMPOSTER, Fault
from sutaz_tui.simulator.imposters import GREETINGS, Greets
from sutaz_tui.simulator.wire import MISBEHAVING, Delayed, Factory, Tracked, Transports
from sutaz_tui.simulator.world import World

HTTP_FAULTS = frozenset({"status", "redirect", "wrong-name", IMPOSTER})
"""Faults that are said in HTTP, also where another protocol is expected."""


class Reserved:
    """A loopback port that is ours: bound for as long as the stack runs, whether or not it listens."""

    def __init__(self, held: socket.socket, is_lent: bool = False) -> None:
        self._held: socket.socket | None = held
        self._is_lent = is_lent
        self.address: tuple[str, int] = held.getsockname()[:2]

    def listening_socket(self) -> socket.socket:
        """Another socket on the port: two bound ones may share it while at most one listens."""
        if self._is_lent and self._held is not None:
            lent, self._held = self._held, None
            return lent
        return _bound(*self.address)


def reserve(host: str = "127.0.0.1", port: int = 0, fd: int | None = None) -> Reserved:
    """Take a port: a given one (0 takes a free one), or that of an inherited bound socket `fd`."""
    if fd is not None:
        inherited = socket.socket(fileno=fd)
        inherited.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        host, port = inherited.getsockname()[:2]
    return Reserved(_bound(host, port))


def reserve_address(host: str) -> Reserved:
    """Take a free port of an address that nobody else uses, with one open file instead of two."""
    return Reserved(_bound(host, 0), is_lent=True)


def _bound(host: str, port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named: without it answers of two writes wait 40 ms.
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError:
        taken.close()
        raise
    return taken


class Listener:
    """Listens for one endpoint as its fault allows; `apply()` makes a changed fault true at once."""

    def __init__(
        self, name: str, world: World, place: Reserved | str, spoken: Factory, over_http: Factory
    ) -> None:
        self.name = name
        self._world = world
        self._place = place
        self._spoken = spoken
        self._over_http = over_http
        self._server: asyncio.Server | None = None
        self._transports: Transports = Transports()
        self._flapping: asyncio.Task[None] | None = None

    async def apply(self) -> None:
        """End all connections and listen, or not, as the endpoint's fault says now."""
        if self._flapping is not None:
            self._flapping.cancel()
            self._flapping = None
        fault = self._world.fault(self.name)
        if fault is not None and fault.name == "flapping":
            self.close()
            self._flapping = asyncio.create_task(self._flap(fault.seconds), name=f"flapping {self.name}")
        elif self._world.is_absent(self.name) or (fault is not None and fault.name == "refuse"):
            self.close()
        else:
            self.abort_connections()
            await self.open()
        # An aborted transport closes its socket in the loop's next round: whoever changed the fault may rely on it.
        await asyncio.sleep(0)

    async def open(self) -> None:
        if self._server is not None:
            return
        loop = asyncio.get_running_loop()
        if isinstance(self._place, str):
            self._remove_socket_file()
            self._server = await loop.create_unix_server(self._protocol, self._place)
        else:
            taken = self._place.listening_socket()
            self._server = await loop.create_server(self._protocol, sock=taken, backlog=1024)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self._remove_socket_file()
        self.abort_connections()

    def _remove_socket_file(self) -> None:
        if isinstance(self._place, str):
            Path(self._place).unlink(missing_ok=True)

    @property
    def open_connections(self) -> int:
        """Connections that neither side has closed."""
        return sum(not transport.is_closing() for transport in self._transports)

    def abort_connections(self) -> None:
        for transport in list(self._transports):
            transport.abort()

    async def _flap(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self.open()
            await asyncio.sleep(seconds)
            self.close()

    def _protocol(self) -> asyncio.Protocol:
        return Tracked(self._opened, self._now_spoken)

    def _opened(self, transport: asyncio.Transport) -> None:
        self._world.counts.connection(self.name)
        self._transports.add(transport)

    def _now_spoken(self) -> asyncio.Protocol:
        fault = self._world.fault(self.name)
        if fault is None:
            return self._spoken()
        return self._faulty(fault)

    def _faulty(self, fault: Fault) -> asyncio.Protocol:
        if fault.who in GREETINGS:
            return Greets(fault.who)
        if fault.name in MISBEHAVING:
            return MISBEHAVING[fault.name]()
        if fault.name in HTTP_FAULTS:
            return self._over_http()
        if fault.name == "slow":
            return Delayed(self._spoken(), fault.seconds)
        return self._spoken()
