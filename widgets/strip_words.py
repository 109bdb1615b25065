"""The strip of categories: key, title, passed of total, and what the figure leaves unsaid, on the map's grid."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sutaz_tui.model import Tally
from widgets.map_cells import age_words
from widgets.moment_words import clock
from widgets.pieces import Piece
from widgets.width import fit

Line = tuple[str, str]
CELLS = 4
SHORT = 11
RULE = "-"


def count_words(tally: Tally) -> str:
    """`19/21`, `w` for a rest that was not run, `B` for results older than a cause that would block it."""
    if tally.running:
        return f"{tally.done}/{tally.running}"
    if tally.at is None:
        return "-"
    mark = "B" if tally.is_outdated else "w" if tally.not_run else ""
    return f"{tally.passed}/{tally.total}{mark}"


def _red_words(tally: Tally) -> str:
    return f"✗{tally.red}" if tally.red and not tally.running else ""


def strip_lines(
    headings: Sequence[tuple[str, str, str]], tallies: Mapping[str, Tally], now: datetime, width: int
) -> list[tuple[Piece, ...]]:
    """A rule and three lines of cells; `headings` are id, title and key in order, the last few share a cell."""
    latest = max((tally.at for tally in tallies.values() if tally.at is not None), default=None)
    if any(tally.is_outdated for tally in tallies.values()):
        words = "results are older than this cause; B = would be blocked now"
    elif latest is not None:
        words = f"last ran {clock(latest, now)}, {age_words((now - latest).total_seconds())} ago; w = rest not run"
    else:
        words = "none ran yet; a digit for read-only checks, t lists all"
    cell = max(15, width // CELLS - 1)
    cells = [
        _cell(f"{key} {title}", tallies.get(id, Tally(id, 0)), cell) for id, title, key in headings[:SHORT]
    ]
    rest = " ".join(title for _, title, _ in headings[SHORT:])
    cells.append(("", fit(f"t {rest}", cell)))
    lines: list[tuple[Piece, ...]] = [(("muted", rule(f"checks: {words}", width)),)]
    for start in range(0, len(cells), CELLS):
        lines.append(tuple(piece for one in cells[start : start + CELLS] for piece in (one, ("", " "))))
    return lines


def _cell(name: str, tally: Tally, width: int) -> Piece:
    red = _red_words(tally)
    count = f"{red} {count_words(tally)}".lstrip()
    return "down" if red else "", f"{fit(name, width - len(count) - 1)} {count}"


def strip_rows(
    headings: Sequence[tuple[str, str, str]], tallies: Mapping[str, Tally], now: datetime
) -> list[Line]:
    """One line a category, for the column beside the map."""
    lines: list[Line] = [("CHECKS", "heading")]
    for id, title, key in headings:
        tally = tallies.get(id, Tally(id, 0))
        age = f"{age_words((now - tally.at).total_seconds())} ago" if tally.at else ""
        red = _red_words(tally)
        lines.append((f" {key} {title:<12} {count_words(tally):>8}  {red:<7} {age}", "down" if red else ""))
    return lines


def rule(words: str, width: int) -> str:
    """A line across with words in it."""
    return fit(f"{RULE * 2} {words} " + RULE * width, width).replace("…", RULE)
