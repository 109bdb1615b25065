"""The patterns of a log's lines: how many there are of each, since when, and which came with the last change."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from sutaz_tui.errors import SutazError
from sutaz_tui.logs.clustering import Reach, clustering
from sutaz_tui.logs.clusters import CELLS, Cluster, Clusters
from sutaz_tui.logs.histogram import FIRST_SPAN, SPANS, span_words
from sutaz_tui.logs.lines import Level
from sutaz_tui.model import Change
from sutaz_tui.text.moments import nanoseconds
from sutaz_tui.text.sanitise import count, one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.tui.keymap import PATTERNS
from sutaz_tui.tui.screens.base import bindings
from sutaz_tui.tui.screens.log.read_list import ReadList
from sutaz_tui.tui.screens.log.session import LogSession
from widgets.sparkline import BLOCKS

FOOT = " Enter its lines   o whole   + - span   < > sort   & filter   / find   r reload   q back   ? help"
LOOKS = {Level.CRITICAL: "down", Level.ERROR: "down", Level.WARN: "degraded"}
WIDE = 1000


def _trend(values: Sequence[int]) -> str:
    """A column for each step, "." where there is no line: a blank in front would be no cell of a table."""
    top = max(values, default=0)
    last = len(BLOCKS) - 1
    return "".join(BLOCKS[max(1, round(value / top * last))] if value else "." for value in values)


class PatternsScreen(ReadList):
    """Clusters the lines that the log's filter lets through; `show_lines` shows those of an expression in the log."""

    focus_name = PATTERNS
    BINDINGS: ClassVar[list[BindingType]] = bindings(PATTERNS)

    def __init__(
        self,
        session: LogSession,
        changes: Callable[[], Sequence[Change]],
        show_lines: Callable[[str], None],
        span: int = FIRST_SPAN,
    ) -> None:
        columns = [
            Column("new", "NEW", width=3),
            Column("lines", "LINES", is_number=True),
            Column("level", "LEVEL", most=8, order=lambda word: -Level[word.upper()]),
            Column("service", "SERVICE", most=14, priority=5),
            Column("first", "FIRST", priority=3, write=self._clock),
            Column("last", "LAST", priority=2, write=self._clock),
            Column("trend", "TREND", width=CELLS, priority=4, write=_trend, order=max),
            Column("pattern", "PATTERN", share=1),
        ]
        super().__init__(
            [one for one in columns if one.id != "service" or len(session.subject.services) > 1], FOOT
        )
        self._session = session
        self._changes = changes
        self._show_lines = show_lines
        self._span = span
        self._clusters = Clusters(0, 1)
        self._reach = Reach(0)
        self._found: dict[str, Cluster] = {}
        self._problem, self._is_over = "", False

    # What keys ask for

    def begin(self) -> asyncio.Task[None]:
        """Read the lines of the span."""
        end = self._session.now()
        self._clusters, self._problem = Clusters(end - SPANS[self._span], end), ""
        self._reach = Reach(self._clusters.start)
        return self._session.keep(self._read())

    def action_span(self, by: int) -> None:
        """A longer or a shorter time."""
        before, self._span = self._span, max(0, min(len(SPANS) - 1, self._span + by))
        if before == self._span:
            self.say("longest span" if by > 0 else "shortest span")
        else:
            self.action_read()

    def action_unfold(self) -> None:
        """The whole pattern, or its beginning."""
        self.list.unfold()

    def action_enter(self) -> None:
        """Show the lines of the selected pattern in the log."""
        if (row := self.list.selected) is not None and (cluster := self._found.get(row.key)) is not None:
            self.dismiss()
            self._show_lines(f"/{cluster.expression}/")

    # What it shows

    async def _read(self) -> None:
        self._show(is_over=False)
        try:
            filter = self._session.buffer.filter
            async for _ in clustering(self._session.feeds, filter, self._clusters, self._reach):
                self._show(is_over=False)
        except SutazError as error:
            self._problem = self._session.pager.safe.line(str(error))
        self._show(is_over=True)

    def _show(self, is_over: bool) -> None:
        if not self.is_attached:
            return
        found = self._clusters.found()
        since = self._since()
        found.sort(key=lambda one: since is None or one.first < since)
        rows = [self._row(cluster, since) for cluster in found]
        self._found = dict(zip((row.key for row in rows), found, strict=True))
        self.list.show(rows)
        self._is_over = is_over
        self.arranged()

    def arranged(self) -> None:
        """The heading counts the rows that are left."""
        self.show_heading(self._words(), bool(self._problem))

    def _words(self) -> Iterable[str]:
        clusters, subject = self._clusters, self._session.subject
        yield f"PATTERNS of {one_line(self._session.pager.safe.line(subject.name), 40)}"
        yield f"last {span_words(SPANS[self._span])}"
        if self._problem:
            yield one_line(self._problem, 200)
            return
        yield f"{self.list.counted} patterns of {count(clusters.lines)} lines"
        if not self._is_over:
            yield "reading"
        if self._reach.is_cut:
            yield f"older than {self._clock(self._reach.reached)} not read"
        if clusters.others:
            yield f"{count(clusters.others)} lines of ever other kinds left out"
        if (since := self._since()) is not None:
            yield f"new since the change at {self._clock(since)}"
        if self._session.buffer.filter.looks_inside:
            yield "of what the log's filter lets through"
        if self.filtered_by:
            yield f"& {one_line(self.filtered_by, 30)}"
        yield from (one_line(self._session.pager.safe.line(words), 100) for words in self._reach.troubles)

    def _since(self) -> int | None:
        """When the last change of its services was, None where nothing from before it is read."""
        services = self._session.subject.services
        moments = [
            nanoseconds(change.at)
            for change in self._changes()
            if not services or change.service_id in services
        ]
        reached = self._reach.reached
        last = max((at for at in moments if at < self._clusters.end), default=0)
        return last if last > reached else None

    def _row(self, cluster: Cluster, since: int | None) -> TableRow:
        safe = self._session.pager.safe.line
        text = safe(cluster.text)
        is_new = since is not None and cluster.first >= since
        values = {
            "new": "new" if is_new else "",
            "lines": cluster.lines,
            "level": cluster.level.name.lower() if cluster.level else None,
            "service": safe(cluster.service),
            "first": cluster.first,
            "last": cluster.last,
            "trend": cluster.trend,
            "pattern": f"Traceback: {text}" if cluster.is_traceback else text,
        }
        key = f"{cluster.service} {cluster.level} {' '.join(cluster.raw)}"
        whole = tuple(text[at : at + WIDE] for at in range(0, len(text), WIDE))
        return TableRow(key, values, LOOKS.get(cluster.level, ""), "", "", whole, text)

    def _clock(self, at: int) -> str:
        return self._session.clock_time(at)

    @property
    def copied_line(self) -> str:
        """The pattern under the cursor."""
        return self.list.copied_line
