"""The alerts that the simulated Prometheus fires: targets that are down, and those that a trait names."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from sutaz_tui.simulator.scraping import TARGETS, scraper
from sutaz_tui.simulator.world import World


def firing(world: World) -> list[dict[str, Any]]:
    """Firing alerts with labels, annotations, activeAt and fingerprint; none where there are no rules."""
    since: dict[str, float] = world.state.setdefault("alerts since", {})
    found = []
    if world.traits.prometheus_has_rules:
        scraped = scraper(world)
        for target in TARGETS:
            if not scraped.is_up(target):
                labels = {"alertname": "InstanceDown", "severity": "critical", **target.labels()}
                found.append((labels, f"{target.job} on {target.instance} is down"))
    names = world.traits.firing_alerts
    for number, name in enumerate(names):
        # What is named several times fires on as many instances.
        more = {"instance": f"shop-{number}:80"} if names.count(name) > 1 else {}
        found.append(({"alertname": name, "severity": "warning", **more}, f"{name} fires"))
    shown = []
    for labels, summary in found:
        fingerprint = hashlib.sha256(repr(sorted(labels.items())).encode()).hexdigest()[:16]
        started = since.setdefault(fingerprint, world.epoch())
        shown.append(
            {
                "labels": labels,
                "annotations": {"summary": summary},
                "state": "firing",
                "activeAt": datetime.fromtimestamp(started, UTC).isoformat().replace("+00:00", "Z"),
                "value": "0e+00",
                "fingerprint": fingerprint,
            }
        )
    gone = set(since) - {str(alert["fingerprint"]) for alert in shown}
    for fingerprint in gone:
        del since[fingerprint]
    return shown
