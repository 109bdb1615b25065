"""What a view of Redis shows to a user."""

from typing import Any

from sutaz_tui.config.kinds import Redis
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.base import Rows, View
from tests.loopback import configured
from tests.servers.waiting import patient


async def rows(view: View, address: str, **login: Any) -> Rows:
    """The rows of the view, asked for once; `opensesame` is a secret of the config."""
    entry = Redis(id="r", title="Redis", address=address, interval=60.0, **login)
    clients = Clients(configured(entry, secrets={"KEY": "opensesame"}))
    try:
        return await view.asker(entry, clients)(patient(5.0))
    finally:
        await clients.aclose()
