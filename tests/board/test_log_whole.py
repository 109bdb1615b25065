"""Finds that go on where the lines on the screen end: in all that the log's source keeps."""

from sutaz_tui.logs.lines import UNREAD, LogLine
from tests.board.logged import NOW, logged, selected, shown, some, title, until, word
from tests.logs.scripted_feed import ScriptedDesk, ScriptedFeed, line

MANY = 5000


def long_log(*more: LogLine) -> ScriptedDesk:
    """One log of 5,000 lines a second apart, of which 200 are read when it is opened."""
    lines = [*some("postgres", MANY), *more]
    return ScriptedDesk(ScriptedFeed("postgres", *sorted(lines, key=lambda one: one.at)))


def at(ago: float, text: str) -> LogLine:
    return line(NOW - ago - 0.5, text, "postgres")


async def test_a_word_thousands_of_lines_back_is_found_by_one_key() -> None:
    async with logged(made=long_log(at(4000, "INFO: NEEDLE"))) as board:
        await board.press("l", "slash")
        await board.type("NEEDLE")
        await until(board, lambda: "NEEDLE" in selected(board))
        panel = board.app.log_panel
        assert panel is not None
        buffer = panel.session.buffer
        above = [row for row in shown(board) if row][: shown(board).index(selected(board))]
        assert any(f"says {word(MANY - 4001)}" in row for row in above), "what came before it is seen too"
        holes = [entry.gap for entry in buffer.entries if entry.gap is not None]
        assert [hole.words for hole in holes] == [UNREAD], "what was not read is told"
        kept = sum(entry.lines for entry in buffer.entries)
        assert kept < 1500, "the log was not read whole"


async def test_the_next_error_in_lines_that_were_not_read_is_not_passed_over() -> None:
    desk = long_log(at(4500, "ERROR: first"), at(2000, "ERROR: within"), at(1990, "ERROR: beside"))
    async with logged(made=desk) as board:
        await board.press("l", "E")
        await until(board, lambda: "beside" in selected(board))
        await board.press("E")
        assert "within" in selected(board)
        await board.press("E")
        await until(board, lambda: "first" in selected(board))
        # The hole between the two that were found holds nothing more: the way back passes it.
        await board.press("e")
        await until(board, lambda: "within" in selected(board))
        await board.press("E", "E")
        await until(board, lambda: "no earlier error, back to 30d ago" in board.foot)


async def test_an_error_in_a_hole_is_found_on_the_way_down() -> None:
    desk = long_log(at(4500, "ERROR: first"), at(2000, "ERROR: within"), at(20, "ERROR: last"))
    async with logged(made=desk) as board:
        await board.press("l", "slash")
        await board.type("first")
        await until(board, lambda: "first" in selected(board))
        await board.press("e")
        await until(board, lambda: "within" in selected(board))
        await board.press("x")
        assert "not read yet" in selected(board)
        await board.press("E", "e", "e")
        await until(board, lambda: "last" in selected(board))


async def test_a_filter_that_no_line_here_passes_shows_the_last_one_that_does() -> None:
    async with logged(made=long_log(at(4000, "INFO: NEEDLE"))) as board:
        await board.press("l", "ampersand")
        await board.type("NEEDLE")
        await until(board, lambda: "INFO NEEDLE" in board.text or "NEEDLE" in selected(board))
        assert "& NEEDLE" in title(board)


async def test_a_find_looks_through_the_filter() -> None:
    desk = long_log(at(4000, "INFO: NEEDLE old"), at(3000, "DEBUG: NEEDLE hidden"))
    async with logged(made=desk) as board:
        await board.press("l", "L", "slash")
        await board.type("NEEDLE")
        await until(board, lambda: "NEEDLE old" in selected(board))


async def test_ctrl_c_ends_a_search() -> None:
    desk = long_log()
    async with logged(made=desk) as board:
        await board.press("l")
        feed = desk["postgres"]
        feed.hold()
        await board.press("slash")
        await board.type("NEEDLE")
        await until(board, lambda: "searching" in title(board))
        await board.press("ctrl+c")
        await until(board, lambda: "searching" not in title(board))
        assert "cancelled" in board.foot
        feed.let_go()
        await board.press("N")
        await until(board, lambda: "no earlier match" in board.foot)


async def test_enter_on_a_hole_reads_on_from_where_the_reader_came() -> None:
    desk = ScriptedDesk(ScriptedFeed("postgres", *some("postgres", 30_000)))
    async with logged(made=desk) as board:
        await board.press("l", "slash")
        await board.type(f"says {word(2)}$")
        await board.press("slash")
        await board.type(f"/says {word(2)}$/")
        await until(board, lambda: f"says {word(2)}" in selected(board))
        await board.press("G", "k", "x")
        assert "not read yet" in selected(board)
        await board.press("k", "j", "k", "j")
        panel = board.app.log_panel
        assert panel is not None
        buffer = panel.session.buffer
        # From below: the youngest ones of what is missing come first.
        panel.came_up = True
        await board.press("enter")
        await until(board, lambda: "fetches more" in board.foot)
        hole = next(entry for entry in buffer.entries if entry.gap is not None)
        index = list(buffer.entries).index(hole)
        assert buffer.entries[index - 1].at < hole.at < buffer.entries[index + 1].at
        assert sum(entry.lines for entry in buffer.entries[index:]) > 20_000
