"""Finds in a Loki's whole log: with its own line filters, and where it answers for a short span only."""

import time

from sutaz_tui.clock import SystemClock
from sutaz_tui.logs.following.loki_feed import LokiFeed
from sutaz_tui.logs.following.seeking import Seeking
from sutaz_tui.logs.lines import Level, LogLine
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.sought import Sought
from sutaz_tui.sources.logs.loki import LokiLogs
from tests.simulator.stack import Stack
from tests.sources.logs.asking_loki import SECOND, push

HOUR = 3600 * SECOND


def feed_of(logs: LokiLogs, job: str) -> LokiFeed:
    return LokiFeed(logs, SystemClock(), "shop", f'{{job="{job}"}}', "loki", 10**9)


async def nearest(
    feed: LokiFeed, sought: Sought, start: int, end: int, newest: bool = True
) -> LogLine | None:
    return await Seeking(sought, start, end, newest, lambda lines, at: None).nearest([feed])


async def test_a_word_a_hundred_thousand_lines_back_takes_one_question(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    end = time.time_ns()
    begin = end - 100_000 * 10**6
    for first in range(0, 100_000, 20_000):
        push(
            loki, {"job": job}, [(begin + n * 10**6, f"INFO tick {n}") for n in range(first, first + 20_000)]
        )
    push(loki, {"job": job + "2"}, [(begin + 5, "INFO NEEDLE")])
    push(loki, {"job": job}, [(begin + 5, "INFO NEEDLE")])
    loki.control("POST", "/counts/reset")
    found = await nearest(feed_of(logs, job), Sought((Pattern("NEEDLE"),)), end - HOUR, end)
    assert found is not None and (found.at, found.text) == (begin + 5, "INFO NEEDLE")
    asked = sum(request["path"].endswith("query_range") for request in loki.control("GET", "/requests"))
    assert asked == 1
    assert await nearest(feed_of(logs, job), Sought((Pattern("NEEDLES"),)), end - HOUR, end) is None


async def test_the_nearest_error_is_one_that_the_line_says_itself(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    end = time.time_ns()
    lines = [
        (end - 9 * SECOND, "ERROR: truly"),
        (end - 8 * SECOND, "INFO: no error here"),
        (end - 7 * SECOND, 'INFO:     10.0.0.1:1 - "GET /x HTTP/1.1" 503 Service Unavailable'),
        (end - 6 * SECOND, "INFO: 500 rows, error count 0"),
    ]
    push(loki, {"job": job}, lines)
    found = await nearest(feed_of(logs, job), Sought(least=Level.ERROR), end - HOUR, end)
    assert found is not None and found.at == end - 7 * SECOND
    found = await nearest(feed_of(logs, job), Sought(least=Level.ERROR), end - HOUR, found.at)
    assert found is not None and found.text == "ERROR: truly"
    found = await nearest(feed_of(logs, job), Sought(least=Level.ERROR), end - HOUR, end, newest=False)
    assert found is not None and found.text == "ERROR: truly"


async def test_an_expression_that_loki_does_not_know_is_looked_for_here(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    end = time.time_ns()
    push(loki, {"job": job}, [(end - 5 * SECOND, "INFO: user 77"), (end - 4 * SECOND, "INFO: user 78")])
    # Python's engine takes a possessive repeat, the simulated Loki's and RE2 do not.
    found = await nearest(
        feed_of(logs, job), Sought((Pattern("/user (?>77)(?!8)(?(DEFINE)x)/"),)), end - HOUR, end
    )
    assert found is not None and found.text == "INFO: user 77"


async def test_a_loki_that_answers_for_two_hours_at_once_opens_a_log_and_is_searched(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    end = time.time_ns()
    loki.trait("loki_max_query_length", 7200)
    old = end - 9 * HOUR
    push(loki, {"job": job}, [(old, "INFO old"), (end - SECOND, "INFO new")])
    feed = feed_of(logs, job)
    page = await feed.page(end - 24 * HOUR, end, 200, newest=True)
    assert [line.text for line in page.lines] == ["INFO old", "INFO new"] and page.is_whole
    page = await feed.page(end - 24 * HOUR, end, 200, newest=False)
    assert [line.text for line in page.lines] == ["INFO old", "INFO new"]
    found = await nearest(feed, Sought((Pattern("old"),)), end - 24 * HOUR, end)
    assert found is not None and found.at == old
    loki.control("POST", "/counts/reset")
    assert len((await feed.page(end - HOUR, end, 200, newest=True)).lines) == 1
    asked = sum(request["path"].endswith("query_range") for request in loki.control("GET", "/requests"))
    assert asked == 1, "its limit is known now"
