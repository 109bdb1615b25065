"""AI agents side by side: model, requests, errors and latency from their own metrics, where they are known, their queue."""

import asyncio
from typing import TYPE_CHECKING, Any, cast

from sutaz_tui.config import ServiceConfig, kind_of
from sutaz_tui.errors import SourceError
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import duration
from sutaz_tui.views.agent_rows import METRICS, agent_row
from sutaz_tui.views.base import Ask, Rows, View, each, heard

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.config.kinds import Agent
    from sutaz_tui.probes.exposition import Sample
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.http import HttpOrigin


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks each agent for its root page and its metrics, which set nothing off, and Consul and RabbitMQ once."""
    from sutaz_tui.sources.consul import consul_api
    from sutaz_tui.sources.rabbitmq import Management

    del service
    config = clients.config
    agents = [cast("Agent", one) for one in config.services if kind_of(one) == "agent"]
    https = [clients.http(agent) for agent in agents]
    consul = next((one for one in config.services if kind_of(one) == "consul"), None)
    broker = next((one for one in config.services if kind_of(one) == "rabbitmq"), None)
    catalog = consul_api(clients, consul.source, consul.title) if consul is not None else None
    management = Management(broker, clients) if broker is not None else None

    async def ask(timeout: float) -> Rows:
        told = asyncio.gather(
            *(_asked(agent, http, timeout) for agent, http in zip(agents, https, strict=True))
        )
        missing: list[SourceError] = []
        found, registered, fullest = await asyncio.gather(
            told,
            heard(catalog.catalog(timeout) if catalog is not None else None, missing),
            heard(management.fullest(500, timeout) if management is not None else None, missing),
        )
        by_name = {queue.name: queue for queue in fullest.queues} if fullest is not None else {}

        def row(told: "tuple[Agent, tuple[dict[str, Any], list[Sample]] | str]") -> TableRow:
            agent, one = told
            return agent_row(agent, one, registered, by_name.get(f"agent.{agent.id}"))

        rows = each("agent", row, zip(agents, found, strict=True))
        wrong = sum(bool(row.look) for row in rows)
        return Rows(
            tuple(rows), len(rows), f"{wrong} in trouble" if wrong else "", "; ".join(map(str, missing))
        )

    return ask


async def _asked(
    agent: "Agent", http: "HttpOrigin", timeout: float
) -> "tuple[dict[str, Any], list[Sample]] | str":
    """What it says of itself and its samples, or in words why there are none."""
    from sutaz_tui.probes.exposition import samples

    try:
        root = (await http.get("/", timeout=timeout)).json()
        metrics = await http.get("/metrics", timeout=timeout)
    except SourceError as error:
        return error.words
    names = [f"{prefix}_{name}" for prefix in {agent.id, agent.id.replace("-", "_")} for name in METRICS]
    return root if isinstance(root, dict) else {}, list(samples(metrics.body, names))


AGENTS = View(
    "agents",
    "agent",
    "agents",
    "agents side by side: model, requests, errors, latency, who knows them, their tasks",
    (
        Column("agent", "AGENT", most=24),
        Column("model", "MODEL", most=24, priority=2),
        Column("requests", "REQUESTS", is_number=True, priority=1, write="{:,}".format),
        Column("errors", "ERRORS", is_number=True, write="{:,}".format),
        Column("p95", "P95", is_number=True, write=duration),
        Column("known", "KNOWN BY", priority=3),
        Column("tasks", "TASKS", is_number=True, priority=4, write="{:,}".format),
        Column("readers", "READERS", is_number=True, priority=5),
        Column("state", "STATE", share=1),
    ),
    15.0,
    asker,
    is_of_stack=True,
)
