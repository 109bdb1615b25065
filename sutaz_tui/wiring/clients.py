"""One config's clients, handed to all that ask its stack: engine, checks, logs and views share every connection."""

import asyncio
import importlib
from typing import TYPE_CHECKING

from sutaz_tui.config import Config

if TYPE_CHECKING:
    # At run time it would bring httpx2 before the first frame.
    from sutaz_tui.sources.clients import Clients


class SharedClients:
    """The clients of one config, made when the first wants them; whoever makes this closes it after all who ask."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._clients: Clients | None = None

    async def get(self) -> "Clients":
        """The clients; their module is imported in a thread."""
        if self._clients is None:
            module = await asyncio.to_thread(importlib.import_module, "sutaz_tui.sources.clients")
            # Another may have waited for the same import.
            self._clients = self._clients or module.Clients(self._config)
        return self._clients

    async def rest(self) -> None:
        """Let go of the connections that wait for a next question."""
        if self._clients is not None:
            await self._clients.rest()

    async def aclose(self) -> None:
        """Close every connection."""
        clients, self._clients = self._clients, None
        if clients is not None:
            await clients.aclose()
