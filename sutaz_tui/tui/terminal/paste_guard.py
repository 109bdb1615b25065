"""Tells typing from pasting where the terminal does not: nobody types four characters within 20 ms.

A key alone is passed on at once. One that comes hard on another is kept back until it is certain that no flood
follows, so that nothing of a paste is run; typing is slower than that and never waits.
"""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

WINDOW = 0.02
# What comes this soon after a paste belongs to it: a slow line hands it over in pieces.
PAUSE = 0.1
MOST_KEYS = 3
KEPT = 65536


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
    """Is fed with keys and the moments at which they came (seconds of a steady clock), gives back what to do."""

    def __init__(self) -> None:
        self._recent: list[float] = []
        self._held: list[tuple[float, Key]] = []
        self._pasting = False
        self._text: list[str] = []
        self._last = 0.0

    def take(self, at: float, keys: Sequence[Key]) -> list[Key | Pasted]:
        """Take the keys of one read; what may be passed on, in order."""
        done = self.due(at)
        if not keys:
            return done
        if not self._pasting:
            self._recent = [moment for moment in self._recent if at - moment <= WINDOW]
            self._recent += [at] * sum(key.is_printable for key in keys)
            self._pasting = len(self._recent) > MOST_KEYS
        if self._pasting:
            self._paste([*(key for _, key in self._held), *keys])
            self._held.clear()
            self._last = at
        elif self._held or len(self._recent) > 1:
            self._held += [(at, key) for key in keys]
        else:
            done += keys
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

    def _paste(self, keys: Sequence[Key]) -> None:
        if len(self._text) < KEPT:
            self._text += [(key.character or "").replace("\r", "\n") for key in keys]
