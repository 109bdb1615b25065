"""Which of the things that are wrong is the cause, and what hangs on it.

A service that depends on one that is down, and failed after that one was last seen well, is in trouble because of
it. When everything on one host fails at once, the host is the one cause.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sutaz_tui.model import Cause, ServiceState, Status
from sutaz_tui.text import ago

TROUBLE = (Status.DOWN, Status.DEGRADED, Status.UNKNOWN)
# Fewer services than this on one host failing together are told one by one.
HOST_LEAST = 3

Good = Mapping[str, datetime | None]


def find_causes(states: list[ServiceState], last_good: Good) -> tuple[Cause, ...]:
    """The causes, the one with most behind it first; none when nothing is down.

    `last_good` is when each service was last seen well: a service fails somewhere between that and its first failed
    ask, so what failed after the cause's last good moment may have failed because of it.
    """
    by_id = {state.service.id: state for state in states}
    hosts = list(_failed_hosts(states, last_good))
    on_failed_host = {id for host in hosts for id in host.affected}
    needs = _dependencies(states)
    needed = _dependents(needs)
    order = {id: number for number, id in enumerate(by_id)}
    down = {id for id, state in by_id.items() if state.status is Status.DOWN and id not in on_failed_host}
    causes = list(hosts)
    for id in by_id:
        if id not in down or _behind(id, down, needs, by_id, last_good):
            continue
        needed_by = sorted((other for other in _reached(id, needed) if other in by_id), key=order.__getitem__)
        causes.append(_cause(by_id[id], needed_by, by_id, last_good))
    causes.sort(key=lambda cause: (-len(cause.affected), -len(cause.needed_by), cause.since))
    return tuple(causes)


def _dependencies(states: list[ServiceState]) -> dict[str, set[str]]:
    """What each service needs, directly; what runs in a container also needs Docker."""
    docker = {state.service.id for state in states if state.service.kind == "docker"}
    return {
        state.service.id: set(state.service.depends_on) | (docker if state.service.container else set())
        for state in states
    }


def _dependents(needs: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Who needs each service, directly."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for id, others in needs.items():
        for other in others:
            found[other].add(id)
    return found


def _reached(id: str, edges: Mapping[str, set[str]]) -> set[str]:
    """What is reached from a service, directly or through others, itself not."""
    found: set[str] = set()
    waiting = [id]
    while waiting:
        for other in edges.get(waiting.pop(), ()):
            if other not in found and other != id:
                found.add(other)
                waiting.append(other)
    return found


def _failed_after(state: ServiceState, cause: ServiceState, last_good: Good) -> bool:
    """Whether it began to fail when the cause may already have been failing."""
    if state.since is None or cause.since is None:
        return False
    good = last_good.get(cause.service.id)
    return state.since >= (good if good is not None else cause.since - timedelta(seconds=cause.interval))


def _behind(
    id: str, down: set[str], needs: dict[str, set[str]], by_id: dict[str, ServiceState], good: Good
) -> bool:
    """Whether a service that is down has another down one behind it."""
    return any(
        other in down and _failed_after(by_id[id], by_id[other], good) and id not in _reached(other, needs)
        for other in _reached(id, needs)
    )


def _cause(
    state: ServiceState, dependents: Iterable[str], by_id: dict[str, ServiceState], good: Good
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
    if cause.id.startswith("host:"):
        return cause.words
    return f"{cause.title} DOWN {ago(stepped((now - cause.since).total_seconds()))}: {cause.words}"


def stepped(seconds: float) -> float:
    """A duration in coarse steps, so that a sentence with it does not change every second: 5 s, 30 s, a minute."""
    step = 5 if seconds < 60 else 30 if seconds < 600 else 60
    return seconds // step * step if seconds >= step else seconds // 1


def _failed_hosts(states: list[ServiceState], last_good: Good) -> Iterable[Cause]:
    """Hosts on which everything that was asked by network since the first failure is down."""
    hosts: dict[str, list[ServiceState]] = defaultdict(list)
    for state in states:
        host = host_of(state.service.address)
        # The machine itself may answer from /proc, which says nothing about its network.
        if (
            host
            and state.asked is not None
            and state.status is not Status.ABSENT
            and state.service.kind != "host"
        ):
            hosts[host].append(state)
    for host, on_it in hosts.items():
        goods = [good for state in on_it if (good := last_good.get(state.service.id)) is not None]
        latest_good = max(goods, default=None)
        # What fell with the host failed after the last good answer from it; what was down before is its own cause.
        down = [
            state
            for state in on_it
            if state.status is Status.DOWN
            and state.since is not None
            and (latest_good is None or state.since >= latest_good)
        ]
        if len(down) < HOST_LEAST or 2 * len(down) < len(on_it):
            continue
        since = min(state.since for state in down if state.since is not None)
        others = [state for state in on_it if state.status is not Status.DOWN]
        if any(state.asked is not None and state.asked >= since for state in others):
            continue
        did = "refused" if all("refused" in state.summary for state in down) else "is silent"
        ids = tuple(state.service.id for state in down)
        words = f"all of {host} {did} since {since.astimezone():%H:%M:%S}"
        yield Cause(f"host:{host}", host, since, words, affected=ids, needed_by=ids)


def host_of(address: str) -> str:
    """The host of `host:port` or a URL; "" for sockets and what has no address."""
    rest = address.partition("://")[2] if "://" in address else address
    if address.startswith("unix:") or not rest:
        return ""
    host = rest.partition("/")[0].rpartition("@")[2]
    return host.rpartition(":")[0] if host.count(":") == 1 else host
