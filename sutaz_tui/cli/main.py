"""The command line: the table of commands, and how a call ends. Everything heavy is imported by the command that needs it."""

from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING

import click

from sutaz_tui import __version__
from sutaz_tui.cli import completing
from sutaz_tui.cli.board import board
from sutaz_tui.cli.bundle import bundle, open_bundle
from sutaz_tui.cli.checks import check, report
from sutaz_tui.cli.config import config
from sutaz_tui.cli.doctor import doctor
from sutaz_tui.cli.ending import told
from sutaz_tui.cli.history import history, uptime
from sutaz_tui.cli.init import discover, init
from sutaz_tui.cli.logs import logs
from sutaz_tui.cli.notify import notify
from sutaz_tui.cli.record import record
from sutaz_tui.cli.serve import serve
from sutaz_tui.cli.show import show
from sutaz_tui.cli.simulate import simulate
from sutaz_tui.cli.status import status
from sutaz_tui.cli.wait import wait
from sutaz_tui.cli.web import web
from sutaz_tui.cli.worker import worker

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


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


cli.add_command(board)
cli.add_command(status)
cli.add_command(config)
cli.add_command(simulate)
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
cli.add_command(serve)
cli.add_command(bundle)
cli.add_command(open_bundle)
cli.add_command(web)
cli.add_command(worker)
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
