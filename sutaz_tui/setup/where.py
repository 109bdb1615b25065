"""Who on this host may tell what runs here: looked at without a question to anybody, and without a client's library."""

import os
from collections.abc import Mapping
from pathlib import Path

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""Where compose itself looks, in its order."""
_SOCKETS = (
    "/var/run/docker.sock",
    "/run/user/{uid}/docker.sock",
    "/run/podman/podman.sock",
    "/run/user/{uid}/podman/podman.sock",
)


def url_of(environ: Mapping[str, str]) -> str:
    """The URL of a Docker: as DOCKER_HOST says, else of the first socket that is there; "" for none."""
    if host := environ.get("DOCKER_HOST"):
        return host
    paths = (path.format(uid=os.getuid()) for path in _SOCKETS)
    return next((f"unix://{path}" for path in paths if Path(path).is_socket()), "")


def compose_here() -> Path | None:
    """The compose file of the folder we are in."""
    return next((path for name in NAMES if (path := Path(name)).is_file()), None)
