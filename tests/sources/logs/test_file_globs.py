"""Several files of one service by a pattern: one log, by time, with those that come later."""

import time
from pathlib import Path

import pytest

from sutaz_tui.errors import NotListening
from sutaz_tui.logs.histogram import Histogram, counting
from sutaz_tui.sources.logs import file_globs
from sutaz_tui.sources.logs.file_globs import GlobFeed, is_pattern
from sutaz_tui.text.moments import MINUTE
from tests.sources.logs.followed import Followed, following
from tests.sources.logs.test_file_logs import FAR, append, at


def written(folder: Path) -> GlobFeed:
    (folder / "a.log").write_text("".join(f"{at(n)} INFO a {n}\n" for n in range(0, 40, 2)))
    (folder / "b.log").write_text("".join(f"{at(n)} INFO b {n}\n" for n in range(1, 40, 2)))
    (folder / "b.log.1").write_text("".join(f"{at(n)} INFO older {n}\n" for n in range(-20, 0)))
    (folder / "c.txt").write_text(f"{at(1)} other\n")
    return GlobFeed("app", str(folder / "*.log*"))


async def test_lines_of_all_files_are_one_log_by_time_and_none_is_there_twice(tmp_path: Path) -> None:
    feed = written(tmp_path)
    page = await feed.page(0, FAR, 1000, newest=True)
    assert [int(line.text.split()[-1]) for line in page.lines] == list(range(-20, 40)) and page.is_whole
    newest = await feed.page(0, FAR, 7, newest=True)
    assert [int(line.text.split()[-1]) for line in newest.lines] == list(
        range(33, 40)
    ) and not newest.is_whole
    oldest = await feed.page(0, FAR, 30, newest=False)
    assert [int(line.text.split()[-1]) for line in oldest.lines] == list(range(-20, 10))
    assert {line.labels["filename"] for line in page.lines} == {
        str(tmp_path / name) for name in ("a.log", "b.log")
    }
    assert await feed.lacks("NOWHERE", True) and not await feed.lacks("older", True)
    await feed.aclose()


async def test_what_comes_to_any_of_them_and_in_new_ones_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_globs, "LOOKED", 0.02)
    feed = written(tmp_path)
    await feed.page(0, FAR, 10, newest=True)
    async with following(feed, (1_704_110_400 + 40) * 10**9) as batches:
        told = Followed(batches)
        append(tmp_path / "a.log", f"{at(50)} INFO a 50\n")
        append(tmp_path / "b.log", f"{at(51)} INFO b 51\n")
        assert sorted(text[-4:] for text in await told.count(2)) == ["a 50", "b 51"]
        append(tmp_path / "new.log", f"{at(52)} INFO n 52\n")
        assert (await told.count(3))[-1].endswith("n 52")
    await feed.aclose()


async def test_where_no_file_is_called_so_it_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_globs, "LOOKED", 0.02)
    feed = GlobFeed("app", str(tmp_path / "*.log"))
    with pytest.raises(NotListening, match="no file is called so"):
        await feed.page(0, FAR, 10, newest=True)
    async with following(feed) as batches:
        told = Followed(batches)
        await told.until(lambda: bool(told.troubles))
        append(tmp_path / "a.log", "one\n")
        assert await told.count(1) == ["one"]
        await told.until(lambda: told.troubles[-1] == "")
    await feed.aclose()


async def test_their_histogram_is_of_all(tmp_path: Path) -> None:
    now = time.time_ns()
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text("one\ntwo\nERROR: three\n")
    histogram = Histogram.of(now, 5 * MINUTE, 60)
    feed = GlobFeed("app", str(tmp_path / "*.log"))
    async for _ in counting([feed], histogram):
        pass
    assert (sum(histogram.all), sum(histogram.errors)) == (6, 2) and histogram.is_whole
    await feed.aclose()


async def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "a[1].log"
    assert is_pattern(str(path)) and not is_pattern("/var/log/app.log")
    path.write_text("x\n")
    (tmp_path / "a1.log").write_text("other\n")
    feed = GlobFeed("app", str(path))
    assert [line.text for line in (await feed.page(0, FAR, 10, newest=True)).lines] == ["x"]
    await feed.aclose()
