"""One round as a Nagios plugin tells it: one line and figures behind a bar, the exit code is the verdict."""

import re
from collections import Counter

from sutaz_tui.engine.causes import headline
from sutaz_tui.model import ServiceState, Snapshot, Status
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import first_of, plural

OK, WARNING, CRITICAL, UNKNOWN = range(4)
WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
CODES = {Status.DOWN: CRITICAL, Status.DEGRADED: WARNING, Status.UNKNOWN: UNKNOWN}
WORST = (CRITICAL, WARNING, UNKNOWN, OK)
"""Worst first, as the monitoring plugins rank them: what is known to be wrong comes before what is not known."""
MOST_NAMES = 5
MOST_FIGURES = 200
LONGEST = 1000
NAME = "STACK"
_LABEL = re.compile(r"[^A-Za-z0-9_.-]")


def code_of(snapshot: Snapshot) -> int:
    """The exit code: 0 all well, 1 degraded, 2 down, 3 unknown; what is marked as known counts as 0."""
    found = {CODES.get(state.status, OK) for state in snapshot.services if not state.known}
    return next(code for code in WORST if code in found or code == OK)


def as_nagios(snapshot: Snapshot) -> str:
    """The line, with how many are how and each latency (seconds) as figures, then a line for each trouble."""
    code = code_of(snapshot)
    troubles = [state for state in snapshot.services if state.status in CODES and not state.known]
    said = _said(snapshot, troubles)
    lines = [f"{NAME} {WORDS[code]} - {said} | {' '.join(_figures(snapshot))}"]
    lines += [_bare(headline(cause, snapshot.at)) for cause in snapshot.causes]
    causes = {cause.id for cause in snapshot.causes}
    lines += [_bare(_trouble(state)) for state in troubles if state.service.id not in causes]
    return "\n".join(lines)


def failed(words: str) -> str:
    """The line of a check that could not be made."""
    return f"{NAME} {WORDS[UNKNOWN]} - {_bare(words)}"


def _said(snapshot: Snapshot, troubles: list[ServiceState]) -> str:
    if not troubles:
        known = sum(bool(state.known) for state in snapshot.services)
        return plural(len(snapshot.services), "service") + (f", {known} known" if known else "")
    parts = []
    for status in (Status.DOWN, Status.DEGRADED, Status.UNKNOWN):
        titles = [state.service.title for state in troubles if state.status is status]
        if titles:
            parts.append(f"{len(titles)} {status.label}: {first_of(titles, MOST_NAMES)}")
    return _bare("; ".join(parts))


def _trouble(state: ServiceState) -> str:
    # An error names its service itself.
    return f"{state.status.label}: {state.error or f'{state.service.title}: {state.summary}'}"


def _figures(snapshot: Snapshot) -> list[str]:
    totals = Counter(state.status for state in snapshot.services)
    counts = [
        f"{status.label}={totals[status]}"
        for status in (Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN)
    ]
    timed = [
        f"'{_LABEL.sub('_', state.service.id)}'={state.latency:.6f}s"
        for state in snapshot.services
        if state.latency is not None
    ]
    return counts + timed[:MOST_FIGURES]


def _bare(words: str) -> str:
    """Words without a bar, behind which only figures may stand."""
    return one_line(words.replace("|", "/"), LONGEST)
