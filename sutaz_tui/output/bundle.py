"""The files of a bundle, made of a span of the history from which all secrets were taken, and the archive of them."""

import csv
import gzip
import io
import json
import os
import platform
import sqlite3
import sys
import tarfile
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
from msgspec import to_builtins

from sutaz_tui import __version__
from sutaz_tui.engine.dependencies import Dependencies
from sutaz_tui.model import Snapshot
from sutaz_tui.output.history import history_json, history_text
from sutaz_tui.output.status import as_json, iso, json_text
from sutaz_tui.state.bundle.hiding import Hidden
from sutaz_tui.state.bundle.kept import Stack, Tables
from sutaz_tui.state.bundle.reading import HISTORY, STACK, fill
from sutaz_tui.state.history.account import SAID, Account, account
from sutaz_tui.state.history.moment import snapshot_at
from sutaz_tui.state.history.moments import when
from sutaz_tui.state.history.schema import migrate
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


def files_of(stack: Stack, tables: Tables, config: str, hidden: Hidden) -> dict[str, bytes]:
    """Every file but the logs, by its name in the archive. `stack` and `tables` are masked, `config` is masked here."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        migrate(database)
        fill(database, tables)
        found = account(database, stack.begin, stack.end, Dependencies(stack.services).needed_by)
        moments = _moments(found)
        pictures = [snapshot_at(database, at, stack.services) for at in moments]
        alerts = [span for span in spans(database, stack.begin, stack.end) if span.kind == "alert"]
    titles = {service.id: service.title for service in stack.services}
    names = {number: id for number, kind, id in tables.subjects if kind == "service"}
    texts = {
        "README.txt": _readme(stack, found, len(moments)),
        "timeline.txt": history_text(found, titles),
        "changes.json": history_json(found),
        "not-watched.txt": _unwatched(found),
        **{
            f"snapshots/{number:03}-{one.at:%Y%m%dT%H%M%SZ}.json": as_json(one)
            for number, one in enumerate(pictures, 1)
        },
        "alerts.json": json_text(
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
        "checks.json": json_text(
            [
                {"check": id, "at": iso(when(at)), "outcome": outcome, "seconds": elapsed, "message": message,
                 "steps": json.loads(steps)}
                for id, at, outcome, elapsed, message, steps in tables.results
            ]
        ),
        "minutes.csv": _minutes(tables, names),
        "config.txt": config,
        "versions.json": json_text(_versions(pictures[-1])),
        STACK: json_text(to_builtins(stack)),
        HISTORY: msgspec.json.encode(tables).decode(),
    }  # fmt: skip
    return {name: _safe(name, text, hidden) for name, text in texts.items()}


def _safe(name: str, text: str, hidden: Hidden) -> bytes:
    """The door of every file: masked once more, whatever it was made of."""
    if name == HISTORY:
        # Row by row it was masked already, and a number in it is no text.
        return text.encode()
    if name.endswith(".json"):
        return json_text(hidden.value(json.loads(text))).encode("utf-8", "replace")
    return (hidden.lines(text) + "\n").encode("utf-8", "replace")


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


def _minutes(tables: Tables, names: Mapping[int, str]) -> str:
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(
        ["at", "minutes", "service", "polls", "failures", "median_seconds", "worst_seconds", "facts"]
    )
    for subject, minute, step, asks, failures, median, worst, facts in tables.minutes:
        rows.writerow(
            [iso(when(minute * 60_000)), step, names.get(subject, ""), asks, failures, median, worst, facts]
        )
    return written.getvalue()


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


def contents(files: Mapping[str, bytes]) -> list[str]:
    """What an archive will hold, a line each: its size, its name, what it is; a folder as one."""
    sizes: dict[str, list[int]] = {}
    for name, data in files.items():
        folder, mark, _ = name.partition("/")
        sizes.setdefault(folder + mark, []).append(len(data))
    return [
        f"  {bytes_size(sum(of)):>9}  {name:16} {_WHAT.get(name, '')}{f', {len(of)}' if name.endswith('/') else ''}"
        for name, of in sizes.items()
    ]


def write(path: Path, files: Mapping[str, bytes], at: datetime) -> int:
    """Write the archive, mode 0600, where no file is yet: its bytes; OSError where that cannot be. Nothing half is left."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    moment = int(at.astimezone(UTC).timestamp())
    try:
        with (
            os.fdopen(handle, "wb") as file,
            # Neither the name of this file nor who wrote it is told in it.
            gzip.GzipFile("", "wb", fileobj=file, mtime=moment) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for name, data in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.mtime = len(data), 0o600, moment
                archive.addfile(entry, io.BytesIO(data))
        return path.stat().st_size
    except BaseException:
        path.unlink(missing_ok=True)
        raise
