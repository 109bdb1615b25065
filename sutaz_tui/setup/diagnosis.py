"""All that `doctor` tells of a config: by Docker, by the compose file of this folder, and by asking where that is wanted."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from sutaz_tui.config import Config
from sutaz_tui.errors import SourceError, SutazError
from sutaz_tui.setup.asking import catalog_words, confirmed, left_out, sought
from sutaz_tui.setup.clocks import clock_words
from sutaz_tui.setup.docker_here import services_by_source
from sutaz_tui.setup.from_compose import CannotFollow
from sutaz_tui.setup.from_compose import seen as seen_in_compose
from sutaz_tui.setup.misplaced import Address, Misplaced, addresses_of, containers_of, misplaced
from sutaz_tui.setup.notes import notes
from sutaz_tui.setup.seen import Seen
from sutaz_tui.setup.surroundings import surroundings, unheard
from sutaz_tui.setup.where import NAMES
from sutaz_tui.setup.whose import listening
from sutaz_tui.text.units import plural

HERE = "127.0.0.1"


class Nothing(SutazError):
    """Nothing tells where services are; the words say what to do."""


class Diagnosis(Struct, frozen=True):
    """What is misplaced, the ids of the services that were compared, what else is worth a sentence, and whether all that
    should tell did."""

    found: tuple[Misplaced, ...]
    services: frozenset[str]
    notes: tuple[str, ...]
    is_whole: bool


class _Told(Struct, frozen=True):
    every: list[Seen]
    host: str
    teller: str
    docker: str | None = None


async def diagnosed(
    config: Config,
    environ: Mapping[str, str],
    asks: bool,
    ports: Sequence[int] | None = None,
    say: Callable[[str], object] | None = None,
) -> Diagnosis:
    """Compare a config with what runs; raises Nothing.

    `ports` are those that listen here, by default as the kernel lists them. What asking costs is said before.
    """
    told, said, is_whole = await _tellers(config, environ, asks)
    found: list[Misplaced] = []
    services: frozenset[str] = frozenset()
    everywhere: dict[int, list[Address]] = {}
    for one in told:
        part = misplaced(config, one.every, one.host, one.teller, one.docker)
        found += part.found
        services |= part.services
        everywhere |= {
            index: each
            for index, each in addresses_of(config, one.every, one.host, one.docker).items()
            if index not in everywhere or each
        }
        said += notes(config, containers_of(config, one.every, one.host, one.docker), one.every)
    here = listening() if ports is None else set(ports)
    everywhere = everywhere or addresses_of(config, [], HERE)
    if asks:
        every = [seen for one in told for seen in one.every]
        not_asked = left_out(config, everywhere, every)
        published = {port for seen in every for _, port in seen.published.values()} - not_asked
        others = here - not_asked - published
        costs = f"asking, without a login, whoever is not found at up to {plural(len(published | others), 'port')}"
        (say or said.append)(
            costs + (f", {plural(len(found), 'service')} where it is published" if found else "")
        )
        found, number = await confirmed(config, everywhere, found)
        more = await sought(config, everywhere, services, published, others)
        found += more.found
        services |= more.services
        said += await catalog_words(config, everywhere, found)
        said += await clock_words(config, everywhere, found)
        said.append(f"asked {plural(number + more.asks, 'time')}, never with a login")
    said += unheard(config, everywhere, services | {one.id for one in found}, here)
    said += surroundings(config, environ)
    return Diagnosis(tuple(found), services, tuple(said), is_whole)


async def _tellers(
    config: Config, environ: Mapping[str, str], asks: bool
) -> tuple[list[_Told], list[str], bool]:
    """Who tells what is published, what is to be said of it, and whether all of them told."""
    answers = await services_by_source(config, environ)
    troubles = [str(one.services) for one in answers if isinstance(one.services, SourceError)]
    told = [
        _Told(one.services, one.host, "Docker", one.source if len(answers) > 1 else None)
        for one in answers
        if not isinstance(one.services, SourceError)
    ]
    if told:
        return told, troubles, not troubles
    compose = next((path for name in NAMES if (path := Path(name)).is_file()), None)
    if compose is not None:
        try:
            return [_Told(seen_in_compose(compose, environ), HERE, str(compose))], troubles, True
        except CannotFollow as error:
            raise Nothing(str(error)) from None
    if not asks:
        troubles.append(
            "no Docker answers and no compose file is in this folder: --ask looks for services at the ports that listen here"
        )
    return [], troubles, asks
