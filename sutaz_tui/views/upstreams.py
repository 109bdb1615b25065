"""Kong's upstreams: the targets of each, those that are not healthy first."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import GLYPHS, Column, TableRow
from sutaz_tui.views.base import Ask, Rows, View, each

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.config.kinds import Kong
    from sutaz_tui.sources.clients import Clients

EMPTY = "no target: requests are answered 503"


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for the upstreams and the health of their targets."""
    from sutaz_tui.sources.kong import KongAdmin

    admin = KongAdmin(cast("Kong", service), clients)

    async def ask(timeout: float) -> Rows:
        upstreams, more = await admin.targets(timeout)
        rows: list[TableRow] = []
        for upstream, targets in upstreams:
            rows += each("upstream", partial(_row, upstream), targets) or [_empty(upstream)]
        rows.sort(key=lambda row: (row.gravity, row.key))
        missing = f"{more:,} more upstreams are not asked for" if more else ""
        sick = sum(bool(row.look) for row in rows)
        return Rows(tuple(rows), len(rows), f"{sick} not healthy" if sick else "", missing, "trouble first")

    return ask


def _row(upstream: Mapping[str, Any], target: Mapping[str, Any]) -> TableRow:
    from sutaz_tui.sources.kong import is_well

    health = one_line(str(target.get("health", "")), 40)
    look = "" if is_well(target) else "down"
    weight = target.get("weight")
    values = {
        "upstream": one_line(str(upstream.get("name", "")), 80),
        "target": one_line(str(target.get("target", "")), 80),
        "health": health.lower().replace("_", " "),
        "weight": weight if isinstance(weight, int) else None,
        "algorithm": one_line(str(upstream.get("algorithm") or ""), 40) or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    return TableRow(f"{values['upstream']} {values['target']}", known, look, GLYPHS.get(look, ""))


def _empty(upstream: Mapping[str, Any]) -> TableRow:
    name = one_line(str(upstream.get("name", "")), 80)
    return TableRow(name, {"upstream": name, "health": EMPTY}, "degraded", "!")


UPSTREAMS = View(
    "upstreams",
    "kong",
    "upstreams",
    "Kong upstreams and the health of their targets",
    (
        Column("upstream", "UPSTREAM", most=36),
        Column("target", "TARGET", most=48),
        Column("weight", "WEIGHT", is_number=True, priority=2),
        Column("algorithm", "BALANCING", most=24, priority=3),
        Column("health", "HEALTH", share=1),
    ),
    15.0,
    asker,
)
