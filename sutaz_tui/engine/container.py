"""What Docker's word on a container does to its service's own reading, and to the words of a cause."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from sutaz_tui.model import Claim, Failure, Reading, ServiceState, Status
from sutaz_tui.text.exits import exit_words

# Docker may fall silent itself: what it said so long ago says nothing of now.
GOOD_FOR = timedelta(seconds=180)


def judged(reading: Reading, claims: Iterable[Claim]) -> Reading:
    """The reading with what Docker says of its container: one that may still start is up, one in trouble degraded."""
    for claim in claims:
        is_over = claim.until is not None and reading.at > claim.until
        if not claim.word or is_over or reading.at - claim.at > GOOD_FOR:
            continue
        words = f"{claim.words}; {reading.summary}"
        if claim.status is Status.UP and reading.status in (Status.UP, Status.DEGRADED, Status.DOWN):
            return replace(
                reading, status=Status.UP, word=claim.word, summary=words, error=None, backs_off=False,
                failure=Failure.NONE, rule="a container in the start period of its health check is starting",
            )  # fmt: skip
        if claim.status is Status.DEGRADED and reading.status is Status.UP:
            return replace(
                reading, status=Status.DEGRADED, word=claim.word, summary=words,
                error=f"{claim.words}; look at its container",
                rule="a container that loops, was short of memory or is nearly out of it is degraded",
            )  # fmt: skip
    return reading


def ended_words(state: ServiceState) -> str:
    """`container exited 137 (killed)` where Docker shows why nobody answers, else ""."""
    if state.failure not in (Failure.REFUSED, Failure.SILENT) or state.asked is None:
        return ""
    for claim in state.claims:
        container = claim.facts.get("container_state")
        if container in (None, "running") or state.asked - claim.at > GOOD_FOR:
            continue
        return f"container {container}{_code_words(claim)}"
    return ""


def elsewhere(reading: Reading, claims: Iterable[Claim]) -> str:
    """`Docker publishes it at :11403` where nobody answers well and the address is none of its container's, else ""."""
    if reading.status is not Status.DOWN:
        return ""
    told = (claim for claim in claims if reading.at - claim.at <= GOOD_FOR)
    return next((f"{one.by} publishes it at {at}" for one in told if (at := one.facts.get("published"))), "")


def container_state(claims: Iterable[Claim], since: datetime) -> str:
    """How Docker showed its container to be since a moment, "" where it did not."""
    told = (str(claim.facts["container_state"]) for claim in claims if _is_told(claim, since))
    return next(told, "")


def _is_told(claim: Claim, since: datetime) -> bool:
    return "container_state" in claim.facts and claim.at >= since


def _code_words(claim: Claim) -> str:
    code = claim.facts.get("exit_code")
    if not isinstance(code, int):
        return ""
    return f" {exit_words(code, claim.facts.get('oom') is True)}"
