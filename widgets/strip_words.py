"""The strip of categories: key, title, passed of total, and what the figure leaves unsaid, on the map's grid."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sutaz_tui.model import Tally
from widgets.map_cells import age_words
from widgets.moment_words import clock
from widgets.pieces import Piece
from widgets.sparkline import BLOCKS
from widgets.width import fit, width_of

CELLS = 4
SHORT = 11
TITLE, BAR = 14, 10
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
    headings: Sequence[tuple[str, str, str]],
    tallies: Mapping[str, Tally],
    now: datetime,
    width: int,
    can_run: bool = True,
) -> list[tuple[Piece, ...]]:
    """A rule and three lines of cells; `headings` are id, title and key in order, the last few share a cell."""
    latest = max((tally.at for tally in tallies.values() if tally.at is not None), default=None)
    if any(tally.is_outdated for tally in tallies.values()):
        words = "results are older than this cause; B = would be blocked now"
    elif latest is not None:
        words = f"last ran {clock(latest, now)}, {age_words((now - latest).total_seconds())} ago; w = rest not run"
    else:
        words = "none ran yet; a digit runs read-only checks, t lists all" if can_run else "none ran yet"
    cell = max(15, width // CELLS - 1)
    cells = [
        _cell(f"{key} {title}", tallies.get(id, Tally(id, 0)), cell) for id, title, key in headings[:SHORT]
    ]
    rest = " ".join(title for _, title, _ in headings[SHORT:]) or "all"
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
    headings: Sequence[tuple[str, str, str]],
    tallies: Mapping[str, Tally],
    now: datetime,
    width: int,
    signs: str = BLOCKS,
) -> list[tuple[Piece, ...]]:
    """The column beside the map: a heading, a line for each category that ran, and which did not; nothing where none is."""
    ran = [(id, title, key) for id, title, key in headings if _has_run(tallies.get(id))]
    others = [f"{key} {title}" for id, title, key in headings if not _has_run(tallies.get(id))]
    lines: list[tuple[Piece, ...]] = []
    if headings:
        lines.append((("heading", fit("CHECKS", width - 4)), ("muted", " age" if ran else "")))
    lines += [_category(f"{key} {title}", tallies[id], now, width, signs) for id, title, key in ran]
    if others:
        lines += [(("muted", text),) for text in _packed("not run" if ran else "none ran yet", others, width)]
    return lines


def _packed(words: str, entries: Sequence[str], width: int) -> Sequence[str]:
    """Entries behind words, as many a line as there is room for: none is broken."""
    lines = [words]
    for entry in entries:
        if width_of(lines[-1]) + 2 + width_of(entry) > width:
            lines.append("")
        lines[-1] += f"  {entry}"
    return lines


def _has_run(tally: Tally | None) -> bool:
    return tally is not None and (tally.at is not None or bool(tally.running))


def _category(name: str, tally: Tally, now: datetime, width: int, signs: str) -> tuple[Piece, ...]:
    """Key and title, a bar, passed of total, what is red, not run or outdated, and the age."""
    red = _red_words(tally)
    if tally.running:
        rest = f"{tally.done} of {tally.running} done"
    elif tally.is_outdated:
        rest = "outdated"
    else:
        rest = f"{tally.not_run} not run" if tally.not_run else ""
    age = age_words((now - tally.at).total_seconds()) if tally.at and not tally.running else ""
    counted = f"{tally.passed}/{tally.total}"
    used = TITLE + 1 + BAR + 1 + 7 + 2 + len(red) + bool(red) + 5
    return (
        ("down" if red else "", fit(name, TITLE)),
        ("", " "),
        *_bar(tally, signs),
        ("", f" {counted:>7}  "),
        ("down", f"{red} " if red else ""),
        ("muted", fit(rest, max(0, width - used)) + f" {age:>4}"),
    )


def _bar(tally: Tally, signs: str) -> Sequence[Piece]:
    """Passed, red and not run as parts of a line; what is red is always seen."""
    total = max(1, tally.total)
    red = max(1, round(BAR * tally.red / total)) if tally.red else 0
    passed = min(BAR - red, BAR * tally.passed // total)
    sign = signs[len(signs) // 2]
    return (
        ("muted", sign * passed),
        ("down", sign * red),
        ("muted", "." * (BAR - passed - red)),
    )


def rule(words: str, width: int) -> str:
    """A line across with words in it."""
    return fit(f"{RULE * 2} {words} " + RULE * width, width).replace("…", RULE)
