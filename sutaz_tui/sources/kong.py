"""Kong's admin API, as views ask it: lists whose pages it links, and what each upstream's targets are."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sutaz_tui.config.kinds import Kong
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.unexpected import expect_ok, login_denied

ASKED = 50
"""Upstreams whose targets are asked for: each is a request of its own."""
WELL = ("HEALTHY", "HEALTHCHECKS_OFF")
MOST = 1000
"""Entries of a list, which is the largest page that Kong gives."""


class KongAdmin:
    """The admin API of one Kong; every method raises SourceError."""

    def __init__(self, service: Kong, clients: Clients) -> None:
        self.title = service.title
        self._http = clients.http(service)

    async def listed(self, what: str, timeout: float) -> tuple[tuple[dict[str, Any], ...], bool]:
        """The first thousand of `services`, `routes`, `upstreams`; whether there are more."""
        body = await self._body(f"/{what}", {"size": MOST}, timeout)
        return _objects(self.title, body.get("data"), what), body.get("next") is not None

    async def health(self, upstream: str, timeout: float) -> tuple[dict[str, Any], ...]:
        """The targets of an upstream, with their health."""
        body = await self._body(f"/upstreams/{quote(upstream, safe='')}/health", {}, timeout)
        return _objects(self.title, body.get("data"), "targets")

    async def targets(
        self, timeout: float
    ) -> tuple[list[tuple[dict[str, Any], tuple[dict[str, Any], ...]]], int]:
        """The first upstreams with their targets, and how many more there are, which are not asked for."""
        upstreams, _ = await self.listed("upstreams", timeout)
        found = [(one, await self.health(str(one.get("name", "")), timeout)) for one in upstreams[:ASKED]]
        return found, len(upstreams) - len(found)

    async def _body(self, path: str, params: dict[str, str | int], timeout: float) -> dict[str, Any]:
        answer = await self._http.get(path, params=params, timeout=timeout)
        if answer.status in (401, 403):
            raise login_denied(self.title, answer, "its auth in the config")
        body = expect_ok(self.title, answer).json()
        if not isinstance(body, dict):
            raise BadAnswer(self.title, f"{path} is no object; is this Kong's admin API?")
        return body


def is_well(target: Mapping[str, Any]) -> bool:
    """Whether Kong sends requests to a target: it is healthy, or nobody checks it."""
    return target.get("health") in WELL


def _objects(title: str, found: Any, what: str) -> tuple[dict[str, Any], ...]:
    # Lua writes an empty list as an empty object.
    if found == {}:
        return ()
    if not isinstance(found, list):
        raise BadAnswer(title, f"its answer holds no list of {what}; is this Kong's admin API?")
    return tuple(one for one in found if isinstance(one, dict))
