"""The whole simulated stack in one loop: endpoints opened from an order, faults applied, control served."""

import asyncio
import resource
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.types import Receive, Scope, Send

from sutaz_tui.simulator import asgi, certificates, control, dns, endpoints, faults, log_chatter
from sutaz_tui.simulator.listener import Listener, Reserved, reserve, reserve_address
from sutaz_tui.simulator.scenarios import SCENARIOS
from sutaz_tui.simulator.world import World


class WrongOrder(ValueError):
    """An order that cannot be served; the message says what was expected."""


class Frame:
    """The running stack: `start` listens everywhere and returns the ready line's object, `stop` ends all."""

    def __init__(self, order: dict[str, Any]) -> None:
        scenario = order.get("scenario", "report")
        if scenario not in SCENARIOS:
            raise WrongOrder(f"scenario {scenario!r}: expected one of {', '.join(SCENARIOS)}")
        self.world = World(scenario, order.get("seed", 7), order.get("secrets"))
        self.root = asgi.Root(self.world)
        self.world.state["apps"] = self.root.apps
        self._http = asgi.protocols(self.root)
        self._order = order
        self._listeners: dict[str, Listener] = {}
        self._udp: asyncio.DatagramTransport | None = None

    async def start(self) -> dict[str, Any]:
        for name, place in self._order.get("listeners", {}).items():
            self._add(name, place)
        ready: dict[str, Any] = {"listening": True}
        log_chatter.fill(self.world)
        self.world.on_second.append(partial(log_chatter.chatter, self.world))
        count = self._order.get("services", 0)
        if count:
            ready["services"] = [self._add_service(number) for number in range(1, count + 1)]
        for name, words in self._order.get("faults", {}).items():
            if name not in self._listeners:
                raise WrongOrder(f"fault {words!r}: no endpoint {name!r} among the listeners")
            self.world.faults.set(name, faults.parse(str(words)))
        for listener in self._listeners.values():
            await listener.apply()
        if "dns" in self._listeners:
            # Another program may have the UDP port of this number; only the checks of it miss it, and say so.
            with suppress(OSError):
                self._udp = await dns.listen_by_udp(self.world.addresses["dns"])
        ready["control"] = await self._open_control()
        return ready

    def stop(self) -> None:
        if self._udp is not None:
            self._udp.close()
        for listener in self._listeners.values():
            listener.close()

    async def apply(self, endpoint: str) -> None:
        """Make the fault of one endpoint, or of all (`*`), true at once."""
        for listener in self._listeners.values():
            if endpoint in ("*", listener.name) and listener.name != asgi.CONTROL:
                await listener.apply()

    def _add(self, name: str, place: dict[str, Any]) -> None:
        endpoint = endpoints.ENDPOINTS.get(name)
        if endpoint is None:
            raise WrongOrder(f"listener {name!r}: expected one of {', '.join(endpoints.ENDPOINTS)}")
        over_http = self._http(name, endpoint.server, endpoint.keep_alive)
        spoken: Callable[[], asyncio.Protocol] = over_http
        if endpoint.app is not None:
            self.root.apps[name] = endpoint.app(self.world)
        elif endpoint.protocol is not None:
            spoken = endpoint.protocol(self.world)
        if endpoint.is_secured:
            # Who speaks another protocol at a port of none but TLS speaks it in plain text.
            over_http = certificates.secured(over_http, self.world) if endpoint.app is not None else over_http
            spoken = certificates.secured(spoken, self.world)
        self._listen(name, _taken(name, place), spoken, over_http)

    def _add_service(self, number: int) -> tuple[str, str]:
        name = f"svc-{number:04d}"
        taken = reserve_address(f"127.1.{number // 250}.{number % 250 + 1}")
        self.root.apps[name] = generic
        over_http = self._http(name, "", 75)
        self._listen(name, taken, over_http, over_http)
        host, port = taken.address
        return name, f"http://{host}:{port}/health"

    async def _open_control(self) -> str:
        def endpoints() -> dict[str, int]:
            return {name: listener.open_connections for name, listener in self._listeners.items()}

        self.root.apps[asgi.CONTROL] = control.app(self.root, self.apply, endpoints)
        over_http = self._http(asgi.CONTROL, "", 75)
        taken = reserve()
        await Listener(asgi.CONTROL, self.world, taken, over_http, over_http).open()
        return f"http://{taken.address[0]}:{taken.address[1]}"

    def _listen(
        self,
        name: str,
        place: Reserved | str,
        spoken: Callable[[], asyncio.Protocol],
        over_http: Callable[[], asyncio.Protocol],
    ) -> None:
        if isinstance(place, Reserved):
            self.world.addresses[name] = place.address
        self._listeners[name] = Listener(name, self.world, place, spoken, over_http)


def _taken(name: str, place: dict[str, Any]) -> Reserved | str:
    try:
        if "path" in place:
            return str(place["path"])
        if "fd" in place:
            return reserve(fd=int(place["fd"]))
        return reserve(port=int(place["port"]))
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise WrongOrder(f"listener {name!r}: {place!r} cannot be taken: {error}") from error


async def generic(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer of a service of the scale tests: 200 and its own name."""
    body = b'{"status": "ok", "service": "%b"}' % scope["state"]["endpoint"].encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def allow_many_files() -> None:
    """Raise the bound on open files as far as the machine lets us."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
