"""How one entry of a log stands on the screen: its rows, made of pieces of safe text and the role of each.

`14:07:11.402 E  pool     connection to 172.20.0.10:5432 was closed`: stamp, the selection's sign, level, mark, service
where there are several, the logger's last name, the message. Every row begins with its first cells and the cell of the
selection's sign, so that any row can be shown as selected.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sutaz_tui.logs.entries import Entry, Kind
from sutaz_tui.logs.lines import UNREAD, Gap, Level, LogLine
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.parsing.records import is_traceback
from sutaz_tui.logs.parsing.shapes import Fields, read
from sutaz_tui.logs.parsing.stamps import WIDTH, Times, stamp
from sutaz_tui.logs.shown import Safe
from sutaz_tui.text.cells import ELLIPSIS, cut, fit, width_of, wrapped
from sutaz_tui.text.patterns import TooSlow
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import count, plural

Piece = tuple[str, str]
Row = tuple[Piece, ...]

LETTERS = {
    Level.DEBUG: ("D", "level-debug"),
    Level.INFO: ("I", "level-info"),
    Level.WARN: ("W", "level-warn"),
    Level.ERROR: ("E", "level-error"),
    Level.CRITICAL: ("C", "level-critical"),
}
FOLDED, OPEN = "v ", "^ "
READ_AGAIN = 1024
"""Lines that are kept ready to be shown."""
ROOMY = 120
"""Cells from which on names have two cells more."""
NAMES_FROM = 60
"""Cells from which on there is room for the logger's name."""
_BLANK: Row = ((" " * WIDTH, ""), (" ", ""))
_INDENT = 16


class Look(NamedTuple):
    """What the reader chose to see of each line."""

    width: int
    times: Times = Times.LOCAL
    is_wrapped: bool = False
    shows_service: bool = False
    is_unmasked: bool = False
    sought: Pattern | None = None


class Reading(NamedTuple):
    """One line as it is shown; `fields` are still raw."""

    line: LogLine
    fields: Fields
    logger: str
    message: str


class Typesetter:
    """Sets entries in rows; what it read lately it need not read again."""

    def __init__(self, safe: Safe) -> None:
        self.safe = safe
        self._readings: OrderedDict[tuple[int, bool, bool], Reading] = OrderedDict()
        # Lines of open groups whose fields are shown, by identity.
        self._opened: dict[int, LogLine] = {}

    def parts(self, entry: Entry) -> int:
        """How many parts can be stood on: the head, and the lines of a group that is open."""
        return 1 + entry.lines if entry.is_open and entry.more else 1

    def rows(self, entry: Entry, part: int, look: Look, before: int | None) -> list[Row]:
        """The rows of one part: 0 is the head, n the n-th line of an open group; `before`: when the entry before was."""
        if entry.gap is not None:
            return [gap_row(entry.gap, look, entry.is_marked)]
        line = line_of(entry, part)
        if line is None:
            return [_BLANK]
        block = entry.lines if entry.kind is Kind.TRACEBACK else entry.each
        if part and (entry.kind is Kind.TRACEBACK or (part - 1) % block):
            # The last line of a traceback says the error; other runtimes say it first.
            is_last = part % block == 0 and entry.line is not None and is_traceback(entry.line.text)
            return self._text_rows(line, look, is_last)
        shows_fields = self._opened.get(id(line)) is line if part else entry.is_open and not entry.more
        reading = self.reading(line, look.is_unmasked, look.is_wrapped or shows_fields)
        fold, message = ("", reading.message) if part else self._summary(entry, reading, look)
        level = reading.fields.level if part else entry.level
        start = self._start(reading, level, not part and entry.is_marked, look, before)
        role = LETTERS[level][1] if level is Level.DEBUG or level >= Level.ERROR else "message"
        rows = self._set(start, fold, message, role, look)
        if shows_fields:
            rows += self._field_rows(reading, look, start)
        return rows

    def has_fields(self, entry: Entry, part: int) -> bool:
        """Whether a part is a line of an open group that has fields of its own to show."""
        return entry.kind is Kind.ALIKE and part > 0 and (part - 1) % entry.each == 0

    def field(self, line: LogLine, shown: str) -> tuple[str, str] | None:
        """The field or label that is shown by this name, with its value as it came; None where its row is none of those."""
        fields = read(line)
        for name, value in (*fields.more.items(), *line.labels.items()):
            if self.safe.line(name).startswith(shown.removesuffix(ELLIPSIS)):
                return name, value
        return None

    def toggle(self, line: LogLine) -> None:
        """Show the fields of a line of an open group, or hide them."""
        if self._opened.pop(id(line), None) is None:
            self._opened[id(line)] = line

    def reading(self, line: LogLine, is_unmasked: bool, is_whole: bool) -> Reading:
        """A line read and made safe, at least as much of it as one row shows."""
        key = id(line), is_unmasked, is_whole
        if (reading := self._readings.get(key)) is not None and reading.line is line:
            self._readings.move_to_end(key)
            return reading
        fields = read(line)
        logger = self._text(is_unmasked)(fields.logger).rpartition(".")[2]
        message = self._piece(fields.message, line, is_unmasked, is_whole)
        reading = self._readings[key] = Reading(line, fields, logger, message)
        if len(self._readings) > READ_AGAIN:
            self._readings.popitem(last=False)
        return reading

    def _text(self, is_unmasked: bool) -> Callable[[str], str]:
        return self.safe.unmasked if is_unmasked else self.safe.line

    def _piece(self, text: str, line: LogLine, is_unmasked: bool, is_whole: bool) -> str:
        """A piece of a line, with which the line may have been cut."""
        if is_unmasked:
            return self.safe.unmasked(text) if is_whole else self.safe.unmasked_head(text)
        # A cut piece of JSON has lost its escapes: all that ends as the line does may be it.
        is_cut = bool(line.cut) and (line.text.endswith(text[-1:]) or "\\" in line.text[-7:])
        return self.safe.line(text, is_cut) if is_whole else self.safe.head(text, is_cut)

    def _start(
        self, reading: Reading, level: Level, is_marked: bool, look: Look, before: int | None
    ) -> list[Piece]:
        letter, role = LETTERS.get(level, (" ", ""))
        pieces = [(stamp(reading.line.at, look.times, before), "time"), (" ", ""), (letter, role)]
        pieces += [("*", "mark"), (" ", "")] if is_marked else [("  ", "")]
        names = 10 if look.width >= ROOMY else 8
        if look.shows_service:
            pieces += [(fit(self.safe.line(reading.line.service), names), "service"), (" ", "")]
        if look.width >= NAMES_FROM:
            pieces += [(fit(reading.logger, names), "logger"), (" ", "")]
        return pieces

    def _summary(self, entry: Entry, reading: Reading, look: Look) -> tuple[str, str]:
        """What a group says of itself in its one row, and the message behind it."""
        sign = OPEN if entry.is_open else FOLDED
        short = self.safe.unmasked_head if look.is_unmasked else self.safe.head
        message = short(entry.error) or reading.message
        match entry.kind:
            case Kind.TRACEBACK:
                what = "Traceback, " if entry.line is not None and is_traceback(entry.line.text) else ""
                return f"{sign}{what}{count(entry.lines)} lines: ", message
            case Kind.ALIKE if entry.each > 1:
                return f"{sign}{count(entry.times)} times, {count(entry.each)} lines each: ", message
            case Kind.ALIKE:
                return f"{sign}{count(entry.times)} times: ", reading.message
        return "", reading.message

    def _text_rows(self, line: LogLine, look: Look, is_last: bool) -> list[Row]:
        role = "level-error" if is_last else "message"
        start = [*_BLANK, (" " * (_INDENT - WIDTH - 1), "")]
        text = self._piece(line.text, line, look.is_unmasked, look.is_wrapped)
        return self._set(start, "", text, role, look)

    def _set(self, start: list[Piece], fold: str, message: str, role: str, look: Look) -> list[Row]:
        """A message behind the pieces that a row starts with: cut, or on as many rows as it takes."""
        indent = sum(width_of(text) for text, _ in start)
        room = max(8, look.width - indent)
        text = fold + message
        if look.is_wrapped:
            lines = list(wrapped(text, room))
        elif len(text) > room // 2 and width_of(text[: room + 1]) > room:
            lines = [cut(text, room - 1) + ELLIPSIS]
        else:
            lines = [cut(text, room)]
        first = [(fold[: len(lines[0])], "fold")] if fold else []
        first += _sought(lines[0][len(fold) :], role, look.sought)
        blank = [*_BLANK, (" " * (indent - WIDTH - 1), "")]
        return [(*start, *first), *((*blank, *_sought(line, role, look.sought)) for line in lines[1:])]

    def _field_rows(self, reading: Reading, look: Look, start: list[Piece]) -> Iterator[Row]:
        """What there is to know of one line: its text where it was cut, its fields and labels."""
        blank = [*_BLANK, (" " * (_INDENT - WIDTH - 1), "")]
        for name, value in self._known(reading, look, look.width - sum(width_of(text) for text, _ in start)):
            most = max(4, min(20, (look.width - _INDENT) // 3))
            safe_name = (cut(name, most - 1) + ELLIPSIS if width_of(name[: most + 1]) > most else name) + ": "
            room = max(8, look.width - _INDENT - width_of(safe_name))
            for number, text in enumerate(value.split("␊")):
                for at, part in enumerate(wrapped(text, room)):
                    label = safe_name if number == at == 0 else " " * width_of(safe_name)
                    yield (*blank, (label, "field"), *_sought(part, "message", look.sought))

    def _known(self, reading: Reading, look: Look, room: int) -> Iterator[Piece]:
        line, fields, text = reading.line, reading.fields, self._text(look.is_unmasked)
        if "␊" in reading.message or (not look.is_wrapped and width_of(reading.message) > room):
            yield "message", reading.message
        if line.cut:
            yield "cut", f"{count(line.cut)} more characters came and were not kept"
        yield "at", f"{stamp(line.at, Times.LOCAL)} here, {stamp(line.at, Times.UTC)} UTC"
        if fields.at is not None and fields.at != line.at:
            yield "its own time", f"{stamp(fields.at, Times.LOCAL)} here"
        if fields.logger:
            yield "logger", text(fields.logger)
        if line.service:
            yield "service", text(line.service)
        for name, value in (*fields.more.items(), *line.labels.items()):
            # A name says that its value is a secret: only together they are masked.
            is_secret = text(f'{name}="x y z"') != self.safe.unmasked(f'{name}="x y z"')
            safe_value = self._piece(value, line, look.is_unmasked, is_whole=True)
            yield text(name), "***" if is_secret and value else safe_value


def line_of(entry: Entry, part: int) -> LogLine | None:
    """The line that a part of an entry shows; None of a gap."""
    if part <= 1 or not entry.more:
        return entry.line
    return entry.more[min(part - 2, len(entry.more) - 1)]


def name_of(row: Row) -> str:
    """The name of the field that a row begins with; "" of all other rows."""
    return next((text.strip().removesuffix(":") for text, role in row if role == "field"), "")


def gap_row(gap: Gap, look: Look, is_marked: bool) -> Row:
    """The row of missing lines, across the whole width."""
    times = Times.UTC if look.times is Times.UTC else Times.LOCAL
    state = UNREAD if gap.is_unread else "not received"
    if gap.lost is None:
        lost = UNREAD if gap.is_unread else f"lines {state}, not counted"
    else:
        lost = f"{plural(gap.lost, 'line')} {state}"
    parts = [f"{one_line(gap.service, 20)}: {lost}" if look.shows_service and gap.service else lost]
    parts.append(f"{stamp(gap.start, times)} - {stamp(gap.end, times)}")
    parts.append("Enter fetches them")
    words = one_line(gap.words)
    if words and words != UNREAD and width_of("  ".join((*parts, words))) + 8 <= look.width:
        parts.insert(2, words)
    while len(parts) > 1 and width_of("  ".join(parts)) + 4 > look.width:
        parts.pop()
    text = "  ".join(parts) + " "
    rest = text + "~" * max(0, look.width - 3 - width_of(text))
    start = ("~*", "mark") if is_marked else ("~~", "gap")
    return start, (" ", "gap"), (cut(rest, max(0, look.width - 3)), "gap")


def day_row(date: str, look: Look) -> Row:
    """The row before the first line of a day."""
    return (f"-- {date} --"[: look.width], "head"), (" ", "")


def selected(row: Row) -> Row:
    """A row with the sign and the look of the selection."""
    if len(row) < 2:
        return row
    return (row[0][0], "selected"), (">", "selected"), *row[2:]


def _sought(text: str, role: str, sought: Pattern | None) -> list[Piece]:
    """A text with what is looked for set apart."""
    if sought is None or not text:
        return [(text, role)]
    pieces: list[Piece] = []
    done = 0
    try:
        spans = sought.spans(text)
    except TooSlow:
        # The search itself says so.
        spans = []
    for start, end in spans:
        if end > start >= done:
            pieces += [(text[done:start], role), (text[start:end], "match")]
            done = end
    pieces.append((text[done:], role))
    return [piece for piece in pieces if piece[0]]
