"""A Loki that keeps what it is sent, and whose tail and answers fail as the test says."""

import asyncio
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Iterable
from operator import attrgetter

from sutaz_tui.errors import NoTail, Refused, SourceError, WrongQuery
from sutaz_tui.logs.feed import Frame
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.text.moments import nanoseconds
from tests.hand_clock import HandClock

Key = tuple[int, str, str]
TITLE = "Loki"
_at = attrgetter("at")


def key(line: LogLine) -> Key:
    """What makes a line that line: its moment, its stream, its text."""
    return line.at, line.labels["stream"], line.text


class ScriptedLoki:
    """LokiQueries over the lines that were sent; `asked` tells what was asked, and when by the clock."""

    def __init__(self, clock: HandClock, page_limit: int = 5000, service: str = "api") -> None:
        self.clock = clock
        self.page_limit = page_limit
        self.service = service
        self.lines: list[LogLine] = []
        self.keys: set[Key] = set()
        self.asked: list[tuple[str, float]] = []
        self.has_socket = True
        self.bytes = 1000
        self.latency = 0.0
        self.failures: defaultdict[str, list[SourceError]] = defaultdict(list)
        self.refused: list[tuple[int, int]] = []
        self.stuck: dict[str, asyncio.Event] = {}
        self._later: set[asyncio.Task[None]] = set()
        self._tails: list[asyncio.Queue[Frame | SourceError]] = []

    # --- what the test does

    def now(self) -> int:
        """The moment that the clock shows."""
        return nanoseconds(self.clock.now())

    def send(
        self, texts: Iterable[str], at: int | None = None, stream: str = "stdout", by: str = "tail"
    ) -> None:
        """Store lines a nanosecond apart; the tail shows them, tells that it dropped them, or says nothing.

        `by` is "tail", "twice", "slow" (12 s later), "told" or "lost". Equal lines of a stream at one moment are stored once.
        """
        first = self.now() if at is None else at
        sent = [
            LogLine(first + number, self.service, text, {"stream": stream})
            for number, text in enumerate(texts)
        ]
        self.store(sent, by)

    def store(self, sent: list[LogLine], by: str = "tail") -> None:
        """Store lines as they are."""
        for line in sent:
            if key(line) not in self.keys:
                self.keys.add(key(line))
                insort(self.lines, line, key=_at)
        if by == "tail":
            self._show(Frame(sent))
        elif by == "twice":
            self._show(Frame([*reversed(sent), *sent]))
        elif by == "slow":
            self._later.add(asyncio.create_task(self._show_later(list(self._tails), Frame(sent))))
        elif by == "told":
            self._show(Frame([], tuple(line.at for line in sent)))

    def break_tails(self, error: SourceError | None = None) -> None:
        """Every open tail ends."""
        for tail in self._tails:
            tail.put_nowait(error or Refused(TITLE, ":3100 reset the connection"))

    def fail(self, what: str, error: SourceError, times: int = 1) -> None:
        """The next answers to `what` are errors."""
        self.failures[what] += [error] * times

    def count_asked(self) -> Counter[str]:
        """How often each thing was asked."""
        return Counter(what for what, _ in self.asked)

    # --- LokiQueries

    async def range(self, query: str, start: int, end: int, limit: int, newest: bool) -> list[LogLine]:
        assert 0 < limit <= self.page_limit, f"limit {limit}"
        await self._ask("range")
        if any(start < until and end > since for since, until in self.refused):
            raise WrongQuery(TITLE, "the query would read too many bytes")
        found = self._span(start, end)
        if (one := query.rpartition(" ")[2]) in {line.labels["stream"] for line in found}:
            found = [line for line in found if line.labels["stream"] == one]
        found = found[-limit:] if newest else found[:limit]
        # Loki guesses the level of the lines of an answer; labels are made anew with each answer.
        labels = {line.labels["stream"]: {**line.labels, "detected_level": "info"} for line in found}
        await self._travel()
        return [LogLine(line.at, line.service, line.text, labels[line.labels["stream"]]) for line in found]

    async def streams(self, query: str) -> list[str]:
        await self._ask("streams")
        return [f"{query} {name}" for name in sorted({line.labels["stream"] for line in self.lines})]

    async def tail(self, query: str, start: int, limit: int) -> AsyncGenerator[Frame, None]:
        await self._ask("tail")
        if not self.has_socket:
            raise NoTail(TITLE, "no WebSocket here")
        frames: asyncio.Queue[Frame | SourceError] = asyncio.Queue()
        self._tails.append(frames)
        try:
            old = [line for line in self.lines if line.at >= start][-limit:]
            if old:
                yield Frame(old)
            while True:
                frame = await frames.get()
                if isinstance(frame, SourceError):
                    raise frame
                yield frame
        finally:
            self._tails.remove(frames)

    async def count(self, query: str, start: int, end: int) -> int:
        await self._ask("count")
        found = len(self._span(start, end))
        await self._travel()
        return found

    async def size(self, query: str, start: int, end: int) -> int:
        await self._ask("size")
        return self.bytes

    # --- the inside

    @property
    def tails(self) -> int:
        """How many tails are open."""
        return len(self._tails)

    async def _ask(self, what: str) -> None:
        self.asked.append((what, self.clock.monotonic()))
        await asyncio.sleep(0)
        if what in self.stuck:
            await self.stuck[what].wait()
        if self.failures[what]:
            raise self.failures[what].pop(0)

    async def _travel(self) -> None:
        """An answer is as old as it travelled."""
        if self.latency:
            await self.clock.wait(asyncio.Event(), self.latency)

    def _show(self, frame: Frame) -> None:
        for tail in self._tails:
            tail.put_nowait(frame)

    async def _show_later(self, tails: list[asyncio.Queue[Frame | SourceError]], frame: Frame) -> None:
        await self.clock.wait(asyncio.Event(), 12.0)
        for tail in tails:
            tail.put_nowait(frame)

    def _span(self, start: int, end: int) -> list[LogLine]:
        return self.lines[bisect_left(self.lines, start, key=_at) : bisect_left(self.lines, end, key=_at)]
