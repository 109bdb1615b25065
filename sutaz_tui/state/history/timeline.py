"""How what is seen becomes spans of the file: without gaps while somebody watches, each in its order.

Whatever it says is true at every moment that it is written: the last watch ends where its last write was, and a span
that is open ends with it. So a program that is killed leaves nothing to mend.
"""

from collections.abc import Callable

from msgspec import Struct

from sutaz_tui.engine.since import Since
from sutaz_tui.state.history.file import Statement
from sutaz_tui.state.history.moments import ms, when
from sutaz_tui.text.sanitise import ago, one_line

Key = tuple[str, str]
"""Kind and id of a subject: a service, an alert, a cause."""

_EVER = 1 << 62
_OPEN = """
INSERT INTO spans VALUES ((SELECT no FROM subjects WHERE kind = ? AND id = ?), ?, NULL, ?, ?, ?, ?, ?, ?)
"""
_MEND = """
UPDATE spans SET status = ?, word = ?, summary = ?, since = ?, at_least = ?, own_start = ?
WHERE subject = (SELECT no FROM subjects WHERE kind = ? AND id = ?) AND ended IS NULL
"""
_CLOSE = """
UPDATE spans SET ended = ? WHERE subject = (SELECT no FROM subjects WHERE kind = ? AND id = ?) AND ended IS NULL
"""
_CLOSE_ALL = """
UPDATE spans SET ended = (SELECT ended FROM watches ORDER BY rowid DESC LIMIT 1) WHERE ended IS NULL
"""
_NAME = "INSERT OR IGNORE INTO subjects (kind, id) VALUES (?, ?)"
_HAPPENED = """
INSERT INTO changes VALUES (?, (SELECT no FROM subjects WHERE kind = 'service' AND id = ?), ?, ?)
"""
_MOVE_SPANS = "UPDATE spans SET began = began + ?, ended = ended + ?, since = since + ? WHERE began >= ?"


class Seen(Struct, frozen=True):
    """How a subject is; `own_start` in milliseconds, as it was told, None where it was not."""

    status: str
    word: str = ""
    summary: str = ""
    since: Since | None = None
    own_start: int | None = None

    def is_like(self, other: "Seen") -> bool:
        """Whether both belong to one span; figures in a word ("loop 42") make no new one."""
        return (self.status, self.word.rstrip("0123456789")) == (
            other.status,
            other.word.rstrip("0123456789"),
        )

    def knows_all_of(self, other: "Seen") -> bool:
        """Whether it says since when, and tells a start of its own, as the other does."""
        return self.since == other.since and (self.own_start is not None or other.own_start is None)


class Timeline:
    """The spans of one run; `take` hands out what is to be written, which must be, in this order, all or nothing.

    Moments are the file's. `mask` hides secrets in what comes from outside.
    """

    def __init__(self, role: str, mask: Callable[[str], str]) -> None:
        self._role = role
        self._mask = mask
        self._open: dict[Key, tuple[Seen, int]] = {}
        self._ended: dict[Key, int] = {}
        self._run_began = self._watch_began = 0
        self._statements: list[Statement] = []

    def take(self) -> list[Statement]:
        """What was not yet handed out."""
        taken, self._statements = self._statements, []
        return taken

    @property
    def waiting(self) -> int:
        """How many statements were not yet handed out."""
        return len(self._statements)

    def begin(self, at: int, is_new_run: bool = True) -> None:
        """A watch begins: what the one before left open ended with it, and nothing lies behind this beginning."""
        if is_new_run:
            self._run_began = at
        self._watch_began = at
        self._open.clear()
        self._ended.clear()
        self._statements += [
            (_CLOSE_ALL, ()),
            *_nothing_after(at),
            ("INSERT INTO watches (began, ended, by) VALUES (?, ?, ?)", (at, at, self._role)),
        ]

    def reach(self, at: int) -> None:
        """The watch goes on until now."""
        self._statements.append(
            ("UPDATE watches SET ended = ? WHERE rowid = (SELECT max(rowid) FROM watches)", (at,))
        )

    def end(self, at: int, why: str) -> None:
        """The watch ends."""
        self.reach(at)
        self._statements += [
            ("UPDATE watches SET why = ? WHERE rowid = (SELECT max(rowid) FROM watches)", (why,)),
            (_CLOSE_ALL, ()),
        ]
        self._open.clear()

    def move(self, by: int, now: int) -> None:
        """The clock was set: durations stay true, so the moments of this run move. What then lies behind its beginning
        was written by the clock that was wrong."""
        began, self._run_began = self._run_began, self._run_began + by
        self._statements += [
            *_nothing_after(self._run_began, began),
            ("UPDATE watches SET began = began + ?, ended = ended + ? WHERE began >= ?", (by, by, began)),
            (_MOVE_SPANS, (by, by, by, began)),
            ("UPDATE changes SET at = at + ? WHERE at >= ?", (by, began)),
        ]
        self._watch_began += by
        self._open = {key: (seen, at + by) for key, (seen, at) in self._open.items()}
        self._ended = {key: at + by for key, at in self._ended.items()}
        self.note(now, "", "clock", f"the clock was set by {'-' if by < 0 else '+'}{ago(abs(by) / 1000)}")

    def see(self, key: Key, seen: Seen, now: int) -> None:
        """The subject is so: its open span goes on, or ends where this began and leaves the rest to a new one."""
        before, began = self._open.get(key, (None, now))
        if before is not None and before.is_like(seen) and before.knows_all_of(seen):
            return
        since = ms(seen.since.at) if seen.since is not None else now
        is_same = before is not None and before.is_like(seen)
        # A change is where it began, unless that lies before what is known to have been otherwise.
        known = (
            began
            if before is not None
            else now
            if key[0] == "service"
            else self._ended.get(key, self._watch_began)
        )
        at = since if known < since <= now else now
        if is_same and since <= began:
            at = began
        goes_on = before is not None and at == began
        told = (seen.status, one_line(self._mask(seen.word), 20), one_line(self._mask(seen.summary), 200))
        first = seen.since or Since(when(at))
        says = (*told, ms(first.at), first.is_at_least, seen.own_start)
        self._name(key)
        if goes_on:
            self._statements.append((_MEND, (*says, *key)))
        else:
            if before is not None:
                self._statements.append((_CLOSE, (at, *key)))
            self._statements.append((_OPEN, (*key, at, *says)))
        self._open[key] = (seen, at)

    def gone(self, kept: set[Key], now: int) -> None:
        """Of what is no service, only these are still there."""
        for key in [key for key in self._open if key[0] != "service" and key not in kept]:
            del self._open[key]
            self._ended[key] = now
            self._statements.append((_CLOSE, (now, *key)))

    def note(self, at: int, service_id: str, kind: str, words: str) -> None:
        """Something happened; `service_id` "" where it concerns none."""
        self._statements += happened(at, service_id, kind, words, self._mask)

    def keep(self, statements: list[Statement]) -> None:
        """Have these written too."""
        self._statements += statements

    def _name(self, key: Key) -> None:
        self._statements.append((_NAME, key))


def happened(at: int, service_id: str, kind: str, words: str, mask: Callable[[str], str]) -> list[Statement]:
    """What keeps that something happened; `service_id` "" where it concerns none."""
    name: list[Statement] = [(_NAME, ("service", service_id))] if service_id else []
    return [*name, (_HAPPENED, (at, service_id, kind, one_line(mask(words), 200)))]


def _nothing_after(at: int, of_before: int = _EVER) -> list[Statement]:
    """What lies behind a moment was written by a clock that was ahead; of rows that began before another moment."""
    return [
        ("DELETE FROM spans WHERE began >= ? AND began < ?", (at, of_before)),
        ("UPDATE spans SET ended = ? WHERE ended > ? AND began < ?", (at, at, of_before)),
        ("DELETE FROM watches WHERE began >= ? AND began < ?", (at, of_before)),
        ("UPDATE watches SET ended = ? WHERE ended > ? AND began < ?", (at, at, of_before)),
    ]
