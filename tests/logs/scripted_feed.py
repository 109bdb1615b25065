"""A feed that holds and gives the lines that a test says, and a desk that hands such feeds out."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from sutaz_tui.errors import SutazError
from sutaz_tui.logs.feed import Feed, Unindexed
from sutaz_tui.logs.lines import Batch, Gap, LogLine, Page
from sutaz_tui.wiring.log_labels import LabelValues

SECOND = 1_000_000_000


class ScriptedFeed(Unindexed):
    """The log of one service: `lines` are there, `come` adds one that whoever follows is told of.

    `error` is raised by every question. `asked` are the pages that were asked for, `is_closed` whether it was let go.
    """

    def __init__(self, service: str, *lines: LogLine, way: str = "docker socket") -> None:
        self.service = service
        self.way = way
        self.late = 0
        self.lines = list(lines)
        self.error: SutazError | None = None
        self.asked: list[tuple[int, int, int, bool]] = []
        self.held: asyncio.Event | None = None
        self.is_closed = False
        self._followers: list[asyncio.Queue[Batch]] = []

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        self.asked.append((start, end, limit, newest))
        if self.held is not None:
            await self.held.wait()
        if self.error is not None:
            raise self.error
        found = [line for line in self.lines if start <= line.at < end]
        kept = (found[-limit:] if newest else found[:limit]) if limit else found
        return Page(kept, len(kept) == len(found))

    def hold(self) -> None:
        """Give no page until `let_go`."""
        self.held = asyncio.Event()

    def let_go(self) -> None:
        """Give what was asked for."""
        if self.held is not None:
            self.held.set()

    async def follow(self, after: int) -> AsyncIterator[Batch]:
        queue: asyncio.Queue[Batch] = asyncio.Queue()
        self._followers.append(queue)
        if known := [line for line in self.lines if line.at >= after]:
            queue.put_nowait(Batch(known))
        try:
            while True:
                yield await queue.get()
        finally:
            self._followers.remove(queue)

    async def aclose(self) -> None:
        self.is_closed = True

    @property
    def is_followed(self) -> bool:
        """Whether somebody waits for its lines."""
        return bool(self._followers)

    def come(
        self, *lines: LogLine, opened: tuple[Gap, ...] = (), trouble: str = "", counted: bool = True
    ) -> None:
        """Lines come, or are lost."""
        self.lines += lines
        for queue in self._followers:
            queue.put_nowait(Batch(list(lines), opened=opened, trouble=trouble, is_counted=counted))


class ScriptedDesk:
    """Hands out feeds by the service's id, and that of every query; counts what is open."""

    def __init__(self, *feeds: ScriptedFeed, query: ScriptedFeed | None = None) -> None:
        self._feeds = {feed.service: feed for feed in feeds}
        self._query = query
        self.queries: list[str] = []
        self.problems: dict[str, SutazError] = {}
        self.is_closed = False
        self.known: dict[str, dict[str, int]] = {}
        """Labels of Loki: bytes by value."""

    def __getitem__(self, service: str) -> ScriptedFeed:
        return self._feeds[service]

    async def feeds(self, services: Sequence[str]) -> list[Feed]:
        for id in services:
            if id not in self._feeds:
                self.problems[id] = SutazError(f"{id}: no log is known; give it logs: in the config")
        found = [self._feeds[id] for id in services if id in self._feeds]
        for feed in found:
            feed.is_closed = False
        return list(found)

    def place(self, service: str) -> None:
        return None

    async def query(self, logql: str) -> Feed:
        self.queries.append(logql)
        if self._query is None:
            raise SutazError("no Loki is in this config: a query needs one")
        return self._query

    async def labels(self) -> tuple[str, ...]:
        return tuple(self.known)

    async def values(self, label: str) -> tuple[str, ...]:
        return tuple(self.known.get(label, {}))

    async def volumes(self, label: str, start: int, end: int) -> LabelValues:
        return LabelValues(tuple(self.known.get(label, {})), self.known.get(label, {}))

    async def aclose(self) -> None:
        self.is_closed = True


def line(at: float, text: str, service: str = "backend") -> LogLine:
    """A line of a service, `at` seconds since 1970."""
    return LogLine(round(at * 1000) * 1_000_000, service, text)
