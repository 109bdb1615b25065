"""What is said of an alert in a line of text."""

from datetime import datetime

from sutaz_tui.model import Alert
from sutaz_tui.text.units import ago
from sutaz_tui.views.alerts import instances_words, labels_words


def alert_line(alert: Alert, now: datetime) -> str:
    """`TargetDown x2,000 (critical) 12m: cannot be scraped; instance a, b, c and 1,997 more; silenced by ann`."""
    parts = [alert.summary or labels_words(alert.labels), instances_words(alert), *alert.silenced_by]
    age = "" if alert.since is None else f" {ago((now - alert.since).total_seconds())}"
    said = "; ".join(part for part in parts if part)
    return f"{alert.title} ({alert.severity or 'no severity'}){age}" + (f": {said}" if said else "")
