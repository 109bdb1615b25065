"""Wanted metrics out of a Prometheus text exposition, found without reading the rest of it.

Format: Prometheus' text format 0.0.4, with OpenMetrics' exemplars passed over and the quoted names of UTF-8
metrics (`{"gpt-engineer_health_status"} 1`) understood.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sutaz_tui.model import Fact

START = "process_start_time_seconds"
"""When a process began, as every Prometheus client library tells it of its own."""

# A line longer than this is no sample that anybody wants; a series count above is cut.
LINE_LIMIT = 16 * 1024
SAMPLE_LIMIT = 5000

_LABEL = re.compile(r'[\s,]*+([^\s=,{}"]++)\s*+=\s*+"((?:[^"\\]|\\.)*+)"')
_QUOTED_NAME = re.compile(r'[\s,]*+"((?:[^"\\]|\\.)*+)"')
_VALUE = re.compile(r"[ \t]*+([+-]?(?:(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?|(?i:Inf|NaN)))(?=[ \t]|$)")
_CLOSING = re.compile(r"[\s,]*+\}")
_ANY_SAMPLE = re.compile(
    rb'^[ \t]*+(?:[A-Za-z_:][\w:]*+[ \t]*+(?:\{[^\n]*\})?|\{[ \t]*+"[^\n]*\})[ \t]*+(?<=[ \t}])[+-]?(?:\.?\d|(?i:Inf|NaN))',
    re.M,
)
_NAME = rb"[A-Za-z_:][\w:]*+"
_QUOTED = rb'"(?:[^"\\\n]|\\.)++"'
_LABELS = rb'\{(?:[^"{}\n]|' + _QUOTED + rb")*+\}"
_NUMBER = rb"[+-]?(?:(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?|[Ii]nf|[Nn]a[Nn])"
_PARSED = {
    knows_quoted: re.compile(
        rb"[ \t]*+(?:#(?![ \t]*+(?:HELP|TYPE)\b).*|#[ \t]*+(?:HELP|TYPE)[ \t]++(?:"
        + _NAME
        + (rb"|" + _QUOTED if knows_quoted else b"")
        + rb")(?:[ \t].*)?|(?:"
        + (rb"(?=\{)|" if knows_quoted else b"")
        + _NAME
        + rb")[ \t]*+(?:"
        + _LABELS
        + rb")?[ \t]*+(?<=[ \t}])"
        + _NUMBER
        + rb"(?:[ \t]++-?\d++)?[ \t]*+(?:#.*)?)?\r?"
    )
    for knows_quoted in (False, True)
}
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Sample:
    """One series: its name, labels and value (which may be NaN or infinite); timestamps are not kept."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def samples(body: bytes, names: Collection[str], *, is_cut: bool = False) -> Iterator[Sample]:
    """The samples of these metrics, in the order of the text, at most SAMPLE_LIMIT; malformed lines are left out.

    `is_cut`: the body ends anywhere, so a last line without its end is not believed. Labels and names are as
    sent, not sanitised.
    """
    if is_cut:
        body = body[: body.rfind(b"\n") + 1]
    found = 0
    for match in _lines_of(tuple(sorted(names))).finditer(body):
        if match.end() - match.start() > LINE_LIMIT:
            continue
        if (sample := _sample(match[0].decode("utf-8", "replace"), names)) is not None:
            yield sample
            found += 1
            if found == SAMPLE_LIMIT:
                return


class Scan:
    """The samples of these metrics and the number of series, from a body of any length as it comes.

    Only a line that is begun is kept; at most `most` bytes are read, `is_cut` says that there were more.
    """

    def __init__(self, names: Collection[str], most: int) -> None:
        self.samples: list[Sample] = []
        self.series = 0
        self.is_cut = False
        self._names = names
        self._left = most
        self._rest = b""
        self._is_passing = False

    def feed(self, part: bytes) -> bool:
        """Take the next part; whether more is wanted."""
        self._left -= len(part)
        self.is_cut = self._left < 0
        lines, newline, rest = part.rpartition(b"\n")
        if newline:
            self._take(b"" if self._is_passing else self._rest, lines)
            self._rest, self._is_passing = rest, False
        elif not self._is_passing:
            self._rest += rest
        if len(self._rest) > LINE_LIMIT:
            self._rest, self._is_passing = b"", True
        return not self.is_cut

    def end(self) -> None:
        """Take the last line, which may lack its end."""
        if not self.is_cut:
            self._take(self._rest, b"")
        self._rest = b""

    def _take(self, rest: bytes, lines: bytes) -> None:
        body = rest + lines
        if self._is_passing:
            # What is left of a line that was too long is none.
            body = body.partition(b"\n")[2]
        self.series += series(body)
        if self._names and len(self.samples) < SAMPLE_LIMIT:
            self.samples += samples(body, self._names)


def quantile(wanted: float, buckets: Iterable[Sample]) -> float | None:
    """The quantile of a classic histogram, linear within its bucket as Prometheus reads it; None of no observation."""
    counts: dict[float, float] = {}
    for bucket in buckets:
        with suppress(ValueError):
            bound = float(bucket.labels.get("le", ""))
            counts[bound] = counts.get(bound, 0) + bucket.value
    bounds = sorted(counts)
    if not bounds or not (total := counts[bounds[-1]]):
        return None
    low, below = 0.0, 0.0
    for bound in bounds:
        if counts[bound] >= wanted * total:
            if math.isinf(bound):
                return low
            return low + (bound - low) * (wanted * total - below) / (counts[bound] - below)
        low, below = bound, counts[bound]
    return low


def started(found: Iterable[Sample], name: str) -> dict[str, Fact]:
    """The fact when something began, in seconds since 1970 by this name; none where it is not told."""
    value = next((one.value for one in found if one.name == name), math.nan)
    if not 0 < value < datetime.now(UTC).timestamp():
        return {}
    return {"started": datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds")}


def series(body: bytes) -> int:
    """How many series the text holds, told by the look of its lines; 0 for what is no exposition."""
    return sum(1 for _ in _ANY_SAMPLE.finditer(body))


def unparsed(body: bytes, *, knows_quoted: bool) -> str:
    """The first line that Prometheus cannot parse, for which it refuses the whole page; "" for none.

    `knows_quoted`: names in quotes, which Prometheus 3 knows and 2 does not.
    """
    pattern = _PARSED[knows_quoted]
    return next(
        (line.decode("utf-8", "replace") for line in body.split(b"\n") if not pattern.fullmatch(line)), ""
    )


def _lines_of(names: tuple[str, ...]) -> re.Pattern[bytes]:
    choice = b"(?:" + b"|".join(re.escape(name.encode()) for name in names) + b")"
    return re.compile(rb"^[ \t]*+(?:" + choice + rb'(?=[ \t{])|\{[ \t]*+"' + choice + rb'")[^\n]*+', re.M)


def _sample(line: str, names: Collection[str]) -> Sample | None:
    name, brace, rest = line.strip().partition("{")
    labels: dict[str, str] = {}
    if brace and len(name.split()) < 2:
        name = name.strip()
        at = 0
        if not name and (quoted := _QUOTED_NAME.match(rest)):
            name, at = _unescaped(quoted[1]), quoted.end()
        while label := _LABEL.match(rest, at):
            labels[label[1]] = _unescaped(label[2])
            at = label.end()
        closing = _CLOSING.match(rest, at)
        if closing is None:
            return None
        rest = rest[closing.end() :]
    else:
        # No labels; a brace further on is an exemplar's.
        name, _, rest = line.strip().replace("\t", " ").partition(" ")
    value = _VALUE.match(rest)
    return Sample(name, float(value[1]), labels) if value is not None and name in names else None


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text) if "\\" in text else text
