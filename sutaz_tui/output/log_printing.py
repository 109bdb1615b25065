"""Prints logs without a screen: the newest lines of a span, or all of it, and then what comes."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing

from msgspec import Struct

from sutaz_tui.clock import Clock
from sutaz_tui.errors import SourceError, WrongQuery
from sutaz_tui.logs.feed import Feed
from sutaz_tui.logs.following.history import CHUNK, History
from sutaz_tui.logs.following.loki_following import Bounds
from sutaz_tui.logs.following.tail import AGAIN, AHEAD, LogTail
from sutaz_tui.logs.known import counted, without
from sutaz_tui.logs.lines import Batch, Gap, LogLine, Page
from sutaz_tui.logs.matching import Filter
from sutaz_tui.logs.passing import passing
from sutaz_tui.logs.regrouping import AT
from sutaz_tui.output.logs import Form, clock, gap_words
from sutaz_tui.text.moments import SECOND, nanoseconds
from sutaz_tui.text.units import count

EDGE = 1000
"""Lines by which a feed that is followed knows what was there already."""

MOST_HELD = 20_000
"""Lines that wait at most for the end of a record which may go on in what is read next."""

BOUNDS = Bounds(behind=100)
"""What is printed is kept nowhere, so after a burst all of half a million lines is read, not the newest alone."""

UNTIL_IT_ANSWERS = "retrying until it answers"

LATE = 15 * SECOND
"""Nanoseconds for which a line may still be on its way to its source when its span is asked for."""


class Wanted(Struct, frozen=True):
    """Which lines are printed: those of [start, end), of them the newest `limit` (0: all) of those that pass.

    `end` None is the present; `follows`: go on afterwards with what comes. `tells_cut`: nobody chose the limit, so a
    sentence says where it cut.
    """

    start: int
    end: int | None = None
    limit: int = 1000
    filter: Filter = Filter(shows_health=True)
    follows: bool = False
    tells_cut: bool = False


class LogPrinter:
    """Prints the wanted lines of some feeds; `tell` gets a sentence for whatever is missing.

    `is_lossy`: lines are missing in what was printed. `has_trouble`: a source could not be asked.
    """

    def __init__(
        self,
        feeds: Sequence[Feed],
        clock: Clock,
        wanted: Wanted,
        form: Form,
        write: Callable[[bytes], Awaitable[None]],
        tell: Callable[[str], object],
    ) -> None:
        self._feeds = feeds
        self._clock = clock
        self._wanted = wanted
        self._form = form
        self._write = write
        self._tell = tell
        self._missing: list[Gap] = []
        self._before: Sequence[LogLine] = ()
        self._trouble = ""
        self._is_counted = True
        self.has_trouble = False

    @property
    def is_lossy(self) -> bool:
        return bool(self._missing)

    async def run(self) -> None:
        """Print the span and, where that is wanted, what comes, for ever; raises WrongQuery and TooSlow."""
        wanted = self._wanted
        # Lines may carry moments ahead of this machine's clock.
        end = nanoseconds(self._clock.now()) + AHEAD if wanted.end is None else wanted.end
        try:
            await (self._follow() if wanted.follows else self._print_span(end))
        except WrongQuery:
            raise
        except SourceError as error:
            self._tell(str(error))
            self.has_trouble = True

    async def settle(self) -> None:
        """Tell what is missing of the last minutes of a following that was ended; raises SourceError."""
        for feed in self._feeds:
            if (gap := await feed.owed()) is not None:
                self._miss(gap)

    async def run_pipe(self, lines: AsyncIterator[Sequence[LogLine]]) -> None:
        """Print what comes by a pipe until that ends; raises TooSlow."""
        async for part in lines:
            await self._print(self._passing([line for line in part if line.at >= self._wanted.start]))

    async def _print_span(self, end: int, kept_from: int | None = None) -> list[LogLine]:
        """Print what is wanted of the span up to `end`; the lines that were read of it from `kept_from` on."""
        wanted = self._wanted
        history = History(self._feeds, wanted.start, end)
        read: list[LogLine] = []

        def reading(
            lines: Sequence[LogLine], before: Sequence[LogLine], after: Sequence[LogLine]
        ) -> Sequence[LogLine]:
            if kept_from is not None:
                read.extend(line for line in lines if line.at >= kept_from)
            return passing(wanted.filter, lines, before, after)

        if wanted.limit:
            newest = await history.newest(wanted.limit + 1, reading, wanted.filter.reach)
            if len(newest) > wanted.limit:
                newest = newest[-wanted.limit :]
                self._say_cut(newest)
            await self._print(newest)
        else:
            held: list[LogLine] = []
            async with aclosing(history.all()) as parts:
                async for part in parts:
                    if kept_from is not None:
                        read.extend(line for line in part if line.at >= kept_from)
                    held += part
                    # A record may go on in the next part.
                    end = bisect_left(held, held[-1].at - wanted.filter.reach, key=AT) if held else 0
                    end = max(end, len(held) - MOST_HELD) if wanted.filter.reach else len(held)
                    ready, held = held[:end], held[end:]
                    await self._print(self._passing(ready, held))
            await self._print(self._passing(held))
        for gap in history.gaps:
            self._miss(gap)
        for trouble in history.troubles:
            self._tell(trouble)
            self.has_trouble = True
        return read

    async def _follow(self) -> None:
        wanted = self._wanted
        tail = LogTail(self._feeds, self._clock)
        try:
            is_plain = bool(wanted.limit) and not wanted.filter.looks_inside
            asked, first = await self._first(tail, wanted.limit if is_plain else EDGE)
            for trouble in tail.troubles.values():
                self._trouble = trouble
                self._tell(trouble)
            known = counted(())
            if is_plain:
                if not first.is_whole and len(first.lines) >= wanted.limit:
                    self._say_cut(first.lines)
                await self._print(first.lines)
            else:
                # What was read apart from the tail is told again where it came late; the tail knows its own page.
                read = await self._print_span(asked, kept_from=asked - LATE)
                known = counted(read) - counted(first.lines)
                self._before = sorted(read, key=AT)
                await self._print(self._passing([line for line in first.lines if line.at >= asked]))
            after = max(asked, first.lines[-1].at) if first.lines else asked
            async with aclosing(tail.batches(after)) as batches:
                async for batch in batches:
                    self._say(batch)
                    if known and nanoseconds(self._clock.now()) > asked + 2 * LATE:
                        known.clear()
                    lines = [line for line in batch.lines if line.at >= wanted.start]
                    await self._print(self._passing(without(known, lines)))
        finally:
            await tail.aclose()

    async def _first(self, tail: LogTail, limit: int) -> tuple[int, Page]:
        """When the last lines were asked for, and they; a source that does not answer is told once and asked again."""
        failures, told = 0, ""
        while True:
            asked = nanoseconds(self._clock.now())
            try:
                return asked, await tail.first(limit, since=self._wanted.start)
            except WrongQuery:
                raise
            except SourceError as error:
                if str(error) != told:
                    told = str(error)
                    self._tell(f"{told}; {UNTIL_IT_ANSWERS}")
            failures += 1
            await self._clock.wait(asyncio.Event(), AGAIN[min(failures, len(AGAIN)) - 1])

    def _say_cut(self, lines: Sequence[LogLine]) -> None:
        if self._wanted.tells_cut:
            shown = f"only the newest {count(len(lines))} lines, from {clock(lines[0].at)} on"
            self._tell(f"{shown}: older ones are left out; --limit 0 prints all")

    def _say(self, batch: Batch) -> None:
        if batch.trouble != self._trouble:
            self._trouble = batch.trouble
            self._tell(batch.trouble or "stream resumed")
        if batch.is_counted is not self._is_counted:
            self._is_counted = batch.is_counted
            words = "lines are counted again: a missing one is told"
            self._tell(
                words
                if batch.is_counted
                else "lines are not counted here: a missing one would not be noticed"
            )
        for gap in batch.closed:
            if gap in self._missing:
                self._missing.remove(gap)
        for gap in batch.opened:
            self._miss(gap)

    def _miss(self, gap: Gap) -> None:
        self._missing.append(gap)
        self._tell(gap_words(gap))

    # Lines

    def _passing(self, lines: Sequence[LogLine], after: Sequence[LogLine] = ()) -> Sequence[LogLine]:
        """Those that pass of lines that come after those that were given before; `after` are given next."""
        filter = self._wanted.filter
        passed = passing(filter, lines, self._before, after)
        if lines and filter.reach:
            recent = sorted((*self._before, *lines), key=AT)
            self._before = recent[bisect_left(recent, recent[-1].at - filter.reach, key=AT) :]
        return passed

    async def _print(self, lines: Sequence[LogLine]) -> None:
        for begin in range(0, len(lines), CHUNK):
            await self._write(self._form(lines[begin : begin + CHUNK]))
