"""What long answers took goes back to the system once they are done with, in a program that runs for days."""

import subprocess
import sys

# Twenty answers at once, and behind them something that stays.
ANSWERED = """
import os
from sutaz_tui.process.heap import give_back
from tests.bench.board_memory import resident
{settled}
bytearray(16 << 20)
before = resident(os.getpid())
answers = [bytearray(1 << 20) for _ in range(20)]
stays = bytearray(2000)
del answers
print(resident(os.getpid()) - before)
"""


def kept(settled: str) -> float:
    """Megabytes that a process holds more behind its answers than before."""
    words = (sys.executable, "-c", ANSWERED.format(settled=settled))
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def test_long_answers_that_are_done_with_go_back_to_the_system() -> None:
    # By itself glibc keeps them all.
    assert kept("") > 15
    assert kept("give_back()") < 2
