"""A log to page through in tests: lines at moments that the test counts in milliseconds, and the screen as text."""

from collections.abc import Sequence

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.lines import NO_LABELS, Batch, Gap, LogLine
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.pager import LogPager
from sutaz_tui.logs.parsing.stamps import Times
from sutaz_tui.logs.rows import Row
from sutaz_tui.logs.shown import Safe
from sutaz_tui.text.sanitise import Secrets

START = 1_795_442_831_000_000_000
WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "frost",
    "grove",
    "heron",
    "iris",
    "jade",
    "kelp",
    "lotus",
    "maple",
)
TRACEBACK = (
    "Traceback (most recent call last):",
    '  File "/app/auth.py", line 12, in login',
    "    session = pool.take()",
    "ConnectionRefusedError: [Errno 111] refused",
)


def line(ms: float, text: str, service: str = "backend", **labels: str) -> LogLine:
    """One line so many milliseconds after START."""
    return LogLine(START + int(ms * 1_000_000), service, text, labels or NO_LABELS)


def different(number: int) -> str:
    """A text that is not alike those of neighbouring numbers."""
    return f"INFO {WORDS[number % len(WORDS)]} {WORDS[number // len(WORDS) % len(WORDS)]} stands"


def many(count: int, start: int = 0) -> list[LogLine]:
    """Lines a tenth of a second apart, from a number on."""
    return [line(100 * number, different(number)) for number in range(start, start + count)]


def message(number: int) -> str:
    """How the row of such a line ends."""
    return different(number).removeprefix("INFO ")


def gap(first: float, last: float, lost: int | None = 3) -> Gap:
    """Missing lines between two moments in milliseconds."""
    return Gap("backend", START + int(first * 1e6), START + int(last * 1e6), lost, "the tail dropped them")


class Reader:
    """Somebody who reads a log on a screen of this size; all clocks are UTC."""

    def __init__(self, *lines: LogLine, width: int = 80, height: int = 10, limit: int = 50_000) -> None:
        self.buffer = LogBuffer(limit)
        self.pager = LogPager(self.buffer, Safe(Secrets()))
        self.pager.times = Times.UTC
        self.width, self.height = width, height
        if lines:
            self.come(*lines)
        self.pager.page(width, height)

    def search(self, by: int, itself: bool = False) -> bool:
        """Whether the pager's search came to a match."""
        steps = self.pager.search(by, itself)
        while True:
            try:
                next(steps)
            except StopIteration as ended:
                return bool(ended.value)

    def find(self, words: str) -> bool:
        """Look for a text as the panel does: from the selection on, else above it."""
        self.pager.sought = Pattern(words)
        return self.search(1, itself=True) or self.search(-1, itself=True)

    def come(self, *lines: LogLine, opened: Sequence[Gap] = ()) -> None:
        """These lines arrive."""
        self.buffer.add(Batch(list(lines), opened=tuple(opened)))

    @property
    def rows(self) -> list[Row]:
        return self.pager.page(self.width, self.height)

    @property
    def screen(self) -> list[str]:
        return [text_of(row) for row in self.rows]

    @property
    def y(self) -> int:
        """The row of the selection, -1 when none is shown."""
        return next((y for y, row in enumerate(self.rows) if is_selected(row)), -1)

    @property
    def here(self) -> str:
        """The selected row without its stamp and signs."""
        return self.screen[self.y][16:]


def text_of(row: Row) -> str:
    """A row as text."""
    return "".join(text for text, _ in row).rstrip()


def is_selected(row: Row) -> bool:
    """Whether a row is shown as the selection."""
    return any(role == "selected" for _, role in row)
