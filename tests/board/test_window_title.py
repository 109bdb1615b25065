"""The title of the terminal's window."""

from sutaz_tui.model import Status
from sutaz_tui.probes.base import Finding
from sutaz_tui.tui.window_title import window_title
from tests.board.showing import few, showing


async def test_the_title_counts_what_is_down_else_degraded() -> None:
    async with showing(*few()) as board:
        snapshot = board.stand.engine.snapshot
        assert window_title(snapshot(), "prod") == "✓ PROD"
        board.refuse("redis", "loki")
        await board.run(40)
        assert window_title(snapshot(), "prod") == "✗2 PROD"
        assert window_title(snapshot(), "p\x1b]0;x\x07rod" + "x" * 50).isprintable()


async def test_before_all_have_answered_nothing_is_called_up() -> None:
    async with showing(*few(), is_answered=False) as board:
        assert window_title(board.stand.engine.snapshot(), "prod") == "? PROD"


async def test_a_stack_that_only_runs_is_not_called_well() -> None:
    running = Finding("running, no health check", Status.UP, 0.002, "running", {"checked": False})
    async with showing(*few()) as board:
        for id in board.stand.probes:
            board.stand[id].finding = running
        await board.run(40)
        assert window_title(board.stand.engine.snapshot(), "prod") == "o PROD"
