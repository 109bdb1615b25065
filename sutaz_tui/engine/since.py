"""Since when a service is as it is: from what was seen, what an earlier run saw, and what it says of its own start."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from sutaz_tui.model import Fact, Status

SLACK = timedelta(seconds=5)
"""How far two accounts of one start may be apart: some count whole seconds, and answers take some."""

_RUNS = (Status.UP, Status.DEGRADED)


class Since(Struct, frozen=True):
    """A moment from which on a status holds; `is_at_least`: it may hold for longer, nobody saw it begin."""

    at: datetime
    is_at_least: bool = False


class Earlier(Struct, frozen=True):
    """How a service was when an earlier run saw it last, at `until`; `started` is its own start as it was told then."""

    status: Status
    since: Since
    until: datetime
    started: datetime | None = None


def first_since(
    status: Status, seen: datetime, started: datetime | None, earlier: Earlier | None, good_for: float
) -> Since:
    """Since when a service is as this run sees it first, at `seen`; `started` is its own start, where it tells one.

    An earlier run's word goes on across a gap of `good_for` seconds, as an answer would, and across a longer one where
    the service says that it never ended in between. Nothing else is known of a time in which nobody looked.
    """
    own = min(started, seen) if started is not None and status in _RUNS else None
    if earlier is None or earlier.until > seen:
        return Since(own) if own is not None and status is Status.UP else Since(seen, True)
    if own is not None and started is not None and has_restarted(started, earlier.started or earlier.until):
        return Since(max(own, earlier.until))
    is_gap = (seen - earlier.until).total_seconds() > good_for
    if earlier.status is status and (own is not None or not is_gap):
        return earlier.since
    return Since(seen, is_gap or earlier.status is Status.UNKNOWN)


def bounded(status: Status, since: Since, facts: Mapping[str, Fact], seen: datetime) -> Since:
    """The same bounded by what Docker says at `seen` of the container's start or end: it is up at most since the one,
    and where nobody saw more, up or down since then."""
    name = {Status.UP: "container_started", Status.DOWN: "container_finished"}.get(status, "")
    told = _moment(facts.get(name))
    if told is None:
        return since
    at = min(told, seen)
    if since.is_at_least:
        return Since(at)
    return Since(at) if status is Status.UP and has_restarted(at, since.at) else since


def has_restarted(started: datetime, before: datetime) -> bool:
    """Whether a service's own start lies after an earlier one, or after it was seen running."""
    return started > before + SLACK


def own_start(facts: Mapping[str, Fact], at: datetime) -> datetime | None:
    """When the service itself says that it started, None where it does not: `started` as ISO 8601, `uptime` in seconds."""
    uptime = facts.get("uptime")
    if isinstance(uptime, int | float) and uptime is not True and 0 <= uptime < 1e10:
        return at - timedelta(seconds=uptime)
    return _moment(facts.get("started"))


def _moment(told: Fact | None) -> datetime | None:
    """ISO 8601 with a zone as a moment."""
    try:
        found = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
