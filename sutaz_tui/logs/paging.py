"""A span read page by page, no line twice: a page that was cut carries what is still to be read behind it.

Sources page by moment alone, and several lines may share the moment where a page is cut. So the next page asks for
that moment again, and what of it was given is left out. It is known by the lines and not by their number: the order of
one moment's lines is not the same in two answers of Loki, and a late line may come in between.
"""

from bisect import bisect_left, bisect_right
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from sutaz_tui.logs.known import counted, without
from sutaz_tui.logs.lines import LogLine, Page

Ask = Callable[[int, int, int, bool], Awaitable[Page]]
"""Gives at most `limit` lines of [start, end), its newest or its oldest ones: Feed.page, LogTail.between."""

_at = attrgetter("at")


class Rest(Struct, frozen=True):
    """What of a span is still to be read, from its newest or its oldest line on.

    `given` are the lines that are known already, all of the moment where the span was cut.
    """

    start: int
    end: int
    newest: bool = False
    given: tuple[LogLine, ...] = ()

    def fresh(self, lines: list[LogLine]) -> list[LogLine]:
        """The lines of its next page, oldest first, that were not given."""
        if not self.given:
            return lines
        known, at = counted(self.given), self.given[0].at
        if self.newest:
            border = bisect_left(lines, at, key=_at)
            return lines[:border] + without(known, lines[border:])
        border = bisect_right(lines, at, key=_at)
        return without(known, lines[:border]) + lines[border:]

    def behind(self, fresh: list[LogLine]) -> "Rest":
        """What is still to be read behind the fresh lines of a page that was cut."""
        if not fresh:
            return self
        at = fresh[0].at if self.newest else fresh[-1].at
        given = [line for line in self.given if line.at == at]
        given += (
            fresh[: bisect_right(fresh, at, key=_at)]
            if self.newest
            else fresh[bisect_left(fresh, at, key=_at) :]
        )
        if self.newest:
            return replace(self, end=at + 1, given=tuple(given))
        return replace(self, start=at, given=tuple(given))

    def part(self, most: int) -> "Rest":
        """Its first `most` nanoseconds, in the order that it is read in."""
        if self.newest:
            return replace(self, start=max(self.start, self.end - most))
        return replace(self, end=min(self.end, self.start + most))

    def without(self, part: "Rest") -> "Rest":
        """What is left behind such a part."""
        return Rest(self.start, part.start, newest=True) if self.newest else Rest(part.end, self.end)

    def past(self) -> "Rest":
        """It without the moment where it was cut: no more lines of that can be had."""
        if not self.given:
            return self
        at = self.given[0].at
        return replace(self, end=at, given=()) if self.newest else replace(self, start=at + 1, given=())


class Part(Page, frozen=True):
    """A page of what was still to be read: its lines were not given before; `rest` is None where nothing is left."""

    rest: Rest | None = None


async def next_page(ask: Ask, rest: Rest, limit: int) -> Part:
    """At most `limit` more lines. None and yet a rest: the source gives no more lines of the moment it was cut at."""
    page = await ask(rest.start, rest.end, limit + len(rest.given), rest.newest)
    fresh = rest.fresh(page.lines)
    return Part(fresh, page.is_whole, page.short, None if page.is_whole else rest.behind(fresh))


async def pages_back(
    ask: Ask, start: int, end: int, limit: int
) -> AsyncGenerator[tuple[list[LogLine], int], None]:
    """A span's lines, newest pages first, and back to which moment they are all there."""
    rest = Rest(start, end, newest=True)
    while rest.start < rest.end:
        page = await next_page(ask, rest, limit)
        if page.rest is None:
            yield page.lines, start
            return
        was, rest = rest, page.rest if page.lines else page.rest.past()
        if rest == was:
            return
        yield page.lines, rest.end


def merged_pages(pages: Sequence[Page | None], limit: int, newest: bool) -> Page:
    """The pages of one span of several sources as one, None where one gave none: at most `limit` lines, by time."""
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
