"""Which lines were handed out lately, so that reading a span again tells only what is missing.

Two equal lines of one stream at one nanosecond are stored by Loki once, so a set is enough.
"""

from array import array
from collections.abc import Iterable

from msgspec import Struct, field

from sutaz_tui.logs.known import Stream, stream
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.text.moments import SECOND

# Lines before the floor that are remembered.
OLD = 5000


class _Second(Struct):
    """The lines of one second, as hashes (64 bits, seeded anew in each process): texts would weigh ten times that."""

    keys: set[int] = field(default_factory=set)
    moments: "array[int]" = field(default_factory=lambda: array("q"))


class SeenLines:
    """A set of lines, complete from `floor` on; `most` bounds how many are kept."""

    def __init__(self, floor: int, most: int) -> None:
        self.floor = floor
        self._most = most
        self._seconds: dict[int, _Second] = {}
        self._total = 0
        self._old: dict[int, None] = {}

    def __len__(self) -> int:
        return self._total

    def fresh(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """The lines not seen before, in their order; they are seen from here on."""
        streams: dict[int, Stream] = {}
        seconds = self._seconds
        found: list[LogLine] = []
        for line in lines:
            at, labels = line.at, line.labels
            named = streams.get(id(labels))
            if named is None:
                named = streams[id(labels)] = stream(labels)
            key = hash((at, named, line.text))
            if at < self.floor:
                if self._is_new_of_old(key):
                    found.append(line)
                continue
            second = seconds.get(at // SECOND)
            if second is None:
                second = seconds[at // SECOND] = _Second()
            if key not in second.keys:
                second.keys.add(key)
                second.moments.append(at)
                self._total += 1
                found.append(line)
        return found

    def _is_new_of_old(self, key: int) -> bool:
        """Lines so late come from the tail alone, which tells them twice only when it was opened anew."""
        if key in self._old:
            return False
        self._old[key] = None
        if len(self._old) > OLD:
            del self._old[next(iter(self._old))]
        return True

    def count(self, start: int, end: int) -> int | None:
        """How many lines of a span were seen; None where that is forgotten."""
        if start < self.floor:
            return None
        first, last = start // SECOND, (end - 1) // SECOND
        total = 0
        for second, kept in self._seconds.items():
            if first < second < last:
                total += len(kept.moments)
            elif first <= second <= last:
                total += sum(start <= at < end for at in kept.moments)
        return total

    def back(self, moment: int, span: int, lines: int) -> int:
        """How far before `moment` to begin: at most `span`, and at most about `lines` lines that were seen."""
        start = max(moment - span, self.floor)
        left = lines
        for second in sorted(self._seconds, reverse=True):
            if second > moment // SECOND:
                continue
            moments = self._seconds[second].moments
            if len(moments) > left:
                return max(start, min(moment, sorted(moments)[-left - 1] + 1))
            left -= len(moments)
            if second * SECOND <= start:
                break
        return start

    def forget(self, before: int, needed: int) -> None:
        """Forget what lies before a moment, and what is too much, but not the second of `needed` and later ones."""
        for second in sorted(self._seconds):
            is_old = (second + 1) * SECOND <= before
            is_too_much = self._total > self._most and second < needed // SECOND
            if not is_old and not is_too_much:
                break
            self._total -= len(self._seconds.pop(second).moments)
            self.floor = max(self.floor, (second + 1) * SECOND)
        self.floor = max(self.floor, before)
