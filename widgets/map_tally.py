"""How many services of each group are how: kept as states change, so that a heading costs the same for any group."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from sutaz_tui.model import TROUBLE, UNCHECKED, ServiceState, Status
from sutaz_tui.text.sanitise import one_line
from widgets.pieces import Piece
from widgets.width import fit

NARROW = 24
WIDEST = 60
ALL, UNASKED = "all", "unasked"


class Tally:
    """Counts the states that it is told of, a group at a time."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def change(self, before: ServiceState | None, after: ServiceState) -> bool:
        """Count a state in place of the one before; whether a heading looks different for it."""
        old, new = _marks_of(before), _marks_of(after)
        if old != new:
            counts = self._counts[after.service.group]
            counts.subtract(old)
            counts.update(new)
        return old != new

    def heading(self, group: str, title: str, width: int, glyphs: Mapping[Status, str]) -> tuple[Piece, ...]:
        """The heading of a group: its title, what is in trouble, and how many of how many are up."""
        counts = self._counts[group]
        deployed = counts[ALL] - counts[Status.ABSENT.label]
        totals = f"{counts[Status.UP.label]}/{deployed}" if deployed else ""
        width = min(width, WIDEST)
        tail: list[Piece] = []
        # Until everything has answered once, what has not is no news.
        marks = [(status.label, glyphs[status]) for status in TROUBLE if counts[status.label]]
        if counts[UNASKED]:
            marks = []
        elif counts[UNCHECKED]:
            marks.append((UNCHECKED, UNCHECKED))
        for counted, glyph in marks[: 1 if width < NARROW else 3]:
            tail += [("", " "), ("" if counted == UNCHECKED else counted, f"{glyph}{counts[counted]}")]
        tail.append(("heading", f"{totals:>6}"))
        room = width - sum(len(text) for _, text in tail)
        return (("heading", fit(one_line(title, 30).upper(), room)), *tail)


def _marks_of(state: ServiceState | None) -> tuple[str, ...]:
    """What a state is counted as."""
    if state is None:
        return ()
    is_known = state.known and state.status in TROUBLE
    found = (ALL, "known" if is_known else UNCHECKED if state.is_unchecked else state.status.label)
    return (*found, UNASKED) if state.asked is None else found
