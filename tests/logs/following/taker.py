"""Takes what a feed or a tail gives, and keeps account of it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Self

from sutaz_tui.logs.lines import Batch, Gap, LogLine
from tests.hand_clock import settle
from tests.servers.waiting import patient


class Taker:
    """Takes batches in a task; `is_slow` holds it back."""

    def __init__(self, batches: AsyncGenerator[Batch, None]) -> None:
        self._batches = batches
        self._task: asyncio.Task[None] | None = None
        self._came = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.taken: list[Batch] = []
        self.lines: list[LogLine] = []
        self.gaps: list[Gap] = []
        self.trouble = ""
        self.is_counted = True

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._take())
        await settle()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        if self._task.done() and not self._task.cancelled():
            self._task.result()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def texts(self) -> list[str]:
        """The lines' texts in the order they came."""
        return [line.text for line in self.lines]

    @property
    def lost(self) -> list[int | None]:
        """What the open gaps say."""
        return [gap.lost for gap in self.gaps]

    async def until(self, is_so: Callable[[], bool], deadline: float) -> None:
        """Wait for what the next batches bring; TimeoutError."""
        async with asyncio.timeout(patient(deadline)):
            while not is_so():
                self._came.clear()
                await self._came.wait()

    async def _take(self) -> None:
        async with aclosing(self._batches) as batches:
            async for batch in batches:
                self.taken.append(batch)
                self.lines += batch.lines
                for gap in batch.closed:
                    # What closes was open: this raises otherwise.
                    self.gaps.remove(gap)
                self.gaps += batch.opened
                self.trouble, self.is_counted = batch.trouble, batch.is_counted
                self._came.set()
                await self.go_on.wait()
