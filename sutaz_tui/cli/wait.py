"""The command that waits until services are up, for scripts that deploy."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.stack import begin, expect_services, open_stack, run_async, stack_options

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.model import ServiceState, Snapshot

ASK_EVERY = 2.0


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...", shell_complete=completing.services)
@stack_options
@click.option(
    "--for", "how_long", default="5m", show_default=True, metavar="TIME", help="At most: 90s, 5m, 1h."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def wait(
    services: tuple[str, ...], file: Path | None, demo: bool, scenario: str | None, how_long: str, form: str
) -> int:
    """Wait until services are up, or all of them; exit code 0 as soon as they are, 1 when the time is over."""
    from sutaz_tui.text.moments import end_of

    now = datetime.now(UTC)
    end = end_of(how_long, now) if how_long[-1:].isalpha() else None
    if end is None:
        raise click.UsageError(f"--for {how_long}: expected a time such as 90s, 5m or 1h")
    config, stack = open_stack(None, file, demo, scenario)
    try:
        expect_services(config, services)
        begin(len(services or config.services))
        waited = (end - now).total_seconds()
        snapshot = run_async(_wait(_only(config, services, waited), stack, waited, services))
    finally:
        if stack is not None:
            stack.close()
    missing = [state for state in snapshot.services if not _is_up(state, services)]
    if form == "json":
        from sutaz_tui.output.status import as_json

        click.echo(as_json(snapshot))
    else:
        from sutaz_tui.text.sanitise import ago

        passed = (snapshot.at - now).total_seconds()
        words = [f"{state.service.title} {state.status.label}: {state.summary}" for state in missing]
        click.echo("\n".join(words) if words else f"up after {ago(passed)}")
    return 1 if missing else 0


def _only(config: "Config", services: tuple[str, ...], waited: float) -> "Config":
    """The config with these services alone, what fails asked again soon for as long as is waited."""
    from msgspec.structs import replace

    kept = tuple(service for service in config.services if not services or service.id in services)
    pace = replace(config.pace, failing=ASK_EVERY, failing_for=waited + 60)
    return dataclasses.replace(config, services=kept, pace=pace)


async def _wait(config: "Config", stack: "Demo | None", seconds: float, named: tuple[str, ...]) -> "Snapshot":
    import asyncio

    from sutaz_tui.wiring.engine import build

    engine = build(config)
    if stack is not None:
        stack.start()
        await stack.listening()
    try:
        await engine.start()
        try:
            async with asyncio.timeout(seconds):
                async for snapshot in engine.snapshots():
                    if all(_is_up(state, named) for state in snapshot.services):
                        return snapshot
        except TimeoutError:
            pass
        return engine.snapshot()
    finally:
        await engine.stop()


def _is_up(state: "ServiceState", named: tuple[str, ...]) -> bool:
    """Whether it answers as it should now; an optional one that is not deployed is waited for where it is named."""
    from sutaz_tui.model import Status

    return state.asked is not None and (
        state.status is Status.UP or (state.status is Status.ABSENT and not named)
    )
