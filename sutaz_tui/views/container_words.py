"""What is said of a container below its row, how it is restarted, and what it was at a moment of the past."""

import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Container as Entry
from sutaz_tui.model import ServiceState, Snapshot, Status
from sutaz_tui.text.table import GLYPHS, TableRow
from sutaz_tui.views.base import Rows

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.probes.directory import Directory
    from sutaz_tui.probes.fleet import Followed

LOOKS = {Status.DOWN: "down", Status.DEGRADED: "degraded", Status.UNKNOWN: "unknown"}


def dockers_of(config: Config) -> tuple[str, ...]:
    """The sources of all Dockers: those that are a service, and those that only have containers of some."""
    named = (config.docker_of(service) for service in config.services)
    return tuple(dict.fromkeys((*config.dockers, *filter(None, named))))


def service_of(one: "Followed", source: str, config: Config, directory: "Directory") -> str:
    """The id of the service that runs in it, "" for none."""
    for name in one.container.names:
        if (id := directory.by_container(name, source)) is not None:
            return id
    of = (
        entry.id
        for entry in config.services
        if isinstance(entry, Entry)
        and config.docker_of(entry) == source
        and entry.project
        and one.container.is_replica_of(entry.project, entry.service)
    )
    return next(of, "")


def restart_line(url: str, name: str) -> str:
    """The line that restarts a container of the Docker at this URL; no newline ends it."""
    parts = urlsplit(url)
    host = f"tcp://{parts.netloc.rpartition('@')[2]}" if parts.scheme in ("http", "https") else url
    tls = ["--tlsverify"] if parts.scheme == "https" else []
    return shlex.join(["docker", "-H", host, *tls, "restart", name])


def detail(one: "Followed", words: str) -> Iterable[str]:
    """The lines that its row unfolds; `words` are what Docker says of it."""
    container, page = one.container, one.page
    yield words + (f"; not all could be asked: {one.trouble}" if one.trouble else "")
    built = f", built {one.built:%Y-%m-%d}" if one.built is not None else ""
    yield f"image {container.image}{built}; id {container.id[:12]}"
    if container.published:
        yield f"ports {', '.join(container.published)}"
    if container.networks:
        yield f"networks {', '.join(f'{name} {ip}'.strip() for name, ip in container.networks.items())}"
    if container.mounts:
        yield f"mounts {'; '.join(container.mounts)}"
    if page is None:
        return
    if page.policy:
        yield f"restart policy {page.policy}, {page.restarts:,} restarts"
    yield from (f"health check {said}" for said in page.checked)
    if page.environment:
        yield f"environment (names only) {', '.join(page.environment)}"


def of_past(snapshot: Snapshot, _: str) -> Rows:
    """What is remembered of containers: those of services that are one, by their figures."""
    rows = tuple(map(_past_row, (state for state in snapshot.services if state.service.kind == "container")))
    missing = "only containers that are services of their own are remembered; the rest is not kept"
    return Rows(rows, len(rows), "as remembered", missing)


def _past_row(state: ServiceState) -> TableRow:
    look, facts = LOOKS.get(state.status, ""), state.facts
    names = {"restarts": "restarts", "memory": "memory", "memory_limit": "limit", "image": "image"}
    values: dict[str, object] = {"name": state.service.title, "state": state.word or str(state.status)}
    values |= {column: facts[fact] for fact, column in names.items() if fact in facts}
    return TableRow(state.service.id, values, look, GLYPHS.get(look, ""), state.service.id)
