"""The README's pictures, drawn of the built-in stack; UPDATE_SNAPSHOTS=1 stores them anew."""

from pathlib import Path

import pytest

from sutaz_tui.model import CheckResult
from tests.board.showing import Board
from tests.board.stack_pictures import a_cause, a_failed_check, failed, the_log_of_a_failed_check
from tests.board.test_pictures import FOLDER, compare, named, stable, steadied

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
async def result(monkeypatch: pytest.MonkeyPatch) -> CheckResult:
    """The failed check, as it is asked of the simulated stack."""
    named(monkeypatch)
    return await failed()


def compare_picture(board: Board, path: Path) -> None:
    compare(path, stable(board.app.export_screenshot(title="sutaz-tui")))


async def test_a_cause_at_every_size(result: CheckResult, tmp_path: Path) -> None:
    for size, picture in (((80, 24), "board.svg"), ((160, 45), "board-wide.svg"), ((200, 60), "wider")):
        async with a_cause(size, tmp_path / picture, result) as board:
            await steadied(board)
            compare(FOLDER / f"stack-{size[0]}x{size[1]}.txt", board.text + "\n")
            if picture != "wider":
                compare_picture(board, DOCS / picture)


async def test_a_failed_check_with_its_evidence_and_its_log(result: CheckResult, tmp_path: Path) -> None:
    async with a_failed_check((100, 30), tmp_path / "evidence", result) as board:
        assert "500: Internal Server Error" in board.text and "curl -sS" in board.text
        compare_picture(board, DOCS / "failed-check.svg")
    async with the_log_of_a_failed_check((100, 14), tmp_path / "log", result) as board:
        assert "AttributeError" in board.text
        compare_picture(board, DOCS / "failed-check-log.svg")
