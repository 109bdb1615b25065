"""What a log is opened of, and who finds its lines."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from sutaz_tui.logs.feed import Feed

if TYPE_CHECKING:
    from sutaz_tui.sources.logs.in_loki import Found


class Subject(Struct, frozen=True):
    """What a log is opened of: services by id and containers as `logs/of_container.py` names them, or a query.

    `start` (nanoseconds) is the moment that it opens at, None for the newest lines; with an `end` too it shows that
    span and does not follow. `marked` is a text whose lines are marked, `note` what the title says of it.
    """

    name: str
    services: tuple[str, ...] = ()
    query: str = ""
    start: int | None = None
    end: int | None = None
    marked: str = ""
    note: str = ""


class Desk(Protocol):
    """Who finds the logs of services."""

    @property
    def problems(self) -> Mapping[str, Exception]:
        """Why services have no log, by id."""
        ...

    async def feeds(self, services: Sequence[str]) -> list[Feed]:
        """The feeds of these services, as far as they have a log."""
        ...

    async def query(self, logql: str) -> Feed:
        """The feed of a query; SutazError where nobody can be asked."""
        ...

    def place(self, service: str) -> "Found | None":
        """What the log of a service is, once it was found."""
        ...

    async def aclose(self) -> None:
        """Let go of its clients."""
        ...
