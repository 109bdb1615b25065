"""Lines clustered into patterns, and the expression that finds each pattern's lines again."""

import pytest

from sutaz_tui.logs.clustering import MOST, Reach, clustering
from sutaz_tui.logs.clusters import CELLS, Cluster, Clusters
from sutaz_tui.logs.feed import Patterned
from sutaz_tui.logs.lines import Level, LogLine
from sutaz_tui.logs.matching import Filter, Pattern
from sutaz_tui.text.moments import MINUTE, SECOND
from tests.logs.formats import FORMATS
from tests.logs.scripted_feed import ScriptedFeed, line
from tests.logs.test_records import RECORDS, record_of

NOW = 1795442400


async def found(*feeds: ScriptedFeed, filter: Filter | None = None) -> list[Cluster]:
    clusters = Clusters((NOW - 3600) * SECOND, NOW * SECOND)
    async for _ in clustering(feeds, filter or Filter(), clusters, Reach(clusters.start)):
        pass
    return clusters.found()


def texts(clusters: list[Cluster]) -> list[tuple[int, str, str]]:
    return [(one.lines, one.level.name, one.text) for one in clusters]


async def test_what_differs_from_line_to_line_is_a_sign() -> None:
    names = ["alice", "bob", "carol"]
    lines = [line(NOW - 900 + n, f"INFO: user {names[n % 3]} logged in from 10.0.0.{n}") for n in range(90)]
    lines += [line(NOW - 800 + n, f"ERROR: lost shard {n}: timed out after {n * 3} ms") for n in range(7)]
    lines += [
        line(NOW - 100 + n, f'10.0.0.1:99 - "GET /a/{n} HTTP/1.1" {(200, 404)[n % 2]}') for n in range(4)
    ]
    assert texts(await found(ScriptedFeed("backend", *lines))) == [
        (90, "INFO", "user <_> logged in from <_>"),
        (7, "ERROR", "lost shard <_>: timed out after <_> ms"),
        (2, "UNKNOWN", '<_> - "GET /a/<_> HTTP/<_>" 200'),
        (2, "UNKNOWN", '<_> - "GET /a/<_> HTTP/<_>" 404'),
    ]


async def test_it_knows_when_each_came_first_and_last_and_how_it_grew() -> None:
    lines = [line(NOW - 3600 + n * 60, f"INFO: tick {n}") for n in range(60)]
    [one] = await found(ScriptedFeed("backend", *lines))
    assert (one.first, one.last) == ((NOW - 3600) * SECOND, (NOW - 60) * SECOND)
    assert len(one.trend) == CELLS and sum(one.trend) == 60 and min(one.trend) >= 3


async def test_a_traceback_is_one_pattern_by_its_error() -> None:
    lines = []
    for n in range(5):
        texts = (
            "Traceback (most recent call last):",
            f'  File "/app/a.py", line {n}, in f',
            f"ValueError: bad id {n}",
        )
        lines += [line(NOW - 500 + n * 10, text) for text in texts]
    [one] = await found(ScriptedFeed("backend", *lines))
    assert (one.lines, one.level, one.text) == (5, Level.ERROR, "ValueError: bad id <_>")
    assert Pattern(f"/{one.expression}/").finds(lines[2].text)


@pytest.mark.parametrize("shape", FORMATS)
async def test_the_expression_of_a_pattern_finds_each_of_its_lines(shape: str) -> None:
    samples = [text for text, _, _ in FORMATS[shape]]
    lines = [line(NOW - 500 + n, text) for n, text in enumerate(samples)]
    clusters = await found(ScriptedFeed("backend", *lines), filter=Filter(shows_health=True))
    patterns = [Pattern(f"/{one.expression}/") for one in clusters]
    for text in samples:
        assert any(pattern.finds(text) for pattern in patterns), text


async def test_a_filter_in_force_goes_for_patterns_too() -> None:
    lines = [line(NOW - 60 + n, f"{'ERROR' if n % 2 else 'INFO'}: part {n}") for n in range(20)]
    some = await found(ScriptedFeed("backend", *lines), filter=Filter(least=Level.ERROR))
    assert texts(some) == [(10, "ERROR", "part <_>")]


async def test_no_more_than_so_many_lines_of_a_log_are_read() -> None:
    lines = [
        LogLine((NOW - 3000) * SECOND + n * 10**7, "backend", f"INFO: tick {n}") for n in range(MOST + 20_000)
    ]
    clusters = Clusters((NOW - 3600) * SECOND, NOW * SECOND)
    reach = Reach(clusters.start)
    async for _ in clustering([ScriptedFeed("backend", *lines)], Filter(), clusters, reach):
        pass
    assert reach.is_cut and MOST <= clusters.lines < MOST + 20_000
    assert clusters.found()[0].first + 1 == reach.reached > clusters.start


async def test_what_a_source_found_by_itself_is_not_looked_for() -> None:
    class Knowing(ScriptedFeed):
        async def patterns(self, start: int, end: int, step: int) -> list[Patterned] | None:
            samples = ((start, 3), (start + 30 * MINUTE, 4))
            return [Patterned('ts=<_> level=error msg="lost <_>"', Level.UNKNOWN, samples)]

    feed = Knowing("backend", line(NOW - 1, "INFO: other"))
    [one] = await found(feed)
    assert (one.lines, one.level, one.text) == (7, Level.ERROR, 'ts=<_> level=error msg="lost <_>"')
    assert not feed.asked
    assert Pattern(f"/{one.expression}/").finds('ts=12 level=error msg="lost shard"')


@pytest.mark.parametrize("name", RECORDS)
async def test_a_record_is_one_pattern_whose_expression_finds_one_of_its_lines(name: str) -> None:
    record = record_of(name)
    lines = [LogLine((NOW - 500) * SECOND + one.at, one.service, one.text, one.labels) for one in record]
    [one] = await found(ScriptedFeed("api", *lines))
    assert (one.lines, one.level) == (1, RECORDS[name][0])
    assert any(Pattern(f"/{one.expression}/").finds(line.text) for line in record)
