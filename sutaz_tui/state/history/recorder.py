"""What an engine sees, written down as long as this program is the one that writes."""

import asyncio
import sqlite3
from datetime import datetime

from sutaz_tui.engine.engine import Engine
from sutaz_tui.engine.record import STALE_AFTER, Record
from sutaz_tui.engine.since import Since
from sutaz_tui.model import Answer, Change, ChangeKind, Status
from sutaz_tui.state.history.deploys import look_back
from sutaz_tui.state.history.figures import Figures
from sutaz_tui.state.history.file import HistoryFile, Unusable
from sutaz_tui.state.history.lock import RECORDER, WriterLock
from sutaz_tui.state.history.moments import ms
from sutaz_tui.state.history.thinning import Bounds, thin
from sutaz_tui.state.history.timeline import Seen, Timeline
from sutaz_tui.state.history.told import told_facts
from sutaz_tui.state.line import LineKeeper
from sutaz_tui.state.writer import Writer
from sutaz_tui.text.sanitise import one_line

LOOK = 1.0
KEEP_EVERY = 5.0
TAKE_OVER, TAKE_BACK = 30.0, 2.0
"""Seconds until a program that does not write asks whether it may, and a recorder, to which the others leave it."""
UNWATCHED = 30.0
"""A pause between two looks, in seconds, that is none of ours: stopped, or the machine slept."""
STEP = 2.0
"""Seconds that the clock may run ahead or behind between two looks without having been set."""
THIN_EVERY = 3600.0
LOOK_BACK_EVERY = 30.0
"""Seconds after which deploys are looked for that are ten minutes old."""
MOST = 20_000
"""Statements that wait for a disk that takes none; more are given up, and that time was not watched."""


class Recorder:
    """Writes the history of an engine's stack while it holds the lock."""

    def __init__(
        self,
        engine: Engine,
        file: HistoryFile,
        writer: Writer,
        lock: WriterLock,
    ) -> None:
        self._engine = engine
        self._clock = engine.clock
        self._file = file
        self._writer = writer
        self._lock = lock
        self._bounds = Bounds.of(engine.config.history)
        self._mask = engine.config.secrets.mask
        self._timeline = Timeline(lock.role, self._mask)
        self._figures = Figures()
        self._is_watching = self._is_writing = False
        self._patience = TAKE_BACK if lock.role == RECORDER else TAKE_OVER
        self._resumed = 0
        self._looked: tuple[int, float] | None = None
        self._kept = self._thinned = self._asked = self._looked_back = float("-inf")
        self._line = LineKeeper(str(engine.config.path or ""), str(file.path.parent))
        engine.store.listeners.append(self._heard)

    async def run(self) -> None:
        """Write until cancelled; `close` keeps what is left."""
        while True:
            self.look()
            await self._clock.wait(asyncio.Event(), LOOK)

    def look(self) -> None:
        """See how all is now, and have it written where that is due."""
        self._line.look(self._engine.snapshot(), self._writer)
        if self._engine.link is not None:
            # What another program sees it writes itself.
            self.close()
            if not self._is_writing:
                self._lock.let_go()
            return
        now, mono = self._notice_time()
        if not self._is_watching:
            if self._is_writing or mono - self._asked < self._patience:
                return
            self._asked = mono
            self._is_watching = True
            self._timeline.begin(now)
        self._see_all(now)
        if not self._is_writing and (self._timeline.waiting or mono - self._kept >= KEEP_EVERY):
            self._kept = mono
            self._timeline.reach(now)
            self._submit()
        elif self._timeline.waiting > MOST:
            self._timeline.take()
            self._is_watching = False

    @property
    def is_writing(self) -> bool:
        """Whether this program is the one that writes."""
        return self._is_watching and self._lock.is_held

    def note(self, kind: str, words: str) -> None:
        """Keep that something happened to no service alone, as long as this program writes."""
        if self.is_writing:
            self._timeline.note(ms(self._clock.now()), "", kind, words)

    def close(self) -> None:
        """The watch ends here: have the rest written."""
        if self._is_watching:
            now, _ = self._notice_time()
            self._see_all(now)
            self._timeline.end(now, "stop")
            self._timeline.keep(self._figures.take_all())
            self._submit()
            self._is_watching = False

    def let_go(self) -> None:
        """Leave file and lock to others, once the writer has written."""
        self._file.close()
        self._lock.let_go()

    def _notice_time(self) -> tuple[int, float]:
        """The time: of the file, and monotonic. Where nobody watched meanwhile, a new watch begins; where the clock was
        set, what was seen moves with it."""
        now, mono = ms(self._clock.now()), self._clock.monotonic()
        then, before = self._looked or (now, mono)
        self._looked = (now, mono)
        passed = mono - before
        step = now - then - round(passed * 1000)
        if abs(step) >= STEP * 1000:
            then += step
            self._resumed += step
            if self._is_watching:
                self._timeline.move(step, now)
        if passed >= UNWATCHED and self._is_watching:
            self._timeline.end(then, "suspended")
            self._timeline.begin(now, is_new_run=False)
            self._resumed = now
        return now, mono

    def _see_all(self, now: int) -> None:
        snapshot = self._engine.snapshot()
        found = {}
        for record in self._engine.store.records.values():
            self._see(record, now)
            if record.reading is not None:
                for name, words in told_facts(record.reading.facts, record.claims.values()).items():
                    found[name, record.service.id] = Seen(self._named(words))
        for alert in snapshot.alerts:
            found["alert", self._named(alert.name)] = Seen(alert.severity or "none", "", alert.summary)
        for cause in snapshot.causes:
            found["cause", self._named(cause.id)] = Seen(
                "cause", "", cause.summary or cause.words, Since(cause.since)
            )
        for key, seen in found.items():
            self._timeline.see(key, seen, now)
        self._timeline.gone({*found}, now)

    def _named(self, id: str) -> str:
        return one_line(self._mask(id), 120)

    def _heard(self, answer: Answer, changes: tuple[Change, ...]) -> None:
        # After a pause answers may come before the next look.
        now, _ = self._notice_time()
        if not self._is_watching:
            return
        for reading in answer.readings:
            if (record := self._engine.store.records.get(reading.service_id)) is not None:
                self._see(record, now)
                self._timeline.keep(self._figures.count(reading))
        for change in changes:
            if change.kind is not ChangeKind.STATUS:
                self._timeline.note(ms(change.at), change.service_id, change.kind.value, change.words)

    def _see(self, record: Record, now: int) -> None:
        seen = _seen(record, self._clock.now(), self._resumed)
        if seen is not None:
            self._timeline.see(("service", record.service.id), seen, now)

    def _submit(self) -> None:
        statements = self._timeline.take()
        self._is_writing = True
        now, mono = self._clock.now(), self._clock.monotonic()
        looks_back = mono - self._looked_back >= LOOK_BACK_EVERY
        if looks_back:
            self._looked_back = mono

        def write() -> bool:
            if not self._lock.take():
                return False
            is_due = mono - self._thinned >= THIN_EVERY
            if is_due:
                # A try: what fails in it must not fail again with what is seen.
                self._thinned = mono
            self._file.change(lambda database: keep(database, is_due))
            return True

        def keep(database: sqlite3.Connection, is_due: bool) -> None:
            # In one transaction: whatever fails, all of it is tried again.
            for one in statements:
                database.execute(*one)
            if looks_back:
                look_back(database, now)
            if is_due:
                thin(database, self._bounds, now)

        self._writer.submit(self._file.path, "history", write, self._written, Unusable)

    def _written(self, is_ours: bool) -> None:
        self._is_writing = False
        if not is_ours:
            self._is_watching = False
            self._timeline.take()


def _seen(record: Record, now: datetime, resumed: int) -> Seen | None:
    """How a service is; None where that is not known yet, or is being asked a second time. What was answered before
    nobody watched says nothing of the time after (`resumed`), until an answer is overdue in that."""
    reading = record.reading
    if reading is None or record.since is None:
        return None
    if ms(reading.at) < resumed and ms(now) - resumed <= 1000 * STALE_AFTER * record.interval:
        return None
    if record.is_stale(now):
        return Seen(Status.UNKNOWN.label, "stale", "no answer for more than three intervals")
    if (now - reading.at).total_seconds() > STALE_AFTER * record.interval + UNWATCHED:
        return Seen(Status.UNKNOWN.label, "behind", "due, and not asked")
    if reading.status is not record.status:
        return None
    since = Since(record.since, record.is_at_least)
    started = ms(record.started) if record.started is not None else None
    return Seen(record.status.label, reading.word, reading.summary, since, started)
