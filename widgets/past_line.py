"""The line in reverse that says which moment of the past is shown, beside how all is now."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from sutaz_tui.model import GLYPHS, UNCHECKED, WORST_FIRST, Snapshot, Status
from sutaz_tui.text.units import ago
from widgets.width import fit, width_of


def past_words(then: Snapshot, now: Snapshot, width: int, glyphs: Mapping[Status, str] = GLYPHS) -> str:
    """`AT Mon 03:12:50 (10h49m ago)  ✗ 1  ! 2  ✓ 30   |  NOW ✗ 1`; what has no room gives way, the keys first."""
    at = f"AT {moment_words(then.at, now.at)}"
    old = f" ({ago(max(0.0, (now.at - then.at).total_seconds()))} ago)"
    counts = "".join(f"  {words}" for words in _counts(then, glyphs, (Status.ABSENT,)))
    live = "  ".join(_counts(now, glyphs, (Status.ABSENT, Status.UP))) or f"{glyphs[Status.UP]} all well"
    for words in (
        f" {at}{old}{counts}   |  NOW {live}   [ ] {{ }}   d diff   Esc now ",
        f" {at}{old}{counts}   |  NOW {live}   [ ] {{ }}   Esc now ",
        f" {at}{old}{counts}   |  NOW {live}   Esc now ",
        f" {at}{old}{counts} | NOW {live} ",
        f" {at}{counts} | NOW {live} ",
    ):
        if width_of(words) <= width:
            break
    return fit(words, width)


def bundle_words(
    then: Snapshot, end: datetime, name: str, width: int, glyphs: Mapping[Status, str] = GLYPHS
) -> str:
    """`BUNDLE of shop  AT Mon 03:12:50 (1h before its end)  ✗ 1  ✓ 30   [ ] { }`; what has no room gives way, the keys first."""
    before = (end - then.at).total_seconds()
    at = f"AT {moment_words(then.at, end)}"
    where = f" ({ago(before)} before its end)" if before >= 1 else " (its end)"
    counts = "".join(f"  {words}" for words in _counts(then, glyphs, (Status.ABSENT,)))
    keys = "   [ ] { }   H what changed" + ("   Esc its end" if before >= 1 else "")
    for words in (
        f" BUNDLE of {name}  {at}{where}{counts}{keys}",
        f" BUNDLE of {name}  {at}{where}{counts}",
        f" BUNDLE {at}{counts}",
    ):
        if width_of(words) <= width:
            break
    return fit(words, width)


def _counts(snapshot: Snapshot, glyphs: Mapping[Status, str], without: tuple[Status, ...]) -> Iterable[str]:
    totals = snapshot.totals()
    for one in WORST_FIRST:
        if totals[one] and one not in without:
            yield f"{glyphs[one]} {totals[one]}"
        if one is Status.UP and (unchecked := snapshot.unchecked_count()) and one not in without:
            yield f"{UNCHECKED} {unchecked}"
    if known := snapshot.known_count():
        yield f"{known} known"


def moment_words(at: datetime, now: datetime) -> str:
    """A moment with its day: the weekday within a week, else the date."""
    local = at.astimezone()
    is_near = (now - at).total_seconds() < 6 * 86_400
    return f"{local:%a %H:%M:%S}" if is_near else f"{local:%Y-%m-%d %H:%M:%S}"


class PastLine(Widget):
    """That line, above a screen that has no head."""

    DEFAULT_CSS = "PastLine { height: 1; text-style: reverse; }"

    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def show(self, words: str) -> None:
        """Show these words."""
        if words != self.words:
            self.words = words
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        del y
        return Strip([Segment(fit(self.words, self.size.width), self.rich_style)], self.size.width)
