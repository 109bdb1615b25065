"""The logs of several services as one: lines merged by time, handed out at the pace of who takes them."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing
from typing import cast

from msgspec import Struct, field

from sutaz_tui.clock import Clock
from sutaz_tui.errors import SourceError, TimedOut
from sutaz_tui.logs.feed import Feed
from sutaz_tui.logs.following.given_pages import GivenPages
from sutaz_tui.logs.following.line_queue import LineQueue, ReorderingQueue
from sutaz_tui.logs.following.outbox import Outbox
from sutaz_tui.logs.lines import Batch, Gap, Page
from sutaz_tui.logs.paging import merged_pages
from sutaz_tui.text.moments import DAY, MINUTE, nanoseconds

REORDER = 0.3
FRAME = 0.1
BATCH = 1500
# Lines of all feeds that may wait to be taken; then the feeds wait.
WAITING = 30_000
AGAIN = (1.0, 2.0, 5.0, 10.0)
# A feed that gives no page within so many seconds is left out of it.
PAGE_WITHIN = 15.0
# How far back the last lines are looked for, the second only where the first has too few. Loki takes 30 days at once.
REACH = (DAY, 30 * DAY)
# Lines may carry moments ahead of this machine's clock.
AHEAD = 10 * MINUTE
# A wait for nothing.
IDLE = 3600.0
FETCHED = 20_000
# A feed that does not listen when it is told to end does not hold up the exit.
ENDED_WITHIN = 1.0


class _Source(Struct, eq=False):
    """One feed and how it is."""

    feed: Feed
    given: GivenPages = field(default_factory=GivenPages)
    trouble: str = ""
    is_counted: bool = True


class LogTail:
    """The feeds of a log panel or of one command; `troubles` say by way which of them cannot be read, and why.

    Pages raise SourceError only when no feed gives one.
    """

    def __init__(
        self, feeds: Sequence[Feed], clock: Clock, reorder: float = REORDER, waiting: int = WAITING
    ) -> None:
        self._sources = [_Source(feed) for feed in feeds]
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._never = asyncio.Event()
        has_order = len(feeds) == 1 or not reorder
        lines = LineQueue(BATCH) if has_order else ReorderingQueue(clock, reorder, BATCH)
        self._out = Outbox(waiting, lines)
        self.troubles: dict[str, str] = {}

    @property
    def feeds(self) -> list[Feed]:
        """The feeds."""
        return [source.feed for source in self._sources]

    @property
    def counted(self) -> bool:
        """Whether a line that any of the feeds lost would be noticed."""
        return all(source.is_counted for source in self._sources)

    # --- pages

    async def first(self, limit: int = 200, since: int | None = None, until: int | None = None) -> Page:
        """The last lines of all feeds before `until`."""
        end = nanoseconds(self._clock.now()) + AHEAD if until is None else until
        return await self._last(since, end, limit)

    async def older(self, before: int, limit: int) -> Page:
        """The last lines before a moment."""
        return await self._last(None, before, limit)

    async def between(self, start: int, end: int, limit: int, newest: bool = False) -> Page:
        """The first (or the newest) lines of a span."""
        if newest:
            return await self._last(start, end, limit)
        asked = nanoseconds(self._clock.now())
        pages = await self._ask([each.feed.page(start, end, limit, newest=False) for each in self._sources])
        merged = merged_pages(pages, limit, newest=False)
        whole_until = end if merged.is_whole else merged.lines[-1].at if merged.lines else start
        self._note(pages, merged, start, min(whole_until, asked))
        return merged

    async def fetch(self, gap: Gap, newest: bool = False) -> Page:
        """The oldest or the newest lines of a gap's span, known ones among them, 20,000 at most; raises SourceError."""
        feed = next(source.feed for source in self._sources if source.feed.service == gap.service)
        return await feed.page(gap.start, gap.end, FETCHED, newest=newest)

    async def _last(self, since: int | None, end: int, limit: int) -> Page:
        asked = nanoseconds(self._clock.now())
        pages = await self._ask([_newest(each.feed, since, end, limit) for each in self._sources])
        merged = merged_pages(pages, limit, newest=True)
        # Before a page that is whole nothing else was there: what comes late there is to be told too.
        reach = end - REACH[0] if since is None else since
        begin = reach if merged.is_whole or not merged.lines else merged.lines[0].at + 1
        # Of what is still to come nothing was given, unless lines are ahead of this machine's clock.
        until = max(min(end, asked), merged.lines[-1].at + 1 if merged.lines else 0)
        self._note(pages, merged, begin, until)
        return merged

    def _note(self, pages: list[Page | None], merged: Page, start: int, end: int) -> None:
        given = set(map(id, merged.lines))
        for source, page in zip(self._sources, pages, strict=True):
            if page is not None:
                source.given.add([line for line in page.lines if id(line) in given], start, end)

    async def _ask(self, questions: list[Coroutine[None, None, Page]]) -> list[Page | None]:
        """Each feed's page, None of one that failed or took too long; raises what all failed with."""
        asks = [asyncio.create_task(question) for question in questions]
        answered = asyncio.Event()
        for task in asks:
            task.add_done_callback(lambda _: answered.set() if all(ask.done() for ask in asks) else None)
        try:
            await self._clock.wait(answered, PAGE_WITHIN)
        finally:
            is_done = [task.done() for task in asks]
            for task in asks:
                task.cancel()
        pages: list[Page | None] = []
        errors: list[SourceError] = []
        for source, task, done in zip(self._sources, asks, is_done, strict=True):
            try:
                if not done:
                    raise TimedOut(source.feed.way, f"no lines within {PAGE_WITHIN:.0f} s; try again later")
                pages.append(task.result())
                self._trouble(source, "")
            except SourceError as error:
                pages.append(None)
                errors.append(error)
                self._trouble(source, str(error))
        if errors and len(errors) == len(pages):
            raise errors[0]
        return pages

    # --- following

    async def batches(self, after: int) -> AsyncGenerator[Batch, None]:
        """What comes from `after` on, and what pages before did not give; for ever.

        At most one batch in 100 ms, unless more lines wait than one holds.
        """
        self._out.begin()
        tasks = {asyncio.create_task(self._follow(source, after)) for source in self._sources}
        self._tasks |= tasks
        for task in tasks:
            task.add_done_callback(lambda _: self._out.wake.set())
        try:
            while True:
                due = self._out.lines.seconds_until_due()
                await self._clock.wait(self._out.wake, IDLE if due is None else due)
                self._out.wake.clear()
                for task in tasks:
                    if task.cancelled():
                        return
                    if task.done():
                        task.result()
                batch = self._out.taken()
                if batch is not None:
                    yield batch
                    if len(self._out.lines) < BATCH:
                        await self._clock.wait(self._never, FRAME)
        finally:
            await self._end(tasks)

    async def aclose(self) -> None:
        """End the following and close the feeds."""
        await self._end(self._tasks)
        await asyncio.gather(*(source.feed.aclose() for source in self._sources), return_exceptions=True)

    async def _end(self, tasks: set[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=ENDED_WITHIN)
        self._tasks -= tasks

    async def _follow(self, source: _Source, after: int) -> None:
        """One feed, for ever."""
        after = source.given.resume(after, nanoseconds(self._clock.now()), source.feed.late)
        failures = 0
        while True:
            try:
                async with aclosing(
                    cast("AsyncGenerator[Batch, None]", source.feed.follow(after))
                ) as batches:
                    async for batch in batches:
                        failures = 0
                        await self._put(source, batch)
                words = f"{source.feed.way}: the log came to an end"
            except SourceError as error:
                words = str(error)
            except OSError as error:
                words = f"{source.feed.way}: {error.strerror or error}"
            failures += 1
            self._trouble(source, words)
            await self._clock.wait(self._never, AGAIN[min(failures, len(AGAIN)) - 1])

    async def _put(self, source: _Source, batch: Batch) -> None:
        await self._out.room()
        self._out.add(source.given.fresh(batch.lines))
        self._out.tell_gaps(batch.opened, batch.closed)
        source.is_counted = batch.is_counted
        self._out.tell_counted(self.counted)
        self._trouble(source, batch.trouble)

    def _trouble(self, source: _Source, words: str) -> None:
        source.trouble = words
        name = source.feed.way if len(self._sources) == 1 else f"{source.feed.service}: {source.feed.way}"
        if words:
            self.troubles[name] = words
        else:
            self.troubles.pop(name, None)
        self._out.tell(self._troubled())

    def _troubled(self) -> str:
        """The troubles as one sentence, of several feeds with the service of each."""
        if len(self._sources) == 1:
            return self._sources[0].trouble
        return "; ".join(f"{each.feed.service}: {each.trouble}" for each in self._sources if each.trouble)


async def _newest(feed: Feed, since: int | None, end: int, limit: int) -> Page:
    """The last lines; where nobody said since when, looking further back if there are few."""
    if since is not None:
        return await feed.page(since, end, limit, newest=True)
    page = await feed.page(end - REACH[0], end, limit, newest=True)
    if page.is_whole and len(page.lines) < limit:
        try:
            return await feed.page(end - REACH[1], end, limit, newest=True)
        except SourceError:
            return Page(page.lines, is_whole=False)
    return page
