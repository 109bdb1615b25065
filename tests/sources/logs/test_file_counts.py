"""A file's histogram is counted from its bytes: the same as if each line had been made and asked."""

import gzip
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sutaz_tui.logs.feed import Tally
from sutaz_tui.logs.histogram import Histogram, counting
from sutaz_tui.logs.parsing.levels import grave_lines, level_of
from sutaz_tui.logs.parsing.own_formats import use
from sutaz_tui.sources.logs import file_counts
from sutaz_tui.sources.logs.files import FileFeed
from sutaz_tui.text.moments import DAY, MINUTE, SECOND
from tests.logs.formats import CRASHES, FORMATS
from tests.logs.more_formats import MORE

NOW = int(time.time()) // 60 * 60


class Read(FileFeed):
    """The same feed, whose lines are made and asked one by one."""

    def tallies(self, start: int, end: int, step: int) -> None:  # type: ignore[override]
        return None


def stamp(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S},{int(at * 1000) % 1000:03}+00:00"


async def bars(feed: FileFeed, span: int = DAY) -> Histogram:
    histogram = Histogram.of(NOW * SECOND, span, 200)
    async for _ in counting([feed], histogram):
        pass
    await feed.aclose()
    return histogram


def some_lines(count: int, seed: int, jitter: float = 0.0) -> list[str]:
    chance = random.Random(seed)
    lines, at = [], NOW - 20 * 3600.0
    for number in range(count):
        at = min(NOW - 1.0, at + chance.expovariate(1) * 72_000 / count)
        moment = stamp(at + chance.uniform(-jitter, 0))
        kind = chance.random()
        if kind < 0.02:
            lines += [
                f"{moment} - app - ERROR - lost",
                "Traceback (most recent call last):",
                "  f()",
                "OSError: no",
            ]
        elif kind < 0.04:
            lines.append(
                f'{{"timestamp": "{moment.replace(" ", "T")}", "level": "WARNING", "message": "slow"}}'
            )
        elif kind < 0.06:
            lines.append(
                f'{moment} - uvicorn.access - INFO - 10.0.0.1:9 - "GET /a HTTP/1.1" {chance.choice((200, 404, 500))}'
            )
        else:
            lines.append(f"{moment} - app.part - {chance.choice(('INFO', 'DEBUG'))} - request {number}")
    return lines


@pytest.mark.parametrize("jitter", [0.0, 4.0])
async def test_bars_are_those_of_each_line(
    tmp_path: Path, jitter: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_counts, "CHUNK", 40_000)
    path = tmp_path / "a.log"
    path.write_text("\n".join(some_lines(8000, 7, jitter)) + "\n")
    counted, read = await bars(FileFeed("a", str(path))), await bars(Read("a", str(path)))
    assert sum(counted.all) == sum(read.all) > 8000
    assert (sum(counted.warnings), sum(counted.errors)) == (sum(read.warnings), sum(read.errors))
    # Where lines are out of order, one of an edge may stand in the column beside.
    near = 0 if not jitter else 3
    assert all(abs(one - other) <= near for one, other in zip(counted.all, read.all, strict=True))
    assert counted.is_whole


async def test_a_clock_that_was_set_back_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    first = [f"{stamp(NOW - 7200 + n)} - app - INFO - on {n}" for n in range(600)]
    back = [f"{stamp(NOW - 36_000 + n)} - app - INFO - back {n}" for n in range(600)]
    again = [f"{stamp(NOW - 3600 + n)} - app - INFO - again {n}" for n in range(600)]
    path.write_text("\n".join(first + back + again) + "\n")
    counted, read = await bars(FileFeed("a", str(path))), await bars(Read("a", str(path)))
    assert counted.all == read.all and sum(counted.all) == 1800


async def test_older_generations_are_counted_too_and_first_bars_come_before_all_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_counts, "CHUNK", 20_000)
    lines = some_lines(4000, 3)
    half = len(lines) // 2
    path = tmp_path / "a.log"
    with gzip.open(tmp_path / "a.log.1.gz", "wt") as packed:
        packed.write("\n".join(lines[:half]) + "\n")
    path.write_text("\n".join(lines[half:]) + "\n")
    feed = FileFeed("a", str(path))
    histogram, seen = Histogram.of(NOW * SECOND, DAY, 100), []
    async for _ in counting([feed], histogram):
        seen.append((sum(histogram.all), histogram.reached))
    await feed.aclose()
    assert seen[-1][0] == len(lines)
    assert seen[1][0] < seen[-1][0] / 4 and seen[1][1] > histogram.start


async def test_a_file_without_times_is_as_old_as_its_last_write(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\ntwo\nERROR: three\n")
    histogram = Histogram.of(time.time_ns(), 5 * MINUTE, 60)
    async for _ in counting([FileFeed("a", str(path))], histogram):
        pass
    assert (sum(histogram.all), sum(histogram.errors)) == (3, 1)


async def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    from sutaz_tui.errors import SourceError

    with pytest.raises(SourceError, match="does not exist"):
        await bars(FileFeed("a", str(tmp_path / "none.log")))


def test_grave_lines_are_those_that_level_of_says() -> None:
    texts = [
        text for samples in (*FORMATS.values(), *MORE.values(), *CRASHES.values()) for text, *_ in samples
    ]
    texts += some_lines(2000, 5)
    try:
        for formats in ((), (r"(?P<level>\w+)~(?P<message>.*)", r"[\d-]+ [\d:,]+\S* - (?P<message>.*)")):
            use(formats)
            expected = [(place, level) for place, text in enumerate(texts) if (level := level_of(text)) >= 3]
            assert grave_lines(texts) == expected
    finally:
        use(())


def test_a_tally_is_what_the_feed_says(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("x" * 3_000_000 + "\nlast\n")
    found: list[Tally] = list(
        file_counts.tallies(FileFeed("a", str(path))._pages.generations, 0, 1 << 62, MINUTE)
    )
    assert sum(each.lines for counted, _ in found for each in counted) == 2, (
        "a line longer than a part is one line"
    )
