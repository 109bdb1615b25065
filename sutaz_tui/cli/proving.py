"""`check --prove`: that each check can fail, told as it goes."""

from typing import TYPE_CHECKING

import click

from sutaz_tui.cli.stack import run_async

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check
    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo


def proven(config: "Config", stack: "Demo | None", chosen: "list[Check]", allow: frozenset[str]) -> int:
    """Say what of these is unproven; the exit code."""
    from sutaz_tui.demo.prove import prove, runs_of
    from sutaz_tui.process.progress import Progress
    from sutaz_tui.wiring.prove_own import prove_own

    own = [one for one in chosen if one.must_see]
    # What writes or logs in is not asked unasked; the tests of a suite are proven where they are written.
    asked = [one for one in own if allow.issuperset(one.wants)]
    others = [one for one in chosen if not one.must_see and one.suite is None and one.batch is None]
    progress = Progress(runs_of(others) + len(asked))

    def say(said: str) -> None:
        progress.end()
        click.echo(said, err=True)
        progress.words = said

    async def found() -> list[str]:
        found = [str(one) for one in await prove(others, say, progress.step)] if others else []
        if not asked:
            return found
        if stack is not None:
            stack.start()
            await stack.listening()
        say(f"{len(asked)} own checks on your stack, then on its answers spoiled")
        return found + await prove_own(config, asked, allow, progress.step)

    try:
        unproven = run_async(found())
    finally:
        progress.end()
    for one in unproven:
        click.echo(one)
    if len(own) > len(asked):
        click.echo(f"{len(own) - len(asked)} own checks write or load: --allow proves them too", err=True)
    click.echo(f"{len(others) + len(asked)} checks, {len(unproven)} unproven", err=True)
    return 1 if unproven else 0
