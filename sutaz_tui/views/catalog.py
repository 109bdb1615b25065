"""Consul's catalog: every instance and node with its checks, failing ones first."""

from typing import TYPE_CHECKING

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import first_of
from sutaz_tui.views.base import Ask, Rows, View

if TYPE_CHECKING:
    # At run time they would bring py-consul before the first frame.
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.consul import Check

LISTED = 2000
NODE = "(node)"
UNCHECKED = "no check"
GLYPHS = {"down": "✗", "degraded": "!", "unknown": "?", "muted": "", "": ""}
LOOKS = {"passing": "", "warning": "degraded", "maintenance": "muted", UNCHECKED: "muted"}


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for all checks, and for the names in the catalog, of which some may have none."""
    from sutaz_tui.sources.consul import consul_api, worse

    api = consul_api(clients, service.source, service.title)

    async def ask(timeout: float) -> Rows:
        health = await api.health(timeout)
        names = await api.catalog(timeout)
        instances: dict[tuple[str, str, str], list[Check]] = {}
        for check in health.checks:
            instances.setdefault((check.service or NODE, check.service_id, check.node), []).append(check)
        rows = []
        for (name, id, node), checks in instances.items():
            status = "passing"
            for check in checks:
                status = worse(status, check.status)
            bad = [check for check in checks if check.status == status != "passing"]
            rows.append(_row(name, id, node, status, bad, len(checks)))
        checked = {name for name, _, _ in instances}
        rows += [_row(name, "", "", UNCHECKED, [], 0) for name in sorted(names - checked)]
        rows.sort(key=lambda row: (list(GLYPHS).index(row.look), row.key))
        missing = "its ACLs hide some of it: the token needs node:read and service:read"
        failing = sum(row.look in ("down", "degraded") for row in rows)
        about = f"{failing} failing" if failing else ""
        return Rows(
            tuple(rows[:LISTED]), len(rows), about, missing if health.is_filtered else "", "trouble first"
        )

    return ask


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
    "Consul catalog: instances and their checks, failing first",
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
