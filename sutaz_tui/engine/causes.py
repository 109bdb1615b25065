"""Which of the things that are wrong is the cause, what hangs on it, and which of several is told first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sutaz_tui.engine.behind import Good, roots_of
from sutaz_tui.engine.container import ended_words
from sutaz_tui.engine.dependencies import Dependencies
from sutaz_tui.engine.hosts import silent_hosts, silent_name_server
from sutaz_tui.model import TROUBLE, Cause, ServiceState, Status
from sutaz_tui.text.units import ago, plural, stepped

# What falls so often within this time is flapping.
FLAPS = 3
FLAPS_WITHIN = timedelta(minutes=10)
TOGETHER = timedelta(seconds=5)


def find_causes(
    states: Sequence[ServiceState], last_good: Good, graph: Dependencies, known: Collection[str] = ()
) -> tuple[Cause, ...]:
    """The causes: the one to tell, then the newest first, and last those that a person knows of (`known`).

    `last_good` tells when a service was last seen well: a service fails somewhere between that and its first failed
    ask, so what failed after the cause's last good moment may have failed because of it.
    """
    by_id = {state.service.id: state for state in states}
    # What only an earlier run saw is no cause of this moment.
    down = {state.service.id for state in states if state.status is Status.DOWN and state.asked is not None}
    causes = [*silent_hosts(by_id, down, last_good, graph), *silent_name_server(states)]
    explained = {id for cause in causes for id in cause.affected}
    down -= explained
    roots = roots_of(down, by_id, graph, last_good)
    affected: dict[str, list[str]] = {}
    for id in sorted(roots, key=graph.order.__getitem__):
        for root in roots[id] if id not in explained else ():
            affected.setdefault(root, []).append(id)
    for id in sorted(down - roots.keys(), key=graph.order.__getitem__):
        needed_by = tuple(other for other in graph.needed_by(id) if other in by_id and by_id[other].asked)
        causes.append(_cause(by_id[id], needed_by, tuple(affected.get(id, ())), by_id))
    return tuple(ranked(causes, by_id, known))


def ranked(
    causes: Iterable[Cause], by_id: Mapping[str, ServiceState], known: Collection[str] = ()
) -> Iterable[Cause]:
    """The same in the order in which they are told: the one that counts, then the newest first, then those known."""
    newest = sorted(causes, key=lambda cause: cause.since, reverse=True)
    fresh = [cause for cause in newest if cause.id not in known]
    lead: Cause | None = None
    for cause in reversed(fresh):
        if lead is None or _takes_from(cause, lead, by_id):
            lead = cause
    if lead is not None:
        yield lead
    yield from (cause for cause in fresh if cause is not lead)
    yield from (cause for cause in newest if cause.id in known)


def _takes_from(newer: Cause, older: Cause, by_id: Mapping[str, ServiceState]) -> bool:
    """Whether the newer one is told first: it may do at least the harm that the older one does."""
    # What fell together has had no time to do its harm yet.
    is_together = newer.since - older.since <= TOGETHER
    if len(newer.needed_by) < len(older.needed_by if is_together else older.affected):
        return False
    return bool(newer.needed_by) or not _is_flapping(newer, by_id)


def _is_flapping(cause: Cause, by_id: Mapping[str, ServiceState]) -> bool:
    state = by_id.get(cause.id)
    falls = (
        change.after is Status.DOWN and change.at >= cause.since - FLAPS_WITHIN
        for change in (state.history if state is not None else ())
    )
    return sum(falls) >= FLAPS


def _cause(
    state: ServiceState,
    needed_by: tuple[str, ...],
    affected: tuple[str, ...],
    by_id: Mapping[str, ServiceState],
) -> Cause:
    assert state.since is not None
    summary = ended_words(state) or state.summary
    return Cause(
        id=state.service.id,
        title=state.service.title,
        since=state.since,
        words=cause_words(summary, needed_by, [by_id[other].status for other in needed_by]),
        affected=affected,
        needed_by=needed_by,
        owner=state.service.owner,
        runbook=state.service.runbook,
        summary=summary,
    )


def cause_words(summary: str, needed_by: tuple[str, ...], statuses: Iterable[Status]) -> str:
    """What is wrong and what it does to those that need it, without the title and the duration."""
    summary += "" if summary.endswith((".", "?", "!")) else "."
    if not needed_by:
        return summary
    states = list(statuses)
    failing = sum(status in TROUBLE for status in states)
    up = sum(status is Status.UP for status in states)
    return f"{summary}  {plural(len(needed_by), 'dependent')}: {failing} failing, {up} up"


def headline(cause: Cause, now: datetime) -> str:
    """The head's sentence for a cause."""
    owner, runbook = (
        f"{name} {told}" if told else ""
        for name, told in (("owner", cause.owner), ("runbook", cause.runbook))
    )
    words = "  ".join(filter(None, (cause.words, cause.again, owner, runbook)))
    if not cause.is_service:
        return words
    return f"{cause.title} DOWN {ago(stepped((now - cause.since).total_seconds()))}: {words}"
