"""A log's lines clustered into patterns: the same words, with a sign in place of what differs from line to line.

First lines that are alike (`alike`) are one, then those of as many words of which at least SAME are equal.
"""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from sutaz_tui.logs.alike import ANY, HEX_DIGITS, Example, template
from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.lines import Level, LogLine
from sutaz_tui.logs.parsing.records import is_traceback
from sutaz_tui.logs.parsing.shapes import read

SAME = 0.5
"""Part of the words that two patterns must share to become one."""
CELLS = 16
"""Steps in which a trend is told."""
MOST = 2000
"""Kinds of lines that are told apart; what comes beyond them is counted as others."""
WORDS = 60
"""Words of a line by which it is compared."""
LONGEST = 400
"""Characters of an expression: it must have room where it is typed."""
_DIGIT = re.compile(r"\d")


class Cluster(Struct):
    """Lines of one pattern: how many, when first and last (nanoseconds), and how many in each step of the span.

    `words` are its message, `raw` the whole line, both with ANY in place of what differs.
    """

    service: str
    level: Level
    words: list[str]
    raw: list[str]
    lines: int
    first: int
    last: int
    trend: list[int] = field(default_factory=lambda: [0] * CELLS)
    is_traceback: bool = False

    @property
    def text(self) -> str:
        """The pattern as it is shown."""
        return " ".join(self.words)

    @property
    def expression(self) -> str:
        """A regular expression that finds its lines."""
        return expression_of(self.raw)

    def takes(self, other: "Cluster") -> bool:
        """Whether the other one is of the same pattern."""
        if (self.service, self.level, self.is_traceback) != (other.service, other.level, other.is_traceback):
            return False
        if len(self.words) != len(other.words) or len(self.raw) != len(other.raw):
            return False
        differing = [both for both in zip(self.words, other.words, strict=True) if both[0] != both[1]]
        if any(_DIGIT.search(one) and _DIGIT.search(other) for one, other in differing):
            # Of numbers only those that matter are still there.
            return False
        return len(differing) <= (1 - SAME) * len(self.words) and self.words[0] == other.words[0]

    def take(self, other: "Cluster") -> None:
        """Add the other one's lines."""
        self.words = [_either(*both) for both in zip(self.words, other.words, strict=True)]
        self.raw = [_either(*both) for both in zip(self.raw, other.raw, strict=True)]
        self.lines += other.lines
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.trend = [one + two for one, two in zip(self.trend, other.trend, strict=True)]


class Clusters:
    """Sorts the lines of [start, end) into clusters as they come, in any order; `others` are beyond MOST kinds."""

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end
        self.lines = self.others = 0
        self._step = max(1, -(-(end - start) // CELLS))
        self._kinds: dict[tuple[str, bytes], list[tuple[Example, Cluster]]] = {}
        self._number = 0
        self._loose: list[Cluster] = []

    def add(self, entries: Iterable[Entry]) -> None:
        """Count entries of one line or of one record; gaps are none."""
        for entry in entries:
            if entry.line is not None:
                self._add(entry, entry.line)

    def add_known(self, cluster: Cluster) -> None:
        """Take in what a source found by itself."""
        self._loose.append(cluster)
        self.lines += cluster.lines

    def place(self, at: int) -> int:
        """The step of a trend in which a moment lies."""
        return min(CELLS - 1, max(0, (at - self.start) // self._step))

    def _add(self, entry: Entry, line: LogLine) -> None:
        self.lines += 1
        is_python = False
        raw_text = line.text
        if said := entry.error:
            is_python = is_traceback(line.text)
            # The line that says so, or the last part of it.
            texts = (one.text for one in reversed(entry.all()) if one.text.strip())
            raw_text = next((text for text in texts if said.endswith(text.strip())), said)
            line = LogLine(line.at, line.service, said, line.labels)
        raw = line.text.encode("utf-8", "surrogatepass")
        kinds = self._kinds.setdefault((line.service, raw.translate(None, HEX_DIGITS)), [])
        found = next((cluster for example, cluster in kinds if example.is_like(line, raw)), None)
        if found is None:
            if self._number >= MOST:
                self.others += 1
                return
            self._number += 1
            found = _cluster(line, raw_text, entry.level, is_python)
            kinds.append((Example(line), found))
        found.lines += 1
        found.first, found.last = min(found.first, line.at), max(found.last, line.at)
        found.trend[self.place(line.at)] += 1

    def found(self) -> list[Cluster]:
        """The clusters, the largest first."""
        made = [cluster for kinds in self._kinds.values() for _, cluster in kinds] + self._loose
        joined: list[Cluster] = []
        by_shape: dict[tuple[str, Level, int, str], list[Cluster]] = {}
        for cluster in sorted(made, key=lambda one: -one.lines):
            first = cluster.words[0] if cluster.words else ""
            near = by_shape.setdefault((cluster.service, cluster.level, len(cluster.words), first), [])
            one = next((one for one in near if one.takes(cluster)), None)
            if one is None:
                one = Cluster(
                    cluster.service,
                    cluster.level,
                    cluster.words,
                    cluster.raw,
                    0,
                    cluster.first,
                    cluster.last,
                    is_traceback=cluster.is_traceback,
                )
                near.append(one)
                joined.append(one)
            one.take(cluster)
        return sorted(joined, key=lambda one: -one.lines)


def _cluster(line: LogLine, raw_text: str, level: Level, is_python: bool) -> Cluster:
    words = template(read(line).message).split()[:WORDS]
    raw = template(raw_text).split()[:WORDS]
    return Cluster(line.service, level, words or [ANY], raw, 0, line.at, line.at, is_traceback=is_python)


def _either(one: str, other: str) -> str:
    """What two words have in common: a name before `=` or `:`, else nothing."""
    if one == other:
        return one
    name = re.match(r"[^=:]{1,80}[=:]\"?", one)
    return name[0] + ANY if name and other.startswith(name[0]) else ANY


def expression_of(words: Sequence[str]) -> str:
    """A regular expression for lines of these words; as many of them, from the end on, as it has room for."""
    kept: list[str] = []
    room = LONGEST
    for word in reversed(words):
        part = r"\S+".join(re.escape(piece) for piece in word.split(ANY))
        room -= len(part) + 3
        if room < 0:
            break
        kept.append(part)
    while kept and kept[-1] == r"\S+":
        # What differs in front says nothing.
        kept.pop()
    return r"\s+".join(reversed(kept)) or r"\S"
