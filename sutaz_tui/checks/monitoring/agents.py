"""The agents' figures: each shows its own, Prometheus gets them, and their health gauge says what /health says."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from sutaz_tui.checks.agents.figures import kept_health
from sutaz_tui.checks.agents.names import AGENTS
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Wrong, patch, trait
from sutaz_tui.checks.monitoring.prometheus import active
from sutaz_tui.probes.exposition import samples
from sutaz_tui.sources.alerts import moment
from sutaz_tui.sources.http import HttpAnswer

CATEGORY = Category("monitoring")
SCRAPED_WITHIN = 40.0
"""Seconds: more than two of the stack's scrape intervals."""


def names(id: str, figure: str) -> tuple[str, ...]:
    """An agent's metric: prometheus-client 0.22 alone lets a hyphen through."""
    return tuple(dict.fromkeys((f"{id.replace('-', '_')}_{figure}", f"{id}_{figure}")))


@CATEGORY.check(
    "agents.metrics",
    "all eight agents export metrics of their own",
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
    return found.value if found is not None and found.value in (0, 1) else None


@CATEGORY.check(
    "agents.crewai",
    "CrewAI exports health and registration metrics",
    "crewai",
    twin=patch("crewai", "/metrics", body="crewai_health_status 1.0\n"),
    covers=("mon-14",),
)
async def crewai(ask: Ask) -> str:
    answer = await ask.get("crewai", "/metrics")
    ask.status(answer, 200)
    wanted = ("crewai_health_status", "crewai_mcp_registered")
    found = {sample.name: sample.value for sample in samples(answer.body, wanted, is_cut=answer.is_cut)}
    missing = [name for name in wanted if found.get(name) not in (0, 1)]
    ask.expect(not missing, " and ".join(wanted), f"without {', '.join(missing)}")
    return ", ".join(f"{name} {value:g}" for name, value in found.items())


@CATEGORY.check(
    "agents.pipeline",
    "CrewAI's metric agrees with its value in Prometheus",
    "prometheus",
    "crewai",
    twin=trait(prometheus_missing_targets=["sutazai-crewai:8000"]),
    timeout=SCRAPED_WITHIN,
    covers=("mon-16",),
    follows="monitoring.agents.gauges",
)
async def pipeline(ask: Ask) -> str:
    shown = 0.0

    async def look() -> str:
        nonlocal shown
        own = _health("crewai", await ask.get("crewai", "/metrics"))
        if own is None:
            raise Wrong("crewai_health_status at CrewAI itself", "no such figure")
        kept = await ask.promql("crewai_health_status")
        ask.expect(len(kept) == 1, "crewai_health_status in Prometheus", f"{len(kept)} series")
        shown = own
        return "" if kept[0].value == own else f"{kept[0].value:g} in Prometheus"

    other = await _after_a_scrape(ask, look)
    ask.expect(not other, f"the value {shown:g}", other)
    return f"crewai_health_status {shown:g} in both"


async def _after_a_scrape(ask: Ask, look: Callable[[], Awaitable[str]]) -> str:
    """What `look` finds wrong, once Prometheus has scraped again: what just changed reaches it with its next scrape."""
    before = await _scraped(ask)
    words = await look()
    end = time.monotonic() + ask.timeout * 0.8
    while words and before is not None and time.monotonic() < end:
        await asyncio.sleep(ask.timeout / 40)
        if (await _scraped(ask) or before) > before:
            return await look()
    return words


async def _scraped(ask: Ask) -> datetime | None:
    """When Prometheus scraped the agent that it scraped longest ago; None where it does not tell."""
    ours = [one for one in await active(ask) if (one.get("labels") or {}).get("job") == "ai-agents"]
    times = [moment(one.get("lastScrape")) for one in ours]
    return min((at for at in times if at is not None), default=None)


@CATEGORY.check(
    "agents.gauges",
    "each agent's health gauge in Prometheus agrees with the agent",
    "prometheus",
    *AGENTS,
    twin=trait(prometheus_missing_targets=["sutazai-letta:8000"]),
    timeout=SCRAPED_WITHIN,
    follows="monitoring.prometheus.up",
)
async def gauges(ask: Ask) -> str:
    async def look() -> str:
        # First what is kept: asking an agent for its health sets its gauge.
        kept = await kept_health(ask)
        bodies = await asyncio.gather(*(ask.body(id, "/health") for id in AGENTS))
        other = [
            f"{AGENTS[id]} is {body.get('status')}, its gauge {kept[id]:g}"
            for id, body in zip(AGENTS, bodies, strict=True)
            if id in kept and (body.get("status") == "healthy") != (kept[id] == 1)
        ]
        if missing := [title for id, title in AGENTS.items() if id not in kept]:
            other.append(f"no gauge of {', '.join(missing)}")
        return "; ".join(other)

    other = await _after_a_scrape(ask, look)
    ask.expect(not other, "8 of 8 alike", other)
    return "8 of 8 alike"
