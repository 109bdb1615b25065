"""What a log is made of: lines, and the gaps where lines are missing.

Moments are nanoseconds since 1970, UTC. Spans are half open: `start` belongs to them, `end` does not.
"""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from msgspec import Struct

NO_LABELS: Mapping[str, str] = MappingProxyType({})

LINE_LIMIT = 16 * 1024
"""Characters kept of one line; Docker itself cuts lines at 16 KiB."""


class Level(IntEnum):
    """How grave a line is; UNKNOWN where unknown."""

    UNKNOWN = 0
    DEBUG = 1
    INFO = 2
    WARN = 3
    ERROR = 4
    CRITICAL = 5


class LogLine(Struct, frozen=True, gc=False):
    """One line as it was received: neither sanitised nor masked, so it is shown and kept through `shown` alone.

    `at` is the source's own moment, `service` an id ("" where a query was asked), `labels` are shared by all lines
    of a stream. Bytes that are no UTF-8 are surrogate escapes. `cut` counts what was left out behind LINE_LIMIT.
    """

    at: int
    service: str
    text: str
    labels: Mapping[str, str] = NO_LABELS
    cut: int = 0


Stream = tuple[str, str]


def stream_of(line: LogLine) -> Stream:
    """Whose stream a line stands in: its service, and whether it is standard output or error."""
    return line.service, line.labels.get("stream", "")


UNREAD = "not read yet"
HELD_BACK = "they came while you were reading above"


class Gap(Struct, frozen=True):
    """A span in which lines of a service are missing; `lost` is None where nobody counted them.

    `words` say why, as a clause: "the tail dropped them"; UNREAD and HELD_BACK where nothing is lost.
    """

    service: str
    start: int
    end: int
    lost: int | None
    words: str

    @property
    def is_unread(self) -> bool:
        """Whether its lines are at their source, and only not here."""
        return self.words in (UNREAD, HELD_BACK)


class Page(Struct, frozen=True):
    """Lines of a span, oldest first; `is_whole` when the span holds no others.

    `short` are moments of it of which the source gives not all lines, and how many it keeps back (None: unknown).
    """

    lines: list[LogLine]
    is_whole: bool
    short: tuple[tuple[int, int | None], ...] = ()


class Batch(Struct, frozen=True):
    """What came since the batch before: lines in any order, gaps that opened, gaps that are gone.

    `trouble` is "" or a sentence on why nothing comes; `is_counted` says whether missing lines would be noticed.
    """

    lines: list[LogLine]
    opened: tuple[Gap, ...] = ()
    closed: tuple[Gap, ...] = ()
    trouble: str = ""
    is_counted: bool = True
