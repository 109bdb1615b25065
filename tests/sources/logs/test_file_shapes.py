"""Files that are no plain UTF-8 in order: UTF-16, packed, with the hour that is there twice, written piece by piece."""

import asyncio
import codecs
import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaz_tui.errors import BadAnswer
from sutaz_tui.logs.histogram import Histogram, counting
from sutaz_tui.sources.logs.file_tail import PATIENCE
from sutaz_tui.text.moments import DAY, SECOND
from tests.sources.logs.followed import Followed, following
from tests.sources.logs.test_file_logs import FAR, append, feed

LINES = [
    "2026-11-23T14:07:12Z INFO größer",
    "2026-11-23T14:07:13Z ERROR 漢字 lost",
    "2026-11-23T14:07:14Z INFO on",
]


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("mark", "name"), [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")]
)
async def test_utf_16_is_read_by_its_mark_and_followed(tmp_path: Path, mark: bytes, name: str) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(mark + "".join(f"{text}\r\n" for text in LINES[:2]).encode(name))
    one = feed(path)
    page = await one.page(0, FAR, 10, newest=True)
    assert [line.text for line in page.lines] == LINES[:2] and page.is_whole
    assert [line.text for line in (await one.page(0, FAR, 10, newest=False)).lines] == LINES[:2]
    assert await one.lacks("NOWHERE", True) and not await one.lacks("漢字", True)
    async with following(one) as batches:
        with path.open("ab") as file:
            # A character comes in two writes.
            data = f"{LINES[2]}\n".encode(name)
            file.write(data[:7])
            file.flush()
            file.write(data[7:])
        assert await Followed(batches).count(3) == LINES
    await one.aclose()


async def test_a_packed_file_by_its_own_name_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.log.gz"
    with gzip.open(path, "wt", encoding="utf-8") as packed:
        packed.write("\n".join(LINES) + "\n")
    one = feed(path)
    assert [line.text for line in (await one.page(0, FAR, 10, newest=True)).lines] == LINES
    async with following(one) as batches:
        assert await Followed(batches).count(3) == LINES
    await one.aclose()


async def test_what_cannot_be_unpacked_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.log.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd")
    with pytest.raises(BadAnswer, match="packed by zstd; name the plain file"):
        await feed(path).page(0, FAR, 10, newest=True)


async def test_a_record_written_in_two_writes_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(f"{LINES[0]}\n")
    assert PATIENCE >= 3, "its writer may flush in between"
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.count(1)
        append(path, "2026-11-23T14:07:13Z ERROR partial")
        # The tail looks every 2 ms.
        await asyncio.sleep(0.1)
        append(path, " completed\n")
        assert (await told.count(2))[1:] == ["2026-11-23T14:07:13Z ERROR partial completed"]


@pytest.mark.usefixtures("berlin")
async def test_in_the_hour_that_is_there_twice_lines_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    clocks = ["01:59:30", "02:10:00", "02:59:50", "02:00:10", "02:10:00", "02:59:59", "03:00:01"]
    texts = [f"2026-10-25 {clock} INFO line {number}" for number, clock in enumerate(clocks)]
    path.write_text("\n".join(texts) + "\n")
    one = feed(path)
    page = await one.page(0, FAR, 10, newest=False)
    assert [line.text for line in page.lines] == texts
    moments = [line.at // SECOND - page.lines[0].at // SECOND for line in page.lines]
    assert moments == [0, 630, 3620, 3640, 4230, 7229, 7231]
    histogram = Histogram.of(page.lines[-1].at, DAY // 8, 60)
    async for _ in counting([one], histogram):
        pass
    counted = [(at, lines) for at, lines in enumerate(histogram.all) if lines]
    assert len(counted) >= 5 and sum(lines for _, lines in counted) == 7, (
        "the second time in columns of its own"
    )
    await one.aclose()
