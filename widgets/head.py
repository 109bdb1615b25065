"""The two lines at the top: how the whole stack is, and the cause of what is wrong."""

from collections.abc import Mapping
from datetime import datetime

from textual.content import Content
from textual.widgets import Static

from sutaz_tui.model import Snapshot, Status
from sutaz_tui.text import one_line
from widgets.status_words import GLYPHS, clock
from widgets.width import fit

ORDER = (Status.DOWN, Status.DEGRADED, Status.UNKNOWN, Status.UP, Status.ABSENT)


class Head(Static):
    """Totals, alerts, the time of the last round; below it the cause or the last change."""

    DEFAULT_CSS = """
    Head { height: 2; }
    """

    def __init__(
        self, env: str, host: str, badges: tuple[str, ...] = (), glyphs: Mapping[Status, str] = GLYPHS
    ) -> None:
        super().__init__("", markup=False)
        self._env = one_line(env, 20).upper()
        self._host = one_line(host, 40)
        self._badges = {badge: badge for badge in badges}
        self._glyphs = glyphs
        self.text = ""

    def set_badge(self, name: str, words: str) -> None:
        """Show a badge under this name, none for empty words; seen with the next snapshot."""
        if words:
            self._badges[name] = words
        else:
            self._badges.pop(name, None)

    def show(self, snapshot: Snapshot, cause_words: str) -> None:
        """Show the totals of a snapshot and the sentence about its cause."""
        text = f"{self._first_line(snapshot)}\n {cause_words or self._calm(snapshot, snapshot.at)}"
        if text != self.text:
            self.text = text
            self.update(Content(text))

    def _first_line(self, snapshot: Snapshot) -> str:
        totals = snapshot.totals()
        counts = "  ".join(f"{self._glyphs[status]} {totals[status]}" for status in ORDER)
        parts = [f" {self._env} {self._host}", counts]
        if known := snapshot.known_count():
            parts.append(f"{known} known")
        if snapshot.alerts:
            parts.append(f"{len(snapshot.alerts)} alerts")
        parts += self._badges.values()
        if snapshot.is_idle:
            parts.append("IDLE")
        left = "  ".join(parts)
        right = f"round {snapshot.round_at.astimezone():%H:%M:%S} " if snapshot.round_at is not None else ""
        room = self.size.width - len(right)
        return fit(left, room) + right if room > 20 else left

    def _calm(self, snapshot: Snapshot, now: datetime) -> str:
        answered, all_of_them = snapshot.answered_count(), len(snapshot.services)
        if snapshot.remembered_at is not None and not answered:
            return f"as of {snapshot.remembered_at.astimezone():%H:%M}, asking"
        if answered < all_of_them:
            return f"{answered} of {all_of_them} answered"
        if not snapshot.changes:
            return "No cause."
        change = snapshot.changes[-1]
        titles = {state.service.id: state.service.title for state in snapshot.services}
        title = titles.get(change.service_id, change.service_id)
        when = clock(change.at, now)
        return f"No cause.  Last change {when}: {one_line(title, 30)} {one_line(change.words, 120)}"
