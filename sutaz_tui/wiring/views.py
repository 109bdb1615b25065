"""Views to questions: asked while one is looked at, or once for who has no screen."""

from collections.abc import Callable

from sutaz_tui.clock import Clock
from sutaz_tui.config import Config
from sutaz_tui.engine.live_query import DEADLINE, LiveQuery
from sutaz_tui.views.base import Ask, Rows, View
from sutaz_tui.wiring.clients import SharedClients


class Asking:
    """Asks for a view's rows of one service, by the connections that all share."""

    def __init__(self, view: View, config: Config, service: str, clients: SharedClients) -> None:
        self._view = view
        self._service = config.service(service)
        self._clients = clients
        self._ask: Ask | None = None

    async def __call__(self, timeout: float = DEADLINE) -> Rows:
        """The rows; raises SourceError."""
        if self._ask is None:
            self._ask = self._view.asker(self._service, await self._clients.get())
        return await self._ask(timeout)


def live(
    view: View,
    config: Config,
    service: str,
    clients: SharedClients,
    clock: Clock,
    changed: Callable[[], None],
) -> LiveQuery[Rows]:
    """A view's question as long as somebody looks; the answer may ask for a longer interval."""
    return LiveQuery(
        Asking(view, config, service, clients), view.interval, clock, changed, slower=lambda rows: rows.every
    )
