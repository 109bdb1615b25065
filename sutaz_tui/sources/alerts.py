"""Alerts as Prometheus and Alertmanager spell them; every function raises TypeError for what is none."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sutaz_tui.model import Alert, Labels
from sutaz_tui.text.sanitise import one_line

READ_LIMIT = 16 * 1024 * 1024
"""Bytes of one answer: some twenty thousand alerts."""
MOST_ALERTS = 20_000
MOST_LABELS = 64
_NAME, _VALUE = 80, 200

Clean = Callable[[str, int], str]


def cleaner() -> Clean:
    """Makes texts fit to be shown, each of them once: labels repeat from alert to alert."""
    return lru_cache(maxsize=4096)(one_line)


def alert_of(entry: Any, since: str, clean: Clean) -> Alert:
    """One alert; `since` is the field that says from when on it fires."""
    labels = labels_of(entry["labels"], clean)
    named = dict(labels)
    return Alert(
        name=named.get("alertname", "?"),
        severity=clean(named.get("severity", ""), 20),
        summary=_summary(entry.get("annotations")),
        since=moment(entry.get(since)),
        labels=labels,
    )


def labels_of(found: Any, clean: Clean) -> Labels:
    """Labels by name; an alert has at least one."""
    if not isinstance(found, dict):
        raise TypeError("labels are no object")
    labels = [(clean(n, _NAME), clean(v, _VALUE)) for n, v in found.items() if isinstance(v, str)]
    if not labels:
        raise TypeError("an alert without a label")
    return tuple(sorted(labels[:MOST_LABELS]))


def moment(text: Any) -> datetime | None:
    """An RFC 3339 time; None for the zero time, which stands for never, and for anything else."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None and found.year > 1 else None
    except (TypeError, ValueError, OverflowError):
        return None


def _summary(notes: Any) -> str:
    found = notes if isinstance(notes, dict) else {}
    texts = (found.get(name) for name in ("summary", "description", "message"))
    return one_line(next((text for text in texts if isinstance(text, str) and text), ""), 200)
