"""The Docker or Podman of this host, by where it usually listens."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from sutaz_tui.config import Config, load
from sutaz_tui.errors import SourceError
from sutaz_tui.probes.between import socket_denied
from sutaz_tui.setup.from_docker import seen
from sutaz_tui.setup.seen import Seen
from sutaz_tui.setup.where import url_of
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import DockerApi, docker_api

TIMEOUT = 10.0
_CONFIG = "sources: {{docker: {{url: '{url}'}}}}\nservices: [{{id: docker, kind: docker, source: docker}}]\n"


class Told(Struct, frozen=True):
    """What the Docker of a source runs, or why it does not say; `host` is where its published ports are."""

    source: str
    host: str
    services: list[Seen] | SourceError


async def services_by_source(config: Config, environ: Mapping[str, str]) -> list[Told]:
    """What each Docker of a config runs; of one that asks none its source `docker`, else the Docker of this host."""
    if not config.dockers:
        own = config.sources.get("docker")
        url = own.url if own is not None else url_of(environ)
        try:
            return [Told("", _host_of(url), await services_of(url))] if url else []
        except SourceError as error:
            return [Told("", _host_of(url), error)]
    clients = Clients(config)
    found = []
    try:
        for source, id in config.dockers.items():
            title = next(one.title for one in config.services if one.id == id)
            host = _host_of(config.sources[source].url)
            try:
                found.append(
                    Told(source, host, await seen(docker_api(clients, source, title), TIMEOUT, host))
                )
            except SourceError as error:
                found.append(Told(source, host, socket_denied(error, config.sources[source])))
    finally:
        await clients.aclose()
    return found


def _host_of(url: str) -> str:
    """Where the published ports of a Docker are."""
    parts = urlsplit(url)
    host = parts.hostname if parts.scheme in ("tcp", "ssh", "http", "https") else None
    return host or "127.0.0.1"


async def services_of(url: str) -> list[Seen]:
    """What a Docker runs; raises SourceError, and ConfigError for a URL that is none."""
    async with _api(url) as api:
        return await seen(api, TIMEOUT, _host_of(url))


@asynccontextmanager
async def _api(url: str) -> AsyncIterator[DockerApi]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "docker.yaml"
        file.write_text(_CONFIG.format(url=url.replace("'", "''")))
        config = load(None, file, {})
    clients = Clients(config)
    try:
        yield docker_api(clients, "docker", "Docker")
    finally:
        await clients.aclose()
