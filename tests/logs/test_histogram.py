"""How many lines a log had when: counted by its source, or by us."""

import pytest

from sutaz_tui.logs.feed import Counted
from sutaz_tui.logs.histogram import SPANS, Histogram, counting, step_for
from sutaz_tui.logs.lines import Level
from sutaz_tui.text.moments import DAY, MINUTE, SECOND
from tests.logs.scripted_feed import ScriptedFeed, line

NOW = 1795442400


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("most", [20, 65, 145])
def test_every_span_falls_into_usual_steps_that_the_screen_has_room_for(span: int, most: int) -> None:
    histogram = Histogram.of(NOW * SECOND, span, most)
    assert 1 <= len(histogram.all) <= most + 1
    assert histogram.start <= NOW * SECOND - span + histogram.step and histogram.end > NOW * SECOND
    assert histogram.start % histogram.step == 0, "columns begin at round moments"


def test_a_step_is_as_short_as_the_room_allows() -> None:
    assert step_for(60 * MINUTE, 60) == MINUTE
    assert step_for(60 * MINUTE, 59) == 2 * MINUTE
    assert step_for(30 * DAY, 30) == DAY


async def counted(histogram: Histogram, *feeds: ScriptedFeed) -> int:
    steps = 0
    async for _ in counting(feeds, histogram):
        steps += 1
    return steps


async def test_what_a_source_does_not_count_is_read_newest_first() -> None:
    lines = [line(NOW - 3000 + n / 20, "INFO: tick") for n in range(50_000)]
    lines += [line(NOW - 100, "ERROR: one"), line(NOW - 100, "FATAL: two"), line(NOW - 99, "WARNING: three")]
    lines.append(line(NOW - 4000, "ERROR: before"))
    feed = ScriptedFeed("backend", *sorted(lines, key=lambda one: one.at))
    histogram = Histogram.of(NOW * SECOND, 60 * MINUTE, 60)
    seen = []
    async for _ in counting([feed], histogram):
        seen.append((histogram.reached, sum(histogram.all)))
    assert seen[1][0] > seen[2][0] > histogram.start, "first bars come before all is read"
    assert histogram.is_whole and sum(histogram.all) == 50_003
    place = ((NOW - 100) * SECOND - histogram.start) // histogram.step
    assert (histogram.errors[place], histogram.warnings[place]) == (2, 1)
    assert (sum(histogram.errors), sum(histogram.warnings)) == (2, 1)


async def test_what_a_source_counts_is_not_read() -> None:
    class Counting(ScriptedFeed):
        async def counts(self, start: int, end: int, step: int) -> list[Counted] | None:
            return [Counted(start, Level.ERROR, 7), Counted(start + step, Level.UNKNOWN, 5)]

    feed = Counting("backend", line(NOW - 1, "ERROR: x"))
    histogram = Histogram.of(NOW * SECOND, 60 * MINUTE, 60)
    await counted(histogram, feed)
    assert (histogram.all[:3], histogram.errors[:3]) == ([7, 5, 0], [7, 0, 0])
    assert not feed.asked and histogram.is_whole and histogram.knows_levels


async def test_a_source_that_tells_no_levels_is_not_said_to_have_no_errors() -> None:
    class Counting(ScriptedFeed):
        async def counts(self, start: int, end: int, step: int) -> list[Counted] | None:
            return [Counted(start, Level.UNKNOWN, 7)]

    histogram = Histogram.of(NOW * SECOND, 60 * MINUTE, 60)
    await counted(histogram, Counting("backend"))
    assert not histogram.knows_levels
