"""A history that is damaged while it is written: it is kept aside, that is told, and a new one begins by itself."""

from pathlib import Path

from sutaz_tui.state.history.file import HistoryFile
from tests.hand_clock import HandClock
from tests.state.history.remembering import assert_gapless, watching

NOISE = b"no database " * 5000


async def test_a_damaged_history_is_kept_aside_told_and_begun_anew(tmp_path: Path) -> None:
    clock = HandClock()
    async with watching(tmp_path, clock) as board:
        await board.run(10)
        board.stop()
        assert board.memory.path is not None
        path = board.memory.path
    path.write_bytes(NOISE)
    async with watching(tmp_path, clock) as board:
        await board.run(30)
        board.stop()
        assert board.told[-1] == f"damaged history kept as {path.name}.damaged; a new one begins"
        assert_gapless(board.spans(), board.watches())
        assert len(board.watches()) == 1
    assert path.with_name(f"{path.name}.damaged").read_bytes() == NOISE


def test_who_has_an_old_file_open_writes_into_the_one_that_took_its_place(tmp_path: Path) -> None:
    """Of two programs one moves the damaged file away: the other must not go on in it, nor move the new one away."""
    one, other = (HistoryFile(tmp_path / "history.sqlite3") for _ in range(2))
    note = ("INSERT INTO changes VALUES (1, NULL, 'note', 'kept')", ())
    one.write([note])
    one.path.replace(tmp_path / "aside")
    other.write([note])
    one.write([note])
    assert one.read(lambda db: db.execute("SELECT count(*) FROM changes").fetchone()) == (2,)
    one.close()
    other.close()
