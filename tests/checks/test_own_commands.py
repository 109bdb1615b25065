"""Nagios plugins as checks: their exit code is the verdict, their figures are told, and what runs them is trusted."""

import stat
from pathlib import Path

import pytest

from sutaz_tui.model import CheckResult, Outcome
from sutaz_tui.wiring.checks import load_checks
from sutaz_tui.wiring.prove_own import prove_own
from tests.checks.own import of, results


def plugin(folder: Path, text: str) -> str:
    """A plugin as Debian's monitoring-plugins are called."""
    path = folder / "check_it"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


async def ended(folder: Path, text: str, more: str = "") -> CheckResult:
    argv = plugin(folder, text)
    config = of(folder, f"id: it, kind: command, argv: [{argv}, -w, '5']{more}")
    return (await results(config))["it"]


@pytest.mark.parametrize(
    ("text", "outcome", "message"),
    [
        (
            "echo \"DISK OK - free 3 GB | '/'=2643MB;5948;5958;0;5968 inodes=12%;80;90\"",
            Outcome.PASS,
            "DISK OK - free 3 GB, / 2643, inodes 12",
        ),
        ("exit 0", Outcome.PASS, "exit 0"),
        (
            "echo 'LOAD - 5.1 | load1=5.1'; exit 1",
            Outcome.FAIL,
            "expected exit 0; found exit 1: LOAD - 5.1, load1 5.1",
        ),
        ("echo 'HTTP CRITICAL'; exit 2", Outcome.FAIL, "expected exit 0; found exit 2: HTTP CRITICAL"),
        ("echo 'no such host'; exit 3", Outcome.ERROR, "it: its program ends with 3: no such host"),
        ("kill -9 $$", Outcome.ERROR, "it: its program was ended by signal 9: exit -9"),
        ("printf '\\033[31mred\\033[0m | \\377\\376=nan = '", Outcome.PASS, "red"),
    ],
)
async def test_the_exit_code_is_the_verdict(
    tmp_path: Path, text: str, outcome: Outcome, message: str
) -> None:
    result = await ended(tmp_path, text)
    assert (result.outcome, result.message) == (outcome, message)
    assert result.steps[0].reproduce.endswith("check_it -w 5")


async def test_a_warning_passes_where_that_is_said(tmp_path: Path) -> None:
    result = await ended(tmp_path, "echo careful; exit 1", ", warning_passes: true")
    assert (result.outcome, result.message) == (Outcome.PASS, "careful")


async def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    result = await ended(tmp_path, "sleep 600", ", timeout: 0.3")
    assert result.outcome is Outcome.ERROR
    assert (
        "did not end within 0.3 s and was killed" in result.message or "no end within 0.3 s" in result.message
    )


async def test_it_is_proven_by_a_critical_exit_and_by_silence(tmp_path: Path) -> None:
    config = of(tmp_path, f"id: it, kind: command, argv: [{plugin(tmp_path, 'exit 0')}]")
    assert await prove_own(config, load_checks(config, ["own"])) == []
