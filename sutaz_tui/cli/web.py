"""The command that shows the board in browsers: `web`."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli.stack import begin, open_stack, stack_options

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo

MISSING = "web needs textual-serve: pipx inject sutaz-tui 'sutaz-tui[web]', or pip install 'sutaz-tui[web]'"
LOOPBACK = (
    "it listens on loopback alone: expected 127.0.0.1:PORT or [::1]:PORT, a port from 1 to 65535; what others may see goes "
    "through a proxy, see docs/web.md"
)


@click.command()
@stack_options
@click.option(
    "--listen", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT", help="On loopback."
)
@click.option(
    "--url", default="", metavar="URL", help="Where browsers find it, behind a proxy: https://board.example."
)
@click.option(
    "--viewers", type=click.IntRange(1, 100), default=4, show_default=True, help="Pages open at a time."
)
@click.option(
    "--allow", type=click.Choice(["reads"]), help="Let viewers poll, query, and run checks that only read."
)
@click.option("--session", is_flag=True, hidden=True)
def web(
    file: Path | None,
    demo: bool,
    scenario: str | None,
    listen: str,
    url: str,
    viewers: int,
    allow: str | None,
    session: bool,
) -> int:
    """Show the board, read-only, in browsers, until it is stopped.

    A page attaches to the recorder of the config (sutaz-tui record) where one runs; without one each page polls by itself.
    """
    if session:
        return _page(file, allow == "reads")
    host, port = _place(listen)
    _expect_url(url)
    _need_library()
    config, stack = open_stack(None, file, demo, scenario)
    if stack is None and config.path is None:
        from sutaz_tui.cli.offering import offered

        offered(config, is_screen=False)
    begin(len(config.services))
    try:
        if stack is not None:
            stack.start()
            os.environ.update(stack.environ)
        return _serve(_page_command(config, stack, allow), host, port, url, viewers)
    finally:
        if stack is not None:
            stack.close()


def _page(file: Path | None, reads: bool) -> int:
    """The board of one page, which textual-serve starts."""
    from sutaz_tui.config import load
    from sutaz_tui.process.limits import allow_files
    from sutaz_tui.tui.terminal.capabilities import of_page

    if sys.stdin.isatty():
        raise click.UsageError("--session is what `sutaz-tui web` starts for a page.")
    terminal = of_page(os.environ)
    terminal.prepare(os.environ)

    def read() -> "Config":
        config = load(None, file, os.environ)
        allow_files(len(config.services))
        return config

    from sutaz_tui.tui.app import run_board
    from sutaz_tui.tui.of_web import opened_page

    return run_board([opened_page(read, file, reads)], None, terminal)


def _page_command(config: "Config", stack: "Demo | None", allow: str | None) -> str:
    """For a shell: without a word of a secret."""
    # -P: nothing of the folder that we are in is taken for a module of ours.
    words = [sys.executable, "-P", "-m", "sutaz_tui", "web", "--session"]
    path = stack.path if stack is not None else config.path
    words += ["-c", str(path.absolute())] if path is not None else []
    words += ["--allow", allow] if allow else []
    return f"exec {shlex.join(words)}"


def _serve(command: str, host: str, port: int, url: str, viewers: int) -> int:
    import asyncio

    from sutaz_tui.errors import CannotStart
    from sutaz_tui.sources.web.server import BoardServer

    asyncio.set_event_loop(asyncio.new_event_loop())
    try:
        BoardServer(command, host, port, url, viewers, lambda words: click.echo(words)).serve()
    except OSError as error:
        raise CannotStart(
            f"{host}:{port} cannot be listened on: {os.strerror(error.errno or 0).lower()}"
        ) from None
    return 0


def _place(listen: str) -> tuple[str, int]:
    import ipaddress

    from sutaz_tui.config.serving import place_of

    place = place_of(listen)
    if place is None or not ipaddress.ip_address(place[0]).is_loopback or not place[1]:
        raise click.UsageError(f"--listen {listen}: {LOOPBACK}.")
    return place


def _expect_url(url: str) -> None:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        is_good = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        )
    except ValueError:
        is_good = False
    if url and not (is_good and parts.username is None):
        raise click.UsageError(f"--url {url}: expected http:// or https:// and a host.")


def _need_library() -> None:
    from importlib.util import find_spec

    if find_spec("textual_serve") is None:
        from sutaz_tui.errors import CannotStart

        raise CannotStart(MISSING)
