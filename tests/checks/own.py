"""A config with the user's own checks, and how they end."""

from pathlib import Path

from sutaz_tui.config import Config
from sutaz_tui.model import CheckResult
from sutaz_tui.wiring.checks import Checking, load_checks
from tests.checks.scripted import EVERYTHING
from tests.config.faults import HTTP, read

OWN = "env: test\n" + HTTP


def of(folder: Path, *checks: str) -> Config:
    """A config with one service and these own checks."""
    return read(folder, OWN + "checks:\n  own:\n" + "".join(f"    - {{{check}}}\n" for check in checks))


async def results(config: Config) -> dict[str, CheckResult]:
    """How the own checks end, by the part of their id that the config gives."""
    checking = Checking(config)
    try:
        own = [check for check in load_checks(config) if check.category == "own"]
        run = await checking.run(own, allow=EVERYTHING, ignore_needs=True)
    finally:
        await checking.aclose()
    return {found.check_id.removeprefix("own."): found for found in run.results}


async def messages(config: Config) -> dict[str, str]:
    return {id: f"{found.outcome}: {found.message}" for id, found in (await results(config)).items()}
