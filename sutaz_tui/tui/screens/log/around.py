"""What stands around a line, and what has a value in common with it."""

from typing import NamedTuple

from sutaz_tui.logs.lines import Level, LogLine
from sutaz_tui.logs.parsing.shapes import read
from sutaz_tui.tui.screens.log.bars import LogBars

IDS = (
    "correlation_id",
    "x-correlation-id",
    "request_id",
    "x-request-id",
    "requestid",
    "trace_id",
    "traceid",
    "trace.id",
)
"""Names of the fields that name a request or a trace, in lower case."""


class _Before(NamedTuple):
    """How the log was looked at before all was shown around one line."""

    filter: str
    least: Level
    shows_health: bool
    line: LogLine


class LogAround(LogBars):
    """What the keys ask that look from one line at others."""

    _before: _Before | None = None
    _kept: str | None = None

    def filter_now(self, text: str | None = None, is_entered: bool = False) -> None:
        """Show only what a filter lets through."""
        raise NotImplementedError

    def action_around(self) -> None:
        """All that came within 30 s of this line, whatever the filter hides; again: as it was before."""
        looking, pager = self.looking, self.session.pager
        if (before := self._before) is not None:
            self._before = None
            looking.least, looking.shows_health = before.least, before.shows_health
            self.filter_now(before.filter)
            self._stand_on(before.line)
            self.say("back to the filter")
        elif (line := pager.line) is None:
            self.say("stand on a line first")
        else:
            self._before = _Before(looking.filter, looking.least, looking.shows_health, line)
            looking.least, looking.shows_health = Level.UNKNOWN, True
            self.filter_now("")
            self._stand_on(line)
            self.session.whole_log.around(line)
            self.say("all lines around it; o goes back")

    def _stand_on(self, line: LogLine) -> None:
        buffer = self.session.buffer
        while not buffer.is_settled:
            buffer.refilter()
        self.session.pager.go_to(line)
        self.session.pager.centre()
        self.acted()

    def action_folding(self) -> None:
        """Fold alike lines in a row, or show each."""
        self.looking.folds = not self.looking.folds
        self.fold()
        self.do()
        if self.looking.folds and not self.session.buffer.folds:
            self.say("alike lines fold once no text is filtered")
        else:
            self.say("alike lines fold" if self.looking.folds else "every line by itself")
        self.acted()

    def fold(self) -> None:
        """Fold alike lines where that is wanted; what a filter finds stands by itself, with its own ids."""
        buffer, folds = self.session.buffer, self.looking.folds and not self.looking.filter
        if buffer.folds is not folds:
            buffer.set_folding(folds)

    def action_same_value(self) -> None:
        """Only lines with the value of this field, of any other row with its request's id; again: all."""
        pager = self.session.pager
        if self._kept is not None:
            text, self._kept = self._kept, None
            self.filter_now(text)
        elif (found := pager.field or request_of(pager.line)) is None:
            self.say("no request or trace id in this line; Enter shows its fields, = on one keeps its value")
        elif not found[1].strip():
            self.say(f"{pager.safe.line(found[0])} is empty")
        else:
            self._kept = self.looking.filter
            self.filter_now(found[1].strip().splitlines()[0], is_entered=True)
            self.say(f"only this {pager.safe.line(found[0])}; = again shows all")

    def widen(self) -> bool:
        """Take away what hides lines; False when nothing does."""
        self._before = self._kept = None
        return False


def request_of(line: LogLine | None) -> tuple[str, str] | None:
    """Name and value of the field by which a line names its request or trace."""
    if line is None:
        return None
    known = {name.lower(): (name, value) for name, value in (*read(line).more.items(), *line.labels.items())}
    return next((known[name] for name in IDS if known.get(name, ("", ""))[1]), None)
