"""What there is to say of one service in a few lines: under the map, copied, printed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sutaz_tui.model import WORDS, Change, ChangeKind, ServiceState, Status, Step, cause_titles
from sutaz_tui.text.sanitise import one_line
from widgets.fact_words import facts_words
from widgets.map_cells import ShownLatency
from widgets.moment_words import clock
from widgets.usage_words import container_words

# A line and the name of its look.
Line = tuple[str, str]


def status_words(state: ServiceState, now: datetime) -> str:
    """Status and since when, as a clock time, which does not tick."""
    word = "known" if state.known else WORDS[state.status]
    return f"{word} {_since(state)} {clock(state.since, now)}" if state.since else word


def _since(state: ServiceState) -> str:
    return "since before" if state.since_at_least else "since"


def known_words(state: ServiceState, now: datetime) -> str:
    """Why a trouble is known, and until when."""
    until = (
        f" until {clock(state.known_until, now)}" if state.known_until else " until it recovers or gets worse"
    )
    return f"known{until}: {one_line(state.known, 200)}" + ("" if state.is_quiet else "   M unmarks")


def more_words(state: ServiceState) -> str:
    """What the error says that the summary does not, "" for nothing."""
    error = (state.error or "").removeprefix(f"{state.service.title}: ")
    parts = [part for part in error.split("; ") if part and part not in state.summary]
    return one_line("; ".join(parts), 500)


def short_lines(
    state: ServiceState,
    titles: Mapping[str, str],
    needed_by: Sequence[str],
    now: datetime,
    latency: ShownLatency,
) -> list[Line]:
    """The panel under the map, the weightiest lines first."""
    service = state.service
    shown = latency.text(state.latency)
    took = (shown if shown.endswith("s") else f"{shown} ms") if shown else ""
    head = "  ".join(
        part
        for part in (f"> {one_line(service.title, 40)}", status_words(state, now), service.address, took)
        if part
    )
    lines = [(one_line(head, 300), look_of(state)), (f"  {one_line(state.summary, 300)}", "")]
    if state.known:
        lines.append((f"  {known_words(state, now)}", ""))
    if more := more_words(state):
        lines.append((f"  {more}", ""))
    if state.because:
        lines.append((f"  because of {cause_titles(state.because, titles)}", ""))
    lines += [(f"  differs: {one_line(words, 400)}", "degraded") for words in state.disagreements]
    lines += [(f"  {words}", "") for words in claim_facts(state)]
    lines.append((f"  last changes: {last_changes(state, now)}", "muted"))
    lines.append((f"  dependents: {names(needed_by, titles)}", "muted"))
    if service.owner or service.runbook:
        whose = f"owner {service.owner or '-'}   runbook {service.runbook or '-'}"
        lines.append((f"  {one_line(whose, 300)}", "muted"))
    return lines


def last_changes(state: ServiceState, now: datetime, most: int = 2) -> str:
    """The newest changes in a few words."""
    if not state.history:
        return "none seen"
    newest = list(state.history)[-most:][::-1]
    return ", ".join(f"{clock(change.at, now)} {_short_change(change)}" for change in newest)


def _short_change(change: Change) -> str:
    if change.kind is ChangeKind.STATUS and change.before is not None and change.after is not None:
        return f"{change.before.label} -> {change.after.label}"
    return one_line(change.words, 60)


def names(ids: Sequence[str], titles: Mapping[str, str], most: int = 5) -> str:
    """Titles of services, the first few by name."""
    if not ids:
        return "none"
    shown = " ".join(one_line(titles.get(id, id), 20).replace(" ", "-") for id in ids[:most])
    return shown + (f" +{len(ids) - most}" if len(ids) > most else "")


def claim_facts(state: ServiceState) -> list[str]:
    """What others tell of it as facts (Docker: container running, restarts 2, image …)."""
    return [
        f"{claim.by}: {container_words(claim.facts) or facts_words(claim.facts)}"
        for claim in state.claims
        if claim.facts
    ]


def copy_line(state: ServiceState) -> str:
    """The line that repeats the question, or what is shown of the service where there is none."""
    last: Step | None = next((step for step in reversed(state.steps) if step.reproduce), None)
    return last.reproduce if last is not None else plain_line(state)


def plain_line(state: ServiceState) -> str:
    """One line of text about a service, for pasting into a message."""
    since = f" {_since(state)} {state.since.astimezone():%Y-%m-%d %H:%M:%S}" if state.since else ""
    return one_line(f"{state.service.title} {WORDS[state.status]}{since}: {state.summary}", 400)


def look_of(state: ServiceState) -> str:
    """The look of a service's first line."""
    return "" if state.status in (Status.UP, Status.ABSENT) or state.known else state.status.label
