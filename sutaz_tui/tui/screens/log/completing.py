"""What completes a query while it is typed: labels behind `{`, their values behind `=`."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from textual.suggester import Suggester

from sutaz_tui.errors import SutazError
from sutaz_tui.text.sanitise import sanitise

_NAME = re.compile(r"(?:\{|,)\s*(\w{0,100})\Z")
_VALUE = re.compile(r'(?:\{|,)\s*(\w{1,100})\s*(?:=~|!~|!=|=)\s*"([^"\\]{0,200})\Z')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


class Known(Protocol):
    """Who knows the labels of Loki."""

    async def labels(self) -> Sequence[str]:
        """The names of all labels; raises SutazError."""
        ...

    async def values(self, label: str) -> Sequence[str]:
        """The values of a label; raises SutazError."""
        ...


class QueryCompletion(Suggester):
    """Completes `words`, in any case; within braces what `known` tells."""

    def __init__(self, words: Iterable[str], known: Callable[[], Known]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._words = [sanitise(word) for word in words]
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line as it may go on, None where nothing is known."""
        if "{" not in value:
            begun = value.casefold()
            return next((word for word in self._words if word.casefold().startswith(begun)), None)
        try:
            return await self._in_braces(value)
        except SutazError:
            # Whoever hands the query in is told.
            return None

    async def _in_braces(self, value: str) -> str | None:
        if found := _VALUE.search(value):
            values = await self._known().values(found[1])
            end = next((one for one in values if one.startswith(found[2])), None)
            return None if end is None else f'{value[: found.start(2)]}{sanitise(end)}"'
        bare = _QUOTED.sub("", value)
        if not (found := _NAME.search(value)) or bare.count("{") == bare.count("}"):
            return None
        names = await self._known().labels()
        end = next((one for one in names if one.startswith(found[1])), None)
        return None if end is None else f'{value[: found.start(1)]}{sanitise(end)}="'
