"""A span read page by page: every line once, wherever pages are cut and in whatever order a moment's lines come."""

import asyncio
import random
from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sutaz_tui.logs.lines import LogLine, Page
from sutaz_tui.logs.paging import Rest, next_page

END = 10


def line(at: int, text: str, **labels: str) -> LogLine:
    return LogLine(at, "api", text, labels)


class Source:
    """Gives at most `most` lines at once, those of one moment in another order each time, as Loki does."""

    def __init__(self, lines: list[LogLine], most: int, seed: int = 1) -> None:
        self.lines = lines
        self.most = most
        self.asked: list[tuple[int, int, int]] = []
        self._random = random.Random(seed)

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        self.asked.append((start, end, limit))
        found = [line for line in self.lines if start <= line.at < end]
        self._random.shuffle(found)
        found.sort(key=lambda line: line.at)
        most = min(limit, self.most)
        return Page(found[-most:] if newest else found[:most], len(found) <= most)


async def read(source: Source, limit: int, newest: bool) -> list[list[LogLine]]:
    """The pages of the whole span, the crowds that the source does not give left out."""
    pages: list[list[LogLine]] = []
    rest: Rest | None = Rest(0, END, newest)
    while rest is not None:
        page = await next_page(source.page, rest, limit)
        pages.append(page.lines)
        rest = page.rest.past() if page.rest is not None and not page.lines else page.rest
    return pages


entries = st.tuples(st.integers(0, END - 1), st.sampled_from("ab"), st.sampled_from(["out", "err"]))


@given(st.lists(entries, max_size=40), st.integers(1, 9), st.booleans(), st.integers())
def test_every_line_comes_once_where_pages_are_cut_and_equal_lines_are_counted(
    sent: list[tuple[int, str, str]], limit: int, newest: bool, seed: int
) -> None:
    lines = [line(at, text, stream=stream) for at, text, stream in sent]
    pages = asyncio.run(read(Source(lines, most=1000, seed=seed), limit, newest))
    key = [(each.at, each.text, each.labels["stream"]) for page in pages for each in page]
    assert Counter(key) == Counter(sent)
    ordered = reversed(pages) if newest else pages
    came = [each.at for page in ordered for each in page]
    assert all(earlier <= later for earlier, later in pairwise(came))


@given(st.lists(entries, max_size=40), st.integers(2, 6), st.booleans(), st.integers())
def test_a_moment_with_more_lines_than_a_source_gives_takes_no_other_line_with_it(
    sent: list[tuple[int, str, str]], most: int, newest: bool, seed: int
) -> None:
    lines = [line(at, text, stream=stream) for at, text, stream in sent]
    pages = asyncio.run(read(Source(lines, most, seed), 9, newest))
    came = Counter(each.at for page in pages for each in page)
    for at, count in Counter(at for at, _, _ in sent).items():
        assert came[at] == count if count < most else most - 1 <= came[at] <= count


async def test_a_line_that_comes_late_at_the_moment_of_the_cut_is_read_and_those_before_it_stay_known() -> (
    None
):
    source = Source([line(4, "one"), line(5, "two"), line(5, "three")], 1000)
    first = await next_page(source.page, Rest(0, END), 2)
    assert first.rest is not None
    source.lines.insert(1, line(5, "late"))
    second = await next_page(source.page, first.rest, 9)
    assert sorted(each.text for each in first.lines + second.lines) == ["late", "one", "three", "two"]
    assert second.rest is None
    assert source.asked[1] == (5, END, 10), "as many more as were given of that moment"


async def test_a_level_that_loki_guesses_makes_no_other_line() -> None:
    rest = Rest(0, END, given=(line(5, "two", stream="out"),))
    again = line(5, "two", stream="out", detected_level="warn")
    assert rest.fresh([again, line(5, "two", stream="err"), line(6, "two")]) == [
        line(5, "two", stream="err"), line(6, "two"),
    ]  # fmt: skip
