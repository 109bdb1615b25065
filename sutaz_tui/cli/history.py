"""The commands that tell what is remembered: `history` and `uptime`."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.stack import config_option, demo_option, expect_services, open_stack, run_async

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from sutaz_tui.config import Config
    from sutaz_tui.model import Snapshot
    from sutaz_tui.state.history.file import HistoryFile

T = TypeVar("T")

SPANS = ("24h", "7d", "30d")


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...", shell_complete=completing.services)
@config_option
@demo_option
@click.option(
    "--since", "since", default="24h", show_default=True, metavar="WHEN", help="2h, 14:07, a date and time."
)
@click.option("--until", "until", default="", metavar="WHEN", help="The end; now without it.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--forget",
    "is_forgetting",
    is_flag=True,
    help="Delete it, of SERVICE, or of all with results of checks.",
)
@click.option("--before", "before", default="", metavar="WHEN", help="With --forget: only what ended before.")
def history(
    services: tuple[str, ...], file: Path | None, demo: bool, since: str, until: str, form: str, is_forgetting: bool, before: str
) -> int:  # fmt: skip
    """Print what changed: incidents, restarts, alerts, and when nobody watched."""
    if before and not is_forgetting:
        raise click.UsageError("--before goes with --forget.")
    config = _opened(file, demo)
    expect_services(config, services)
    now = datetime.now(UTC)
    if is_forgetting:
        return _forget(_own(config), services, moment_of(before, now) if before else now + timedelta(days=1))
    from sutaz_tui.config import as_service
    from sutaz_tui.engine.dependencies import Dependencies
    from sutaz_tui.output.history import history_json, history_text
    from sutaz_tui.state.history.account import account, of_services

    begin, end = moment_of(since, now), moment_of(until, now) if until else now
    if begin >= end:
        raise click.UsageError(f"--since {since} is not before the end")
    kept = kept_of(config)
    graph = Dependencies([as_service(service, config) for service in config.services])
    found = of_services(
        read_kept(kept, lambda database: account(database, begin, end, graph.needed_by)), services
    )
    titles = {service.id: service.title for service in config.services}
    click.echo(history_json(found) if form == "json" else history_text(found, titles, _is_ascii()))
    return 0


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...", shell_complete=completing.services)
@config_option
@demo_option
@click.option("--span", "span", type=click.Choice(SPANS), default="30d", show_default=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def uptime(services: tuple[str, ...], file: Path | None, demo: bool, span: str, form: str) -> int:
    """Print how long each service was up, in percent of the time in which it was watched."""
    from sutaz_tui.output.history import uptime_json, uptime_text
    from sutaz_tui.state.history.uptime import SPANS as LENGTHS
    from sutaz_tui.state.history.uptime import read_uptimes

    config = _opened(file, demo)
    expect_services(config, services)
    kept = kept_of(config)
    titles = {one.id: one.title for one in config.services if not services or one.id in services}
    now = datetime.now(UTC)
    chosen = next(one for one in LENGTHS if one.name == span)
    found = read_kept(kept, lambda database: read_uptimes(database, chosen.length, now, titles))
    if form == "json":
        click.echo(uptime_json(span, found.spans[span]))
        return 0
    text = uptime_text(found, titles, f"last {span}, {chosen.stretch} a sign")
    click.echo(text.replace("▇", "#").replace("✗", "X") if _is_ascii() else text)
    return 0


def picture_at(config: "Config", typed: str) -> "Snapshot":
    """How everything was at a moment that was typed."""
    from sutaz_tui.config import as_service
    from sutaz_tui.state.folder import StateFolder
    from sutaz_tui.state.history.moment import snapshot_at
    from sutaz_tui.state.known_file import KnownFile

    at = moment_of(typed, datetime.now(UTC))
    services = [as_service(service, config) for service in config.services]
    kept = kept_of(config)
    own = StateFolder(config).known
    marks = (own if own.path == kept.path else KnownFile(kept, config.secrets.mask)).at(at)
    return read_kept(kept, lambda database: snapshot_at(database, at, services, marks))


def _opened(file: Path | None, demo: bool) -> "Config":
    if demo:
        raise click.UsageError("the demo has no history: leave out --demo.")
    config, _ = open_stack(None, file, False, None)
    return config


def _own(config: "Config") -> "HistoryFile":
    from sutaz_tui.state.history.memory import Memory

    return there(Memory(config, "history").file)


def there(kept: "HistoryFile | None") -> "HistoryFile":
    """A file that remembers; CannotStart in words where there is none."""
    from sutaz_tui.errors import CannotStart

    if kept is None:
        raise CannotStart("no home folder: nothing is remembered; set HOME")
    return kept


def kept_of(config: "Config") -> "HistoryFile":
    """The file that remembers a config: of the recorder that runs where that may be read, else our own. Standard error
    says whose it is, where that is a question."""
    from sutaz_tui.errors import SutazError
    from sutaz_tui.state.history.memory import Memory
    from sutaz_tui.wiring.recorder import told_history

    memory = Memory(config, "history")
    try:
        link = run_async(told_history(config))
    except SutazError as error:
        click.echo(f"{error}; this is your own history", err=True)
        link = None
    whose = memory.whose(link)
    if words := whose.fault or (whose.words and f"the history {whose.words}"):
        click.echo(words, err=True)
    return there(whose.file)


def read_kept(
    kept: "HistoryFile",
    ask: "Callable[[sqlite3.Connection], T]",
    is_given_up: "Callable[[], bool] | None" = None,
) -> T:
    """What a file tells, as HistoryFile.read; CannotStart in words where it cannot be read."""
    from sutaz_tui.errors import CannotStart
    from sutaz_tui.state.history.file import Unusable
    from sutaz_tui.state.writer import trouble

    try:
        return kept.read(ask, is_given_up)
    except FileNotFoundError:
        words = "no history of this config yet: a board or `sutaz-tui record` writes it"
        raise CannotStart(words) from None
    except Unusable as error:
        raise CannotStart(trouble(kept.path, error)) from None


def _forget(kept: "HistoryFile", services: tuple[str, ...], before: datetime) -> int:
    from sutaz_tui.errors import CannotStart
    from sutaz_tui.state.history.file import Unusable
    from sutaz_tui.state.history.thinning import forget, vacuum
    from sutaz_tui.state.writer import trouble

    def act(database: "sqlite3.Connection") -> None:
        for service in services or (None,):
            forget(database, before, service)
        vacuum(database)

    read_kept(kept, lambda _: None)
    try:
        kept.change(act)
    except Unusable as error:
        raise CannotStart(trouble(kept.path, error)) from None
    finally:
        kept.close()
    click.echo(f"forgotten: {', '.join(services) or 'all services'}")
    return 0


def moment_of(typed: str, now: datetime) -> datetime:
    """A moment as it was typed; a usage error for none."""
    from sutaz_tui.state.history.moments import typed_moment

    found = typed_moment(typed, now)
    if found is None:
        from sutaz_tui.text.moments import EXPECTED

        raise click.UsageError(f"{typed!r} is not a time: expected {EXPECTED}")
    return found


def _is_ascii() -> bool:
    return "utf" not in (sys.stdout.encoding or "").lower()
