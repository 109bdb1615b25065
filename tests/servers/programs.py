"""Where the programs of the real servers are, and what a test does when one is missing."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

MISSING = "missing server program: "
"""How the reason of each such skip starts; the plugin gathers the skips at the end of a run by it."""

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sutaz-tui-tests"
"""Where `scripts/install-test-servers` puts what Debian does not carry."""

_BESIDE_PATH = {
    # Debian keeps these off PATH: several releases of PostgreSQL may be installed at once.
    "postgres": "/usr/lib/postgresql/*/bin/postgres",
    "initdb": "/usr/lib/postgresql/*/bin/initdb",
    "pg_basebackup": "/usr/lib/postgresql/*/bin/pg_basebackup",
    # The script of this name on Debian's PATH changes folder and hides the output.
    "rabbitmq-server": "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "pgbouncer": "/usr/sbin/pgbouncer",
    "nginx": "/usr/sbin/nginx",
    "mariadbd": "/usr/sbin/mariadbd",
    "netavark": "/usr/lib/podman/netavark",
    "consul": str(CACHE / "consul/usr/bin/consul"),
    "chroma": str(CACHE / "chromadb/bin/chroma"),
}


def find(name: str) -> Path | None:
    """The program of that name: from its usual folder (the newest release), else from PATH."""
    pattern = _BESIDE_PATH.get(name, "/no-such-file")
    installed = sorted(Path("/").glob(pattern.removeprefix("/")), key=_release)
    if installed:
        return installed[-1]
    on_path = shutil.which(name)
    return Path(on_path) if on_path else None


def need(*names: str) -> list[Path]:
    """The programs of those names; when one is missing the test is skipped, or fails where CI=true."""
    found = {name: find(name) for name in names}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        unavailable(f"{', '.join(missing)} (scripts/install-test-servers installs it)")
    return [path for path in found.values() if path is not None]


def unavailable(what: str) -> NoReturn:
    """Ends the test because a server cannot run here: skipped and listed, or failed where CI=true."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(MISSING + what, pytrace=False)
    pytest.skip(MISSING + what)


def _release(path: Path) -> list[int]:
    return [int(part) for part in path.parts if part.isdigit()]
