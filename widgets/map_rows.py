"""A service as a whole row of the map: columns as wide as what they show, none of them empty."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from sutaz_tui.model import ServiceState, Status
from sutaz_tui.text.units import ago, stepped
from widgets.map_cells import is_timed, summary_of
from widgets.pieces import Piece
from widgets.usage_words import cpu_words, memory_words, usage_of
from widgets.width import fit, fit_right, width_of

NAME_LEAST, NAME_MOST = 12, 24
NOW, SINCE, CPU, MEMORY = 8, 7, 4, 9
SPARK, WIDE_SPARK = 12, 20
DETAIL_LEAST = 30
"""Cells of the detail for which the sparkline gives way, then what the container uses."""
WIDE_SPARK_FROM = 130
HOUR = 3600.0


class Columns(Struct, frozen=True):
    """The widths of a row's columns, 0 for one that is not there."""

    name: int
    now: int
    since: int
    spark: int
    cpu: int
    memory: int
    detail: int


def columns_at(width: int, longest_name: int, has_usage: bool, has_hour: bool = True) -> Columns:
    """The columns of a row of this width; `has_usage`: of some service it is known what its container uses;
    `has_hour`: the last hour of some service was not quiet."""
    name = max(NAME_LEAST, min(longest_name, NAME_MOST))
    left = width - 2 - name - 1 - NOW - 1 - SINCE - 2
    cpu = memory = 0
    if has_usage and left - CPU - MEMORY - 3 >= DETAIL_LEAST:
        cpu, memory = CPU, MEMORY
        left -= CPU + MEMORY + 3
    wanted = WIDE_SPARK if width >= WIDE_SPARK_FROM else SPARK
    spark = wanted if has_hour and left - wanted - 2 >= DETAIL_LEAST else 0
    left -= spark + 2 if spark else 0
    return Columns(name, NOW, SINCE, spark, cpu, memory, max(0, left))


def heading_pieces(columns: Columns, width: int) -> tuple[Piece, ...]:
    """The line above the rows that names their columns."""
    spark = "LAST HOUR"
    line = "".join(
        (
            "  ",
            fit("SERVICE", columns.name),
            " " + fit_right("NOW", columns.now),
            " " + fit_right("SINCE", columns.since),
            "  " + fit(spark, columns.spark) if columns.spark else "",
            " " + fit_right("CPU", columns.cpu) if columns.cpu else "",
            "  " + fit_right("MEMORY", columns.memory) if columns.memory else "",
            "  DETAIL",
        )
    )
    return (("muted", fit(line, width)),)


def row_pieces(
    state: ServiceState,
    look: str,
    glyph: str,
    name: str,
    word: str,
    age: str,
    now: datetime,
    because: str,
    columns: Columns,
    spark: str,
    is_selected: bool,
) -> Iterable[Piece]:
    """A whole row; a word that is a time has its unit, and an answer that is not fresh says how old it is."""
    yield look, glyph
    yield ("cursor", ">") if is_selected else ("", " ")
    yield ("selected" if is_selected else "", fit(name, columns.name))
    yield "", " "
    word = _with_unit(word) if is_timed(state) else word
    yield "", " " * (columns.now - width_of(word))
    yield look, fit(word, min(columns.now, width_of(word)))
    yield "muted", " " + fit_right(since_words(state, now), columns.since)
    if columns.spark:
        yield "muted", "  " + fit_right(spark, columns.spark)
    if columns.memory:
        cpu, memory, limit = usage_of(state)
        yield "", " " + fit_right(cpu_words(cpu), columns.cpu)
        yield "", "  " + fit_right(memory_words(memory, limit), columns.memory)
    said = summary_of(state, because)
    yield "", "  " + fit(f"answer {age} old; {said}" if age else said, columns.detail)


def _with_unit(word: str) -> str:
    """`21` as `21 ms`, `1.2s` as `1.2 s`; in brackets where it is."""
    bare = word.strip("()")
    if bare.removeprefix("<").isdecimal():
        said = f"{bare} ms"
    elif bare.endswith("s") and bare[:-1].replace(".", "").isdecimal():
        said = f"{bare[:-1]} s"
    else:
        return word
    return f"({said})" if word != bare else said


def since_words(state: ServiceState, now: datetime) -> str:
    """How long it is so, in steps: of what is not up, and of what is up for less than an hour; "" for others.

    `>` where nobody saw it begin, which of what is up tells nothing.
    """
    if not ages(state, now) or state.since is None:
        return ""
    at_least = ">" if state.since_at_least else ""
    return f"{at_least}{ago(stepped((now - state.since).total_seconds()))}"


def ages(state: ServiceState, now: datetime) -> bool:
    """Whether its row says since when it is so."""
    if state.since is None or state.status is Status.ABSENT:
        return False
    if state.status is not Status.UP:
        return True
    return not state.since_at_least and (now - state.since).total_seconds() < HOUR
