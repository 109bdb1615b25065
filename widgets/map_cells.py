"""What one service shows in a cell of the map, as pieces of text with the name of their look."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from sutaz_tui.model import UNCHECKED, WORDS, ChangeKind, ServiceState, Status, cause_title
from sutaz_tui.text.sanitise import duration_ms, one_line
from widgets.pieces import Piece
from widgets.width import fit, fit_right

RECOVERED_FOR = timedelta(seconds=60)
STALE, LIES = "stale", "lies"
# What a word and its cause may take together: the narrowest column of words.
WORD_WIDTH = 7


class ShownLatency(Struct):
    """The latency that stands on the screen: it changes only when the measured one moved by more than a tenth."""

    seconds: float | None = None

    def text(self, measured: float | None) -> str:
        """What to show for a newly measured latency (seconds), in two digits."""
        if measured is None:
            self.seconds = None
            return ""
        shown = self.seconds
        if shown is None or abs(measured - shown) > max(0.1 * shown, 0.0007):
            self.seconds = shown = measured
        return duration_ms(_two_digits(shown))


def _two_digits(seconds: float) -> float:
    ms = seconds * 1000
    if ms < 100:
        return round(ms) / 1000
    return float(f"{ms:.2g}") / 1000


def look_of(state: ServiceState, now: datetime) -> str:
    """The look of a service's glyph and word."""
    if state.is_remembered or state.asked is None:
        return "muted"
    if state.known:
        return "absent"
    if state.status is Status.UP:
        return "recovered" if _just_recovered(state, now) else ""
    return state.status.label


def _just_recovered(state: ServiceState, now: datetime) -> bool:
    # What else is noted, such as a restart of its container, is told behind it or before.
    changes = (change for change in reversed(state.history) if change.kind is ChangeKind.STATUS)
    last = next(changes, None)
    if last is None or last.after is not Status.UP or now - last.at >= RECOVERED_FOR:
        return False
    return last.before in (Status.DOWN, Status.DEGRADED)


def glyph_of(state: ServiceState, glyphs: Mapping[Status, str]) -> str:
    """The glyph of a state; ~ for what this run has not confirmed."""
    if state.is_remembered or state.asked is None:
        return "~"
    if state.known:
        return glyphs[Status.ABSENT]
    return UNCHECKED if state.is_unchecked else glyphs[state.status]


def word_of(
    state: ServiceState, latency: ShownLatency, now: datetime, abbreviations: Mapping[str, str]
) -> tuple[str, str]:
    """The latency of what is up, else the word for what is wrong; in brackets and with its age when it is not fresh."""
    if state.asked is None and not state.is_remembered:
        return "asking", ""
    if state.known:
        return "known", ""
    value = latency.text(state.latency) if is_timed(state) else _wrong(state, abbreviations)
    value = value or WORDS[state.status]
    age = state.age(now)
    if age is None or state.is_fresh(now):
        return value, ""
    return f"({value})", age_words(age)


def is_timed(state: ServiceState) -> bool:
    """Whether its word is how long its answer took: what is up has another only where that says more (starting)."""
    return (state.status is Status.UP and not state.word) or state.word == STALE


def _wrong(state: ServiceState, abbreviations: Mapping[str, str]) -> str:
    word = "" if state.word == "?" else one_line(state.word, 8)
    if state.status is not Status.DEGRADED or not state.because or state.word == LIES:
        return word
    first, more = state.because[0], len(state.because) - 1
    cause = abbreviations.get(first) or cause_title(first, {})
    # A word that names the cause by itself (pg 0) says more.
    if not more and cause[:5].casefold() in word.casefold():
        return word
    count = f"+{more}" if more else ""
    room = WORD_WIDTH - len(word) - 1 - len(count)
    if room < min(2, len(cause)):
        word, room = "", WORD_WIDTH - 1 - len(count)
    return f"{word}<{cause[: min(room, 5)]}{count}"


def age_words(seconds: float) -> str:
    """An age in coarse steps, so that it does not tick: 5 s below a minute, minutes below an hour, then hours."""
    if seconds < 60:
        return f"{int(seconds // 5) * 5}s"
    return f"{int(seconds // 60)}m" if seconds < 3600 else f"{int(seconds // 3600)}h"


def abbreviate(titles: Mapping[str, str]) -> dict[str, str]:
    """Short signs of services for the word of those behind them: capitals where a title has several (PG)."""
    found = {}
    for id, title in titles.items():
        capitals = "".join(letter for letter in title if letter.isupper())
        known = {"PostgreSQL": "PG"}.get(title)
        found[id] = known or (capitals if 2 <= len(capitals) <= 4 else one_line(title, 20)[:5])
    return found


def cell_pieces(
    look: str, glyph: str, name: str, word: str, width: int, is_selected: bool
) -> Iterable[Piece]:
    """A cell of the map: glyph, name, and the word at its right edge."""
    room = max(0, width - 2 - (len(word) + 1 if word else 0))
    yield look, glyph
    yield ("cursor", ">") if is_selected else ("", " ")
    yield ("selected" if is_selected else "", fit(name, room))
    if word:
        yield "", " "
        yield look, word


def trouble_pieces(
    state: ServiceState,
    look: str,
    glyph: str,
    name: str,
    word: str,
    because: str,
    width: int,
    is_selected: bool,
) -> Iterable[Piece]:
    """A line of the trouble list: what is wrong stands behind the word as far as there is room."""
    yield look, glyph
    yield ("cursor", ">") if is_selected else ("", " ")
    yield ("selected" if is_selected else "", fit(name, min(16, width - 11)))
    yield "", " "
    yield look, fit_right(word, 7)
    yield "", fit(f" {summary_of(state, because)}", max(0, width - 26))


def summary_of(state: ServiceState, because: str) -> str:
    """The row's sentence: what is known of the trouble, what it hangs on, other sources otherwise."""
    parts = []
    if state.known:
        parts.append(f"known: {state.known}")
    parts.append(state.summary)
    if state.because:
        parts.append(f"because of {because}")
    if state.disagreements:
        parts.append("differs: " + "; ".join(state.disagreements))
    return one_line("; ".join(parts), 300)
