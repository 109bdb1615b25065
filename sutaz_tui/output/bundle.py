"""The files of a bundle, made of a span of the history from which all secrets were taken."""

import csv
import io
import platform
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from importlib import metadata
from typing import Any

import msgspec
from msgspec import to_builtins

from sutaz_tui import __version__
from sutaz_tui.engine.dependencies import Dependencies
from sutaz_tui.model import Snapshot
from sutaz_tui.output.history import history_text, history_value
from sutaz_tui.output.status import as_value, iso, json_text
from sutaz_tui.state.bundle.hiding import Hidden
from sutaz_tui.state.bundle.kept import ROWS, Stack
from sutaz_tui.state.bundle.reading import HISTORY, STACK
from sutaz_tui.state.history.account import SAID, Account, account
from sutaz_tui.state.history.moment import snapshot_at
from sutaz_tui.state.history.moments import when
from sutaz_tui.state.history.spans import spans
from sutaz_tui.text.units import bytes_size, plural

SNAPSHOTS = 200
"""Pictures at most; of more changes those at even steps."""

_WHAT = {
    "README.txt": "what this is",
    "timeline.txt": "what happened, to read",
    "changes.json": "the same for programs, with what was not watched",
    "not-watched.txt": "when nobody watched",
    "snapshots/": "the whole stack at each change",
    "alerts.json": "alerts",
    "checks.json": "how checks ended",
    "minutes.csv": "each service's figures by the minute",
    "config.txt": "the config in force, secrets masked",
    "versions.json": "of sutaz-tui, its libraries and the services",
    STACK: "services and groups, for sutaz-tui open",
    HISTORY: "the history of the span, for sutaz-tui open",
    "logs/": "log lines of the span, secrets masked",
}


def files_of(
    stack: Stack, database: sqlite3.Connection, config: str, hidden: Hidden
) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Every file but the logs: its name in the archive, and its parts. `stack` and the rows of `database` are masked, row
    by row; whatever is made of them is masked once more, and so is `config`."""

    def text(words: str) -> list[bytes]:
        return [(hidden.lines(words) + "\n").encode("utf-8", "replace")]

    def value(found: Any) -> list[bytes]:
        return [json_text(hidden.value(found)).encode("utf-8", "replace")]

    found = account(database, stack.begin, stack.end, Dependencies(stack.services).needed_by)
    moments = _moments(found)
    alerts = [span for span in spans(database, stack.begin, stack.end) if span.kind == "alert"]
    titles = {service.id: service.title for service in stack.services}
    yield "README.txt", text(_readme(stack, found, len(moments)))
    yield "timeline.txt", text(history_text(found, titles))
    yield "changes.json", value(history_value(found))
    yield "not-watched.txt", text(_unwatched(found))
    for number, at in enumerate(moments, 1):
        last = snapshot_at(database, at, stack.services)
        yield f"snapshots/{number:03}-{last.at:%Y%m%dT%H%M%SZ}.json", value(as_value(last))
    yield (
        "alerts.json",
        value(
            [
                {
                    "name": one.id,
                    "severity": one.status,
                    "summary": one.summary,
                    "since": iso(one.since),
                    "until": None if one.goes_on else iso(one.ended),
                }
                for one in alerts
            ]
        ),
    )
    yield "checks.json", _checks(database)
    yield "minutes.csv", _minutes(database)
    yield "config.txt", text(config)
    yield "versions.json", value(_versions(last))
    yield STACK, value(to_builtins(stack))
    yield HISTORY, _rows(database)


def _checks(database: sqlite3.Connection) -> Iterator[bytes]:
    """How checks ended, a line each: masked row by row, as those of the history are."""
    between = b"[\n"
    asked = "SELECT *, '' FROM results UNION ALL SELECT * FROM results_from ORDER BY at"
    for id, at, outcome, elapsed, message, steps, place in database.execute(asked):
        one = {"check": id, "at": iso(when(at)), "outcome": outcome, "seconds": elapsed, "message": message}
        if place:
            one["from"] = place
        yield between + msgspec.json.encode({**one, "steps": msgspec.Raw(steps.encode())})
        between = b",\n"
    yield b"[]\n" if between == b"[\n" else b"\n]\n"


def _rows(database: sqlite3.Connection) -> Iterator[bytes]:
    for table in ROWS:
        yield msgspec.json.encode(table) + b"\n"
        # The names are those of ROWS.
        for row in database.execute(f"SELECT * FROM {table}"):  # noqa: S608
            yield msgspec.json.encode(row) + b"\n"


def _moments(found: Account) -> list[datetime]:
    """The span's ends, and each change of the stack between them."""
    changes = {entry.at for entry in found.changes if entry.kind not in SAID}
    between = sorted(at for at in changes if found.begin < at < found.end)
    most = SNAPSHOTS - 2
    if len(between) > most:
        between = [between[number * len(between) // most] for number in range(most)]
    # The end itself is the first moment that the span has not.
    return [found.begin, *between, found.end - timedelta(milliseconds=1)]


def _unwatched(found: Account) -> str:
    rows = [f"{iso(begin)}  {iso(end)}" for begin, end in found.unwatched]
    return "\n".join(["from                      until", *rows] if rows else ["all of the span was watched"])


def _minutes(database: sqlite3.Connection) -> Iterator[bytes]:
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")

    def line(*values: object) -> bytes:
        rows.writerow(values)
        text = written.getvalue()
        written.seek(0)
        written.truncate()
        return text.encode("utf-8", "replace")

    yield line("at", "minutes", "service", "polls", "failures", "median_seconds", "worst_seconds", "facts")
    asked = """
SELECT minute, step, coalesce(id, ''), asks, failures, median, worst, facts FROM minutes LEFT JOIN subjects ON no = subject
"""
    for minute, *values in database.execute(asked):
        yield line(iso(when(minute * 60_000)), *values)


def _versions(last: Snapshot) -> dict[str, Any]:
    libraries = {}
    for wanted in metadata.requires("sutaz-tui") or ():
        name = "".join(_name_of(wanted))
        with suppress(metadata.PackageNotFoundError):
            libraries[name] = metadata.version(name)
    return {
        "sutaz-tui": __version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.release()} {platform.machine()}",
        "libraries": libraries,
        "services": {
            state.service.id: state.facts["version"] for state in last.services if "version" in state.facts
        },
    }


def _name_of(requirement: str) -> Iterable[str]:
    """The letters of a requirement's name."""
    for letter in requirement:
        if not (letter.isalnum() or letter in "-_."):
            return
        yield letter


def _readme(stack: Stack, found: Account, pictures: int) -> str:
    lines = [
        f"A bundle of {stack.env}, {iso(stack.begin)} to {iso(stack.end)}, written by {stack.program}.",
        "",
        f"{plural(len(stack.services), 'service')}, {plural(len(found.incidents), 'incident')}, "
        f"{plural(len(found.changes), 'change')}, {plural(len(found.unwatched), 'time')} in which nobody watched.",
        f"Pictures of the whole stack: {pictures}, at the ends of the span and at changes between.",
        "",
        "sutaz-tui open FILE shows the board as it was; nothing is asked or run. Start with timeline.txt.",
        f"Times in timeline.txt are of the zone {datetime.now().astimezone():%Z}, all others are UTC.",
        "Secrets were masked as ***: those of the config in every form, and what looks like one.",
        "",
        *(f"{name:18} {what}" for name, what in _WHAT.items()),
    ]
    return "\n".join(lines)


def contents(sizes: Mapping[str, int]) -> list[str]:
    """What an archive holds, by the bytes of its files, a line each: its size, its name, what it is; a folder as one."""
    folders: dict[str, list[int]] = {}
    for name, size in sizes.items():
        folder, mark, _ = name.partition("/")
        folders.setdefault(folder + mark, []).append(size)
    return [
        f"  {bytes_size(sum(of)):>9}  {name:16} {_WHAT.get(name, '')}{f', {len(of)}' if name.endswith('/') else ''}"
        for name, of in folders.items()
    ]
