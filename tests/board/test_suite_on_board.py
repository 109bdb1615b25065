"""A pytest suite behind the keys of the checks: collected, asked for, run, its red one run again, until it is green."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.widgets import Input

from sutaz_tui.config import load
from sutaz_tui.model import Outcome
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.screens.checks.question import QuestionScreen
from sutaz_tui.tui.terminal.capabilities import Terminal
from tests.board.test_check_screens import Keys
from tests.checks import foreign_suite as foreign

STACK = """
env: test
services:
  - {{id: one, kind: tcp, address: "127.0.0.1:9"}}
checks:
  pytest:
    - {{id: suite, cwd: theirs, python: {python}}}
  junit:
    - {{id: jest, file: jest.xml}}
"""
WAITS = """
import os


def test_mended():
    assert os.path.exists("mended")


def test_passes():
    pass
"""
JEST = (
    '<testsuite><testcase name="adds"/><testcase name="pays"><failure message="502"/></testcase></testsuite>'
)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Keys]:
    foreign.write(folder / "theirs", {"test_waits.py": WAITS})
    (folder / "jest.xml").write_text(JEST)
    file = folder / "stack.yaml"
    file.write_text(STACK.format(python=sys.executable))
    app = SutazApp(load(None, file, {}), terminal=Terminal())
    async with app.run_test(size=(120, 45)) as pilot:
        keys = Keys(app, pilot)
        await keys.until(lambda: app.checks.headings, "the checks are loaded")
        yield keys


async def answer(keys: Keys, word: str) -> None:
    await keys.until(lambda: isinstance(keys.app.screen, QuestionScreen), "a question")
    keys.app.screen.query_one(Input).value = word
    await keys.press("enter")


def ends(keys: Keys) -> dict[str, Outcome]:
    return {id: result.outcome for id, result in keys.runs.results.items() if id.startswith("suite.")}


async def test_see_red_mend_it_one_key_see_green(tmp_path: Path) -> None:
    async with opened(tmp_path) as keys:
        letter = next(one.letter for one in keys.app.checks.headings if one.id == "suite")
        await keys.press("t", letter)
        await answer(keys, "run")
        await keys.until(lambda: "2 tests are collected, none has run" in keys.text, "it is collected")
        assert ends(keys) == {"suite.collect": Outcome.PASS}
        assert "-m pytest" in keys.text
        await answer(keys, "run")
        await keys.until(lambda: len(ends(keys)) == 3 and not keys.runs.is_running, "the tests end")
        assert ends(keys)["suite.test_waits.py::test_mended"] is Outcome.FAIL
        assert ends(keys)["suite.test_waits.py::test_passes"] is Outcome.PASS
        (tmp_path / "theirs" / "mended").touch()
        await keys.press("F")
        await answer(keys, "run")
        await keys.until(
            lambda: keys.foot.strip().startswith("all green") or "all green" in keys.text, "it is green"
        )
        assert ends(keys)["suite.test_waits.py::test_mended"] is Outcome.PASS
        (tmp_path / "theirs" / "mended").unlink()
        await keys.press("full_stop")
        await answer(keys, "run")
        await keys.until(
            lambda: not keys.runs.is_running and Outcome.FAIL in ends(keys).values(), "it is red again"
        )


async def test_whoever_says_no_has_nothing_run(tmp_path: Path) -> None:
    async with opened(tmp_path) as keys:
        letter = next(one.letter for one in keys.app.checks.headings if one.id == "suite")
        await keys.press("t", letter)
        await answer(keys, "no")
        await keys.pilot.pause(0.2)
        assert ends(keys) == {}


async def test_what_another_runner_wrote_is_there_from_the_start(tmp_path: Path) -> None:
    async with opened(tmp_path) as keys:
        await keys.until(lambda: len(keys.runs.of("jest")) == 3, "its cases are known")
        letter = next(one.letter for one in keys.app.checks.headings if one.id == "jest")
        await keys.press("t", letter)
        await keys.until(lambda: "jest.pays" in keys.runs.results, "it is read")
        assert keys.runs.results["jest.pays"].outcome is Outcome.FAIL
        (tmp_path / "jest.xml").write_text(JEST.replace('<failure message="502"/>', ""))
        await keys.press("F")
        await keys.until(lambda: keys.runs.results["jest.pays"].outcome is Outcome.PASS, "it is green")
