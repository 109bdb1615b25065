"""Patterns that would take for ever on a stranger's short answer freeze nothing: not the round, the checks, the board."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.running import DEADLINE, ROOT, command, environment
from tests.servers.waiting import patient
from tests.web import Reply, Web, web_server

SLOW = "(a|a)*$"
BODY = b"a" * 40 + b"!"


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        running.routes |= {"/slow": Reply(200, BODY), "/well": Reply(200, b"fine")}
        yield running


def config(folder: Path, web: Web, pattern: str = SLOW) -> str:
    file = folder / "sutaz.yaml"
    file.write_text(
        "env: test\nservices:\n"
        f"  - {{id: slow, kind: http, address: '{web.url}/slow', body_regex: '{pattern}', interval: 1}}\n"
        f"  - {{id: well, kind: http, address: '{web.url}/well', body_regex: 'fi+ne', interval: 1}}\n"
        "checks:\n  own:\n"
        f"    - {{id: slow, title: t, kind: http, url: '{web.url}/slow', regex: '{pattern}'}}\n"
        f"    - {{id: step, title: t, kind: steps, steps: [{{url: '{web.url}/slow', regex: '{pattern}'}}]}}\n"
        f"    - {{id: well, title: t, kind: http, url: '{web.url}/well', regex: 'fi+ne'}}\n"
    )
    return str(file)


async def test_a_round_ends_and_says_whose_pattern_took_too_long(tmp_path: Path, web: Web) -> None:
    done = await asyncio.to_thread(command, "status", "-c", config(tmp_path, web), "--format", "json")
    found = {one["id"]: one for one in json.loads(done.stdout)["services"]}
    assert (found["slow"]["status"], found["slow"]["summary"]) == ("unknown", "the pattern took too long")
    assert f"body_regex {SLOW} took too long on its body; make the pattern simpler" in found["slow"]["error"]
    assert found["well"]["status"] == "up"


async def test_a_repeat_of_repeats_is_no_trouble(tmp_path: Path, web: Web) -> None:
    done = await asyncio.to_thread(
        command, "status", "-c", config(tmp_path, web, "(a+)+$"), "--format", "json"
    )
    found = {one["id"]: one for one in json.loads(done.stdout)["services"]}
    assert found["slow"]["status"] == "down" and "does not match (a+)+$" in found["slow"]["summary"]


async def test_a_check_of_ones_own_ends_in_error_and_the_others_run(tmp_path: Path, web: Web) -> None:
    done = await asyncio.to_thread(command, "check", "-c", config(tmp_path, web), "own", "--format", "json")
    found = {one["id"]: one for one in json.loads(done.stdout)["results"]}
    for id in ("own.slow", "own.step"):
        assert found[id]["outcome"] == "error"
        assert found[id]["message"] == "the pattern took too long; make it simpler"
    assert found["own.well"]["outcome"] == "pass"


async def test_sigterm_ends_the_board_while_a_pattern_runs(tmp_path: Path, web: Web) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sutaz_tui", "--plain", "-c", config(tmp_path, web),
        cwd=ROOT, env=environment(), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(patient(DEADLINE)):
            while b"the pattern took too long" not in (line := await process.stdout.readline()):
                assert line, "it ended by itself"
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 128 + signal.SIGTERM
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
