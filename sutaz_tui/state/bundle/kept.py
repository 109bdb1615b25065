"""The shapes of what a bundle keeps: the stack as it was watched, and rows of the history, bounded in every value."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from sutaz_tui.model import Service

FORMAT = 3
READ = (2, 3)
"""Formats that are read: 2 has no results of other places."""

Text = Annotated[str, Meta(max_length=4_000)]
Long = Annotated[str, Meta(max_length=200_000)]
"""JSON of facts or steps."""
Moment = Annotated[int, Meta(ge=0, le=253_402_300_799_000)]
"""Milliseconds since 1970, UTC, up to the year 9999."""
Minute = Annotated[int, Meta(ge=0, le=4_223_371_679)]
Number = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Span = tuple[
    Number, Moment, Moment | None, Text, Text, Text, Moment, Annotated[int, Meta(ge=0, le=1)], Moment | None
]


Subject = tuple[Number, Text, Text]
Result = tuple[Text, Moment, Text, float, Text, Long]
ROWS: dict[str, Any] = {
    "subjects": Subject,
    "watches": tuple[Moment, Moment, Text, Text],
    "spans": Span,
    "changes": tuple[Moment, Number | None, Text, Text],
    "minutes": tuple[Number, Minute, Number, Number, Number, float | None, float | None, Long],
    "results": Result,
    "results_from": tuple[Text, Moment, Text, float, Text, Long, Text],
    "was_known": tuple[Text, Text, Text, Moment, Moment | None, Moment | None],
}
"""The rows of each table of the history, as its columns are; who is spoken of stands first."""


class Heading(Struct, frozen=True):
    """A heading of the board."""

    id: Text
    title: Text


class Checked(Struct, frozen=True):
    """A check that ended within the span; `service` is the one that it is about."""

    id: Text
    category: Text
    title: Text
    service: Text


class Stack(Struct, frozen=True):
    """What was watched: `env` is the config's, `begin` and `end` the span."""

    format: int
    program: Text
    env: Text
    begin: datetime
    end: datetime
    groups: Annotated[list[Heading], Meta(max_length=1_000)]
    services: Annotated[list[Service], Meta(max_length=10_000)]
    checks: Annotated[list[Checked], Meta(max_length=100_000)] = []


def log_file(service_id: str) -> str:
    """Where in the archive a service's log is."""
    return f"logs/{service_id.replace('/', '_')}.log"
