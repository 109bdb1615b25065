"""The first frame is the picture of the earlier run, and cells turn one by one in place."""

from datetime import timedelta
from pathlib import Path

from tests.board.pictures import START
from tests.board.showing import few, showing
from tests.hand_clock import HandClock


async def test_nothing_kept_and_nothing_answered() -> None:
    async with showing(*few(), is_answered=False) as board:
        assert "0 of 7 answered" in board.lines[1]
        assert board.cell("redis").split() == ["~", "Redis", "asking"]


async def test_the_last_picture_then_cell_by_cell(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with showing(*few(), folder=folder, clock=HandClock(START)) as board:
        board.refuse("loki")
        await board.run(60)
    [path] = folder.glob("history-*.sqlite3")
    assert not list(folder.glob("*.json"))
    assert path.stat().st_mode & 0o777 == 0o600
    later = HandClock(START + timedelta(minutes=40))
    async with showing(*few(), folder=folder, clock=later, is_answered=False) as board:
        assert board.lines[1] == " as of 13:41, asking"
        assert board.cell("redis").split() == ["~", "Redis", "3"]
        assert board.cell("loki").split() == ["~", "Loki", "DOWN"]
        places = [line.index("Redis") for line in board.lines if "Redis" in line]
        seen = set()
        for _ in range(60):
            await board.run(0.01)
            seen.add(board.lines[1].strip())
        answered = {words for words in seen if words.endswith("of 7 answered")}
        assert answered, f"cells turn one by one, not all at once: {seen}"
        assert board.cell("redis").split() == ["✓", "Redis", "3"]
        assert [line.index("Redis") for line in board.lines if "Redis" in line] == places
        assert board.lines[1].startswith(" All healthy.")


async def test_the_picture_is_shown_of_the_services_that_stay_when_one_is_added(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    clock = HandClock(START)
    async with showing(*few()[:3], folder=folder, clock=clock) as board:
        await board.run(1)
    async with showing(*few()[1:], folder=folder, clock=clock, is_answered=False) as board:
        assert board.cell("redis").split() == ["~>Redis", "3"] and "as of" in board.lines[1]
        assert board.cell("backend").split() == ["~", "Backend", "asking"]


async def test_a_picture_of_other_services_is_not_shown(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with showing(*few()[:3], folder=folder) as board:
        await board.run(1)
    async with showing(*few()[3:], folder=folder, is_answered=False) as board:
        assert "0 of 4 answered" in board.lines[1]
