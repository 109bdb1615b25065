"""Views to questions: asked while one is looked at, or once for who has no screen."""

import time
from collections.abc import Callable, Collection

from sutaz_tui.clock import Clock
from sutaz_tui.config import Config
from sutaz_tui.engine.live_query import DEADLINE, LiveQuery
from sutaz_tui.views.base import Ask, Asker, Past, Rows, Tries, View
from sutaz_tui.wiring.clients import SharedClients


class Asking:
    """Asks for a view's rows of one service, by the connections that all share."""

    def __init__(
        self,
        view: View,
        config: Config,
        service: str,
        clients: SharedClients,
        past: Past | None = None,
        tries: Tries | None = None,
    ) -> None:
        self.seen: Collection[str] | None = None
        self.prepared = 0.0
        """Seconds of the last question before it was asked: modules are imported for the first."""
        self._past = past
        self._tries = tries
        self._view = view
        self._config, self._service = config, service
        self._clients = clients
        self._ask: Ask | None = None

    async def __call__(self, timeout: float = DEADLINE) -> Rows:
        """The rows; raises SourceError."""
        began = time.perf_counter()
        if self._ask is None:
            # Not before it is asked: of a service of a bundle nothing is configured, and it never is.
            self._ask = self._view.asker(self._config.service(self._service), await self._clients.get())
        if isinstance(self._ask, Asker):
            self._ask.past, self._ask.tries, self._ask.seen = self._past, self._tries, self.seen
        self.prepared = time.perf_counter() - began
        return await self._ask(timeout)


class LiveView(LiveQuery[Rows]):
    """A view's question as long as somebody looks; the answer may ask for a longer interval, or to be asked again soon."""

    def __init__(self, asking: Asking, interval: float, clock: Clock, changed: Callable[[], None]) -> None:
        super().__init__(
            asking,
            interval,
            clock,
            changed,
            slower=lambda rows: rows.every,
            sooner=lambda rows: rows.again or rows.follows,
            waited=lambda rows: rows.waited + asking.prepared,
        )
        self._asking = asking

    def see(self, keys: Collection[str]) -> None:
        """Tell which rows are on the screen."""
        self._asking.seen = keys


def live(
    view: View,
    config: Config,
    service: str,
    clients: SharedClients,
    clock: Clock,
    changed: Callable[[], None],
    past: Past | None = None,
    tries: Tries | None = None,
) -> LiveView:
    """The question of a view of a service; `past` is what is remembered of it, `tries` of the checks."""
    return LiveView(Asking(view, config, service, clients, past, tries), view.interval, clock, changed)
