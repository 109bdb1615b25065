"""The shell command that opens the same log in lnav."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sutaz_tui.config import Config

if TYPE_CHECKING:
    from sutaz_tui.sources.logs.in_loki import Found

LINES = 10_000
"""Lines of the past that lnav is given at first, where it does not read the file itself."""

DEFAULT_SOCKET = "unix:///var/run/docker.sock"


def lnav_line(config: Config, services: Sequence[str], query: str, found: "Found | None") -> str:
    """One line for a shell, without a secret: for services by id, or for a query where there is one.

    `found` is what the log of the one service is. lnav reads a file itself; its docker:// needs a newer one than
    distributions have, and it knows no Loki, so all else is piped into it.
    """
    one = found if len(services) == 1 and not query else None
    if one is not None and one.kind == "file":
        # A path that begins with a hyphen is no option.
        return f"lnav {shlex.quote(f'./{one.what}' if one.what.startswith('-') else one.what)}"
    if one is not None and one.kind == "docker":
        url = config.sources[config.logs.docker].url
        host = "" if url == DEFAULT_SOCKET else f"DOCKER_HOST={shlex.quote(config.secrets.mask(url))} "
        name = shlex.quote(one.what)
        return f"{host}docker logs --follow --timestamps --tail {LINES} {name} 2>&1 | lnav"
    words = ["sutaz-tui", "logs", "-f", "--limit", str(LINES)]
    if config.path is not None:
        words += ["-c", str(config.path.absolute())]
    words += ["--query", query] if query else [*services]
    return f"{config.secrets.mask(shlex.join(words))} | lnav"
