"""PostgreSQL's rows on the wire: names, types and values, in text (0) or binary (1) format."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime

from sutaz_tui.simulator.postgres_answers import Column, Value

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_BINARY = {16: "!?", 20: "!q", 21: "!h", 23: "!i", 26: "!I", 700: "!f", 701: "!d"}
_SIZES = {16: 1, 20: 8, 21: 2, 23: 4, 26: 4, 700: 4, 701: 8, 1184: 8}


def text(value: str) -> bytes:
    """A string as messages carry it: UTF-8, ended by a zero byte."""
    return value.encode() + b"\0"


def row_description(columns: Sequence[Column], formats: Sequence[int]) -> bytes:
    """The body of RowDescription."""
    fields = [
        text(column.name)
        + struct.pack("!IHIhiH", 0, 0, column.oid, _SIZES.get(column.oid, -1), -1, _format(formats, index))
        for index, column in enumerate(columns)
    ]
    return struct.pack("!H", len(fields)) + b"".join(fields)


def encoded(columns: Sequence[Column], formats: Sequence[int]) -> bytes:
    """The body of DataRow."""
    parts = [struct.pack("!H", len(columns))]
    for index, column in enumerate(columns):
        if column.value is None:
            parts.append(struct.pack("!i", -1))
            continue
        data = _binary(column) if _format(formats, index) else _words(column.value).encode()
        parts.append(struct.pack("!i", len(data)) + data)
    return b"".join(parts)


def _format(formats: Sequence[int], index: int) -> int:
    """One format stands for all columns, otherwise each has its own."""
    return formats[0] if len(formats) == 1 else formats[index]


def _binary(column: Column) -> bytes:
    if isinstance(column.value, datetime):
        return struct.pack("!q", round((column.value - _EPOCH).total_seconds() * 1_000_000))
    if column.oid in _BINARY:
        return struct.pack(_BINARY[column.oid], column.value)
    return str(column.value).encode()


def _words(value: Value) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
    return str(value)
