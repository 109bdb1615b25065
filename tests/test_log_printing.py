"""Pages put together to a span, what is missing told, and following that goes on where the span ends."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sutaz_tui.clock import SystemClock
from sutaz_tui.errors import TimedOut, WrongQuery
from sutaz_tui.logs.feed import Feed, Unindexed
from sutaz_tui.logs.following.history import History
from sutaz_tui.logs.lines import Batch, Gap, Level, LogLine, Page
from sutaz_tui.logs.matching import Filter, Pattern
from sutaz_tui.logs.shown import Safe
from sutaz_tui.output.log_printing import LogPrinter, Wanted
from sutaz_tui.output.logs import form
from sutaz_tui.text.sanitise import Secrets
from tests.loopback import until
from tests.servers.waiting import patient

SECOND = 1_000_000_000


class Scripted(Unindexed):
    """A feed whose lines a test writes; it gives at most `most` lines a page."""

    def __init__(self, service: str, lines: Sequence[LogLine], most: int = 1000) -> None:
        self.service = service
        self.way = f"script {service}"
        self.late = 0
        self.kept = sorted(lines, key=lambda line: line.at)
        self.most = most
        self.batches: list[Batch] = []
        self.is_due: Callable[[int], bool] = lambda number: True
        self.error: Exception | None = None

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        if self.error is not None:
            raise self.error
        found = [line for line in self.kept if start <= line.at < end]
        most = min(limit, self.most)
        return Page(found[-most:] if newest else found[:most], len(found) <= most)

    async def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        yield Batch([line for line in self.kept if line.at >= after])
        for number, batch in enumerate(self.batches):
            await until(partial(self.is_due, number))
            yield batch
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        pass


def line(at: int, service: str = "a", text: str = "") -> LogLine:
    return LogLine(at, service, text or f"INFO {service} {at}")


class Printed:
    """What a printer wrote and told; `until` ends it once so many lines are there."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.told: list[str] = []
        self._more = asyncio.Event()

    async def write(self, data: bytes) -> None:
        self.texts += data.decode().splitlines()
        self._more.set()

    def tell(self, words: str) -> None:
        self.told.append(words)
        self._more.set()

    def printer(self, *feeds: Feed, **wanted: Any) -> LogPrinter:
        made = Wanted(**{"start": 0, **wanted})
        return LogPrinter(
            feeds, SystemClock(), made, form("raw", Safe(Secrets()), False, False), self.write, self.tell
        )

    async def until(self, printer: LogPrinter, lines: int, told: int = 0) -> None:
        running = asyncio.create_task(printer.run())
        try:
            async with asyncio.timeout(patient(10)):
                while len(self.texts) < lines or len(self.told) < told:
                    self._more.clear()
                    await self._more.wait()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


moments = st.lists(st.integers(0, 40), max_size=60)


@settings(max_examples=150)
@given(st.lists(moments, min_size=1, max_size=3), st.integers(0, 70), st.booleans())
async def test_every_line_of_a_span_is_given_once_and_in_order(
    script: list[list[int]], limit: int, is_filtered: bool
) -> None:
    # No moment holds more lines than a page, or they could not all be asked for.
    most = max([2, *(count for each in script for count in Counter(each).values())]) + 1
    feeds = [
        Scripted(str(number), [line(at, str(number), f"{n % 2} {n}") for n, at in enumerate(each)], most)
        for number, each in enumerate(script)
    ]
    history = History(feeds, 0, 41)

    def passing(
        lines: Sequence[LogLine], before: Sequence[LogLine] = (), after: Sequence[LogLine] = ()
    ) -> Sequence[LogLine]:
        return [each for each in lines if each.text.startswith("1")] if is_filtered else lines

    if limit:
        got = await history.newest(limit, passing)
    else:
        got = [each async for part in history.all() for each in passing(part)]
    everything = sorted((each for feed in feeds for each in passing(feed.kept)), key=lambda each: each.at)
    assert [each.at for each in got] == [each.at for each in everything[-limit:]]
    if not limit or limit >= len(everything):
        assert Counter(map(repr, got)) == Counter(map(repr, everything))
    assert (history.gaps, history.troubles) == ([], [])


@pytest.mark.parametrize("limit", [0, 100])
async def test_what_a_source_cannot_give_is_told_as_missing(limit: int) -> None:
    crowd = [line(5, text=f"INFO {n}") for n in range(10)]
    feed = Scripted("a", [line(1), *crowd, line(9)], most=4)
    printed = Printed()
    printer = printed.printer(feed, limit=limit, end=10)
    await printer.run()
    assert printed.texts[0] == "INFO a 1" and printed.texts[-1] == "INFO a 9"
    assert printer.is_lossy
    assert len(printed.told) == 1
    assert printed.told[0].startswith("lines of a at ")


class Overfull(Scripted):
    """As Loki: of one moment it gives no more than so many lines, and cannot be asked for the others."""

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        whole = await super().page(start, end, limit, newest)
        counted: Counter[int] = Counter()
        given = []
        for each in whole.lines:
            counted[each.at] += 1
            if counted[each.at] <= 200:
                given.append(each)
        return Page(given, whole.is_whole and len(given) == len(whole.lines))


@pytest.mark.parametrize("limit", [0, 1000])
async def test_a_moment_with_more_lines_than_loki_gives_is_told_as_missing(limit: int) -> None:
    crowd = [line(5, text=f"INFO {n}") for n in range(300)]
    feed = Overfull("a", [line(1), *crowd, line(9)])
    printed = Printed()
    printer = printed.printer(feed, limit=limit, end=10)
    await printer.run()
    assert len(printed.texts) == 202
    assert printer.is_lossy
    assert len(printed.told) == 1
    calm = Printed()
    printer = calm.printer(Overfull("a", [line(1), *crowd[:150], line(9)]), limit=limit, end=10)
    await printer.run()
    assert (len(calm.texts), calm.told, printer.is_lossy) == (152, [], False)


async def test_one_source_that_fails_does_not_keep_the_others_from_being_printed() -> None:
    good, bad = Scripted("a", [line(1)]), Scripted("b", [])
    bad.error = TimedOut("Loki", "no answer within 5 s")
    for limit in (0, 10):
        printed = Printed()
        printer = printed.printer(good, bad, limit=limit, end=10)
        await printer.run()
        assert (printed.texts, printed.told) == (["INFO a 1"], ["Loki: no answer within 5 s"])
        assert printer.has_trouble and not printer.is_lossy


@pytest.mark.parametrize("limit", [0, 10])
@pytest.mark.parametrize("follows", [False, True])
async def test_a_wrong_query_ends_it(limit: int, follows: bool) -> None:
    feed = Scripted("a", [])
    feed.error = WrongQuery("Loki", "parse error", 1, 7)
    with pytest.raises(WrongQuery):
        await Printed().printer(feed, limit=limit, follows=follows).run()


@pytest.mark.parametrize("is_filled", [False, True])
async def test_gaps_are_told_and_forgotten_when_their_lines_came(is_filled: bool) -> None:
    at = int(SystemClock().now().timestamp()) * SECOND
    feed = Scripted("a", [line(at, text="INFO 0")])
    first, second = (Gap("a", at + n, at + n + 1, n, "the tail dropped them") for n in (640, 641))
    feed.batches = [
        Batch([line(at + SECOND, text="INFO 1")], opened=(first, second)),
        Batch([line(at + 2 * SECOND, text="INFO 2")], closed=(first, second) if is_filled else (first,)),
        Batch([line(at + 3 * SECOND, text="INFO 3")], trouble="Loki: refused"),
        Batch([line(at + 4 * SECOND, text="INFO 4")]),
    ]
    printed = Printed()
    feed.is_due = lambda number: len(printed.texts) > number
    printer = printed.printer(feed, start=at - SECOND, follows=True)
    await printed.until(printer, lines=5)
    assert printed.texts == [f"INFO {number}" for number in range(5)]
    assert [words.partition(" at ")[0] for words in printed.told] == [
        "640 lines of a",
        "641 lines of a",
        "Loki: refused",
        "stream resumed",
    ]
    assert printer.is_lossy is not is_filled


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"limit": 0},
        {"limit": 3},
        {"filter": Filter((Pattern("/INFO/"),))},
        {"filter": Filter(least=Level.INFO), "limit": 0},
    ],
)
async def test_following_repeats_nothing_of_the_history_and_leaves_nothing_out(
    wanted: dict[str, Any],
) -> None:
    now = int(SystemClock().now().timestamp() * SECOND)
    old = [line(now - (50 - n) * SECOND // 10, text=f"INFO {n}") for n in range(50)]
    # Two equal lines of one moment are two lines.
    old.append(old[-1])
    feed, other = Scripted("a", old), Scripted("b", [line(now - 100 * SECOND, "b", "INFO quiet")])
    feed.batches = [Batch([line(now + SECOND + n, text=f"INFO new {n}")]) for n in range(5)]
    printed = Printed()
    printer = printed.printer(feed, other, start=now - 200 * SECOND, follows=True, **wanted)
    expected = ["INFO quiet", *(each.text for each in old)]
    expected = expected[-wanted["limit"] :] if wanted.get("limit") else expected
    expected += [f"INFO new {n}" for n in range(5)]
    await printed.until(printer, lines=len(expected))
    assert printed.texts == expected


async def test_lines_older_than_wanted_are_not_printed_when_they_are_followed() -> None:
    now = int(SystemClock().now().timestamp() * SECOND)
    feed = Scripted("a", [line(now - 7200 * SECOND, text="INFO old")])
    feed.batches = [Batch([line(now - 7200 * SECOND, text="INFO old"), line(now + SECOND, text="INFO new")])]
    printed = Printed()
    await printed.until(printed.printer(feed, start=now - 60 * SECOND, follows=True), lines=1)
    assert printed.texts == ["INFO new"]


async def test_when_counting_stops_and_begins_again_that_is_said() -> None:
    feed = Scripted("a", [line(1)])
    feed.batches = [Batch([line(20)], is_counted=False), Batch([line(21)]), Batch([line(22)])]
    printed = Printed()
    feed.is_due = lambda number: number == 0 or bool(printed.told)
    printer = printed.printer(feed, limit=10, follows=True)
    running = asyncio.ensure_future(printer.run())
    await until(lambda: len(printed.told) == 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "not counted here" in printed.told[0] and "counted again" in printed.told[1]
