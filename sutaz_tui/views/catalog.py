"""Consul's catalog: every instance and node with its checks, failing ones first, then its keys, as soon as they change."""

import shlex
from typing import TYPE_CHECKING

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import first_of, plural
from sutaz_tui.views.base import Ask, Rows, View

if TYPE_CHECKING:
    # At run time they would bring py-consul before the first frame.
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.consul import Check

LISTED = 2000
NODE = "(node)"
KEY = "(key)"
UNTOLD = "value not asked for"
"""Values are often passwords: they stay in Consul, `y` copies what shows one."""
UNCHECKED = "no check"
SOON = 0.5
"""Seconds between two questions that wait for a change, where changes come without end."""
GLYPHS = {"down": "✗", "degraded": "!", "unknown": "?", "muted": "", "": ""}
LOOKS = {"passing": "", "warning": "degraded", "maintenance": "muted", UNCHECKED: "muted"}


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for all checks, and for the names in the catalog, of which some may have none, and the keys."""
    from sutaz_tui.sources.consul import worse
    from sutaz_tui.sources.consul_catalog import ConsulCatalog

    catalog = ConsulCatalog(clients, service.source, service.title)
    url = clients.config.sources[service.source].url

    async def ask(timeout: float) -> Rows:
        told = await catalog.look(timeout)
        instances: dict[tuple[str, str, str], list[Check]] = {}
        for check in told.checks:
            instances.setdefault((check.service or NODE, check.service_id, check.node), []).append(check)
        rows = []
        for (name, id, node), checks in instances.items():
            status = "passing"
            for check in checks:
                status = worse(status, check.status)
            bad = [check for check in checks if check.status == status != "passing"]
            rows.append(_row(name, id, node, status, bad, len(checks)))
        checked = {name for name, _, _ in instances}
        rows += [_row(name, "", "", UNCHECKED, [], 0) for name in sorted(told.names - checked)]
        rows.sort(key=lambda row: (list(GLYPHS).index(row.look), row.key))
        rows += [_key(clients.secrets.mask(key), url) for key in told.keys[:LISTED]]
        failing = sum(row.look in ("down", "degraded") for row in rows)
        counts = (f"{failing} failing" if failing else "", plural(len(told.keys), "key") if told.keys else "")
        return Rows(
            tuple(rows[:LISTED]),
            len(rows) + len(told.keys[LISTED:]),
            ", ".join(filter(None, counts)),
            "; ".join(told.missing),
            "trouble first",
            waited=told.waited,
            follows=SOON if catalog.follows else 0.0,
        )

    return ask


def _key(key: str, url: str) -> TableRow:
    name = one_line(key, 200)
    values = {"service": KEY, "instance": name, "output": UNTOLD}
    asked = f"consul kv get -http-addr={shlex.quote(url)} {shlex.quote(name)}"
    return TableRow(f"{KEY} {name}", values, "muted", copied=asked, detail=(f"{name}: {UNTOLD}",))


def _row(name: str, id: str, node: str, status: str, bad: "list[Check]", checks: int) -> TableRow:
    look = LOOKS.get(status, "down")
    values = {
        "service": name,
        "instance": id or None,
        "node": node or None,
        "status": status,
        "checks": checks,
        "output": first_of([check.output or check.id for check in bad], 2) or None,
    }
    known = {key: value for key, value in values.items() if value is not None}
    detail = tuple(f"{check.id}: {check.output}" for check in bad)
    return TableRow(f"{name} {id} {node}", known, look, GLYPHS[look], detail=detail)


CATALOG = View(
    "catalog",
    "consul",
    "catalog",
    "Consul catalog: instances and their checks, failing first, and its keys",
    (
        Column("service", "SERVICE", most=32),
        Column("instance", "INSTANCE", most=40, priority=1),
        Column("node", "NODE", most=24, priority=2),
        Column("status", "STATUS"),
        Column("checks", "CHECKS", is_number=True, priority=3),
        Column("output", "OUTPUT", share=1),
    ),
    5.0,
    asker,
)
