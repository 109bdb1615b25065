"""What is offered where no config was named and the built-in one is none of this host's: a board of what runs here."""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from sutaz_tui.cli.stack import run_async
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import plural

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.setup.seen import Seen
    from sutaz_tui.tui.opened import Opened


class Offer(Struct, frozen=True):
    """A board that a person at the terminal said yes to, and nobody wrote a config of.

    `whole` is the text that `init` would have written, `names` its example of secrets; it asks `asked` services. `docker`
    is the same with each service by its container alone, "" where no Docker tells.
    """

    title: str
    whole: str
    names: str
    asked: int
    docker: str = ""

    def opened(self, folder: Path) -> "Opened":
        """What the board is opened of; its texts become files of a folder that is there as long as the board."""
        from sutaz_tui.config.files import NoHome, config_folder
        from sutaz_tui.tui.opened import Opened, Unwritten

        def reader(name: str, text: str) -> "Callable[[], Config]":
            file = folder / name / f"{self.title}.yaml"
            file.parent.mkdir(mode=0o700)
            file.write_text(text, encoding="utf-8")

            def read() -> "Config":
                from sutaz_tui.config import load
                from sutaz_tui.process.limits import allow_files

                config = load(None, file, os.environ)
                allow_files(len(config.services))
                return config

            return read

        whole = reader("whole", self.whole)
        path = Path(f"{self.title}.yaml")
        with suppress(NoHome):
            path = config_folder() / path
        first = reader("docker", self.docker) if self.docker else whole
        unwritten = Unwritten(self.whole, self.names, path, whole, self.asked if self.docker else 0)
        return Opened(again=first, config=first(), unwritten=unwritten)


def offered(config: "Config", is_screen: bool) -> "Path | Offer | None":
    """Where the built-in config is none of this host's: the config of what runs here that was kept before, or after a
    yes a board of it; None to go on with the built-in one.

    Without a screen there is nobody to ask: the usage error says what writes one. Docker alone is read for it.
    """
    from sutaz_tui.config.files import NoHome, config_folder
    from sutaz_tui.setup.seen import id_of
    from sutaz_tui.setup.whose import is_among, listens_here
    from sutaz_tui.state.history.memory import Memory

    if listens_here(config) or ((known := Memory(config, "board").path) is not None and known.exists()):
        return None
    services, told, url = _what_runs()
    if services and is_among(config, services):
        return None
    if not services:
        _ask_for_built_in(is_screen)
        return None
    projects = Counter(one.project for one in services if one.project)
    first = next(iter(projects.most_common(1)), ("stack", 0))[0]
    title = id_of(first)
    more = f" and {plural(len(projects) - 1, 'other project')}" if len(projects) > 1 else ""
    whose = f"of project {one_line(first, 40)}{more}"
    if not is_screen:
        raise click.UsageError(
            f"no config, and {told} {len(services)} services {whose}: sutaz-tui init -o FILE writes a config of them."
        )
    with suppress(NoHome):
        if (path := config_folder() / f"{title}.yaml").is_file():
            _say(f"opening {path}")
            return path
    return _asked(services, (told, whose), title, url)


NOBODY = "no config, and nothing of the built-in SutazAI stack runs here"
WAYS = "sutaz-tui init --help says what writes a config, sutaz-tui --demo shows a simulated stack."


def _ask_for_built_in(is_screen: bool) -> None:
    """Ask whether it is the built-in stack that is down as a whole: on any other host it would be all red."""
    from sutaz_tui.setup.whose import heard

    for words in heard():
        _say(words)
    if not is_screen:
        raise click.UsageError(f"{NOBODY}: {WAYS}")
    if not click.confirm(f"{NOBODY}: open its board all the same?", default=False):
        raise click.UsageError(f"no board was opened: {WAYS}")


def _what_runs() -> "tuple[list[Seen], str, str]":
    """The services that Docker runs, else that a compose file here names; who told, and the URL of that Docker."""
    from sutaz_tui.errors import SutazError
    from sutaz_tui.setup.where import compose_here, url_of

    # What reads each is imported where there is something to read.
    if url := url_of(os.environ):
        from sutaz_tui.setup.docker_here import services_of

        with suppress(SutazError):
            if services := run_async(services_of(url)):
                return services, "Docker runs", url
    if (file := compose_here()) is not None:
        from sutaz_tui.setup.from_compose import seen

        with suppress(SutazError):
            return seen(file, os.environ), f"{file} names", ""
    return [], "", ""


def _asked(services: "list[Seen]", told: tuple[str, str], title: str, url: str) -> Offer:
    """Ask for a yes; a usage error for a no. `told` says by whom, and whose they are."""
    from sutaz_tui.cli.init import DOCKER
    from sutaz_tui.setup.entries import by_container, entries_of
    from sutaz_tui.setup.writing import config_text, counted, env_text

    entries = entries_of(services)
    asked = sum(1 for entry in entries if entry.how != "container")
    if url:
        count = plural(sum(one.replicas for one in services), "container")
        question = f"{told[0]} {count} {told[1]}: open a board of them? Docker alone is read"
    else:
        _say(f"{told[0]} {plural(len(services), 'service')} {told[1]}: {counted(entries)}.")
        question = f"open a board of them? It asks {asked} of them every 15 s or so"
    if not click.confirm(question, default=True):
        raise click.UsageError(
            "no board was opened: sutaz-tui init writes a config, sutaz-tui --demo shows a simulated stack."
        )
    docker = ""
    if url:
        alone = [
            by_container(entry.seen, {key: entry.keys[key] for key in ("depends_on",) if key in entry.keys})
            for entry in entries
        ]
        docker = config_text(alone, url, title)
    return Offer(title, config_text(entries, url or DOCKER, title), env_text(entries), asked, docker)


def _say(words: str) -> None:
    click.echo(one_line(words, 1000), err=True)
