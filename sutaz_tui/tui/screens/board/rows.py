"""The services of the board as rows, so that they are sorted, filtered and found as those of every table are."""

from collections.abc import Iterable
from datetime import datetime

from sutaz_tui.model import WORST_FIRST, Service, ServiceState, Status
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago, duration


def _label(status: Status) -> str:
    return status.label


SORTED = (
    Column("service", "SERVICE", order=str.casefold),
    Column("status", "STATUS", write=_label, order=WORST_FIRST.index),
    Column("latency", "LATENCY", is_number=True, write=duration),
    Column("since", "SINCE", write=ago),
    Column("summary", "SUMMARY", order=str.casefold),
)
"""What `<` and `>` go through."""
COLUMNS = (*SORTED, *(Column(id, id) for id in ("id", "group", "word", "known", "error")))
"""What is said of a service, for `/` and `&`."""


def rows(services: Iterable[tuple[Service, ServiceState | None]], now: datetime | None) -> list[TableRow]:
    """A row a service, in the config's order; of one that has no state yet what the config says."""
    found = []
    for service, state in services:
        values: dict[str, object] = {"service": service.title, "id": service.id, "group": service.group}
        if state is not None:
            since = (now - state.since).total_seconds() if now and state.since else None
            values |= {"status": state.status, "latency": state.latency, "since": since}
            values |= {"summary": state.summary, "word": state.word, "known": "known" if state.known else ""}
        found.append(TableRow(service.id, values))
    return found
