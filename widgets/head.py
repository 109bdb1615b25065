"""The two lines at the top: how the whole stack is, and the cause of what is wrong."""

from datetime import datetime

from textual.content import Content
from textual.widgets import Static

from sutaz_tui.model import Snapshot, Status
from sutaz_tui.text import one_line
from widgets.status_words import GLYPHS, clock

ORDER = (Status.DOWN, Status.DEGRADED, Status.UNKNOWN, Status.UP, Status.ABSENT)


class Head(Static):
    """Totals, alerts, the time of the last round; below it the cause or the last change."""

    DEFAULT_CSS = """
    Head { height: 2; }
    """

    def __init__(self, env: str, host: str, badges: tuple[str, ...] = ()) -> None:
        super().__init__("", markup=False)
        self._env = one_line(env, 20).upper()
        self._host = one_line(host, 40)
        self._badges = badges
        self._shown = ""

    def show(self, snapshot: Snapshot, cause_words: str) -> None:
        """Show the totals of a snapshot and the sentence about its cause."""
        totals = snapshot.totals()
        parts = [f" {self._env} {self._host}", *(f"{GLYPHS[status]} {totals[status]}" for status in ORDER)]
        if snapshot.alerts:
            parts.append(f"{len(snapshot.alerts)} alerts firing")
        parts += self._badges
        if snapshot.is_idle:
            parts.append("IDLE")
        if snapshot.round_at is not None:
            parts.append(f"round {snapshot.round_at.astimezone():%H:%M:%S}")
        text = "   ".join(parts) + "\n " + (cause_words or self._last_change(snapshot, snapshot.at))
        if text != self._shown:
            self._shown = text
            self.update(Content(text))

    def _last_change(self, snapshot: Snapshot, now: datetime) -> str:
        if not snapshot.changes:
            return "No cause."
        change = snapshot.changes[-1]
        titles = {state.service.id: state.service.title for state in snapshot.services}
        title = titles.get(change.service_id, change.service_id)
        when = clock(change.at, now)
        return f"No cause.  Last change {when}: {one_line(title, 30)} {one_line(change.words, 120)}"
