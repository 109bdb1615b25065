"""The tests under nohup and behind `&`."""

import subprocess
import sys

from tests.running import ROOT
from tests.servers.waiting import patient

_TELLS = "import signal; print(*(signal.getsignal(n) is signal.SIG_IGN for n in (1, 2, 3)))"
_TESTS = f"""
import os, signal, subprocess, sys
from tests.signals import hear_signals
for number in (1, 2, 3):
    signal.signal(number, signal.SIG_IGN)
subprocess.run([sys.executable, "-c", {_TELLS!r}], check=True)
hear_signals()
subprocess.run([sys.executable, "-c", {_TELLS!r}], check=True)
for number in (1, 2, 3):
    os.kill(os.getpid(), number)
print("lives")
"""


def test_programs_hear_signals_though_the_tests_run_under_nohup() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TESTS], cwd=ROOT, capture_output=True, text=True, timeout=patient(60)
    )
    assert done.stdout.splitlines() == ["True True True", "False False False", "lives"], done.stderr
