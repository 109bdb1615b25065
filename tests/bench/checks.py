"""The checks as figures: everything that reads, everything that is allowed, and the start before the first request."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sutaz_tui.checks.base import Check, Ended
from sutaz_tui.checks.suites.pytest_suite import PytestBatch
from sutaz_tui.config.suites import PytestSuite
from sutaz_tui.demo.stack import Demo
from sutaz_tui.text.sanitise import Secrets
from tests.bench.row import Row

EVERYTHING = "writes,heavy,leaves,attack"


def _run(*words: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "XDG_STATE_HOME": folder}
        command = [
            sys.executable,
            "-m",
            "sutaz_tui",
            "check",
            "--demo",
            "--scenario",
            "healthy",
            "--format",
            "json",
        ]
        done = subprocess.run([*command, *words], capture_output=True, text=True, env=environ, timeout=300)
        return dict(json.loads(done.stdout)["summary"])


def rerun() -> list[Row]:
    """Seconds of a run of all that reads, and of everything at the report's own load figures."""
    reads, everything = _run(), _run("--allow", EVERYTHING)
    return [
        Row(
            "checks-reads",
            float(str(reads["elapsed"])),
            "s",
            5.0,
            f"{reads['pass']} reading checks, simulated stack",
        ),
        Row(
            "checks-all",
            float(str(everything["elapsed"])),
            "s",
            60.0,
            f"{everything['pass']} checks, all allowed",
        ),
    ]


def own() -> list[Row]:
    """Seconds of 500 own http checks on the simulated stack, and of the list of 1,000."""
    with Demo("healthy") as stack, tempfile.TemporaryDirectory() as folder:
        stack.wait()
        url = next(one.address for one in stack.config().services if one.id == "backend")
        environ = {**os.environ, "XDG_STATE_HOME": folder}
        ran = _timed(Path(folder), url, 500, environ)
        listed = min(_timed(Path(folder), url, 1000, environ, "--list") for _ in range(5))
    return [
        Row("checks-own-500", ran, "s", 5.0, "500 own http checks, from the command to its end"),
        Row("checks-list-1000", listed, "s", 0.3, "the list of 1,000 own checks, the best of 5"),
    ]


TESTS, PAUSE = 120, 0.05
SUITE = f"""
import pathlib, time, pytest

@pytest.mark.parametrize("number", range({TESTS}))
def test_it(number):
    time.sleep({PAUSE})
    pathlib.Path(f"ended-{{number}}").write_text(str(time.time()))
"""


def suite() -> list[Row]:
    """How much longer a suite takes as a category than by itself, and how late its results are told."""
    with tempfile.TemporaryDirectory() as folder:
        cwd = Path(folder)
        (cwd / "test_it.py").write_text(SUITE, "utf-8")
        (cwd / "pytest.ini").write_text("[pytest]\n", "utf-8")
        entry = PytestSuite(id="suite", python=sys.executable, cwd=folder)
        batch = PytestBatch(entry, Secrets([]))
        tests, late = asyncio.run(batch.collect()), list[float]()

        def ended(check: Check, _: Ended) -> None:
            number = check.id.rpartition("[")[2].rstrip("]")
            late.append(time.time() - float((cwd / f"ended-{number}").read_text()))

        def ours() -> float:
            began = time.perf_counter()
            asyncio.run(batch.run(tests, ended, False))
            return time.perf_counter() - began

        def theirs() -> float:
            began = time.perf_counter()
            line = [sys.executable, "-m", "pytest", "-q"]
            subprocess.run(line, cwd=cwd, check=True, capture_output=True, timeout=300)
            return time.perf_counter() - began

        rounds = [(ours(), theirs()) for _ in range(3)]
        ratio = min(own for own, _ in rounds) / min(other for _, other in rounds)
    return [
        Row("checks-pytest", ratio, "x", 1.1, f"pytest itself, {TESTS} tests of {PAUSE:g} s, the best of 3"),
        Row("checks-pytest-late", max(late), "s", 0.3, f"the end of a test, the latest of {len(late)}"),
    ]


def _timed(folder: Path, url: str, count: int, environ: dict[str, str], *words: str) -> float:
    file = folder / f"{count}.yaml"
    checks = "".join(
        f"    - {{id: c{number}, kind: http, url: '{url}/health', json_path: status, json_value: healthy}}\n"
        for number in range(count)
    )
    service = "{id: shop, kind: tcp, address: '127.0.0.1:1'}"
    file.write_text(f"env: test\nservices: [{service}]\nchecks:\n  own:\n{checks}", "utf-8")
    began = time.perf_counter()
    command = [sys.executable, "-m", "sutaz_tui", "check", "-c", str(file), *words]
    subprocess.run(command, check=True, capture_output=True, env=environ, timeout=300)
    return time.perf_counter() - began
