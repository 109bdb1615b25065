"""What of a log is there and what is not: its gaps, also those that were pushed out and may still be told to be closed."""

from collections import deque

from msgspec import Struct

from sutaz_tui.logs.lines import HELD_BACK, Gap

_KNOWN_PASSED = 1000
"""Gaps that were pushed out and can still be told to be closed."""


class Counts(Struct, frozen=True):
    """What the title says: `lines` kept, health lines among them, lines lost in all gaps that are not closed, how many
    such gaps nobody counted, how many gaps are only not read, lines that were held back, lines that were pushed out."""

    lines: int = 0
    health_folded: int = 0
    lost: int = 0
    uncounted: int = 0
    unread: int = 0
    held_back: int = 0
    trimmed: int = 0


class Gaps:
    """What is missing of a log; `there` are the gaps among its lines, to be changed by whoever keeps those."""

    def __init__(self) -> None:
        self.there: list[Gap] = []
        self._passed: deque[Gap] = deque(maxlen=_KNOWN_PASSED)
        self._passed_lost = self._passed_uncounted = 0

    @property
    def lost(self) -> int:
        """Lines lost in all gaps that are not closed."""
        return sum(gap.lost or 0 for gap in self.there if not gap.is_unread) + self._passed_lost

    @property
    def uncounted(self) -> int:
        """How many such gaps nobody counted."""
        return sum(gap.lost is None for gap in self.there if not gap.is_unread) + self._passed_uncounted

    @property
    def unread(self) -> int:
        """How many gaps are only not read."""
        return sum(gap.is_unread for gap in self.there)

    @property
    def held_back(self) -> int:
        """Lines that were held back."""
        return sum(gap.lost or 0 for gap in self.there if gap.is_unread)

    def current(self, gap: Gap) -> Gap | None:
        """What became of a gap since: it may have grown at its end, or begin later."""
        if gap in self.there:
            return gap
        of_service = (one for one in self.there if one.service == gap.service and one.words == gap.words)
        return next((one for one in of_service if gap.start <= one.start < gap.end), None)

    def closed_by(self, told: Gap) -> list[Gap]:
        """Those among the lines that the feed fetched by itself; of those that were pushed out it is taken back at once."""
        for one in [one for one in self._passed if _is_closed_by(one, told)]:
            self._passed.remove(one)
            self._passed_lost -= one.lost or 0
            self._passed_uncounted -= one.lost is None
        return [one for one in self.there if _is_closed_by(one, told)]

    def push_out(self, gap: Gap) -> None:
        """Its place among the lines is gone; what it lost counts on."""
        self.there.remove(gap)
        if not gap.is_unread:
            self._passed.append(gap)
            self._passed_lost += gap.lost or 0
            self._passed_uncounted += gap.lost is None


def _is_closed_by(gap: Gap, told: Gap) -> bool:
    """Whether the feed's word goes for a gap: not for lines that it did deliver and that were not kept."""
    is_within = gap.service == told.service and told.start <= gap.start and gap.end <= told.end
    return is_within and gap.words != HELD_BACK
