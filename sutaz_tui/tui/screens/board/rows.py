"""The services of the board as rows, so that they are sorted, filtered and found as those of every table are."""

from collections.abc import Iterable
from datetime import datetime

from sutaz_tui.model import WORST_FIRST, Service, ServiceState, Status
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago, duration, memory_size
from widgets.usage_words import usage_of


def _label(status: Status) -> str:
    return status.label


def _percent(cpu: float) -> str:
    return f"{cpu:.0f}%"


def _cpu(words: str) -> float | None:
    """A container's CPU as a number, as Docker's readings word it: `3%`."""
    number = words.removesuffix("%")
    return float(number) if number.isdecimal() else None


SORTED = (
    Column("service", "SERVICE", order=str.casefold),
    Column("status", "STATUS", write=_label, order=WORST_FIRST.index),
    Column("latency", "LATENCY", is_number=True, write=duration),
    Column("since", "SINCE", write=ago),
    Column("cpu", "CPU", is_number=True, write=_percent),
    Column("memory", "MEMORY", is_number=True, write=memory_size),
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
            cpu, memory, _ = usage_of(state)
            values |= {"cpu": _cpu(cpu), "memory": memory}
            values |= {"summary": state.summary, "word": state.word, "known": "known" if state.known else ""}
        found.append(TableRow(service.id, values))
    return found
