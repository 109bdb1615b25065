"""The log that is open: what stands behind its panel, from its feeds to its pager."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from sutaz_tui.clock import Clock
from sutaz_tui.errors import SourceError, SutazError, WrongQuery
from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.feed import Feed
from sutaz_tui.logs.following.tail import LogTail
from sutaz_tui.logs.lines import UNREAD, Batch, Gap, Level
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.pager import LogPager
from sutaz_tui.logs.paging import Rest, next_page
from sutaz_tui.logs.parsing.stamps import Times, day, stamp
from sutaz_tui.logs.shown import Safe
from sutaz_tui.text.moments import DAY, nanoseconds
from sutaz_tui.text.units import ago
from sutaz_tui.tui.screens.log.subject import Desk, Subject
from sutaz_tui.tui.screens.log.whole_log import WholeLog

FIRST = 200
OLDER = 500
PAGE = 5000
# What lies between the moment that a log was opened at and the present is read in so many pages; then a gap stands there.
PAGES_AT_ONCE = 4
# Loki takes 30 days at once.
HEAD = 30 * DAY


class LogSession:
    """Reads and follows one subject; `changed` is called whenever there is something to show.

    Its work runs as tasks of `keep` and ends with `aclose`. `wrong` is a query's error, `failure` a sentence on why
    nothing can be read, `busy` what is being fetched; `said` takes a sentence on how a request went.
    """

    def __init__(
        self,
        subject: Subject,
        desk: Desk,
        clock: Clock,
        safe: Safe,
        limit: int,
        keep: Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"],
        changed: Callable[[], None],
        said: Callable[[str], None],
    ) -> None:
        self.subject = subject
        self._desk = desk
        self.clock = clock
        self.keep = keep
        self._changed = changed
        self.say = said
        self.buffer = LogBuffer(limit)
        self.pager = LogPager(self.buffer, safe)
        self.pager.shows_service = bool(subject.query) or len(subject.services) > 1
        self.busy = ""
        self.failure = ""
        self.wrong: WrongQuery | None = None
        self.is_live = False
        self.is_at_begin = False
        self._tail: LogTail | None = None
        self._feeds: list[Feed] = []
        self.rest = Rest(0, 0)
        """What is still to be read of a span from its start on, whenever it ends; of 0 where there is no span."""
        self.whole_log = WholeLog(self)
        self._reading: asyncio.Task[None] | None = None
        self._request: asyncio.Task[None] | None = None

    # Reading

    def open(self) -> None:
        """Begin to read."""
        self._reading = self.keep(self._read())

    async def again(self) -> None:
        """Read it all anew."""
        await self.aclose()
        self.buffer.clear()
        self.pager.follow()
        self.failure, self.wrong, self.is_at_begin = "", None, False
        self.rest, self._feeds = Rest(0, 0), []
        self.open()

    async def aclose(self) -> None:
        """Ask nothing any more, and let go of the sources."""
        tasks = [task for task in (self._reading, self._request) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._reading = self._request = None
        tail, self._tail = self._tail, None
        if tail is not None:
            await tail.aclose()

    @property
    def trouble(self) -> str:
        """Why lines may not come, as a sentence; "" where they do."""
        troubles = [] if self._tail is None else [words for words in self._tail.troubles.values() if words]
        missing = [id for id in self.subject.services if id in self._desk.problems]
        if self._feeds and missing:
            # What to do about it is told where the log of one of them is opened.
            troubles.append(f"no log of {', '.join(missing)}")
        more = f"  (+{len(troubles) - 1} more)" if len(troubles) > 1 else ""
        return self.failure or (troubles[0] + more if troubles else "")

    def _without_log(self) -> list[str]:
        problems = self._desk.problems
        return [str(problems[id]) for id in self.subject.services if id in problems]

    @property
    def way(self) -> str:
        """How the log was found."""
        return ", ".join(dict.fromkeys(feed.way for feed in self._feeds))

    @property
    def is_counted(self) -> bool:
        """Whether missing lines would be noticed."""
        return self._tail is None or self._tail.counted

    @property
    def feeds(self) -> list[Feed]:
        """Where its lines come from."""
        return self._feeds

    def clock_time(self, at: int) -> str:
        """A moment as the reader has times: its day where that is not today's, and the time."""
        times = Times.UTC if self.pager.times is Times.UTC else Times.LOCAL
        date = day(at, times)
        return f"{date if date != day(self.now(), times) else ''} {stamp(at, times)[:8]}".strip()

    def now(self) -> int:
        """The present, nanoseconds."""
        return nanoseconds(self.clock.now())

    async def _read(self) -> None:
        subject = self.subject
        try:
            async with self.fetching("asking"):
                if subject.query:
                    self._feeds = [await self._desk.query(subject.query)]
                else:
                    self._feeds = await self._desk.feeds(subject.services)
                if not self._feeds:
                    self.failure = "; ".join(self._without_log()) or "no log found; r retries"
                    return
                self._tail = LogTail(self._feeds, self.clock)
                self._changed()
                await self._begin(self._tail)
            if subject.end is None:
                await self._follow(self._tail)
        except WrongQuery as error:
            self.wrong = error
        except SutazError as error:
            self.failure = f"{error}; r retries"
        finally:
            self.is_live = False
            self._changed()

    async def _begin(self, tail: LogTail) -> None:
        subject = self.subject
        try:
            if subject.start is None:
                self.buffer.add(Batch((await tail.first(FIRST)).lines))
            else:
                await self._open_at(tail, subject.start, subject.end)
        except WrongQuery:
            raise
        except SourceError:
            # The tail knows the trouble, and tries again as long as it follows.
            if subject.end is not None:
                raise

    async def _open_at(self, tail: LogTail, start: int, end: int | None) -> None:
        self.rest = Rest(start, start)
        await self._read_on(tail, self.now() if end is None else end, PAGE)
        if end is None and len(self.buffer.entries) < FIRST:
            # A service that fell silent left its last words before that moment.
            self.buffer.prepend(await tail.older(start, FIRST))
        self.pager.jump(start)
        if end is not None:
            self._mark_errors()

    def _mark_errors(self) -> None:
        """Mark what went wrong in the span that is shown and the lines of its subject, and stand on the first."""
        marked = self.subject.marked
        if marked:
            self.pager.sought = Pattern(marked)
        for entry in self.buffer.entries:
            is_wrong = entry.line is not None and entry.level >= Level.ERROR
            entry.is_marked = is_wrong or (bool(marked) and any(marked in line.text for line in entry.all()))
        # The jump stands on the first line, which may itself be the one.
        if (here := self.pager.selected) is None or here.level < Level.ERROR or here.gap is not None:
            self.pager.next_of(Level.ERROR, 1) or (marked and self.pager.next_mark(1))

    async def _read_on(self, tail: LogTail, end: int, limit: int) -> bool:
        """Add the oldest lines of what lies between the last that was read and `end`; whether those were all."""
        page = await next_page(tail.between, replace(self.rest, end=end), limit)
        self.buffer.add(Batch(page.lines))
        if page.rest is None:
            self.rest = Rest(end, end)
        else:
            self.rest = page.rest if page.lines else page.rest.past()
        self._changed()
        return page.is_whole

    async def _follow(self, tail: LogTail) -> None:
        if self.rest.start:
            await self._catch_up(tail)
        self.is_live = True
        self._changed()
        async for batch in tail.batches(self.rest.start or self.now()):
            self.buffer.add(batch)
            self._changed()
            # Under a flood the next batch is there already, and keys wait behind it.
            await asyncio.sleep(0)

    async def _catch_up(self, tail: LogTail) -> None:
        """Read on to the present; what is too much for now becomes a gap."""
        for _ in range(PAGES_AT_ONCE):
            try:
                if await self._read_on(tail, self.now(), PAGE):
                    return
            except SourceError:
                break
        now = self.now()
        self.buffer.add(Batch([], opened=self.unread(self.rest.start, now)))
        self.rest = Rest(now, now)

    def unread(self, start: int, end: int) -> tuple[Gap, ...]:
        """The gaps of a span that nobody read yet."""
        return tuple(
            Gap(service, start, end, None, UNREAD)
            for service in dict.fromkeys(feed.service for feed in self._feeds)
        )

    # Requests; one at a time

    def older(self) -> None:
        """Fetch what came before the oldest line."""
        if not self.is_at_begin:
            self.ask(self._older)

    def newer(self) -> None:
        """Fetch what came after the span that is shown."""
        if not self.is_live and self.rest.start < self.now():
            self.ask(self._newer)

    def live(self) -> None:
        """Follow from here on; where a span was shown, what came since is read first."""
        self.pager.follow()
        if self._reading is not None and self._reading.done() and (tail := self._tail) is not None:
            self._reading = self.keep(self._go_live(tail))

    def fetch(self, gap: Gap, from_end: bool = False) -> None:
        """Fetch the lines of a gap, its newest ones `from_end`."""
        self.ask(lambda tail: self._fetch(tail, gap, from_end))

    def go_to(self, at: int) -> None:
        """Show the first line at or after a moment, fetching it where it is older than all that is here."""
        oldest = self.oldest
        if oldest is not None and at < oldest and not self.is_at_begin:
            self.ask(lambda tail: self._reach(tail, at, oldest))
        else:
            self.pager.jump(at)

    def go_to_head(self) -> None:
        """Show the first line, as far back as sources are asked at all."""
        self.go_to(0 if self.is_at_begin else self.now() - HEAD)

    def ask(self, work: Callable[[LogTail], Coroutine[Any, Any, None]]) -> None:
        """Do something with the sources, unless something else is being done with them."""
        if (tail := self._tail) is None:
            return
        if self._request is None or self._request.done():
            self._request = self.keep(self._asked(work(tail)))

    def drop_request(self) -> bool:
        """Give up what is being done with the sources; False where nothing is."""
        if self._request is None or self._request.done():
            return False
        self._request.cancel()
        return True

    def tell_busy(self, words: str) -> None:
        """Say how far that is."""
        self.busy = words
        self._changed()

    async def _asked(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except SutazError as error:
            self.say(self.pager.safe.line(str(error)))
        finally:
            self._changed()

    @asynccontextmanager
    async def fetching(self, words: str) -> AsyncIterator[None]:
        """Say what is being done, and from a second on for how long."""
        self.busy = words
        self._changed()
        telling = asyncio.create_task(self._tell_seconds(words))
        try:
            yield
        finally:
            telling.cancel()
            self.busy = ""

    async def _tell_seconds(self, words: str) -> None:
        began = self.clock.monotonic()
        while True:
            await self.clock.wait(asyncio.Event(), 1.0)
            self.tell_busy(f"{words} {ago(self.clock.monotonic() - began)}")

    async def _older(self, tail: LogTail) -> None:
        oldest = self.oldest
        # Other lines of the oldest moment may have been cut off with the page that brought it: it is asked again.
        before, known = (self.now(), 0) if oldest is None else (oldest + 1, self.buffer.lines_at(oldest))
        async with self.fetching("fetching older lines"):
            page = await tail.older(before, OLDER + known)
        self.buffer.prepend(page)
        if page.is_whole:
            self.is_at_begin = True
            self.say("start of the log")

    async def _newer(self, tail: LogTail) -> None:
        async with self.fetching("fetching newer lines"):
            await self._read_on(tail, self.now(), OLDER)

    async def _go_live(self, tail: LogTail) -> None:
        try:
            await self._follow(tail)
        except SutazError as error:
            self.failure = f"{error}; r retries"
        finally:
            self.is_live = False
            self._changed()

    async def _fetch(self, tail: LogTail, gap: Gap, from_end: bool) -> None:
        async with self.fetching("fetching what is missing"):
            page = await tail.fetch(gap, from_end)
        if from_end and not page.is_whole:
            self.buffer.read_within(gap, page, before=True, behind=False)
        else:
            self.buffer.fill(gap, page)
        found = len(page.lines)
        if not page.is_whole:
            self.say(f"{found:,} lines fetched; Enter on what is left fetches more")
        elif gap.lost is None or found >= gap.lost:
            self.say(f"{found:,} lines fetched" if found else "nothing was missing")
        else:
            self.say(f"{found:,} of {gap.lost:,} lines fetched: the source no longer has the others")

    async def _reach(self, tail: LogTail, at: int, oldest: int) -> None:
        async with self.fetching("fetching that time"):
            page = await tail.between(at, oldest, PAGE)
        self.buffer.prepend(page)
        if not page.is_whole and page.lines:
            self.buffer.add(Batch([], opened=self.unread(page.lines[-1].at + 1, oldest)))
        self.pager.jump(at)

    @property
    def oldest(self) -> int | None:
        """The moment of the oldest line that is here."""
        entries = self.buffer.entries
        return entries[0].at if entries else None
