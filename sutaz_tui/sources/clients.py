"""Where probes get their clients: made from the config once, shared where several ask through the same one."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from sutaz_tui.config import Config, Source
from sutaz_tui.config.schema import ServiceConfig
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.evidence import Shell
from sutaz_tui.sources.http import HttpOrigin
from sutaz_tui.text.sanitise import Secrets

T = TypeVar("T")


class Clients:
    """Clients for the services and sources of one config.

    The first `limits.connections` origins keep a connection each; those after them open one an ask.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.secrets: Secrets = config.secrets
        self.shell = Shell(config.shell_names)
        self.contexts = Contexts()
        self._shared: dict[str, Any] = {}
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._kept = 0

    def http(self, service: ServiceConfig, base: str = "", connections: int = 4) -> HttpOrigin:
        """A client of this service's own origin; `base` is another URL of the same service."""
        self._kept += 1
        return self._closing(
            HttpOrigin(
                base or service.address,
                service.title,
                self.contexts,
                auth=service.auth,
                tls=service.tls,
                secrets=self.secrets,
                shell=self.shell,
                keep=self._kept <= self.config.limits.connections,
                connections=connections,
            )
        )

    def origin(self, base: str, title: str) -> HttpOrigin:
        """A client of any origin, without a login."""
        return self._closing(HttpOrigin(base, title, self.contexts, secrets=self.secrets, shell=self.shell))

    def source(self, service: ServiceConfig) -> Source:
        """The settings of the source that this service is asked through."""
        return self.config.sources[service.source]

    def source_http(self, name: str, title: str) -> HttpOrigin:
        """The one client of a source's HTTP API, shared by all who ask through it; `title` names it in errors."""

        def make() -> HttpOrigin:
            source = self.config.sources[name]
            return HttpOrigin(
                source.url,
                title,
                self.contexts,
                auth=source.auth,
                tls=source.tls,
                headers=source.headers,
                secrets=self.secrets,
                shell=self.shell,
            )

        return self.shared(f"http:{name}", make)

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

    async def aclose(self) -> None:
        """Close every client that was handed out."""
        closers, self._closers = self._closers, []
        for close in closers:
            await close()
