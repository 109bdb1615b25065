"""The command `logs`: the logs of services without a screen."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.stack import begin, expect_services, open_stack, run_async, stack_options

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.logs.feed import Feed
    from sutaz_tui.logs.matching import Pattern
    from sutaz_tui.output.log_printing import LogPrinter, Wanted
    from sutaz_tui.output.logs import Form
    from sutaz_tui.wiring.logs import LogFeeds

LEVELS = ["debug", "info", "warn", "error", "critical"]
NOT_ASKED = 4
COLUMNS = 60
"""Steps of a histogram at the most."""
SETTLED_WITHIN = 3.0
AGAIN = 5.0
"""Seconds between two tries to find the logs that are to be followed, where no source answers."""


@click.command(
    epilog="Text is one line a line: time (UTC), service where there are several, level (- where unknown), line. "
    "JSON is one object a line with at, time, service, level, text and labels. Gaps are reported on stderr.",
)
@click.argument("services", nargs=-1, metavar="[SERVICE]...", shell_complete=completing.services)
@stack_options
@click.option("-f", "--follow", "follows", is_flag=True, help="Follow new lines until interrupted.")
@click.option("--since", default="1h", show_default=True, metavar="WHEN",
              help="From when on: 90s, 15m, 2h, 1d ago, 14:07[:11] today, or RFC 3339.")  # fmt: skip
@click.option("--until", metavar="WHEN", help="Until when. Default: now.")
@click.option(
    "--query",
    metavar="LOGQL",
    help="A LogQL query for Loki, or its name in logs.queries, instead of services.",
)
@click.option("--grep", "patterns", multiple=True, metavar="RE",
              help="Only lines that match; again for more. Case counts if RE has a capital.")  # fmt: skip
@click.option("--invert", "inverse", multiple=True, metavar="RE", help="Only lines that do not match.")
@click.option("--level", type=click.Choice(LEVELS), help="Only lines of this level and above.")
@click.option("--limit", type=click.IntRange(min=0), default=1000, show_default=True, metavar="N",
              help="Only the newest N lines; 0 for all. Where the default cuts, stderr says so.")  # fmt: skip
@click.option(
    "--histogram",
    "counts",
    is_flag=True,
    help="Counts of lines, warnings and errors over time.",
)
@click.option("--unmask", is_flag=True, help="Show what looks like a secret.")
@click.option("--strict", is_flag=True, help="Exit code 1 when lines are missing, of -f when it is ended.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "raw"]), default="text", show_default=True,
    help="raw is what was received, byte for byte: its secrets are not masked; into a pipe or file only.",
)  # fmt: skip
def logs(
    services: tuple[str, ...], file: Path | None, demo: bool, scenario: str | None, follows: bool, since: str,
    until: str | None, query: str | None, patterns: tuple[str, ...], inverse: tuple[str, ...],
    level: str | None, limit: int, counts: bool, unmask: bool, strict: bool, form: str,
) -> int:  # fmt: skip
    """Print the logs of services, oldest line first: of those that are named, else of all that have one; - reads lines
    from standard input.

    Exit code 0 also when there are no lines, 1 with --strict when lines are missing, 2 usage, config or a wrong query,
    4 when a source could not be asked, 130 when interrupted. With -f such a source is asked until it answers.
    """
    from sutaz_tui.process.output import is_closed

    if "-" in services:
        if services != ("-",) or query is not None or follows or counts or until or file or demo:
            raise click.UsageError(
                "- reads lines from standard input: leave out services, --query, -f, --histogram, -c."
            )
        return _print_pipe(patterns, inverse, level, since if not _is_default("since") else "", form, unmask)
    if query is not None and services:
        raise click.UsageError("--query asks Loki for itself: leave out SERVICE, or --query.")
    if follows and until is not None:
        raise click.UsageError("--until goes without -f: what is followed has no end.")
    if follows and is_closed():
        raise click.UsageError("-f prints what comes, and standard output is closed.")
    if counts and (follows or patterns or inverse or level or form == "raw"):
        raise click.UsageError(
            "--histogram counts every line of a span: leave out -f, --grep, --invert, --level and raw."
        )
    if form == "raw" and sys.stdout.isatty():
        raise click.UsageError(
            "--format raw prints what was received, control characters too, and not onto a terminal: "
            "write it to a file or a pipe."
        )
    from functools import partial

    from sutaz_tui.logs.lines import Level
    from sutaz_tui.logs.matching import Filter
    from sutaz_tui.logs.shown import Safe
    from sutaz_tui.output.log_printing import Wanted
    from sutaz_tui.output.logs import form as form_of

    start, end = _span(since, until)
    filter = Filter(_patterns(patterns, inverse), Level[level.upper()] if level else Level.UNKNOWN, True)
    wanted = Wanted(start, end, limit, filter, follows=follows, tells_cut=_is_default("limit"))
    config, stack = open_stack(None, file, demo, scenario)
    try:
        expect_services(config, services)
        begin(len(services or config.services) if query is None else 1)
        made = partial(form_of, form, Safe(config.secrets), unmask)
        asked = _Asked(config, stack, services, query, wanted, made, strict, form if counts else "")
        return int(run_async(asked.run()))
    finally:
        if stack is not None:
            stack.close()


def _print_pipe(
    patterns: tuple[str, ...],
    inverse: tuple[str, ...],
    level: str | None,
    since: str,
    form: str,
    unmask: bool,
) -> int:
    """Print what comes on standard input, filtered, masked and in the same form; the exit code."""
    from sutaz_tui.clock import SystemClock
    from sutaz_tui.errors import SutazError
    from sutaz_tui.logs.lines import Level
    from sutaz_tui.logs.matching import Filter
    from sutaz_tui.logs.shown import Safe
    from sutaz_tui.output.log_printing import LogPrinter, Wanted
    from sutaz_tui.output.logs import form as form_of
    from sutaz_tui.process.output import has_gone
    from sutaz_tui.sources.logs.pipe import piped
    from sutaz_tui.text.sanitise import Secrets

    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("- reads lines from a pipe or file: PROGRAM | sutaz-tui logs -")
    start = _span(since, None)[0] if since else 0
    filter = Filter(_patterns(patterns, inverse), Level[level.upper()] if level else Level.UNKNOWN, True)
    wanted = Wanted(start, None, 0, filter)
    written = form_of(form, Safe(Secrets(())), unmask, False)
    printer = LogPrinter([], SystemClock(), wanted, written, _writer(), _tell)
    try:
        run_async(printer.run_pipe(piped(sys.stdin.fileno())))
    except OSError as error:
        if not has_gone(error):
            raise
    except SutazError as error:
        _tell(str(error))
        return 2
    return 0


def _is_default(option: str) -> bool:
    """Whether nobody typed this option."""
    from click.core import ParameterSource

    return click.get_current_context().get_parameter_source(option) is ParameterSource.DEFAULT


def _span(since: str, until: str | None) -> tuple[int, int | None]:
    """The moments that were typed, in nanoseconds."""
    from datetime import datetime

    now = datetime.now().astimezone()
    start = _moment("--since", since, now)
    end = _moment("--until", until, now) if until is not None else None
    if end is not None and end <= start:
        raise click.UsageError(f"--until {until} is not after --since {since}.")
    return start, end


def _moment(option: str, typed: str, now: "datetime") -> int:
    from sutaz_tui.text.moments import EXPECTED, moment
    from sutaz_tui.text.sanitise import one_line

    found = moment(typed, now)
    if found is None:
        raise click.UsageError(f"{option} {one_line(typed, 60)}: expected {EXPECTED}.")
    return found


def _patterns(plain: tuple[str, ...], inverse: tuple[str, ...]) -> "tuple[Pattern, ...]":
    from sutaz_tui.logs.matching import Pattern
    from sutaz_tui.text.patterns import WrongPattern

    found = []
    for option, mark, patterns in (("--grep", "", plain), ("--invert", "!", inverse)):
        for typed in patterns:
            try:
                found.append(Pattern(f"{mark}/{typed}/"))
            except WrongPattern as error:
                place = max(1, error.column - len(mark) - 1)
                # The pattern knows of marks round it that nobody typed.
                said = str(error).replace(f"at column {error.column}:", f"at column {place}:")
                words = [f"{option}: {said}", *_pointing(typed, 1, place)]
                raise click.UsageError("\n".join(words)) from None
    return tuple(found)


def _pointing(text: str, line: int, column: int, masked: "Callable[[str], str]" = str) -> list[str]:
    from sutaz_tui.output.logs import pointing

    return pointing(text, line, column, masked)


class _Asked:
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
            printer = LogPrinter(feeds, SystemClock(), self._wanted, form, _writer(), self._tell)
            self._printer = printer
            await printer.run()
        except WrongQuery as error:
            self._tell(str(error))
            for row in _pointing(self._query or "", error.line, error.column, self._config.secrets.mask):
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
        _tell(self._config.secrets.mask(words))


def _tell(words: str) -> None:
    from sutaz_tui.text.sanitise import one_line

    _say(one_line(words, 2000))


def _say(words: str) -> None:
    click.echo(words, err=True)


def _writer() -> "Callable[[bytes], Awaitable[None]]":
    """Writes to standard output at once, in a thread: whoever reads slowly must not keep us from listening."""
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
