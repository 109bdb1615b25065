"""The command that runs checks for others: `worker`, and the systemd unit for it."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli.stack import begin, config_option, open_stack, run_async

if TYPE_CHECKING:
    from sutaz_tui.wiring.worker import CheckWorker


@click.command()
@config_option
@click.option(
    "--from", "place", metavar="PLACE", required=True, help="What this place is called, such as berlin."
)
@click.option(
    "--unit", "is_unit", is_flag=True, help="Print a systemd unit that runs it, and how to install it."
)
def worker(file: Path | None, place: str, is_unit: bool) -> int:
    """Run checks that others ask for with `check --on`, those of its own config that only read, until it is stopped."""
    from sutaz_tui.config.workers_rules import place_fault
    from sutaz_tui.wiring.checks import load_checks
    from sutaz_tui.wiring.worker import CheckWorker, need_dramatiq, workers_of

    if fault := place_fault(place):
        raise click.UsageError(f"--from {place!r}: expected {fault}.")
    config, _ = open_stack(None, file, False, None)
    workers = workers_of(config)
    if is_unit:
        from sutaz_tui.output.unit import worker_unit_text

        click.echo(worker_unit_text(config, place))
        return 0
    need_dramatiq()
    begin(len(config.services) + config.checks.concurrency)

    def tell(line: str) -> None:
        with suppress(OSError):
            print(line, flush=True)

    return int(run_async(_run(CheckWorker(config, workers, place, load_checks(config), tell))))


async def _run(worker: "CheckWorker") -> int:
    import asyncio

    from sutaz_tui.process.heap import give_back
    from sutaz_tui.process.signals import on_ending

    give_back()
    stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def stop(code: int) -> None:
        if not stopped.done():
            stopped.set_result(code)

    on_ending(asyncio.get_running_loop(), stop)
    return await worker.run(stopped)
