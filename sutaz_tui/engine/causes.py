"""Which of the things that are wrong is the cause, and what hangs on it.

A service that depends on one that is down, and failed after that one was last seen well, is in trouble because of
it. When everything on one host fails at once, the host is the one cause; when names cannot be looked up, the name
server is.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from msgspec.structs import replace

from sutaz_tui.engine.dependencies import Dependencies
from sutaz_tui.model import NAME_SERVER, TROUBLE, Cause, ServiceState, Status
from sutaz_tui.text.sanitise import ago

# Fewer services than this on one host failing together are told one by one.
HOST_LEAST = 3

Good = Callable[[str], datetime | None]


def find_causes(states: Sequence[ServiceState], last_good: Good, graph: Dependencies) -> tuple[Cause, ...]:
    """The causes, the one with most behind it first; none when nothing is down or kept from being asked.

    `last_good` tells when a service was last seen well: a service fails somewhere between that and its first failed
    ask, so what failed after the cause's last good moment may have failed because of it.
    """
    by_id = {state.service.id: state for state in states}
    # What only an earlier run saw is no cause of this moment.
    down = {state.service.id for state in states if state.status is Status.DOWN and state.asked is not None}
    causes = [*_failed_hosts(by_id, down, last_good, graph), *_silent_name_server(states)]
    explained = {id for cause in causes for id in cause.affected}
    down -= explained
    for id in sorted(down, key=graph.order.__getitem__):
        if not _behind(id, down, graph, by_id, last_good):
            needed_by = [other for other in graph.needed_by(id) if other in by_id]
            causes.append(_cause(by_id[id], needed_by, by_id, last_good))
    causes = [_without(cause, explained) for cause in causes]
    causes.sort(key=lambda cause: (-len(cause.affected), -len(cause.needed_by), cause.since))
    return tuple(causes)


def _without(cause: Cause, explained: set[str]) -> Cause:
    """What failed with its host or for want of a name failed because of that, not because of a service beside it."""
    if not cause.is_service or not explained:
        return cause
    return replace(cause, affected=tuple(id for id in cause.affected if id not in explained))


def _failed_after(state: ServiceState, cause: ServiceState, last_good: Good) -> bool:
    """Whether it began to fail when the cause may already have been failing."""
    if state.since is None or cause.since is None:
        return False
    good = last_good(cause.service.id)
    return state.since >= (good if good is not None else cause.since - timedelta(seconds=cause.interval))


def _behind(
    id: str, down: set[str], graph: Dependencies, by_id: Mapping[str, ServiceState], good: Good
) -> bool:
    """Whether a service that is down has another down one behind it."""
    return any(
        other in down and _failed_after(by_id[id], by_id[other], good) and id not in graph.needed(other)
        for other in graph.needed(id)
    )


def _cause(
    state: ServiceState, dependents: Iterable[str], by_id: Mapping[str, ServiceState], good: Good
) -> Cause:
    id = state.service.id
    needed_by = tuple(other for other in dependents if by_id[other].asked is not None)
    affected = tuple(
        other
        for other in needed_by
        if by_id[other].status in TROUBLE and _failed_after(by_id[other], state, good)
    )
    assert state.since is not None
    return Cause(
        id=id,
        title=state.service.title,
        since=state.since,
        words=cause_words(state.summary, needed_by, [by_id[other].status for other in needed_by]),
        affected=affected,
        needed_by=needed_by,
    )


def cause_words(summary: str, needed_by: tuple[str, ...], statuses: Iterable[Status]) -> str:
    """What is wrong and what it does to those that need it, without the title and the duration."""
    if not needed_by:
        return f"{summary}."
    states = list(statuses)
    failing = sum(status in TROUBLE for status in states)
    still_up = sum(status is Status.UP for status in states)
    return f"{summary}.  {len(needed_by)} need it: {failing} failing, {still_up} still up"


def headline(cause: Cause, now: datetime) -> str:
    """The head's sentence for a cause."""
    if not cause.is_service:
        return cause.words
    return f"{cause.title} DOWN {ago(stepped((now - cause.since).total_seconds()))}: {cause.words}"


def stepped(seconds: float) -> float:
    """A duration in coarse steps, so that a sentence with it does not change every second: 5 s, 30 s, a minute."""
    step = 5 if seconds < 60 else 30 if seconds < 600 else 60
    return seconds // step * step if seconds >= step else seconds // 1


def _failed_hosts(
    by_id: Mapping[str, ServiceState], down: Iterable[str], last_good: Good, graph: Dependencies
) -> Iterable[Cause]:
    """Hosts on which everything that was asked by network since the first failure is down."""
    failing = Counter(host for id in down if (host := graph.host.get(id)))
    for host, count in failing.items():
        if count < HOST_LEAST or _has_more_alive(graph.on_host[host], by_id, count):
            continue
        on_it = [
            state
            for id in graph.on_host[host]
            if (state := by_id.get(id)) is not None
            and state.asked is not None
            and state.status is not Status.ABSENT
        ]
        goods = [good for state in on_it if (good := last_good(state.service.id)) is not None]
        latest_good = max(goods, default=None)
        # What fell with the host failed after the last good answer from it; what was down before is its own cause.
        fallen = [
            state
            for state in on_it
            if state.status is Status.DOWN
            and state.since is not None
            and (latest_good is None or state.since >= latest_good)
        ]
        if len(fallen) < HOST_LEAST or 2 * len(fallen) < len(on_it):
            continue
        since = min(state.since for state in fallen if state.since is not None)
        others = [state for state in on_it if state.status is not Status.DOWN]
        if any(state.asked is not None and state.asked >= since for state in others):
            continue
        did = "refused" if all("refused" in state.summary for state in fallen) else "is silent"
        ids = tuple(state.service.id for state in fallen)
        words = f"all of {host} {did} since {since.astimezone():%H:%M:%S}"
        yield Cause(f"host:{host}", host, since, words, affected=ids, needed_by=ids)


def _silent_name_server(states: Iterable[ServiceState]) -> Iterable[Cause]:
    """The name server, where services could not be asked because it does not answer."""
    kept = [state for state in states if state.because == NAME_SERVER and state.asked is not None]
    since = min((state.since for state in kept if state.since is not None), default=None)
    if since is not None:
        ids = tuple(state.service.id for state in kept)
        began = f"the name server does not answer since {since.astimezone():%H:%M:%S}"
        words = f"{began}: services with a host name cannot be asked"
        yield Cause(NAME_SERVER, "name server", since, words, affected=ids, needed_by=ids)


def _has_more_alive(ids: Iterable[str], by_id: Mapping[str, ServiceState], most: int) -> bool:
    """Whether more than so many answer: told without looking at all of a large host."""
    answering = (id for id in ids if id in by_id and _answers(by_id[id]))
    return next(islice(answering, most, None), None) is not None


def _answers(state: ServiceState) -> bool:
    return state.asked is not None and state.status not in (Status.DOWN, Status.ABSENT)
