"""How a reader left the board of one config, for the next run to begin there."""

from typing import Any

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


def left_of(kept: Any) -> Left:
    """What a file holds; that of a fresh board where it holds something else."""
    try:
        return convert(kept, Left)
    except ValidationError:
        return Left()
