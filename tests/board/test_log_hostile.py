"""Lines from outside in the panel: shown harmlessly, each on its own row, in the title, in what is copied and saved."""

from itertools import pairwise
from pathlib import Path

import pytest

from sutaz_tui.logs.lines import LINE_LIMIT, LogLine
from tests import hostile
from tests.board.logged import NOW, until, word
from tests.board.showing import Board, few, showing
from tests.logs.scripted_feed import SECOND, ScriptedDesk, ScriptedFeed, line

YEAR = 366 * 24 * 3600
TEXTS = list(hostile.LOG_LINES.values())
AT_ONCE = 24


def harmless(text: str) -> bool:
    """Whether all of a screen can be printed and encoded."""
    return all(char.isprintable() or char == "\n" for char in text) and bool(text.encode("utf-8"))


def saved(board: Board) -> str:
    """The name of the one file that was saved."""
    [name] = [path.name for path in board.app.kept.folder.glob("view-*.txt")]
    return name


async def settled(board: Board, word: str) -> None:
    await until(board, lambda: word in board.text)


@pytest.mark.parametrize("part", range(0, len(TEXTS), AT_ONCE))
async def test_lines_that_would_break_a_screen(part: int, tmp_path: Path) -> None:
    texts = TEXTS[part : part + AT_ONCE]
    lines = [
        one
        for n, text in enumerate(texts)
        for one in (
            line(NOW - 99 + 2 * n, f"before it {word(n)}", "postgres"),
            LogLine(
                (NOW - 98 + 2 * n) * SECOND,
                "postgres",
                text[:LINE_LIMIT],
                {"label": text[:5000]},
                max(0, len(text) - LINE_LIMIT),
            ),
        )
    ]
    lines.append(line(NOW - 1, "behind them", "postgres"))
    async with showing(*few(), size=(100, 90), folder=tmp_path) as board:
        board.app.board.log_height = 2 * AT_ONCE + 2
        board.app.tab.log_feeds = ScriptedDesk(ScriptedFeed("postgres", *lines))
        await board.press("l")
        await settled(board, "behind them")
        assert harmless(board.text)
        rows = [y for y, row in enumerate(board.lines) if "before it" in row or "behind them" in row]
        assert [after - before for before, after in pairwise(rows)] == [2] * len(texts), "a row for each line"
        assert board.lines[0].startswith(" TEST"), "the head is untouched"
        # Fields and labels, opened; wrapped; in other times; without masking.
        for _ in texts:
            await board.press("k", "k", "enter")
        await board.press("ctrl+w", "s", "s")
        await board.app.action_run_command("unmask")
        await board.settle()
        panel = board.app.log_panel
        assert panel is not None
        shown = panel.session.pager.page(100, 2000)
        assert all(harmless("".join(text for text, _ in row)) for row in shown)
        assert harmless(board.text)
        await board.press("S", "y")
        assert harmless(board.app.kept.folder.joinpath(saved(board)).read_text("utf-8"))


@pytest.mark.parametrize(
    "markup", ["[bold red]x[/]", "[@click=app.leave]x[/]", "[link=https://evil.example]x[/link]", "]["]
)
async def test_markup_is_text(markup: str) -> None:
    async with showing(*few(), size=(100, 40)) as board:
        board.app.tab.log_feeds = ScriptedDesk(ScriptedFeed("postgres", line(NOW - 1, markup, "postgres")))
        await board.press("l")
        await settled(board, markup)
        await board.press("slash")
        await board.type(markup)
        assert f"/{markup[:20]}" in board.text, "in the title too"


async def test_a_line_without_end_and_a_moment_a_year_ahead_do_no_harm() -> None:
    lines = [
        LogLine((NOW - 3) * SECOND, "postgres", "x" * LINE_LIMIT, cut=10_000_000 - LINE_LIMIT),
        line(NOW - 2, "behind it", "postgres"),
        line(NOW + YEAR, "a year ahead", "postgres"),
    ]
    feed = ScriptedFeed("postgres", *lines[:2])
    async with showing(*few(), size=(100, 40)) as board:
        board.app.tab.log_feeds = ScriptedDesk(feed)
        await board.press("l")
        await settled(board, "behind it")
        feed.come(lines[2])
        await board.run(1)
        await settled(board, "a year ahead")
        feed.come(line(NOW, "as usual", "postgres"))
        await board.run(1)
        await settled(board, "as usual")
        for key in ("g", "enter", "ctrl+w", "ctrl+d", "ctrl+u", "G"):
            await board.press(key)
        assert harmless(board.text)
