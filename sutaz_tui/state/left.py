"""How a reader left the board of one config, for the next run to begin there: a row of its history."""

import sqlite3
from typing import Any

import msgspec
from msgspec import Struct, ValidationError, convert


class Left(Struct, frozen=True):
    """What is filtered and selected, whether the map was zoomed, and a theme and a log's height that were chosen.

    `theme` ("") and `log_height` (0) are unset where the config's own were in force; `chosen_over` is what the config
    said then: whoever changes it there wants that.
    """

    filter: str = ""
    selected: str = ""
    is_zoomed: bool = False
    theme: str = ""
    log_height: int = 0
    chosen_over: tuple[str, int] = ("", 0)

    def over(self, theme: str, log_height: int) -> "Left":
        """The same, without what was chosen over another config."""
        if self.chosen_over == (theme, log_height):
            return self
        return Left(self.filter, self.selected, self.is_zoomed, chosen_over=(theme, log_height))


def left_of(held: Any) -> Left | None:
    """What was kept; None where it is something else."""
    try:
        return convert(held, Left)
    except ValidationError:
        return None


def keep_left(database: sqlite3.Connection, text: str) -> None:
    """Keep it, as JSON."""
    database.execute("INSERT OR REPLACE INTO board VALUES (1, ?)", (text,))


def read_left(database: sqlite3.Connection) -> Left:
    """How it was left; a fresh one where nothing is kept, or something else."""
    row = database.execute("SELECT how FROM board").fetchone()
    try:
        return (left_of(msgspec.json.decode(row[0])) if row is not None else None) or Left()
    except (msgspec.DecodeError, TypeError):
        return Left()
