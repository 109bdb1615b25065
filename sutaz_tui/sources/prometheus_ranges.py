"""What a range of PromQL or LogQL gives, series by series, and what a server says of a query that it cannot read."""

import math
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sutaz_tui.errors import BadAnswer, SourceError, WrongQuery
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.sanitise import one_line

MOST_SERIES = 50
"""Series that are kept of an answer: those with the highest values."""

FEW = 6
"""Series up to which they stay in the server's order; of more the highest stand first."""

LABELS, LABEL = 40, 200
_PLACE = re.compile(r"(?:^|\s)(\d{1,6}):(\d{1,6}): (?:parse error: )?(.*)", re.DOTALL)
_PARAMETER = re.compile(r'^invalid parameter "\w{1,20}": ')


class RangeSeries(Struct, frozen=True):
    """One series: its labels, and Unix seconds with values in order of time, None where it has no number."""

    labels: dict[str, str]
    points: tuple[tuple[float, float | None], ...]


class Ranges(Struct, frozen=True):
    """What one question gave: MOST_SERIES at most, of `total`."""

    series: tuple[RangeSeries, ...]
    total: int


def ranges_of(title: str, found: Any) -> Ranges:
    """The series of a matrix; BadAnswer where it is none, or holds histograms alone."""
    try:
        if any("histograms" in entry and "values" not in entry for entry in found):
            words = "the query gives native histograms; wrap it in histogram_quantile() or histogram_count()"
            raise BadAnswer(title, words)
        highest = sorted(found, key=_highest)[:MOST_SERIES] if len(found) > FEW else found
        return Ranges(
            tuple(RangeSeries(_labels(entry["metric"]), _points(entry["values"])) for entry in highest),
            len(found),
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadAnswer(
            title, "the answer to the query holds no ranges of numbers; is this the right port?"
        ) from error


def wrong_query(title: str, error: UnexpectedStatus) -> SourceError:
    """What a refusal of a query says, with its place where the server names one; any other error as it is."""
    if error.answer.status not in (400, 422):
        return error
    try:
        body = error.answer.json()
    except BadAnswer:
        return error
    said = body.get("error") if isinstance(body, dict) else None
    if not isinstance(said, str) or not said:
        return error
    said = _PARAMETER.sub("", said)
    if (place := _PLACE.search(said)) is not None:
        return WrongQuery(title, one_line(place[3], 300), int(place[1]), int(place[2]))
    return WrongQuery(title, one_line(said, 300))


def _highest(entry: Mapping[str, Any]) -> float:
    values = [float(value) for _, value in entry["values"]]
    return -max((value for value in values if math.isfinite(value)), default=-math.inf)


def _labels(found: Any) -> dict[str, str]:
    """The labels, bounded; they are outside text, cleaned where they are shown."""
    return {str(name)[:LABEL]: str(value)[:LABEL] for name, value in [*found.items()][:LABELS]}


def _points(values: Any) -> tuple[tuple[float, float | None], ...]:
    found = ((float(at), float(value)) for at, value in values)
    return tuple((at, None if math.isnan(value) else value) for at, value in found)
