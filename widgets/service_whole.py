"""Everything about one service as lines of text: its facts first, then why it is so, then what was."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sutaz_tui.model import Change, Claim, ServiceState, Status, Step, Timing, cause_titles
from sutaz_tui.text.sanitise import one_line, sanitise
from sutaz_tui.text.units import ago, duration, duration_ms
from widgets.fact_words import fact_words
from widgets.moment_words import clock
from widgets.service_words import known_words, look_of, more_words, names, status_words
from widgets.width import fit, width_of

# A line and the name of its look.
Line = tuple[str, str]
BODY_LINES = 40
FOLDED_STEPS = 5
"""Questions of one poll that are listed while answers are folded."""
SAID_BY_ITS_WORDS = frozenset({"container_state", "health"})
"""Facts of a claim that its words tell already."""


def whole_lines(
    state: ServiceState,
    titles: Mapping[str, str],
    needed_by: Sequence[str],
    now: datetime,
    width: int,
    is_unfolded: bool = False,
    again: str = "",
) -> list[Line]:
    """Everything about one service, section by section, for so many cells; answers whole only where `is_unfolded`.

    `again` says how often it was a cause before.
    """
    service = state.service
    lines: list[Line] = [
        (f"{one_line(service.title, 60)}  {status_words(state, now)}", look_of(state)),
        (f"{one_line(state.summary, 400)}", ""),
    ]
    if again:
        lines.append((one_line(again, 300), ""))
    if more := more_words(state):
        lines.append((more, ""))
    if state.because:
        lines.append((f"because of {cause_titles(state.because, titles)}", ""))
    if state.known:
        lines.append((known_words(state, now), ""))
    lines += [(f"differs: {one_line(words, 400)}", "degraded") for words in state.disagreements]
    lines += _section("facts", (_fact_line(*fact_words(*fact)) for fact in state.facts.items()))
    lines += _section("other sources", (line for claim in state.claims for line in _claim(claim, now)))
    if is_unfolded:
        lines += _section("why   o folds the answers", _why(state))
    else:
        lines += _section("why   o opens the answers", _why_folded(state, width - 2))
    lines += _section("history", (_change_line(change, now) for change in reversed(state.history)))
    lines += _section("last answers", _answers(state))
    lines += _section("the service", _about(state, titles, needed_by))
    return lines


def _section(title: str, lines: Iterable[Line]) -> list[Line]:
    found = list(lines)
    return [("", ""), (title, "heading"), *((f"  {text}", look) for text, look in found)] if found else []


def _fact_line(name: str, value: str) -> Line:
    return f"{name:<26} {value}", ""


def _claim(claim: Claim, now: datetime) -> Iterable[Line]:
    yield f"{one_line(claim.words, 300)}   {clock(claim.at, now)}", ""
    for name, value in claim.facts.items():
        if name not in SAID_BY_ITS_WORDS:
            text, look = _fact_line(*fact_words(name, value))
            yield f"  {text}", look


def _about(state: ServiceState, titles: Mapping[str, str], needed_by: Sequence[str]) -> Iterable[Line]:
    service = state.service
    for name, value in (
        ("kind", service.kind),
        ("address", service.address),
        ("container", service.container),
        ("interval", f"{state.interval:g} s"),
        ("needs", names(service.depends_on, titles, 20) if service.depends_on else ""),
        ("dependents", names(needed_by, titles, 20)),
        ("owner", service.owner),
        ("runbook", service.runbook),
    ):
        if value:
            yield f"{name:<12} {one_line(value, 300)}", ""


def _why_folded(state: ServiceState, width: int) -> Iterable[Line]:
    """The rule, and of each question one line, its answer counted, and the line that repeats it as far as it fits."""
    if state.rule:
        yield f"rule       {one_line(state.rule, 300)}", ""
    for step in state.steps[:FOLDED_STEPS]:
        took = f"   {duration(step.elapsed)}{_answered(step)}"
        room = max(20, width - 11 - width_of(took))
        yield f"request    {_cut(one_line(step.request, 500), room)}{took}", ""
        if step.reproduce:
            yield f"reproduce  {_cut(one_line(step.reproduce, 2000), max(20, width - 11))}", ""
    if (left := len(state.steps) - FOLDED_STEPS) > 0:
        yield f"+ {left} more request{'' if left == 1 else 's'}", "muted"


def _answered(step: Step) -> str:
    lines = len(step.answer.splitlines())
    return f"   + answer, {lines} line{'' if lines == 1 else 's'}" if lines else ""


def _cut(text: str, width: int) -> str:
    return fit(text, width).rstrip() if width_of(text) > width else text


def _why(state: ServiceState) -> Iterable[Line]:
    if state.rule:
        yield f"rule       {one_line(state.rule, 300)}", ""
    for step in state.steps:
        yield f"request    {one_line(step.request, 500)}", ""
        yield f"took       {timing_words(step.timing, step.elapsed)}", ""
        for number, text in enumerate(step.answer.splitlines()[:BODY_LINES]):
            yield ("answer     " if number == 0 else "           ") + sanitise(text)[:500], "muted"
        if step.reproduce:
            yield f"reproduce  {one_line(step.reproduce, 2000)}", ""
        yield "", ""


def timing_words(timing: Timing | None, elapsed: float) -> str:
    """Where the time went: connect, TLS, first byte, total."""
    if timing is None:
        return duration(elapsed)
    parts = []
    if timing.reused:
        parts.append("connection reused")
    if timing.connect is not None:
        parts.append(f"connect {duration(timing.connect)}")
    if timing.tls is not None:
        parts.append(f"TLS {duration(timing.tls)}")
    if timing.first_byte is not None:
        parts.append(f"first byte {duration(timing.first_byte)}")
    return ", ".join([*parts, f"total {duration(timing.total)}"])


def _answers(state: ServiceState) -> Iterable[Line]:
    newest = list(state.latencies)[-60:]
    if not newest:
        return
    known = sorted(value for value in newest if value is not None)
    failed = len(newest) - len(known)
    words = f"last {len(newest)}: {failed} failed"
    if known:
        middle = known[len(known) // 2]
        words += (
            f"; min/median/max {duration(known[0])} / {duration(middle)} / {duration(known[-1])}"
            if known[1:]
            else f"; {duration(middle)}"
        )
    yield words, ""
    for start in range(0, len(newest), 12):
        chunk = newest[start : start + 12]
        yield " ".join(f"{duration_ms(value) if value is not None else 'x':>5}" for value in chunk), "muted"


def _change_line(change: Change, now: datetime) -> Line:
    before = f"was {change.before.label}" if change.before is not None else "before"
    lasted = f"   ({before} for {ago(change.lasted)})" if change.lasted is not None else ""
    look = "down" if change.after is Status.DOWN else ""
    return f"{clock(change.at, now):<9} {one_line(change.words, 200)}{lasted}", look
