"""Where lines come from, as the engine sees it."""

from collections.abc import AsyncIterator
from typing import Protocol, Self

from msgspec import Struct

from sutaz_tui.logs.lines import Batch, Gap, Level, LogLine, Page


class Counted(Struct, frozen=True):
    """How many lines of a level there are in the step that begins `at`; UNKNOWN where the source told no level."""

    at: int
    level: Level
    lines: int


Tally = tuple[list[Counted], int]
"""Counts of a part of a span, and back to which moment all is counted."""


class Patterned(Struct, frozen=True):
    """A pattern that a source found by itself: `samples` are moments and how many of its lines came in the step there.

    What differs is written <_>.
    """

    text: str
    level: Level
    samples: tuple[tuple[int, int], ...]


class Feed(Protocol):
    """The log of one service (or of one query) at one source.

    `way` says how it was found, for the title: "docker socket", "loki, container id in filename", "file /x.log".
    """

    service: str
    way: str

    @property
    def late(self) -> int:
        """By how many nanoseconds lines may arrive behind younger ones; 0 where they come in order."""
        ...

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        """At most `limit` lines of a span, its newest or its oldest ones; raises SourceError."""
        ...

    def narrowed(self, stage: str) -> "Feed":
        """The same log through a LogQL stage, for `page` alone; itself where the source cannot look for anything."""
        ...

    async def lacks(self, text: str, has_case: bool) -> bool:
        """Whether the source is sure, without reading lines, that none holds a text; raises SourceError."""
        ...

    async def size(self, start: int, end: int) -> int:
        """About how many bytes its source reads to look through a span, 0 where it does not say; raises SourceError."""
        ...

    async def counts(self, start: int, end: int, step: int) -> list[Counted] | None:
        """The lines of a span by steps and levels; None where the source counts nothing. Raises SourceError."""
        ...

    def tallies(self, start: int, end: int, step: int) -> AsyncIterator[Tally] | None:
        """The same in parts, newest first, where the source is read for it but no line made; None where it is not.

        Raises SourceError.
        """
        ...

    async def patterns(self, start: int, end: int, step: int) -> list[Patterned] | None:
        """The patterns of a span, None where the source finds none by itself; raises SourceError."""
        ...

    def follow(self, after: int) -> AsyncIterator[Batch]:
        """Lines at or after a moment as they come, for ever: troubles are told in batches and tried again.

        Lines that were there already are told once; `after` is the newest one known, and may be told again.
        """
        ...

    async def owed(self) -> Gap | None:
        """What a following that ended left out of its last minutes, as far as its source can tell; raises SourceError."""
        ...

    async def aclose(self) -> None:
        """Let go of what it holds open."""
        ...


class Unindexed:
    """What a feed says whose source looks for nothing: whoever seeks reads the lines."""

    def narrowed(self, stage: str) -> Self:
        """Itself."""
        del stage
        return self

    async def lacks(self, text: str, has_case: bool) -> bool:
        """Nobody is sure."""
        del text, has_case
        return False

    async def size(self, start: int, end: int) -> int:
        """Nobody knows."""
        del start, end
        return 0

    async def counts(self, start: int, end: int, step: int) -> list[Counted] | None:
        """Nobody counts."""
        del start, end, step
        return None

    def tallies(self, start: int, end: int, step: int) -> AsyncIterator[Tally] | None:
        """Nobody reads for it."""
        del start, end, step
        return None

    async def owed(self) -> Gap | None:
        """It comes whole."""
        return None

    async def patterns(self, start: int, end: int, step: int) -> list[Patterned] | None:
        """Nobody looks for them."""
        del start, end, step
        return None


class Frame(Struct, frozen=True):
    """One frame of Loki's tail; `dropped` are the moments of the lines that it says it dropped."""

    lines: list[LogLine]
    dropped: tuple[int, ...] = ()


class LokiQueries(Protocol):
    """What Loki can be asked about lines; every method raises SourceError, WrongQuery where the query is at fault.

    `page_limit` is how many entries one answer holds at most; it may fall when Loki refuses so many.
    """

    page_limit: int

    async def range(self, query: str, start: int, end: int, limit: int, newest: bool) -> list[LogLine]:
        """One page of query_range, oldest first; `limit` at most `page_limit`."""
        ...

    def tail(self, query: str, start: int, limit: int) -> AsyncIterator[Frame]:
        """The WebSocket tail until it breaks or the server closes it (SourceError), from `start` on."""
        ...

    async def count(self, query: str, start: int, end: int) -> int:
        """How many lines Loki holds of a span, by count_over_time."""
        ...

    async def counts(self, query: str, start: int, end: int, step: int) -> list[Counted]:
        """The lines of each step of [start, end) by level, as the labels of a line tell it."""
        ...

    async def streams(self, query: str) -> list[str]:
        """The query for each of its streams alone."""
        ...

    async def patterns(self, query: str, start: int, end: int, step: int) -> list[Patterned] | None:
        """The patterns of a selector's lines, None where this Loki does not look for any."""
        ...

    async def size(self, query: str, start: int, end: int) -> int:
        """About how many bytes a count would read, by index/stats."""
        ...


PAGE_LIMIT = 5000
"""Entries that Loki gives in one answer by default (max_entries_limit_per_query)."""
