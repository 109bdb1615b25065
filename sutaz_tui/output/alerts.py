"""What is said of an alert in a line of text."""

from datetime import datetime

from sutaz_tui.model import Alert
from sutaz_tui.text.units import ago
from sutaz_tui.views.alerts import instances_words, labels_words


def alert_line(alert: Alert, now: datetime) -> str:
    """`TargetDown x2,000 firing 12m (critical): cannot be scraped; instance a, b, c and 1,997 more; silenced by ann`."""
    parts = [alert.summary or labels_words(alert.labels), instances_words(alert), *alert.silenced_by]
    age = "" if alert.since is None else f" {ago((now - alert.since).total_seconds())}"
    state = "" if alert.silenced_by else " firing"
    said = "; ".join(part for part in parts if part)
    return f"{alert.title}{state}{age} ({alert.severity or 'no severity'})" + (f": {said}" if said else "")
