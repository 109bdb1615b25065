"""The command `simulate`: the simulated stack alone, for whoever wants to point something at it."""

import sys

import click

from sutaz_tui.cli.stack import SCENARIO_WORDS, run_async


@click.command()
@click.option("--ports", type=click.Choice(["own", "free"]), default="free", show_default=True,
              help="The SutazAI stack's own ports, or free ones.")  # fmt: skip
@click.option(
    "--services", type=click.IntRange(0, 10_000), default=0, help="This many plain HTTP services besides."
)
@click.option("--scenario", type=click.Choice(SCENARIO_WORDS), default="report", show_default=True)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="SERVICE=FAULT",
    help="Such as postgres=refuse; again for more.",
)
def simulate(ports: str, services: int, scenario: str, faults: tuple[str, ...]) -> int:
    """Run the simulated stack alone and print the config that matches it."""
    import asyncio
    import signal

    from sutaz_tui.demo.stack import ENDPOINTS, Demo, DemoError, printed

    parsed = {}
    for fault in faults:
        service, _, words = fault.partition("=")
        if not words:
            raise click.UsageError(f"--fault {fault}: expected SERVICE=FAULT, such as postgres=refuse")
        if service not in ENDPOINTS and not service.startswith("svc-"):
            raise click.UsageError(
                f"--fault {fault}: no service {service!r}; there are: {', '.join(ENDPOINTS)}"
            )
        parsed[service] = words
    with Demo(scenario, parsed, services, own_ports=ports == "own") as stack:
        ready = stack.wait()
        click.echo(printed(stack, ready))
        for name, value in stack.environ.items():
            click.echo(f"# export {name}={value}")
        sys.stdout.flush()
        click.echo(f"simulated stack listens; control {stack.control}; Ctrl-C ends it", err=True)

        async def until_ended() -> None:
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                # Ended in order, so that nothing is left in the temporary folder.
                loop.add_signal_handler(number, ended.set)
            gone = asyncio.create_task(asyncio.to_thread(stack.wait_until_gone))
            stopped = asyncio.create_task(ended.wait())
            await asyncio.wait([gone, stopped], return_when=asyncio.FIRST_COMPLETED)
            if not ended.is_set():
                raise DemoError(f"the simulated stack ended by itself: {stack.last_words}")
            stack.close()

        run_async(until_ended())
    return 0
