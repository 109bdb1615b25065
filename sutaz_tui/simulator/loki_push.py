"""What Loki takes of a push, by its limits as they are set from the start, and in which words it refuses the rest."""

import json
from datetime import UTC, datetime
from typing import Any

from sutaz_tui.simulator.logql import LogQlError

SECOND = 10**9
OLDEST, NEWEST = 7 * 24 * 3600 * SECOND, 600 * SECOND
LONGEST = 256 * 1024

Stream = tuple[dict[str, str], list[tuple[int, str]]]


def taken(body: bytes, now: int) -> tuple[list[Stream], str]:
    """Labels and lines of each stream as far as they are taken, at `now` (nanoseconds), and why another was not, "" for
    none: that is answered 400, though the rest stays."""
    found: list[Stream] = []
    faults: list[str] = []
    for stream in json.loads(body).get("streams", []):
        labels = {str(name): str(value) for name, value in stream["stream"].items()}
        if not labels:
            faults.append("error at least one label pair is required per stream")
            continue
        entries = [_entry(entry) for entry in stream["values"]]
        wrong = [fault for at, text in entries if (fault := _fault(labels, at, text, now))]
        found.append((labels, [(at, text) for at, text in entries if not _fault(labels, at, text, now)]))
        faults += wrong
    return found, faults[0] if faults else ""


def _entry(entry: Any) -> tuple[int, str]:
    told, text, *_ = entry
    if not isinstance(told, str) or not told.isdecimal() or not isinstance(text, str):
        raise LogQlError("couldn't parse push request: Value is not a string")
    return int(told), text


def _fault(labels: dict[str, str], at: int, text: str, now: int) -> str:
    name = "{" + ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items())) + "}"
    if at < now - OLDEST:
        oldest = f"oldest acceptable timestamp is: {_moment(now - OLDEST)}"
        return f"entry for stream '{name}' has timestamp too old: {_moment(at)}, {oldest}"
    if at > now + NEWEST:
        return f"entry for stream '{name}' has timestamp too new: {_moment(at)}"
    if len(text.encode()) > LONGEST:
        return (
            f"Max entry size '{LONGEST}' bytes exceeded for stream '{name}' while adding an entry with length "
            f"'{len(text.encode())}' bytes"
        )
    return ""


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
