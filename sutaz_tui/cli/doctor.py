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
    from sutaz_tui.setup.mending import Mended
    from sutaz_tui.setup.misplaced import Compared, Misplaced


@click.command()
@config_option
@click.option("--write", "writes", is_flag=True, help="Change the config without asking.")
def doctor(file: Path | None, writes: bool) -> int:
    """Find what is not where the config says, by the ports that Docker publishes, and show the config mended.

    Where no Docker answers, by the compose file of this folder. Nothing is sent to any service. Also told: a depends_on
    that compose contradicts, containers without a health check. Exit code 0 when every address is right or all were
    mended, 1 when some are left, 2 usage.
    """
    from sutaz_tui.cli.trusting import trusted
    from sutaz_tui.setup.differing import as_diff
    from sutaz_tui.setup.mending import mended
    from sutaz_tui.text.units import plural

    traced = trusted(file, os.environ)
    compared, is_whole = _compared(traced)
    found = compared.found
    _tell(found)
    _tell_uncompared(traced, compared)
    if not found:
        if is_whole:
            _say(f"nothing wrong: {plural(len(compared.services), 'service')} compared")
        return 0 if is_whole else 1
    if traced.found.path is None:
        _say("the built-in config cannot be changed: sutaz-tui init writes one of your own")
        return 1
    change = mended(traced, found)
    for words in change.by_hand:
        _say(words)
    for one in change.files:
        click.echo(traced.config.secrets.mask(as_diff(str(one.path), one.before, one.after)), nl=False)
    if not change.files or not (writes or _is_wanted(change.changes)):
        return 1
    _write(change)
    is_all = is_whole and not change.by_hand and all(one.to for one in found)
    return 0 if is_all else 1


def _compared(traced: "Traced") -> "tuple[Compared, bool]":
    """What was compared, and whether all that should tell of it did."""
    from sutaz_tui.errors import SourceError
    from sutaz_tui.setup.docker_here import services_by_source
    from sutaz_tui.setup.from_compose import NAMES, CannotFollow, seen
    from sutaz_tui.setup.misplaced import Compared, containers_of, misplaced
    from sutaz_tui.setup.notes import notes

    config = traced.config
    told = run_async(services_by_source(config, os.environ))
    troubles = [one.services for one in told if isinstance(one.services, SourceError)]
    for error in troubles:
        _say(str(error))
    answered = [one for one in told if not isinstance(one.services, SourceError)]
    whole = Compared((), frozenset())
    for one in answered:
        docker = one.source if len(told) > 1 else None
        part = misplaced(config, one.services, one.host, "Docker", docker)
        whole = Compared(whole.found + part.found, whole.services | part.services)
        for words in notes(config, containers_of(config, one.services, one.host, docker), one.services):
            _say(words)
    if answered:
        return whole, not troubles
    compose = next((path for name in NAMES if (path := Path(name)).is_file()), None)
    if compose is None:
        raise click.UsageError(
            "no Docker answers and no compose file is in this folder: nothing says where services are."
        )
    try:
        return misplaced(config, seen(compose, os.environ), "127.0.0.1", str(compose)), True
    except CannotFollow as error:
        raise click.UsageError(str(error)) from None


def _tell(found: "Sequence[Misplaced]") -> None:
    from sutaz_tui.text.sanitise import one_line

    names = max((len(one.id) for one in found), default=0)
    places = max((len(one_line(one.at, 100)) for one in found), default=0)
    for one in found:
        host, _, port = one.to.rpartition(":")
        to = port if host == one.at.rpartition(":")[0] or host == one.at else one.to
        at, words = one_line(one.at, 100), one_line(one.words, 300)
        click.echo(f"{one.id:{names}}  {at:{places}}  -> {to or '?':5}  {words}")


def _tell_uncompared(traced: "Traced", compared: "Compared") -> None:
    """Which services nothing is said of; a usage error where that is all of them."""
    from sutaz_tui.text.units import first_of

    others = [one.id for one in traced.config.services if one.id not in compared.services]
    if not compared.services:
        raise click.UsageError(
            "nothing could be compared: no service of this config is one whose ports are published here; "
            "container: NAME says which container a service runs in."
        )
    if others:
        _say(f"not compared: {first_of(others, 20)} (no published port of theirs is known here)")


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
