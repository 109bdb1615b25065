"""The command `status`: one round, or a moment of the past, in every form in which it is printed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.history import picture_at
from sutaz_tui.cli.stack import begin, expect_services, open_stack, run_async, stack_options

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.model import Snapshot


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...", shell_complete=completing.services)
@stack_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--at", "at", default="", metavar="WHEN", help="As it was, from the history: 2h, 03:12, yesterday 18:00."
)
@click.option(
    "--line",
    "is_line",
    is_flag=True,
    help="For prompts and tmux: ✗1 PostgreSQL 38s, as whatever watches last saw it.",
)
@click.option(
    "--ask", "is_asked", is_flag=True, help="Poll by itself, also where a recorder runs that knows."
)
@click.option(
    "--nagios", "is_nagios", is_flag=True, help="As a Nagios plugin: exit code 0, 1, 2 or 3, and figures."
)
def status(
    services: tuple[str, ...],
    file: Path | None,
    demo: bool,
    scenario: str | None,
    form: str,
    at: str,
    is_asked: bool,
    is_nagios: bool,
    is_line: bool,
) -> int:
    """Probe everything once and print the status; exit code 1 when something is down or unknown.

    Where `sutaz-tui record` watches the same config, what it sees is printed and nothing is polled.
    """
    from sutaz_tui.process.garbage import put_off

    if is_line:
        # The usual call never gets here: __main__ answers it without the command line's library.
        raise click.UsageError("--line takes -c FILE and nothing else.")
    put_off()
    if is_nagios:
        return _nagios(services, file, demo, scenario, at, is_asked)
    if at:
        if demo:
            raise click.UsageError("the demo has no history: leave out --at or --demo.")
        config = open_stack(None, file, False, None)[0]
        expect_services(config, services)
        return _tell(config, picture_at(config, at), services, form)
    config, stack = open_stack(None, file, demo, scenario)
    if stack is None and config.path is None:
        from sutaz_tui.cli.offering import offered

        offered(config, is_screen=False)
    try:
        return print_status(config, stack, services, form, is_asked)
    finally:
        if stack is not None:
            stack.close()


def _nagios(
    services: tuple[str, ...], file: Path | None, demo: bool, scenario: str | None, at: str, is_asked: bool
) -> int:
    """One round as a plugin tells it; whatever keeps it from asking is unknown, for 2 means that something is down."""
    from sutaz_tui.errors import SutazError
    from sutaz_tui.output import nagios

    stack = None
    try:
        if at:
            raise click.UsageError("--nagios tells of now: leave out --at.")
        config, stack = open_stack(None, file, demo, scenario)
        expect_services(config, services)
        begin(len(services or config.services))
        asked = _one_round(config, stack, frozenset(services) or None, is_asked)
        snapshot = _only(run_async(asked), services)
    except (SutazError, click.ClickException) as error:
        click.echo(nagios.failed(error.message if isinstance(error, click.ClickException) else str(error)))
        return nagios.UNKNOWN
    finally:
        if stack is not None:
            stack.close()
    click.echo(nagios.as_nagios(snapshot))
    return nagios.code_of(snapshot)


def _only(snapshot: "Snapshot", services: tuple[str, ...]) -> "Snapshot":
    from msgspec.structs import replace

    if not services:
        return snapshot
    return replace(snapshot, services=tuple(one for one in snapshot.services if one.service.id in services))


def print_status(
    config: "Config", stack: "Demo | None", services: tuple[str, ...], form: str, is_asked: bool = False
) -> int:
    """One round, printed as the command does; its exit code."""
    expect_services(config, services)
    begin(len(services or config.services))
    asked = _one_round(config, stack, frozenset(services) or None, is_asked)
    return _tell(config, run_async(asked), services, form)


def _tell(config: "Config", snapshot: "Snapshot", services: tuple[str, ...], form: str) -> int:
    from sutaz_tui.output.status import as_json, as_text, exit_code

    snapshot = _only(snapshot, services)
    if form == "json":
        click.echo(as_json(snapshot))
    else:
        import shutil

        width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 200
        titles = {group.id: group.title or group.id for group in config.groups}
        ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
        click.echo(as_text(snapshot, titles, config.env, width, ascii_only))
    return exit_code(snapshot)


async def _one_round(
    config: "Config", stack: "Demo | None", wanted: frozenset[str] | None, is_asked: bool = False
) -> "Snapshot":
    from sutaz_tui.cli.attaching import of_recorder
    from sutaz_tui.state.folder import StateFolder
    from sutaz_tui.state.history.memory import Memory
    from sutaz_tui.wiring.engine import build

    if stack is None and not is_asked:
        async with of_recorder(config) as recorder:
            if recorder is not None and not (snapshot := recorder.snapshot()).asking_count():
                return snapshot
    engine = build(config)
    if stack is not None:
        stack.start()
        await stack.listening()
    else:
        memory = Memory(config, "status")
        _warn(memory.recall(engine.store))
        engine.store.set_known(StateFolder(config).known.load(engine.clock.now()).values())
    try:
        snapshot = await engine.one_round(wanted)
    finally:
        await engine.stop()
    if stack is None:
        _warn(memory.add(snapshot))
    return snapshot


def _warn(words: str) -> None:
    if words:
        click.echo(words, err=True)
