"""The histogram above a log: when its errors began, and the way there."""

from datetime import UTC, datetime

from sutaz_tui.model import Change, ChangeKind
from tests.board.logged import NOW, logged, selected, until
from tests.logs.scripted_feed import ScriptedDesk, ScriptedFeed, line


def desk() -> ScriptedDesk:
    lines = [
        line(NOW - 3600 + n * 4, f"INFO: tick {'ab'[n % 2] * (n % 7 + 1)}", "postgres") for n in range(900)
    ]
    lines += [line(NOW - 1200 + n, f"ERROR: lost {'x' * (n % 5 + 1)}", "postgres") for n in range(30)]
    return ScriptedDesk(ScriptedFeed("postgres", *sorted(lines, key=lambda one: one.at)))


async def test_i_shows_when_the_errors_were_and_enter_goes_there() -> None:
    async with logged((100, 30), made=desk()) as board:
        await board.press("l", "i")
        await until(board, lambda: "915 lines" in board.text)
        assert "0 warnings  30 errors" in board.text
        row = next(row for row in board.lines if row.startswith("  error"))
        assert "█" in row and row.count("█") <= 2, "they stand in one place"
        axis = next(row for row in board.lines if row.strip().startswith("13:"))
        # The column of the errors stands over 13:40.
        place = row.index("█")
        assert axis[place - 6 : place + 6].count("1") >= 1
        cells = len(row.rstrip()) and row.index("█")
        steps = max(len(r) for r in board.lines if r.startswith("  all")) - cells
        await board.press(*["left"] * steps)
        while "30 errors" not in board.text:
            await board.press("left" if "0 errors" in board.text else "right")
            steps -= 1
            assert steps > -40
        assert "Enter goes there" in board.text
        await board.press("enter")
        await until(board, lambda: "lost" in board.text)
        assert "13:40" in selected(board)[:8] or "13:39" in selected(board)[:8]


async def test_the_span_grows_and_shrinks_and_esc_closes_it() -> None:
    async with logged((100, 30), made=desk()) as board:
        await board.press("l", "i")
        await until(board, lambda: "last 1h" in board.text)
        await board.press("minus")
        await until(board, lambda: "last 3h" in board.text)
        await board.press("plus", "plus")
        await until(board, lambda: "last 15m" in board.text and "0 errors" in board.text)
        await board.press("escape")
        assert "column" not in board.text and "-- log postgres" in board.text
        await board.press("left")
        assert "i opens the histogram" in board.foot


async def test_what_changed_stands_on_its_axis() -> None:
    async with logged((100, 30), made=desk()) as board:
        await board.press("l")
        panel = board.app.log_panel
        assert panel is not None
        at = datetime.fromtimestamp(NOW - 1205, UTC)
        panel.changes = lambda: [Change(at, "postgres", ChangeKind.RESTART, "restarted")]
        await board.press("i")
        await until(board, lambda: "915 lines" in board.text)
        marks = next(row for row in board.lines if row.startswith("  changes"))
        errors = next(row for row in board.lines if row.startswith("  error"))
        assert abs(marks.index("^") - errors.index("█")) <= 1


async def test_a_source_that_cannot_be_asked_is_told_in_its_place() -> None:
    from sutaz_tui.errors import Refused

    made = desk()
    async with logged((100, 30), made=made) as board:
        await board.press("l")
        made["postgres"].error = Refused("docker socket", "refused; is Docker running?")
        await board.press("i")
        await until(board, lambda: "is Docker running?" in board.text)
