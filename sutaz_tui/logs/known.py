"""Whether a line is one that is known already: what makes a line that line, and how many of equal ones there were."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from sutaz_tui.logs.lines import LogLine

GUESSED = "detected_level"
"""No part of a stream: Loki guesses it line by line, and its tail may leave it out."""

Stream = frozenset[tuple[str, str]]
Identity = tuple[int, str, str, int, Stream]


def stream(labels: Mapping[str, str]) -> Stream:
    """What names the stream that a line came in, among its labels."""
    return frozenset(item for item in labels.items() if item[0] != GUESSED)


def identities(lines: Collection[LogLine]) -> Iterator[Identity]:
    """Of each line what is the same when it is given twice."""
    # The lines of a stream share their labels, which stay alive as long as the lines are held.
    streams: dict[int, Stream] = {}
    for line in lines:
        named = streams.get(id(line.labels))
        if named is None:
            named = streams[id(line.labels)] = stream(line.labels)
        yield line.at, line.service, line.text, line.cut, named


def counted(lines: Collection[LogLine]) -> Counter[Identity]:
    """What lines are known by, and how many are equal."""
    return Counter(identities(lines))


def without(known: Counter[Identity], lines: list[LogLine]) -> list[LogLine]:
    """The lines that are not known; each known one is taken out once, of `known` too."""
    if not known:
        return lines
    fresh = []
    for line, key in zip(lines, identities(lines), strict=True):
        if known.get(key):
            known[key] -= 1
        else:
            fresh.append(line)
    return fresh
