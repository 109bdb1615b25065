"""What is said of a log: its title, and what stands in place of lines when there are none."""

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct, field

from sutaz_tui.logs.lines import Gap, Level
from sutaz_tui.logs.parsing.stamps import Times, stamp
from sutaz_tui.text.cells import wrapped
from sutaz_tui.text.sanitise import ago, count, one_line
from sutaz_tui.text.units import plural
from sutaz_tui.tui.screens.log.session import LogSession
from widgets.log_title import Part

LEVELS = (Level.UNKNOWN, Level.INFO, Level.WARN, Level.ERROR)
"""The least levels that can be chosen, in the order in which the key goes through them."""

NANOSECONDS = 1_000_000_000
QUERY_LONGEST = 2000
# Cells of a query that stand before the place that is wrong, where not all of it has session.
BEFORE_CARET = 30
# Cells of a row of a sentence at the least.
LEAST = 8


class Looking(Struct):
    """How a reader looks at a log: what is looked for, the least level, and how long secrets are shown.

    `find` and `filter` are what is in force, `typed` by their names what was typed last: it may be wrong. `opens` names
    the service whose log the key opens in place of this one, "" for none.
    """

    find: str = ""
    filter: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    least: Level = Level.UNKNOWN
    shows_health: bool = False
    folds: bool = True
    unmasked_for: int = 0
    opens: str = ""


def title_parts(session: LogSession, looking: Looking) -> list[Part]:
    """The title of a log; what never gives way are the state, what is lost, and trouble."""
    subject, counts, mask = session.subject, session.buffer.counts, session.pager.safe.line
    # A query or a filter may be the search for a secret, and a title is saved with its lines.
    name = one_line(f"log {mask(subject.name)}", 120)
    parts: list[Part] = [("heading", (name, one_line(name, 24)), 6)]
    if session.way:
        way = one_line(session.way, 80)
        parts.append(("", (f"via {way}", one_line(way, 16), ""), 3))
    parts.append(("heading", (_state(session),), 9))
    if looking.opens:
        opens = one_line(looking.opens, 40)
        parts.append(("badge", (f"l opens {opens}", f"l: {one_line(opens, 14)}"), 8))
    if looking.unmasked_for:
        parts.append(("badge", (f"UNMASKED {looking.unmasked_for}s",), 9))
    if subject.note:
        parts.append(("", (one_line(subject.note, 120), one_line(subject.note, 30)), 5))
    if session.busy:
        parts.append(("", (session.busy, ""), 4))
    parts += _narrowed(looking, mask)
    if folded := counts.health_folded:
        how = "shown" if looking.shows_health else "folded"
        parts.append(("muted", (f"{count(folded)} /health lines {how}", f"{count(folded)} {how}", ""), 1))
    if session.pager.times is Times.UTC:
        parts.append(("badge", ("UTC",), 9))
    if lost := counts.lost:
        parts.append(("degraded", (f"{count(lost)} LOST",), 9))
    if counts.uncounted or not session.is_counted:
        parts.append(("muted", ("uncounted", ""), 4))
    if unread := counts.unread:
        parts.append(("muted", (f"{count(unread)} span{'s' * (unread != 1)} not read  x", ""), 4))
    if session.trouble:
        parts.append(("degraded", (one_line(mask(session.trouble), 400),), 9))
    return parts


def _narrowed(looking: Looking, mask: Callable[[str], str]) -> Iterator[Part]:
    """What is filtered, and what is looked for."""
    if looking.filter:
        filter = mask(looking.filter)
        yield "degraded", (f"& {one_line(filter, 40)}", f"& {one_line(filter, 12)}"), 7
    if looking.least:
        yield "degraded", (f"{looking.least.name[0]}+",), 9
    if looking.find:
        find = mask(looking.find)
        yield "", (f"/{one_line(find, 30)}", f"/{one_line(find, 10)}", ""), 2


def _state(session: LogSession) -> str:
    start, end = session.subject.start, session.subject.end
    if start is not None and end is not None and not session.is_live:
        return f"{_clock(start)} - {_clock(end)}"
    if session.pager.is_following:
        return "FOLLOW" if session.is_live or session.busy else "not followed"
    return f"+{count(session.pager.waiting)} below" if session.is_live else "stopped"


def _clock(at: int) -> str:
    return f"{datetime.fromtimestamp(at // NANOSECONDS).astimezone():%H:%M:%S}"


def hole_words(gap: Gap, times: Times) -> str:
    """What is said where a search stopped at missing lines: their span, and what goes on."""
    shown = Times.UTC if times is Times.UTC else Times.LOCAL
    span = f"{stamp(gap.start, shown)} - {stamp(gap.end, shown)} ({ago((gap.end - gap.start) / NANOSECONDS)})"
    if gap.lost is None or gap.is_unread:
        what = one_line(gap.words, 60) or "lines are missing here"
    else:
        what = f"{plural(gap.lost, 'line')} missing here"
    return f"{what}: {span}; Enter fetches, the same key goes on"


def notice(session: LogSession, looking: Looking, width: int) -> list[tuple[str, str]]:
    """What stands in place of lines: text and role of each row; nothing where there are lines."""
    if session.wrong is not None:
        return list(_wrong_query(session, width))
    if session.buffer.visible:
        return []
    words, role = _in_place(session, looking)
    return [("", ""), *_rows(session.pager.safe.line(words), role, width)]


def _in_place(session: LogSession, looking: Looking) -> tuple[str, str]:
    """Why no line is shown, and its role."""
    if session.failure:
        return session.failure, "level-error"
    counts = session.buffer.counts
    if lines := counts.lines:
        chosen = " and ".join(
            words
            for words in (
                f"& {one_line(looking.filter, 60)}" if looking.filter else "",
                f"level {looking.least.name.lower()} and above" if looking.least else "",
            )
            if words
        )
        folded = 0 if looking.shows_health else counts.health_folded
        if not chosen or folded == lines:
            return f"all {count(lines)} lines are folded health checks; H shows them", "muted"
        words = f"none of {count(lines - folded)} lines matches {chosen}; Esc shows all"
        # They may hold what is looked for.
        return words + (
            f"; {count(folded)} health checks are folded, H shows them" if folded else ""
        ), "muted"
    if session.busy:
        return f"{session.busy}...", "muted"
    if session.trouble:
        return session.trouble, "level-error"
    return f"no line {'at that moment' if session.subject.end is not None else 'yet'}", "muted"


def _rows(words: str, role: str, width: int) -> Iterator[tuple[str, str]]:
    """A sentence on as many rows as it takes."""
    for row in wrapped(one_line(words, QUERY_LONGEST), max(LEAST, width - 2)):
        yield f" {row}", role


def _wrong_query(session: LogSession, width: int) -> Iterator[tuple[str, str]]:
    """The query, a caret under the place that is wrong, and what is wrong with it."""
    error = session.wrong
    assert error is not None
    mask = session.pager.safe.line
    query = one_line(mask(session.subject.query), QUERY_LONGEST)
    yield "", ""
    if error.column > 0:
        at = len(mask(session.subject.query[: error.column - 1]))
        start = max(0, at - BEFORE_CARET) if len(query) > width - 4 else 0
        lead = "…" if start else " "
        yield f" {lead}{query[start : start + width - 4]}", ""
        yield f"  {' ' * (at - start)}^", "level-error"
    else:
        yield f"  {query}", ""
    yield from _rows(mask(str(error)), "level-error", width)
