"""A line whose newline has not come yet, kept within LINE_LIMIT however long it grows."""

from collections.abc import Mapping

from sutaz_tui.logs.lines import LINE_LIMIT, LogLine

KEPT_BYTES = 4 * LINE_LIMIT
"""Bytes kept: LINE_LIMIT characters of UTF-8 are no more."""


class Unfinished:
    """The parts of one line that came so far; `at` is the moment of the first."""

    __slots__ = ("_cut", "_kept", "at")

    def __init__(self, at: int, part: bytes) -> None:
        self.at = at
        self._kept = bytearray()
        self._cut = 0
        self.add(part)

    def add(self, part: bytes) -> None:
        """The next part, without a newline."""
        room = KEPT_BYTES - len(self._kept)
        self._kept += part[:room]
        if len(part) > room:
            self._cut += len(part[room:].decode("utf-8", "ignore"))

    def line(self, service: str, labels: Mapping[str, str]) -> LogLine:
        """The line as far as it came; what is behind LINE_LIMIT is counted in characters."""
        text = self.text()
        cut = self._cut + max(0, len(text) - LINE_LIMIT)
        return LogLine(self.at, service, text[:LINE_LIMIT], labels, cut)

    def text(self) -> str:
        """What is kept, without the carriage return of a line that ends here."""
        text = self._kept.decode("utf-8", "surrogateescape")
        return text if self._cut else text.removesuffix("\r")
