"""The bytes of a container's log as lines: Docker's frames, or raw text where the container has a terminal.

Shapes from Docker's API reference 1.41 (stream format): eight bytes (stream, three zeros, length, big endian), then
one message. Each message begins with its moment; one of more than 16 KiB comes in parts, of which only the last has a
newline (Docker 27; Podman 4.3 cuts at 8 KiB). Docker's moments have nanoseconds, Podman's whole seconds.
"""

import re
import struct
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sutaz_tui.errors import BadAnswer
from sutaz_tui.logs.lines import LINE_LIMIT, LogLine
from sutaz_tui.sources.logs.unfinished import Unfinished
from sutaz_tui.text.sanitise import one_line

FRAME_LIMIT = 128 * 1024
"""Bytes of one frame that are waited for; of a longer one the parts are taken as they come."""
PART = 8 * 1024
"""A raw line shorter than this came in one part."""

_HEADER = struct.Struct(">II")
_SYSTEM_ERROR = 3 << 24
_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)(?: |$)")
_SECONDS_KEPT = 4096


class Lines:
    """Takes bytes, cut anywhere, and gives the lines that are complete; `messages` counts what the server sent.

    BadAnswer when they are no container's log.
    """

    def __init__(self, source: str, service: str, container: str) -> None:
        self.messages = 0
        self._source = source
        self._service = service
        self._rest = b""
        self._last = 0
        self._seconds: dict[bytes, int] = {}
        self._unfinished: dict[int, Unfinished] = {}
        out, err = (MappingProxyType({"stream": s, "container": container}) for s in ("stdout", "stderr"))
        # Stream 0 is standard input, which is written where standard output is.
        self._labels: dict[int, Mapping[str, str]] = {0: out, 1 << 24: out, 2 << 24: err}

    def feed(self, data: bytes) -> list[LogLine]:
        """The lines that these bytes complete."""
        raise NotImplementedError

    def finish(self) -> list[LogLine]:
        """What stands without a newline at the end of the stream."""
        unfinished, self._unfinished = self._unfinished, {}
        return [part.line(self._service, self._labels[word]) for word, part in unfinished.items()]

    def _message(self, word: int, payload: bytes) -> list[LogLine]:
        """One message of any shape."""
        found = _STAMP.match(payload)
        if found is not None:
            self._last = self._moment(found)
            payload = payload[found.end() :]
        elif not self._last:
            said = one_line(payload.decode("utf-8", "replace"), 60)
            raise BadAnswer(self._source, f"sends a log line without a timestamp: {said}")
        return self._pieces(word, payload)

    def _pieces(self, word: int, payload: bytes) -> list[LogLine]:
        lines = []
        *ended, last = payload.split(b"\n")
        if ended:
            whole = self._joined(word, ended[0])
            lines.append(whole.line(self._service, self._labels[word]))
            del self._unfinished[word]
        at, service, labels, limit = self._last, self._service, self._labels[word], LINE_LIMIT
        for piece in ended[1:]:
            # Of these a message may hold as many as bytes.
            text = piece.decode("utf-8", "surrogateescape").removesuffix("\r")
            lines.append(LogLine(at, service, text[:limit], labels, max(0, len(text) - limit)))
        if last:
            self._joined(word, last)
        return lines

    def _joined(self, word: int, piece: bytes) -> Unfinished:
        known = self._unfinished.get(word)
        if known is None:
            known = self._unfinished[word] = Unfinished(self._last, piece)
        else:
            known.add(piece)
        return known

    def _moment(self, found: re.Match[bytes]) -> int:
        second, fraction, zone = found.groups()
        key = second if zone == b"Z" else second + zone
        base = self._seconds.get(key)
        if base is None:
            if len(self._seconds) >= _SECONDS_KEPT:
                self._seconds.clear()
            try:
                base = int(datetime.fromisoformat((second + zone).decode("ascii")).timestamp()) * 10**9
            except (ValueError, OverflowError) as error:
                raise BadAnswer(
                    self._source, f"sends an invalid timestamp: {found[0].decode('ascii')}"
                ) from error
            self._seconds[key] = base
        return base + (int(fraction.ljust(9, b"0")) if fraction else 0)


class FramedLines(Lines):
    """Docker's frames, both streams in one."""

    _left = 0
    _word = 0

    def feed(self, data: bytes) -> list[LogLine]:
        """The lines that these bytes complete."""
        if self._rest:
            data = self._rest + data
        lines: list[LogLine] = []
        at, end = 0, len(data)
        if self._left:
            at = min(self._left, end)
            self._left -= at
            lines += self._pieces(self._word, data[:at])
        service, labels_of, seconds, unfinished = (
            self._service,
            self._labels,
            self._seconds,
            self._unfinished,
        )
        header, append = _HEADER.unpack_from, lines.append
        while end - at >= 8:
            word, size = header(data, at)
            labels = labels_of.get(word)
            if labels is None:
                raise self._refusal(word, data[at : at + 8 + min(size, 200)])
            stop = at + 8 + size
            if not size:
                at = stop
                continue
            if stop > end:
                if size <= FRAME_LIMIT:
                    break
                self._left, self._word = stop - end, word
                stop = end
            self.messages += 1
            # What nearly all are: a moment of 30 bytes, a blank, one whole line.
            if size > 31 and data[at + 37 : at + 39] == b"Z " and data[stop - 1] == 10 and not unfinished:
                second = seconds.get(data[at + 8 : at + 27])
                if second is not None:
                    text = data[at + 39 : stop - 1].decode("utf-8", "surrogateescape")
                    fraction = data[at + 28 : at + 37]
                    if (
                        len(text) <= LINE_LIMIT
                        and "\n" not in text
                        and text[-1:] != "\r"
                        and fraction.isdigit()
                    ):
                        self._last = second + int(fraction)
                        append(LogLine(self._last, service, text, labels))
                        at = stop
                        continue
            lines += self._message(word, data[at + 8 : stop])
            at = stop
        self._rest = data[at:]
        return lines

    def _refusal(self, word: int, start: bytes) -> BadAnswer:
        if word == _SYSTEM_ERROR:
            said = one_line(start[8:].decode("utf-8", "replace"), 120)
            return BadAnswer(self._source, f"stops reading the log: {said}")
        said = one_line(start.decode("utf-8", "replace"), 40)
        return BadAnswer(self._source, f"sends bytes that are no log of a container: {said}")


class RawLines(Lines):
    """The log of a container with a terminal: text, both streams as one."""

    _WORD = 1 << 24

    def feed(self, data: bytes) -> list[LogLine]:
        """The lines that these bytes complete."""
        if self._rest:
            data = self._rest + data
        lines: list[LogLine] = []
        *ended, self._rest = data.split(b"\n")
        for message in ended:
            self.messages += 1
            lines += self._message(
                self._WORD, (_without_stamps(message) if len(message) > PART else message) + b"\n"
            )
        if len(self._rest) > FRAME_LIMIT:
            # Its head is kept, the rest is counted as it comes.
            taken, self._rest = self._rest, b""
            open_before = self._WORD in self._unfinished
            lines += self._pieces(self._WORD, taken) if open_before else self._message(self._WORD, taken)
        return lines

    def finish(self) -> list[LogLine]:
        """What stands without a newline at the end of the stream."""
        rest, self._rest = self._rest, b""
        return [*(self._message(self._WORD, rest) if rest else ()), *super().finish()]


def _without_stamps(message: bytes) -> bytes:
    """A long raw line without the moments that its later parts begin with."""
    found = _STAMP.match(message)
    return (
        found[0] + message[found.end() :].replace(found[0], b"")
        if found and found[0].endswith(b" ")
        else message
    )
