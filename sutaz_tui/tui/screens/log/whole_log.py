"""A search that goes on where the lines that are here end: in what their sources keep."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sutaz_tui.logs.following.seeking import Seeking
from sutaz_tui.logs.lines import Batch, Gap, LogLine, Page
from sutaz_tui.logs.paging import Rest
from sutaz_tui.logs.sought import Sought
from sutaz_tui.text.moments import DAY, SECOND
from sutaz_tui.text.units import ago, bytes_size, count

if TYPE_CHECKING:
    from sutaz_tui.logs.feed import Feed
    from sutaz_tui.logs.following.tail import LogTail
    from sutaz_tui.tui.screens.log.session import LogSession

FAR = 30 * DAY
"""Loki takes so much at once."""
LARGE = 1_000_000_000
"""Bytes from which on a source looks through a span only when it is asked once more."""
AROUND = 30 * SECOND
MOST = 5000
"""Lines that are fetched of that at the most."""
BEFORE, BEHIND = 50, 1000
"""Lines that are fetched around what was found."""


class WholeLog:
    """Looks through what is not here of a session's log, and shows the place of what it finds."""

    def __init__(self, session: "LogSession") -> None:
        self._session = session
        # What was looked for, and back to which moment it is not there.
        self._known: tuple[tuple[str, ...], int, int] | None = None

    def search(
        self, sought: Sought, by: int, none: tuple[str, str], gap: Gap | None, then: Callable[[Gap], None]
    ) -> bool:
        """Look in a gap, else before (by -1) or behind (1) all that is here; False where nothing else is kept.

        `none` are the words where there is none, and what follows them; `then` goes on behind a gap that does not hold it.
        """
        session = self._session
        if gap is not None:
            session.ask(lambda tail: self._in_gap(tail, sought, by, gap, then))
        elif by > 0 and not session.is_live and session.rest.start:
            session.ask(lambda tail: self._behind(tail, sought, none))
        elif by < 0 and not session.is_at_begin and (oldest := session.oldest) is not None:
            session.ask(lambda tail: self._before(tail, sought, none, oldest))
        else:
            return False
        return True

    def around(self, line: LogLine) -> None:
        """Fetch what is not here of the lines within AROUND of one."""
        self._session.ask(lambda tail: self._around(tail, line.at - AROUND, line.at + AROUND))

    async def _around(self, tail: "LogTail", start: int, end: int) -> None:
        session = self._session
        gaps = [entry.gap for entry in session.buffer.entries if entry.gap is not None]
        for gap in gaps:
            begin, until = max(gap.start, start), min(gap.end, end)
            if not gap.is_unread or begin >= until:
                continue
            feed = next(feed for feed in tail.feeds if feed.service == gap.service)
            async with session.fetching("fetching what is around it"):
                page = await feed.page(begin, until, MOST, newest=gap.start < start)
            if page.lines:
                before, behind = begin > gap.start, until < gap.end
                session.buffer.read_within(
                    gap, page, before or not page.is_whole, behind or not page.is_whole
                )
        if (oldest := session.oldest) is not None and start < oldest and not session.is_at_begin:
            async with session.fetching("fetching what is around it"):
                page = await tail.between(start, oldest, MOST, newest=True)
            session.buffer.prepend(page)

    async def _in_gap(
        self, tail: "LogTail", sought: Sought, by: int, gap: Gap, then: Callable[[Gap], None]
    ) -> None:
        session = self._session
        # Several services were left unread together.
        gaps = [
            entry.gap
            for entry in session.buffer.entries
            if entry.gap is not None and (entry.gap.start, entry.gap.end) == (gap.start, gap.end)
        ] or [gap]
        feeds = [feed for feed in tail.feeds if feed.service in {one.service for one in gaps}]
        hit = await self._nearest(feeds, sought, gap.start, gap.end, by < 0)
        if hit is None:
            then(gap)
            return
        async with session.fetching("fetching what was found"):
            for one in gaps:
                feed = next(feed for feed in feeds if feed.service == one.service)
                before = await feed.page(one.start, hit.at, BEFORE, newest=True)
                page = await feed.page(hit.at, one.end, BEHIND, newest=False)
                around = Page([*before.lines, *page.lines], is_whole=True)
                if around.lines:
                    session.buffer.read_within(one, around, not before.is_whole, not page.is_whole)
        session.pager.go_to(hit)

    async def _before(self, tail: "LogTail", sought: Sought, none: tuple[str, str], oldest: int) -> None:
        session = self._session
        far = session.now() - FAR
        end, is_asked_again = oldest + 1, False
        if self._known is not None and self._known[:2] == (sought.stages, oldest):
            end, is_asked_again = self._known[2], True
        for start in (max(far, end - DAY), far):
            if start >= end:
                continue
            if start == far and not is_asked_again and (bytes := await self._size(tail, start, end)) > LARGE:
                self._known = sought.stages, oldest, end
                back = ago((session.now() - end) / 1e9)
                session.say(
                    f"{none[0]}, back to {back} ago; before that lie about {bytes_size(bytes)}: the same key searches them"
                )
                return
            hit = await self._nearest(tail.feeds, sought, start, end, newest=True)
            if hit is not None:
                await self._show_before(tail, hit, oldest)
                return
            end = start
        session.say(f"{none[0]}, back to {ago(FAR / 1e9)} ago{none[1]}")

    async def _show_before(self, tail: "LogTail", hit: LogLine, oldest: int) -> None:
        session = self._session
        async with session.fetching("fetching what was found"):
            page = await tail.between(hit.at, oldest, BEHIND)
            before = await tail.older(hit.at, BEFORE)
        session.buffer.prepend(page)
        if not page.is_whole and page.lines:
            session.buffer.add(Batch([], opened=session.unread(page.lines[-1].at + 1, oldest)))
        session.buffer.prepend(before)
        session.pager.go_to(hit)

    async def _behind(self, tail: "LogTail", sought: Sought, none: tuple[str, str]) -> None:
        session = self._session
        rest, now = session.rest, session.now()
        hit = await self._nearest(tail.feeds, sought, rest.start, now, newest=False)
        if hit is None:
            session.say("".join(none))
            return
        async with session.fetching("fetching what was found"):
            before = await tail.between(rest.start, hit.at, BEFORE, newest=True)
            page = await tail.between(hit.at, now, BEHIND)
        if not before.is_whole and before.lines:
            session.buffer.add(Batch([], opened=session.unread(rest.start, before.lines[0].at)))
        session.buffer.add(Batch([*before.lines, *page.lines]))
        session.rest = Rest(page.lines[-1].at + 1, 0) if page.lines else replace(rest, start=now)
        session.pager.go_to(hit)

    async def _nearest(
        self, feeds: "Sequence[Feed]", sought: Sought, start: int, end: int, newest: bool
    ) -> LogLine | None:
        session = self._session

        def passed(lines: int, at: int) -> None:
            session.tell_busy(f"searching: {count(lines)} lines, {ago(max(0, session.now() - at) / 1e9)} ago")

        seeking = Seeking(sought, start, end, newest, passed)
        async with session.fetching("searching"):
            hit = await seeking.nearest(feeds)
        if seeking.troubles:
            session.say(f"not searched: {'; '.join(seeking.troubles)}")
        return hit

    async def _size(self, tail: "LogTail", start: int, end: int) -> int:
        return sum([await feed.size(start, end) for feed in tail.feeds])
