"""A log file followed while its writer, its rotation and its owner do what they like with it."""

import asyncio
import bz2
import gzip
import lzma
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sutaz_tui.errors import SourceError
from sutaz_tui.logs.lines import LINE_LIMIT
from sutaz_tui.sources.logs.file_lines import FileLines
from sutaz_tui.sources.logs.files import FileFeed
from tests.sources.logs.followed import Followed, following

SECOND = 1_000_000_000
FAR = 1 << 62
NOON = 1_704_110_400
"""2024-01-01T12:00:00Z."""


def at(seconds: int) -> str:
    """A line's beginning."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOON + seconds))


def feed(path: Path, patience: float = 60.0) -> FileFeed:
    return FileFeed("svc", str(path), pauses=(0.001, 0.002), patience=patience)


def open_files() -> set[str]:
    """What this process has open."""
    links = Path("/proc/self/fd").iterdir()
    return {str(link.readlink()) for link in links if link.is_symlink()}


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


async def test_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    with pytest.raises(SourceError, match=r"a\.log: does not exist"):
        await feed(path).page(0, FAR, 10, newest=True)
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.until(lambda: bool(told.troubles))
        path.write_text("one\n")
        assert await told.count(1) == ["one"]
        assert told.troubles == [f"file {path}: does not exist; waiting for it", ""]


async def test_following_goes_on_behind_the_page(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"{at(0)} line {number}\n" for number in range(100)))
    reader = feed(path)
    page = await reader.page(0, FAR, 3, newest=True)
    assert [line.text[-7:] for line in page.lines] == ["line 97", "line 98", "line 99"]
    assert not page.is_whole
    append(path, f"{at(0)} line 99\nand a line without a time\n")
    async with following(reader, page.lines[-1].at + 1) as batches:
        told = Followed(batches)
        assert await told.count(2) == [f"{at(0)} line 99", "and a line without a time"]
    assert [line.at for line in told.lines] == [NOON * SECOND] * 2


async def test_following_from_the_moment_of_the_last_line_tells_the_lines_of_that_moment_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.log"
    path.write_text(f"{at(0)} zero\n{at(1)} one\n{at(1)} two\n")
    reader = feed(path)
    page = await reader.page(0, FAR, 9, newest=True)
    append(path, f"{at(0)} late\n{at(2)} three\n")
    async with following(reader, page.lines[-1].at) as batches:
        told = Followed(batches)
        await told.count(4)
    assert [text[21:] for text in told.texts] == ["one", "two", "late", "three"]
    async with following(feed(path), page.lines[-1].at) as batches:
        again = Followed(batches)
        await again.count(4)
    # It stands below them in the file, so it is of their moment.
    assert [text[21:] for text in again.texts] == ["one", "two", "late", "three"]


async def test_following_from_a_moment_reads_no_more_of_a_large_file_than_it_must(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    with path.open("w") as file:
        for second in range(50_000):
            file.write(f"{at(second)} number {second} {'x' * 40}\n")
    async with following(feed(path), (NOON + 49_990) * SECOND) as batches:
        told = Followed(batches)
        await told.count(10)
    assert [int(text.split()[2]) for text in told.texts] == list(range(49_990, 50_000))


async def test_rotation_by_renaming_reads_the_rest_of_the_old_file_first(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.count(1)
        with path.open("a") as writer:
            path.rename(tmp_path / "a.log.1")
            path.write_text("")
            writer.write("two, before its writer went over\n")
            writer.flush()
            assert (await told.count(2))[1:] == ["two, before its writer went over"]
            writer.write("three")
        append(path, "four\n")
        assert (await told.count(4))[2:] == ["three", "four"]
        assert told.troubles == []


async def test_a_writer_that_goes_over_late_is_still_heard(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.count(1)
        with path.open("a") as late:
            path.rename(tmp_path / "a.log-20261123")
            path.write_text("two, by the first worker\n")
            await told.count(2)
            late.write("three, by the second\n")
            late.flush()
            assert (await told.count(3))[2] == "three, by the second"


async def test_a_file_that_is_deleted_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.count(1)
        path.unlink()
        await told.until(lambda: bool(told.troubles))
        assert told.troubles == [f"file {path}: was deleted; waiting for it to come back"]
        path.write_text("two\n")
        assert (await told.count(2))[1:] == ["two"]
        assert told.troubles[-1] == ""


async def test_a_file_that_is_truncated_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\ntwo\n")
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.count(2)
        path.write_text("3\n")
        assert (await told.count(3))[2:] == ["3"]
        path.write_text("written anew and already longer than it was\n")
        assert (await told.count(4))[3:] == ["written anew and already longer than it was"]
        assert told.gaps == []


async def test_lines_that_were_seen_and_truncated_before_they_were_read_are_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    # The first megabyte is read at once, the rest is seen.
    path.write_text("x" * 99 + "\n" + ("y" * 99 + "\n") * 20_000)
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.count(1)
        path.write_text("anew\n")
        await told.until(lambda: "anew" in told.texts)
    (gap,) = told.gaps
    assert (gap.service, gap.lost, gap.words) == ("svc", None, "the file was truncated before they were read")
    assert len(told.lines) < 20_000


async def test_what_copytruncate_saved_is_read_from_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\nhalf a l")
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.count(1)
        append(path, "ine\nthree\n")
        shutil.copyfile(path, tmp_path / "a.log.1")
        os.truncate(path, 0)
        append(path, "four\n")
        assert await told.count(4) == ["one", "half a line", "three", "four"]
    assert told.gaps == []


async def test_a_writer_that_does_not_append_leaves_a_hole_after_truncation(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    with path.open("w") as writer:
        writer.write("x" * 100_000 + "\n")
        writer.flush()
        async with following(feed(path)) as batches:
            told = Followed(batches)
            await told.count(1)
            os.truncate(path, 0)
            writer.write("behind the hole\n")
            writer.flush()
            assert (await told.count(2))[1] == "behind the hole"


async def test_a_line_without_its_newline_is_told_after_some_time(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("Password for admin: ")
    async with following(feed(path, patience=0.0)) as batches:
        told = Followed(batches)
        assert await told.count(1) == ["Password for admin: "]
        append(path, "given\nnext\n")
        assert await told.count(3) == ["Password for admin: ", "given", "next"]
    path.write_text("done\nhalf")
    page = await feed(path, patience=60.0).page(0, FAR, 10, newest=True)
    assert [line.text for line in page.lines] == ["done"]
    page = await feed(path, patience=0.0).page(0, FAR, 10, newest=True)
    assert [line.text for line in page.lines] == ["done", "half"]


async def test_a_line_of_ten_megabytes_and_other_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"z" * 10_000_000 + b"\nnul\0 here\n\xff\xfe bad\r\n\n" + b"\0" * 50 + b"after nuls\n")
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.count(5)
    assert told.lines[0].text == "z" * LINE_LIMIT
    assert told.lines[0].cut == 10_000_000 - LINE_LIMIT
    assert told.texts[1:] == ["nul\0 here", "\udcff\udcfe bad", "", "after nuls"]
    page = await feed(path).page(0, FAR, 5, newest=True)
    assert ([line.text for line in page.lines], page.lines[0].cut) == (told.texts, told.lines[0].cut)


async def test_lines_without_a_time_have_the_one_before_or_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(f"banner\n{at(0)} ERROR it failed\nTraceback:\n  File x\n{at(-15)} late\nits tail\n")
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.count(6)
    assert [line.at // SECOND - NOON for line in told.lines] == [0, 0, 0, 0, -15, -15]
    path.write_text("one\ntwo\n")
    os.utime(path, (NOON, NOON))
    page = await feed(path).page(0, FAR, 9, newest=True)
    assert [line.at for line in page.lines] == [NOON * SECOND] * 2


async def test_lines_stay_in_the_order_of_the_file_though_their_stamps_do_not(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    ahead = datetime.fromtimestamp(time.time() + 366 * 86400, UTC)
    path.write_text(
        f"{at(7)} cut at the µs\n{at(6)} cut at the s\n{ahead:%Y-%m-%dT%H:%M:%SZ} a year ahead\n{at(8)} next\n"
    )
    page = await feed(path).page(0, FAR, 9, newest=True)
    assert [line.text[21:] for line in page.lines] == [
        "cut at the µs",
        "cut at the s",
        "a year ahead",
        "next",
    ]
    assert [line.at // SECOND - NOON for line in page.lines] == [7, 7, 7, 8]


async def test_a_zone_counts_also_where_the_line_before_names_the_same_millisecond_without_one(
    tmp_path: Path,
) -> None:
    texts = ["2026-11-23 14:07:12,044 - app - INFO - a", "2026-11-23 14:07:12,044 +05:30 INFO b"]
    zoned = int(datetime(2026, 11, 23, 8, 37, 12, 44000, UTC).timestamp() * 1000) * 10**6
    (alone,) = FileLines("a", "x.log").feed(f"{texts[1]}\n".encode(), zoned)
    both = FileLines("a", "x.log").feed("".join(f"{text}\n" for text in texts).encode(), zoned + 10**15)
    assert (alone.at, both[1].at) == (zoned, zoned)


async def test_pages_of_spans(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    for name, seconds in (("a.log.1", range(2_000)), ("a.log", range(2_000, 9_000))):
        with (tmp_path / name).open("w") as file:
            file.writelines(f"{at(second)} {second} {'x' * 80}\n" for second in seconds)
        os.utime(tmp_path / name, (NOON + max(seconds), NOON + max(seconds)))
    reader = feed(path)

    async def page(start: int, end: int, limit: int, newest: bool) -> tuple[list[int], bool]:
        found = await reader.page((NOON + start) * SECOND, (NOON + end) * SECOND, limit, newest)
        return [int(line.text.split()[1]) for line in found.lines], found.is_whole

    assert await page(0, 1 << 32, 2, True) == ([8_998, 8_999], False)
    assert await page(8_990, 1 << 32, 20, True) == (list(range(8_990, 9_000)), True)
    assert await page(3_000, 3_010, 5, True) == (list(range(3_005, 3_010)), False)
    assert await page(3_000, 3_010, 5, False) == (list(range(3_000, 3_005)), False)
    assert await page(3_000, 3_010, 10, True) == (list(range(3_000, 3_010)), True)
    assert await page(3_000, 3_010, 10, False) == (list(range(3_000, 3_010)), True)
    assert await page(1_990, 2_010, 99, True) == (list(range(1_990, 2_010)), True)
    assert await page(1_990, 2_010, 99, False) == (list(range(1_990, 2_010)), True)
    assert await page(-100, 3, 99, True) == ([0, 1, 2], True)
    assert await page(-100, 1 << 32, 99_999, True) == (list(range(9_000)), True)
    assert await page(-100, -50, 99, True) == ([], True)
    (tmp_path / "a.log.2.zst").write_bytes(b"packed")
    assert await page(-100, 3, 99, True) == ([0, 1, 2], False), "nobody here unpacks that"


async def test_rotated_and_packed_files_are_one_log_with_the_live_one(tmp_path: Path) -> None:
    def written(name: str, seconds: range, pack: Callable[[bytes], bytes] = bytes) -> None:
        text = "".join(f"{at(second)} {second}\n" for second in seconds)
        (tmp_path / name).write_bytes(pack(text.encode()))
        os.utime(tmp_path / name, (NOON + seconds[-1], NOON + seconds[-1]))

    written("a.log-20261123.gz", range(10), gzip.compress)
    written("a.log-20261124.xz", range(10, 20), lzma.compress)
    written("a.log-20261125.bz2", range(20, 30), bz2.compress)
    written("a.log-20261126", range(30, 40))
    written("a.log", range(40, 50))
    written("a.log.bak", range(50, 60))
    written("aa.log.1", range(60, 70))
    reader = feed(tmp_path / "a.log")

    async def page(start: int, end: int, limit: int, newest: bool) -> tuple[list[int], bool]:
        found = await reader.page((NOON + start) * SECOND, (NOON + end) * SECOND, limit, newest)
        return [int(line.text.split()[1]) for line in found.lines], found.is_whole

    for newest in (True, False):
        assert await page(0, 100, 99, newest) == (list(range(50)), True)
        assert await page(5, 25, 99, newest) == (list(range(5, 25)), True)
    assert await page(0, 100, 3, True) == ([47, 48, 49], False)
    await reader.aclose()


async def test_a_damaged_packed_file_gives_what_can_be_read_and_is_not_called_whole(tmp_path: Path) -> None:
    text = "".join(f"{at(second)} {second} {os.urandom(20).hex()}\n" for second in range(5000)).encode()
    (tmp_path / "a.log.1.gz").write_bytes(gzip.compress(text)[:-2000])
    os.utime(tmp_path / "a.log.1.gz", (NOON + 5000, NOON + 5000))
    (tmp_path / "a.log").write_text(f"{at(6000)} 6000\n")
    found = await feed(tmp_path / "a.log").page(NOON * SECOND, FAR, 99_999, newest=True)
    assert not found.is_whole and len(found.lines) > 2000
    assert found.lines[-1].text.endswith("6000")


async def test_following_from_before_the_last_rotation(tmp_path: Path) -> None:
    (tmp_path / "a.log.1").write_text(f"{at(0)} zero\n{at(1)} one\n")
    path = tmp_path / "a.log"
    path.write_text(f"{at(2)} two\n")
    async with following(feed(path), (NOON + 1) * SECOND) as batches:
        told = Followed(batches)
        assert [text[21:] for text in await told.count(2)] == ["one", "two"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), "is a directory; name a file in it"),
        (lambda path: os.mkfifo(path), "is a named pipe"),
        (lambda path: path.symlink_to("/dev/null"), "is a device"),
        (lambda path: path.symlink_to(path), "cannot be read"),
    ],
)
async def test_what_is_no_log_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "a.log"
    make(path)
    with pytest.raises(SourceError, match=words):
        await feed(path).page(0, FAR, 10, newest=True)
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.until(lambda: bool(told.troubles))
    assert words in told.troubles[0]


def started(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program, *arguments], stdin=subprocess.PIPE)


ROTATIONS = {
    "rename": "os.rename(path, path + '.1'); out.close(); out = open(path, 'a')",
    "rename, five kept": (
        "[os.rename(f'{path}.{n}', f'{path}.{n + 1}') for n in range(4, 0, -1) if os.path.exists(f'{path}.{n}')]; "
        "os.rename(path, path + '.1'); out.close(); out = open(path, 'a')"
    ),
    "rename, writer late": "os.rename(path, path + '.1'); open(path, 'w').close(); old.append(out); out = open(path, 'a')",
    "copytruncate": "shutil.copyfile(path, path + '.1'); os.truncate(path, 0)",
}


@pytest.mark.parametrize("rotation", ROTATIONS)
async def test_no_line_is_lost_or_doubled_while_a_writer_rotates_its_file(
    tmp_path: Path, rotation: str
) -> None:
    path = tmp_path / "a.log"
    # Every rotation overwrites what the one before saved: the follower says how far it has read.
    program = f"""
import os, shutil, sys
[_, path] = sys.argv
old, out = [], open(path, "a")
for number in range(1, 20_000):
    out.write(f"line {{number}}\\n")
    if number % 100 == 0:
        out.flush()
    if number % 2_000 == 1_999:
        out.flush()
        while int(sys.stdin.readline()) < number - 999:
            pass
        {ROTATIONS[rotation]}
out.close()
sys.stdin.read()
"""
    path.write_text("line 0\n")
    async with following(feed(path)) as batches:
        told = Followed(batches)
        await told.count(1)
        with started(program, str(path)) as writer:
            assert writer.stdin is not None
            for count in range(1_000, 20_001, 500):
                await told.count(count)
                writer.stdin.write(f"{len(told.lines)}\n".encode())
                writer.stdin.flush()
        assert writer.returncode == 0
    assert told.texts == [f"line {number}" for number in range(20_000)]
    assert told.gaps == []


async def test_closing_leaves_no_thread_and_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")
    before = {thread.name for thread in threading.enumerate()}
    async with following(feed(path)) as batches:
        await Followed(batches).count(1)
    assert str(path) not in open_files()
    started = [thread for thread in threading.enumerate() if thread.name not in before]
    for thread in started:
        await asyncio.to_thread(thread.join, 5)
    assert not any(thread.is_alive() for thread in started if thread.name.startswith("file "))


@pytest.mark.parametrize(("text", "has_case", "lacks"), [
    ("needle", False, False), ("NEEDLE", True, True), ("Needle", True, False), ("nowhere", False, True),
    ("packed one", False, False), ("ä", False, False), ("Ä", True, True),
])  # fmt: skip
async def test_a_text_that_is_in_no_generation_is_known_without_reading_lines(
    tmp_path: Path, text: str, has_case: bool, lacks: bool
) -> None:
    filler = f"{at(1)} {'x' * 100}\n" * 12_000
    # Across the border of two reads.
    border = 1024 * 1024 - len(filler.encode()) % (1024 * 1024)
    (tmp_path / "a.log").write_text(filler + "y" * (border - 3) + "Needle\n")
    (tmp_path / "a.log.1.gz").write_bytes(gzip.compress(b"Packed One\n"))
    reader = feed(tmp_path / "a.log")
    assert await reader.lacks(text, has_case) is lacks
    await reader.aclose()
