"""A bundle that somebody sent, read: its archive bounded in everything, and its history written anew from checked rows.

Nothing is unpacked to a path of its own, and no file of it is obeyed: `stack.json`, the rows of `history.jsonl` and the
logs of its services are read, into files that are named here.
"""

import gzip
import json
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import msgspec
from msgspec.structs import replace

from sutaz_tui.errors import CannotStart
from sutaz_tui.model import Fact, Outcome, Service
from sutaz_tui.state.bundle.kept import FORMAT, READ, ROWS, Checked, Heading, Stack, log_file
from sutaz_tui.state.bundle.taking import insert
from sutaz_tui.state.history.file import HistoryFile, name_of
from sutaz_tui.state.history.spans import STATUS
from sutaz_tui.text.sanitise import one_line

T = TypeVar("T")

STACK, HISTORY = "stack.json", "history.jsonl"
PACKED = 200 << 20
UNPACKED = 400 << 20
"""Bytes at most: of the file, and of all that is in it."""
ENTRIES = 2_000
_ONE_STACK = 20 << 20
_ROW = 4 << 20
"""Bytes of a line of the history."""
_LINE = 400
_STEPS = 200
_DECODERS = {name: msgspec.json.Decoder(row) for name, row in ROWS.items()}


class Refused(CannotStart):
    """The file is no bundle that may be opened, in words."""


class Bundle(msgspec.Struct, frozen=True):
    """What was read: the stack, cleaned for a screen, the file of its history, and those of its services' logs by id."""

    stack: Stack
    history: Path
    logs: dict[str, Path]


class _Step(msgspec.Struct):
    what: str = ""
    request: str = ""
    answer: str = ""


def read(path: Path, folder: Path) -> Bundle:
    """The bundle in a file, its history and logs written into a folder that is ours alone; Refused in words where it is
    none, or one that no program of ours wrote."""
    history = HistoryFile(folder / name_of(path.absolute()))
    try:
        return history.change(lambda database: _Reading(history.path, database).read(path))
    except Refused as error:
        raise Refused(f"cannot open {one_line(path.name, 80)}: {error}") from None
    except OSError as error:
        words = (
            "it is no .tar.gz"
            if isinstance(error, gzip.BadGzipFile)
            else error.strerror or "it cannot be read"
        )
        raise Refused(f"cannot open {one_line(path.name, 80)}: {words}") from None
    except sqlite3.Error as error:
        words = f"{folder}: {one_line(str(error), 80)}"
        raise Refused(f"cannot open {one_line(path.name, 80)}: {words}") from None
    except (tarfile.TarError, EOFError, zlib.error, RecursionError):
        raise Refused(f"cannot open {one_line(path.name, 80)}: it is no whole .tar.gz") from None
    finally:
        history.close()


class _Reading:
    """One archive on its way into a new history."""

    def __init__(self, history: Path, database: sqlite3.Connection) -> None:
        self._history = history
        self._database = database
        self._stack: Stack | None = None
        self._has_rows = False
        self._names: dict[str, str] = {}
        self._logs: dict[str, Path] = {}

    def read(self, path: Path) -> Bundle:
        for name, stream, size in _files(path):
            if name == STACK:
                if size > _ONE_STACK:
                    raise Refused(f"{STACK} has more than {_ONE_STACK >> 20} MB")
                self._take_stack(stream.read(size))
            elif name == HISTORY:
                self._has_rows = True
                _Rows(self._database).take(stream)
            elif name in self._names:
                log = self._logs[self._names[name]] = self._history.with_name(f"{len(self._logs)}.log")
                with log.open("xb") as out:
                    shutil.copyfileobj(stream, out)
        if self._stack is None or not self._has_rows:
            raise Refused(f"it has no {STACK if self._stack is None else HISTORY}")
        return Bundle(self._stack, self._history, self._logs)

    def _take_stack(self, data: bytes) -> None:
        try:
            # Of another version all else may be other than it is here.
            found = msgspec.json.decode(data, type=_Format).format
            if found not in READ:
                raise Refused(f"format {found}, expected {FORMAT}: another version of sutaz-tui wrote it")
            stack = msgspec.json.decode(data, type=Stack)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Refused(f"{STACK} is not as a bundle has it: {one_line(str(error), 120)}") from None
        self._stack = _clean_stack(stack)
        self._names = {log_file(service.id): service.id for service in self._stack.services}


class _Format(msgspec.Struct):
    format: int


def _files(path: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    """The files of an archive one after the other; what has no place in a bundle refuses all of it."""
    if not path.is_file():
        raise Refused("there is no such file" if not path.exists() else "it is no regular file")
    if path.stat().st_size > PACKED:
        raise Refused(f"it has more than {PACKED >> 20} MB")
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
                if whole > UNPACKED:
                    raise Refused(f"it unpacks to more than {UNPACKED >> 20} MB")
                if not entry.isfile() or entry.issparse():
                    raise Refused(f"{_named(entry.name)} is no plain file")
                if entry.name.startswith("/") or ".." in entry.name.split("/") or entry.name in seen:
                    raise Refused(f"{_named(entry.name)} is no name of a file in a bundle")
                seen.add(entry.name)
                stream = archive.extractfile(entry)
                assert stream is not None
                yield entry.name, stream, entry.size


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
        checks=[
            Checked(_line(one.id), one_line(one.category, 40), _line(one.title), _line(one.service))
            for one in stack.checks
        ],
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


class _Rows:
    """Rows that the history itself could hold: statuses and outcomes that there are, one line a text, no number of nobody."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._kinds: dict[int, str] = {}
        self._ids: set[tuple[str, str]] = set()
        self._clean: dict[str, Callable[[Any], Any]] = {
            "subjects": self._clean_subject,
            "spans": self._clean_span,
            "changes": self._clean_change,
            "minutes": self._clean_minute,
            "results": self._clean_result,
            "results_from": self._clean_result,
        }

    def take(self, stream: IO[bytes]) -> None:
        """Put them into the history: lines that are the name of a table, each with its rows behind it."""
        table, seen = _table(stream.readline(_ROW)), set[str]()
        while table:
            if table in seen:
                raise Refused(f"{HISTORY} has a table twice")
            seen.add(table)
            rows = _Part(stream, table)
            insert(self._database, table, map(self._clean.get(table, _lines), rows))
            table = rows.following

    def _clean_subject(self, row: Any) -> Any:
        number, kind, id = row = _lines(row)
        if number in self._kinds or (kind, id) in self._ids:
            raise Refused("its subjects stand twice")
        self._kinds[number] = kind
        self._ids.add((kind, id))
        return row

    def _kind(self, number: int) -> str:
        if number not in self._kinds:
            raise Refused("its history speaks of what it does not name")
        return self._kinds[number]

    def _clean_span(self, row: Any) -> Any:
        if self._kind(row[0]) == "service" and row[3] not in STATUS:
            raise Refused("its history has a status that there is not")
        return _lines(row)

    def _clean_change(self, row: Any) -> Any:
        if row[1] is not None:
            self._kind(row[1])
        return _lines(row)

    def _clean_minute(self, row: Any) -> Any:
        self._kind(row[0])
        return (*row[:7], _facts(row[7]))

    def _clean_result(self, row: Any) -> Any:
        if row[2] not in _OUTCOMES:
            raise Refused("its checks have an outcome that there is not")
        return (*_lines(row[:5]), _steps(row[5]), *_lines(row[6:]))


_OUTCOMES = frozenset(Outcome)


class _Part:
    """The rows of one table, up to the next one's name, `following`, which is "" at the end."""

    def __init__(self, stream: IO[bytes], table: str) -> None:
        self._stream = stream
        self._decoder = _DECODERS[table]
        self.following = ""

    def __iter__(self) -> Iterator[Any]:
        while line := self._stream.readline(_ROW):
            if line.startswith(b'"'):
                self.following = _table(line)
                return
            yield _decoded(self._decoder, line)


def _table(line: bytes) -> str:
    if not line:
        return ""
    name = _decoded(_NAME, line)
    if name not in ROWS:
        raise Refused(f"{HISTORY} is not as a bundle has it: there is no table {_named(name)}")
    return str(name)


_NAME = msgspec.json.Decoder(str)


def _decoded(decoder: "msgspec.json.Decoder[T]", line: bytes) -> T:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(f"{HISTORY} is not as a bundle has it: {one_line(str(error), 120)}") from None


_FACTS = msgspec.json.Decoder(dict[str, Fact | None])
_OF_STEPS = msgspec.json.Decoder(list[_Step])


@lru_cache(maxsize=1000)
def _facts(text: str) -> str:
    try:
        found = _FACTS.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError):
        raise Refused("its figures are not as a history has them") from None
    clean = {
        _line(key): _line(one) if isinstance(one, str) else one
        for key, one in found.items()
        if one is not None
    }
    return json.dumps(clean, ensure_ascii=False)


@lru_cache(maxsize=1000)
def _steps(text: str) -> str:
    try:
        found = _OF_STEPS.decode(text or "[]")
    except (msgspec.DecodeError, RecursionError):
        raise Refused("its evidence is not as a history has it") from None
    clean = [
        {"what": _line(one.what), "request": _line(one.request), "answer": _line(one.answer)}
        for one in found[:_STEPS]
    ]
    return json.dumps(clean, ensure_ascii=False)


def _lines(row: Any) -> Any:
    return tuple(_line(one) if isinstance(one, str) else one for one in row)


@lru_cache(maxsize=10_000)
def _line(text: str) -> str:
    return one_line(text, _LINE)
