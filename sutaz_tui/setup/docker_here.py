"""The Docker or Podman of this host, by where it usually listens."""

import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from sutaz_tui.config import load
from sutaz_tui.setup.from_docker import seen
from sutaz_tui.setup.seen import Seen
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import DockerApi, docker_api

TIMEOUT = 10.0
_SOCKETS = (
    "/var/run/docker.sock",
    "/run/user/{uid}/docker.sock",
    "/run/podman/podman.sock",
    "/run/user/{uid}/podman/podman.sock",
)
_CONFIG = "sources: {{docker: {{url: '{url}'}}}}\nservices: [{{id: docker, kind: docker, source: docker}}]\n"


def url_of(environ: Mapping[str, str]) -> str:
    """The URL of a Docker: as DOCKER_HOST says, else of the first socket that is there; "" for none."""
    if host := environ.get("DOCKER_HOST"):
        return host
    paths = (path.format(uid=os.getuid()) for path in _SOCKETS)
    return next((f"unix://{path}" for path in paths if Path(path).is_socket()), "")


async def services_of(url: str) -> list[Seen]:
    """What a Docker runs; raises SourceError, and ConfigError for a URL that is none."""
    async with _api(url) as api:
        parts = urlsplit(url)
        host = parts.hostname if parts.scheme in ("tcp", "ssh", "http", "https") else None
        return await seen(api, TIMEOUT, host or "127.0.0.1")


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
