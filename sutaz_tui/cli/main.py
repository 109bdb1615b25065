"""The command line: commands, exit codes, readable start-up errors. Everything heavy is imported by the command that needs it."""

import sys
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui import __version__
from sutaz_tui.cli import completing
from sutaz_tui.cli.bundle import bundle, open_bundle
from sutaz_tui.cli.checks import check, report
from sutaz_tui.cli.doctor import doctor
from sutaz_tui.cli.history import history, picture_at, uptime
from sutaz_tui.cli.init import discover, init
from sutaz_tui.cli.logs import logs
from sutaz_tui.cli.notify import notify
from sutaz_tui.cli.record import record
from sutaz_tui.cli.show import show
from sutaz_tui.cli.stack import SCENARIO_WORDS, begin, expect_services, open_stack, run_async, stack_options
from sutaz_tui.cli.wait import wait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem

    from sutaz_tui.config import Config
    from sutaz_tui.config.traced import Traced
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.model import Snapshot


class BoardOrCommand(click.Group):
    """A group whose first word may be a config's name: then, and without any word, it opens the board."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing and not args:
            # A shell asks what the first word may be.
            return super().parse_args(ctx, args)
        first = args[0] if args else ""
        if first not in self.commands and first not in ("--help", "-h", "--version"):
            if not first.startswith("-") and args[1:] and not args[1].startswith("-"):
                # A board takes one name: whoever types two words means a command.
                from sutaz_tui.config.words import nearest

                ctx.fail(f"no command {first!r}, expected {nearest(first, self.commands)}")
            args = ["board", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Commands, the names of configs, and the options of the board, which is opened without a command."""
        found = super().shell_complete(ctx, incomplete)
        if not incomplete.startswith("-"):
            return [*found, *completing.config_names(incomplete)]
        there = {item.value for item in found}
        return [*found, *(item for item in board.shell_complete(ctx, incomplete) if item.value not in there)]


@click.group(
    cls=BoardOrCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Without a command it opens the board: sutaz-tui [NAME] [-c FILE] [--demo]; see sutaz-tui board --help.",
)
@click.version_option(__version__, message="sutaz-tui %(version)s")
def cli() -> None:
    """Watch a self-hosted stack: what is up, what is not, since when, and why."""


@cli.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...", shell_complete=completing.names_or_files)
@stack_options
@click.option("--plain", is_flag=True, help="No screen: print what changes as lines of text.")
@click.option("--ascii", "force_ascii", is_flag=True, help="Draw with ASCII characters only.")
def board(
    names: tuple[str, ...],
    file: Path | None,
    demo: bool,
    scenario: str | None,
    plain: bool,
    force_ascii: bool,
) -> int:
    """Open the board of a stack (the default command), or of several configs as tabs: board prod staging lab.yaml."""
    import os

    from sutaz_tui.cli.boards import meant, open_offered, opened_all
    from sutaz_tui.process.garbage import put_off
    from sutaz_tui.process.limits import allow_files
    from sutaz_tui.process.output import is_closed
    from sutaz_tui.tui.terminal.capabilities import look_at, started_with

    if plain and is_closed():
        raise click.UsageError("--plain prints what changes, and standard output is closed.")
    if names and names[0] in cli.commands and file is not None:
        raise click.UsageError(f"options stand behind the command: sutaz-tui {names[0]} -c {file}")
    name, file = meant(names, file, demo)
    put_off()
    terminal = look_at(started_with(os.environ), force_ascii)
    is_screen = sys.stdout.isatty() and not plain and not terminal.is_dumb
    if is_screen and not sys.stdin.isatty():
        raise click.UsageError(
            "the board reads keys from a terminal, and the input is none; try --plain or status."
        )
    if names[1:]:
        if not is_screen:
            raise click.UsageError(
                "several configs are shown on a screen: --plain and status take one, with -c."
            )
        every = opened_all(names)
        terminal.prepare(os.environ)
        from sutaz_tui.tui.app import run_board

        return run_board(every, None, terminal)
    config, stack = open_stack(name, file, demo, scenario, is_screen)
    if stack is None and config.path is None:
        from sutaz_tui.cli.offering import offered

        offer = offered(config, is_screen)
        if isinstance(offer, Path):
            config, stack = open_stack(None, offer, False, None, is_screen)
            file = offer
        elif offer is not None:
            terminal.prepare(os.environ)
            return open_offered(offer, terminal)
    try:
        if plain or (terminal.is_dumb and sys.stdout.isatty()):
            begin(len(config.services))
            return _follow(config, stack, terminal.ascii_only)
        if not is_screen:
            return _print_status(config, stack, (), "text")
        allow_files(len(config.services))
        terminal.prepare(os.environ)
        from sutaz_tui.tui.app import run_board
        from sutaz_tui.tui.opened import Opened

        def again() -> "Config":
            from sutaz_tui.config import load

            read = load(name, file, os.environ)
            allow_files(len(read.services))
            return read

        return run_board([Opened(again=again if stack is None else None, config=config)], stack, terminal)
    finally:
        if stack is not None:
            stack.close()


def _follow(config: "Config", stack: "Demo | None", ascii_only: bool) -> int:
    from sutaz_tui.output.plain import follow_until_stopped
    from sutaz_tui.state.history.memory import Memory
    from sutaz_tui.wiring.engine import build, build_attached

    def tell(line: str) -> None:
        print(line.encode("ascii", "replace").decode() if ascii_only else line, flush=True)

    if stack is not None:
        stack.start()
    if stack is not None:
        return int(run_async(follow_until_stopped(build(config), tell, config.env, stack.listening)))
    engine = build_attached(config)
    engine.said = tell
    with Memory(config, "--plain").recording(engine, lambda words: click.echo(words, err=True)) as recorder:
        return int(run_async(follow_until_stopped(engine, tell, config.env, recorder=recorder)))


@cli.command()
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
        return _print_status(config, stack, services, form, is_asked)
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


def _print_status(
    config: "Config", stack: "Demo | None", services: tuple[str, ...], form: str, is_asked: bool = False
) -> int:
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


@cli.command()
@click.argument(
    "what", type=click.Choice(["check", "show", "example", "schema", "path", "cost", "trust", "untrust"])
)
@click.argument("name", required=False, metavar="[NAME|FILE|HASH]", shell_complete=completing.names_or_files)
@stack_options
def config(what: str, name: str | None, file: Path | None, demo: bool, scenario: str | None) -> None:
    """Look at the config.

    check: is it right?  show: every value and where it comes from.  example: the built-in config, every key explained.
    schema: JSON Schema for editors.
    path: where configs are looked for.  cost: what this config asks of each service.
    trust [FILE|HASH]: let ./sutaz-tui.yaml, which nobody named, run and send what it says, as it is now.  untrust: no more.
    """
    import contextlib
    import os

    environ: Mapping[str, str] = os.environ
    with contextlib.ExitStack() as closing:
        if demo:
            stack = open_stack(name, file, demo, scenario)[1]
            assert stack is not None
            closing.callback(stack.close)
            file, environ = stack.path, stack.environ
        click.echo(_config_words(what, name, file, environ))


def _config_words(what: str, name: str | None, file: Path | None, environ: "Mapping[str, str]") -> str:
    from sutaz_tui.config import cost, json_schema
    from sutaz_tui.config import show as shown
    from sutaz_tui.config.load import trace

    if what == "schema":
        return json_schema.schema_text()
    if what == "example":
        from sutaz_tui.config.files import built_in

        return built_in().decode().rstrip("\n")
    if what in ("trust", "untrust"):
        from sutaz_tui.cli.trusting import trust_words, untrust_words

        return trust_words(name, file, environ) if what == "trust" else untrust_words(name, file)
    if what == "path":
        return shown.paths_text(name, file, environ)
    traced = trace(name, file, environ)
    if what == "cost":
        return cost.cost_text(traced.config)
    return _checked(traced) if what == "check" else shown.show_text(traced)


def _checked(traced: "Traced") -> str:
    """What `config check` prints; ConfigError where the keymap or the theme, which the screen alone knows, is wrong."""
    from sutaz_tui.config.show import check_text
    from sutaz_tui.config.words import Path, label
    from sutaz_tui.errors import ConfigError, Problem
    from sutaz_tui.tui.keymap import check_keymap, renamed
    from sutaz_tui.tui.terminal.themes import theme_fault

    config, document = traced.config, traced.document
    faults: dict[Path, str] = {("keymap", id): words for id, words in check_keymap(config.keymap)[1].items()}
    if fault := theme_fault(config.theme):
        faults |= {("theme",): fault}
    if faults:
        told = [
            Problem(document.file, document.line(path), label(path, document.names), words)
            for path, words in faults.items()
        ]
        raise ConfigError(sorted(told, key=lambda problem: problem.line))
    return "\n".join([check_text(traced), *(f"warning: {words}" for words in renamed(config.keymap))])


@cli.command()
@click.option("--ports", type=click.Choice(["own", "free"]), default="free", show_default=True,
              help="The SutazAI stack's own ports, or free ones.")  # fmt: skip
@click.option(
    "--services", type=click.IntRange(0, 10_000), default=0, help="This many plain HTTP services besides."
)
@click.option("--scenario", type=click.Choice(SCENARIO_WORDS), default="report", show_default=True)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="SERVICE=FAULT",
    help="Such as postgres=refuse; again for more.",
)
def simulate(ports: str, services: int, scenario: str, faults: tuple[str, ...]) -> int:
    """Run the simulated stack alone and print the config that matches it."""
    import asyncio
    import signal

    from sutaz_tui.demo.stack import ENDPOINTS, Demo, DemoError, printed

    parsed = {}
    for fault in faults:
        service, _, words = fault.partition("=")
        if not words:
            raise click.UsageError(f"--fault {fault}: expected SERVICE=FAULT, such as postgres=refuse")
        if service not in ENDPOINTS and not service.startswith("svc-"):
            raise click.UsageError(
                f"--fault {fault}: no service {service!r}; there are: {', '.join(ENDPOINTS)}"
            )
        parsed[service] = words
    with Demo(scenario, parsed, services, own_ports=ports == "own") as stack:
        ready = stack.wait()
        click.echo(printed(stack, ready))
        for name, value in stack.environ.items():
            click.echo(f"# export {name}={value}")
        sys.stdout.flush()
        click.echo(f"simulated stack listens; control {stack.control}; Ctrl-C ends it", err=True)

        async def until_ended() -> None:
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                # Ended in order, so that nothing is left in the temporary folder.
                loop.add_signal_handler(number, ended.set)
            gone = asyncio.create_task(asyncio.to_thread(stack.wait_until_gone))
            stopped = asyncio.create_task(ended.wait())
            await asyncio.wait([gone, stopped], return_when=asyncio.FIRST_COMPLETED)
            if not ended.is_set():
                raise DemoError(f"the simulated stack ended by itself: {stack.last_words}")
            stack.close()

        run_async(until_ended())
    return 0


cli.add_command(check)
cli.add_command(report)
cli.add_command(logs)
cli.add_command(record)
cli.add_command(history)
cli.add_command(uptime)
cli.add_command(wait)
cli.add_command(show)
cli.add_command(init)
cli.add_command(discover)
cli.add_command(doctor)
cli.add_command(notify)
cli.add_command(bundle)
cli.add_command(open_bundle)
cli.add_command(completing.completions)


def run(args: list[str]) -> int:
    """Run the command line; the exit code: 0 OK, 1 not everything is OK, 2 usage or config, 130 interrupted."""
    # In a context of its own: which secrets are hidden ends with it.
    return copy_context().run(_run, args)


def _run(args: list[str]) -> int:
    try:
        result = cli.main(args, prog_name="sutaz-tui", standalone_mode=False)
    except click.ClickException as error:
        with suppress(OSError):  # stderr is full or gone: the exit code still tells
            error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except click.exceptions.Exit as error:
        return error.exit_code
    except Exception as error:
        return told(error)
    return result if isinstance(result, int) else 0


def told(error: Exception) -> int:
    """Say what ended the program; its exit code."""
    # Config errors and the like are sentences; anything else is a fault of ours, told by its report.
    from sutaz_tui.errors import CannotStart, ConfigError, SutazError
    from sutaz_tui.process.limits import refusal
    from sutaz_tui.process.output import has_gone

    if has_gone(error):
        # Nobody reads what is printed, and a terminal that vanished takes no words either.
        return 1
    if refused := refusal(error):
        words = f"Error: {refused}"
    else:
        words = str(error) if isinstance(error, SutazError) else _crash_words(error)
    with suppress(OSError):  # stderr is full or gone: the exit code still tells
        click.echo(words, err=True)
    return 2 if isinstance(error, ConfigError | CannotStart) else 1


def _crash_words(error: Exception) -> str:
    import os

    from sutaz_tui.config.files import state_folder_if_any
    from sutaz_tui.config.outside import looks_secret
    from sutaz_tui.output import crash
    from sutaz_tui.text.sanitise import hidden

    # Where its config was not yet read, its secrets came from the environment, if not from files.
    secrets = hidden().and_these(value for name, value in os.environ.items() if looks_secret(name))
    return crash.words(error, state_folder_if_any(), secrets)
