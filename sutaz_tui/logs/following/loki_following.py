"""The lines of a Loki query as they come: the tail for their first sight, ranges for the truth.

Loki's tail is quick but loses lines, under load most of them and most of those without a word: a reader at 50,000
lines/s got 9,581 of 100,000 and was told of 23,493. `query_range` gives every line, `count_over_time` counts them all.
So what the tail shows is read again by range, and above the rate where the tail drops, ranges are asked instead.

Reading goes from the `cursor` on, with a window behind it for lines that arrive later than younger ones. What a read
could not get stays owed: the cursor stands. Lines that arrive later than the window are found when minutes are counted.
"""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress

from msgspec import Struct

from sutaz_tui.clock import Clock
from sutaz_tui.errors import SourceError, TooMany, WrongQuery
from sutaz_tui.logs.feed import Frame, LokiQueries
from sutaz_tui.logs.following.closed_minutes import ClosedMinutes, CountedSpan
from sutaz_tui.logs.following.crowds import crowd
from sutaz_tui.logs.following.loki_pages import LokiPage, pages
from sutaz_tui.logs.following.loki_tail import LIVES, LokiTail
from sutaz_tui.logs.following.outbox import Outbox
from sutaz_tui.logs.following.seen_lines import SeenLines
from sutaz_tui.logs.lines import Batch, Gap, LogLine
from sutaz_tui.text.moments import MINUTE, SECOND, nanoseconds

# Seconds between two reads: above the tail's rate, without a tail, beside a tail, beside a tail that is silent.
FAST = 0.5
POLL = 0.8
FILL = 5.0
QUIET = 60.0
# Lines a second above which the tail is not trusted, and seconds until it is trusted again.
TAIL_RATE = 2000
CALM = 60.0
# Lines that a fill found beside an open tail, from which the tail counts as lossy; also as a part of all that came.
UNSEEN = 50
UNSEEN_PART = 0.05
# The windows behind the cursor, in time and in pages: a poll's, and that of the fill every few seconds.
NEAR, NEAR_PAGES = 2 * SECOND, 0.2
LATE, LATE_PAGES = 10 * SECOND, 4
# Loki takes lines up to ten minutes ahead of its own clock.
AHEAD = 10 * MINUTE
# The cursor stays at the newest line, as our clock may be ahead of the lines'; but not for ever.
SKEW = 15 * MINUTE
# A minute is counted this long after it ended, and read again before its gap opens if it is at most so many pages.
SETTLE = 20 * SECOND
CHEAP_PAGES = 2
# Seconds between two counts of the last minutes, while no tail shows what arrives late.
DOUBT_AFTER = 120.0
BACK_OFF = (1.0, 2.0, 5.0, 10.0)
COUNT_AGAIN = (5.0, 15.0, 60.0)
TOO_MANY_ASKED = 20.0
JITTER = 0.3
# Refused so often, what is owed is given up.
REFUSALS = 3

BEHIND = "more lines came than could be read"
ENDED = "they did not come before the end"
OVERFULL = "more lines share one nanosecond than Loki gives at once"


class Bounds(Struct, frozen=True):
    """Lines that may wait to be taken, lines that are remembered (about 100 bytes each), and how many pages of lines
    one read takes before it leaves the middle out."""

    waiting: int = 20_000
    seen: int = 60_000
    behind: int = 10


BOUNDS = Bounds()


class Following:
    """One following of one query."""

    def __init__(
        self,
        queries: LokiQueries,
        clock: Clock,
        service: str,
        query: str,
        after: int,
        count_below: int,
        bounds: Bounds = BOUNDS,
        seed: int | None = None,
    ) -> None:
        self._queries = queries
        self._clock = clock
        self._service = service
        self._query = query
        self._count_below = count_below
        self._random = random.Random(seed)
        self._out = Outbox(bounds.waiting)
        self._behind = bounds.behind
        self._tail = LokiTail(queries, clock, query, self._take_frame, self._look_again)
        self._minutes = ClosedMinutes(service, after, nanoseconds(clock.now()))
        self._seen = SeenLines(after, bounds.seen)
        self._cursor = self._whole_until = after
        # Reads never begin before it: what lies there was given up, or nobody asked for it.
        self._from = after
        self._overfull: set[int] = set()

        self._tasks: list[asyncio.Task[None]] = []
        self._never = asyncio.Event()
        self._stirred = asyncio.Event()
        self._hurry = asyncio.Event()
        self._read_whole = asyncio.Event()
        self._has_answered = False
        self._filled_at = -math.inf
        self._doubted_at = clock.monotonic()
        self._came = 0
        self._came_since = clock.monotonic()
        self._between_fills = 0

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """What came, whenever something did, until `stop`."""
        loops = (self._read_on(), self._tail.run(lambda: self._cursor), self._count_on())
        self._tasks = [asyncio.create_task(loop) for loop in loops]
        for task in self._tasks:
            task.add_done_callback(lambda _: self._out.wake.set())
        try:
            while True:
                await self._out.wake.wait()
                self._out.wake.clear()
                for task in self._tasks:
                    if task.cancelled():
                        return
                    if task.done():
                        # The loops never end: one that did broke by a fault of ours, which must be seen.
                        task.result()
                batch = self._out.taken()
                if batch is not None:
                    yield batch
        finally:
            await self.stop()

    async def stop(self) -> None:
        """End all loops."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def owed(self) -> Gap | None:
        """What Loki holds of the minutes that were not counted when it ended, and was neither handed out nor told missing.

        Raises SourceError; None where nothing is missing, or counting would read too much.
        """
        if not self._has_answered:
            # What pages gave of these minutes is known only once they were read again.
            return None
        start = max(self._from, self._seen.floor, self._minutes.next_end() - MINUTE)
        end = nanoseconds(self._clock.now()) - NEAR
        if end <= start or await self._queries.size(self._query, start, end) >= self._count_below:
            return None
        seen = self._seen.count(start, end)
        count = await self._queries.count(self._query, start, end)
        told = [gap.lost for gap in self._out.standing if gap.start < end and gap.end > start]
        if seen is None or None in told:
            return None
        lost = count - seen - sum(number or 0 for number in told)
        return Gap(self._service, start, end, lost, ENDED) if lost > 0 else None

    def fetched(self, start: int, end: int, lines: list[LogLine]) -> None:
        """A gap may have been fetched by hand: then its lines are no longer missing."""
        if any(gap.start == start and gap.end == end for gap in self._out.standing):
            self._minutes.hold(self._seen.fresh(lines))

    async def _hand_out(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """Hand out the lines that were not yet, waiting while too many wait to be taken."""
        fresh = self._seen.fresh(lines)
        if fresh:
            self._minutes.hold(fresh)
            self._out.add(fresh)
            self._came += len(fresh)
            self._between_fills += len(fresh)
            self._stirred.set()
            self._measure()
        await self._out.room()
        return fresh

    def _measure(self) -> None:
        passed = self._clock.monotonic() - self._came_since
        if passed >= 2:
            if self._came / passed > TAIL_RATE:
                self._tail.distrust(CALM)
            self._came, self._came_since = 0, self._clock.monotonic()

    async def _take_frame(self, frame: Frame) -> None:
        floor = self._seen.floor
        # Too old to know whether it was handed out: the count will tell, where there is one still to come.
        lines = [line for line in frame.lines if line.at >= floor or not self._minutes.will_count(line.at)]
        if frame.dropped:
            self._tail.distrust(CALM)
        await self._hand_out(lines)

    def _look_again(self) -> None:
        self._hurry.set()
        self._stirred.set()

    # --- reading by range

    async def _read_on(self) -> None:
        failures = refusals = 0
        while True:
            began = self._clock.monotonic()
            self._hurry.clear()
            self._stirred.clear()
            try:
                if refusals >= REFUSALS:
                    await self._leave_owed(f"Loki refuses them: {self._out.trouble}")
                    refusals = 0
                await self._read()
            except SourceError as error:
                failures += 1
                refusals = refusals + 1 if self._has_answered and isinstance(error, WrongQuery) else 0
                self._out.tell(str(error))
                await self._clock.wait(self._never, self._pause(error, BACK_OFF, failures))
            else:
                failures = refusals = 0
                self._has_answered = True
                self._out.tell("")
                await self._until_due(began)

    def _pause(self, error: SourceError, steps: tuple[float, ...], failures: int) -> float:
        pause = steps[min(failures, len(steps)) - 1]
        if isinstance(error, TooMany):
            pause = max(pause, error.after or TOO_MANY_ASKED)
        return pause * (1 + self._random.uniform(0, JITTER))

    async def _until_due(self, began: float) -> None:
        now = self._clock.monotonic()
        if not self._tail.is_open:
            pause = FAST if self._tail.is_distrusted else POLL
            await self._clock.wait(self._hurry, began + pause - now)
        elif self._stirred.is_set() or await self._clock.wait(self._stirred, began + QUIET - now):
            await self._clock.wait(self._hurry, began + FILL - self._clock.monotonic())

    async def _read(self) -> None:
        """Read from a window behind the cursor to the newest line: all that was stored before is handed out then."""
        asked, began = nanoseconds(self._clock.now()), self._clock.monotonic()
        has_tail = self._tail.is_open
        is_fill = has_tail or began - self._filled_at >= FILL
        window, page_count = (LATE, LATE_PAGES) if is_fill else (NEAR, NEAR_PAGES)
        start = max(
            self._from, self._seen.back(self._cursor, window, int(page_count * self._queries.page_limit))
        )
        tail_since = asked - int((began - self._tail.began) * SECOND)
        tail_until = asked - int(LIVES * SECOND) if has_tail else 0
        taken = unseen = newest = 0
        async with aclosing(self._walk(start, asked + AHEAD)) as walk:
            async for page in walk:
                fresh = await self._hand_out(page.lines)
                taken += len(fresh)
                unseen += sum(tail_since < line.at < tail_until for line in fresh)
                newest = next((line.at for line in reversed(page.lines) if line.at <= asked), newest)
                if page.overfull is not None and page.overfull not in self._overfull:
                    all_of_it = await crowd(self._queries, self._query, page.overfull, page.lines)
                    await self._hand_out(all_of_it.lines)
                    await self._open(page.overfull, page.overfull + 1, OVERFULL)
                    self._overfull.add(page.overfull)
                if not page.is_last:
                    self._cursor = max(self._cursor, min(page.reached, asked))
                    if taken >= self._behind * self._queries.page_limit:
                        newest = await self._leave_out(asked)
                        break
        self._cursor = max(self._cursor, newest, asked - SKEW)
        self._whole_until = asked
        self._read_whole.set()
        if is_fill:
            self._filled_at = began
            self._judge_tail(unseen)
        self._seen.forget(min(self._cursor - LATE, self._minutes.next_end() - MINUTE), self._cursor)
        self._overfull = {at for at in self._overfull if at >= self._seen.floor}

    def _judge_tail(self, unseen: int) -> None:
        came, self._between_fills = self._between_fills, 0
        if unseen >= max(UNSEEN, came * UNSEEN_PART):
            self._tail.distrust(CALM)
        elif unseen and not self._tail.frames:
            self._tail.distrust(FILL)  # it hangs, another one may not

    async def _leave_out(self, asked: int) -> int:
        """Go on with the newest page, leaving a gap before it; returns the moment reached."""
        limit = self._queries.page_limit
        lines = await self._queries.range(self._query, self._cursor, asked + AHEAD, limit, newest=True)
        await self._hand_out(lines)
        if len(lines) >= limit:
            # Of the page's first moment a part may be left out too.
            end = lines[0].at + 1
            await self._open(self._cursor, end, BEHIND)
            self._from = max(self._from, end)
        return max([self._cursor, *(line.at for line in lines if line.at <= asked)])

    async def _leave_owed(self, words: str) -> None:
        end = nanoseconds(self._clock.now())
        if end > self._cursor:
            await self._open(self._cursor, end, words)
            self._cursor = self._from = end

    async def _open(self, start: int, end: int, words: str) -> None:
        """Open a gap where lines will not be read, with their number if it can be had at once."""
        lost: int | None = None
        try:
            if await self._queries.size(self._query, start, end) < self._count_below:
                count = await self._queries.count(self._query, start, end)
                seen = self._seen.count(start, end)
                lost = None if seen is None else max(0, count - seen)
        except SourceError:
            lost = None  # it is counted again with its minute
        if lost != 0:
            gap = Gap(self._service, start, end, lost, words)
            self._minutes.open(gap)
            self._out.tell_gaps((gap,), ())

    def _walk(self, start: int, end: int) -> AsyncGenerator[LokiPage, None]:
        return pages(self._queries, self._query, start, end)

    # --- counting

    async def _count_on(self) -> None:
        failures = 0
        while True:
            left = self._minutes.next_end() + SETTLE - nanoseconds(self._clock.now())
            if left > 0:
                await self._doubt()
                await self._clock.wait(self._never, left / SECOND)
                continue
            span = self._minutes.due(min(self._whole_until, nanoseconds(self._clock.now()) - SETTLE))
            if span is None:
                self._read_whole.clear()
                await self._read_whole.wait()
                continue
            try:
                await self._count(span)
            except SourceError as error:
                failures += 1
                self._out.tell_counted(False)
                await self._clock.wait(self._never, self._pause(error, COUNT_AGAIN, failures))
            else:
                failures = 0

    async def _doubt(self) -> None:
        """Count the last minutes once more where no tail would have shown what arrived late in them."""
        now = self._clock.monotonic()
        if self._tail.is_open or now - self._doubted_at < DOUBT_AFTER:
            return
        self._doubted_at = now
        if not (spans := self._minutes.lately()):
            return
        start, end = spans[0].start, spans[-1].end
        with suppress(SourceError):  # it is asked again, and counting says when it cannot
            if await self._queries.size(self._query, start, end) >= self._count_below:
                return
            known = sum(span.counted or 0 for span in spans)
            if await self._queries.count(self._query, start, end) != known:
                self._minutes.doubt(spans)

    async def _count(self, span: CountedSpan) -> None:
        is_small = await self._queries.size(self._query, span.start, span.end) < self._count_below
        self._out.tell_counted(is_small)
        if not is_small:
            self._minutes.leave(span)
            return
        count = await self._counted(span)
        is_cheap = count <= CHEAP_PAGES * self._queries.page_limit and span.start >= self._seen.floor
        if count > span.held and is_cheap:
            # Where Loki refuses it the number will do.
            with suppress(WrongQuery):
                async with aclosing(self._walk(span.start, span.end)) as walk:
                    async for page in walk:
                        await self._hand_out(page.lines)
            count = await self._counted(span)
        if self._minutes.stands(span):
            self._out.tell_gaps(*self._minutes.settle(span, count))

    async def _counted(self, span: CountedSpan) -> int:
        """Loki's count, taken while no line of the span was handed out."""
        while True:
            held = span.held
            count = await self._queries.count(self._query, span.start, span.end)
            if held == span.held or not self._minutes.stands(span):
                return count
