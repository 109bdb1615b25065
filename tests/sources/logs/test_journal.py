"""The log of a systemd unit: a real journal file, read by the real journalctl."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import cast

import pytest

from sutaz_tui.errors import BadAnswer, NotListening, SourceError
from sutaz_tui.logs.lines import Batch, Level, LogLine
from sutaz_tui.logs.parsing.levels import level_of
from sutaz_tui.sources.logs import journal
from sutaz_tui.sources.logs.journal import JournalFeed
from tests.servers.waiting import patient

REMOTE = "/lib/systemd/systemd-journal-remote"
BEGIN = 1795442400 * 10**9
SECOND = 10**9
UNIT = "shop.service"
pytestmark = pytest.mark.skipif(
    not (Path(REMOTE).exists() and shutil.which("journalctl")), reason="no systemd-journal-remote here"
)


def entry(at: int, message: bytes, unit: str = UNIT, priority: int = 6) -> bytes:
    """One entry as journals are exported."""
    fields = (
        f"__REALTIME_TIMESTAMP={at // 1000}\n__MONOTONIC_TIMESTAMP={at // 1000}\n_BOOT_ID={'1' * 32}\n"
        f"_MACHINE_ID={'2' * 32}\nPRIORITY={priority}\n_SYSTEMD_UNIT={unit}\nSYSLOG_IDENTIFIER=shopd\n"
    ).encode()
    return fields + b"MESSAGE\n" + len(message).to_bytes(8, "little") + message + b"\n\n"


Made = Callable[[Iterable[bytes]], Path]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def write(entries: Iterable[bytes]) -> Path:
        path = tmp_path / "a.journal"
        command = [REMOTE, "--output", str(path), "-"]
        subprocess.run(command, input=b"".join(entries), capture_output=True, check=True, timeout=patient(60))
        return path

    return write


def feed(path: Path, unit: str = UNIT) -> JournalFeed:
    return JournalFeed("shop", unit, f"journal of {unit}", (f"--file={path}",))


def texts(lines: Iterable[LogLine]) -> list[str]:
    return [line.text for line in lines]


async def test_pages_of_a_unit_alone_whole_and_cut(made: Made) -> None:
    path = made(
        [
            *(entry(BEGIN + n * SECOND, f"line {n}".encode()) for n in range(50)),
            entry(BEGIN + 7, b"of another unit", "other.service"),
        ]
    )
    log = feed(path)
    for newest in (True, False):
        page = await log.page(BEGIN, BEGIN + 100 * SECOND, 99, newest)
        assert texts(page.lines) == [f"line {n}" for n in range(50)] and page.is_whole
        assert [line.at for line in page.lines] == [BEGIN + n * SECOND for n in range(50)]
    page = await log.page(BEGIN, BEGIN + 100 * SECOND, 3, newest=True)
    assert texts(page.lines) == ["line 47", "line 48", "line 49"] and not page.is_whole
    page = await log.page(BEGIN + 2 * SECOND, BEGIN + 100 * SECOND, 3, newest=False)
    assert texts(page.lines) == ["line 2", "line 3", "line 4"] and not page.is_whole
    page = await log.page(BEGIN + 2 * SECOND, BEGIN + 4 * SECOND, 9, newest=True)
    assert texts(page.lines) == ["line 2", "line 3"], "the end does not belong to it"


async def test_levels_bytes_and_several_lines_of_one_entry(made: Made) -> None:
    path = made(
        [
            entry(BEGIN, b"down", priority=3),
            entry(BEGIN + SECOND, b"bytes \xff here"),
            entry(BEGIN + 2 * SECOND, b"one\ntwo"),
            entry(BEGIN + 3 * SECOND, b"x" * 40_000),
        ]
    )
    lines = (await feed(path).page(BEGIN, BEGIN + 9 * SECOND, 9, newest=True)).lines
    assert level_of(lines[0].text, lines[0].labels) is Level.ERROR
    assert lines[0].labels["logger"] == "shopd"
    assert lines[1].text == "bytes \udcff here" and lines[2].text == "one\ntwo"
    assert len(lines[3].text) + lines[3].cut == 40_000


async def test_what_comes_is_followed_and_nothing_twice_when_journalctl_ends(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "AGAIN", 0.05)
    path = made([entry(BEGIN + n * SECOND, f"line {n}".encode()) for n in range(5)])
    seen: list[str] = []

    async def follow() -> None:
        batches = cast("AsyncGenerator[Batch, None]", feed(path).follow(BEGIN + 2 * SECOND))
        async with aclosing(batches):
            async for batch in batches:
                seen.extend(texts(batch.lines))

    following = asyncio.ensure_future(follow())
    try:
        await eventually(lambda: seen == ["line 2", "line 3", "line 4"])
        children = _children()
        assert children
        for child in children:
            os.kill(child, 9)
        await eventually(lambda: bool(set(_children()) - set(children)))
        await asyncio.sleep(0.3)
        assert seen == ["line 2", "line 3", "line 4"]
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    await eventually(lambda: not _children())


async def test_what_cannot_be_read_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "a.journal"
    broken.write_bytes(b"no journal")
    with pytest.raises(SourceError) as caught:
        await feed(broken).page(BEGIN, BEGIN + SECOND, 9, newest=True)
    assert isinstance(caught.value, BadAnswer) and "journalctl failed" in str(caught.value)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotListening, match="journalctl is not installed"):
        await feed(broken).page(BEGIN, BEGIN + SECOND, 9, newest=True)


def _children() -> list[int]:
    """The journalctls that this process began."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
            if "(journalctl)" in stat and stat.rpartition(")")[2].split()[1] == str(os.getpid()):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


async def eventually(holds: Callable[[], bool], within: float = 20.0) -> None:
    async with asyncio.timeout(patient(within)):
        while not holds():  # noqa: ASYNC110 - what it waits for is another process
            await asyncio.sleep(0.02)
