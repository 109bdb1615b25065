"""What all commands share: the options that say which stack is meant, and how a coroutine is run to its end."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo

SCENARIO_WORDS = ["healthy", "report", "real"]


config_option = click.option(
    "-c",
    "--config",
    "file",
    # What is wrong with it the config tells, as all its other faults.
    type=click.Path(path_type=Path, readable=False),
    help="Config file to use.",
)


demo_option = click.option("--demo", is_flag=True, help="Watch the built-in simulated stack.")


def stack_options(function: "Callable[..., Any]") -> "Callable[..., Any]":
    """The options that say which stack is meant."""
    for option in (
        click.option("--scenario", type=click.Choice(SCENARIO_WORDS), help="State of the simulated stack."),
        demo_option,
        config_option,
    ):
        function = option(function)
    return function


def open_stack(
    name: str | None, file: Path | None, demo: bool, scenario: str | None, has_screen: bool = False
) -> "tuple[Config, Demo | None]":
    """The config that the options mean and, for a demo, its stack, not yet started.

    Where a screen will be opened, that says itself what is to be said once at the start.
    """
    if scenario and not demo:
        raise click.UsageError("--scenario goes with --demo.")
    from sutaz_tui.text.sanitise import hide

    if demo:
        if file is not None or name is not None:
            raise click.UsageError("--demo brings its own config: leave out -c and NAME.")
        from sutaz_tui.demo.stack import Demo

        stack = Demo(scenario or "report")
        config = stack.config()
        hide(config.secrets)
        return config, stack
    import os

    from sutaz_tui.config import load
    from sutaz_tui.errors import ConfigError

    try:
        config = load(name, file, os.environ)
    except ConfigError as error:
        from sutaz_tui.cli.trusting import ask

        config = ask(error)
    hide(config.secrets)
    if not has_screen:
        _tell_homeless(os.environ)
        for warning in config.warnings:
            click.echo(f"warning: {warning}", err=True)
    return config, None


def expect_services(config: "Config", ids: "Iterable[str]") -> None:
    """Raise a usage error for an id that no service has, with the one that was probably meant."""
    from sutaz_tui.config.words import nearest

    known = [service.id for service in config.services]
    for id in ids:
        if id not in known:
            raise click.UsageError(f"no service {id!r} in this config; expected {nearest(id, known)}")


def begin(connections: int) -> None:
    """Have so many connections allowed, CannotStart where they are not, and tell where the time zone is none."""
    from sutaz_tui.process import limits, time_zone

    if note := time_zone.settle():
        click.echo(note, err=True)
    limits.allow_files(connections)


def _tell_homeless(environ: "Mapping[str, str]") -> None:
    """One line where this user has no home folder: a config there is not found, and nothing is remembered."""
    if environ.get("HOME", "").startswith("/"):
        return  # spares the import
    from sutaz_tui.config.files import state_folder_if_any

    if state_folder_if_any() is None:
        words = "no home folder: nothing is remembered, and your own configs are not looked for; set HOME"
        click.echo(words, err=True)


def run_async(main: "Coroutine[Any, Any, Any]") -> Any:
    """Run a coroutine to its end without waiting afterwards for threads that hang (a name that is being resolved)."""
    import asyncio
    import signal

    from sutaz_tui.sources.event_loop import EventLoop

    async def awake() -> Any:
        # The kernel may hand an interrupt to any thread, and the loop would sleep on: with a handler of its own for
        # whatever signal it is woken by every one.
        asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, int)
        return await main

    return asyncio.Runner(loop_factory=EventLoop).run(awake())
