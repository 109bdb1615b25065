"""The logs of several services as one: lines merged by time, handed out at the pace of who takes them."""

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing
from operator import attrgetter
from typing import cast

from msgspec import Struct, field

from sutaz_tui.clock import Clock
from sutaz_tui.errors import SourceError, TimedOut
from sutaz_tui.logs.feed import Feed
from sutaz_tui.logs.following.given_pages import GivenPages
from sutaz_tui.logs.lines import Batch, Gap, LogLine, Page
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

_at = attrgetter("at")


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
        self._reorder = reorder if len(feeds) > 1 else 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._never = asyncio.Event()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        # Lines as they arrived; when the next of them have waited for older ones, with the newest of them; sorted ones.
        self._parts: deque[list[LogLine]] = deque()
        self._due: deque[tuple[float, int]] = deque()
        self._sorted: list[LogLine] = []
        self._waiting = 0
        self._most = waiting
        self._opened: list[Gap] = []
        self._closed: list[Gap] = []
        self._told = ("", True)
        self.troubles: dict[str, str] = {}

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
        merged = _merged(pages, limit, newest=False)
        whole_until = end if merged.is_whole else merged.lines[-1].at if merged.lines else start
        self._note(pages, merged, start, min(whole_until, asked))
        return merged

    async def fetch(self, gap: Gap) -> Page:
        """The lines of a gap's span, known ones among them, oldest first, 20,000 at most; raises SourceError."""
        feed = next(source.feed for source in self._sources if source.feed.service == gap.service)
        return await feed.page(gap.start, gap.end, FETCHED, newest=False)

    async def _last(self, since: int | None, end: int, limit: int) -> Page:
        asked = nanoseconds(self._clock.now())
        pages = await self._ask([_newest(each.feed, since, end, limit) for each in self._sources])
        merged = _merged(pages, limit, newest=True)
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
        self._told = ("", True)
        tasks = {asyncio.create_task(self._follow(source, after)) for source in self._sources}
        self._tasks |= tasks
        for task in tasks:
            task.add_done_callback(lambda _: self._wake.set())
        try:
            while True:
                await self._clock.wait(self._wake, self._until_due())
                self._wake.clear()
                for task in tasks:
                    if task.cancelled():
                        return
                    if task.done():
                        task.result()
                batch = self._taken()
                if batch is not None:
                    yield batch
                    if self._waiting < BATCH:
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
            self._wake.set()
            await self._clock.wait(self._never, AGAIN[min(failures, len(AGAIN)) - 1])

    async def _put(self, source: _Source, batch: Batch) -> None:
        while self._waiting >= self._most:
            self._room.clear()
            await self._room.wait()
        lines = source.given.fresh(batch.lines)
        if lines:
            self._waiting += len(lines)
            self._parts.append(lines)
            if self._reorder:
                self._due.append((self._clock.monotonic() + self._reorder, max(map(_at, lines))))
        for gap in batch.closed:
            if gap in self._opened:
                self._opened.remove(gap)
            else:
                self._closed.append(gap)
        self._opened += batch.opened
        source.is_counted = batch.is_counted
        self._trouble(source, batch.trouble)
        self._wake.set()

    def _trouble(self, source: _Source, words: str) -> None:
        source.trouble = words
        name = source.feed.way if len(self._sources) == 1 else f"{source.feed.service}: {source.feed.way}"
        if words:
            self.troubles[name] = words
        else:
            self.troubles.pop(name, None)

    def _troubled(self) -> str:
        """The troubles as one sentence, of several feeds with the service of each."""
        if len(self._sources) == 1:
            return self._sources[0].trouble
        return "; ".join(f"{each.feed.service}: {each.trouble}" for each in self._sources if each.trouble)

    def _until_due(self) -> float:
        if self._sorted or (self._parts and not self._reorder):
            return 0.0
        return self._due[0][0] - self._clock.monotonic() if self._due else IDLE

    def _taken(self) -> Batch | None:
        lines = self._ready() if self._reorder else self._next()
        self._waiting -= len(lines)
        self._room.set()
        told = (self._troubled(), self.counted)
        if not (lines or self._opened or self._closed) and told == self._told:
            return None
        batch = Batch(lines, tuple(self._opened), tuple(self._closed), *told)
        self._opened, self._closed, self._told = [], [], told
        return batch

    def _next(self) -> list[LogLine]:
        """The next lines of the only feed, whole lists where they fit."""
        if not self._parts:
            return []
        lines = self._parts.popleft()
        while self._parts and len(lines) + len(self._parts[0]) <= BATCH:
            lines = lines + self._parts.popleft()
        if len(lines) > BATCH:
            self._parts.appendleft(lines[BATCH:])
            lines = lines[:BATCH]
        return lines

    def _ready(self) -> list[LogLine]:
        """The next lines that waited long enough for older ones, and all that are older than these."""
        now, newest = self._clock.monotonic(), None
        while self._due and self._due[0][0] <= now:
            newest = max(newest or 0, self._due.popleft()[1])
        if newest is not None:
            arrived = [line for part in self._parts for line in part]
            arrived.sort(key=_at)
            ready = bisect_right(arrived, newest, key=_at)
            self._sorted += arrived[:ready]
            self._parts = deque([arrived[ready:]] if ready < len(arrived) else [])
        lines, self._sorted = self._sorted[:BATCH], self._sorted[BATCH:]
        return lines


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


def _merged(pages: list[Page | None], limit: int, newest: bool) -> Page:
    lines = [line for page in pages if page is not None for line in page.lines]
    lines.sort(key=_at)
    is_whole = len(lines) <= limit and all(page is not None and page.is_whole for page in pages)
    if not newest and not is_whole:
        # Behind the end of a page that was cut, lines of its feed are missing: they would never be asked for.
        ends = [page.lines[-1].at for page in pages if page is not None and page.lines and not page.is_whole]
        lines = [line for line in lines if line.at <= min(ends, default=line.at)]
    if len(lines) > limit:
        lines = lines[len(lines) - limit :] if newest else lines[:limit]
    return Page(lines, is_whole)
