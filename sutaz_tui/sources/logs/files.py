"""A log file as a Feed. All reading is done in daemon threads, for a disk or a network mount may hang."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable
from io import FileIO
from pathlib import Path

from sutaz_tui.logs.feed import Tally, Unindexed
from sutaz_tui.logs.lines import Batch, Page
from sutaz_tui.sources.logs.file_counts import tallies
from sutaz_tui.sources.logs.file_generations import PACKED
from sutaz_tui.sources.logs.file_pages import SLACK, FilePages, Place
from sutaz_tui.sources.logs.file_place import failure, identity, modified, older, open_log, size, start_of
from sutaz_tui.sources.logs.file_tail import PATIENCE, FileTail, Generation
from sutaz_tui.sources.threads import DaemonCaller

BUSY = 1.0
"""Seconds after a line in which the next one is looked for at the short pause."""
HUNG = 10.0
AT_ONCE = 20_000
"""Lines that are told together: of empty ones a read holds hundreds of thousands, and keys would wait for all of them."""
_EVER = 10.0**9
_PAGE_TIMEOUT = 30.0
_LOOKED_THROUGH = 600.0


class FileFeed(Unindexed):
    """Feed of one file, by its name; `pauses` are the seconds between two looks while lines come, and else."""

    late = 0

    def __init__(
        self,
        service: str,
        path: str,
        way: str = "",
        *,
        pauses: tuple[float, float] = (0.05, 0.25),
        patience: float = PATIENCE,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        self.service = service
        self.path = path
        self.way = way or f"file {path}"
        self._pauses = pauses
        self._patience = patience
        self._wall = wall
        self._pages = FilePages(path, service)
        self._asked = asyncio.Lock()
        self._caller = DaemonCaller(self.way)

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        """At most `limit` lines of a span, at most 64 MiB of the file and its older generations (FILE.1 …)."""

        def read() -> Page:
            try:
                if newest:
                    return self._pages.newest(start, end, limit, self._wall(), self._patience)
                return self._pages.oldest(start, end, limit)
            except OSError as error:
                raise failure(self.path, error) from error

        async with self._asked:
            return await self._caller.call(read, _PAGE_TIMEOUT)

    async def lacks(self, text: str, has_case: bool) -> bool:
        """Whether no line of the file and its older generations holds a text, by its bytes."""
        is_over = threading.Event()

        def look() -> bool:
            try:
                return self._pages.lacks(text, has_case, is_over.is_set)
            except OSError as error:
                raise failure(self.path, error) from error

        try:
            return await self._caller.call(look, _LOOKED_THROUGH)
        finally:
            is_over.set()

    async def tallies(self, start: int, end: int, step: int) -> AsyncGenerator[Tally, None]:
        """The lines of a span by steps and levels, newest parts first, from the bytes of the file."""
        parts = tallies(self._pages.generations, start, end, step)

        def part() -> Tally | None:
            try:
                return next(parts, None)
            except OSError as error:
                raise failure(self.path, error) from error

        while (found := await self._caller.call(part, _PAGE_TIMEOUT)) is not None:
            yield found

    async def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        """Lines from `after` on for ever; behind those of the last page that reached the end, whatever their moments.

        A line whose newline has not come is told after some seconds; what then comes of it is a line of its own.
        """
        if Path(self.path).suffix in PACKED:
            # It does not grow.
            yield Batch((await self.page(after, 1 << 62, AT_ONCE, newest=True)).lines)
            await asyncio.Event().wait()
        caller = DaemonCaller(self.way, threads=1)
        place = self._pages.place
        if place is not None and after < place.last:
            place = None
        tail = FileTail(self.path, self.service, lambda: self._chain(after, place), patience=self._patience)
        trouble, last = "", 0.0
        if place is not None and (known := [line for line in place.recent if line.at >= after]):
            yield Batch(known)
        try:
            while True:
                asked = asyncio.ensure_future(caller.call(tail.read, _EVER))
                try:
                    if not (await asyncio.wait({asked}, timeout=HUNG))[0]:
                        trouble = f"{self.way}: gives no answer; is its disk or network mount well?"
                        yield Batch([], trouble=trouble)
                        await asyncio.wait({asked})
                finally:
                    asked.cancel()
                found = asked.result()
                if found.lines or found.gaps or found.trouble != trouble:
                    trouble = found.trouble
                    yield Batch(found.lines[:AT_ONCE], opened=found.gaps, trouble=trouble)
                    for begin in range(AT_ONCE, len(found.lines), AT_ONCE):
                        yield Batch(found.lines[begin : begin + AT_ONCE], trouble=trouble)
                if found.lines:
                    last = time.monotonic()
                if not found.is_more:
                    await asyncio.sleep(self._pauses[time.monotonic() - last > BUSY])
        finally:
            # A thread that still waits for its disk closes what it opened when the answer comes.
            tail.close()
            caller.close()

    async def aclose(self) -> None:
        """Let idle threads end, and go of what was unpacked."""
        self._pages.generations.close()
        self._caller.close()

    def _chain(self, after: int, place: Place | None) -> list[Generation]:
        """The generations to read on from a place or from the moment `after`, the oldest first. Blocks."""
        files = [open_log(self.path), *older(self.path)]
        if place is not None:
            found = next((n for n, file in enumerate(files) if identity(file) == place.identity), None)
            if found is not None and place.at <= size(files[found]):
                return _chain(files, found, place.at, 0)
        if after <= 0:
            return _chain(files, 0, 0, 0)
        first = 0
        while first + 1 < len(files) and modified(files[first + 1]) >= after:
            first += 1
        return _chain(files, first, start_of(files[first], after - SLACK), after)


def _chain(files: list[FileIO], first: int, at: int, after: int) -> list[Generation]:
    """The generations from number `first` to the one that has the name; the older ones are closed."""
    for file in files[first + 1 :]:
        file.close()
    later = [Generation(file, 0, after) for file in reversed(files[:first])]
    return [Generation(files[first], at, after), *later]
