"""Where probes get their clients: made from the config once, shared where several ask through the same one."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from sutaz_tui.config import Config, Source
from sutaz_tui.config.schema import Auth, ServiceConfig
from sutaz_tui.sources.connections import Connections
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.evidence import Shell
from sutaz_tui.sources.http import AT_ONCE, HttpOrigin, socket_of
from sutaz_tui.sources.inside import Find, forget, learn
from sutaz_tui.sources.ssh import Tunnel
from sutaz_tui.text.sanitise import Secrets

T = TypeVar("T")


class Clients:
    """Clients for the services and sources of one config: probes, checks and logs share the connections to an origin.

    The first `limits.connections` services keep a connection each; those after them open one a question.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.secrets: Secrets = config.secrets
        self.shell = Shell(config.shell_names)
        self.contexts = Contexts()
        self._shared: dict[str, Any] = {}
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._kept = 0
        self._inside = {host.lower(): self._finder(*place) for host, place in config.inside.items()}
        learn(self._inside)

    def http(self, service: ServiceConfig, base: str = "") -> HttpOrigin:
        """A client of this service's own origin; `base` is another URL of the same service."""
        base = base or service.address
        return self._client(service, base, service.auth, self._connections(f"{service.id} {base}", base))

    def proxy(self, service: ServiceConfig, base: str) -> HttpOrigin:
        """A client of what a service passes on to others, without the service's own login: they would be handed it."""
        return self._client(service, base, None, self._connections(f"{service.id} {base}", base))

    def crowd(self, service: ServiceConfig, at_once: int, base: str) -> HttpOrigin:
        """A client for so many questions at once, by connections of its own; whoever asks for it closes it."""
        connections = Connections(socket_of(base))
        return self._client(service, base, service.auth, connections, at_once)

    def _client(
        self,
        service: ServiceConfig,
        base: str,
        auth: Auth | None,
        connections: Connections,
        at_once: int = AT_ONCE,
    ) -> HttpOrigin:
        return HttpOrigin(
            base,
            service.title,
            self.contexts,
            auth=auth,
            tls=service.tls,
            headers=self._host(base),
            secrets=self.secrets,
            shell=self.shell,
            connections=connections,
            at_once=at_once,
        )

    def _finder(self, source: str, container: str) -> Find:
        """What tells where a container of a Docker is."""

        async def find(port: int, timeout: float) -> str:
            from sutaz_tui.sources.docker_places import Places

            places = self.shared(f"places:{source}", lambda: Places(self, source))
            return await places.find(container, port, timeout)

        return find

    def _host(self, base: str) -> dict[str, str]:
        """The name by which its neighbours ask a container, where one is asked; its own is known to nobody."""
        parts = urlsplit(base)
        known = {host.lower(): name for host, (_, name) in self.config.inside.items()}
        name = known.get(parts.hostname or "")
        return {"Host": f"{name}:{parts.port}"} if name else {}

    def _connections(self, key: str, base: str) -> Connections:
        """The connections to a service's origin, made by the first who asks for them."""

        def make() -> Connections:
            self._kept += 1
            limit = self.config.limits.connections
            return Connections(socket_of(base), limit is None or self._kept <= limit)

        return self.shared(f"connections:{key.rstrip('/')}", make)

    def origin(self, base: str, title: str) -> HttpOrigin:
        """A client of any origin, without a login."""
        return self._closing(HttpOrigin(base, title, self.contexts, secrets=self.secrets, shell=self.shell))

    def source(self, service: ServiceConfig) -> Source:
        """The settings of the source that this service is asked through."""
        return self.config.sources[service.source]

    def source_http(self, name: str, title: str) -> HttpOrigin:
        """A client of a source's HTTP API, its connections shared by all who ask through it; `title` names it in errors."""
        source = self.config.sources[name]
        url, ready = source.url, None
        if url.startswith("ssh://"):
            tunnel = self.shared(f"ssh:{name}", lambda: Tunnel(source.url, title))
            url, ready = f"unix://{tunnel.socket}", tunnel.ready
        connections = self.shared(f"source:{name}", lambda: Connections(socket_of(url)))
        return HttpOrigin(
            url,
            title,
            self.contexts,
            auth=source.auth,
            tls=source.tls,
            headers=source.headers,
            secrets=self.secrets,
            shell=self.shell,
            connections=connections,
            ready=ready,
        )

    def shared(self, key: str, make: Callable[[], T]) -> T:
        """The thing of this key, made by the first who asks; closed with the clients if it has an `aclose`."""
        if key not in self._shared:
            self._shared[key] = self._closing(make())
        return cast(T, self._shared[key])

    def _closing(self, thing: T) -> T:
        close = getattr(thing, "aclose", None)
        if close is not None:
            self._closers.append(close)
        return thing

    async def rest(self) -> None:
        """Let go of the connections that only wait for a next question; what is under way ends on its own."""
        for thing in self._shared.values():
            if isinstance(thing, Connections):
                await thing.renew()

    async def aclose(self) -> None:
        """Close every client that was handed out."""
        forget(self._inside)
        closers, self._closers = self._closers, []
        for close in closers:
            await close()
