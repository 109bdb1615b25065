"""Disks that will be full soon, by how they filled within the last hour."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from sutaz_tui.engine.news.items import CRITICAL, Items
from sutaz_tui.model import ServiceState, Snapshot
from sutaz_tui.sources.notify.item import Item
from sutaz_tui.text.units import ago

LOOKED_BACK = timedelta(hours=1)
LEAST = timedelta(minutes=10)
"""Less than this is no trend."""
EVERY = timedelta(seconds=30)
FACT = "disk"
"""The fact of a service that is its fullest disk in percent."""


class Disks:
    """How full each service's disk was, and when each will be full."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[tuple[datetime, float]]] = {}

    def see(self, snapshot: Snapshot) -> None:
        """Take how full they are now."""
        for state in snapshot.services:
            full = state.facts.get(FACT)
            if isinstance(full, bool) or not isinstance(full, int | float) or state.asked is None:
                continue
            points = self._seen.setdefault(state.service.id, deque(maxlen=1000))
            if not points or state.asked - points[-1][0] >= EVERY:
                points.append((state.asked, float(full)))
            while state.asked - points[0][0] > LOOKED_BACK:
                points.popleft()

    def full_in(self, service_id: str) -> float | None:
        """Seconds until a disk is full if it goes on as in the last hour; None where it does not fill, or nobody can say."""
        points = self._seen.get(service_id)
        if not points or points[-1][0] - points[0][0] < LEAST:
            return None
        first = points[0][0]
        pairs = [((at - first).total_seconds(), full) for at, full in points]
        mean_x = sum(x for x, _ in pairs) / len(pairs)
        mean_y = sum(y for _, y in pairs) / len(pairs)
        spread = sum((x - mean_x) ** 2 for x, _ in pairs)
        slope = sum((x - mean_x) * (y - mean_y) for x, y in pairs) / spread
        # A hundredth of a percent an hour is noise.
        return max(0.0, (100.0 - pairs[-1][1]) / slope) if slope > 0.01 / 3600 else None

    def items(self, states: Mapping[str, ServiceState], within: float, now: datetime) -> Items:
        """Those that will be full within so many seconds."""
        found = {}
        for id, state in states.items():
            left = self.full_in(id)
            if left is not None and left <= within:
                key = f"disk:{id}"
                words = (
                    f"{state.facts[FACT]:g} % now, as it filled in the last hour"
                    if FACT in state.facts
                    else ""
                )
                title = f"{state.service.title}: disk full in {ago(left)}"
                found[key] = Item(
                    key, title, words, CRITICAL, now, id, (id,), state.service.owner, state.service.runbook
                )
        return found
