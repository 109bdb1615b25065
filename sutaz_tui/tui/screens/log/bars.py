"""The histogram above a log: where its warnings and errors stand in time, and a cursor that goes there."""

import asyncio
from collections.abc import Callable, Sequence

from sutaz_tui.errors import SutazError
from sutaz_tui.logs.histogram import FIRST_SPAN, SPANS, Histogram, counting, span_words
from sutaz_tui.model import Change
from sutaz_tui.text.moments import nanoseconds
from sutaz_tui.text.sanitise import count
from sutaz_tui.tui.screens.log.finding import LogFinding
from widgets.histogram import histogram_rows, room
from widgets.log_view import LogRow, LogView

NANOSECONDS = 1e9
HEIGHT = 5
"""Rows: what is shown, three kinds of lines, the axis."""


class LogBars(LogFinding):
    """What the keys of a log's histogram ask; `changes` are those that its axis marks."""

    bars: LogView
    changes: Callable[[], Sequence[Change]]
    _histogram: Histogram | None = None
    _span = FIRST_SPAN
    _cursor: int | None = None
    _counting: asyncio.Task[None] | None = None
    _problem = ""

    @property
    def has_bars(self) -> bool:
        """Whether the histogram is open."""
        return bool(self.bars.display)

    # What keys ask for. Names are those of the key table's calls.

    def action_histogram(self) -> None:
        """Open the histogram, or close it."""
        if not self.close_bars():
            self.bars.display = True
            self._recount()

    def action_bar(self, by: int) -> None:
        """Move the cursor by so many columns."""
        if (histogram := self._histogram) is None or not self.has_bars:
            self.say("i opens the histogram, whose cursor this moves")
            return
        last = len(histogram.all) - 1
        here = last + 1 if self._cursor is None else self._cursor
        self._cursor = max(0, min(last, here + by))
        self.bars.repaint()

    async def action_taller(self, by: int) -> None:
        """A shorter or longer span of the histogram, else lines more or fewer for the log."""
        if not self.has_bars:
            await self.screen.run_action(f"log_taller({2 * by})")
            return
        self._span = max(0, min(len(SPANS) - 1, self._span - by))
        self._recount()

    def go_to_bar(self) -> bool:
        """Show the lines where the cursor is; False where there is none."""
        histogram, cursor = self._histogram, self._cursor
        if histogram is None or cursor is None or not self.has_bars:
            return False
        self.session.go_to(histogram.moment(cursor))
        self._cursor = None
        self.bars.repaint()
        return True

    def close_bars(self) -> bool:
        """Close the histogram; False where it is closed."""
        if not self.has_bars:
            return False
        self.bars.display = False
        self._stop_counting()
        self._histogram = self._cursor = None
        return True

    def _recount(self) -> None:
        self._stop_counting()
        self._cursor, self._problem = None, ""
        columns = room(self.size.width)
        histogram = self._histogram = Histogram.of(self.session.now(), SPANS[self._span], columns)
        self.bars.styles.height = HEIGHT + bool(self._marks(histogram))
        self._counting = self.session.keep(self._count(histogram))
        self.bars.repaint()

    def _stop_counting(self) -> None:
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None

    async def _count(self, histogram: Histogram) -> None:
        try:
            async for _ in counting(self.session.feeds, histogram):
                self.bars.paint_soon()
        except SutazError as error:
            self._problem = self.session.pager.safe.line(str(error))
        self.bars.paint_soon()

    def bar_rows(self, width: int, height: int) -> list[LogRow]:
        """The rows of the histogram."""
        del height
        histogram = self._histogram
        if histogram is None:
            return []
        starts = [histogram.moment(n) / NANOSECONDS for n in range(len(histogram.all) + 1)]
        unread = max(0, -(-(histogram.reached - histogram.start) // histogram.step))
        counts = (histogram.all, histogram.warnings, histogram.errors)
        rows = histogram_rows(counts, starts, width, self._cursor, self._marks(histogram), unread)
        return [self._words(histogram), *rows]

    def _marks(self, histogram: Histogram) -> list[int]:
        services = self.session.subject.services
        found = set()
        for change in self.changes():
            if change.service_id in services:
                at = nanoseconds(change.at)
                if histogram.start <= at < histogram.end:
                    found.add((at - histogram.start) // histogram.step)
        return sorted(found)

    def _words(self, histogram: Histogram) -> LogRow:
        """What is shown, or what stands where the cursor is."""
        span, each = span_words(SPANS[self._span]), span_words(histogram.step)
        if self._problem:
            return ((f"  {self._problem}", "level-error"),)
        if (cursor := self._cursor) is not None:
            at = self.session.clock_time(histogram.moment(cursor))
            levels = (
                f"  {count(histogram.warnings[cursor])} warnings  {count(histogram.errors[cursor])} errors"
                if histogram.knows_levels
                else ""
            )
            return ((f"  {at}  {count(histogram.all[cursor])} lines{levels}  Enter goes there", "head"),)
        parts = [f"last {span}, {each} a column", f"{count(sum(histogram.all))} lines"]
        if not histogram.knows_levels:
            parts.append("no levels at this source")
        else:
            parts += [f"{count(sum(histogram.warnings))} warnings", f"{count(sum(histogram.errors))} errors"]
        if not histogram.is_whole:
            parts.append("counting")
        parts.append("+ - span  ← → cursor  i closes")
        return (("  " + "  ".join(parts), "muted"),)
