"""Whatever Loki does: the lines that are handed out are those that were sent, or the number missing is exact."""

import asyncio
from collections import Counter

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from sutaz_tui.errors import BadAnswer, Refused, SourceError, TailEnded, TimedOut, TooMany
from sutaz_tui.logs.following.loki_feed import LokiFeed
from sutaz_tui.logs.following.loki_following import Bounds
from sutaz_tui.logs.following.tail import LogTail
from sutaz_tui.logs.lines import Gap
from sutaz_tui.text.moments import SECOND
from tests.hand_clock import HandClock, settle
from tests.logs.following.scripted_loki import TITLE, Key, ScriptedLoki, key
from tests.logs.following.taker import Taker

# So small that pages, their borders and being behind are met all the time.
PAGE = 4
# A line arrives at most this much behind its moment: minutes are counted 20 s after their end.
LATEST = 15 * SECOND

Step = tuple[object, ...]

ERRORS = (
    TooMany(TITLE, "answers 429"),
    Refused(TITLE, ":3100 reset the connection"),
    BadAnswer(TITLE, "answers 500"),
    TimedOut(TITLE, "no answer within 20 s"),
)
HOW = st.sampled_from(["tail", "twice", "slow", "told", "lost"])
# Lines of a first page, of the seven that are there; 0 asks for none.
FIRST = st.sampled_from([0, 1, 5, 9])
STREAM = st.sampled_from(["stdout", "stderr"])

sends = st.tuples(st.just("send"), HOW, st.integers(1, 9), st.integers(0, LATEST), STREAM)
few = st.tuples(st.just("send"), HOW, st.integers(1, 4), st.integers(0, 4 * SECOND), STREAM)
# Several lines of few texts at few moments: equal ones, borders inside one moment, moments that overfill a page.
crowds = st.tuples(
    st.just("crowd"), HOW, st.lists(st.integers(0, 8), min_size=1, max_size=14), st.integers(1, 3)
)
floods = st.tuples(st.just("flood"), HOW, st.integers(20, 90), st.integers(1, 3))
waits = st.tuples(st.just("wait"), st.sampled_from([0.05, 0.4, 1.0, 3.0, 7.0, 25.0, 70.0]))
breaks = st.tuples(st.just("break"), st.booleans())
fails = st.tuples(
    st.just("fail"),
    st.sampled_from(["range", "count", "size", "tail"]),
    st.sampled_from(ERRORS),
    st.integers(1, 4),
)
refuses = st.tuples(st.just("refuse"), st.integers(0, 20), st.integers(1, 20))
sockets = st.tuples(st.just("socket"), st.booleans())
latencies = st.tuples(st.just("latency"), st.sampled_from([0.0, 0.2, 2.0, 9.0]))
stalls = st.tuples(st.just("stall"), st.booleans())

everything = st.one_of(
    sends, sends, crowds, floods, waits, waits, breaks, fails, refuses, sockets, stalls, latencies
)
harmless = st.one_of(few, few, crowds, waits, waits, breaks, fails, sockets, latencies)


async def take_step(step: Step, loki: ScriptedLoki, clock: HandClock, taker: Taker) -> None:
    now = loki.now()
    match step:
        case "send", str(by), int(count), int(late), str(stream):
            loki.send([f"line {number}" for number in range(count)], now - late, stream, by)
        case "crowd", str(by), list(moments), int(streams):
            for number, moment in enumerate(moments):
                loki.send([f"text {moment % 2 + number // 3}"], now + moment // 3, f"s{number % streams}", by)
        case "flood", str(by), int(count), int(crowd):
            for moment in range(0, count, crowd):
                for number in range(crowd):
                    loki.send([f"flood {number}"], now + moment, by=by)
        case "wait", float(seconds):
            await clock.advance(seconds)
        case "break", bool(is_end):
            loki.break_tails(TailEnded(TITLE, "tail max duration") if is_end else None)
        case "fail", str(what), SourceError() as error, int(times):
            loki.fail(what, error, times)
        case "refuse", int(before), int(after):
            loki.refused.append((now - before * SECOND, now + after * SECOND))
        case "socket", bool(has_socket):
            loki.has_socket = has_socket
        case "latency", float(seconds):
            loki.latency = seconds
        case "stall", bool(is_stalled):
            taker.go_on.clear() if is_stalled else taker.go_on.set()
        case _:
            raise AssertionError(f"no such step: {step}")
    await settle()


async def play(
    script: list[Step], loki: ScriptedLoki, feeds: list[LokiFeed], first: int, waiting: int
) -> tuple[set[Key], list[Gap]]:
    """The lines that are missing in the end, and the gaps that are open.

    A line older than where the following began need not come, unless a gap tells of it: it was late.
    """
    clock = loki.clock
    loki.send([f"before {number}" for number in range(7)])
    await clock.advance(1)
    tail = LogTail(feeds, clock, waiting=waiting)
    after, shown = loki.now(), []
    if first:
        shown = (await tail.first(first)).lines
        after = shown[-1].at
    async with Taker(tail.batches(after)) as taker:
        for step in script:
            await take_step(step, loki, clock, taker)
        loki.failures.clear()
        loki.has_socket = True
        loki.latency = 0.0
        taker.go_on.set()
        await clock.advance(300)
    await tail.aclose()
    came = Counter(key(line) for line in [*shown, *taker.lines])
    assert not [line for line, times in came.items() if times > 1], "a line was handed out twice"
    assert came.keys() <= loki.keys
    event(f"gaps were closed: {any(batch.closed for batch in taker.taken)}")
    missing = {
        line
        for line in loki.keys - came.keys()
        if line[0] >= after or any(gap.start <= line[0] < gap.end for gap in taker.gaps)
    }
    return missing, taker.gaps


# One of nine lines is older than where the following began, and late: it is told, not shown.
@example(
    [("send", "tail", 1, 0, "stdout")] * 3
    + [("send", "tail", 5, 0, "stderr"), ("send", "told", 9, SECOND - 4, "stdout")],
    5, False, (20_000, 60_000),
)  # fmt: skip
@settings(max_examples=200)
@given(
    st.lists(everything, min_size=3, max_size=30),
    FIRST,
    st.booleans(),
    st.sampled_from([(20_000, 60_000), (20, 30)]),
)
def test_lines_are_those_sent_or_the_number_missing_is_exact(
    script: list[Step], first: int, is_one_of_two: bool, bounds: tuple[int, int]
) -> None:
    async def run() -> tuple[set[Key], list[Gap]]:
        clock = HandClock()
        loki = ScriptedLoki(clock, page_limit=PAGE)
        feeds = [LokiFeed(loki, clock, "api", "{}", "loki", 10_000, bounds=Bounds(*bounds), seed=1)]
        if is_one_of_two:
            other = ScriptedLoki(clock, service="other")
            feeds.append(LokiFeed(other, clock, "other", "{}", "loki", 10_000, seed=1))
        return await play(script, loki, feeds, first, waiting=bounds[0])

    missing, gaps = asyncio.run(run())
    event(f"missing: {bool(missing)}")
    lost = [gap.lost for gap in gaps]
    assert None not in lost
    assert sum(number or 0 for number in lost) == len(missing)
    for at, _, _ in missing:
        assert any(gap.start <= at < gap.end for gap in gaps), "a line is missing beside the gaps"


@settings(max_examples=200)
@given(st.lists(harmless, min_size=3, max_size=30), FIRST)
def test_without_a_count_nothing_is_missing_that_ranges_give(script: list[Step], first: int) -> None:
    """Counting mends what reading missed, so here nothing is counted."""

    async def run() -> tuple[set[Key], list[Gap]]:
        clock = HandClock()
        loki = ScriptedLoki(clock, page_limit=60)
        feed = LokiFeed(loki, clock, "api", "{}", "loki", count_below=0, seed=1)
        return await play(script, loki, [feed], first, waiting=20_000)

    assert asyncio.run(run()) == (set(), [])
