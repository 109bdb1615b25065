"""The command that watches while nobody looks: `record`, and the systemd unit for it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli.stack import begin, config_option, open_stack, run_async

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check
    from sutaz_tui.config import Config
    from sutaz_tui.engine.engine import Engine
    from sutaz_tui.model import CheckResult, CheckRun
    from sutaz_tui.state.history.memory import Memory
    from sutaz_tui.state.history.recorder import Recorder

WRITTEN_WITHIN = 2.0
ENDED = "nobody is told any more: internal error of sutaz-tui; please report it, and start it anew"


@click.command()
@config_option
@click.option(
    "--unit", "is_unit", is_flag=True, help="Print a systemd unit that runs it, and how to install it."
)
def record(file: Path | None, is_unit: bool) -> int:
    """Watch without a screen and write the history, until it is stopped; it prints what changes.

    Boards of the same config attach to it and read what it writes; only one program writes at a time.
    """
    config, _ = open_stack(None, file, False, None)
    if is_unit:
        from sutaz_tui.output.unit import unit_text

        click.echo(unit_text(config))
        return 0
    begin(len(config.services))
    return _record(config)


def _record(config: "Config") -> int:
    from sutaz_tui.errors import CannotStart
    from sutaz_tui.output.plain import follow_until_stopped
    from sutaz_tui.sources.recorder.places import own_places
    from sutaz_tui.state.history.lock import RECORDER, WriterLock
    from sutaz_tui.state.history.memory import Memory
    from sutaz_tui.wiring.engine import build
    from sutaz_tui.wiring.recorder import group_of

    memory = Memory(config, RECORDER, group=group_of(config))
    if memory.path is None:
        raise CannotStart("no home folder: there is no place to write to; set HOME")
    lock = WriterLock(memory.path, RECORDER)
    holder = "" if lock.take() else lock.holder() or "another program"
    lock.let_go()
    # Boards and serve attach here and leave it to a recorder: it must be able to come back.
    if holder and (holder.startswith(f"{RECORDER},") or not own_places(config)):
        raise CannotStart(f"{memory.path.name} is written already by {holder}")

    def tell(line: str) -> None:
        # Whoever reads the lines may go: what counts is written into the file.
        with suppress(OSError):
            print(line, flush=True)

    engine = build(config)

    def stamped(words: str) -> None:
        tell(f"{engine.clock.now().astimezone():%H:%M:%S} {words}")

    stamped(f"writing {memory.path}" + (f" as soon as {holder}, attaches here" if holder else ""))
    with memory.recording(engine, stamped) as recorder:

        async def whole() -> int:
            async with (
                _timed(engine, recorder, stamped) as results,
                _attachable(engine, memory, stamped),
                _telling(engine, memory, recorder, results, stamped),
            ):
                return await follow_until_stopped(engine, tell, config.env, fileno=None, recorder=recorder)

        return int(run_async(whole()))


@asynccontextmanager
async def _attachable(
    engine: "Engine", memory: "Memory", tell: "Callable[[str], None]"
) -> "AsyncIterator[None]":
    """Inside, boards may attach."""
    import asyncio

    from sutaz_tui.engine.hub import Hub
    from sutaz_tui.state.desk import RecordersDesk
    from sutaz_tui.wiring.recorder import door, group_of

    assert memory.path is not None
    desk = RecordersDesk(engine, memory.path, group_of(engine.config), tell)
    server = door(engine.config, memory.path, Hub(engine, desk).attend, tell)
    keeping = asyncio.create_task(desk.run(), name="known marks")
    try:
        if server is not None:
            await server.start()
        yield
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})
        if server is not None:
            await server.stop()
        await asyncio.to_thread(desk.close)


@asynccontextmanager
async def _telling(
    engine: "Engine",
    memory: "Memory",
    recorder: "Recorder | None",
    results: "Mapping[str, CheckResult]",
    tell: "Callable[[str], None]",
) -> "AsyncIterator[None]":
    """Inside, people are told of what is news."""
    if recorder is None:
        yield
        return
    import asyncio

    from sutaz_tui.state.notify.notifying import Notifying, Watching

    watching = Watching(lambda: recorder.is_writing, lambda: results)
    notifying = Notifying(engine.config, engine, memory.path, False, tell, watching)
    if not engine.config.notify:
        await notifying.say_left()
        yield
        return
    task = asyncio.create_task(notifying.run(), name="notify")
    # A fault of ours in it must be seen, not end in silence.

    def ended(done: "asyncio.Task[None]") -> None:
        if not done.cancelled() and done.exception() is not None:
            tell(ENDED)

    task.add_done_callback(ended)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def _timed(
    engine: "Engine", recorder: "Recorder | None", tell: "Callable[[str], None]"
) -> "AsyncIterator[Mapping[str, CheckResult]]":
    """Inside, the categories of `checks.every` are asked on their timer, and their results kept: how each ended last."""
    config = engine.config
    if not config.checks.every or recorder is None:
        yield {}
        return
    import asyncio

    from sutaz_tui.checks.running.timed import TimedChecks, timed_checks
    from sutaz_tui.state.results import Results
    from sutaz_tui.state.writer import Writer
    from sutaz_tui.wiring.checks import Checking, load_checks

    writer = Writer(tell)
    kept = Results(config)
    checks = await asyncio.to_thread(load_checks, config)
    results = await asyncio.to_thread(kept.last, checks)
    checking = Checking(config, lambda: {state.service.id: state for state in engine.snapshot().services})

    async def run(wanted: "list[Check]", category: str) -> "CheckRun | None":
        done = await checking.run(wanted, scope=f"{category}, on its timer")
        results.update({result.check_id: result for result in done.results})
        kept.keep_by(writer, done)
        return done

    def said(words: str) -> None:
        recorder.note("checks", words)
        tell(words)

    timed = TimedChecks(
        config.checks.every, lambda category: timed_checks(checks, category), run, lambda: results,
        lambda: recorder.is_writing, said, engine.clock,
    )  # fmt: skip
    task = asyncio.create_task(timed.run(), name="checks on a timer")
    try:
        yield results
    finally:
        task.cancel()
        await asyncio.wait({task})
        await checking.aclose()
        for words in await asyncio.to_thread(writer.flush, WRITTEN_WITHIN):
            tell(words)
