"""How many lines a log had in each step of a span, all of them, and those of warnings and of errors."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from msgspec import Struct, field

from sutaz_tui.logs.feed import Counted, Feed
from sutaz_tui.logs.lines import Level
from sutaz_tui.logs.paging import pages_back
from sutaz_tui.logs.parsing.levels import level_of
from sutaz_tui.text.moments import DAY, MINUTE, SECOND

SPANS = (
    5 * MINUTE,
    15 * MINUTE,
    60 * MINUTE,
    180 * MINUTE,
    360 * MINUTE,
    720 * MINUTE,
    DAY,
    2 * DAY,
    7 * DAY,
    30 * DAY,
)
"""What a histogram can span, nanoseconds."""
FIRST_SPAN = SPANS.index(60 * MINUTE)
"""The one that is shown first."""

STEPS = tuple(
    seconds * SECOND
    for seconds in (
        *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800),
        *(3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800),
    )
)
CHUNK = 20_000
SLICE = 2000
"""Lines that are counted before others may work."""


def span_words(span: int) -> str:
    """A span of whole seconds as people say it: `15m`, `3h`, `7d`."""
    for unit, size in (("d", DAY), ("h", 60 * MINUTE), ("m", MINUTE)):
        if span % size == 0:
            return f"{span // size}{unit}"
    return f"{span // SECOND}s"


def step_for(span: int, most: int) -> int:
    """The least usual step by which a span falls into at most so many."""
    return next((step for step in STEPS if -(-span // step) <= most), STEPS[-1])


class Histogram(Struct):
    """Counts of [start, end) in steps of `step` nanoseconds, the first of which begins at `start`.

    `warnings` and `errors` are of those levels alone, errors with what is graver. Before `reached` nothing is counted
    yet. `knows_levels` is False where the source gave counts and told no level.
    """

    start: int
    end: int
    step: int
    all: list[int] = field(default_factory=list)
    warnings: list[int] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    reached: int = 0
    knows_levels: bool = True

    @classmethod
    def of(cls, end: int, span: int, most: int) -> "Histogram":
        """An empty one whose last step holds `end`."""
        step = step_for(span, most)
        last = (end // step + 1) * step
        number = max(1, -(-span // step))
        start = last - number * step
        return cls(start, last, step, [0] * number, [0] * number, [0] * number, last)

    def add(self, at: int, level: Level, lines: int = 1) -> None:
        """Count lines of a moment; those beside the span are left out."""
        place = (at - self.start) // self.step
        if not 0 <= place < len(self.all):
            return
        self.all[place] += lines
        if level >= Level.ERROR:
            self.errors[place] += lines
        elif level is Level.WARN:
            self.warnings[place] += lines

    def moment(self, place: int) -> int:
        """When a step begins."""
        return self.start + place * self.step

    @property
    def is_whole(self) -> bool:
        """Whether all of the span is counted."""
        return self.reached <= self.start


async def counting(feeds: Sequence[Feed], histogram: Histogram) -> AsyncGenerator[None, None]:
    """Count a span of these feeds into a histogram, newest first; after each step of the work it can be shown.

    Raises SourceError. What a source counts by itself is asked for in one question a feed.
    """
    known: list[Counted] = []
    reading: list[Feed] = []
    for feed in feeds:
        counted = await feed.counts(histogram.start, histogram.end, histogram.step)
        if counted is None:
            reading.append(feed)
        else:
            known += counted
    for each in known:
        histogram.add(each.at, each.level, each.lines)
    if known:
        histogram.knows_levels = any(each.level for each in known)
    if not reading:
        histogram.reached = histogram.start
    yield
    for number, feed in enumerate(reading):
        async with aclosing(_read(feed, histogram)) as parts:
            async for reached in parts:
                if number == len(reading) - 1:
                    histogram.reached = max(histogram.start, reached)
                yield
    histogram.reached = histogram.start


async def _read(feed: Feed, histogram: Histogram) -> AsyncGenerator[int, None]:
    """Count what a source must be read for; after each part back to which moment all is counted."""
    span = histogram.start, histogram.end
    if (tallies := feed.tallies(*span, histogram.step)) is not None:
        async for counted, reached in tallies:
            for each in counted:
                histogram.add(each.at, each.level, each.lines)
            yield reached
        return
    async with aclosing(pages_back(feed.page, *span, CHUNK)) as pages:
        async for lines, reached in pages:
            for begin in range(0, len(lines), SLICE):
                for line in lines[begin : begin + SLICE]:
                    histogram.add(line.at, level_of(line.text, line.labels))
                await asyncio.sleep(0)
            yield reached
