"""What stands beside the map on wide screens: causes, alerts, changes, checks, the selected service.

A part that has nothing to tell is not there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sutaz_tui.model import TROUBLE, Alert, Cause, Change, ChangeKind, ServiceState, Snapshot, Status
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import ago, stepped
from widgets.moment_words import clock
from widgets.pieces import Piece
from widgets.width import fit, fit_right, width_of, wrapped

Line = tuple[Piece, ...]
TITLE, AGE = 18, 6
LEAST_CELLS, MOST_CELLS = 55, 75
INDENT = " " * 9


class Part:
    """One heading and its entries, each some lines; `least` of them stay where there is no room for all."""

    def __init__(
        self, heading: Line, entries: Sequence[Sequence[Line]], least: int, most: int, where: str = ""
    ) -> None:
        self.heading = heading
        self.entries = entries
        self.least = min(least, len(entries))
        self.shown = min(most, len(entries))
        self._where = where

    @property
    def height(self) -> int:
        """Lines that it takes, with the blank one below it."""
        return len(self.made())

    def made(self) -> list[Line]:
        """Its lines; the last says how many entries are left out."""
        if not self.entries:
            return []
        more = len(self.entries) - self.shown
        kept = self.entries[: self.shown - 1 if more else self.shown]
        lines = [self.heading, *(line for entry in kept for line in entry)]
        if more:
            lines.append((("muted", f"  +{more + 1} more{self._where}"),))
        return [*lines, ()]


def side_width(width: int) -> int:
    """Cells beside the map on a screen of this width."""
    return min(MOST_CELLS, LEAST_CELLS + max(0, width - 160) // 2)


def side_lines(
    snapshot: Snapshot,
    titles: Mapping[str, str],
    glyphs: Mapping[Status, str],
    checks: Sequence[Line],
    selected: Sequence[tuple[str, str]],
    width: int,
    height: int,
) -> list[Line]:
    """The lines at this width, as many as there is room for: older changes give way first, then alerts, then causes."""
    now = snapshot.at
    causes = Part(
        (("heading", "CAUSES"),),
        _rows(
            [
                *(_cause(cause, glyphs, now) for cause in snapshot.causes),
                *(_trouble(state, glyphs, now) for state in _alone(snapshot)),
            ],
            width,
        ),
        3, 10,
    )  # fmt: skip
    alerts = Part(
        (("heading", "ALERTS"),),
        _rows([_alert(alert, glyphs, now) for alert in snapshot.alerts], width),
        2, 8, ": A lists them",
    )  # fmt: skip
    changes = Part(
        (("heading", "CHANGES"),),
        [(_change(change, titles, now, width),) for change in reversed(snapshot.changes)],
        2, 12, ": H lists them",
    )  # fmt: skip
    told = [
        (((look, part),),)
        for text, look in selected
        for part in wrapped(text.removeprefix("  "), width, INDENT)
    ]
    rest = Part((("heading", "SELECTED"),), told, len(told), len(told))
    parts = [causes, alerts, changes, Part(*_split(checks), len(checks), len(checks)), rest]
    while sum(part.height for part in parts) - 1 > height:
        part = next((one for one in (changes, alerts, causes) if one.shown > one.least), None)
        if part is None:
            break
        part.shown -= 1
    return [line for part in parts for line in part.made()]


def _split(lines: Sequence[Line]) -> tuple[Line, Sequence[Sequence[Line]]]:
    return (lines[0], [(line,) for line in lines[1:]]) if lines else ((), ())


def _alone(snapshot: Snapshot) -> list[ServiceState]:
    """Who is in trouble by itself: no cause, and because of none; the worst first."""
    causes = {cause.id for cause in snapshot.causes}
    found = [
        state
        for state in snapshot.services
        if state.status in TROUBLE
        and state.asked is not None
        and not (state.known or state.because or state.service.id in causes)
    ]
    return sorted(found, key=lambda state: -state.status)


class _Row(NamedTuple):
    look: str
    glyph: str
    title: str
    age: str
    words: str
    more: str = ""


def _rows(rows: Sequence[_Row], width: int) -> list[tuple[Line, ...]]:
    """What is wrong, how long, and in which words; what there is to add on a line of its own."""
    title = min(TITLE, max((width_of(row.title) for row in rows), default=0))
    room = width - 2 - title - 1 - AGE - 2
    made = []
    for row in rows:
        said = f" {fit_right(row.age, AGE)}  {fit(one_line(row.words, 200), room)}".rstrip()
        lines: list[Line] = [((row.look, f"{row.glyph} {fit(row.title, title)}"), ("", said))]
        if row.more:
            lines.append((("muted", fit(f"{' ' * (title + AGE + 5)}{row.more}", width).rstrip()),))
        made.append(tuple(lines))
    return made


def _since(at: datetime | None, now: datetime) -> str:
    return "" if at is None else ago(stepped((now - at).total_seconds()))


def _cause(cause: Cause, glyphs: Mapping[Status, str], now: datetime) -> _Row:
    # How many need it stands in the head, of the one that is told there, and on its own screen.
    words = cause.words.partition(". ")[0].removesuffix(".")
    title = one_line(cause.title, 60)
    return _Row("down", glyphs[Status.DOWN], title, _since(cause.since, now), words, cause.again)


def _trouble(state: ServiceState, glyphs: Mapping[Status, str], now: datetime) -> _Row:
    age = f"{'>' if state.since_at_least else ''}{_since(state.since, now)}"
    title = one_line(state.service.title, 60)
    return _Row(state.status.label, glyphs[state.status], title, age, state.summary)


def _alert(alert: Alert, glyphs: Mapping[Status, str], now: datetime) -> _Row:
    title, age = one_line(alert.title, 60), _since(alert.since, now)
    if alert.silenced_by:
        return _Row("muted", glyphs[Status.ABSENT], title, age, alert.silenced_by[0])
    return _Row("degraded", glyphs[Status.DEGRADED], title, age, alert.summary)


def _change(change: Change, titles: Mapping[str, str], now: datetime, width: int) -> Line:
    what = f"{titles.get(change.service_id, '')} {_words(change)}".strip()
    return ("muted", f"{clock(change.at, now):<8}  "), ("", fit(one_line(what, 200), width - 10).rstrip())


def _words(change: Change) -> str:
    if change.kind is ChangeKind.STATUS and change.before is not None and change.after is not None:
        return f"{change.before.label} -> {change.after.label}"
    return change.words
