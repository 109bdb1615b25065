"""What was typed after `:`, `/` and `&`, to be had again, in this run and in the next ones: rows of the history."""

import sqlite3
from collections.abc import Callable, Mapping

MOST = 200
"""Lines that are kept of each sign."""
LONGEST = 500
"""Characters of one that is kept."""


class TypedLines:
    """Lines by the sign that they were typed after, newest last; each stands there once.

    What holds a secret of the config is not kept: `mask` says so. `save` is handed each new line with its sign.
    """

    def __init__(
        self,
        kept: Mapping[str, list[str]],
        mask: Callable[[str], str],
        save: Callable[[str, str], None],
    ) -> None:
        self._mask = mask
        self._save = save
        self._lines = {sign: list(some) for sign, some in kept.items()}

    def of(self, sign: str) -> tuple[str, ...]:
        """The lines that were typed after a sign."""
        return tuple(self._lines.get(sign, ()))

    def add(self, sign: str, text: str) -> None:
        """Keep a line."""
        if not sign or not text or len(text) > LONGEST or self._mask(text) != text:
            return
        before = [line for line in self._lines.get(sign, ()) if line != text]
        self._lines[sign] = [*before, text][-MOST:]
        self._save(sign, text)


def keep_typed(database: sqlite3.Connection, sign: str, text: str) -> None:
    """Keep one line as the newest of its sign, and MOST of them."""
    database.execute("DELETE FROM typed WHERE sign = ? AND text = ?", (sign, text))
    database.execute("INSERT INTO typed (sign, text) VALUES (?, ?)", (sign, text))
    database.execute(
        "DELETE FROM typed WHERE sign = ? AND no NOT IN "
        "(SELECT no FROM typed WHERE sign = ? ORDER BY no DESC LIMIT ?)",
        (sign, sign, MOST),
    )


def read_typed(database: sqlite3.Connection) -> dict[str, list[str]]:
    """The lines by sign, newest last."""
    lines: dict[str, list[str]] = {}
    for sign, text in database.execute("SELECT sign, text FROM typed ORDER BY no"):
        lines.setdefault(str(sign), []).append(str(text))
    return lines
