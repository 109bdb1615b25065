"""A pytest suite of somebody else: the names of the stack's 254 tests in files by category, and tests that end in every way."""

import json
import textwrap
from collections import defaultdict
from pathlib import Path

from tests.running import ROOT

ODD = '''
import asyncio
import os
import sys
import time

import pytest


@pytest.fixture
def broken():
    raise RuntimeError("no database")


@pytest.fixture
def leaves_badly():
    yield
    raise RuntimeError("cannot be taken down")


@pytest.mark.slow
@pytest.mark.database
def test_passes():
    """PostgreSQL answers."""


def test_fails():
    sys.stdout.write("\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07 password is hunter2-simulated\\n")
    assert {"status": "degraded"} == {"status": "healthy"}


def test_error(broken):
    pass


def test_leaves_badly(leaves_badly):
    pass


@pytest.mark.skip(reason="not on this host")
def test_skipped():
    pass


@pytest.mark.xfail(reason="known: 4711")
def test_xfails():
    assert False


@pytest.mark.xfail(reason="known: 4712")
def test_xpasses():
    pass


@pytest.mark.parametrize("name", ["a", "b/c d", "é\\x1b[31m", "x" * 300])
def test_takes(name):
    assert name


def test_async():
    asyncio.run(asyncio.sleep(0))


def test_takes_its_time():
    time.sleep(0.3)
'''
CRASH = """
import os


def test_before():
    pass


def test_crashes():
    os.kill(os.getpid(), 11)


def test_after():
    pass
"""
HANG = """
import subprocess
import sys
import time


def test_before():
    pass


def test_hangs():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open("child.pid", "w") as file:
        file.write(str(child.pid))
    time.sleep(600)


def test_after():
    pass
"""
BROKEN = "import there_is_no_such_module\n"


def stack_files() -> dict[str, str]:
    """The stack's own tests, as far as their names and files go."""
    by_row: defaultdict[str, list[str]] = defaultdict(list)
    for test in json.loads((ROOT / "tests" / "old_tests.json").read_text()):
        by_row[test["row"]].append(test["name"])
    return {
        f"tests/test_{row}.py": "\n\n".join(f"def {name}_{at}():\n    pass" for at, name in enumerate(names))
        + "\n"
        for row, names in by_row.items()
    }


def write(folder: Path, files: dict[str, str]) -> Path:
    """A suite of these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow: s\n    database: d\n")
    return folder
