"""Disks that will be full soon, by how they filled within the last hour."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import StatisticsError, correlation, linear_regression

from sutaz_tui.engine.news.items import CRITICAL, Items
from sutaz_tui.model import ServiceState, Snapshot, Status
from sutaz_tui.sources.notify.item import Item
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import ago

LOOKED_BACK = timedelta(hours=1)
LEAST = timedelta(minutes=10)
"""Less than this is no trend."""
STRAIGHT = 0.8
"""How straight it must fill: logs that are rotated grow back and forth."""
EVERY = timedelta(seconds=30)
FACT = "disk"
"""The fact of a host that is its disk `/` in percent; those of others have their mount behind it: `disk /var`."""


class Disks:
    """How full each service's disks were, and when each will be full."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], deque[tuple[datetime, float]]] = {}

    def see(self, snapshot: Snapshot) -> None:
        """Take how full they are now."""
        for state in snapshot.services:
            # What was asked before the clock was set back tells no order.
            if state.asked is None or state.asked > snapshot.at:
                continue
            for fact, full in state.facts.items():
                if not _is_disk(fact) or isinstance(full, bool) or not isinstance(full, int | float):
                    continue
                points = self._seen.setdefault((state.service.id, fact), deque(maxlen=1000))
                if not points or state.asked - points[-1][0] >= EVERY:
                    points.append((state.asked, float(full)))
                while state.asked - points[0][0] > LOOKED_BACK:
                    points.popleft()

    def move(self, step: timedelta) -> None:
        """The clock was set by so much."""
        for points in self._seen.values():
            moved = [(at + step, full) for at, full in points]
            points.clear()
            points.extend(moved)

    def full_in(self, service_id: str, fact: str = FACT) -> float | None:
        """Seconds until a disk is full if it goes on as in the last hour; None where it does not fill, or nobody can say."""
        points = self._seen.get((service_id, fact))
        if not points or points[-1][0] - points[0][0] < LEAST:
            return None
        first = points[0][0]
        times, full = zip(*(((at - first).total_seconds(), full) for at, full in points), strict=True)
        try:
            slope = linear_regression(times, full).slope if correlation(times, full) >= STRAIGHT else 0.0
        except StatisticsError:
            return None
        # A hundredth of a percent an hour is noise.
        return max(0.0, (100.0 - full[-1]) / slope) if slope > 0.01 / 3600 else None

    def items(self, states: Mapping[str, ServiceState], within: float, now: datetime) -> Items:
        """Those that will be full within so many seconds."""
        found = {}
        for id, fact in self._seen:
            state = states.get(id)
            # What is no longer mounted fills no more; of a host that does not answer nobody knows better.
            if state is None or (fact not in state.facts and state.status in (Status.UP, Status.DEGRADED)):
                continue
            left = self.full_in(id, fact)
            if left is not None and left <= within:
                mount = one_line(fact.removeprefix(FACT).strip() or "/", 60)
                key = f"disk:{id}:{mount}"
                words = (
                    f"{state.facts[fact]:g} % now, as it filled in the last hour"
                    if fact in state.facts
                    else ""
                )
                title = f"{state.service.title}: disk {mount} full in {ago(left)}"
                found[key] = Item(
                    key, title, words, CRITICAL, now, id, (id,), state.service.owner, state.service.runbook
                )
        return found


def _is_disk(fact: str) -> bool:
    return fact == FACT or fact.startswith(f"{FACT} /")
