"""What a reader looks for in a list: text in any case, `/regex/`, `!` before either: without it."""

from sutaz_tui.errors import SutazError


class Wanted:
    """Whether a text is wanted; raises SutazError for a pattern that is none.

    One that takes too long lets everything through from then on, and `problem` says so.
    """

    def __init__(self, typed: str) -> None:
        from sutaz_tui.logs.matching import Pattern  # its library is not loaded before somebody types

        pattern = Pattern(typed)
        self._pattern = pattern if pattern.is_regex else Pattern(typed.lower())
        self.typed = typed
        self.problem = ""

    def __call__(self, text: str) -> bool:
        if self.problem:
            return True
        try:
            return self._pattern.finds(text) is not self._pattern.is_inverse
        except SutazError as error:
            self.problem = str(error)
            return True


def understood(typed: str) -> tuple[Wanted | None, str]:
    """What is wanted, None for nothing typed (or only `!`), and what is wrong with a pattern that is none."""
    typed = typed.strip()
    if not typed.removeprefix("!").strip():
        return None, ""
    try:
        return Wanted(typed), ""
    except SutazError as error:
        return None, str(error)
