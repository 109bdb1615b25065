"""Entries as text to copy and to save: safe and masked always, every line of a group, gaps told."""

from collections.abc import Iterable, Iterator
from itertools import islice

from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.lines import Gap, LogLine
from sutaz_tui.logs.parsing.stamps import Times, day, stamp
from sutaz_tui.logs.rows import line_of
from sutaz_tui.logs.shown import Safe
from sutaz_tui.text.units import count

BOUND = 64 * 1024 * 1024
"""Characters that a saved log has at most."""
PIECE = 1000


def copied(entry: Entry, part: int, safe: Safe) -> str:
    """One line of an entry, or all of them where the part is its head (0)."""
    if entry.gap is not None:
        return gap_words(entry.gap, safe)
    line = line_of(entry, part)
    lines = [line] if part and line is not None else entry.all()
    return "\n".join(safe.lines([line.text for line in lines]))


def plain_text(entries: Iterable[Entry], safe: Safe, bound: int = BOUND) -> Iterator[str]:
    """Entries oldest first, one line each: when in UTC, which service, the text; what passes the bound is counted.

    In pieces of PIECE lines, as making them safe is quick only for many at once.
    """
    size = left_out = 0
    lines = (line for entry in entries for line in ([entry.gap] if entry.gap is not None else entry.all()))
    while some := list(islice(lines, PIECE)):
        texts = iter(safe.lines([line.text for line in some if isinstance(line, LogLine)]))
        services = {service: safe.line(service) or "-" for service in {line.service for line in some}}
        taken = []
        for line in some:
            if isinstance(line, LogLine):
                text = f"{moment(line.at)} {services[line.service]} {next(texts)}\n"
            else:
                text = gap_words(line, safe) + "\n"
            size += len(text)
            if size > bound:
                left_out += 1
            else:
                taken.append(text)
        yield "".join(taken)
    if left_out:
        yield f"{count(left_out)} more lines are left out\n"


def gap_words(gap: Gap, safe: Safe) -> str:
    """A gap in one line."""
    lost = "lines, not counted," if gap.lost is None else f"{count(gap.lost)} lines"
    service = safe.line(gap.service) + ": " if gap.service else ""
    return f"~~ {service}{lost} not received from {moment(gap.start)} to {moment(gap.end)}: {safe.line(gap.words)}"


def moment(at: int) -> str:
    """A moment in UTC: `2026-11-22T14:07:11.402Z`."""
    return f"{day(at, Times.UTC) or '-'}T{stamp(at, Times.UTC)}Z"
