"""The newest changes of each service, as a board that is opened shows them below it."""

import sqlite3
from datetime import datetime
from itertools import pairwise

from sutaz_tui.model import Change, ChangeKind
from sutaz_tui.state.history.moments import ms, when
from sutaz_tui.state.history.spans import STATUS

EACH = 8
"""Changes of status of a service at most."""
OTHERS = 50
_EVER = 1 << 62

_SPANS = """
SELECT began, ended, since, status, summary FROM spans
WHERE subject = ? AND began <= ? ORDER BY began DESC, rowid DESC LIMIT ?
"""
_OTHERS = """
SELECT at, id, changes.kind, words FROM changes JOIN subjects ON no = subject WHERE at <= ? ORDER BY at DESC LIMIT ?
"""


def newest_changes(database: sqlite3.Connection, until: datetime | None = None) -> list[Change]:
    """What last happened to each service (until a moment), oldest first."""
    last = ms(until) if until is not None else _EVER
    found: list[Change] = []
    for number, id in database.execute("SELECT no, id FROM subjects WHERE kind = 'service'").fetchall():
        spans = database.execute(_SPANS, (number, last, EACH + 1)).fetchall()[::-1]
        found += _changes(id, spans)
    kinds = {kind.value: kind for kind in ChangeKind}
    found += [
        Change(when(at), id, kinds[kind], words)
        for at, id, kind, words in database.execute(_OTHERS, (last, OTHERS))
        if kind in kinds
    ]
    return sorted(found, key=lambda change: change.at)


def _changes(id: str, spans: list[tuple[int, int, int, str, str]]) -> list[Change]:
    """The changes of status between spans that follow each other; across a time that nobody watched no duration is known."""
    changes = []
    for (_, ended, since, before, _), (began, _, _, after, summary) in pairwise(spans):
        if before != after:
            words = f"{before} -> {after}: {summary}"
            lasted = (began - since) / 1000 if ended == began else None
            changes.append(
                Change(when(began), id, ChangeKind.STATUS, words, STATUS[before], STATUS[after], lasted)
            )
    return changes
