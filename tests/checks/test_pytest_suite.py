"""A pytest suite of the user's own as a category: collected, run by its own interpreter, told test by test, run again by id."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from sutaz_tui.checks.base import Check
from sutaz_tui.checks.suites.pytest_suite import PytestBatch
from sutaz_tui.config import Config
from sutaz_tui.config.suites import PytestSuite
from sutaz_tui.errors import BadAnswer, Unreachable
from sutaz_tui.model import CheckClass, CheckResult, CheckRun, Outcome
from sutaz_tui.wiring.checks import Checking
from tests.checks import foreign_suite as foreign
from tests.config.faults import HTTP, read
from tests.running import command

EVERY = frozenset(CheckClass)


@pytest.fixture(autouse=True)
def no_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each start of a suite's pytest loads none of all the plugins that our own tests have: half of its time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def suite(folder: Path, files: dict[str, str], **keys: object) -> tuple[Config, PytestBatch]:
    config = read(tmp_config(folder), HTTP)
    config.secrets.add("hunter2-simulated")
    theirs = foreign.write(folder / "theirs", files)
    entry = PytestSuite(id="suite", python=sys.executable, cwd=str(theirs), **keys)  # type: ignore[arg-type]
    return config, PytestBatch(entry, config.secrets)


def tmp_config(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


async def ran(config: Config, checks: list[Check], **more: object) -> dict[str, CheckResult]:
    checking = Checking(config)
    try:
        run: CheckRun = await checking.run(checks, allow=EVERY, **more)
    finally:
        await checking.aclose()
    return {result.check_id.removeprefix("suite."): result for result in run.results}


async def test_tests_of_every_end_are_told_by_pytests_own_words(tmp_path: Path) -> None:
    config, batch = suite(tmp_path, {"test_odd.py": foreign.ODD})
    found = {
        id.partition("::")[2]: result for id, result in (await ran(config, await batch.collect())).items()
    }
    ends = {id: result.outcome for id, result in found.items() if "takes[" not in id}
    assert ends == {
        "test_passes": Outcome.PASS,
        "test_fails": Outcome.FAIL,
        "test_error": Outcome.ERROR,
        "test_leaves_badly": Outcome.ERROR,
        "test_skipped": Outcome.SKIP,
        "test_xfails": Outcome.SKIP,
        "test_xpasses": Outcome.PASS,
        "test_async": Outcome.PASS,
        "test_takes_its_time": Outcome.PASS,
    }
    assert sum(id.startswith("test_takes[") for id in found) == 4
    assert found["test_passes"].title == "PostgreSQL answers."
    assert "degraded" in found["test_fails"].message
    assert "no database" in found["test_error"].message
    assert "cannot be taken down" in found["test_leaves_badly"].message
    assert found["test_skipped"].message == "Skipped: not on this host"
    assert "known: 4711" in found["test_xfails"].message
    assert "known: 4712" in found["test_xpasses"].message
    assert found["test_takes_its_time"].elapsed >= 0.3
    (step,) = found["test_fails"].steps
    assert "Captured stdout call" in step.answer and "def test_fails" in step.answer
    assert "\x1b" not in step.answer and "hunter2" not in step.answer
    assert step.reproduce.endswith("test_odd.py::test_fails")


async def test_it_is_collected_without_being_run_and_marks_are_tags(tmp_path: Path) -> None:
    _, batch = suite(
        tmp_path, {"test_a.py": "def test_one():\n    open('ran', 'w').close()\n", "test_odd.py": foreign.ODD}
    )
    found = {check.id.rpartition("::")[2]: check for check in await batch.collect()}
    assert found["test_passes"].tags == ("database", "slow")
    assert found["test_passes"].check_class is CheckClass.HEAVY
    assert not (tmp_path / "theirs" / "ran").exists()


async def test_the_254_of_the_stack_are_collected_and_run(tmp_path: Path) -> None:
    config, batch = suite(tmp_path, foreign.stack_files(), path=["tests"])
    checks = await batch.collect()
    assert len(checks) == 254
    found = await ran(config, checks)
    assert {result.outcome for result in found.values()} == {Outcome.PASS}


async def test_a_red_one_is_run_again_alone(tmp_path: Path) -> None:
    config, batch = suite(tmp_path, {"tests/test_odd.py": foreign.ODD}, path=["tests"])
    checks = {check.id: check for check in await batch.collect()}
    id = "suite.tests/test_odd.py::test_takes[b/c d]"
    assert list(await ran(config, [checks[id]])) == [id.removeprefix("suite.")]


async def test_each_is_told_as_soon_as_it_has_ended(tmp_path: Path) -> None:
    waits = "import time, os\ndef test_a():\n    pass\ndef test_b():\n    while not os.path.exists('go'):\n"
    waits += "        time.sleep(0.01)\n"
    config, batch = suite(tmp_path, {"test_two.py": waits})
    checks = await batch.collect()
    seen = []

    def told(result: CheckResult) -> None:
        seen.append(result.check_id)
        (tmp_path / "theirs" / "go").touch()

    await ran(config, checks, on_result=told)
    assert seen == ["suite.test_two.py::test_a", "suite.test_two.py::test_b"]


async def test_a_test_that_crashes_pytest_is_red_and_the_rest_goes_on(tmp_path: Path) -> None:
    config, batch = suite(tmp_path, {"test_crash.py": foreign.CRASH})
    found = await ran(config, await batch.collect())
    ends = {id.partition("::")[2]: result.outcome for id, result in found.items()}
    assert ends == {"test_before": Outcome.PASS, "test_crashes": Outcome.ERROR, "test_after": Outcome.PASS}
    assert "signal SIGSEGV" in found["test_crash.py::test_crashes"].message


async def test_a_test_that_hangs_is_killed_with_its_children_and_the_rest_goes_on(tmp_path: Path) -> None:
    config, batch = suite(tmp_path, {"test_hang.py": foreign.HANG}, test_timeout=1.0)
    found = await ran(config, await batch.collect())
    ends = {id.partition("::")[2]: result.outcome for id, result in found.items()}
    assert ends == {"test_before": Outcome.PASS, "test_hangs": Outcome.ERROR, "test_after": Outcome.PASS}
    assert "within 1 s" in found["test_hang.py::test_hangs"].message
    assert is_gone(tmp_path / "theirs" / "child.pid")


async def test_a_run_that_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    config, batch = suite(tmp_path, {"test_hang.py": foreign.HANG})
    checks = await batch.collect()
    task = asyncio.create_task(ran(config, checks))
    pid = tmp_path / "theirs" / "child.pid"
    while not (pid.exists() and pid.read_text()):  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert is_gone(pid)


def is_gone(file: Path) -> bool:
    """Whether a process ends soon, or is one that nobody has waited for yet."""
    stat = Path("/proc", file.read_text(), "stat")
    for _ in range(200):
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


async def test_a_file_that_does_not_import_is_an_error_with_its_line_and_the_others_run(
    tmp_path: Path,
) -> None:
    fine = "def test_fine():\n    pass\n"
    files = {"test_broken.py": foreign.BROKEN, "test_fine.py": fine, "test_torn.py": f"{fine}def f(:\n"}
    config, batch = suite(tmp_path, files)
    checks = await batch.collect()
    found = await ran(config, [batch.collecting(), *checks])
    assert found["test_fine.py::test_fine"].outcome is Outcome.PASS
    assert found["test_broken.py"].outcome is Outcome.ERROR
    assert "there_is_no_such_module" in found["test_broken.py"].message
    assert "(test_broken.py:1: in <module>)" in found["test_broken.py"].message
    assert found["test_torn.py"].message.startswith("SyntaxError: invalid syntax (")
    assert found["test_torn.py"].message.endswith("test_torn.py:3)")
    assert found["collect"].outcome is Outcome.ERROR
    assert "test_broken.py: ModuleNotFoundError" in found["collect"].message
    assert "test_broken.py:1: in <module>" in found["collect"].message


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"args": ["--no-such-option"]}, "unrecognized arguments: --no-such-option"),
        ({"path": ["nowhere"]}, "not found: "),
        ({"path": ["test_none.py"]}, "finds no tests"),
    ],
)
async def test_a_suite_that_cannot_be_collected_says_why(
    tmp_path: Path, keys: dict[str, list[str]], words: str
) -> None:
    _, batch = suite(tmp_path, {"test_none.py": ""}, **keys)
    with pytest.raises(BadAnswer) as error:
        await batch.collect()
    assert words in error.value.words


async def test_an_interpreter_that_is_not_there_is_named(tmp_path: Path) -> None:
    config = read(tmp_path, HTTP)
    batch = PytestBatch(PytestSuite(id="suite", python="./nowhere/python", cwd=str(tmp_path)), config.secrets)
    with pytest.raises(Unreachable, match="nowhere/python is not there"):
        await batch.collect()


async def test_a_conftest_that_does_not_import_is_told(tmp_path: Path) -> None:
    _, batch = suite(
        tmp_path, {"conftest.py": foreign.BROKEN, "test_fine.py": "def test_fine():\n    pass\n"}
    )
    with pytest.raises(BadAnswer, match="there_is_no_such_module"):
        await batch.collect()


async def test_nothing_is_run_that_is_not_allowed(tmp_path: Path) -> None:
    config, batch = suite(tmp_path, {"test_a.py": "def test_one():\n    open('ran', 'w').close()\n"})
    checking = Checking(config)
    try:
        run = await checking.run(await batch.collect())
    finally:
        await checking.aclose()
    assert [result.message for result in run.results] == [
        "not allowed: it puts load on the stack; --allow heavy"
    ]
    assert not (tmp_path / "theirs" / "ran").exists()
    assert os.environ.get("SUTAZ_TUI_TELL") is None


STACK = """
services:
  - {id: one, kind: tcp, address: "127.0.0.1:9"}
checks:
  pytest:
    - {id: suite, cwd: theirs, python: %s}
"""


def test_by_the_command_it_is_listed_run_and_its_reds_run_again(tmp_path: Path) -> None:
    foreign.write(tmp_path / "theirs", {"test_odd.py": foreign.ODD})
    file = tmp_path / "stack.yaml"
    file.write_text(STACK % sys.executable)
    env = {"XDG_STATE_HOME": str(tmp_path / "state")}

    def check(*words: str) -> str:
        done = command("check", "-c", str(file), *words, env=env)
        assert done.stderr == ""
        return done.stdout

    listed = check("--list").splitlines()
    assert [line.split()[0] for line in listed[:2]] == ["suite.collect", "suite.test_odd.py::test_passes"]
    assert len(listed) == 14
    assert check("suite").splitlines()[-1].startswith("1 skip")
    assert check("suite", "--allow", "heavy").splitlines()[-1].startswith("9 pass, 1 fail, 2 error, 2 skip")
    assert check("suite", "--allow", "heavy", "--failed").splitlines()[-1].startswith("1 fail, 2 error")
    done = command("check", "-c", str(file), "--failed", env=env)
    assert done.stderr == "3 red tests of suites not run; --allow heavy runs them too\n"
    assert done.returncode == 3
    assert check("suite", "--tag", "slow", "--allow", "heavy").splitlines()[-1].startswith("1 pass")
    alone = check("suite.test_odd.py::test_fails", "--allow", "heavy")
    assert alone.splitlines()[-1].startswith("1 fail in")


async def test_a_worker_of_xdist_that_crashes_is_red_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Here all that is installed is loaded, as for a user.
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    config, batch = suite(
        tmp_path, {"test_crash.py": foreign.CRASH, "test_odd.py": foreign.ODD}, args=["-n", "2"]
    )
    found = await ran(config, await batch.collect())
    assert found["test_crash.py::test_crashes"].outcome is Outcome.ERROR
    assert "crashed while running" in found["test_crash.py::test_crashes"].message
    assert found["test_crash.py::test_after"].outcome is Outcome.PASS
    assert found["test_odd.py::test_takes_its_time"].outcome is Outcome.PASS


async def test_an_interpreter_without_pytest_says_so(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E "$@"\n')
    bare.chmod(0o755)
    config = read(tmp_path, HTTP)
    batch = PytestBatch(PytestSuite(id="suite", python=str(bare), cwd=str(tmp_path)), config.secrets)
    with pytest.raises(BadAnswer, match="No module named pytest"):
        await batch.collect()
