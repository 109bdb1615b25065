"""How far long work is, on a terminal's standard error."""

import re
import sys

import pytest

from sutaz_tui.process.progress import Progress
from sutaz_tui.text.bar import bar
from tests.terminal import Terminal


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [(0, 30, "[..........] 0/30"), (12, 30, "[####......] 12/30"), (29, 30, "[#########.] 29/30"),
     (30, 30, "[##########] 30/30"), (0, 0, "[##########] 0/0")],
)  # fmt: skip
def test_a_bar_is_full_only_when_all_is_done(done: int, total: int, shown: str) -> None:
    assert bar(done, total) == shown


def test_nothing_is_written_where_standard_error_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(2)
    progress.step()
    progress.end()
    assert capsys.readouterr() == ("", "")


def test_checks_on_a_terminal_show_how_far_they_are_and_leave_their_output_alone() -> None:
    with Terminal("check", "mcp", "--demo", "--scenario", "healthy", columns=120, rows=50) as terminal:
        assert terminal.wait_end(60) in (0, 1, 2)
        assert re.search(rb"\[[#.]{20}\] \d+/\d+ checks", terminal.raw)
        assert "[#" not in terminal.text, "the bar is gone at the end"


def test_a_bar_is_one_line_that_is_written_over() -> None:
    program = (sys.executable, "-c", PROGRAM)
    with Terminal(program=program) as terminal:
        assert terminal.wait_end() == 0
        assert terminal.text.strip() == "the result"
        assert b"[####################] 3/3 checks" in terminal.raw


PROGRAM = """
from sutaz_tui.process.progress import Progress
progress = Progress(3, "checks")
for _ in range(3):
    progress.step()
progress.end()
print("the result")
"""
