"""What a view is: data, and who asks for its rows. Screens and `show` make the same of it."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.table import Column, TableRow

if TYPE_CHECKING:
    # At run time it would bring httpx2 before the first frame.
    from sutaz_tui.sources.clients import Clients


class Rows(Struct, frozen=True):
    """What a question brought: the rows in the order in which they matter, of `total` that there are.

    `about` says what they are ("the 50 fullest"), `missing` what the system does not tell of them, `order` how they stand
    ("trouble first"); `every` is the least time in seconds until it may be asked again, where that is more than the
    view's own.
    """

    rows: tuple[TableRow, ...]
    total: int
    about: str = ""
    missing: str = ""
    order: str = ""
    every: float = 0.0


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
    questions while it is looked at; `asker` makes what asks for one service.
    """

    id: str
    kind: str
    heading: str
    words: str
    columns: tuple[Column, ...]
    interval: float
    asker: "Callable[[ServiceConfig, Clients], Ask]"
