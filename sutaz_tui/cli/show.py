"""`show`: the rows of a view, asked for once."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli.stack import begin, open_stack, run_async, stack_options

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.views.base import Rows, View


@click.command()
@click.argument("view")
@stack_options
@click.option("--service", metavar="ID", help="Of this service, where several have the view.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True
)
def show(
    view: str, file: Path | None, demo: bool, scenario: str | None, service: str | None, form: str
) -> int:
    """Print the rows of a VIEW, such as queues, as the screen shows them; exit code 1 when they cannot be had."""
    from datetime import UTC, datetime

    from sutaz_tui.errors import SourceError
    from sutaz_tui.output import views
    from sutaz_tui.process.garbage import put_off
    from sutaz_tui.views.base import Rows
    from sutaz_tui.views.registry import BY_ID

    if view not in BY_ID:
        raise click.UsageError(f"no view {view!r}; views are: {', '.join(BY_ID)}")
    put_off()
    chosen = BY_ID[view]
    config, stack = open_stack(None, file, demo, scenario)
    try:
        id = _service(config, chosen, service)
        begin(1)
        try:
            rows = run_async(_asked(config, stack, chosen, id))
        except SourceError as error:
            if form != "json":
                raise
            click.echo(views.as_json(chosen, Rows((), 0), datetime.now(UTC), str(error)))
            return 1
        if form == "json":
            click.echo(views.as_json(chosen, rows, datetime.now(UTC)))
        else:
            click.echo(views.as_text(chosen, rows) if form == "text" else views.as_csv(chosen, rows))
    finally:
        if stack is not None:
            stack.close()
    return 0


def _service(config: "Config", view: "View", wanted: str | None) -> str:
    from sutaz_tui.config import kind_of

    ids = [service.id for service in config.services if kind_of(service) == view.kind]
    if wanted is None and len(ids) == 1:
        return ids[0]
    if not ids:
        raise click.UsageError(f"{view.id}: no service of kind {view.kind} in this config.")
    if wanted not in ids:
        found = f"no service {wanted!r} of kind {view.kind}" if wanted else "several services have it"
        raise click.UsageError(f"{view.id}: {found}; --service takes one of {', '.join(ids)}")
    return wanted


async def _asked(config: "Config", stack: "Demo | None", view: "View", service: str) -> "Rows":
    from sutaz_tui.wiring.clients import SharedClients
    from sutaz_tui.wiring.views import Asking

    if stack is not None:
        stack.start()
        await stack.listening()
    clients = SharedClients(config)
    try:
        return await Asking(view, config, service, clients)()
    finally:
        await clients.aclose()
