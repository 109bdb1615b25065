"""One call of `logs`: its feeds opened, printed or counted, and the exit code that comes of it."""

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Sequence

    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.logs.feed import Feed
    from sutaz_tui.output.log_printing import LogPrinter, Wanted
    from sutaz_tui.output.logs import Form
    from sutaz_tui.wiring.logs import LogFeeds

NOT_ASKED = 4
COLUMNS = 60
"""Steps of a histogram at the most."""
SETTLED_WITHIN = 3.0
AGAIN = 5.0
"""Seconds between two tries to find the logs that are to be followed, where no source answers."""


class LogCall:
    """One call of the command, from the config to the exit code."""

    def __init__(
        self,
        config: "Config",
        stack: "Demo | None",
        services: tuple[str, ...],
        query: str | None,
        wanted: "Wanted",
        form: "Callable[[bool], Form]",
        strict: bool,
        counts: str,
    ) -> None:
        self._config = config
        self._stack = stack
        self._services = services
        self._query = None if query is None else config.logs.queries.get(query, query)
        self._wanted = wanted
        self._form = form
        self._strict = strict
        self._counts = counts
        self._printer: LogPrinter | None = None
        self._told: set[str] = set()

    async def run(self) -> int:
        """Print it; the exit code."""
        import asyncio

        from sutaz_tui.output.log_printing import BOUNDS
        from sutaz_tui.process.output import has_gone
        from sutaz_tui.wiring.logs import LogFeeds

        if self._stack is not None:
            self._stack.start()
            await self._stack.listening()
        desk = LogFeeds(self._config, bounds=BOUNDS)
        printing = asyncio.ensure_future(self._print(desk))
        ends = _Ends(printing)
        if self._wanted.follows:
            ends.with_reader()
        try:
            return await printing
        except asyncio.CancelledError:
            if ends.code is None:
                raise
            # A following has no other end: what is missing would never be a fault.
            await self._settle()
            return self._missing() or ends.code
        except OSError as error:
            if not has_gone(error):
                raise
            # Whoever read us has enough.
            return self._missing()
        finally:
            await desk.aclose()

    async def _settle(self) -> None:
        """Count the last minutes of what was followed, where what is missing is a fault."""
        import asyncio
        from contextlib import suppress

        from sutaz_tui.errors import SourceError

        if self._strict and self._wanted.follows and self._printer is not None:
            # Whoever ends it does not wait for long.
            with suppress(SourceError, TimeoutError):
                async with asyncio.timeout(SETTLED_WITHIN):
                    await self._printer.settle()

    async def _print(self, desk: "LogFeeds") -> int:
        import asyncio

        from sutaz_tui.clock import SystemClock
        from sutaz_tui.errors import SutazError, WrongQuery
        from sutaz_tui.output.log_printing import LogPrinter
        from sutaz_tui.output.logs import pointing

        try:
            feeds, code = await self._feeds(desk)
            while self._wanted.follows and code == NOT_ASKED and not feeds:
                self._tell_once("retrying until they answer")
                await asyncio.sleep(AGAIN)
                feeds, code = await self._feeds(desk)
            if not feeds:
                return code
            if self._counts:
                return await self._count(feeds) or code
            form = self._form(len(feeds) > 1)
            printer = LogPrinter(feeds, SystemClock(), self._wanted, form, writer(), self._tell)
            self._printer = printer
            await printer.run()
        except WrongQuery as error:
            self._tell(str(error))
            for row in pointing(self._query or "", error.line, error.column, self._config.secrets.mask):
                _say(row)
            return 2
        except SutazError as error:
            # No Loki for a query, or a pattern that would take for ever.
            self._tell(str(error))
            return 2
        if code or printer.has_trouble:
            return NOT_ASKED
        return self._missing()

    async def _count(self, feeds: "Sequence[Feed]") -> int:
        """Print how many lines there were when; the exit code."""
        from datetime import datetime

        from sutaz_tui.errors import SourceError
        from sutaz_tui.logs.histogram import Histogram, counting
        from sutaz_tui.output.histogram import histogram_lines
        from sutaz_tui.text.moments import nanoseconds

        end = self._wanted.end or nanoseconds(datetime.now().astimezone())
        histogram = Histogram.of(end - 1, end - self._wanted.start, COLUMNS)
        try:
            async for _ in counting(feeds, histogram):
                pass
        except SourceError as error:
            self._tell(str(error))
            return NOT_ASKED
        for line in histogram_lines(histogram, self._counts):
            click.echo(line)
        if not histogram.knows_levels:
            self._tell("this source counts lines and tells no level of them")
        return 0

    def _missing(self) -> int:
        """The exit code for lines that are missing, or none."""
        return 1 if self._strict and self._printer is not None and self._printer.is_lossy else 0

    async def _feeds(self, desk: "LogFeeds") -> "tuple[Sequence[Feed], int]":
        """The feeds, and the exit code that is due as some could not be opened."""
        if self._query is not None:
            return [await desk.query(self._query)], 0
        feeds = await desk.feeds(self._services or tuple(service.id for service in self._config.services))
        unasked = [id for id, problem in desk.problems.items() if not problem.was_asked]
        if self._services or not feeds:
            for problem in desk.problems.values():
                self._tell_once(str(problem))
            return feeds, (NOT_ASKED if unasked else 2) if desk.problems else 0
        if unasked:
            self._tell_once(
                f"{len(unasked)} services are left out, as not every source could be asked for their logs: "
                f"{', '.join(unasked)}; the first of them: {desk.problems[unasked[0]]}"
            )
        return feeds, NOT_ASKED if unasked else 0

    def _tell_once(self, words: str) -> None:
        if words not in self._told:
            self._told.add(words)
            self._tell(words)

    def _tell(self, words: str) -> None:
        """A sentence may hold what a source answered, or what was typed."""
        tell(self._config.secrets.mask(words))


def tell(words: str) -> None:
    """Say on standard error why lines are missing, and the like; outside text is safe in it."""
    from sutaz_tui.text.sanitise import one_line

    _say(one_line(words, 2000))


def _say(words: str) -> None:
    click.echo(words, err=True)


def writer() -> "Callable[[bytes], Awaitable[None]]":
    """What writes to standard output at once, in a thread: whoever reads slowly must not keep us from listening."""
    import asyncio
    import os

    sys.stdout.flush()
    number = sys.stdout.fileno()

    def write_all(data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(number, left) :]

    async def write(data: bytes) -> None:
        if data:
            await asyncio.to_thread(write_all, data)

    return write


class _Ends:
    """What ends a printing before it is done; `code` is the exit code that this means, None before."""

    def __init__(self, printing: "asyncio.Task[Any]") -> None:
        import asyncio

        from sutaz_tui.process.signals import on_ending

        self.code: int | None = None
        self._printing = printing
        self._reader: asyncio.Task[None] | None = None
        on_ending(asyncio.get_running_loop(), self._end)

    def with_reader(self) -> None:
        """End when nobody reads on: of a quiet log nothing would be written that could tell."""
        import asyncio

        from sutaz_tui.process.output import until_lost

        self._reader = asyncio.create_task(until_lost(sys.stdout.fileno()))
        self._reader.add_done_callback(lambda _: self._end(0))

    def _end(self, code: int) -> None:
        self.code = code
        self._printing.cancel()
