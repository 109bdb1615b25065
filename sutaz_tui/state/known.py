"""Troubles that a person marks as known: why and until when, shared by all boards of one config."""

from functools import partial

from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import Known, ServiceState, Status
from sutaz_tui.state.history.file import Unusable
from sutaz_tui.state.known_file import KnownFile, MarkChange
from sutaz_tui.state.writer import Writer
from sutaz_tui.text.moments import end_of


class KnownMarks:
    """Marks and unmarks services in an engine's store, and keeps store and file equal: changes of both are merged."""

    def __init__(self, engine: Engine, file: KnownFile, writer: Writer, who: str) -> None:
        self._engine = engine
        self._file = file
        self._writer = writer
        self._who = who
        # What the file holds as far as we know, what we did to it since, and whether the writer is at it.
        self._shared: dict[str, Known] = {}
        self._changes: dict[str, MarkChange] = {}
        self._is_merging = False
        self._id = self._reason = ""
        self._status: Status | None = None

    def load(self) -> None:
        """Take what an earlier run kept, as far as it is not over."""
        self._shared = self._file.load(self._engine.clock.now())
        self._engine.store.set_known(self._shared.values())

    def toggle(self, state: ServiceState) -> tuple[str, str]:
        """Begin to mark a trouble, or unmark it: the question to ask next, "" for none, and what to say."""
        title = state.service.title
        if state.known and state.service.id not in self._engine.store.known:
            return "", f"{title}: {state.known}: quiet hours of the config, which end by themselves"
        if state.known:
            self.put(state.service.id, None)
            return "", f"{title} is no longer marked as known"
        if state.status in (Status.UP, Status.ABSENT) or state.asked is None:
            return "", f"{title} is not in trouble: there is nothing to mark as known"
        self._id, self._reason, self._status = state.service.id, "", state.status
        return f"why is the trouble of {title} known?", ""

    def because(self, reason: str) -> str:
        """Take the reason: the question to ask next."""
        self._reason = reason
        return "until when? 30m, 2h, 3d, 18:30; empty: until it recovers or gets worse"

    def until(self, text: str) -> str:
        """Take the end and mark: what to say."""
        now = self._engine.clock.now()
        until = end_of(text, now)
        if until is None and text.strip():
            return f"not acknowledged: {text} is not a time; examples: 30m, 2h, 3d, 18:30"
        self.put(self._id, Known(self._id, self._reason, until, self._who, now, self._status))
        end = f"{until.astimezone():%d %b %H:%M}" if until is not None else "it recovers or gets worse"
        return f"known until {end}: {self._reason}"

    def put(self, service_id: str, mark: Known | None) -> None:
        """Mark a trouble as known, or no longer; where a recorder polls for us it keeps the marks of all."""
        mark = mark and self._file.clean(mark)
        if (link := self._engine.link) is not None:
            link.mark(service_id, mark)
            return
        others = {id: known for id, known in self._engine.store.known.items() if id != service_id}
        self._engine.store.set_known([*others.values(), *([mark] if mark is not None else [])])
        self.keep()

    def keep(self) -> None:
        """Have the file follow when the marks changed here: by a person, or as the store forgot what is green or over."""
        self._collect()
        if self._changes:
            self.merge()

    def merge(self) -> None:
        """Write what changed here and take what other boards changed; returns at once."""
        if self._engine.link is not None:
            self._shared, self._changes = dict(self._engine.store.known), {}
            return
        if self._is_merging or self._file.path is None:
            return
        self._is_merging = True
        changes, self._changes = list(self._changes.values()), {}
        write = partial(self._file.merge, changes, self._engine.clock.now())
        self._writer.submit(self._file.path, "known marks", write, self._merged, Unusable)

    def _merged(self, marks: dict[str, Known] | None) -> None:
        self._is_merging = False
        if marks is not None and self._engine.link is None:
            self._collect()
            for change in self._changes.values():
                change.apply(marks)
            self._shared = dict(marks)
            if marks != self._engine.store.known:
                self._engine.store.set_known(marks.values())
        if self._changes:
            self.merge()

    def _collect(self) -> None:
        """Note how the marks differ from those that the file holds or will hold."""
        marks = self._engine.store.known
        for id in {*self._shared, *marks}:
            before, after = self._shared.get(id), marks.get(id)
            if before != after:
                earlier = self._changes.get(id)
                self._changes[id] = MarkChange(id, earlier.before if earlier else before, after)
        self._shared = dict(marks)


class SeenMarks(KnownMarks):
    """Takes up what other boards mark, and changes nothing of it."""

    def put(self, service_id: str, mark: Known | None) -> None:
        """Nothing is marked here."""

    def _collect(self) -> None:
        """Nothing is ever to be written."""
