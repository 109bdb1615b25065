"""The log of a Loki on the board: what its title says of lines that are missing, and a gap that Enter fills."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sutaz_tui.logs.feed import Feed
from sutaz_tui.logs.following.loki_feed import LokiFeed
from sutaz_tui.logs.following.loki_following import Bounds
from sutaz_tui.logs.lines import LogLine
from tests.board.logged import selected, shown, title, until, word
from tests.board.showing import Board, few, showing
from tests.logs.following.scripted_loki import ScriptedLoki, key
from tests.logs.scripted_feed import ScriptedDesk

BELOW = 10_000


class LokiDesk(ScriptedDesk):
    """A desk with one log, that of a Loki."""

    def __init__(self, feed: LokiFeed) -> None:
        super().__init__()
        self._feed = feed

    async def feeds(self, services: Sequence[str]) -> list[Feed]:
        return [self._feed]


class Shown:
    """A board with the log of one Loki open on it."""

    def __init__(self, board: Board, loki: ScriptedLoki) -> None:
        self.board = board
        self.loki = loki

    @property
    def lines(self) -> list[LogLine]:
        """What the panel holds, in its order."""
        panel = self.board.app.log_panel
        assert panel is not None
        return [line for entry in panel.session.buffer.entries for line in entry.all()]


@asynccontextmanager
async def opened(page_limit: int) -> AsyncIterator[Shown]:
    async with showing(*few(), size=(120, 30)) as board:
        loki = ScriptedLoki(board.stand.clock, page_limit, "postgres")
        feed = LokiFeed(loki, loki.clock, "postgres", "{}", "loki", BELOW, Bounds(behind=3), seed=1)
        board.app.tab.log_feeds = LokiDesk(feed)
        loki.send([f"INFO: before {word(number)}" for number in range(5)])
        await board.run(1)
        await board.press("l")
        await until(board, lambda: f"before {word(4)}" in board.text)
        yield Shown(board, loki)


async def test_enter_on_a_gap_brings_its_lines_there_and_the_title_tells_both() -> None:
    async with opened(page_limit=20) as log:
        board, loki = log.board, log.loki
        await board.run(2)
        loki.send([f"INFO: flood {word(number)}" for number in range(200)], by="lost")
        loki.send(["INFO: behind it"], at=loki.now() + 1000)
        await board.run(8)
        await until(board, lambda: "LOST" in title(board))
        missing = len(loki.lines) - len(log.lines)
        assert missing > 100
        assert f"{missing} LOST" in title(board)
        while "not received" not in selected(board):
            await board.press("k")
        await board.press(*"kkkk", *"jjjj")
        assert f"{missing} lines not received" in selected(board)
        place = next(place for place, row in enumerate(shown(board)) if "not received" in row)
        above = shown(board)[:place]
        assert len(above) > 2
        await board.press("enter")
        await until(board, lambda: "LOST" not in title(board))
        assert shown(board)[:place] == above, "what stands above it stays where it is"
        assert "not received" not in board.text
        assert [key(line) for line in log.lines] == [key(line) for line in loki.lines]
        # Loki's count of that minute finds them all there.
        await board.run(200)
        assert "LOST" not in title(board) and "uncounted" not in title(board)
        assert [key(line) for line in log.lines] == [key(line) for line in loki.lines]


async def test_uncounted_is_said_while_a_count_would_read_too_much() -> None:
    async with opened(page_limit=20) as log:
        board, loki = log.board, log.loki
        assert "uncounted" not in title(board)
        loki.bytes = BELOW
        await board.run(90)
        assert "uncounted" in title(board)
        assert loki.count_asked()["count"] == 0
        loki.bytes = BELOW - 1
        await board.run(90)
        assert "uncounted" not in title(board)
        assert loki.count_asked()["count"] >= 1
