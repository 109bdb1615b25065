"""What is said of an alert in a line of text, and the line of shell that silences it."""

import re
import shlex
from datetime import datetime

from sutaz_tui.model import Alert, Labels
from sutaz_tui.text.units import ago, first_of

NAMED = 3
_PLAIN_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
SAID_ELSEWHERE = ("alertname", "severity")


def alert_line(alert: Alert, now: datetime) -> str:
    """`TargetDown x2,000 (critical) 12m: cannot be scraped; instance a, b, c and 1,997 more; silenced by ann`."""
    parts = [alert.summary or labels_words(alert.labels), instances_words(alert), *alert.silenced_by]
    age = "" if alert.since is None else f" {ago((now - alert.since).total_seconds())}"
    said = "; ".join(part for part in parts if part)
    return f"{alert.title} ({alert.severity or 'no severity'}){age}" + (f": {said}" if said else "")


def labels_words(labels: Labels) -> str:
    """`instance=a job=b`, without what a row says anyway."""
    return " ".join(f"{name}={value}" for name, value in labels if name not in SAID_ELSEWHERE)


def instances_words(alert: Alert, named: int = NAMED) -> str:
    """In what the alerts of a row differ, the newest first: `instance a, b, c and 1,997 more`; "" of a single one."""
    if alert.count == 1:
        return ""
    names = {name for labels in alert.instances for name, _ in labels}
    label = names.pop() if len(names) == 1 else ""
    each = [" ".join(f"{n}={v}" if not label else v for n, v in labels) or "-" for labels in alert.instances]
    more = alert.count - len(each)
    told = (
        first_of(each, named) if not more else ", ".join(each[:named]) + f" and {alert.count - named:,} more"
    )
    return f"{label} {told}".strip()


def silence_line(alert: Alert, url: str) -> str:
    """The line that silences an alert, or all of a row, for an hour at this Alertmanager; no newline ends it."""
    words = ["amtool", f"--alertmanager.url={url}", "silence", "add", "--duration=1h", "--comment=known"]
    return shlex.join((*words, *(_matcher(name, value) for name, value in alert.labels)))


def _matcher(name: str, value: str) -> str:
    return f"{name if _PLAIN_NAME.fullmatch(name) else _quoted(name)}={_quoted(value)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
