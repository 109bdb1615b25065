"""What lies under several services: a host that keeps silent as a whole, a name server that does not answer."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice

from sutaz_tui.engine.behind import Good
from sutaz_tui.engine.dependencies import Dependencies
from sutaz_tui.model import NAME_SERVER, Cause, Failure, ServiceState, Status

# Fewer services than this on one host failing together are told one by one.
HOST_LEAST = 3


def silent_hosts(
    by_id: Mapping[str, ServiceState], down: Iterable[str], last_good: Good, graph: Dependencies
) -> Iterable[Cause]:
    """Hosts from which nothing came since the first of its services fell silent, no refusal either."""
    silent = Counter(
        host for id in down if by_id[id].failure is Failure.SILENT and (host := graph.host.get(id))
    )
    for host, count in silent.items():
        if count < HOST_LEAST or _has_more_alive(graph.on_host[host], by_id, count):
            continue
        on_it = [
            state
            for id in graph.on_host[host]
            if (state := by_id.get(id)) is not None and state.asked is not None
        ]
        goods = [good for state in on_it if (good := last_good(state.service.id)) is not None]
        latest_good = max(goods, default=None)
        # What fell with the host failed after the last good answer from it; what was down before is its own cause.
        fallen = [
            state
            for state in on_it
            if state.status is Status.DOWN
            and state.failure is Failure.SILENT
            and state.since is not None
            and (latest_good is None or state.since >= latest_good)
        ]
        if len(fallen) < HOST_LEAST or 2 * len(fallen) < len(on_it):
            continue
        since = min(state.since for state in fallen if state.since is not None)
        if any(_answered(state, since) for state in on_it):
            continue
        ids = tuple(state.service.id for state in fallen)
        words = f"all of {host} is silent since {since.astimezone():%H:%M:%S}"
        yield Cause(f"host:{host}", host, since, words, affected=ids, needed_by=ids)


def _answered(state: ServiceState, since: datetime) -> bool:
    """Whether anything came from it in this round: what answered just before has not been asked since."""
    if not _is_alive(state):
        return False
    return state.asked is not None and state.asked >= since - timedelta(seconds=state.interval)


def _is_alive(state: ServiceState) -> bool:
    """Whether its last answer, a refusal too, shows that its host is there."""
    return state.status is not Status.UNKNOWN and state.failure is not Failure.SILENT


def _has_more_alive(ids: Iterable[str], by_id: Mapping[str, ServiceState], most: int) -> bool:
    """Whether more than so many answer: told without looking at all of a large host."""
    answering = (id for id in ids if id in by_id and by_id[id].asked is not None and _is_alive(by_id[id]))
    return next(islice(answering, most, None), None) is not None


def silent_name_server(states: Iterable[ServiceState]) -> Iterable[Cause]:
    """The name server, where services could not be asked because it does not answer."""
    kept = [state for state in states if NAME_SERVER in state.because and state.asked is not None]
    since = min((state.since for state in kept if state.since is not None), default=None)
    if since is not None:
        ids = tuple(state.service.id for state in kept)
        began = f"the name server does not answer since {since.astimezone():%H:%M:%S}"
        words = f"{began}: services with a host name cannot be asked"
        yield Cause(NAME_SERVER, "name server", since, words, affected=ids, needed_by=ids)
