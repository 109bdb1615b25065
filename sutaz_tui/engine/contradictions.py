"""Who says that something is up which is down: such a service answers, but not with the truth.

Only services that vouch for others by an answer of their own, made at that moment, can lie. What Consul, Prometheus
and Docker say has its own pace and its own way into the network: where they differ it is a disagreement, no lie.
"""

from msgspec.structs import replace

from sutaz_tui.model import ServiceState, Status

VOUCHING = ("backend", "mcp-bridge")
WORD = "lies"


def expose(states: list[ServiceState]) -> list[ServiceState]:
    """The states with everybody degraded who calls healthy what is down."""
    down = [state for state in states if state.status is Status.DOWN and state.asked is not None]
    return [_exposed(state, down) if state.service.kind in VOUCHING else state for state in states]


def _exposed(state: ServiceState, down: list[ServiceState]) -> ServiceState:
    if state.status not in (Status.UP, Status.DEGRADED) or state.asked is None:
        return state
    wrong = [other for other in down if _is_vouched_for(other, state)]
    if not wrong:
        return state
    titles = ", ".join(other.service.title for other in wrong)
    words = f"reports healthy, but {titles} {'is' if len(wrong) == 1 else 'are'} DOWN"
    if state.status is Status.DEGRADED:
        words = f"reports healthy what is DOWN: {titles}"
    since = state.since
    if state.status is Status.UP:
        since = max(moment for other in wrong if (moment := other.since) is not None)
    return replace(
        state,
        status=Status.DEGRADED,
        word=WORD,
        summary=f"{words}; {state.summary}",
        error=state.error or f"{state.service.title}: {words}; trust the probes, not its health page",
        since=since,
    )


def _is_vouched_for(other: ServiceState, by: ServiceState) -> bool:
    return any(
        claim.by == by.service.title and claim.status is Status.UP and claim.differs for claim in other.claims
    )
