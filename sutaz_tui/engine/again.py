"""How often a cause was one before, and how long that lasted: of earlier runs as they are handed in, and of this one."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from sutaz_tui.model import Cause
from sutaz_tui.text.units import ago, ordinal

NOTES = 20
"""Notes of a service that are kept in memory; the history has them all."""


class Outage(Struct, frozen=True):
    """A time in which something was a cause: since when, how many seconds it lasted, and what somebody noted of it."""

    since: datetime
    seconds: float
    note: str = ""


class Outages:
    """Follows the causes of one stack, and tells of each when it was one before."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[Outage, ...]] = {}
        self._going_on: dict[str, datetime] = {}
        self._notes: dict[str, deque[tuple[datetime, str]]] = {}

    def noted(self, id: str, at: datetime, words: str) -> None:
        """Somebody noted something of a service in this run."""
        self._notes.setdefault(id, deque(maxlen=NOTES)).append((at, words))

    def recall(self, outages: Mapping[str, tuple[Outage, ...]]) -> None:
        """Take those of earlier runs, by cause, oldest first."""
        self._before.update(outages)

    def move(self, by: timedelta) -> None:
        """The clock was set: what goes on began so much later by it."""
        self._going_on = {id: since + by for id, since in self._going_on.items()}
        self._notes = {
            id: deque(((at + by, words) for at, words in notes), NOTES) for id, notes in self._notes.items()
        }

    def follow(self, causes: Iterable[Cause], now: datetime) -> tuple[Cause, ...]:
        """The causes, each telling of its outages before this one."""
        told = tuple(replace(cause, again=self._again(cause, now)) for cause in causes)
        going_on = {cause.id: cause.since for cause in told}
        for id, since in self._going_on.items():
            if id not in going_on:
                ended = Outage(since, (now - since).total_seconds())
                self._before[id] = (*self._before.get(id, ()), ended)
        self._going_on = going_on
        return told

    def _again(self, cause: Cause, now: datetime) -> str:
        # What an earlier run saw begin may go on: it is this one.
        before = [
            one
            for one in self._before.get(cause.id, ())
            if one.since + timedelta(seconds=one.seconds) < cause.since
        ]
        if not before:
            return ""
        last = before[-1]
        local = last.since.astimezone()
        day = f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local:%d %b}"
        words = next((one.note for one in reversed(before) if one.note), "")
        for at, told in self._notes.get(cause.id, ()):
            if before[0].since <= at < cause.since:
                words = told
        note = f"; note: {words}" if words else ""
        return f"{ordinal(len(before) + 1)} time; last {day} {ago(last.seconds)}{note}"
