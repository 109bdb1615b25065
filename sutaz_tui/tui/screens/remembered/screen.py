"""The screens of what is remembered: a heading, a table, and a time that + and - make longer or shorter."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType

from sutaz_tui.state.history.account import SAID, Account
from sutaz_tui.state.history.uptime import SPANS, Uptimes
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import percent, plural
from sutaz_tui.tui.keymap import HISTORY, UPTIME
from sutaz_tui.tui.screens.base import Moment, bindings
from sutaz_tui.tui.screens.lists import ListScreen
from sutaz_tui.tui.screens.remembered.rows import (
    HISTORY_COLUMNS,
    chat_lines,
    down_line,
    history_rows,
    moment,
    uptime_columns,
    uptime_rows,
)
from widgets.foot import Foot
from widgets.table_view import TableView
from widgets.text_view import Line, TextView

HISTORY_FOOT = (
    " Enter go there   o unfold   l log then   + - time   & filter   y copy   U uptime   q back   ? help"
)
UPTIME_FOOT = " Enter what changed   + - time   < > sort   y copy   H history   q back   ? help"
LEGEND = "▇ up  ! degraded  ✗ down  ? unknown  . not watched"

T = TypeVar("T")
OpenRow = Callable[[str, datetime | None], Awaitable[object]]
"""Opens what a row tells: of a service ("" for none), at a moment where it tells of one."""
Read = Callable[[timedelta], T]
"""Reads what is remembered of so long; an OSError in words where that cannot be."""


class RememberedScreen(ListScreen, Generic[T]):
    """Shows what `read` finds, read in a thread so that no key waits for the disk; `open_row` is for Enter, `whose` says
    whose memory it is where that could be another's."""

    is_of_moment = False
    name_shown: ClassVar[str]
    keys_shown: ClassVar[str]

    def __init__(
        self,
        read: Read[T],
        titles: Mapping[str, str],
        now: Callable[[], datetime],
        open_row: OpenRow,
        span: int,
        whose: Callable[[], str],
    ) -> None:
        super().__init__()
        self._whose = whose
        self._read = read
        self._titles = titles
        self._now = now
        self._open_row = open_row
        self._span = span
        self._trouble = ""
        self.found: T | None = None
        self.heading = TextView(id="view-head")
        self.told = TextView(id="view-told")
        self._table = self.make_table()
        self.foot = Foot(self.keys_shown)

    @property
    def pane(self) -> TableView:
        """The table."""
        return self._table

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self._table
        yield self.told
        yield self.foot

    async def on_mount(self) -> None:
        self.heading.styles.height = 1
        self.focus_keys()
        await self.action_read()

    async def action_read(self) -> None:
        """Read it again."""
        self._show()
        try:
            self.found, self._trouble = await asyncio.to_thread(self._read, SPANS[self._span].length), ""
        except OSError as error:
            self._trouble = error.strerror or "it cannot be read"
        await self.answered()
        self._show()

    async def action_span(self, by: int) -> None:
        """Show a longer or a shorter time."""
        before, self._span = self._span, max(0, min(len(SPANS) - 1, self._span + by))
        if before == self._span:
            self.say("longest span" if by > 0 else "shortest span")
        else:
            await self.action_read()

    def arranged(self) -> None:
        """The heading counts the rows that are left."""
        self._show()

    def _show(self) -> None:
        filtered = f"& {one_line(self.filtered_by, 30)}" if self.filtered_by else ""
        summed = self._trouble or self.summed()
        parts = [self.name_shown, f"last {SPANS[self._span].name}", summed, filtered, self._whose()]
        lines: list[Line] = [
            (" " + "   ".join(filter(None, parts)), "degraded" if self._trouble else "heading")
        ]
        self.heading.show(lines)

    def pieces(self) -> Iterable[str]:
        """The heading and the table, as plain lines."""
        return (f"{self.heading.text}\n{self._table.text}",)

    # What each of them tells

    def make_table(self) -> TableView:
        """The table, empty."""
        raise NotImplementedError

    async def answered(self) -> None:
        """Show what was found."""
        raise NotImplementedError

    def summed(self) -> str:
        """What was found, in a few words for the heading."""
        raise NotImplementedError

    @property
    def chosen(self) -> str:
        """The service of the row under the cursor, "" for none."""
        row = self._table.selected
        return row.link if row is not None and row.link in self._titles else ""


class HistoryScreen(RememberedScreen[Account]):
    """What changed, newest first; incidents are folded."""

    focus_name = HISTORY
    BINDINGS: ClassVar[list[BindingType]] = bindings(HISTORY)
    name_shown = "HISTORY"
    keys_shown = HISTORY_FOOT

    def make_table(self) -> TableView:
        return TableView(HISTORY_COLUMNS)

    async def answered(self) -> None:
        if self.found is not None:
            self._table.show(history_rows(self.found, self._titles, self._now()))

    def summed(self) -> str:
        if self.found is None:
            return "reading"
        changes = sum(entry.kind not in SAID for entry in self.found.changes)
        incidents = len(self.found.incidents)
        return f"{plural(changes, 'change')}, {plural(incidents, 'incident')}"

    async def action_enter(self) -> None:
        """The board as it was when it began."""
        if (moment := self.moment) is not None:
            await self._open_row(moment.service_id, moment.at)

    def action_unfold(self) -> None:
        """The changes of an incident, folded again by the same key."""
        if not self._table.unfold():
            self.say("nothing more to show; Enter goes there")

    @property
    def moment(self) -> Moment | None:
        """When what the row under the cursor tells began, and of which service."""
        row = self._table.selected
        if self.found is None or row is None:
            return None
        kind, _, number = row.key.partition(" ")
        told = {
            "change": [entry.at for entry in self.found.changes],
            "incident": [one.began for one in self.found.incidents],
            "unwatched": [begin for begin, _ in self.found.unwatched],
        }
        at = told[kind][int(number)]
        return Moment(self.chosen, at, f"{moment(at, self._now())}  {row.values['what']}")

    @property
    def copied_line(self) -> str:
        """An incident ready for a chat, else the row."""
        row = self._table.selected
        if self.found is None or row is None or not row.key.startswith("incident "):
            return self._table.copied_line
        number = int(row.key.partition(" ")[2])
        one = self.found.incidents[number]
        return chat_lines(one, self._titles, self._now())


class UptimeScreen(RememberedScreen[Uptimes]):
    """How long each service was up, a sign a stretch and in percent of the time in which it was watched."""

    focus_name = UPTIME
    BINDINGS: ClassVar[list[BindingType]] = bindings(UPTIME)
    name_shown = "UPTIME"
    keys_shown = UPTIME_FOOT

    def make_table(self) -> TableView:
        return TableView(
            uptime_columns(tuple(span.name for span in SPANS[: self._span + 1]), SPANS[self._span].signs)
        )

    async def answered(self) -> None:
        if self.found is None:
            return
        before, self._table = self._table, self.make_table()
        await self.mount(self._table, before=self.told)
        self.focus_keys()
        await before.remove()
        signs = SPANS[self._span].signs
        self._table.show(uptime_rows(self.found.spans, self.found.strips, self._titles, signs))
        self._tell_downs()

    def on_table_view_selected(self, message: TableView.Selected) -> None:
        message.stop()
        self._tell_downs()

    def _tell_downs(self) -> None:
        """Say below the table what the signs mean, and when the service under the cursor was down, and why."""
        lines: list[Line] = [(f" {LEGEND}", "muted")]
        if self.found is not None and self.chosen:
            line = down_line(self.found.downs.get(self.chosen, ()), self._now())
            lines.append((f" {one_line(self._titles[self.chosen], 40)}: {line}", ""))
        self.told.show(lines)
        self.told.styles.height = len(lines)

    def summed(self) -> str:
        if self.found is None:
            return "reading"
        watched = f"watched {percent(100 * self.found.watched)}"
        return f"{SPANS[self._span].stretch} a sign   {watched}"

    async def action_enter(self) -> None:
        """What changed of this service."""
        if self.chosen:
            await self._open_row(self.chosen, None)
