"""Tells typing from pasting where the terminal does not bracket what is pasted.

A terminal that brackets a paste is trusted, and every key passes. Elsewhere nobody types four keys that run something
within 20 ms: such a flood is a paste, and nothing of it is run. Movement passes, and so does what is typed into a field
with the key that opens it and the Enter that ends it: a slow line hands over much at once.
"""

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

WINDOW = 0.02
# What comes this soon after a paste belongs to it: a slow line hands it over in pieces.
PAUSE = 0.1
MOST_KEYS = 3
KEPT = 65536
CHANGING = 1.0
"""Seconds within which the app opens a field behind its key, and closes it behind its Enter."""

MOVES = frozenset("jkgGnNeEwWuUb ")
"""What only moves, on every screen."""
OPENS = frozenset("/&:")
"""What opens a field."""
ENDS = frozenset("\r\x1b")
"""What leaves it."""


class Typed(Protocol):
    """A key as the terminal sent it."""

    @property
    def character(self) -> str | None:
        """What it writes, None when nothing."""

    @property
    def is_printable(self) -> bool:
        """Whether that is more than a control character."""


Key = TypeVar("Key", bound=Typed)


class Pasted(Struct, frozen=True):
    """Keys that came too fast for a hand; `text` is bounded."""

    text: str


class PasteGuard(Generic[Key]):
    """Is fed with keys and the moments at which they came (seconds of a steady clock), gives back what to do.

    `is_typing` tells whether a field has the focus.
    """

    def __init__(self, is_typing: Callable[[], bool] = lambda: False) -> None:
        self._is_typing = is_typing
        self._is_trusted = False
        self._opened = self._ended = float("-inf")
        self._recent: list[float] = []
        self._held: list[tuple[float, Key]] = []
        self._pasting = False
        self._text: list[str] = []
        self._last = 0.0

    def trust(self) -> None:
        """The terminal brackets what is pasted."""
        self._is_trusted = True

    def take(self, at: float, keys: Sequence[Key]) -> list[Key | Pasted]:
        """Take the keys of one read; what may be passed on, in order."""
        done = self.due(at)
        if self._is_trusted:
            return [*done, *keys]
        rest = list(keys)
        while rest:
            if not self._pasting and not self._held and self._in_field(at):
                count = next((n for n, key in enumerate(rest, 1) if key.character in ENDS), len(rest))
                if rest[count - 1].character in ENDS:
                    self._ended = at
                done += rest[:count]
            elif count := self._to_field(rest):
                self._opened, self._ended = at, float("-inf")
                done += rest[:count]
            else:
                count = len(rest)
                done += self._guarded(at, rest)
            rest = rest[count:]
        return done

    def due(self, at: float) -> list[Key | Pasted]:
        """What has waited long enough."""
        done: list[Key | Pasted] = []
        if self._pasting and at - self._last > PAUSE:
            done.append(Pasted("".join(self._text)[:KEPT]))
            self._pasting = False
            self._text.clear()
            self._recent.clear()
        while self._held and at - self._held[0][0] > WINDOW:
            done.append(self._held.pop(0)[1])
        return done

    @property
    def is_waiting(self) -> bool:
        """Whether `due` will have something even if no key comes."""
        return self._pasting or bool(self._held)

    def _in_field(self, at: float) -> bool:
        if at - self._ended < CHANGING:
            return False
        return at - self._opened < CHANGING or self._is_typing()

    def _to_field(self, keys: Sequence[Key]) -> int:
        """How many of these there are up to one that opens a field behind nothing but movement; 0 where none does."""
        first = next((n for n, key in enumerate(keys, 1) if self._runs(key)), 0)
        is_free = first and not self._pasting and not self._held
        return first if is_free and keys[first - 1].character in OPENS else 0

    def _runs(self, key: Key) -> bool:
        return key.is_printable and key.character not in MOVES

    def _guarded(self, at: float, keys: Sequence[Key]) -> list[Key]:
        if not self._pasting:
            self._recent = [moment for moment in self._recent if at - moment <= WINDOW]
            self._recent += [at] * sum(map(self._runs, keys))
            self._pasting = len(self._recent) > MOST_KEYS
        if self._pasting:
            self._paste([*(key for _, key in self._held), *keys])
            self._held.clear()
            self._last = at
        elif self._held or len(self._recent) > 1:
            self._held += [(at, key) for key in keys]
        else:
            return list(keys)
        return []

    def _paste(self, keys: Sequence[Key]) -> None:
        if len(self._text) < KEPT:
            self._text += [(key.character or "").replace("\r", "\n") for key in keys]
