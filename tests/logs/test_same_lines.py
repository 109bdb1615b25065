"""The panel and the command `logs` let the same lines through, whatever the filter and however the lines are paged."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from sutaz_tui.clock import SystemClock
from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.lines import Batch, Level, LogLine, Page
from sutaz_tui.logs.matching import Filter, Pattern
from sutaz_tui.output.log_printing import LogPrinter, Wanted
from tests.test_log_printing import Scripted

STEP = 150_000_000
TEXTS = (
    *("INFO user 7 logged in", "INFO user 77 logged in", "ERROR user 9 refused", "DEBUG a query", "no level"),
    *("    at Main.java:7", "\tat Shop.java:9", "", '  File "app.py", line 3, in get', "ValueError: user 77"),
    *(
        "Traceback (most recent call last):",
        "WARN slow",
        'INFO:     1.2.3.4:5 - "GET /health HTTP/1.1" 200 OK',
    ),
)
STREAMS = ({"stream": "stdout"}, {"stream": "stderr"})

lines = st.lists(
    st.tuples(st.sampled_from(TEXTS), st.integers(0, 4), st.sampled_from("ab"), st.integers(0, 1)),
    max_size=40,
)
filters = st.tuples(
    st.lists(st.sampled_from(("user 7", "!user 77", "/7[ :]/", "at", "!File")), max_size=2),
    st.sampled_from(Level),
)


def made(script: list[tuple[str, int, str, int]]) -> list[LogLine]:
    at, found = 0, []
    for number, (text, steps, service, stream) in enumerate(script):
        at += steps * STEP
        # No two share a moment: a page that was cut there would be in another order.
        found.append(LogLine(at + number, service, text, STREAMS[stream]))
    return found


def in_panel(all_lines: list[LogLine], filter: Filter, split: int) -> list[LogLine]:
    """What the panel shows: older lines are fetched later, a filter is set in between."""
    buffer = LogBuffer()
    buffer.add(Batch(all_lines[split:]))
    buffer.set_filter(filter)
    buffer.prepend(Page(all_lines[: split // 2], False))
    while not buffer.refilter(0):
        pass
    buffer.add(Batch(all_lines[split // 2 : split]))
    return sorted((line for entry in buffer.visible for line in entry.all()), key=lambda line: line.at)


def printed(all_lines: list[LogLine], filter: Filter, limit: int, most: int) -> list[str]:
    feeds = [Scripted(name, [line for line in all_lines if line.service == name], most) for name in "ab"]
    written: list[str] = []

    def form(some: object) -> bytes:
        assert isinstance(some, list | tuple)
        written.extend(line.text for line in some)
        return b""

    async def write(_: bytes) -> None:
        pass

    wanted = Wanted(0, 1 << 62, limit, filter)
    asyncio.run(LogPrinter(feeds, SystemClock(), wanted, form, write, written.append).run())
    return written


@settings(max_examples=300, deadline=None)
@given(lines, filters, st.integers(0, 40), st.integers(2, 7), st.integers(1, 60))
def test_panel_and_headless_give_the_same_lines(
    script: list[tuple[str, int, str, int]],
    wanted: tuple[list[str], Level],
    split: int,
    most: int,
    limit: int,
) -> None:
    all_lines = made(script)
    words, least = wanted

    def filter() -> Filter:
        return Filter(tuple(map(Pattern, words)), least, True)

    shown = [line.text for line in in_panel(all_lines, filter(), min(split, len(all_lines)))]
    assert printed(all_lines, filter(), 0, most) == shown
    assert printed(all_lines, filter(), limit, most) == shown[-limit:]
