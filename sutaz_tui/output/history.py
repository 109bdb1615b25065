"""What is remembered, as text for people and as JSON for programs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sutaz_tui.output.status import iso, json_text
from sutaz_tui.state.history.account import SAID, Account, Entry, Incident
from sutaz_tui.state.history.uptime import Uptime, Uptimes
from sutaz_tui.text.cells import fit, width_of
from sutaz_tui.text.sanitise import ago, sanitise, truncate
from sutaz_tui.text.units import percent, plural

WIDEST = 400
TITLE = 40
"""Cells of a service's title in a column."""


def history_json(found: Account) -> str:
    """Changes, incidents and unwatched times as one JSON object."""
    return json_text(history_value(found))


def history_value(found: Account) -> dict[str, Any]:
    """Changes, incidents and unwatched times as values of JSON; times ISO 8601 UTC, durations in seconds."""
    return {
        "changes": [_entry(entry) for entry in found.changes],
        "incidents": [
            {
                "from": iso(one.began),
                "to": iso(one.ended) if one.ended else None,
                "cause": one.cause,
                "words": one.words,
                "services": list(one.services),
                "changes": [_entry(entry) for entry in one.changes],
            }
            for one in found.incidents
        ],
        "unwatched": [{"from": iso(begin), "to": iso(end)} for begin, end in found.unwatched],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "at": iso(entry.at),
        "service": entry.service or None,
        "kind": entry.kind,
        "from": entry.before or None,
        "to": entry.after or None,
        "seconds": round(entry.seconds, 3) if entry.seconds is not None else None,
        "why": entry.why,
    }


def history_text(found: Account, titles: Mapping[str, str], ascii_only: bool = False) -> str:
    """One line a change, newest last; an incident with its changes below it, and times in which nobody watched."""
    folded = {id(entry) for one in found.incidents for entry in one.changes if entry.kind not in SAID}
    rows: list[tuple[datetime, list[str]]] = [
        (entry.at, [_line(entry, titles)]) for entry in found.changes if id(entry) not in folded
    ]
    rows += [(one.began, _incident(one, titles, found.end)) for one in found.incidents]
    rows += [
        (
            begin,
            [f"{_moment(begin)}  {ago((end - begin).total_seconds()):>7}  not watched until {_moment(end)}"],
        )
        for begin, end in found.unwatched
    ]
    lines = [line for _, some in sorted(rows, key=lambda row: row[0]) for line in some]
    shown = [truncate(sanitise(line), WIDEST) for line in lines] or ["nothing changed"]
    text = "\n".join(shown)
    return text.replace("✗", "X").replace("→", "->") if ascii_only else text


def _incident(one: Incident, titles: Mapping[str, str], now: datetime) -> list[str]:
    lasted = ago(((one.ended or now) - one.began).total_seconds())
    title = titles.get(one.cause, one.cause.partition(":")[2] or one.cause)
    others = len([id for id in one.services if id != one.cause])
    hanging = f", {plural(others, 'more service')}" if others else ""
    end = "" if one.ended else "  ongoing"
    head = f"{_moment(one.began)}  {lasted:>7}  ✗ {title}: {one.words}{hanging}{end}"
    return [head, *(f"    {_line(entry, titles)}" for entry in one.changes)]


def _line(entry: Entry, titles: Mapping[str, str]) -> str:
    title = titles.get(entry.service, entry.service)
    lasted = ago(entry.seconds) if entry.seconds is not None else ""
    match entry.kind:
        case "status":
            what = f"{title} {_word(entry.before)} → {_word(entry.after)}  {entry.why}"
        case "alert":
            what = f"alert {entry.service} ({entry.after}): {entry.why}"
        case "version" | "leader":
            what = f"{title} {entry.kind} {entry.before} → {entry.after}"
        case "deploy":
            what = f"deploy {entry.why}" + (f" on {title}" if title else "")
        case "note":
            what = f"note on {title}: {entry.why}" if title else f"note: {entry.why}"
        case _:
            what = f"{title}: {entry.why}" if title else entry.why
    return f"{_moment(entry.at)}  {lasted:>7}  {what}"


def _word(status: str) -> str:
    return status.upper() if status == "down" else status


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def uptime_json(span: str, rows: list[Uptime]) -> str:
    """Seconds a service as one JSON object; percent of the time in which it was known to be up or down."""
    services = [
        {
            "id": row.id,
            "up": round(row.up, 3),
            "down": round(row.down, 3),
            "unknown": round(row.unknown, 3),
            "watched": round(row.watched, 3),
            "percent": round(row.percent, 4) if row.percent is not None else None,
        }
        for row in rows
    ]
    return json_text({"span": span, "services": services})


def uptime_text(found: Uptimes, titles: Mapping[str, str], what: str) -> str:
    """One row a service: a sign a stretch, then each time's percent of what was watched, and how long it was unknown."""
    width = min(max((width_of(title) for title in titles.values()), default=0), TITLE)
    wide = max((len(strip) for strip in found.strips.values()), default=1)
    rows = [f"{'':{width}}  {'':{wide}}  {'  '.join(f'{name:>8}' for name in found.spans)}   unknown"]
    for id, title in titles.items():
        told = [row for rows in found.spans.values() for row in rows if row.id == id]
        percents = "  ".join(f"{percent(row.percent):>8}" for row in told)
        unknown = ago(told[-1].unknown) if told and told[-1].unknown else ""
        rows.append(
            f"{fit(sanitise(title), width)}  {found.strips.get(id, '.' * wide):{wide}}  {percents}   {unknown}".rstrip()
        )
    head = f"{what}   ▇ up  ! degraded  ✗ down  ? unknown  . not watched   watched {percent(100 * found.watched)}"
    return "\n".join([head, *rows])
