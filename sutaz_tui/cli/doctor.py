"""`doctor`: what is not where the config says, and the config mended."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli.stack import config_option, run_async

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sutaz_tui.config.traced import Traced
    from sutaz_tui.setup.diagnosis import Diagnosis
    from sutaz_tui.setup.mending import Mended
    from sutaz_tui.setup.misplaced import Misplaced


@click.command()
@config_option
@click.option(
    "--ask", "asks", is_flag=True, help="Also ask services, at ports that listen here too, without any login."
)
@click.option("--write", "writes", is_flag=True, help="Change the config without asking.")
def doctor(file: Path | None, asks: bool, writes: bool) -> int:
    """Find what is not where the config says, by the ports that Docker publishes, and show the config mended.

    Where no Docker answers, by the compose file of this folder. Nothing is sent to any service without --ask. Also told:
    a depends_on that compose contradicts, containers without a health check or a log, secrets that cannot be read, proxy
    settings. Exit code 0 when every address is right or all were mended, 1 when some are left, 2 usage.
    """
    from sutaz_tui.cli.trusting import trusted
    from sutaz_tui.setup.diagnosis import Nothing, diagnosed
    from sutaz_tui.setup.differing import as_diff
    from sutaz_tui.setup.mending import mended
    from sutaz_tui.text.units import plural

    traced = trusted(file, os.environ)
    try:
        told = run_async(diagnosed(traced.config, os.environ, asks, say=_say))
    except Nothing as error:
        raise click.UsageError(str(error)) from None
    for words in told.notes:
        _say(words)
    _tell(told.found)
    _tell_uncompared(traced, told)
    if not told.found:
        if told.is_whole:
            _say(f"no address is wrong: {plural(len(told.services), 'service')} compared")
        return 0 if told.is_whole else 1
    if traced.found.path is None:
        _say("the built-in config cannot be changed: sutaz-tui init writes one of your own")
        return 1
    change = mended(traced, told.found)
    for words in change.by_hand:
        _say(words)
    for one in change.files:
        click.echo(traced.config.secrets.mask(as_diff(str(one.path), one.before, one.after)), nl=False)
    if not change.files or not (writes or _is_wanted(change.changes)):
        return 1
    _write(change)
    is_all = told.is_whole and not change.by_hand and all(one.to for one in told.found)
    return 0 if is_all else 1


def _tell(found: "Sequence[Misplaced]") -> None:
    from sutaz_tui.text.sanitise import one_line

    names = max((len(one.id) for one in found), default=0)
    places = max((len(one_line(one.at, 100)) for one in found), default=0)
    for one in found:
        host, _, port = one.to.rpartition(":")
        to = port if host == one.at.rpartition(":")[0] or host == one.at else one.to
        at, words = one_line(one.at, 100), one_line(one.words, 300)
        click.echo(f"{one.id:{names}}  {at:{places}}  -> {to or '?':5}  {words}")


def _tell_uncompared(traced: "Traced", told: "Diagnosis") -> None:
    """Which services nothing is said of; a usage error where that is all of them."""
    from sutaz_tui.text.units import first_of

    wrong = {one.id for one in told.found}
    others = [one.id for one in traced.config.services if one.id not in told.services | wrong]
    if not told.services and not wrong:
        raise click.UsageError(
            "nothing could be compared: no service of this config is one whose ports are published here; "
            "container: NAME says which container a service runs in."
        )
    if others:
        _say(f"not compared: {first_of(others, 20)} (nothing here tells where they are)")


def _is_wanted(changes: int) -> bool:
    from sutaz_tui.text.units import plural

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return click.confirm(f"apply {plural(changes, 'change')}?", default=False)


def _write(change: "Mended") -> None:
    from sutaz_tui.setup.mending import write

    for one in change.files:
        try:
            write(one)
        except OSError as error:
            raise click.UsageError(f"{one.path} cannot be written: {error.strerror}.") from None
        _say(f"wrote {one.path}")


def _say(words: str) -> None:
    from sutaz_tui.text.sanitise import one_line

    click.echo(one_line(words, 1000), err=True)
