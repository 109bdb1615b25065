"""How many lines a log file has in each step of a span, counted from its bytes: no line is made of them.

Lines of a file stand in the order of their times but for a few seconds (`file_lines`), so a few of them tell the times of
all; where they do not, each is asked. Everything here blocks.
"""

import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from io import FileIO
from itertools import pairwise

from sutaz_tui.logs.feed import Counted
from sutaz_tui.logs.lines import Level
from sutaz_tui.logs.parsing.levels import grave_lines
from sutaz_tui.logs.parsing.times import time_of
from sutaz_tui.sources.logs.file_generations import Generations
from sutaz_tui.sources.logs.file_lines import AHEAD, BACKWARD, in_order
from sutaz_tui.sources.logs.file_pages import SLACK
from sutaz_tui.sources.logs.file_place import end_of, modified, next_line, start_of

CHUNK = 1024 * 1024
EACH = 64
"""One line of so many is asked for its time."""

Segments = list[tuple[int, int]]
"""Where lines of another step begin, as the number of a line and the step, counted from 1970."""


def tallies(generations: Generations, start: int, end: int, step: int) -> Iterator[tuple[list[Counted], int]]:
    """Counts of parts of a span, newest first, and back to which moment all is counted; raises SourceError, OSError."""
    for generation in generations.all():
        if generation.modified < start:
            break
        if not generation.is_readable:
            continue
        with generations.open(generation) as file:
            at, begin = end_of(file, end + SLACK), start_of(file, start - SLACK)
            written = later = modified(file)
            while at > begin:
                data = _before(file, begin, at)
                at -= len(data)
                counted, later = _counted(data, step, written, later)
                yield counted, later
    yield [], start


def _before(file: FileIO, begin: int, at: int) -> bytes:
    """About CHUNK bytes before a place, from the beginning of a line on."""
    size = CHUNK
    while True:
        first = max(begin, at - size)
        if first > begin:
            first = next_line(file, first)
        if first < at:
            return os.pread(file.fileno(), at - first, first)
        size *= 4


def _counted(data: bytes, step: int, written: int, later: int) -> tuple[list[Counted], int]:
    """The counts of some lines, and the moment of the first; `later` is that of the line behind them."""
    texts = data.decode("utf-8", "surrogateescape").split("\n")
    if not texts[-1]:
        texts.pop()
    first, segments = _segments(texts, step, written, later)
    starts = [place for place, _ in segments]
    ends = [*starts[1:], len(texts)]
    steps: Counter[tuple[int, Level]] = Counter()
    for (place, number), stop in zip(segments, ends, strict=True):
        steps[number, Level.INFO] += stop - place
    for place, level in grave_lines(texts):
        number = segments[bisect_right(starts, place) - 1][1]
        steps[number, level] += 1
        steps[number, Level.INFO] -= 1
    return [Counted(number * step, level, lines) for (number, level), lines in steps.items() if lines], first


def _segments(texts: Sequence[str], step: int, written: int, later: int) -> tuple[int, Segments]:
    """When the first of these lines is from, and where another step begins."""
    known = [(place, at) for place in range(0, len(texts), EACH) if (at := _time(texts[place], written))]
    if not known or known[0][0]:
        # What stands before the first line with a time is about as old as that.
        found = ((place, at) for place, text in enumerate(texts) if (at := _time(text, written)))
        known.insert(0, (0, next(found, (0, later))[1]))
    is_ordered = all(one[1] <= other[1] + BACKWARD for one, other in pairwise(known))
    segments: Segments = [(0, known[0][1] // step)]
    last = known[0][1]
    for (place, at), (stop, then) in zip(known, [*known[1:], (len(texts), 0)], strict=True):
        last = in_order(at, last)
        if is_ordered and then and last // step == max(last, then) // step == segments[-1][1]:
            continue
        for number in range(place, stop):
            at = _time(texts[number], written)
            if at:
                last = in_order(at, last)
            if last // step != segments[-1][1]:
                segments.append((number, last // step))
    return known[0][1], segments


def _time(text: str, written: int) -> int:
    """The moment of a line, 0 where it tells none or one that is still to come."""
    at = time_of(text, written)
    return 0 if at is None or at > written + AHEAD else at
