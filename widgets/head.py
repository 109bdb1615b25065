"""The two lines at the top: how the whole stack is, and the cause of what is wrong; only what changed is repainted."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from sutaz_tui.model import (
    GLYPHS,
    UNCHECKED,
    WORDS,
    WORST_FIRST,
    Change,
    ChangeKind,
    Snapshot,
    Status,
    calm_words,
)
from sutaz_tui.text.sanitise import about, ago, count, one_line, sanitise
from sutaz_tui.text.units import plural
from widgets.pieces import Piece, cut_pieces, plain, span
from widgets.width import fit, width_of

LOOKS = ("down", "degraded", "unknown", "badge", "cause", "past")
# A clock that ticks every second costs a remote line more than the answers do.
UPDATED_STEP = 20
Line = tuple[Piece, ...]


class Head(Widget):
    """Totals, alerts, the time of the last answers; below it the cause or the last change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"head--{look}" for look in LOOKS}
    DEFAULT_CSS = """
    Head { height: 2; }
    Head > .head--down { color: $text-error; text-style: bold; }
    Head > .head--degraded { color: $text-warning; }
    Head > .head--unknown { color: $text-accent; }
    Head > .head--badge { color: $text-warning; text-style: reverse; }
    Head > .head--past { text-style: reverse; }
    Head > .head--cause { color: $text-error; text-style: bold; }
    """

    def __init__(
        self, env: str, host: str, badges: tuple[str, ...] = (), glyphs: Mapping[Status, str] = GLYPHS
    ) -> None:
        super().__init__()
        self._env = one_line(env, 20).upper()
        self._host = one_line(host, 40)
        self._badges = {badge: badge for badge in badges}
        self._glyphs = glyphs
        self._lines: tuple[Line, Line] = ((), ())
        self._shown: tuple[Snapshot, Line, str] | None = None
        self._updated: datetime | None = None
        self._past = ""
        self._width = 0

    @property
    def text(self) -> str:
        """Both lines as text."""
        return "\n".join(plain(line).rstrip() for line in self._lines)

    def set_badge(self, name: str, words: str) -> None:
        """Show a badge under this name, none for empty words."""
        if words != self._badges.get(name, ""):
            if words:
                self._badges[name] = words
            else:
                del self._badges[name]
            self._renew()

    def show(self, snapshot: Snapshot, cause: Line = (), hint: str = "") -> None:
        """Show the totals of a snapshot and the sentence about its cause; `hint` stands at the right where it fits."""
        at, before = snapshot.round_at, self._updated
        is_changed = self._shown is None or snapshot.totals() != self._shown[0].totals()
        if (
            is_changed
            or at is None
            or before is None
            or not 0 <= (at - before).total_seconds() < UPDATED_STEP
        ):
            # The line is painted anyway where its totals change, and may not be older than they.
            self._updated = at
        self._shown = snapshot, tuple((look, sanitise(text)) for look, text in cause), hint
        self._renew()

    def set_past(self, words: str) -> None:
        """Say in the first line which moment of the past is shown; "" for now."""
        if words != self._past:
            self._past = words
            self._renew()

    def on_resize(self) -> None:
        self._renew()

    def render_line(self, y: int) -> Strip:
        """One of the two lines."""
        if self._width != self.size.width:
            # The first frame comes before the message that says how wide it is.
            self._lines = self._made()
        base = self.rich_style
        segments = [
            Segment(text, base + self.get_component_rich_style(f"head--{look}") if look else base)
            for look, text in self._lines[y]
        ]
        return Strip(segments).simplify().adjust_cell_length(self.size.width, base)

    def _renew(self) -> None:
        before = self._lines
        self._lines = self._made()
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            start, end = span(old, new, self.size.width)
            if end > start:
                self.refresh(Region(start, y, end - start, 1))

    def _made(self) -> tuple[Line, Line]:
        self._width = self.size.width
        if self._shown is None or not self._width:
            return (), ()
        snapshot, cause, hint = self._shown
        return ((("past", self._past),) if self._past else self._first(snapshot)), self._second(
            snapshot, cause, hint
        )

    def _first(self, snapshot: Snapshot) -> Line:
        totals, unchecked = snapshot.totals(), snapshot.unchecked_count()
        badges = [*self._badges.values(), *(["IDLE"] if snapshot.is_idle else [])]
        told: list[str] = []
        if asking := snapshot.asking_count():
            totals[Status.UNKNOWN] -= asking
            told.append(f"asking {about(asking)}")
        if snapshot.behind:
            told.append(f"behind: {about(snapshot.behind)} due")
        if known := snapshot.known_count():
            told.append(f"{known} known")
        if firing := snapshot.alert_count():
            told.append(plural(firing, "alert"))
        if silenced := snapshot.alert_count(is_silenced=True):
            told.append(f"{count(silenced)} silenced")
        at = f"{self._updated.astimezone():%H:%M:%S}" if self._updated is not None else ""
        # What gives way, first to last: the host, air, the word before the time, the time.
        width = self.size.width
        long, short = (f"updated {at}", at) if at else ("", "")
        left: list[Piece] = []
        for host, gap, right in (
            (self._host, 3, long),
            (self._host, 2, long),
            ("", 3, long),
            ("", 2, long),
            ("", 2, short),
            ("", 1, short),
            ("", 1, ""),
        ):
            # What only runs stands beside what is known to be well.
            running = f"{UNCHECKED} {unchecked}" + (" running, unchecked" if right == long else "")
            told_here = {Status.UP: running} if unchecked else {}
            left = list(self._left(host, gap, totals, told_here, told, badges))
            room = width - width_of(plain(left)) - len(right) - 1
            if room >= (1 if right else 0):
                return (*left, ("", " " * room), ("", f"{right} "))
        return tuple(left)

    def _left(
        self,
        host: str,
        gap: int,
        totals: Mapping[Status, int],
        beside: Mapping[Status, str],
        told: list[str],
        badges: list[str],
    ) -> Iterable[Piece]:
        between = " " * gap
        yield "", f" {self._env} {host}" if host else f" {self._env}"
        for status in WORST_FIRST:
            is_told = totals[status] and status not in (Status.UP, Status.ABSENT)
            yield "", between
            yield (status.label if is_told else ""), f"{self._glyphs[status]} {totals[status]}"
            if status in beside:
                yield "", between + beside[status]
        for words in told:
            yield "", between + words
        for words in badges:
            yield "", between
            yield "badge", one_line(words, 60)

    def _second(self, snapshot: Snapshot, cause: Line, hint: str) -> Line:
        width = self.size.width
        if not cause:
            return (("", fit(f" {self._calm(snapshot, width - 1)}", width)),)
        room = width - len(hint) - 2
        if hint and width_of(plain(cause)) < room:
            return (*cause, ("", " " * (room - width_of(plain(cause)))), ("", f"{hint}  "))
        return cut_pieces(cause, width)

    def _calm(self, snapshot: Snapshot, width: int) -> str:
        answered, all_of_them = snapshot.answered_count(), len(snapshot.services)
        if snapshot.remembered_at is not None and not answered:
            return f"as of {_when(snapshot.remembered_at, snapshot.at)}, asking"
        if answered < all_of_them:
            return f"{answered} of {all_of_them} answered"
        calm = f"{calm_words(snapshot)}."
        if not snapshot.changes:
            return calm
        change = snapshot.changes[-1]
        titles = (s.service.title for s in snapshot.services if s.service.id == change.service_id)
        # What happened to this machine is about no service.
        title = one_line(next(titles, change.service_id), 30)
        who = f"{title} " if title else ""
        begun = f"{calm}  Last change: {who}"
        return begun + change_words(change, snapshot.at, width - width_of(begun))


def change_words(change: Change, now: datetime, room: int) -> str:
    """What happened to a service and when, without its title: `back 13:21, 41m ago, was down 3m12s.` What is too long
    for the cells that there are is cut before the moment."""
    passed = (now - change.at).total_seconds()
    when = "just now" if passed < 60 else f"{_when(change.at, now)}, {_coarse(passed)} ago"
    if change.kind is not ChangeKind.STATUS or change.after is None or change.before is None:
        return f"{fit(one_line(change.words, 100), max(12, room - len(when) - 2)).rstrip()} {when}."
    is_back = change.after is Status.UP and change.before is not Status.ABSENT
    words = "back" if is_back else WORDS[change.after]
    lasted = f", was {change.before.label} {ago(change.lasted)}" if change.lasted is not None else ""
    return f"{words} {when}{lasted}."


def _coarse(seconds: float) -> str:
    """A span that does not tick: whole minutes below an hour, then hours, then days."""
    if seconds < 3600:
        return f"{int(seconds // 60)}m"
    return f"{int(seconds // 3600)}h" if seconds < 86400 else f"{int(seconds // 86400)}d"


def _when(at: datetime, now: datetime) -> str:
    local = at.astimezone()
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local:%d %b %H:%M}"
