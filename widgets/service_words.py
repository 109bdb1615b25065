"""What there is to say of one service, as lines of text: short for the panel under the map, whole for its own screen."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sutaz_tui.model import WORDS, Change, ChangeKind, Fact, ServiceState, Status, Step, Timing, cause_titles
from sutaz_tui.text.sanitise import ago, duration_ms, one_line, sanitise
from widgets.map_cells import ShownLatency
from widgets.moment_words import clock

# A line and the name of its look.
Line = tuple[str, str]
BODY_LINES = 40


def ms(seconds: float) -> str:
    """A duration with its unit."""
    words = duration_ms(seconds)
    return words if words.endswith("s") else f"{words} ms"


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
    return f"known{until}: {one_line(state.known, 200)}   M unmarks"


def _says_more(state: ServiceState) -> bool:
    """Whether the error tells anything that the summary does not."""
    return bool(state.error) and state.error not in (state.summary, f"{state.service.title}: {state.summary}")


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
    lines = [(one_line(head, 300), _look(state)), (f"  {one_line(state.summary, 300)}", "")]
    if state.known:
        lines.append((f"  {known_words(state, now)}", ""))
    if _says_more(state):
        lines.append((f"  {one_line(state.error or '', 300)}", ""))
    if state.because:
        lines.append((f"  because of {cause_titles(state.because, titles)}", ""))
    lines += [(f"  differs: {words}", "degraded") for words in state.disagreements]
    lines += [(f"  {words}", "") for words in claim_facts(state)]
    lines.append((f"  last changes: {last_changes(state, now)}", "muted"))
    lines.append((f"  needed by: {names(needed_by, titles)}", "muted"))
    if service.owner or service.runbook:
        lines.append((f"  owner {service.owner or '-'}   runbook {service.runbook or '-'}", "muted"))
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
        return "nobody"
    shown = " ".join(one_line(titles.get(id, id), 20).replace(" ", "-") for id in ids[:most])
    return shown + (f" +{len(ids) - most}" if len(ids) > most else "")


def claim_facts(state: ServiceState) -> list[str]:
    """What others tell of it as facts (Docker: container running, restarts 2, image …)."""
    return [f"{claim.by}: {facts_words(claim.facts)}" for claim in state.claims if claim.facts]


def facts_words(facts: Mapping[str, Fact]) -> str:
    """Facts as `name value`, in their order."""
    return "  ".join(f"{name.replace('_', ' ')} {_fact(value)}" for name, value in facts.items())


def _fact(value: Fact) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:,}" if isinstance(value, int) else one_line(value, 80)


def whole_lines(
    state: ServiceState, titles: Mapping[str, str], needed_by: Sequence[str], now: datetime, again: str = ""
) -> list[Line]:
    """Everything about one service, section by section; `again` says how often it was a cause before."""
    service = state.service
    lines: list[Line] = [
        (f"{one_line(service.title, 60)}  {status_words(state, now)}", _look(state)),
        (f"{one_line(state.summary, 400)}", ""),
    ]
    if again:
        lines.append((one_line(again, 300), ""))
    if _says_more(state):
        lines.append((one_line(state.error or "", 500), ""))
    if state.because:
        lines.append((f"because of {cause_titles(state.because, titles)}", ""))
    if state.known:
        lines.append((known_words(state, now), ""))
    lines += _section("why", _why(state))
    lines += _section(
        "facts", ((f"{name.replace('_', ' '):<26} {_fact(value)}", "") for name, value in state.facts.items())
    )
    lines += _section(
        "what others say",
        ((f"{one_line(claim.words, 300)}   {clock(claim.at, now)}", "") for claim in state.claims),
    )
    lines += _section("told by others", ((words, "") for words in claim_facts(state)))
    lines += _section("disagreements", ((words, "degraded") for words in state.disagreements))
    lines += _section("last answers", _answers(state))
    lines += _section("history", (_change_line(change, now) for change in reversed(state.history)))
    lines += _section(
        "the service",
        (
            (f"{name:<12} {one_line(value, 300)}", "")
            for name, value in (
                ("kind", service.kind),
                ("address", service.address),
                ("container", service.container),
                ("asked every", f"{state.interval:g} s"),
                ("needs", names(service.depends_on, titles, 20) if service.depends_on else ""),
                ("needed by", names(needed_by, titles, 20)),
                ("owner", service.owner),
                ("runbook", service.runbook),
            )
            if value
        ),
    )
    return lines


def _section(title: str, lines: Iterable[Line]) -> list[Line]:
    found = list(lines)
    return [("", ""), (title, "heading"), *((f"  {text}", look) for text, look in found)] if found else []


def _why(state: ServiceState) -> Iterable[Line]:
    if state.rule:
        yield f"rule     {one_line(state.rule, 300)}", ""
    for step in state.steps:
        yield f"request  {one_line(step.request, 500)}", ""
        yield f"took     {timing_words(step.timing, step.elapsed)}", ""
        for number, text in enumerate(step.answer.splitlines()[:BODY_LINES]):
            yield ("answer   " if number == 0 else "         ") + sanitise(text)[:500], "muted"
        if step.reproduce:
            yield f"again    {one_line(step.reproduce, 2000)}", ""
        yield "", ""


def timing_words(timing: Timing | None, elapsed: float) -> str:
    """Where the time went: connect, TLS, first byte, total."""
    if timing is None:
        return ms(elapsed)
    parts = []
    if timing.reused:
        parts.append("connection reused")
    if timing.connect is not None:
        parts.append(f"connect {ms(timing.connect)}")
    if timing.tls is not None:
        parts.append(f"TLS {ms(timing.tls)}")
    if timing.first_byte is not None:
        parts.append(f"first byte {ms(timing.first_byte)}")
    return ", ".join([*parts, f"total {ms(timing.total)}"])


def _answers(state: ServiceState) -> Iterable[Line]:
    newest = list(state.latencies)[-60:]
    if not newest:
        return
    known = sorted(value for value in newest if value is not None)
    failed = len(newest) - len(known)
    words = f"{len(newest)} newest: {failed} without an answer time"
    if known:
        words += f"; fastest {ms(known[0])}, median {ms(known[len(known) // 2])}, slowest {ms(known[-1])}"
    yield words, ""
    for start in range(0, len(newest), 12):
        chunk = newest[start : start + 12]
        yield " ".join(f"{duration_ms(value) if value is not None else 'x':>5}" for value in chunk), "muted"


def _change_line(change: Change, now: datetime) -> Line:
    lasted = f"   (the state before lasted {ago(change.lasted)})" if change.lasted is not None else ""
    look = "down" if change.after is Status.DOWN else ""
    return f"{clock(change.at, now):<9} {one_line(change.words, 200)}{lasted}", look


def copy_line(state: ServiceState) -> str:
    """The line that repeats the question, or what is shown of the service where there is none."""
    last: Step | None = next((step for step in reversed(state.steps) if step.reproduce), None)
    return last.reproduce if last is not None else plain_line(state)


def plain_line(state: ServiceState) -> str:
    """One line of text about a service, for pasting into a message."""
    since = f" {_since(state)} {state.since.astimezone():%Y-%m-%d %H:%M:%S}" if state.since else ""
    return one_line(f"{state.service.title} {WORDS[state.status]}{since}: {state.summary}", 400)


def _look(state: ServiceState) -> str:
    return "" if state.status in (Status.UP, Status.ABSENT) or state.known else state.status.label
