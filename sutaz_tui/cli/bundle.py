"""The commands for what somebody else shall see: `bundle` writes a span of the history as one file, `open` shows one."""

import errno
import os
import sqlite3
import sys
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli.history import kept_of, moment_of, read_kept
from sutaz_tui.cli.stack import config_option, open_stack, run_async

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.output.archive import Archive
    from sutaz_tui.state.bundle.hiding import Hidden
    from sutaz_tui.state.bundle.kept import Checked, Stack

LINES = 5_000
"""Newest lines of each log."""
LOG_WITHIN = 30.0
"""Seconds for each log."""
NO_ROOM = (
    "not written: the disk is full where its rows are gathered, /var/tmp or what SQLITE_TMPDIR or TMPDIR names; "
    "name another folder by it, or give a shorter span"
)
JUST_SEEN = timedelta(seconds=30)
"""A span that ends so shortly after the last look ends with it: behind it nobody has looked yet."""


@click.command()
@config_option
@click.option("--since", default="2h", show_default=True, metavar="WHEN", help="2h, 14:07, a date and time.")
@click.option("--from", "begin", default="", metavar="WHEN", help="The beginning, instead of --since.")
@click.option("--to", "end", default="", metavar="WHEN", help="The end; now without it.")
@click.option("-o", "target", type=click.Path(path_type=Path), metavar="FILE", help="Where to write it.")
@click.option("--with-logs", "has_logs", is_flag=True,
              help=f"The newest {LINES} lines of each service's log too; asks the sources of logs.")  # fmt: skip
@click.option("--yes", "is_confirmed", is_flag=True, help="Write it without asking, for scripts.")
def bundle(
    file: Path | None, since: str, begin: str, end: str, target: Path | None, has_logs: bool, is_confirmed: bool
) -> int:  # fmt: skip
    """Write what was remembered of a span into one .tar.gz for somebody else, secrets masked.

    What goes in is listed first, and written when you say so. Services are not asked; exit code 1 when it was not written.
    """
    config, _ = open_stack(None, file, False, None)
    now = datetime.now(UTC)
    first, last = moment_of(begin or since, now), min(moment_of(end, now), now) if end else now
    if first >= last:
        raise click.UsageError(f"{f'--from {begin}' if begin else f'--since {since}'} is not before the end.")
    from sutaz_tui.output.bundle import contents
    from sutaz_tui.text.units import bytes_size

    path = target or Path(f"sutaz-{_word(config.env)}-{last.astimezone():%Y%m%d-%H%M}.tar.gz")
    # A private file of SQLite's own, which goes with this process.
    with closing(sqlite3.connect("", isolation_level=None)) as taken, _written(path, now) as archive:
        stack, hidden = _taken(config, first, last, taken)
        _fill(archive, config, stack, taken, hidden, _config_text(file), has_logs)
        begins, ends = (f"{at.astimezone():%Y-%m-%d %H:%M}" for at in (stack.begin, stack.end))
        click.echo(f"{path} will hold, of {begins} to {ends}:")
        click.echo("\n".join(contents(archive.sizes)))
        if not is_confirmed and not _is_wanted():
            click.echo("not written", err=True)
            return 1
        size = archive.keep()
    click.echo(f"wrote {path}, {bytes_size(size)}, mode 0600; sutaz-tui open {path} shows it")
    return 0


@contextmanager
def _written(path: Path, at: datetime) -> "Iterator[Archive]":
    """An archive, whose troubles are told in words."""
    from sutaz_tui.errors import CannotStart
    from sutaz_tui.output.archive import Archive

    try:
        with Archive(path, at) as archive:
            yield archive
    except FileExistsError:
        raise CannotStart(f"not written: {path} is there already; name another with -o") from None
    except OSError as error:
        room = _room(path) if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        raise CannotStart(f"not written: {path}: {error.strerror or 'it cannot be'}{room}") from None
    except sqlite3.Error as error:
        raise CannotStart(f"not written: {error}: is the disk full?") from None


def _room(path: Path) -> str:
    """What there is, and what it takes: how much that will be is known when it is packed."""
    import shutil

    from sutaz_tui.text.units import bytes_size

    free = bytes_size(shutil.disk_usage(path.parent).free)
    return f": {free} are free there, too little for it and its largest file unpacked; -o names another place"


def _fill(
    archive: "Archive",
    config: "Config",
    stack: "Stack",
    taken: sqlite3.Connection,
    hidden: "Hidden",
    text: str,
    has_logs: bool,
) -> None:
    from sutaz_tui.errors import CannotStart
    from sutaz_tui.output.bundle import files_of
    from sutaz_tui.state.bundle.reading import ENTRIES, UNPACKED
    from sutaz_tui.text.units import bytes_size

    for name, parts in files_of(stack, taken, text, hidden):
        archive.add(name, parts)
    if has_logs:
        for name, data in run_async(_logs(config, stack, hidden)).items():
            archive.add(name, [data])
    # What nobody could open again is no bundle.
    if (whole := sum(archive.sizes.values())) > UNPACKED or len(archive.sizes) > ENTRIES:
        raise CannotStart(
            f"not written: {bytes_size(whole)} in {len(archive.sizes)} files are more than `open` takes; give a shorter span"
        )


def _taken(
    config: "Config", begin: datetime, end: datetime, taken: sqlite3.Connection
) -> "tuple[Stack, Hidden]":
    """The stack of a span; its rows, all masked, come into `taken`."""
    from msgspec import convert, to_builtins
    from msgspec.structs import replace

    from sutaz_tui import __version__
    from sutaz_tui.config import as_service
    from sutaz_tui.errors import CannotStart
    from sutaz_tui.model import Service
    from sutaz_tui.state.bundle.hiding import Hidden
    from sutaz_tui.state.bundle.kept import FORMAT, Heading, Stack
    from sutaz_tui.state.bundle.taking import OF_BOARDS, take
    from sutaz_tui.state.history.moments import when
    from sutaz_tui.state.history.schema import migrate
    from sutaz_tui.state.results import Results

    # Nobody reads it after this process.
    taken.execute("PRAGMA journal_mode = OFF")
    taken.execute("PRAGMA synchronous = OFF")
    migrate(taken)

    def gather(database: sqlite3.Connection, *tables: Collection[str]) -> None:
        try:
            take(database, begin, end, hidden, taken, *tables)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            raise CannotStart(NO_ROOM) from None

    kept = kept_of(config)
    hidden = Hidden(config.secrets, [service.id for service in config.services])
    read_kept(kept, gather)
    own = Results(config).file
    if own is not None and own.path != kept.path and own.path.exists():
        # Beside a recorder's history boards keep checks and marks in their own.
        read_kept(own, lambda database: gather(database, OF_BOARDS))
    [(seen,)] = taken.execute("SELECT max(ended) FROM watches").fetchall()
    if seen is not None and begin < when(seen) and end - when(seen) < JUST_SEEN:
        end = when(seen)
    services = [
        convert(hidden.value(to_builtins(replace(as_service(one, config), quiet=()))), Service)
        for one in config.services
    ]
    groups = [Heading(hidden.text(one.id), hidden.text(one.title or one.id)) for one in config.groups]
    asked = "SELECT check_id FROM results UNION SELECT check_id FROM results_from ORDER BY check_id"
    ids = [id for (id,) in taken.execute(asked)]
    return (
        Stack(
            FORMAT, f"sutaz-tui {__version__}", hidden.text(config.env), begin, end, groups, services,
            _checked(config, ids, hidden),
        ),
        hidden,
    )  # fmt: skip


def _checked(config: "Config", ids: list[str], hidden: "Hidden") -> "list[Checked]":
    """The checks of which there are results, by their masked ids; of one that the config has no more its id alone."""
    from sutaz_tui.errors import SutazError
    from sutaz_tui.state.bundle.kept import Checked
    from sutaz_tui.wiring.checks import load_checks

    known = {}
    if ids:
        with suppress(SutazError):
            known = {hidden.text(check.id): check for check in load_checks(config)}
    return [
        Checked(id, hidden.text(one.category), hidden.text(one.title), hidden.text(one.service))
        if (one := known.get(id)) is not None
        else Checked(id, id.partition(".")[0], id, "")
        for id in ids
    ]


def _config_text(file: Path | None) -> str:
    from sutaz_tui.config.load import trace
    from sutaz_tui.config.show import show_text

    return show_text(trace(None, file, os.environ))


async def _logs(config: "Config", stack: "Stack", hidden: "Hidden") -> dict[str, bytes]:
    """The log of each service that has one, by its file; why others have none, or lines are missing, in a file of its own."""
    import asyncio

    from sutaz_tui.clock import SystemClock
    from sutaz_tui.errors import SutazError
    from sutaz_tui.logs.shown import Safe
    from sutaz_tui.output.log_printing import LogPrinter, Wanted
    from sutaz_tui.output.logs import form
    from sutaz_tui.state.bundle.kept import log_file
    from sutaz_tui.text.moments import nanoseconds
    from sutaz_tui.text.sanitise import one_line
    from sutaz_tui.wiring.logs import LogFeeds

    wanted = Wanted(nanoseconds(stack.begin), nanoseconds(stack.end), LINES, tells_cut=True)
    desk = LogFeeds(config)
    files: dict[str, bytes] = {}
    missing: list[str] = []
    try:
        for service in config.services:
            id = hidden.text(service.id)
            parts: list[bytes] = []

            async def keep(data: bytes, parts: list[bytes] = parts) -> None:
                parts.append(data)

            def tell(words: str, id: str = id) -> None:
                missing.append(f"{id}: {one_line(words, 400)}")

            try:
                async with asyncio.timeout(LOG_WITHIN):
                    feeds = await desk.feeds([service.id])
                    if (problem := desk.problems.get(service.id)) is not None:
                        tell(str(problem))
                    if feeds:
                        made = form("text", Safe(config.secrets), False, False)
                        await LogPrinter(feeds, SystemClock(), wanted, made, keep, tell).run()
            except TimeoutError:
                tell(f"the log was not read whole within {LOG_WITHIN:g} s")
            except SutazError as error:
                tell(str(error))
            if parts:
                text = b"".join(parts).decode("utf-8", "replace")
                files[log_file(id)] = hidden.lines(text).encode("utf-8", "replace")
    finally:
        await desk.aclose()
    if missing:
        files["logs/missing.txt"] = (hidden.lines("\n".join(missing)) + "\n").encode("utf-8", "replace")
    return files


def _word(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in text)[:40] or "stack"


def _is_wanted() -> bool:
    if not sys.stdin.isatty():
        click.echo("--yes, or y at a terminal, writes it", err=True)
        return False
    return click.confirm("write it?", default=False)


@click.command(name="open")
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option("--ascii", "force_ascii", is_flag=True, help="Draw with ASCII characters only.")
def open_bundle(file: Path, force_ascii: bool) -> int:
    """Open the board of a bundle, as it was, with its time machine. Nothing is asked, run or sent."""
    import tempfile

    from sutaz_tui.process.sealed import seal
    from sutaz_tui.state.bundle.reading import read
    from sutaz_tui.tui.terminal.capabilities import look_at, started_with

    with tempfile.TemporaryDirectory(prefix="sutaz-tui-bundle-") as folder:
        bundle = read(file, Path(folder))
        if not sys.stdin.isatty() or not sys.stdout.isatty():
            raise click.UsageError(
                "the board of a bundle needs a terminal; timeline.txt in it is for reading."
            )
        terminal = look_at(started_with(os.environ), force_ascii)
        if terminal.is_dumb:
            raise click.UsageError(
                "this terminal cannot draw a board; timeline.txt in the bundle is for reading."
            )
        terminal.prepare(os.environ)
        from sutaz_tui.tui.app import run_board
        from sutaz_tui.tui.of_bundle import opened_bundle

        seal()
        return run_board([opened_bundle(bundle, file.absolute(), Path(folder))], None, terminal)
