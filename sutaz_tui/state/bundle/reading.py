"""A bundle that somebody sent, read: its archive bounded in everything, and its history written anew from checked rows.

Nothing is unpacked to a path, and no file of it is obeyed: only `stack.json` and `history.json` are read, into memory.
"""

import gzip
import json
import sqlite3
import tarfile
import zlib
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import msgspec
from msgspec.structs import replace

from sutaz_tui.errors import CannotStart
from sutaz_tui.model import Fact, Outcome, Service
from sutaz_tui.private_files import private_folder
from sutaz_tui.state.bundle.kept import FORMAT, Heading, Stack, Tables
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.state.history.spans import STATUS
from sutaz_tui.text.sanitise import one_line

T = TypeVar("T")

STACK, HISTORY = "stack.json", "history.json"
PACKED = 200 << 20
UNPACKED = 400 << 20
"""Bytes at most: of the file, and of all that is in it."""
ONE = 100 << 20
ENTRIES = 2_000
_LINE = 400
_TABLES = {
    "subjects": 3, "watches": 4, "spans": 9, "changes": 4, "minutes": 8, "results": 6, "was_known": 6,
}  # fmt: skip


class Refused(CannotStart):
    """The file is no bundle that may be opened, in words."""


class Bundle(msgspec.Struct, frozen=True):
    """What was read: the stack, cleaned for a screen, and its rows."""

    stack: Stack
    tables: Tables


def read(path: Path) -> Bundle:
    """The bundle in a file; Refused in words where it is none, or one that no program of ours wrote."""
    try:
        found = _files(path)
        stack = _decoded(found.get(STACK), STACK, Stack)
        if stack.format != FORMAT:
            raise Refused(
                f"{path.name}: format {stack.format}, expected {FORMAT}: another version of sutaz-tui wrote it"
            )
        tables = _decoded(found.get(HISTORY), HISTORY, Tables)
        return Bundle(_clean_stack(stack), _clean(tables))
    except Refused as error:
        raise Refused(f"cannot open {one_line(path.name, 80)}: {error}") from None
    except OSError as error:
        words = (
            "it is no .tar.gz"
            if isinstance(error, gzip.BadGzipFile)
            else error.strerror or "it cannot be read"
        )
        raise Refused(f"cannot open {one_line(path.name, 80)}: {words}") from None
    except (tarfile.TarError, EOFError, zlib.error, RecursionError):
        raise Refused(f"cannot open {one_line(path.name, 80)}: it is no whole .tar.gz") from None


def _files(path: Path) -> dict[str, bytes]:
    """The files of an archive that are read, by name; what has no place in a bundle refuses all of it."""
    if not path.is_file():
        raise Refused("there is no such file" if not path.exists() else "it is no regular file")
    if path.stat().st_size > PACKED:
        raise Refused(f"it has more than {PACKED >> 20} MB")
    found: dict[str, bytes] = {}
    whole = 0
    seen: set[str] = set()
    with path.open("rb") as packed, gzip.GzipFile(fileobj=packed) as unpacked:
        # Read as a stream, of which no more than the bound is unpacked: a bomb ends here, whatever its heads say.
        bounded = cast(IO[bytes], _Bounded(unpacked))
        with tarfile.open(fileobj=bounded, mode="r|", errorlevel=2) as archive:
            for entry in archive:
                whole += entry.size
                if len(seen) >= ENTRIES:
                    raise Refused(f"it has more than {ENTRIES} files")
                if entry.size > ONE or whole > UNPACKED:
                    raise Refused(f"it unpacks to more than {UNPACKED >> 20} MB")
                if not entry.isfile() or entry.issparse():
                    raise Refused(f"{_named(entry.name)} is no plain file")
                if entry.name.startswith("/") or ".." in entry.name.split("/") or entry.name in seen:
                    raise Refused(f"{_named(entry.name)} is no name of a file in a bundle")
                seen.add(entry.name)
                if entry.name in (STACK, HISTORY):
                    stream = archive.extractfile(entry)
                    assert stream is not None
                    found[entry.name] = stream.read(entry.size)
    return found


class _Bounded:
    """A stream that may be read up to a bound."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream
        self._left = UNPACKED + (1 << 20)

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise Refused(f"it unpacks to more than {UNPACKED >> 20} MB")
        return data


def _named(name: str) -> str:
    return repr(one_line(name, 60))


def _decoded(data: bytes | None, name: str, kind: type[T]) -> T:
    if data is None:
        raise Refused(f"it has no {name}")
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(f"{name} is not as a bundle has it: {one_line(str(error), 120)}") from None


def _clean_stack(stack: Stack) -> Stack:
    ids = [service.id for service in stack.services]
    if len(set(ids)) != len(ids) or not ids:
        raise Refused("its services have no ids of their own")
    groups = {group.id for group in stack.groups}
    if any(service.group not in groups for service in stack.services):
        raise Refused("a service stands in a group that it has not")
    if (
        any(at.tzinfo is None or not 1970 < at.year < 9000 for at in (stack.begin, stack.end))
        or stack.end <= stack.begin
    ):
        raise Refused("its span is none")
    known = set(ids)
    return replace(
        stack,
        env=one_line(stack.env, 60),
        groups=[Heading(_line(group.id), _line(group.title)) for group in stack.groups],
        services=[_clean_service(service, known) for service in stack.services],
    )


def _clean_service(service: Service, known: set[str]) -> Service:
    """Nothing by which it could be asked, or opened in a browser."""
    return Service(
        id=_line(service.id),
        title=_line(service.title),
        kind=_line(service.kind),
        group=_line(service.group),
        address=_line(service.address),
        depends_on=tuple(_line(id) for id in service.depends_on if id in known and id != service.id),
        optional=service.optional,
        owner=_line(service.owner),
        runbook=_line(service.runbook),
    )


def _clean(tables: Tables) -> Tables:
    """Rows that the history itself could hold: statuses and outcomes that there are, one line a text, no number of nobody."""
    kinds = {number: kind for number, kind, _ in tables.subjects}
    ids = {(kind, id) for _, kind, id in tables.subjects}
    if len(kinds) != len(tables.subjects) or len(ids) != len(tables.subjects):
        raise Refused("its subjects stand twice")
    numbers = [*(row[0] for row in tables.spans), *(row[0] for row in tables.minutes)]
    numbers += [row[1] for row in tables.changes if row[1] is not None]
    if not kinds.keys() >= set(numbers):
        raise Refused("its history speaks of what it does not name")
    if any(kinds[row[0]] == "service" and row[3] not in STATUS for row in tables.spans):
        raise Refused("its history has a status that there is not")
    if any(row[2] not in set(Outcome) for row in tables.results):
        raise Refused("its checks have an outcome that there is not")
    return Tables(
        subjects=_lines(tables.subjects),
        watches=_lines(tables.watches),
        spans=_lines(tables.spans),
        changes=_lines(tables.changes),
        minutes=[(*row[:7], _facts(row[7])) for row in tables.minutes],
        results=[(*_lines([row[:5]])[0], "[]") for row in tables.results],
        was_known=_lines(tables.was_known),
    )


def _facts(text: str) -> str:
    try:
        found = msgspec.json.decode(text or "{}", type=dict[str, Fact | None])
    except (msgspec.DecodeError, RecursionError):
        raise Refused("its figures are not as a history has them") from None
    clean = {
        _line(key): _line(one) if isinstance(one, str) else one
        for key, one in found.items()
        if one is not None
    }
    return json.dumps(clean, ensure_ascii=False)


def _lines(rows: Any) -> Any:
    return [tuple(_line(one) if isinstance(one, str) else one for one in row) for row in rows]


def _line(text: str) -> str:
    return one_line(text, _LINE)


def fill(database: sqlite3.Connection, tables: Tables) -> None:
    """Put these rows into a history that is empty."""
    for table, columns in _TABLES.items():
        marks = ", ".join("?" * columns)
        # The names are those of the line above, and none of a file's.
        database.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", getattr(tables, table))  # noqa: S608


def write_history(tables: Tables, path: Path) -> None:
    """A new history of these rows, in a folder that is ours alone."""
    private_folder(path.parent)
    file = HistoryFile(path)
    try:
        file.change(lambda database: fill(database, tables))
    finally:
        file.close()
