"""What is remembered as rows of a table, and as the lines that are pasted into a chat."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sutaz_tui.model import Status, cause_title
from sutaz_tui.state.history.account import CHANGING, SAID, Account, Entry, Incident
from sutaz_tui.state.history.spans import STATUS
from sutaz_tui.state.history.uptime import Down, Uptime
from sutaz_tui.text.sanitise import ago, one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ordinal, percent

HISTORY_COLUMNS = (
    Column("when", "WHEN", most=20),
    Column("lasted", "HOW LONG", is_number=True, write=ago, priority=1),
    Column("what", "WHAT", share=1),
)
_LOOKS = {Status.DOWN: ("down", "✗"), Status.DEGRADED: ("degraded", "!"), Status.UNKNOWN: ("unknown", "?")}


def history_rows(found: Account, titles: Mapping[str, str], now: datetime) -> list[TableRow]:
    """A row a change, an incident with its changes as its detail, and times in which nobody watched; newest first."""
    folded = {id(entry) for one in found.incidents for entry in one.changes if entry.kind not in SAID}
    rows: list[tuple[datetime, TableRow]] = []
    for number, entry in enumerate(found.changes):
        if id(entry) not in folded:
            look, glyph = _LOOKS.get(STATUS.get(entry.after, Status.UP), ("", ""))
            values = {"when": moment(entry.at, now), "lasted": entry.seconds, "what": words(entry, titles)}
            rows.append((entry.at, TableRow(f"change {number}", values, look, glyph, link=entry.service)))
    for number, one in enumerate(found.incidents):
        rows.append((one.began, _incident_row(f"incident {number}", one, titles, now)))
    for number, (begin, end) in enumerate(found.unwatched):
        values = {
            "when": span(begin, end, now),
            "lasted": (end - begin).total_seconds(),
            "what": "not watched",
        }
        rows.append((begin, TableRow(f"unwatched {number}", values, "muted", ".")))
    rows.sort(key=lambda row: row[0], reverse=True)
    return [row for _, row in rows]


def _incident_row(key: str, one: Incident, titles: Mapping[str, str], now: datetime) -> TableRow:
    values = {
        "when": span(one.began, one.ended, now),
        "lasted": ((one.ended or now) - one.began).total_seconds(),
        "what": f"{cause_title(one.cause, titles)}: {one.words}{_dependents(one)}"
        + (f", {ordinal(one.times)} time" if one.times > 1 else ""),
    }
    detail = tuple(f"{moment(entry.at, now)}  {words(entry, titles)}" for entry in one.changes)
    return TableRow(key, values, "down", "✗", link=one.cause, detail=detail)


def _dependents(one: Incident) -> str:
    others = len([id for id in one.services if id != one.cause])
    return f", {others} dependent{'s' * (others != 1)}" if others else ""


def words(entry: Entry, titles: Mapping[str, str]) -> str:
    """What happened, in one line."""
    title = titles.get(entry.service, entry.service)
    if entry.kind == "status":
        return f"{title} {entry.before} → {_loud(entry.after)}   {entry.why}"
    if entry.kind == "alert":
        return f"alert {entry.service} ({entry.after}): {entry.why}"
    if entry.kind in CHANGING:
        return f"{title} {entry.kind} {entry.before} → {entry.after}"
    if entry.kind == "deploy":
        return f"deploy {entry.why}" + (f" on {title}" if title else "")
    if entry.kind == "note":
        return f"note on {title}: {entry.why}" if title else f"note: {entry.why}"
    return f"{title}: {entry.why}" if title else entry.why


def chat_lines(one: Incident, titles: Mapping[str, str], now: datetime) -> str:
    """An incident in six plain lines: what, when, how long, cause, who was hit, what ended it."""
    title = cause_title(one.cause, titles)
    end = one.ended or now
    others = ", ".join(titles.get(id, id) for id in one.services if id != one.cause)
    last = next((entry for entry in reversed(one.changes) if entry.service == one.cause), None)
    ended = "ongoing" if one.ended is None else words(last, titles) if last is not None else "it was over"
    lines = [
        f"{title} DOWN" + (f", {ordinal(one.times)} time" if one.times > 1 else ""),
        f"when: {one.began.astimezone():%Y-%m-%d %H:%M:%S %Z} to "
        + (f"{end.astimezone():%H:%M:%S}" if one.ended else "now"),
        f"how long: {ago((end - one.began).total_seconds())}",
        f"cause: {one.words}",
        f"dependents: {others or 'none changed'}",
        f"ended by: {ended}",
    ]
    return "\n".join(one_line(line, 300) for line in lines)


def uptime_columns(names: tuple[str, ...], signs: int) -> tuple[Column, ...]:
    """The service, a sign a stretch, and a column for each time."""
    percents = tuple(Column(name, name, is_number=True, write=percent, order=float) for name in names)
    return (Column("service", "SERVICE", most=24), Column("strip", "", width=signs, priority=1), *percents)


def uptime_rows(
    spans: Mapping[str, list[Uptime]], strips: Mapping[str, str], titles: Mapping[str, str], signs: int
) -> list[TableRow]:
    """A row a service, in the config's order; its detail tells the time that counts as neither."""
    rows = []
    for id, title in titles.items():
        found = {name: next(row for row in some if row.id == id) for name, some in spans.items()}
        values: dict[str, object] = {name: row.percent for name, row in found.items()}
        values |= {"service": title, "strip": strips.get(id, "." * signs)}
        longest = [*found.values()][-1]
        detail = (
            f"up {ago(longest.up)}, down {ago(longest.down)}, unknown {ago(longest.unknown)}; watched {ago(longest.watched)}",
        )
        look = "down" if longest.down else ""
        rows.append(TableRow(id, values, look, link=id, detail=detail))
    return rows


def down_line(found: Sequence[Down], now: datetime) -> str:
    """When a service was down last, and why: `down 7m04s at 03:12:40: exited 137; before that 38s at 30 Nov 22:41:00`."""
    times = [f"{ago(one.seconds)} at {moment(one.began, now)}" for one in found]
    if not times:
        return "never down while watched"
    before = f"; before that {', '.join(times[1:])}" if times[1:] else ""
    return one_line(f"down {times[0]}: {found[0].why}{before}", 300)


def moment(at: datetime, now: datetime) -> str:
    """When something was: a time of today, else with its day."""
    local = at.astimezone()
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone().date() else f"{local:%d %b %H:%M:%S}"


def span(begin: datetime, end: datetime | None, now: datetime) -> str:
    """From when to when something was; without an end it goes on."""
    local, last = begin.astimezone(), (end or now).astimezone()
    day = "" if local.date() == now.astimezone().date() else f"{local:%d %b} "
    return f"{day}{local:%H:%M}-" + (f"{last:%H:%M}" if end is not None else "")


def _loud(status: str) -> str:
    return status.upper() if status == "down" else status
