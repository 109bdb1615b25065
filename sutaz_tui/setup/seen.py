"""One service of a stack as Docker or a compose file tells it, before it is an entry of a config."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from sutaz_tui.config.recipes import of_health_check

NAMING = frozenset(
    {
        "POSTGRES_USER", "POSTGRES_DB", "POSTGRESQL_USERNAME", "POSTGRESQL_DATABASE", "DB_USER", "DB_NAME", "MYSQL_USER",
        "MARIADB_USER", "RABBITMQ_DEFAULT_USER",
    }
)  # fmt: skip
"""Variables that hold a user's or a database's name, which is no secret."""
LONGEST = 200
"""Characters of a name that is taken."""
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
_OTHER_THAN_ID = re.compile(r"[^a-z0-9_-]+")


class Seen(Struct, frozen=True, kw_only=True):
    """A service: `container` is its container's name, `project` and `service` are compose's names for it.

    `published` maps ports inside to ports of this host, `exposed` are the ports that it opens inside. `needs` are names of
    services with the condition that compose waits for. `test` is its health check as argv or shell text, () for none;
    `variables` are the names of its environment, `plain` the values of those that name a user or a database. `command` is
    what its image is told to run, `log_driver` where its log goes, `network` one that was made for it. `ends` when its
    work has an end.
    """

    id: str
    image: str
    container: str = ""
    project: str = ""
    service: str = ""
    replicas: int = 1
    published: dict[int, tuple[str, int]] = {}
    exposed: tuple[int, ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    test: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    plain: dict[str, str] = {}
    command: tuple[str, ...] = ()
    log_driver: str = ""
    network: str = ""
    ends: bool = False

    @property
    def health_page(self) -> tuple[int, str] | None:
        """Port inside and path that its health check asks by plain HTTP; None where it asks otherwise, or for more."""
        test = ("CMD-SHELL", *self.test) if len(self.test) == 1 else ("CMD", *self.test)
        return of_health_check(test, [name for name in (self.service, self.container) if name])

    @property
    def group(self) -> str:
        """What it stands under: its project, else its network, "" for neither."""
        return self.project or self.network

    def at(self, port: int) -> str:
        """`host:port` at which its port is asked: as it is published, else inside Docker's network; "" for neither."""
        if port in self.published:
            host, outside = self.published[port]
            return f"{host}:{outside}"
        return f"docker://{self.container}:{port}" if self.container and self.replicas == 1 else ""


def as_written(name: str) -> str:
    """A name that means itself in a config's text, "" for another: one that cannot be shown, a variable, or a file."""
    is_itself = name.isprintable() and len(name) <= LONGEST and "$" not in name
    return name if is_itself and not name.startswith("file:") else ""


def plain_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The values of variables that name a user or a database, where they are plain names; no other value is kept."""
    return {name: value for name, value in pairs if name in NAMING and _PLAIN.fullmatch(value)}


def id_of(name: str, taken: Sequence[str] = ()) -> str:
    """A service id made of a name, that none of `taken` is."""
    made = _OTHER_THAN_ID.sub("-", name.lower())[:50].strip("-_") or "service"
    return next(one for one in (made, *(f"{made}-{n}" for n in range(2, 10_000))) if one not in taken)
