"""One round of everything without a screen: as text for people, as JSON for programs."""

import json
import math
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sutaz_tui.engine.causes import headline
from sutaz_tui.model import (
    GLYPHS,
    UNCHECKED,
    WORDS,
    WORST_FIRST,
    Alert,
    Cause,
    ServiceState,
    Snapshot,
    Status,
    calm_words,
    cause_titles,
)
from sutaz_tui.output.alerts import alert_line
from sutaz_tui.text.sanitise import ago, sanitise, truncate
from sutaz_tui.text.units import duration

ROUND = 10.0
"""Seconds that a round takes at most."""


def as_json(snapshot: Snapshot) -> str:
    """The snapshot as one JSON object."""
    return json_text(as_value(snapshot))


def as_value(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot as values of JSON; times ISO 8601 UTC with Z, latency and age in seconds."""
    # What a person marked as known is in trouble all the same.
    totals = Counter(state.status for state in snapshot.services)
    order = (Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN, Status.ABSENT)
    return {
        "at": iso(snapshot.at),
        "summary": {status.label: totals[status] for status in order},
        "causes": [_cause(cause) for cause in snapshot.causes],
        "alerts": [_alert(alert) for alert in snapshot.alerts],
        "services": [_service(state, snapshot.at) for state in snapshot.services],
    }


def json_text(whole: Any) -> str:
    """JSON that a terminal may get: what could steer it is escaped."""
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    return "\n".join(_ESCAPED.sub(_escape, line) for line in text.split("\n"))


# What JSON may hold as it is, and a terminal or a decoder must not get: DEL, C1, marks of direction, half surrogates.
_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _service(state: ServiceState, now: datetime) -> dict[str, Any]:
    service = state.service
    age = state.age(now)
    return {
        "id": service.id,
        "title": service.title,
        "group": service.group,
        "kind": service.kind,
        "status": state.status.label,
        "summary": state.summary,
        "word": state.word,
        "because": list(state.because),
        "disagreements": list(state.disagreements),
        "known": state.known or None,
        "latency": None if state.latency is None else round(state.latency, 6),
        "since": iso(state.since) if state.since else None,
        "since_at_least": state.since_at_least,
        "age": None if age is None else round(age, 3),
        "facts": dict(state.facts),
        "error": state.error,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "title": cause.title,
        "since": iso(cause.since),
        "words": cause.words,
        "again": cause.again or None,
        "affected": list(cause.affected),
        "needed_by": list(cause.needed_by),
    }


def _alert(alert: Alert) -> dict[str, Any]:
    """Of several, `labels` are those that all share, `instances` the others of the newest ones."""
    return {
        "name": alert.name,
        "severity": alert.severity,
        "summary": alert.summary,
        "since": iso(alert.since) if alert.since else None,
        "labels": dict(alert.labels),
        "count": alert.count,
        "instances": [dict(labels) for labels in alert.instances],
        "silenced_by": list(alert.silenced_by),
        "by": list(alert.by),
    }


def iso(at: datetime) -> str:
    """ISO 8601 in UTC with Z, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


HEADING = f"  {'SERVICE':<18} {'STATUS':<9}{'NOW':>8} {'SINCE':>7}  DETAIL"
ASCII_GLYPHS = {**GLYPHS, Status.UP: "+", Status.DOWN: "X"}


def totals_line(snapshot: Snapshot, glyphs: dict[Status, str] = GLYPHS) -> str:
    """How many are how, worst first."""
    totals = snapshot.totals()
    told = [f"{glyphs[status]} {totals[status]} {WORDS[status]}" for status in WORST_FIRST]
    if unchecked := snapshot.unchecked_count():
        told.append(f"{UNCHECKED} {unchecked} running, unchecked")
    if known := snapshot.known_count():
        told.append(f"{known} known")
    return "   ".join(told)


def _moment(at: datetime) -> str:
    """With its day where that is not today."""
    local = at.astimezone()
    return (
        f"{local:%H:%M:%S}"
        if local.date() == datetime.now().astimezone().date()
        else f"{local:%Y-%m-%d %H:%M:%S}"
    )


def as_text(
    snapshot: Snapshot, group_titles: dict[str, str], env: str, width: int = 100, ascii_only: bool = False
) -> str:
    """The snapshot as a plain board of lines no wider than `width`."""
    glyphs = ASCII_GLYPHS if ascii_only else GLYPHS
    lines = [f"{env.upper()}  {totals_line(snapshot, glyphs)}  at {_moment(snapshot.at)}"]
    lines += [headline(cause, snapshot.at) for cause in snapshot.causes] or [calm_words(snapshot)]
    for alert in snapshot.alerts:
        lines.append(f"alert {alert_line(alert, snapshot.at)}")
    told = len(lines)
    lines += ["", HEADING]
    group = None
    titles = {state.service.id: state.service.title for state in snapshot.services}
    for state in snapshot.services:
        if state.service.group != group:
            lines += [""] * (group is not None)
            group = state.service.group
            lines.append(group_titles.get(group, group).upper())
        lines.append(_line(state, snapshot.at, glyphs, ">" if ascii_only else "≥", titles))
        lines += [f"    differs: {words}" for words in state.disagreements]
    # The head and what is said of causes and alerts may be longer than the terminal is wide.
    return "\n".join(
        truncate(sanitise(line), 10 * width if number < told else width) for number, line in enumerate(lines)
    )


def _line(
    state: ServiceState, now: datetime, glyphs: dict[Status, str], at_least: str, titles: dict[str, str]
) -> str:
    word = state.word or (duration(state.latency) if state.latency is not None else "")
    since = ago((now - state.since).total_seconds()) if state.since else ""
    since = "" if _is_first_sight(state) else at_least * state.since_at_least + since
    known = f"  known: {state.known}" if state.known else ""
    because = f"  (because of {cause_titles(state.because, titles)})" if state.because else ""
    glyph = UNCHECKED if state.is_unchecked else glyphs[state.status]
    return (
        f"{glyph} {state.service.title:<18} {WORDS[state.status]:<9}{word:>8} {since:>7}"
        f"  {state.summary}{because}{known}"
    )


def _is_first_sight(state: ServiceState) -> bool:
    """Whether nobody knows since when it is so: only this round has seen it."""
    seen = (state.asked - state.since).total_seconds() if state.asked and state.since else math.inf
    return state.since_at_least and seen < ROUND


def exit_code(snapshot: Snapshot) -> int:
    """0 when nothing is down or unknown, known trouble or not, else 1."""
    return int(any(state.status in (Status.DOWN, Status.UNKNOWN) for state in snapshot.services))
