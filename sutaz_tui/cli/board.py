"""The command `board`, which is what opens without a command: the board of a stack, on a screen or as lines of text."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.stack import begin, open_stack, run_async, stack_options
from sutaz_tui.cli.status import print_status

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo


@click.command()
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
    root = click.get_current_context().find_root().command
    if names and file is not None and isinstance(root, click.Group) and names[0] in root.commands:
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
            return print_status(config, stack, (), "text")
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
