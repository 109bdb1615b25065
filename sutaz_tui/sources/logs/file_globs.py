"""Several log files of one service, named by a pattern as a shell has them: `/var/log/app/*.log`, as one feed."""

import asyncio
import glob
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from pathlib import Path

from sutaz_tui.errors import NotListening
from sutaz_tui.logs.feed import Tally, Unindexed
from sutaz_tui.logs.lines import Batch, Page
from sutaz_tui.logs.paging import merged_pages
from sutaz_tui.sources.logs.file_generations import is_older
from sutaz_tui.sources.logs.files import FileFeed
from sutaz_tui.sources.threads import DaemonCaller
from sutaz_tui.text.sanitise import one_line

MOST = 64
"""Files that are read of a pattern, those that were written to last."""
LOOKED = 5.0
"""Seconds between two looks for files that came."""
_WITHIN = 10.0


def is_pattern(path: str) -> bool:
    """Whether a path may name files by a pattern: it holds `*`, `?` or `[`."""
    return glob.has_magic(path)


class GlobFeed(Unindexed):
    """Feed of all files that a pattern matches, now and later; of a log and its older generations it is one file."""

    late = 0

    def __init__(self, service: str, pattern: str, way: str = "") -> None:
        self.service = service
        self.pattern = pattern
        self.way = way or f"files {pattern}"
        self._feeds: dict[str, FileFeed] = {}
        self._caller = DaemonCaller(self.way)

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        """At most `limit` lines of a span, of all files by time; raises SourceError where there is no file."""
        feeds = await self._all()
        pages = await asyncio.gather(*(feed.page(start, end, limit, newest) for feed in feeds))
        return merged_pages(pages, limit, newest)

    async def lacks(self, text: str, has_case: bool) -> bool:
        """Whether none of the files holds a text."""
        return all([await feed.lacks(text, has_case) for feed in await self._all()])

    async def tallies(self, start: int, end: int, step: int) -> AsyncGenerator[Tally, None]:
        """The lines of each file by steps and levels, one file after the other."""
        feeds = await self._all()
        for number, feed in enumerate(feeds, 1):
            async for counted, reached in feed.tallies(start, end, step):
                yield counted, reached if number == len(feeds) else end

    async def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        """Lines of all files as they come, those of files that come too, for ever."""
        waiting: asyncio.Queue[Batch | BaseException] = asyncio.Queue(maxsize=100)
        tasks: dict[str, asyncio.Task[None]] = {}

        async def one(feed: FileFeed) -> None:
            try:
                async with aclosing(feed.follow(after)) as batches:
                    async for batch in batches:
                        await waiting.put(batch)
            except Exception as error:
                await waiting.put(error)
                raise

        async def look() -> None:
            while True:
                with suppress(NotListening):
                    for feed in await self._all():
                        if feed.path not in tasks:
                            tasks[feed.path] = asyncio.create_task(one(feed))
                await asyncio.sleep(LOOKED)

        looking = asyncio.create_task(look())
        try:
            if not await self._paths():
                yield Batch([], trouble=f"{self.way}: no file is called so; waiting for one")
            while True:
                found = await waiting.get()
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            for task in (looking, *tasks.values()):
                task.cancel()
            await asyncio.gather(looking, *tasks.values(), return_exceptions=True)

    async def aclose(self) -> None:
        """Let go of every file."""
        for feed in self._feeds.values():
            await feed.aclose()
        self._caller.close()

    async def _all(self) -> Sequence[FileFeed]:
        paths = await self._paths()
        if not paths:
            source = f"files {one_line(self.pattern, 200)}"
            raise NotListening(source, "no file is called so; waiting for one")
        for path in paths:
            self._feeds.setdefault(path, FileFeed(self.service, path))
        return [self._feeds[path] for path in paths]

    async def _paths(self) -> list[str]:
        return await self._caller.call(lambda: _matching(self.pattern), _WITHIN)


def _matching(pattern: str) -> list[str]:
    """The files of a pattern, without those that are older generations of another one; blocks."""
    if Path(pattern).is_file():
        # It is called so itself.
        return [pattern]
    found = [path for path in glob.glob(pattern, recursive=True) if Path(path).is_file()]  # noqa: PTH207 - absolute
    kept = [path for path in found if not any(is_older(path, head) for head in found)]
    kept.sort(key=_written, reverse=True)
    return sorted(kept[:MOST])


def _written(path: str) -> float:
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0
