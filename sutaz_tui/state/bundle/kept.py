"""The shapes of what a bundle keeps: the stack as it was watched, and rows of the history, bounded in every value."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from sutaz_tui.model import Service

FORMAT = 1
"""A reader refuses any other number."""

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


class Tables(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of the history, each as its table's columns are."""

    subjects: list[tuple[Number, Text, Text]] = []
    watches: list[tuple[Moment, Moment, Text, Text]] = []
    spans: list[Span] = []
    changes: list[tuple[Moment, Number | None, Text, Text]] = []
    minutes: list[tuple[Number, Minute, Number, Number, Number, float | None, float | None, Long]] = []
    results: list[tuple[Text, Moment, Text, float, Text, Long]] = []
    was_known: list[tuple[Text, Text, Text, Moment, Moment | None, Moment | None]] = []


class Heading(Struct, frozen=True):
    """A heading of the board."""

    id: Text
    title: Text


class Stack(Struct, frozen=True):
    """What was watched: `env` is the config's, `begin` and `end` the span."""

    format: int
    program: Text
    env: Text
    begin: datetime
    end: datetime
    groups: Annotated[list[Heading], Meta(max_length=1_000)]
    services: Annotated[list[Service], Meta(max_length=10_000)]
