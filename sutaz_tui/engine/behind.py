"""Whether a trouble comes from another one: a dependency, a symptom that fits, and an order in time that is known.

What is not proven is not told: a process that refuses connections has ended by itself, whoever it needs, and what was
so already when we came began in no order that we know of.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from sutaz_tui.engine.container import container_state
from sutaz_tui.engine.dependencies import Dependencies
from sutaz_tui.model import TROUBLE, ChangeKind, Failure, ServiceState, Status

# A container in one of these has ended, or is being started again and again.
ENDED = ("exited", "dead", "restarting")

Good = Callable[[str], datetime | None]


def roots_of(
    down: Collection[str], by_id: Mapping[str, ServiceState], graph: Dependencies, last_good: Good
) -> dict[str, tuple[str, ...]]:
    """Of all that is in trouble because of something that is down: what it comes from in the end."""
    parents: dict[str, list[str]] = {}
    for other in down:
        for id in graph.needed_by(other):
            state = by_id.get(id)
            if state is None or state.asked is None or state.status not in TROUBLE:
                continue
            # Of two that need each other neither is behind the other.
            is_circle = id in down and other in graph.needed_by(id)
            if not is_circle and _comes_from(state, by_id[other], last_good):
                parents.setdefault(id, []).append(other)
    return {id: tuple(dict.fromkeys(_ends(id, parents))) for id in parents}


def _ends(id: str, parents: Mapping[str, list[str]]) -> Iterable[str]:
    waiting, seen = [id], {id}
    while waiting:
        for other in parents.get(waiting.pop(), ()):
            if other in seen:
                continue
            seen.add(other)
            if other in parents:
                waiting.append(other)
            else:
                yield other


def _comes_from(state: ServiceState, other: ServiceState, last_good: Good) -> bool:
    if state.since is None or other.since is None:
        return False
    match state.status, state.failure:
        case (Status.DEGRADED | Status.DOWN, Failure.REFUSED) | (Status.DOWN, Failure.NONE):
            return _is_after(state, other, last_good) and _has_ended(state, other.since)
        case (Status.UNKNOWN, Failure.NONE | Failure.REFUSED | Failure.NETWORK):
            return False
        case _:
            return _is_after(state, other, last_good) or _names(state, other)


def _is_after(state: ServiceState, other: ServiceState, last_good: Good) -> bool:
    """Whether it began to fail when the other may already have been failing: between its last good and first bad answer."""
    assert state.since is not None and other.since is not None
    good = last_good(other.service.id)
    if good is not None:
        return state.since >= good
    return not state.since_at_least and state.since >= other.since


def _has_ended(state: ServiceState, moment: datetime) -> bool:
    """Whether Docker showed since then that its container ended or was started again."""
    return container_state(state.claims, moment) in ENDED or any(
        change.kind in (ChangeKind.RESTART, ChangeKind.OOM) and change.at >= moment
        for change in state.history
    )


def _names(state: ServiceState, other: ServiceState) -> bool:
    """Whether it says itself that the other is the trouble."""
    if any(claim.by == state.service.title and claim.status is Status.DOWN for claim in other.claims):
        return True
    said = f"{state.summary} {state.error or ''}".casefold()
    title = other.service.title.partition(" (")[0]
    return any(
        re.search(rf"(?<![\w-]){re.escape(name.casefold())}(?![\w-])", said)
        for name in (other.service.id, title)
    )
