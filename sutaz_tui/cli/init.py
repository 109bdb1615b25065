"""`init` and `discover`: a first config of what runs here, and how a config differs from that."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli.stack import config_option, run_async

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.setup.entries import Entry
    from sutaz_tui.setup.seen import Seen


DOCKER = "unix:///var/run/docker.sock"
"""Where Docker listens by default."""


@click.command()
@click.option(
    "--from",
    "origin",
    type=click.Choice(["docker", "compose", "consul", "prometheus"]),
    help="Where to look. Default: Docker, else a compose file here.",
)
@click.argument("place", required=False, metavar="[FILE|URL]")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write it there; - is standard output.",
)
@click.option(
    "--docker", "url", metavar="URL", help="The Docker that runs it. Default: DOCKER_HOST, else its socket."
)
@click.option(
    "--ask",
    "asks",
    is_flag=True,
    help="Ask each service once, without a login; what is down so is watched by its container.",
)
def init(origin: str | None, place: str | None, output: str | None, url: str | None, asks: bool) -> int:
    """Write a first config of what Docker runs here, of a compose FILE, or of what a Consul or Prometheus at a URL knows.

    Nothing is sent to any service without --ask.

    Passwords are written as names of variables, with an example of the file that gives them. Exit code 1 when nothing
    was found, 2 usage.
    """
    from sutaz_tui.errors import SutazError
    from sutaz_tui.setup.where import url_of
    from sutaz_tui.setup.writing import config_text, counted
    from sutaz_tui.text.units import plural

    url = url if url is not None else url_of(os.environ)
    is_catalog = origin in ("consul", "prometheus")
    if (place is not None and origin not in ("compose", "consul", "prometheus")) or (
        place is None and is_catalog
    ):
        raise click.UsageError("FILE goes with --from compose, and a URL with --from consul or prometheus.")
    docker = "" if is_catalog else url or DOCKER
    try:
        entries, others, title = _found(origin, place, url, asks)
        if asks:
            entries, said = _asked(entries, others, docker)
            for words in said:
                _say(words)
    except SutazError as error:
        raise click.UsageError(str(error)) from None
    if not entries:
        click.echo(
            "no service was found: does Docker run anything here? --from compose FILE reads a compose file",
            err=True,
        )
        return 1
    text = config_text(entries, docker, title)
    projects = list(dict.fromkeys(one.seen.project for one in entries if one.seen.project))
    of = f" of project{'s' * (len(projects) > 1)} {', '.join(projects)}" if projects else ""
    how = "each was asked once at most, without a login" if asks else "nothing was sent to any of them"
    _say(f"{plural(len(entries), 'service')}{of}: {counted(entries)} ({how})")
    secrets = sorted({name for entry in entries for name in entry.secrets})
    if secrets:
        _say(f"variables that it names: {', '.join(secrets)}")
    target = _target(output, title)
    if target is None:
        click.echo(text, nl=False)
        return 0
    return _write(target, text, entries)


def _asked(
    entries: "list[Entry]", others: "dict[str, Entry]", docker: str
) -> "tuple[list[Entry], list[str]]":
    from sutaz_tui.setup.asked_once import asked_once

    found: tuple[list[Entry], list[str]] = run_async(asked_once(entries, others, docker))
    return found


def _found(
    origin: str | None, place: str | None, url: str, asks: bool
) -> "tuple[list[Entry], dict[str, Entry], str]":
    """The entries, others to try in their place, and what the config is called."""
    from sutaz_tui.setup.entries import entries_of
    from sutaz_tui.setup.from_compose import seen
    from sutaz_tui.setup.where import NAMES

    if origin in ("consul", "prometheus"):
        from sutaz_tui.setup.from_catalogs import from_consul, from_prometheus

        if origin == "consul":
            return *run_async(from_consul(place or "", asks)), origin
        return run_async(from_prometheus(place or "")), {}, origin
    if origin is None and not url:
        origin = "compose"
    if origin == "compose":
        files = (
            [Path(place)] if place is not None else [path for name in NAMES if (path := Path(name)).is_file()]
        )
        if not files:
            raise click.UsageError(
                f"no Docker socket and no compose file is here: name one with --from compose FILE.{_heard()}"
            )
        services = seen(files[0], os.environ, by_docker=place is not None)
        return entries_of(services), {}, services[0].project if services else ""
    if not url:
        raise click.UsageError("no Docker socket is here: name it with --docker URL or DOCKER_HOST.")
    from sutaz_tui.setup.docker_here import services_of

    services = run_async(services_of(url))
    projects = [one.project for one in services if one.project]
    return entries_of(services), {}, max(set(projects), key=projects.count) if projects else "stack"


def _heard() -> str:
    """What listens here and may know of others, as a hint; nothing is sent to it."""
    from sutaz_tui.setup.whose import heard

    return "".join(f" {words[:1].upper()}{words[1:]}" for words in heard())


def _target(output: str | None, title: str) -> Path | None:
    """Where to write, None for standard output."""
    from sutaz_tui.config.files import NoHome, config_folder

    if output is not None:
        return None if output == "-" else Path(output)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    try:
        path = config_folder() / f"{title}.yaml"
    except NoHome:
        return None
    return path if click.confirm(f"write {path}?", default=True) else None


def _write(path: Path, text: str, entries: "list[Entry]") -> int:
    from sutaz_tui.setup.keeping import files, keep
    from sutaz_tui.setup.writing import env_text

    written = files(path, text, env_text(entries))
    try:
        keep(written)
    except OSError as error:
        again = ": name another with -o, or remove it" if isinstance(error, FileExistsError) else ""
        raise click.UsageError(f"{error.filename} {error.strerror}{again}.") from None
    for file in written:
        _say(f"wrote {file}")
    _say(f"next: sutaz-tui status -c {path}   then: sutaz-tui -c {path}")
    return 0


@click.command()
@config_option
@click.option(
    "--docker",
    "url",
    metavar="URL",
    help="The Docker that is meant. Default: that of the config, else of this host.",
)
@click.option("--write", "writes", is_flag=True, help="Add what is missing to the config.")
def discover(file: Path | None, url: str | None, writes: bool) -> int:
    """Show what Docker runs and the config lacks, as a diff, and what the config has and is gone.

    Exit code 0 when nothing differs, 1 when something does, 2 usage.
    """
    from sutaz_tui.cli.trusting import trusted
    from sutaz_tui.errors import SutazError
    from sutaz_tui.setup.differing import as_diff, difference, with_added
    from sutaz_tui.setup.mending import Changed, write
    from sutaz_tui.text.units import plural

    traced = trusted(file, os.environ)
    try:
        told = _running(traced.config, url)
    except SutazError as error:
        raise click.UsageError(str(error)) from None
    entries: list[Entry] = []
    gone: list[str] = []
    every = 0
    for source, services in told:
        found = difference(traced.config, services, source)
        entries += found.entries(services, source)
        gone += found.gone
        every += len(services)
    for id in gone:
        _say(f"{id}: its container is gone; remove it from the config, or start it")
    if not entries:
        if not gone:
            _say(f"nothing differs: the config has all that Docker runs, {plural(every, 'service')}")
        return 1 if gone else 0
    missing = sorted(entry.seen.id for entry in entries)
    _say(f"running, and not in the config: {', '.join(missing)}")
    path = traced.found.path
    if path is None:
        raise click.UsageError(
            "the built-in config cannot be added to: sutaz-tui init writes one of your own."
        )
    before, after = with_added(traced, entries)
    click.echo(as_diff(str(path), before, after), nl=False)
    if not writes:
        return 1
    try:
        write(Changed(path, before, after))
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}.") from None
    _say(f"wrote {path}")
    return 0


def _running(config: "Config", url: str | None) -> "list[tuple[str, list[Seen]]]":
    """What each Docker of a config runs, by its source where there are several; raises SourceError."""
    from sutaz_tui.errors import SourceError
    from sutaz_tui.setup.docker_here import services_by_source, services_of

    if url:
        return [("", run_async(services_of(url)))]
    answers = run_async(services_by_source(config, os.environ))
    if not answers:
        raise click.UsageError("no Docker socket is here: name it with --docker URL or DOCKER_HOST.")
    told = []
    for one in answers:
        if isinstance(one.services, SourceError):
            raise one.services
        told.append((one.source if len(answers) > 1 else "", one.services))
    return told


def _say(words: str) -> None:
    from sutaz_tui.text.sanitise import one_line

    click.echo(one_line(words, 1000), err=True)
