"""The bytes of a log file as lines with moments."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from sutaz_tui.logs.lines import LINE_LIMIT, LogLine
from sutaz_tui.logs.parsing.times import shown_again, time_of
from sutaz_tui.sources.logs.unfinished import Unfinished

CONTINUES = 2_000_000_000
"""Nanoseconds: a line without a time that comes within them belongs to the line before, as in a traceback."""

BACKWARD = 10_000_000_000
"""Nanoseconds that a line's own time may lie before the line above it and stand below it: writers cut their stamps at
different digits and write side by side. Beyond that a clock was set back."""

AHEAD = 60_000_000_000
"""Nanoseconds that a line's own time may lie after its arrival: beyond them it would stand below all that follows."""


def in_order(at: int, last: int) -> int:
    """The moment of a line that says `at` behind one of `last`: a line cannot be older than the one above it, unless a
    clock was set back. In the hour that is there twice, it is the second time."""
    if at >= last:
        return at
    if last < at + BACKWARD:
        return last
    again = shown_again(at)
    return max(last, again) if again is not None and last < again + BACKWARD else at


class FileLines:
    """Takes bytes, cut anywhere, and gives the lines that are complete.

    A line has its own time, but lines stay in the order of the file. One without a time, or with one from the future,
    has that of the line before it; where none is near, the one of its arrival, but never an earlier one than the line
    before.
    """

    def __init__(self, service: str, path: str) -> None:
        self._service = service
        self._labels: Mapping[str, str] = MappingProxyType({"filename": path})
        self._unfinished: Unfinished | None = None
        self._is_timed = False
        self._arrived = 0
        self.last = 0

    @property
    def is_unfinished(self) -> bool:
        """Whether the newline of a line is missing so far."""
        return self._unfinished is not None

    def feed(self, data: bytes, arrived: int) -> list[LogLine]:
        """The lines that these bytes complete; `arrived` in nanoseconds."""
        first = data.find(b"\n")
        if first < 0:
            self._keep(data)
            return []
        lines: list[LogLine] = []
        begin = 0
        if self._unfinished is not None:
            self._unfinished.add(data[:first])
            begin = first + 1
            lines = self.finish(arrived)
        end = data.rfind(b"\n")
        if end >= begin:
            lines += self._whole(data[begin:end], arrived)
        self._keep(data[end + 1 :])
        return lines

    def finish(self, arrived: int) -> list[LogLine]:
        """The line whose newline is missing, as far as it came; what comes later is a line of its own."""
        unfinished, self._unfinished = self._unfinished, None
        if unfinished is None:
            return []
        line = unfinished.line(self._service, self._labels)
        at = self._time(line.text, arrived)
        return [msgspec.structs.replace(line, at=at, text=line.text.lstrip("\0"))]

    def _keep(self, part: bytes) -> None:
        if self._unfinished is not None:
            self._unfinished.add(part)
        elif part := part.lstrip(b"\0"):
            # The hole with which a truncated file begins may be of any length.
            self._unfinished = Unfinished(0, part)

    def _whole(self, data: bytes, arrived: int) -> list[LogLine]:
        texts = data.decode("utf-8", "surrogateescape").split("\n")
        if b"\r" in data:
            texts = [text.removesuffix("\r") for text in texts]
        if b"\0" in data:
            # A file that was truncated under its writer begins with a hole.
            texts = [text.lstrip("\0") for text in texts]
        service, labels, limit, near = self._service, self._labels, LINE_LIMIT, arrived
        had_none = not self.last
        last = 0 if had_none else self._untimed(arrived)
        lines: list[LogLine] = []
        append = lines.append
        ahead = arrived + AHEAD
        stamp, stamped = "", None
        for text in texts:
            if text[:26] == stamp:
                at = stamped
            else:
                at = time_of(text, near)
                if text[19:20] == "," and text[23:26] == " - ":
                    # In a flood of Python's logging the next lines carry the same millisecond.
                    stamp, stamped = text[:26], at
            if at is None or at > ahead:
                at = last
            else:
                if at < last:
                    at = in_order(at, last)
                last = at
                self._is_timed = True
            if len(text) > limit:
                append(LogLine(at, service, text[:limit], labels, len(text) - limit))
            else:
                append(LogLine(at, service, text, labels))
        if had_none and not lines[0].at:
            # What stands before the first line with a time is about as old as that.
            first = next((line.at for line in lines if line.at), arrived)
            lines = [line if line.at else msgspec.structs.replace(line, at=first) for line in lines]
        self.last, self._arrived = lines[-1].at, arrived
        return lines

    def _time(self, text: str, arrived: int) -> int:
        at = time_of(text, arrived)
        if at is None or at > arrived + AHEAD:
            at = self._untimed(arrived)
        else:
            at = in_order(at, self.last)
            self._is_timed = True
        self.last, self._arrived = at, arrived
        return at

    def _untimed(self, arrived: int) -> int:
        """The moment of a line that tells none."""
        is_near = self._is_timed and arrived - self._arrived <= CONTINUES
        return self.last if is_near else max(self.last, arrived)
