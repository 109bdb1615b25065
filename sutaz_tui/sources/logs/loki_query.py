"""The parts of a LogQL query that other questions are made of."""

import json
import re
from collections.abc import Iterable, Mapping

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`', re.DOTALL)
_SELECTOR = re.compile(r'\{(?:[^"`{}]|"(?:[^"\\]|\\.)*+"|`[^`]*+`)*+\}', re.DOTALL)
_PARSER = re.compile(r"\|\s*(?:json|logfmt|unpack|regexp|pattern|label_format|line_format|unwrap|distinct)\b")

COUNT_BEFORE = "sum(count_over_time("
LEVELS_BEFORE = "sum by (level, detected_level) (count_over_time("


def selector(query: str) -> str:
    """The part in braces, which is all that the index knows; the query itself where there is none."""
    bare = _without_comments(query)
    # The first brace opens it; a search from every one would take minutes of a long query that never closes any.
    found = _SELECTOR.match(bare, max(0, bare.find("{")))
    return found[0] if found else query


def by_streams(query: str, streams: Iterable[Mapping[str, str]]) -> list[str]:
    """The query for each of these streams alone; [] where it has no selector."""
    bare = _without_comments(query)
    found = _SELECTOR.match(bare, max(0, bare.find("{")))
    if found is None:
        return []
    before, behind = bare[: found.start()], bare[found.end() :]
    written = (
        ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items())
        for labels in streams
    )
    return [f"{before}{{{labels}}}{behind}" for labels in written]


def counting(query: str, milliseconds: int) -> str:
    """The query that counts the lines of `query`; its text starts behind COUNT_BEFORE.

    A stage that cannot read a line marks it with __error__ and lets it through; a count fails over such marks.
    """
    bare = _without_comments(query).rstrip()
    stages = _QUOTED.sub('""', bare)
    unmarked = " | drop __error__, __error_details__" if _PARSER.search(stages) else ""
    return f"{COUNT_BEFORE}{bare}{unmarked}[{milliseconds}ms]))"


def counting_levels(query: str, milliseconds: int) -> str:
    """The query that counts the lines of `query` by the level in their labels; its text starts behind LEVELS_BEFORE."""
    inner = counting(query, milliseconds)[len(COUNT_BEFORE) :]
    return f"{LEVELS_BEFORE}{inner}"


def _without_comments(query: str) -> str:
    """The query with every comment (`#` up to the end of its line) as long a run of blanks."""
    if "#" not in query:
        return query
    return re.sub(
        _QUOTED.pattern + r"|#[^\n]*",
        lambda found: " " * len(found[0]) if found[0].startswith("#") else found[0],
        query,
        flags=re.DOTALL,
    )
