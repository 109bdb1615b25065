"""What a view is: data, and who asks for its rows. Screens and `show` make the same of it."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from sutaz_tui.config import ServiceConfig
from sutaz_tui.errors import SourceError
from sutaz_tui.model import Outcome, Snapshot
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import GLYPHS, Column, TableRow

if TYPE_CHECKING:
    # At run time it would bring httpx2 before the first frame.
    from sutaz_tui.sources.clients import Clients


T = TypeVar("T")


async def heard(question: Awaitable[T] | None, missing: list[SourceError]) -> T | None:
    """The answer of one of several systems, None where it is not asked or gives none; why it gave none goes to `missing`."""
    try:
        return await question if question is not None else None
    except SourceError as error:
        missing.append(error)
        return None


def each(column: str, row: Callable[[T], TableRow], found: Iterable[T]) -> list[TableRow]:
    """A row of each; one that cannot be made is a row that says so in this column, and takes no other with it."""
    made = []
    for number, one in enumerate(found, 1):
        try:
            made.append(row(one))
        except Exception as error:  # a fault of ours must be seen in its row, and the others stay
            words = f"internal error of sutaz-tui: {type(error).__name__}: {error}"
            told = one_line(words, 200)
            made.append(
                TableRow(f"row {number}", {column: told}, "unknown", GLYPHS["unknown"], detail=(told,))
            )
    return made


class Rows(Struct, frozen=True):
    """What a question brought: the rows in the order in which they matter, of `total` that there are.

    `about` says what they are ("the 50 fullest"), `missing` what the system does not tell of them, `order` how they stand
    ("trouble first"); `every` is the least time in seconds until it may be asked again, where that is more than the
    view's own; `again` when it is to be asked again because rates want a second reading, 0 where they do not. `follows` is
    when who goes on looking asks again, of a system that then answers as soon as something changed, 0 of all others;
    `waited` the seconds until it began to tell it.
    """

    rows: tuple[TableRow, ...]
    total: int
    about: str = ""
    missing: str = ""
    order: str = ""
    every: float = 0.0
    again: float = 0.0
    follows: float = 0.0
    waited: float = 0.0


Past = Callable[[str, datetime, datetime], Mapping[str, tuple[tuple[float, float | None], ...]]]
"""The figures of a service between two moments by name, as (Unix seconds, value); OSError where they cannot be read."""


class Tried(Struct, frozen=True):
    """How a check ended last, at a moment in Unix seconds, and the requests that it sent, each a method and a URL."""

    check: str
    at: float
    outcome: Outcome
    message: str
    requests: tuple[str, ...]


Tries = Callable[[], Iterable[Tried]]
"""How the checks ended last; asked in a thread, for it may read a file."""


class Asker:
    """Asks for rows as an `Ask` does, and is told what some views want to know besides."""

    past: Past | None = None
    """What is remembered, None where nothing is."""
    tries: Tries | None = None
    """How the checks ended last, None where nothing of it is kept."""
    seen: Collection[str] | None = None
    """The keys of the rows on the screen, None where there is none."""

    async def __call__(self, timeout: float) -> Rows:
        """The rows; raises SourceError."""
        raise NotImplementedError


Ask = Callable[[float], Awaitable[Rows]]
"""Asks within so many seconds; raises SourceError."""


class StackView(Struct, frozen=True):
    """A table about the whole stack, made of its snapshot; the fields are those of a View."""

    id: str
    heading: str
    words: str
    columns: tuple[Column, ...]


class View(Struct, frozen=True):
    """A table about a service of a kind.

    `id` is its word in `:` and `show`, `heading` its name among the views of its kind, `interval` the seconds between two
    questions while it is looked at; `asker` makes what asks for one service. `of_past` makes rows of what is remembered of
    the services at a moment, None where nothing of them is; `also` are other kinds that have it too. `is_of_stack`: it
    shows the same for each of its services. `is_on_word`: Tab passes it by, since asking costs.
    """

    id: str
    kind: str
    heading: str
    words: str
    columns: tuple[Column, ...]
    interval: float
    asker: "Callable[[ServiceConfig, Clients], Ask]"
    of_past: Callable[[Snapshot, str], Rows] | None = None
    also: tuple[str, ...] = ()
    is_of_stack: bool = False
    is_on_word: bool = False

    def is_of(self, kind: str) -> bool:
        """Whether services of a kind have it."""
        return kind == self.kind or kind in self.also
