"""Who says that something is up which is down: such a service answers, but not with the truth.

Only services that vouch for others by an answer of their own, made at that moment, can lie. What Consul, Prometheus
and Docker say has its own pace and its own way into the network: where they differ it is a disagreement, no lie.
"""

from msgspec.structs import replace

from sutaz_tui.model import ServiceState, Status

VOUCHING = ("backend", "mcp-bridge")
DATABASES = ("postgres",)
WORD = "lies"


def expose(states: list[ServiceState]) -> list[ServiceState]:
    """The states with everybody degraded who calls healthy what is down, or itself without its database."""
    by_id = {state.service.id: state for state in states}
    return [_exposed(state, by_id) if state.service.kind in VOUCHING else state for state in states]


def _exposed(state: ServiceState, by_id: dict[str, ServiceState]) -> ServiceState:
    if state.status not in (Status.UP, Status.DEGRADED) or state.asked is None:
        return state
    wrong = [other for other in by_id.values() if _is_vouched_for(other, state)]
    if state.service.kind == "backend" and state.status is Status.UP:
        needed = (by_id.get(id) for id in state.service.depends_on)
        wrong += [
            other
            for other in needed
            if other is not None
            and other not in wrong
            and other.service.kind in DATABASES
            and _was_down(other, state)
        ]
    if not wrong:
        return state
    titles = ", ".join(other.service.title for other in wrong)
    words = f"says that all is well, but {titles} {'is' if len(wrong) == 1 else 'are'} DOWN"
    since = state.since
    if state.status is Status.UP:
        since = max(moment for other in wrong if (moment := other.since) is not None)
    return replace(
        state,
        status=Status.DEGRADED,
        word=WORD,
        summary=f"{words}; {state.summary}",
        error=state.error
        or f"{state.service.title}: {words}; believe what answers here, not its health page",
        since=since,
    )


def _is_vouched_for(other: ServiceState, by: ServiceState) -> bool:
    """Whether `by` says that the other is up, since it is down."""
    if other.status is not Status.DOWN or other.since is None:
        return False
    return any(
        claim.by == by.service.title and claim.status is Status.UP and claim.at >= other.since
        for claim in other.claims
    )


def _was_down(other: ServiceState, asked: ServiceState) -> bool:
    """Whether it was down already when the answer was given."""
    return (
        other.status is Status.DOWN
        and other.since is not None
        and asked.asked is not None
        and asked.asked >= other.since
    )
