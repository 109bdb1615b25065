"""Windows of time in which trouble is expected: a service's trouble in one of its own is known, until it ends."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sutaz_tui.model import TROUBLE, Known, Quiet, ServiceState


def with_quiet(
    known: Mapping[str, Known], states: Iterable[ServiceState], now: datetime
) -> Mapping[str, Known]:
    """What a person knows of, and the trouble of services in a quiet window of theirs."""
    quiet = {
        state.service.id: mark
        for state in states
        if state.service.quiet and state.status in TROUBLE and (mark := _mark(state, now)) is not None
    }
    return {**quiet, **known} if quiet else known


def _mark(state: ServiceState, now: datetime) -> Known | None:
    for window in state.service.quiet:
        until = end_of(window, now)
        if until is not None:
            return Known(state.service.id, window.reason, until)
    return None


def end_of(window: Quiet, now: datetime) -> datetime | None:
    """When the window that this moment is in ends, None outside of it; by the clock on the wall, over midnight too."""
    here = now.astimezone()
    for days_ago in (0, 1):
        day = (here - timedelta(days=days_ago)).replace(
            hour=0, minute=0, second=0, microsecond=0, tzinfo=None
        )
        if window.days and day.weekday() not in window.days:
            continue
        # As the wall shows it, so that a window begins at its hour also where summer time begins.
        begin, end = day + window.begin, day + window.end
        if end <= begin:
            end += timedelta(days=1)
        if begin.astimezone() <= now < end.astimezone():
            return end.astimezone()
    return None
