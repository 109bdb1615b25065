"""Prometheus' scrape targets, those that fail first."""

from typing import TYPE_CHECKING

from sutaz_tui.config import ServiceConfig
from sutaz_tui.probes.directory import Directory
from sutaz_tui.text.table import GLYPHS, Column, TableRow
from sutaz_tui.text.units import ago
from sutaz_tui.views.base import Ask, Rows, View, each
from sutaz_tui.views.peers import who_is_at

if TYPE_CHECKING:
    # At run time they would bring requests before the first frame.
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.prometheus import Target

MANY, LISTED = 1000, 500
LATE = 3
"""Intervals without a scrape from which on a target is late."""
RARELY = 60.0


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for all targets, or of more than MANY for those of the pools that have some down."""
    from sutaz_tui.sources.prometheus import prometheus_api

    api = prometheus_api(clients, service.source, service.title)
    directory = Directory(clients.config)

    async def ask(timeout: float) -> Rows:
        pools, _ = await api.pools(timeout)
        total, down = sum(pool.targets for pool in pools), sum(pool.down for pool in pools)
        are_many, found = total > MANY, list["Target"]()
        if are_many:
            for pool in pools:
                if len(found) >= LISTED or (found and not pool.down):
                    break
                found += await api.targets_of(pool.name, timeout)
        else:
            found += await api.targets(timeout)
            # A job that was taken out of its config counts as `up` for five minutes more; the list knows better.
            total, down = len(found), sum(target.health == "down" for target in found)
        rows = sorted(
            each("pool", lambda target: _row(target, directory), found),
            key=lambda row: (row.gravity, row.key),
        )[:LISTED]
        about = f"{down:,} of {total:,} down" + (f", {len(rows)} listed" if are_many else "")
        return Rows(
            tuple(rows), max(total, len(rows)), about, "", "trouble first", RARELY if are_many else 0.0
        )

    return ask


def _row(target: "Target", directory: Directory) -> TableRow:
    look = {"down": "down", "up": ""}.get(target.health, "unknown")
    words = target.error
    if not look and target.age is not None and target.age > LATE * target.interval:
        look, words = "degraded", f"not scraped for {ago(target.age)}"
    values = {
        "pool": target.pool,
        "instance": target.instance,
        "health": target.health,
        "age": target.age,
        "interval": target.interval,
        "error": words or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    link = who_is_at(target.url, directory) or who_is_at(target.instance, directory)
    is_service = bool(link) and not link.startswith(":")
    return TableRow(
        f"{target.pool} {target.url}",
        known,
        look,
        GLYPHS.get(look, ""),
        link,
        copied=target.url,
        log=link if is_service else "",
    )


TARGETS = View(
    "targets",
    "prometheus",
    "targets",
    "Prometheus scrape targets, trouble first",
    (
        Column("pool", "POOL", most=24),
        Column("instance", "INSTANCE", most=48),
        Column("health", "HEALTH"),
        Column("age", "LAST SCRAPE", is_number=True, priority=1, write=ago),
        Column("interval", "EVERY", is_number=True, priority=2, write=ago),
        Column("error", "ERROR", share=1),
    ),
    15.0,
    asker,
)
