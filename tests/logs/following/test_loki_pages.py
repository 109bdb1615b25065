"""A span read page by page: every line once, and a moment that fills a page told as such."""

from collections.abc import Awaitable, Callable

import pytest

from sutaz_tui.logs.following.loki_pages import LokiPage, pages
from tests.hand_clock import HandClock
from tests.logs.following.scripted_loki import ScriptedLoki

Read = Callable[..., Awaitable[list[LokiPage]]]


def loki(*moments: int, limit: int = 3) -> ScriptedLoki:
    scripted = ScriptedLoki(HandClock(), limit)
    for number, moment in enumerate(moments):
        scripted.send([f"line {number}"], moment)
    return scripted


def moments(page: LokiPage) -> list[int]:
    return [line.at for line in page.lines]


async def oldest(scripted: ScriptedLoki, start: int, end: int, most: int | None = None) -> list[LokiPage]:
    return [page async for page in pages(scripted, "{}", start, end, False, most)]


async def newest(scripted: ScriptedLoki, start: int, end: int, most: int | None = None) -> list[LokiPage]:
    return [page async for page in pages(scripted, "{}", start, end, True, most)]


async def test_the_oldest_come_first_and_borders_once() -> None:
    read = await oldest(loki(1, 2, 3, 4, 5), 0, 10)
    assert [moments(page) for page in read] == [[1, 2, 3], [4, 5], []]
    assert [(page.reached, page.is_last, page.overfull) for page in read] == [
        (3, False, None), (5, False, None), (10, True, None),
    ]  # fmt: skip


async def test_the_newest_come_first_and_borders_once() -> None:
    read = await newest(loki(1, 2, 3, 4, 5), 0, 10)
    assert [moments(page) for page in read] == [[3, 4, 5], [1, 2], []]
    assert [(page.reached, page.is_last, page.overfull) for page in read] == [
        (4, False, None), (2, False, None), (0, True, None),
    ]  # fmt: skip


async def test_a_moment_that_fills_a_page_is_told_and_passed() -> None:
    crowded = loki(1, 4, 4, 4, 4, 6)
    read = await oldest(crowded, 0, 10)
    assert [(moments(page), page.overfull) for page in read] == [
        ([1, 4, 4], None), ([4], 4), ([6], None),
    ]  # fmt: skip
    read = await newest(crowded, 0, 10)
    assert [(moments(page), page.overfull) for page in read] == [
        ([4, 4, 6], None), ([4], 4), ([1], None),
    ]  # fmt: skip


@pytest.mark.parametrize("read", [oldest, newest])
async def test_a_page_that_ends_with_its_span_is_the_last(read: Read) -> None:
    (page,) = await read(loki(4, 4, 4), 4, 5)
    assert (page.is_last, page.overfull) == (True, 4)
    assert await read(loki(4), 5, 5) == []


@pytest.mark.parametrize("read", [oldest, newest])
async def test_a_page_may_be_smaller_than_loki_allows_and_never_larger(read: Read) -> None:
    assert [len(page.lines) for page in await read(loki(1, 2, 3, limit=9), 0, 10, 2)] == [2, 1, 0]
    assert [len(page.lines) for page in await read(loki(1, 2, 3, limit=2), 0, 10, 9)] == [2, 1, 0]
