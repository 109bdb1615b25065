"""What comes while the board is left."""

from tests.board.showing import few, showing


async def test_an_answer_that_comes_while_the_board_closes_is_no_fault_of_ours() -> None:
    async with showing(*few()) as board:
        app, snapshot = board.app, board.stand.engine.snapshot()
    assert not app.screen_stack
    app.show(snapshot)
