"""Rows of the agents' table."""

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import TableRow

if TYPE_CHECKING:
    from sutaz_tui.config.kinds import Agent
    from sutaz_tui.probes.exposition import Sample
    from sutaz_tui.sources.rabbitmq import Queue

P95 = 0.95
REQUESTS, SECONDS, ONLINE = METRICS = ("requests_total", "request_duration_seconds_bucket", "mcp_registered")
"""An agent's metrics, behind its own prefix."""


def agent_row(
    agent: "Agent", found: Any, registered: "frozenset[str] | None", queue: "Queue | None"
) -> TableRow:
    """An agent with what it tells (or in words why it tells nothing), the names in Consul, and its queue of tasks."""
    if isinstance(found, str):
        return TableRow(agent.id, {"agent": agent.title, "state": found}, "down", "✗", agent.id)
    from sutaz_tui.probes.exposition import quantile

    said, told = found
    name = said.get("agent")
    troubles = [f"answers as {one_line(str(name), 40)}"] if name != (agent.name or agent.title) else []
    if queue is not None and queue.ready and not queue.consumers:
        troubles.append(f"nobody reads {queue.ready:,} tasks")
    known_by = [
        who
        for who, is_known in (
            ("Consul", registered is not None and bool({agent.id, agent.title} & registered)),
            ("bridge", _sum(told, ONLINE) == 1),
        )
        if is_known
    ]
    values = {
        "agent": agent.title,
        "model": one_line(str(said["model"]), 40) if "model" in said else None,
        "requests": _sum(told, REQUESTS),
        "errors": _sum(told, REQUESTS, lambda labels: labels.get("status", "")[:1] == "5"),
        "p95": quantile(P95, (sample for sample in told if sample.name.endswith(SECONDS))),
        "known": ", ".join(known_by) or None,
        "tasks": queue.ready if queue is not None else None,
        "readers": queue.consumers if queue is not None else None,
        "state": "; ".join(troubles) or "answers",
    }
    shown = {name: value for name, value in values.items() if value is not None}
    asked = shlex.join(
        ["curl", "-sS", "-H", "Content-Type: application/json", "-d", '{"prompt": "hi", "max_tokens": 1}']
    )
    copied = f"{asked} {shlex.quote(agent.address.rstrip('/') + '/generate')}"
    look, glyph = ("degraded", "!") if troubles else ("", "")
    return TableRow(agent.id, shown, look, glyph, agent.id, copied=copied)


def _sum(
    told: "Iterable[Sample]", name: str, fits: Callable[[Mapping[str, str]], bool] = lambda _: True
) -> int | None:
    """The sum of all series of a metric, of those that fit; None where it is not told at all."""
    of_it = [sample for sample in told if sample.name.endswith(f"_{name}")]
    return int(sum(sample.value for sample in of_it if fits(sample.labels))) if of_it else None
