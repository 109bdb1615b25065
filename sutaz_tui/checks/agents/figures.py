"""The agents' metrics: there, spelled as Prometheus reads them, and telling what is so."""

from sutaz_tui.checks.agents.names import AGENTS, CATEGORY
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong, patch, trait
from sutaz_tui.probes.exposition import samples


async def _gauges(ask: Ask, id: str, *names: str) -> dict[str, float | None]:
    """An agent's gauges by their common name, None where it shows none.

    The prefix is the agent's name; GPT-Engineer's hyphen is kept, quoted, by prometheus-client 0.22, and becomes an
    underscore with 0.23.
    """
    answer = await ask.get(id, "/metrics")
    ask.status(answer, 200)
    spelled = {f"{prefix}_{name}": name for name in names for prefix in {id, id.replace("-", "_")}}
    found: dict[str, float | None] = dict.fromkeys(names)
    for sample in samples(answer.body, [*spelled, "python_info"], is_cut=answer.is_cut):
        if sample.name in spelled:
            found[spelled[sample.name]] = sample.value
    return found


@CATEGORY.check(
    "all.metrics",
    "all eight show their health, registration and request figures to Prometheus",
    *AGENTS,
    twin=patch(
        "gpt-engineer", "/metrics", body="# HELP python_info Python platform information\npython_info 1.0\n"
    ),
    covers=("agt-04",),
)
async def metrics(ask: Ask) -> str:
    missing = []
    for id, name in AGENTS.items():
        found = await _gauges(ask, id, "health_status", "mcp_registered")
        missing += [f"{name} {key}" for key, value in found.items() if value is None]
    ask.expect(not missing, "two gauges each", f"missing: {', '.join(missing)}")
    return "8 of 8 with health_status and mcp_registered"


@CATEGORY.check(
    "all.fresh-gauges",
    "the health that each agent shows to Prometheus is the one that it has",
    *AGENTS,
    twin=trait(stale_agent_gauges=True),
)
async def fresh_gauges(ask: Ask) -> str:
    stale = []
    for id, name in AGENTS.items():
        # The gauge first: calling /health is what refreshes it, and nobody else may have done so.
        shown = (await _gauges(ask, id, "health_status"))["health_status"]
        if shown is None:
            raise Wrong(f"{name}'s health_status", "no such gauge")
        status = (await ask.body(id, "/health")).get("status")
        if (status == "healthy") != (shown == 1):
            stale.append(f"{name} shows {shown:g} and is {status}")
    ask.expect(
        not stale, "gauges that say what /health says", f"{', '.join(stale)}; only /health refreshes them"
    )
    return "8 of 8 gauges agree with /health"


@CATEGORY.check(
    "all.registered",
    "each agent says that it has registered with the bridge",
    *AGENTS,
    twin=trait(bridge_offline_agents=("aider",)),
)
async def registered(ask: Ask) -> str:
    strangers = []
    for id, name in AGENTS.items():
        if (await _gauges(ask, id, "mcp_registered"))["mcp_registered"] != 1:
            strangers.append(name)
    ask.expect(
        not strangers,
        "8 of 8 registered with the bridge",
        f"not registered: {', '.join(strangers)}; agents register when they start, and the bridge must know their id",
    )
    return "8 of 8 registered"
