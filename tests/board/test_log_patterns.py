"""The patterns of a log: what came with the last change stands first, and Enter shows its lines."""

from datetime import UTC, datetime

from sutaz_tui.model import Change, ChangeKind
from tests.board.logged import NOW, logged, title, until
from tests.logs.scripted_feed import ScriptedDesk, ScriptedFeed, line


def desk() -> ScriptedDesk:
    lines = [
        line(NOW - 3500 + n * 4, f"INFO: served request {n} in {n % 9} ms", "postgres") for n in range(800)
    ]
    lines += [line(NOW - 500 + n, f"ERROR: lost shard {n}", "postgres") for n in range(30)]
    return ScriptedDesk(ScriptedFeed("postgres", *sorted(lines, key=lambda one: one.at)))


async def test_what_is_new_since_the_last_change_stands_first() -> None:
    async with logged((120, 30), made=desk()) as board:
        await board.press("l")
        panel = board.app.log_panel
        assert panel is not None
        at = datetime.fromtimestamp(NOW - 600, UTC)
        panel.changes = lambda: [Change(at, "postgres", ChangeKind.RESTART, "restarted")]
        await board.press("P")
        await until(board, lambda: "2 patterns of 830 lines" in board.text and "reading" not in board.text)
        assert "new since the change at 13:50:00" in board.lines[0]
        first, second = board.lines[2:4]
        assert "new" in first and "30  error" in first and "lost shard <_>" in first
        assert "800  info" in second and "served request <_> in <_> ms" in second and "new" not in second


async def test_enter_shows_the_lines_of_a_pattern() -> None:
    async with logged((120, 30), made=desk()) as board:
        await board.press("l", "P")
        await until(board, lambda: "reading" not in board.text and "lost shard" in board.text)
        await board.press("j", "enter")
        await until(board, lambda: title(board) != "" and "lost shard" in board.text)
        assert "& /" in title(board) and "served" not in board.text


async def test_the_span_grows_and_a_source_at_fault_is_told() -> None:
    from sutaz_tui.errors import Refused

    made = desk()
    async with logged((120, 30), made=made) as board:
        await board.press("l", "P")
        await until(board, lambda: "last 1h" in board.text and "reading" not in board.text)
        await board.press("plus")
        await until(board, lambda: "last 3h" in board.text and "reading" not in board.text)
        made["postgres"].error = Refused("docker socket", "refused; is Docker running?")
        await board.press("r")
        await until(board, lambda: "is Docker running?" in board.text)
        await board.press("q")
        assert title(board)
