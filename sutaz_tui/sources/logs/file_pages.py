"""Spans of a log file, read from where they stand in it and its older generations. Everything here blocks."""

import os
from collections.abc import Callable
from io import FileIO
from operator import attrgetter

from msgspec import Struct

from sutaz_tui.logs.lines import LogLine, Page
from sutaz_tui.sources.logs.file_generations import Generations
from sutaz_tui.sources.logs.file_lines import FileLines
from sutaz_tui.sources.logs.file_place import (
    Identity,
    end_of,
    identity,
    last_newline,
    lines_back,
    modified,
    path_identity,
    size,
    start_of,
)

CHUNK = 1024 * 1024
MOST = 64 * 1024 * 1024
"""Bytes read for one page."""
SLACK = 5_000_000_000
"""Nanoseconds by which neighbouring lines may be out of order."""

_moment = attrgetter("at")


class Place(Struct, frozen=True):
    """How far a file was read; `last` is the moment of the last line given, `recent` all lines from there on."""

    identity: Identity
    at: int
    last: int
    recent: list[LogLine]


class FilePages:
    """Pages of one log; `place` is how far the last page that reached the end of the file did."""

    def __init__(self, path: str, service: str) -> None:
        self.place: Place | None = None
        self.generations = Generations(path)
        self._path = path
        self._service = service

    def newest(self, start: int, end: int, limit: int, now: int, patience: float) -> Page:
        """The newest lines of a span; times in nanoseconds.

        Up to now, a last line whose newline may still come is left out for `patience` seconds.
        """
        is_live = end > now
        collected: list[LogLine] = []
        is_over, left, all_read = False, MOST, True
        for number, generation in enumerate(self.generations.all()):
            if number and generation.modified < start:
                is_over = True
                break
            if not generation.is_readable:
                all_read = False
                continue
            with self.generations.open(generation) as file:
                all_read = all_read and not self.generations.is_cut(generation)
                is_first = not number
                stop = size(file) if is_live else end_of(file, end + SLACK)
                if is_live and is_first and now - modified(file) < patience * 1e9:
                    stop = last_newline(file)
                lines, is_over, begin = self._back(file, start, end, limit + 1 - len(collected), stop, left)
                wanted = [line for line in lines if start <= line.at < end]
                # What is unpacked or decoded is another file: it is not read on from here.
                if is_live and is_first and identity(file) == path_identity(generation.path):
                    last = max(map(_moment, wanted), default=0)
                    recent = [line for line in lines if line.at >= (last or end)]
                    self.place = Place(identity(file), stop, last, recent)
                collected = wanted + collected
                left -= stop - begin
                if is_over or len(collected) > limit or left <= 0:
                    break
        else:
            is_over = all_read
        collected.sort(key=_moment)
        return Page(collected[-limit:], is_over and len(collected) <= limit)

    def oldest(self, start: int, end: int, limit: int) -> Page:
        """The oldest lines of a span."""
        generations = self.generations.all()
        got: list[LogLine] = []
        holding = [one for one in generations if one.modified >= start] or generations[:1]
        is_whole = all(one.is_readable for one in holding)
        left = MOST
        for generation in reversed([one for one in holding if one.is_readable]):
            if len(got) > limit or left <= 0:
                break
            with self.generations.open(generation) as file:
                is_whole = is_whole and not self.generations.is_cut(generation)
                reader, at = FileLines(self._service, self._path), start_of(file, start - SLACK)
                while len(got) <= limit and left > 0:
                    data = os.pread(file.fileno(), CHUNK, at)
                    at += len(data)
                    left -= len(data)
                    written = modified(file)
                    lines = reader.feed(data, written) if data else reader.finish(written)
                    got += [line for line in lines if start <= line.at < end]
                    if not data or (lines and lines[0].at >= end + SLACK):
                        break
        got.sort(key=_moment)
        return Page(got[:limit], is_whole and left > 0 and len(got) <= limit)

    def lacks(self, text: str, has_case: bool, is_over: Callable[[], bool]) -> bool:
        """Whether no byte of the log and its older generations is of this text; False where `is_over` or one is unread."""
        if not has_case and not text.isascii():
            return False
        wanted = text.encode("utf-8", "surrogateescape")
        for generation in self.generations.all():
            if not generation.is_readable:
                return False
            with self.generations.open(generation) as file:
                at, before = 0, b""
                while data := os.pread(file.fileno(), CHUNK, at):
                    if is_over() or wanted in before + (data if has_case else data.lower()):
                        return False
                    at += len(data)
                    before = (data if has_case else data.lower())[-len(wanted) :]
                if self.generations.is_cut(generation):
                    return False
        return True

    def _back(
        self, file: FileIO, start: int, end: int, limit: int, stop: int, left: int
    ) -> tuple[list[LogLine], bool, int]:
        """At least `limit` lines of a span before a place, if there are; whether older ones were met; where they begin."""
        count = limit
        while True:
            begin = lines_back(file, stop, count, left)
            lines = self._between(file, begin, stop)
            is_over = bool(lines) and min(map(_moment, lines[:100])) < start - SLACK
            found = sum(start <= line.at < end for line in lines)
            if found >= limit or is_over or begin == 0 or stop - begin >= left // 2:
                return lines, is_over, begin
            count *= 4

    def _between(self, file: FileIO, begin: int, stop: int) -> list[LogLine]:
        reader, lines, at = FileLines(self._service, self._path), [], begin
        written = modified(file)
        while at < stop:
            data = os.pread(file.fileno(), min(CHUNK, stop - at), at)
            if not data:
                break
            at += len(data)
            lines += reader.feed(data, written)
        return lines + reader.finish(written)
