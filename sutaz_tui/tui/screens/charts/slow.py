"""Why a service is slow, as far as the data goes: one axis of time and one cursor through all that may tell."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import ago
from sutaz_tui.tui.keymap import SLOW
from sutaz_tui.tui.screens.base import bindings
from sutaz_tui.tui.screens.charts.spanned import Places, SpannedScreen
from sutaz_tui.tui.screens.charts.words import exact, short
from sutaz_tui.views.onset import onset
from sutaz_tui.wiring.charts import Window
from sutaz_tui.wiring.slow import RISES, Happened, Row, slow_window
from widgets.foot import Foot
from widgets.span_rows import SpanMark, SpanRow, SpanRows
from widgets.text_view import Line, TextView
from widgets.width import width_of

FOOT = (
    " + - span   ← → cursor   Enter all at the cursor   l log then   y copy   r ask again   q back   ? help"
)
EVERY = 60.0

Ask = Callable[[str, Window, float], AsyncIterator[Row]]
ChangesIn = Callable[[str, Window], Awaitable[Sequence[Happened]]]


class SlowScreen(SpannedScreen):
    """Shows the rows of a service; `changes_in` tells what changed of it and of what it needs."""

    focus_name = SLOW
    BINDINGS: ClassVar[list[BindingType]] = bindings(SLOW)
    every: ClassVar[float] = EVERY

    def __init__(
        self,
        service_id: str,
        title: str,
        titles: dict[str, str],
        ask: Ask,
        changes_in: ChangesIn,
        places: Places,
        signs: str,
    ) -> None:
        super().__init__(places)
        self._watched, self._title, self._titles = service_id, title, titles
        self._ask, self._changes_in = ask, changes_in
        self._rows: list[Row] = []
        self._changes: Sequence[Happened] = ()
        self._window: Window | None = None
        self.rows = SpanRows(signs)
        self.heading = TextView(id="view-head")
        self.told = TextView(id="view-told")
        self.foot = Foot(FOOT)

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.rows
        yield self.told
        yield self.foot

    def on_mount(self) -> None:
        self.focus_keys()
        self.refresh_all()
        self.asked.start()

    @property
    def service_id(self) -> str:
        """The id of the service."""
        return self._watched

    @property
    def pane(self) -> SpanRows:
        """The rows."""
        return self.rows

    @property
    def curves(self) -> SpanRows:
        """The rows."""
        return self.rows

    def window(self) -> Window:
        """The time that is to be shown now."""
        return slow_window(self._until, self._length)

    async def bring(self, timeout: float) -> object:
        """Ask for all rows, each shown as it comes."""
        window = self.window()
        before, found = self._rows if window == self._window else [], list[Row]()
        changes = await self._changes_in(self._watched, window)
        async for row in self._ask(self._watched, window, timeout):
            found.append(row)
            self._rows, self._window, self._changes = [*found, *before[len(found) :]], window, changes
            self.refresh_all()
        self._rows, self._window, self._changes = found, window, changes
        self.refresh_all()
        return True

    # What it shows

    def refresh_all(self) -> None:
        """Show what came."""
        if (window := self._window) is not None:
            marks = [SpanMark(self._column(one.at), self._change(one)) for one in self._changes]
            shown = [
                SpanRow(row.name, row.values, short(row.unit), self._onset(row), row.note or "no data")
                for row in self._rows
            ]
            self.rows.show(shown, marks, window.start, window.end, (window.end - window.start) // window.step)
        self.heading.show([(" " + "   ".join(filter(None, self._heading())), "heading")])
        self.heading.styles.height = 1
        self.told.show(told := self._told())
        self.told.styles.height = len(told)

    def _column(self, at: datetime) -> int:
        assert self._window is not None
        return int((at.timestamp() - self._window.start) // self._window.step)

    def _change(self, change: Happened) -> str:
        title = self._titles.get(change.service_id, "this machine")
        return f"{change.at.astimezone():%H:%M} {title} {change.words}"

    def _onset(self, row: Row) -> int | None:
        return onset(row.values, RISES[row.what]) if row.values else None

    @property
    def _resolution(self) -> str:
        step = self._window.step if self._window is not None else 60
        return "minute data" if step == 60 else f"{ago(step)} data"

    def _heading(self) -> list[str]:
        parts = ["WHY SLOW", one_line(self._title, 40), self.span_words, self._resolution, self.cursor_words]
        return [*parts, self.fresh_words]

    def _told(self) -> list[Line]:
        lines: list[Line] = []
        if (column := self.rows.column) is not None:
            lines += [(line, "") for line in self._folded(self._at(column))]
        if self._rows:
            lines += [(line, "heading") for line in self._folded(self._order())]
        lines += [(f" {one_line(words, 300)}", "degraded") for words in self.trouble_words]
        return lines

    def _folded(self, parts: Sequence[str]) -> list[str]:
        """The parts on as many lines as they need."""
        lines = [""]
        for part in parts:
            if lines[-1] and width_of(lines[-1]) + width_of(part) + 3 > self.size.width:
                lines.append("")
            lines[-1] += f"   {part}" if lines[-1] else f" {part}"
        return lines

    def _at(self, column: int) -> list[str]:
        """What all rows say at a column."""
        told = [self._clock(column)]
        for row in self._rows:
            value = row.values[column] if column < len(row.values) else None
            words = "no data" if value is None else exact(row.unit)(value)
            told.append(
                f"{row.name} {words}{' a minute' if row.what == 'errors' and value is not None else ''}"
            )
        return told

    def _order(self) -> list[str]:
        """In which order the rows rose, as the data shows it."""
        rises = [(at, row.name) for row in self._rows if (at := self._onset(row)) is not None]
        # Of one minute nobody knows which was first: they stand in the order of the rows.
        told = ", ".join(f"{name} {self._clock(at)}" for at, name in sorted(rises, key=lambda one: one[0]))
        level = [row.name for row in self._rows if row.values and self._onset(row) is None]
        missing = [row.name for row in self._rows if not row.values]
        parts = [
            f"order: {told} ({self._resolution})" if told else f"no rise in this time ({self._resolution})"
        ]
        parts += [f"no rise: {', '.join(level)}"] if level and told else []
        parts += [f"no data: {', '.join(missing)}"] if missing else []
        return parts

    def _clock(self, column: int) -> str:
        assert self._window is not None
        return f"{datetime.fromtimestamp(self._window.start + column * self._window.step).astimezone():%H:%M}"

    def pieces(self) -> Iterable[str]:
        """What is shown, as plain lines."""
        told = [text for text, _ in self._told()]
        return ("\n".join([" " + "   ".join(filter(None, self._heading())), self.rows.text, *told]),)

    @property
    def copied_line(self) -> str:
        """What all say under the cursor, else the order."""
        title = one_line(self._title, 60)
        if (column := self.rows.column) is not None and self._rows:
            return f"{title} at {', '.join(self._at(column))}"
        return f"{title}: {'; '.join(self._order())}" if self._rows else ""
