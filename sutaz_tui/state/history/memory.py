"""The history of one config as a program uses it: recalled at its start, written while it watches, asked by its faces."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sutaz_tui.config import Config
from sutaz_tui.config.files import state_folder_if_any
from sutaz_tui.engine.engine import Engine
from sutaz_tui.engine.store import Store
from sutaz_tui.model import Snapshot
from sutaz_tui.state.history.account import account
from sutaz_tui.state.history.changes import newest_changes
from sutaz_tui.state.history.figures import Figures, hour_before, minute_of
from sutaz_tui.state.history.file import RECORDED, HistoryFile, Unusable, name_of
from sutaz_tui.state.history.lock import WriterLock
from sutaz_tui.state.history.moments import ms
from sutaz_tui.state.history.recorder import Recorder
from sutaz_tui.state.history.spans import last_seen, outages
from sutaz_tui.state.history.timeline import happened
from sutaz_tui.state.history.whose import Whose, whose_history
from sutaz_tui.state.writer import Writer, trouble
from sutaz_tui.text.units import plural

if TYPE_CHECKING:
    from sutaz_tui.engine.attached import Link
    from sutaz_tui.wiring.recorder import Told

WRITTEN_WITHIN = 2.0


class Memory:
    """The history of one config; `role` is what this program is called where it writes.

    A recorder of this machine (`recorded` is its folder) keeps it where there is one; `folder` is our own, None where
    there is none: then nothing is remembered. `group` is the number of the group that may read what is written.
    """

    def __init__(
        self,
        config: Config,
        role: str,
        folder: Path | None = None,
        recorded: Path = RECORDED,
        group: int | None = None,
    ) -> None:
        self._config = config
        self._role = role
        own = folder if folder is not None else state_folder_if_any()
        name = name_of(config.path)
        self.path = own / name if own is not None else None
        self._is_of_recorder = own != recorded and os.access(recorded / name, os.R_OK)
        if self._is_of_recorder:
            self.path = recorded / name
        self.file = HistoryFile(self.path, group) if self.path is not None else None

    def recall(self, store: Store) -> str:
        """Tell the store how each service was when it was last seen, and what had changed: "", or in words why that cannot
        be read."""
        if self.file is None:
            return ""
        now = store.now
        try:
            found = self.file.read(
                lambda database: (
                    last_seen(database),
                    newest_changes(database),
                    outages(database),
                    hour_before(database, minute_of(now)),
                )
            )
        except FileNotFoundError:
            return ""
        except Unusable as error:
            return f"nothing of earlier is known: {trouble(self.file.path, error)}"
        store.recall(*found, now)
        return ""

    def whose(self, link: "Link | Told | None") -> Whose:
        """What is read: our own, or that of the recorder that polls for us."""
        return Whose(self.file) if link is None else whose_history(self.file, link.history, link.whose)

    def since(
        self,
        left: datetime,
        now: datetime,
        needed_by: Callable[[str], tuple[str, ...]],
        red: int = 0,
        link: "Link | None" = None,
    ) -> str:
        """What happened since somebody left, in a few words: "" for nothing, or where that cannot be read. `red` is how
        many checks turned red."""
        file = self.whose(link).file
        if file is None or left >= now:
            return ""
        try:
            found = file.read(lambda database: account(database, left, now, needed_by))
        except Unusable:
            return ""
        restarts = sum(entry.kind in ("restart", "oom") for entry in found.changes)
        parts = [
            (len(found.incidents), "incident", ""),
            (restarts, "restart", ""),
            (red, "check", " turned red"),
        ]
        words = ", ".join(f"{plural(count, word)}{what}" for count, word, what in parts if count)
        return f"since you left {clock_words(left, now)}: {words}" if words else ""

    def recorder(self, engine: Engine, writer: Writer) -> Recorder | None:
        """Who writes what this engine sees; None where that is not for us."""
        if self.file is None or (self._is_of_recorder and not _may_write(self.file.path)):
            return None
        return Recorder(engine, self.file, writer, WriterLock(self.file.path, self._role))

    @contextmanager
    def recording(self, engine: Engine, tell: Callable[[str], object]) -> Iterator[Recorder | None]:
        """Recall, and have what the engine sees written until the end, where that is for us; `tell` hears of troubles."""
        if fault := self.recall(engine.store):
            tell(fault)
        writer = Writer(tell)
        recorder = self.recorder(engine, writer)
        try:
            yield recorder
        finally:
            for words in writer.flush(WRITTEN_WITHIN):
                tell(words)
            if recorder is not None:
                recorder.let_go()

    def add(self, snapshot: Snapshot) -> str:
        """Add one round's figures to their minute: "", or in words why they are not kept."""
        if self.file is None or not _may_write(self.file.path):
            return ""
        figures = Figures()
        for state in snapshot.services:
            if state.asked is not None:
                figures.count_state(state)
        try:
            self.file.write(figures.take_all())
        except Unusable as error:
            return f"not kept: {trouble(self.file.path, error)}"
        finally:
            self.file.close()
        return ""

    def note(self, at: datetime, service_id: str, text: str, kind: str = "note") -> None:
        """Keep what somebody says of a moment, of a service or of none (""); OSError or sqlite3.Error where that cannot be.
        Of kind `deploy` it is the name of what was deployed, which the recorder looks back at.

        Whoever may write the file may note in it, also while another program records. For the writer's thread.
        """
        assert self.file is not None
        self.file.write(happened(ms(at), service_id, kind, text, self._config.secrets.mask))


def clock_words(at: datetime, now: datetime) -> str:
    """A moment as a person says it: a time of today, else with its day."""
    local = at.astimezone()
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local:%d %b %H:%M}"


def _may_write(path: Path) -> bool:
    """Whether a file is ours to write, or to make."""
    with suppress(OSError):
        return os.access(path, os.W_OK) if path.exists() else True
    return True
