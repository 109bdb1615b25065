"""Troubles that a person marks as known: why and until when, kept in a file of this machine alone."""

from sutaz_tui.commands import moment_in
from sutaz_tui.engine.engine import Engine
from sutaz_tui.kept import Kept
from sutaz_tui.model import Known, ServiceState, Status


class KnownMarks:
    """Marks and unmarks services in an engine's store, and keeps the file equal to it."""

    def __init__(self, engine: Engine, kept: Kept, who: str) -> None:
        self._engine = engine
        self._kept = kept
        self._who = who
        self._written: dict[str, Known] = {}
        self._id = self._reason = ""

    def load(self) -> None:
        """Take what an earlier run kept, as far as it is not over."""
        marks = self._kept.load_known(self._engine.clock.now())
        self._written = {mark.service_id: mark for mark in marks}
        self._engine.store.set_known(marks)

    def toggle(self, state: ServiceState) -> tuple[str, str]:
        """Begin to mark a trouble, or unmark it: the question to ask next, "" for none, and what to say."""
        title = state.service.title
        if state.known:
            marks = self._engine.store.known.values()
            self._engine.store.set_known(mark for mark in marks if mark.service_id != state.service.id)
            self.keep()
            return "", f"{title} is no longer marked as known"
        if state.status in (Status.UP, Status.ABSENT) or state.asked is None:
            return "", f"{title} is not in trouble: there is nothing to mark as known"
        self._id, self._reason = state.service.id, ""
        return f"why is the trouble of {title} known?", ""

    def because(self, reason: str) -> str:
        """Take the reason: the question to ask next."""
        self._reason = reason
        return "until when? 30m, 2h, 3d, 18:30"

    def until(self, text: str) -> str:
        """Take the end and mark: what to say."""
        until = moment_in(text, self._engine.clock.now())
        if until is None:
            return f"not marked: {text or 'nothing'} is no time; 30m, 2h, 3d or 18:30 are"
        mark = Known(self._id, self._reason, until, self._who)
        others = [mark for mark in self._engine.store.known.values() if mark.service_id != self._id]
        self._engine.store.set_known([*others, mark])
        self.keep()
        return f"known until {until.astimezone():%d %b %H:%M}: {self._reason}"

    def keep(self) -> None:
        """Write the marks when they differ from the file: the store forgets what is green or over."""
        marks = self._engine.store.known
        if marks != self._written:
            self._written = dict(marks)
            self._kept.save_known(marks.values())
