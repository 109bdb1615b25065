"""How many lines of each minute were handed out, and what of them is missing once the source has counted."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct, field

from sutaz_tui.logs.lines import Gap, LogLine
from sutaz_tui.text.moments import MINUTE

MISSING = "Loki counts more lines than it gave"
# More minutes than these owed at once (Loki was away, the machine slept) are counted with one question.
SINGLY = 3
# What was counted lately is counted again now and then: lines may arrive later still.
DOUBTED_FOR = 15 * MINUTE
# Spans with gaps are kept, as a late line may lessen one; the oldest are left as they stand.
KEPT = 200


class CountedSpan(Struct, eq=False):
    """A minute, or several in a row that one gap joins: `held` lines of it were handed out.

    `is_touched` when a line was handed out inside a gap after the gap's lines were counted. `counted` is how many lines
    the source had, None before it was asked.
    """

    start: int
    end: int
    held: int = 0
    gaps: list[Gap] = field(default_factory=list)
    is_owed: bool = True
    is_touched: bool = False
    counted: int | None = None


class ClosedMinutes:
    """The account of one follower, from `after` on."""

    def __init__(self, service: str, after: int, now: int) -> None:
        self._service = service
        self._spans: list[CountedSpan] = []
        self._lately: list[CountedSpan] = []
        self._held: defaultdict[int, int] = defaultdict(int)
        self._end = after
        # What was there before the following began is one span, however long.
        self._grow(now // MINUTE * MINUTE)

    def hold(self, lines: Iterable[LogLine]) -> None:
        """Take account of lines that were handed out for the first time."""
        held, end = self._held, self._end
        for line in lines:
            if line.at >= end:
                held[line.at // MINUTE] += 1
            else:
                self._late(line.at)

    def open(self, gap: Gap) -> None:
        """Take account of a gap that was told; the minutes that it touches are counted together from here on."""
        if gap.end > self._end:
            self._grow(-(-gap.end // MINUTE) * MINUTE)
        touched = [span for span in self._spans if span.start < gap.end and span.end > gap.start]
        while any(a.end != b.start for a, b in pairwise(touched)):
            del touched[0]
        if touched:
            whole = self._join(touched)
            whole.gaps.append(gap)
            whole.is_owed = True

    def next_end(self) -> int:
        """When the oldest span that is still to be counted ends."""
        owed = next((span for span in self._spans if span.is_owed), None)
        return owed.end if owed else (self._end // MINUTE + 1) * MINUTE

    def due(self, until: int) -> CountedSpan | None:
        """The oldest span to be counted of those that ended at or before a moment."""
        self._grow(until // MINUTE * MINUTE)
        owed = [span for span in self._spans if span.is_owed and span.end <= until]
        if len(owed) > SINGLY and all(a.end == b.start for a, b in pairwise(owed)):
            return self._join(owed)
        return owed[0] if owed else None

    def stands(self, span: CountedSpan) -> bool:
        """Whether a span is still counted as it is: a gap may have joined it to another one meanwhile."""
        return span in self._spans

    def will_count(self, at: int) -> bool:
        """Whether a count of the moment's minute is still to come."""
        return at >= self._end or any(span.is_owed and span.start <= at < span.end for span in self._spans)

    def leave(self, span: CountedSpan) -> None:
        """Nobody will count a span: its gaps stay as they are."""
        span.is_owed, span.counted = False, None
        self._prune()

    def settle(self, span: CountedSpan, count: int) -> tuple[tuple[Gap, ...], tuple[Gap, ...]]:
        """The gaps that open and the gaps that close when the source counted so many lines."""
        missing = max(0, count - span.held)
        told = [gap.lost for gap in span.gaps]
        opened: tuple[Gap, ...] = ()
        closed: tuple[Gap, ...] = ()
        # Nothing was handed out inside the gaps and no more is missing than they lack: all of it lies inside them.
        is_told = None not in told and sum(lost or 0 for lost in told) == missing and not span.is_touched
        if not is_told:
            whole = Gap(self._service, span.start, span.end, missing, self._words(span))
            opened = (whole,) if missing and whole not in span.gaps else ()
            closed = tuple(gap for gap in span.gaps if not missing or gap != whole)
            span.gaps = [whole] if missing else []
        span.is_owed = span.is_touched = False
        span.counted = count
        self._prune()
        return opened, closed

    def lately(self) -> list[CountedSpan]:
        """The newest spans in a row that were counted and whole: one count of all can be held against theirs."""
        found = self._lately[-1:]
        for span in reversed(self._lately[:-1]):
            if span.end != found[0].start:
                break
            found.insert(0, span)
        return found

    def doubt(self, spans: Iterable[CountedSpan]) -> None:
        """Count spans again: the source has other lines than it had."""
        for span in spans:
            self._lately.remove(span)
            span.is_owed = True
            self._spans.insert(bisect_right(self._spans, span.start, key=_start), span)

    def _words(self, span: CountedSpan) -> str:
        return span.gaps[0].words if span.gaps else MISSING

    def _late(self, at: int) -> None:
        index = bisect_right(self._spans, at, key=_start) - 1
        if index < 0 or at >= self._spans[index].end:
            if (known := next((one for one in self._lately if one.start <= at < one.end), None)) is not None:
                # It came after all was counted, and the source has it.
                known.held += 1
                known.counted = (known.counted or 0) + 1
            return
        span = self._spans[index]
        span.held += 1
        if not span.is_owed:
            span.is_owed = True
        if any(gap.start <= at < gap.end for gap in span.gaps):
            span.is_touched = True

    def _grow(self, end: int) -> None:
        """Make spans up to the end of a minute."""
        if end <= self._end:
            return
        ends = [end]
        if end - self._end <= SINGLY * MINUTE:
            ends = list(range((self._end // MINUTE + 1) * MINUTE, end + 1, MINUTE))
        for upto in ends:
            minutes = [minute for minute in self._held if minute * MINUTE < upto]
            held = sum(self._held.pop(minute) for minute in minutes)
            self._spans.append(CountedSpan(self._end, upto, held))
            self._end = upto

    def _join(self, spans: list[CountedSpan]) -> CountedSpan:
        if len(spans) == 1:
            return spans[0]
        whole = CountedSpan(
            spans[0].start,
            spans[-1].end,
            sum(span.held for span in spans),
            [gap for span in spans for gap in span.gaps],
            is_touched=any(span.is_touched for span in spans),
        )
        place = self._spans.index(spans[0])
        self._spans = [span for span in self._spans if span not in spans]
        self._spans.insert(place, whole)
        return whole

    def _prune(self) -> None:
        """Let go of what is counted and whole."""
        kept = [span for span in self._spans if span.is_owed or span.gaps]
        whole = [span for span in self._spans if not (span.is_owed or span.gaps) and span.counted is not None]
        known = sorted(self._lately + whole, key=_start)
        self._lately = [span for span in known if span.end > self._end - DOUBTED_FOR]
        settled = sum(not span.is_owed for span in kept)
        for span in list(kept):
            if settled <= KEPT:
                break
            if not span.is_owed:
                kept.remove(span)
                settled -= 1
        self._spans = kept


def _start(span: CountedSpan) -> int:
    return span.start
