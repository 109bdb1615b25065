"""The way through a log: what moves the reader, finds something and does something to where they stand."""

from collections.abc import Callable, Generator, Iterator
from typing import cast

from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.lines import Level, LogLine
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.parsing.plain_text import copied, plain_text
from sutaz_tui.logs.parsing.stamps import Times
from sutaz_tui.logs.reader import LogReader
from sutaz_tui.logs.rows import line_of, name_of
from sutaz_tui.logs.sheet import Spot, number_of, of

SLICE = 2000
"""Entries that one step of a search looks at."""
FAR = 1000
"""Rows that one key may pass: each is made, which takes up to 0.1 ms. Further on, entries are counted instead."""


Seeking = Generator[None, None, Entry | None]
"""A search in steps: the entry that it went to, a gap where lines on the way are missing, or None."""


class LogPager(LogReader):
    """Pages through a buffer."""

    # Moving.

    def move(self, by: int) -> None:
        """Move the selection by so many rows; the screen moves where it would leave it."""
        self._move(by, is_scrolling=False)

    def half_page(self, by: int) -> None:
        """Move by so many halves of the screen, the selection where it is on it."""
        self._move(by * max(1, self._height // 2), is_scrolling=True)

    def page_by(self, by: int) -> None:
        """Move by so many screens, less the row that joins them."""
        self._move(by * max(1, self._height - 1), is_scrolling=True)

    def _move(self, by: int, is_scrolling: bool) -> None:
        if self.is_following and (by > 0 or not self.buffer.visible):
            self._stops_soon = by < 0
            return
        if not self.buffer.visible:
            return
        self._leave_end()
        if abs(by) > FAR:
            self._go(max(0, min(len(self.buffer.visible) - 1, self._here().place + by)))
            return
        spot, passed = self._sheet.walk(self._here(), by)
        spot, more = self._sheet.off_date(spot, by)
        self._stand(spot, self._y if is_scrolling else self._y + passed + more)

    def first(self) -> None:
        """Go to the oldest line."""
        if self.buffer.visible:
            self._leave_end()
            self._stand(self._sheet.head(0), 0)

    def go_to_row(self, number: int) -> None:
        """Go to the entry of this number, 1 being the oldest one here, or to the last where there are fewer."""
        if self.buffer.visible:
            self._go(max(0, min(number, len(self.buffer.visible)) - 1))

    def jump(self, at: int) -> None:
        """Go to the first line at or after a moment (ns), to the last one when there is none."""
        if self.buffer.visible:
            self._go(min(self.buffer.index_at(at), len(self.buffer.visible) - 1))

    def go_to(self, line: LogLine) -> bool:
        """Go to the line that is the same as this one, where one is shown; False where none is."""
        if (held := self.buffer.same(line)) is None or not self.buffer.visible:
            return False
        index = min(self.buffer.index_of(held), len(self.buffer.visible) - 1)
        number = number_of(self.buffer.visible[index], held)
        self._go(index, max(1, number))
        return bool(number)

    def centre(self) -> None:
        """Bring what the reader is on to where lines before and behind it are seen."""
        if self._anchor is not None and self.buffer.visible:
            self._look()
            self._y = self._settled(self._here(), self._height // 2)

    def next_of(self, level: Level, by: int) -> Entry | None:
        """Go to the next (by 1) or previous (-1) entry of a level, ERROR: or worse, or to a gap on the way there."""
        return _end(self.seek(level, by))

    def seek(self, level: Level, by: int) -> Seeking:
        """`next_of` in steps, as `search`."""
        if level >= Level.ERROR:
            return self._seek(lambda entry: entry.gap is not None or entry.level >= level, by)
        return self._seek(lambda entry: entry.gap is not None or entry.level is level, by)

    def next_hole(self) -> Entry | None:
        """Go to the next gap, to the first one of all where none is below; None where there is none."""
        found = _end(self._seek(lambda entry: entry.gap is not None, 1))
        holes = (number for number, entry in enumerate(self.buffer.visible) if entry.gap is not None)
        if found is None and (first := next(holes, None)) is not None:
            self._go(first)
            return self.buffer.visible[first]
        return found

    def next_mark(self, by: int) -> bool:
        """Go to the next (1) or previous (-1) marked entry; False when there is none."""
        return _end(self._seek(lambda entry: entry.is_marked, by)) is not None

    def _go(self, index: int, number: int = 1) -> None:
        """Stand on an entry, on its n-th line, for which it is opened; where it is on the screen, the screen stays."""
        self._look()
        entry = self.buffer.visible[index]
        if self._opened is not None and of(self._opened) is not of(entry):
            self._fold_opened()
        if number > 1:
            if not entry.is_open:
                entry.set_open(True)
                self._opened = entry
                self._sheet.changes += 1
            place, part, _ = self._here()
            y = self._y + number - part if place == index else self._height
            self._stand(Spot(index, number, 0), y if 0 <= y < self._height else self._height // 3)
            return
        known = self._screen.heads.get(id(of(self.buffer.visible[index])))
        spot = self._sheet.head(index)
        is_shown = known is not None and known + spot.row < self._height
        self._stand(spot, known + spot.row if known is not None and is_shown else self._height // 3)

    def _start(self, by: int) -> int:
        """The index from which on something else is looked for; following, nothing is below, and all above."""
        visible = self.buffer.visible
        if self._anchor is None:
            return len(visible) if by > 0 else len(visible) - 1
        return min(self._sheet.index_of(self._anchor.of), len(visible) - 1) + by

    def _seek(self, wanted: Callable[[Entry], int | bool], by: int) -> Seeking:
        """Go to the next entry in which a line is wanted, counted from 1 (0: none), SLICE entries a step."""
        visible = self.buffer.visible
        index = self._start(by)
        while 0 <= index < len(visible):
            stop = max(-1, index - SLICE) if by < 0 else min(len(visible), index + SLICE)
            for at in range(index, stop, by):
                if number := wanted(visible[at]):
                    self._go(at, number)
                    return visible[at]
            mark = of(visible[stop - by])
            yield
            visible = self.buffer.visible
            index = self._sheet.index_of(mark) + by
        return None

    # Looking for something.

    def search(self, by: int, itself: bool = False) -> Seeking:
        """Go in steps to the next (1) or previous (-1) match of `sought`, the selection `itself` included where that
        is asked for, or to a gap on the way. Raises TooSlow.

        Between two steps others may work, and the buffer may change.
        """
        if (pattern := self.sought) is None:
            return None

        def wanted(entry: Entry) -> int:
            return int(entry.gap is not None) or _number_with(pattern, entry.all(), by)

        if self._anchor is not None and self.buffer.visible:
            self._look()
            here = self._here()
            entry, at = self.buffer.visible[here.place], max(1, here.part)
            if number := _number_with(pattern, entry.all(), by, at if itself else at + by):
                self._go(here.place, number)
                return entry
        return (yield from self._seek(wanted, by))

    # What is done to the selected entry.

    def toggle(self) -> bool:
        """Open what is selected in place, or fold it; False of a gap, which is to be fetched, and of an empty log.

        A line of an open group shows its fields; the group folds from its head.
        """
        entry = self.selected
        if entry is None or entry.gap is not None:
            return False
        self._leave_end()
        index, number, _ = self._here()
        if self._sheet.typesetter.has_fields(entry, number) and (line := line_of(entry, number)) is not None:
            self._sheet.typesetter.toggle(line)
            self._sheet.changes += 1
            rows = len(self._sheet.rows((index, number)))
            self._stand(Spot(index, number, 0), min(self._y, self._height - min(rows, self._height * 2 // 3)))
            return True
        known = self._screen.heads.get(id(of(entry)), 0)
        entry.set_open(not entry.is_open)
        self._sheet.changes += 1
        head = self._sheet.head(index)
        if not entry.is_open:
            self._stand(head, known + head.row)
            return True
        # As much of it as two thirds of the screen hold comes into sight.
        rows, part = 0, (index, 0)
        while rows < self._height and part[0] == index:
            rows += len(self._sheet.rows(part))
            part = self._sheet.after(part) or (index + 1, 0)
        self._stand(head, min(self._y, self._height - min(rows, self._height * 2 // 3)))
        return True

    @property
    def line(self) -> LogLine | None:
        """The line that the reader is on, of a group the one in it; None of a gap and of an empty log."""
        if not self.buffer.visible:
            return None
        self._look()
        spot = self._here()
        return line_of(self.buffer.visible[spot.place], spot.part)

    @property
    def field(self) -> tuple[str, str] | None:
        """Name and raw value of the field on whose row the reader is."""
        if not self.buffer.visible or self._anchor is None:
            return None
        self._look()
        spot = self._here()
        rows = self._sheet.rows((spot.place, spot.part))[: spot.row + 1]
        line = self.line
        shown = next((name_of(row) for row in reversed(rows) if name_of(row)), "")
        return None if line is None or not shown else self._sheet.typesetter.field(line, shown)

    def mark(self) -> bool:
        """Mark what is selected, or take the mark away; False of an empty log."""
        entry = self.selected
        if entry is None:
            return False
        self._leave_end()
        entry.set_marked(not entry.is_marked)
        self._sheet.changes += 1
        return True

    def next_times(self) -> Times:
        """Go on to the next kind of stamp."""
        self.times = self.times.following
        return self.times

    def copied(self) -> str:
        """What is selected as text, masked whatever is shown: the line, or all lines of a group whose head it is."""
        if not self.buffer.visible:
            return ""
        self._look()
        spot = self._here()
        return copied(self.buffer.visible[spot.place], spot.part, self.safe)

    def text(self) -> str:
        """All that the filter lets through as plain text, masked whatever is shown."""
        return "".join(self.pieces())

    def pieces(self) -> Iterator[str]:
        """`text` in pieces of some milliseconds each, of the log as it is when the first one is taken."""
        return plain_text(list(self.buffer.visible), self.safe)


def _number_with(pattern: Pattern, lines: list[LogLine], by: int, start: int | None = None) -> int:
    """Which line a pattern matches first, in the direction of `by`, counted from 1; 0 for none. Raises TooSlow.

    From the line `start` on, None: from the end that is come to first.
    """
    first = start if start is not None else 1 if by > 0 else len(lines)
    numbers = range(first, len(lines) + 1) if by > 0 else range(first, 0, -1)
    return next(
        (n for n in numbers if pattern.finds(lines[n - 1].text) is not pattern.is_inverse),
        0,
    )


def _end(steps: Seeking) -> Entry | None:
    """Take all steps of a search; what it found."""
    while True:
        try:
            next(steps)
        except StopIteration as found:
            return cast("Entry | None", found.value)
