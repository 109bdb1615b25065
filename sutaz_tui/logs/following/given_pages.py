"""What pages of a feed gave, so that following it goes on from there: no line missed, none twice."""

from collections import Counter

from sutaz_tui.logs.known import Identity, identities, without
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.text.moments import MINUTE

# Lines that are remembered, the newest ones.
MOST = 20_000
# A line that was given is told again within this span of lines or not at all.
AGAIN = MINUTE
# How far the moments of lines may be behind this machine's clock.
SKEW = 15 * MINUTE


class GivenPages:
    """The newest span of a feed that pages gave without a hole."""

    def __init__(self) -> None:
        self._start = self._end = 0
        self._lines: list[LogLine] = []
        self._known: Counter[Identity] = Counter()
        self._newest_known = 0

    def add(self, lines: list[LogLine], start: int, end: int) -> None:
        """All lines of a span were given, oldest first, and maybe some of those at its edges."""
        if end < self._end:
            return
        if start > self._end:
            self._start, self._lines = start, []
        self._start, self._end = min(self._start, start), end
        self._lines = [line for line in self._lines if line.at < start]
        self._lines += lines
        if len(self._lines) > MOST:
            self._start = self._lines[-MOST - 1].at + 1
            self._lines = [line for line in self._lines[-MOST:] if line.at >= self._start]

    def resume(self, after: int, now: int, late: int) -> int:
        """The moment to follow from, so that from `after` on nothing is missing beside what was given.

        `late` is by how much lines may arrive behind younger ones.
        """
        self._known.clear()
        if after > self._end:
            return after
        moment = self._lines[-1].at if self._lines else self._start
        if late:
            moment = max(moment, now - SKEW) - late
        moment = max(moment, self._start) if after >= self._start else after
        self._known.update(identities([line for line in self._lines if line.at >= moment]))
        self._newest_known = self._lines[-1].at if self._lines else 0
        return moment

    def fresh(self, lines: list[LogLine]) -> list[LogLine]:
        """The lines that no page gave; equal ones are counted."""
        known = self._known
        if not known:
            return lines
        newest = self._newest_known
        # Under a flood most lines are younger than all that is known.
        found = lines if all(line.at > newest for line in lines) else without(known, lines)
        if lines and lines[-1].at > newest + AGAIN:
            known.clear()
        return found
