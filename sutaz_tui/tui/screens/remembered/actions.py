"""What opens the screens of what is remembered: a part of a tab."""

import asyncio
import errno
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.screens.charts.actions import ChartActions

if TYPE_CHECKING:
    # At run time these would bring SQLite before the first frame.
    import sqlite3
    from collections.abc import Callable
    from datetime import datetime

    from sutaz_tui.state.history.account import Account
    from sutaz_tui.state.history.memory import Memory
    from sutaz_tui.state.history.uptime import Uptimes
    from sutaz_tui.state.history.whose import Whose

T = TypeVar("T")
NOTHING = "no history here"
OF_DEMO = "the demo has no history"


class RememberedActions(ChartActions):
    """Opens what changed, and how long each service was up."""

    memory: "Memory | None" = None
    _read_of: "Whose | None" = None

    @property
    def remembers(self) -> bool:
        """Whether there is a history; where not, that is said."""
        if self._may_remember:
            return True
        self.say(self.why_nothing)
        return False

    @property
    def _may_remember(self) -> bool:
        link = self.engine.link
        return self.memory is not None and (
            self.memory.file is not None or (link is not None and bool(link.history))
        )

    def look_whose(self) -> "Whose | None":
        """Which history is read now, and whose it is; it asks the disk, so it is for a thread."""
        whose = self.memory.whose(self.engine.link) if self.memory is not None else None
        self._read_of = whose
        return whose

    @property
    def whose_words(self) -> str:
        """Whose history was read last, where another's recorder polls for us."""
        return (self._read_of.fault or self._read_of.words) if self._read_of is not None else ""

    @property
    def why_nothing(self) -> str:
        """Why there is no history, where there is none."""
        return OF_DEMO if self.stack is not None else NOTHING

    def action_history(self) -> None:
        """What changed: of the service that is open, else of all."""
        self.open_history(self.here.service_id if self.here is not self.board else "")

    def open_history(self, service_id: str) -> None:
        """What changed of one service, "" for all."""
        if not self.remembers:
            return
        from sutaz_tui.state.history.account import account, of_services
        from sutaz_tui.tui.screens.remembered.screen import HistoryScreen

        def read(length: timedelta) -> "Account":
            now = self.engine.clock.now()
            needed_by = self.engine.store.dependencies.needed_by
            found = self._remembered(lambda database: account(database, now - length, now, needed_by))
            return of_services(found, (service_id,) if service_id else ())

        self.board.since_left = ""
        self.to_board()
        now = self.engine.clock.now
        self.push_screen(HistoryScreen(read, self._titles(), now, self.go_there, 0, lambda: self.whose_words))

    async def go_there(self, service_id: str, at: "datetime | None") -> None:
        """The board as it was at a moment, with a service selected."""
        raise NotImplementedError

    def action_uptime(self) -> None:
        """How long each service was up."""
        if not self.remembers:
            return
        from sutaz_tui.state.history.uptime import read_uptimes
        from sutaz_tui.tui.screens.remembered.screen import UptimeScreen

        def read(length: timedelta) -> "Uptimes":
            now = self.engine.clock.now()
            return self._remembered(lambda database: read_uptimes(database, length, now, titles))

        titles = self._titles()
        self.to_board()
        now = self.engine.clock.now
        self.push_screen(UptimeScreen(read, titles, now, self._history_of, 2, lambda: self.whose_words))

    async def _history_of(self, service_id: str, _: "datetime | None") -> None:
        self.open_history(service_id)

    def note(self, text: str) -> None:
        """Keep a note of the moment and service under the cursor: those of the row, else of what is shown."""
        row = self.here.moment
        at, id = (row.at, row.service_id) if row is not None else (self.shown_at, self.selected)
        self._note(at, id, text, "note", "noted", "H shows it")
        self.engine.store.noted(id, at, one_line(self.config.secrets.mask(text), 200))

    def deploy(self, name: str) -> None:
        """Note that something was deployed, of the selected service; ten minutes later what followed is noted too."""
        if self.past is not None:
            self.say(
                "a deploy is of now: Esc, then :deploy; :note is of the moment shown",
                8,
            )
            return
        self._note(
            self.shown_at,
            self.selected,
            name,
            "deploy",
            "deploy noted",
            "10 minutes later H tells what followed",
        )

    def _note(self, at: "datetime", id: str, text: str, kind: str, done: str, where: str) -> None:
        if not self.remembers:
            return
        from sutaz_tui.state.history.file import Unusable

        said = f"{done} on {self._titles().get(id, id)}; {where}" if id else f"{done}; {where}"
        if (link := self.engine.link) is not None:
            link.note(at, id, text, kind)
            self.say(said)
            return
        assert self.memory is not None and self.memory.file is not None
        write = partial(self.memory.note, at, id, text, kind)
        self.writer.submit(self.memory.file.path, kind, write, lambda _: self.say(said), Unusable)

    def _titles(self) -> dict[str, str]:
        return {service.id: service.title for service in self.engine.services}

    def _remembered(self, ask: "Callable[[sqlite3.Connection], T]") -> T:
        """What the history says; OSError in an operator's words."""
        from sutaz_tui.state.history.file import Unusable
        from sutaz_tui.state.writer import trouble

        whose = self.look_whose()
        file = whose.file if whose is not None else None
        if file is None:
            raise OSError(errno.ENOENT, self.why_nothing)
        try:
            return file.read(ask)
        except FileNotFoundError:
            raise OSError(errno.ENOENT, "nothing yet") from None
        except Unusable as error:
            raise OSError(errno.EIO, trouble(file.path, error)) from None

    async def _asked(self, ask: "Callable[[sqlite3.Connection], T]") -> "tuple[T | None, str]":
        """What the history says, read in a thread; None and why, where it cannot be read."""
        try:
            return await asyncio.to_thread(self._remembered, ask), ""
        except OSError as error:
            return None, error.strerror or "it cannot be read"
