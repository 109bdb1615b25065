"""`show`: the rows of a view, asked for once."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.stack import begin, open_stack, run_async, stack_options

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.model import Snapshot
    from sutaz_tui.views.base import Rows, View


@click.command()
@click.argument("view", required=False, shell_complete=completing.views)
@stack_options
@click.option(
    "--service",
    metavar="ID",
    help="Of this service, where several have the view.",
    shell_complete=completing.services,
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True
)
def show(
    view: str | None, file: Path | None, demo: bool, scenario: str | None, service: str | None, form: str
) -> int:
    """Print the rows of a VIEW, such as queues, as the screen shows them; without VIEW, list the views.

    Exit code 1 when the rows cannot be had.
    """
    from datetime import UTC, datetime

    from msgspec.structs import replace

    from sutaz_tui.config.words import nearest
    from sutaz_tui.errors import SourceError
    from sutaz_tui.output import views
    from sutaz_tui.process.garbage import put_off
    from sutaz_tui.views.alerts import ALERTS, MEASURED
    from sutaz_tui.views.base import Rows, View
    from sutaz_tui.views.registry import BY_ID

    if view is None:
        click.echo(views.listed([*BY_ID.values(), ALERTS]))
        return 0
    if view not in (*BY_ID, ALERTS.id):
        raise click.UsageError(f"no view {view!r}, expected {nearest(view, (*BY_ID, ALERTS.id))}")
    if view == ALERTS.id and service is not None:
        raise click.UsageError("alerts are those of the whole stack: leave out --service.")
    put_off()
    config, stack = open_stack(None, file, demo, scenario)
    chosen = BY_ID.get(view) or replace(ALERTS, columns=(*ALERTS.columns, *MEASURED))
    try:
        id = _service(config, chosen, service) if isinstance(chosen, View) else ""
        begin(1)
        try:
            asking = _asked(config, stack, chosen, id) if isinstance(chosen, View) else _alerts(config, stack)
            rows = run_async(asking)
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

    ids = [service.id for service in config.services if view.is_of(kind_of(service))]
    if wanted is None and (len(ids) == 1 or (ids and view.is_of_stack)):
        return ids[0]
    if not ids:
        raise click.UsageError(f"{view.id}: no service of kind {view.kind} in this config.")
    if wanted not in ids:
        found = f"no service {wanted!r} of kind {view.kind}" if wanted else "several services have it"
        raise click.UsageError(f"{view.id}: {found}; --service takes one of {', '.join(ids)}")
    return wanted


async def _asked(config: "Config", stack: "Demo | None", view: "View", service: str) -> "Rows":
    import asyncio

    from sutaz_tui.state.results import Results
    from sutaz_tui.wiring.clients import SharedClients
    from sutaz_tui.wiring.views import Asking

    if stack is not None:
        stack.start()
        await stack.listening()
    clients = SharedClients(config)
    try:
        # Of a demo nothing is kept.
        asking = Asking(
            view, config, service, clients, tries=Results(config).tries if stack is None else None
        )
        rows = await asking()
        if rows.again:
            # Rates are the difference of two readings.
            await asyncio.sleep(rows.again)
            rows = await asking()
        return rows
    finally:
        await clients.aclose()


async def _alerts(config: "Config", stack: "Demo | None") -> "Rows":
    """Those of all who tell of alerts, asked once; SourceError where none of them answers."""
    from sutaz_tui.config import kind_of
    from sutaz_tui.errors import SourceError
    from sutaz_tui.model import Status
    from sutaz_tui.views.alerts import KINDS
    from sutaz_tui.wiring.engine import build

    ids = frozenset(service.id for service in config.services if kind_of(service) in KINDS)
    if not ids:
        raise click.UsageError(f"alerts: no service of kind {' or '.join(KINDS)} in this config.")
    engine = build(config)
    if stack is not None:
        stack.start()
        await stack.listening()
    try:
        snapshot = await engine.one_round(ids)
    finally:
        await engine.stop()
    rows = await _measured(config, snapshot)
    asked = [
        state for state in snapshot.services if state.service.id in ids and state.status is not Status.ABSENT
    ]
    if asked and all(state.status in (Status.DOWN, Status.UNKNOWN) for state in asked):
        raise SourceError(asked[0].service.title, asked[0].summary)
    return rows


MEASURED_MOST = 50
"""Alerts of which the rule is asked for."""


async def _measured(config: "Config", snapshot: "Snapshot") -> "Rows":
    """A row an alert, with what its rule measures now where a Prometheus tells it."""
    from msgspec.structs import replace

    from sutaz_tui.engine.live_query import DEADLINE
    from sutaz_tui.errors import SourceError
    from sutaz_tui.views.alerts import alert_rows
    from sutaz_tui.wiring.alert_rules import AlertDesk
    from sutaz_tui.wiring.charts import ChartDesk
    from sutaz_tui.wiring.clients import SharedClients

    rows = alert_rows(snapshot)
    clients = SharedClients(config)
    desk = AlertDesk(config, ChartDesk(config, clients))
    told = []
    try:
        for row, alert in zip(rows.rows, snapshot.alerts[:MEASURED_MOST], strict=False):
            told.append(replace(row, values={**row.values, **await desk.measured(alert, DEADLINE)}))
    except SourceError:
        # Its row in the list says already that it keeps silent.
        pass
    finally:
        await clients.aclose()
    return replace(rows, rows=(*told, *rows.rows[len(told) :]))
