"""The agents' figures: each shows its own, Prometheus gets them, and their health gauge says what /health says."""

import asyncio

from sutaz_tui.checks.agents.names import AGENTS
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, patch, trait
from sutaz_tui.probes.exposition import samples
from sutaz_tui.sources.http import HttpAnswer

CATEGORY = Category("monitoring")


def names(id: str, figure: str) -> tuple[str, ...]:
    """An agent's metric: prometheus-client 0.22 alone lets a hyphen through."""
    return tuple(dict.fromkeys((f"{id.replace('-', '_')}_{figure}", f"{id}_{figure}")))


@CATEGORY.check(
    "agents.metrics",
    "all eight agents show figures of their own, not those of Python alone",
    *AGENTS,
    twin=patch("finrobot", "/metrics", body='python_info{version="3.12"} 1.0\nprocess_open_fds 12\n'),
    covers=("mon-13",),
)
async def metrics(ask: Ask) -> str:
    answers = await asyncio.gather(*(ask.get(id, "/metrics") for id in AGENTS))
    without = [AGENTS[id] for id, answer in zip(AGENTS, answers, strict=True) if _health(id, answer) is None]
    ask.expect(
        not without, "8 of 8 with a health gauge", f"{8 - len(without)} of 8; without: {', '.join(without)}"
    )
    return "8 of 8"


def _health(id: str, answer: HttpAnswer) -> float | None:
    if answer.status != 200:
        return None
    found = next(samples(answer.body, names(id, "health_status"), is_cut=answer.is_cut), None)
    return found.value if found is not None else None


@CATEGORY.check(
    "agents.crewai",
    "CrewAI shows its health and its bridge registration as figures",
    "crewai",
    twin=patch("crewai", "/metrics", body="crewai_health_status 1.0\n"),
    covers=("mon-14",),
)
async def crewai(ask: Ask) -> str:
    answer = await ask.get("crewai", "/metrics")
    ask.status(answer, 200)
    wanted = ("crewai_health_status", "crewai_mcp_registered")
    found = {sample.name: sample.value for sample in samples(answer.body, wanted, is_cut=answer.is_cut)}
    missing = [name for name in wanted if name not in found]
    ask.expect(not missing, " and ".join(wanted), f"without {', '.join(missing)}")
    return ", ".join(f"{name} {value:g}" for name, value in found.items())


@CATEGORY.check(
    "agents.pipeline",
    "what CrewAI shows is what Prometheus scrapes from it",
    "prometheus",
    "crewai",
    twin=trait(prometheus_missing_targets=["sutazai-crewai:8000"]),
    covers=("mon-16",),
)
async def pipeline(ask: Ask) -> str:
    shown = _health("crewai", await ask.get("crewai", "/metrics"))
    ask.expect(shown is not None, "crewai_health_status at CrewAI itself", "no such figure")
    kept = await ask.promql("crewai_health_status")
    ask.expect(len(kept) == 1, "crewai_health_status in Prometheus", f"{len(kept)} series")
    ask.expect(kept[0].value == shown, f"the value {shown:g}", f"{kept[0].value:g} in Prometheus")
    return f"crewai_health_status {shown:g} in both"


@CATEGORY.check(
    "agents.gauges",
    "each agent's health gauge in Prometheus says what the agent itself says",
    "prometheus",
    *AGENTS,
    twin=trait(stale_agent_gauges=True),
)
async def gauges(ask: Ask) -> str:
    # First what is kept: asking an agent for its health sets its gauge.
    kept = {}
    for sample in await ask.promql('{job="ai-agents",__name__=~".+_health_status"}'):
        kept[sample.labels.get("__name__", "").removesuffix("_health_status").replace("_", "-")] = (
            sample.value
        )
    missing = [title for id, title in AGENTS.items() if id not in kept]
    ask.expect(not missing, "8 health gauges", f"{8 - len(missing)}; without {', '.join(missing)}")
    bodies = await asyncio.gather(*(ask.body(id, "/health") for id in AGENTS))
    other = [
        f"{AGENTS[id]} is {body.get('status')}, its gauge {kept[id]:g}"
        for id, body in zip(AGENTS, bodies, strict=True)
        if (body.get("status") == "healthy") != (kept[id] == 1)
    ]
    ask.expect(not other, "8 of 8 alike", f"{8 - len(other)} of 8: {'; '.join(other)}")
    return "8 of 8 alike"
