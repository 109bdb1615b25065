"""The agents' metrics: there, spelled as Prometheus reads them, and telling what is so."""

import re
import time

from sutaz_tui.checks.agents.names import AGENTS, CATEGORY
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, patch, trait
from sutaz_tui.probes.exposition import samples, unparsed
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line

LATEST = 60.0
"""Seconds after our first question in which the stack is still what it was before."""


async def _page(ask: Ask, id: str) -> HttpAnswer:
    answer = await ask.get(id, "/metrics")
    ask.status(answer, 200)
    return answer


def _gauges(page: HttpAnswer, id: str, *names: str) -> dict[str, float | None]:
    """An agent's gauges by their common name, None where its page shows none.

    The prefix is the agent's name; GPT-Engineer's hyphen is kept, quoted, by prometheus-client 0.22, and becomes an
    underscore with 0.23.
    """
    spelled = {f"{prefix}_{name}": name for name in names for prefix in {id, id.replace("-", "_")}}
    found: dict[str, float | None] = dict.fromkeys(names)
    for sample in samples(page.body, [*spelled, "python_info"], is_cut=page.is_cut):
        if sample.name in spelled:
            found[spelled[sample.name]] = sample.value
    return found


@CATEGORY.check(
    "all.metrics",
    "all eight agents export health, registration and request metrics",
    *AGENTS,
    twin=patch(
        "gpt-engineer", "/metrics", body="# HELP python_info Python platform information\npython_info 1.0\n"
    ),
    covers=("agt-04",),
)
async def metrics(ask: Ask) -> str:
    knows_quoted = await _knows_quoted(ask)
    wrong = []
    for id, name in AGENTS.items():
        page = await _page(ask, id)
        found = _gauges(page, id, "health_status", "mcp_registered")
        wrong += [f"{name} without {key}" for key, value in found.items() if value not in (0, 1)]
        # A counter with labels has no series before it first counts.
        if not re.search(
            rb"^# TYPE " + id.replace("-", ".").encode() + rb"_requests(_total)? counter", page.body, re.M
        ):
            wrong.append(f"{name} without requests_total")
        if line := unparsed(page.body, knows_quoted=knows_quoted):
            wrong.append(f"{name}: Prometheus cannot parse {one_line(line, 60)!r} and refuses the whole page")
    ask.expect(not wrong, "a page with three figures each", "; ".join(wrong))
    return "8 of 8 with health_status, mcp_registered and requests_total"


async def _knows_quoted(ask: Ask) -> bool:
    """Whether the stack's Prometheus is one that knows names in quotes: 3 and later, or one of which nothing is known."""
    if all(service.id != "prometheus" for service in ask.config.services):
        return True
    body = await ask.body("prometheus", "/api/v1/status/buildinfo")
    inside = body.get("data")
    version = str(inside.get("version")) if isinstance(inside, dict) else ""
    return version.partition(".")[0].isdigit() and int(version.partition(".")[0]) >= 3


@CATEGORY.check(
    "all.fresh-gauges",
    "each agent's health gauge is current without anybody calling its health page",
    *AGENTS,
    "prometheus",
    twin=trait(stale_agent_gauges=True),
    follows="monitoring.agents.gauges",
)
async def fresh_gauges(ask: Ask) -> str:
    # Calling /health is what refreshes the gauge: ours would hide that nobody else does.
    if ask.began is None or time.time() - ask.began > LATEST:
        raise NotRun(
            "we have been asking the agents for their health, which sets the gauge; with no board open: "
            "sutaz-tui check agents.all.fresh-gauges"
        )
    shown = await kept_health(ask, ask.began)
    unknown = [name for id, name in AGENTS.items() if id not in shown]
    wrong = [f"Prometheus has no gauge of {', '.join(unknown)}"] if unknown else []
    for id, name in AGENTS.items():
        status = (await ask.body(id, "/health")).get("status")
        if id in shown and (status == "healthy") != (shown[id] == 1):
            wrong.append(f"{name} showed {shown[id]:g} and is {status}")
    ask.expect(not wrong, "8 gauges that say what /health says, though nobody calls it", "; ".join(wrong))
    return "8 of 8 gauges agreed with /health"


async def kept_health(ask: Ask, at: float | None = None) -> dict[str, float]:
    """What Prometheus has of each agent's health gauge, by service id."""
    found = await ask.promql('{job="ai-agents",__name__=~".+_health_status"}', at=at)
    names = ((one.labels.get("__name__", "").removesuffix("_health_status"), one.value) for one in found)
    return {name.replace("_", "-"): value for name, value in names}


@CATEGORY.check(
    "all.registered",
    "each agent reports that it is registered with the bridge",
    *AGENTS,
    twin=trait(bridge_offline_agents=("aider",)),
    follows="mcp.agents.true",
)
async def registered(ask: Ask) -> str:
    strangers = []
    for id, name in AGENTS.items():
        if _gauges(await _page(ask, id), id, "mcp_registered")["mcp_registered"] != 1:
            strangers.append(name)
    ask.expect(
        not strangers,
        "8 of 8 registered with the bridge",
        f"not registered: {', '.join(strangers)}; agents register when they start, and the bridge must know their id",
    )
    return "8 of 8 registered"
