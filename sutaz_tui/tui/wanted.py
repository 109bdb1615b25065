"""What a reader looks for in a list: text in any case, `/regex/`, `!` before either: without it."""

from sutaz_tui.errors import SutazError
from sutaz_tui.logs.matching import Pattern


class Wanted:
    """Whether a text is wanted; raises SutazError for a pattern that is none.

    One that takes too long lets everything through from then on, and `problem` says so.
    """

    def __init__(self, typed: str) -> None:
        pattern = Pattern(typed)
        self._pattern = pattern if pattern.is_regex else Pattern(typed.lower())
        self.problem = ""

    def __call__(self, text: str) -> bool:
        if self.problem:
            return True
        try:
            return self._pattern.finds(text) is not self._pattern.is_inverse
        except SutazError as error:
            self.problem = str(error)
            return True


def wanted(typed: str) -> Wanted | None:
    """What is wanted, None for nothing typed (or only `!`)."""
    typed = typed.strip()
    return Wanted(typed) if typed.removeprefix("!").strip() else None
