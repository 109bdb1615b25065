"""Kong's routes: which path leads to which service, how the check that tries it ended, dead ends first."""

import asyncio
import shlex
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.model import RED
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago
from sutaz_tui.views.base import Asker, Rows, Tried, View, each
from sutaz_tui.views.tried import tried_routes

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.config.kinds import Kong
    from sutaz_tui.sources.clients import Clients

NO_SERVICE, DISABLED = DEAD = ("no service", "service disabled")
MORE = "there are more than a thousand, which are not listed"


class Routes(Asker):
    """Asks one Kong for its routes and the services that they lead to; who tried a route is what is kept of the checks."""

    def __init__(self, service: ServiceConfig, clients: "Clients") -> None:
        from sutaz_tui.sources.kong import KongAdmin

        self._proxy = cast("Kong", service).proxy
        self._admin = KongAdmin(cast("Kong", service), clients)

    async def __call__(self, timeout: float) -> Rows:
        services, _ = await self._admin.listed("services", timeout)
        routes, has_more = await self._admin.listed("routes", timeout)
        by_id = {str(one.get("id")): one for one in services}
        prefixes = {_key(route): list(map(str, route.get("paths") or ())) for route in routes}
        tries = await asyncio.to_thread(self.tries) if self.tries is not None and self._proxy else ()
        tried = tried_routes(tries, self._proxy, prefixes)
        rows = each("name", lambda one: _row(one, by_id, self._proxy, tried.get(_key(one))), routes)
        rows.sort(key=lambda row: (not row.look, str(row.values.get("paths", "")), row.key))
        dead = sum(row.values.get("state") in DEAD for row in rows)
        failed = sum(row.values.get("result") in RED for row in rows)
        counts = (f"{dead} lead nowhere" if dead else "", f"{failed} failed when tried" if failed else "")
        more = MORE if has_more else ""
        return Rows(tuple(rows), len(rows), ", ".join(filter(None, counts)), more, "trouble first")


def _key(route: Mapping[str, Any]) -> str:
    return str(route.get("id") or route.get("name"))


def _row(
    route: Mapping[str, Any], services: Mapping[str, Mapping[str, Any]], proxy: str, tried: Tried | None
) -> TableRow:
    reference = route.get("service")
    id = str(reference.get("id")) if isinstance(reference, dict) else ""
    service = services.get(id, {})
    state = NO_SERVICE if not service else DISABLED if service.get("enabled") is False else ""
    is_red = bool(state) or (tried is not None and tried.outcome in RED)
    paths = _words(route.get("paths"))
    values = {
        "name": _text(route.get("name")) or _text(route.get("id")),
        "paths": paths,
        "methods": _words(route.get("methods")) or "all",
        "hosts": _words(route.get("hosts")) or None,
        "service": _text(service.get("name")),
        "to": _target(service) if service else None,
        "strip": route.get("strip_path") if isinstance(route.get("strip_path"), bool) else None,
        "result": str(tried.outcome) if tried else None,
        "tried": max(0.0, time.time() - tried.at) if tried else None,
        "check": tried.check if tried else None,
        "state": state or (tried.message if tried and is_red else "") or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    first = paths.split(", ")[0] if paths else ""
    copied = f"curl -i {shlex.quote(proxy.rstrip('/') + first)}" if proxy and first.startswith("/") else ""
    detail = (f"{tried.check}: {tried.message}",) if tried else ()
    look, glyph = ("down", "✗") if is_red else ("", "")
    at = tried.at if tried and is_red else None
    return TableRow(_key(route), known, look, glyph, copied=copied, detail=detail, at=at)


def _target(service: Mapping[str, Any]) -> str:
    host, port, path = (service.get(key) for key in ("host", "port", "path"))
    return one_line(f"{service.get('protocol', 'http')}://{host}:{port}{path or ''}", 120)


def _words(found: Any) -> str:
    return one_line(", ".join(map(str, found)), 120) if isinstance(found, list) else ""


def _text(found: Any) -> str | None:
    return one_line(found, 80) if isinstance(found, str) and found else None


ROUTES = View(
    "routes",
    "kong",
    "routes",
    "Kong routes, the services behind them, and how the checks that try them ended",
    (
        Column("name", "ROUTE", most=28),
        Column("paths", "PATHS", most=36),
        Column("methods", "METHODS", most=20, priority=2),
        Column("hosts", "HOSTS", most=28, priority=4),
        Column("strip", "STRIP", priority=3),
        Column("service", "SERVICE", most=28),
        Column("to", "TO", most=48, priority=1),
        Column("result", "TRIED"),
        Column("tried", "AGO", is_number=True, priority=1, write=ago),
        Column("check", "BY", most=36, priority=3),
        Column("state", "STATE", share=1),
    ),
    15.0,
    Routes,
)
