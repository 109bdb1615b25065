"""The command that waits until services are up, for scripts that deploy."""

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.attaching import of_recorder
from sutaz_tui.cli.stack import begin, expect_services, open_stack, run_async, stack_options

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.engine.engine import Engine
    from sutaz_tui.model import ServiceState, Snapshot

ASK_EVERY = 2.0
AT_ONCE = 30
"""Services that a recorder is asked for by name at once: it drops who sends it 200 messages within 10 s."""


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
    """Wait until services are up, or all of them; exit code 0 as soon as they are, 1 when the time is over.

    Where a recorder of this config runs it is the one that asks them: anew, for what it saw before may be over.
    """
    from sutaz_tui.text.moments import end_of

    now = datetime.now(UTC)
    end = end_of(how_long, now) if how_long[-1:].isalpha() else None
    if end is None:
        raise click.UsageError(f"--for {how_long}: expected a time such as 90s, 5m or 1h")
    config, stack = open_stack(None, file, demo, scenario)
    try:
        expect_services(config, services)
        begin(len(services or config.services))
        waiting = _Waiting((end - now).total_seconds(), services)
        snapshot = run_async(_wait(config, stack, waiting))
    finally:
        if stack is not None:
            stack.close()
    missing = waiting.missing(snapshot.services)
    if form == "json":
        from sutaz_tui.output.status import as_json

        click.echo(as_json(snapshot))
    else:
        from sutaz_tui.text.sanitise import ago

        passed = (snapshot.at - now).total_seconds()
        words = [f"{state.service.title} {waiting.words(state)}" for state in missing]
        click.echo("\n".join(words) if words else f"up after {ago(passed)}")
    return 1 if missing else 0


@dataclasses.dataclass(frozen=True)
class _Waiting:
    """What is waited for, and how many seconds at most: these services, all where none is named. `before` is when a
    recorder had asked each before we came: what it saw then may be over."""

    seconds: float
    named: tuple[str, ...]
    before: dict[str, datetime | None] = dataclasses.field(default_factory=dict)

    def of(self, config: "Config") -> "Config":
        """The config with these services alone, what fails asked again soon for as long as is waited."""
        from msgspec.structs import replace

        kept = tuple(one for one in config.services if not self.named or one.id in self.named)
        pace = replace(config.pace, failing=ASK_EVERY, failing_for=self.seconds + 60)
        return dataclasses.replace(config, services=kept, pace=pace)

    def shown(self, snapshot: "Snapshot") -> "Snapshot":
        """The snapshot with these services alone."""
        from msgspec.structs import replace

        kept = tuple(one for one in snapshot.services if not self.named or one.service.id in self.named)
        return replace(snapshot, services=kept)

    def missing(self, states: "Iterable[ServiceState]") -> "list[ServiceState]":
        """Those that do not answer as they should now."""
        return [state for state in states if not self._is_up(state)]

    def words(self, state: "ServiceState") -> str:
        """How one is that is missing."""
        words = f"{state.status.label}: {state.summary}"
        return words if self._is_asked(state) else f"not asked in time, before it was {words}"

    def _is_up(self, state: "ServiceState") -> bool:
        """An optional one that is not deployed is waited for where it is named."""
        from sutaz_tui.model import Status

        is_well = state.status is Status.UP or (state.status is Status.ABSENT and not self.named)
        return is_well and self._is_asked(state)

    def _is_asked(self, state: "ServiceState") -> bool:
        return state.asked is not None and state.asked != self.before.get(state.service.id)


async def _wait(config: "Config", stack: "Demo | None", waiting: _Waiting) -> "Snapshot":
    import asyncio

    from sutaz_tui.wiring.engine import build

    end = asyncio.get_running_loop().time() + waiting.seconds
    if stack is None:
        async with of_recorder(config) as recorder:
            if recorder is not None and (seen := await _by_recorder(recorder, waiting, end)) is not None:
                return seen
    engine = build(waiting.of(config))
    if stack is not None:
        stack.start()
        await stack.listening()
    try:
        await engine.start()
        try:
            async with asyncio.timeout_at(end):
                async for snapshot in engine.snapshots():
                    if not waiting.missing(snapshot.services):
                        return snapshot
        except TimeoutError:
            pass
        return engine.snapshot()
    finally:
        await engine.stop()


async def _by_recorder(recorder: "Engine", waiting: _Waiting, end: float) -> "Snapshot | None":
    """What a recorder saw in the end, None once it has gone."""
    import asyncio

    async def ask() -> None:
        if len(before) > AT_ONCE:
            recorder.ask_all()
        while True:
            for state in waiting.missing(waiting.shown(recorder.snapshot()).services)[:AT_ONCE]:
                recorder.ask_now(state.service.id)
            await asyncio.sleep(ASK_EVERY)

    before = waiting.before
    before.update({state.service.id: state.asked for state in waiting.shown(recorder.snapshot()).services})
    asking = asyncio.create_task(ask(), name="ask for what is missing")
    try:
        async with asyncio.timeout_at(end):
            async for snapshot in recorder.snapshots():
                if recorder.link is None:
                    before.clear()
                    return None
                shown = waiting.shown(snapshot)
                if not waiting.missing(shown.services):
                    return shown
    except TimeoutError:
        pass
    finally:
        asking.cancel()
    return waiting.shown(recorder.snapshot())
