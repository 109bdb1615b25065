"""Kong's routes: which path leads to which service, dead ends first."""

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.views.base import Ask, Rows, View

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.config.kinds import Kong
    from sutaz_tui.sources.clients import Clients

MORE = "there are more than a thousand, which are not listed"


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for the routes and the services that they lead to."""
    from sutaz_tui.sources.kong import KongAdmin

    kong = cast("Kong", service)
    admin = KongAdmin(kong, clients)

    async def ask(timeout: float) -> Rows:
        services, _ = await admin.listed("services", timeout)
        routes, has_more = await admin.listed("routes", timeout)
        by_id = {str(one.get("id")): one for one in services}
        rows = [_row(route, by_id, kong.proxy) for route in routes]
        rows.sort(key=lambda row: (not row.look, str(row.values.get("paths", "")), row.key))
        dead = sum(bool(row.look) for row in rows)
        about = f"{dead} lead nowhere" if dead else ""
        return Rows(tuple(rows), len(rows), about, MORE if has_more else "", "trouble first")

    return ask


def _row(route: Mapping[str, Any], services: Mapping[str, Mapping[str, Any]], proxy: str) -> TableRow:
    reference = route.get("service")
    id = str(reference.get("id")) if isinstance(reference, dict) else ""
    service = services.get(id, {})
    state = "no service" if not service else "service disabled" if service.get("enabled") is False else ""
    paths = _words(route.get("paths"))
    values = {
        "name": _text(route.get("name")) or _text(route.get("id")),
        "paths": paths,
        "methods": _words(route.get("methods")) or "all",
        "hosts": _words(route.get("hosts")) or None,
        "service": _text(service.get("name")),
        "to": _target(service) if service else None,
        "strip": route.get("strip_path") if isinstance(route.get("strip_path"), bool) else None,
        "state": state or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    first = paths.split(", ")[0] if paths else ""
    copied = f"curl -i {shlex.quote(proxy.rstrip('/') + first)}" if proxy and first.startswith("/") else ""
    return TableRow(
        str(route.get("id", paths)), known, "down" if state else "", "✗" if state else "", copied=copied
    )


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
    "Kong routes and the services behind them",
    (
        Column("name", "ROUTE", most=28),
        Column("paths", "PATHS", most=36),
        Column("methods", "METHODS", most=20, priority=2),
        Column("hosts", "HOSTS", most=28, priority=4),
        Column("strip", "STRIP", priority=3),
        Column("service", "SERVICE", most=28),
        Column("to", "TO", most=48, priority=1),
        Column("state", "STATE", share=1),
    ),
    15.0,
    asker,
)
