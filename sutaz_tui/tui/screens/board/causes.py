"""The causes on the board: what its head says of the weightiest one, and the way that a key goes through all of them."""

from collections.abc import Mapping

from sutaz_tui.engine.causes import headline
from sutaz_tui.engine.recovery import recovery_words
from sutaz_tui.model import Snapshot, Status, calm_words
from widgets.head import Line


def cause_line(
    snapshot: Snapshot, titles: Mapping[str, str], glyphs: Mapping[Status, str], since_left: str
) -> Line:
    """The weightiest cause that is not known, else what is just back, else a known one, else what was missed."""
    if not snapshot.was_watched:
        return (("", f" {calm_words(snapshot)}"),)
    catching_up = {id for recovery in snapshot.recoveries for id in recovery.waiting}
    known = {state.service.id for state in snapshot.services if state.known}
    told = [cause for cause in snapshot.causes if cause.id not in catching_up and cause.id not in known]
    if told:
        words = headline(told[0], snapshot.at)
        more = f"  +{len(told) - 1} more" if len(told) > 1 else ""
        what, colon, rest = words.partition(": ")
        return ("cause", f" {glyphs[Status.DOWN]} {what}{colon}"), ("", f"{rest}{more}")
    if snapshot.recoveries:
        return (("", f" {recovery_words(snapshot.recoveries[0], titles)}"),)
    if snapshot.causes:
        return (("", f" known: {headline(snapshot.causes[0], snapshot.at)}"),)
    # Of the past the head tells what had changed by then.
    return (("", f" {since_left}   H"),) if since_left and not snapshot.is_past else ()


class CauseWalk:
    """Where the reader is among the causes, and where they came from."""

    def __init__(self) -> None:
        self._visited = -1
        self._shown = self._before = ""

    def next(self, snapshot: Snapshot, selected: str) -> str:
        """The service to go to: a cause, again the next one, then the victims; "" where none of them is a service.

        `selected` is where the reader is.
        """
        stops = [cause.id for cause in snapshot.causes if cause.is_service]
        stops += [id for cause in snapshot.causes for id in cause.affected]
        if not stops:
            return ""
        if self._visited < 0:
            self._before = selected
        self._visited = (self._visited + 1) % len(stops)
        self._shown = stops[self._visited]
        return self._shown

    def leave(self, selected: str) -> str:
        """The service to go back to; "" where nobody went through causes, or the reader has moved on since."""
        was_there = self._visited >= 0 and selected == self._shown
        self._visited = -1
        return self._before if was_there else ""
