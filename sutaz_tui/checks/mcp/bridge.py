"""The bridge's word on itself and on others: its health, its routes, its figures, and what it says of services."""

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Wrong, patch, trait
from sutaz_tui.checks.mcp.category import CATEGORY
from sutaz_tui.errors import SourceError
from sutaz_tui.probes.exposition import samples
from sutaz_tui.text.sanitise import one_line

MOST_SKEW = 300.0
GAUGE = "mcp_bridge_agent_status"
ROUTES = (
    *(
        "GET /health",
        "GET /services",
        "GET /services/{}",
        "POST /services/{}/health",
        "GET /agents",
        "GET /agents/{}",
    ),
    *("POST /agents/{}/status", "GET /status", "GET /metrics", "GET /metrics/json", "POST /route"),
    "POST /tasks/submit",
)
"""What the bridge offers; `{}` stands for a name, whatever the bridge calls it."""

# Path that says that a service's port answers, for those that the bridge judges by asking.
ASKED = {
    "chromadb": "/api/v2/heartbeat",
    "qdrant": "/readyz",
    "faiss": "/health",
    "backend": "/health",
    "frontend": "/_stcore/health",
    "letta": "/health",
    "crewai": "/health",
    "aider": "/health",
}


@CATEGORY.check(
    "health",
    "the bridge answers as itself, with a correct clock",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/health", set={"timestamp": "2020-01-01T00:00:00.000000"}),
    covers=("mcp-01", "mcp-02"),
)
async def health(ask: Ask) -> str:
    body = await ask.body("mcp-bridge", "/health")
    ask.expect(body.get("service") == "mcp-bridge", "service mcp-bridge", body.get("service"))
    ask.expect(body.get("status") == "healthy", "status healthy", body.get("status"))
    # The bridge writes its own clock without a zone; its container runs in UTC.
    reading.stamp(body.get("timestamp"), MOST_SKEW, "a clock")
    return f"healthy, version {body.get('version')}"


@CATEGORY.check(
    "routes",
    "the bridge serves the routes that its clients use",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/openapi.json", remove=["paths./tasks/submit"]),
    covers=("mcp-04", "mcp-07", "mcp-12", "mcp-16", "mcp-19", "mcp-20"),
)
async def routes(ask: Ask) -> str:
    there = reading.routes(await ask.body("mcp-bridge", "/openapi.json"))
    missing = [route for route in ROUTES if route not in there]
    ask.expect(not missing, f"{len(ROUTES)} routes", f"without {', '.join(missing)}")
    return f"{len(ROUTES)} routes"


@CATEGORY.check(
    "status.asked",
    "the bridge reports no service as healthy without probing it",
    "mcp-bridge",
    twin=trait(bridge_status_honest=False),
)
async def status_asked(ask: Ask) -> str:
    services = (await ask.body("mcp-bridge", "/status")).get("services")
    if not isinstance(services, dict) or not services:
        raise Wrong("a status of each service", one_line(f"services {services!r}", 120))
    assumed = [name for name, status in services.items() if status not in ("healthy", "unhealthy")]
    ask.expect(
        not assumed,
        f"healthy or unhealthy for each of {len(services)}",
        f"{len(assumed)} never asked: {', '.join(f'{name} {services[name]}' for name in assumed)}",
    )
    return f"{len(services)} services asked"


@CATEGORY.check(
    "status.true",
    "the bridge's status of services agrees with probes of them",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/status", set={"services.faiss": "unhealthy"}),
    follows="mcp.status.asked",
)
async def status_true(ask: Ask) -> str:
    services = (await ask.body("mcp-bridge", "/status")).get("services")
    if not isinstance(services, dict) or not services:
        raise Wrong("a status of each service", one_line(f"services {services!r}", 120))
    ours = {service.id for service in ask.config.services}
    wrong, asked = [], 0
    for name, path in ASKED.items():
        if name not in ours:
            continue
        asked += 1
        answers = await _answers(ask, name, path)
        if (services.get(name) == "healthy") != answers:
            wrong.append(f"{name} {services.get(name)}, though it {'answers' if answers else 'is silent'}")
    if not asked:
        raise NotRun("none of the services that the bridge asks is in this config")
    ask.expect(not wrong, f"{asked} services as we see them", "; ".join(wrong))
    return f"{asked} services as we see them"


async def _answers(ask: Ask, id: str, path: str) -> bool:
    try:
        return (await ask.get(id, path)).status == 200
    except SourceError:
        return False


@CATEGORY.check(
    "status.redis",
    "the bridge and Redis agree that Redis answers",
    "mcp-bridge",
    "redis",
    twin=patch("mcp-bridge", "/status", set={"services.redis": "assumed_healthy"}),
    covers=("mcp-19", "mcp-20"),
    follows="mcp.status.asked",
)
async def status_redis(ask: Ask) -> str:
    services = (await ask.body("mcp-bridge", "/status")).get("services")
    said = services.get("redis") if isinstance(services, dict) else None
    pong = await ask.redis("redis", "PING")
    ask.expect(pong in (b"PONG", "PONG", True), "PONG from Redis", repr(pong))
    ask.expect(said == "healthy", "healthy, as Redis answers PONG", f"the bridge says {said}")
    return "Redis answers, and the bridge says so"


@CATEGORY.check(
    "status.whole",
    "the bridge's overall status follows from its services",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/status", set={"services.neo4j": "unhealthy"}),
    covers=("mcp-01",),
    follows="mcp.status.true",
)
async def status_whole(ask: Ask) -> str:
    body = await ask.body("mcp-bridge", "/status")
    services = body.get("services")
    if not isinstance(services, dict) or not services:
        raise Wrong("a status of each service", one_line(f"services {services!r}", 120))
    sick = [name for name, status in services.items() if status == "unhealthy"]
    whole = body.get("status")
    ask.expect(
        whole == "operational" if not sick else whole != "operational",
        "operational when nothing is unhealthy, and only then",
        f"{whole} with {len(sick)} of {len(services)} unhealthy: {', '.join(sick) or 'none'}",
    )
    return f"{whole}, {len(services) - len(sick)} of {len(services)} healthy"


@CATEGORY.check(
    "metrics",
    "the bridge exports the status of each listed agent",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/metrics", body=f'{GAUGE}{{agent_id="letta"}} 1.0\n'),
    covers=("mcp-15",),
)
async def metrics(ask: Ask) -> str:
    agents = await ask.body("mcp-bridge", "/agents")
    answer = await ask.get("mcp-bridge", "/metrics")
    ask.status(answer, 200)
    series = samples(answer.body, [GAUGE], is_cut=answer.is_cut)
    shown = reading.once(((one.labels.get("agent_id", ""), one.value) for one in series), "status")
    reading.objects([*agents.values()], "agents")
    missing = [id for id in agents if id not in shown]
    ask.expect(not missing, f"a series for each of {len(agents)}", f"none for {', '.join(missing)}")
    wrong = [
        f"{id} {shown[id]:g}, listed {agent.get('status')}"
        for id, agent in agents.items()
        if (agent.get("status") == "online") != (shown[id] == 1)
    ]
    ask.expect(not wrong, "1 for online, 0 for offline", "; ".join(wrong))
    return f"{len(shown)} series"


@CATEGORY.check(
    "metrics.json",
    "the bridge's totals agree with its lists",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/metrics/json", set={"online_agents": 3}),
    covers=("mcp-16",),
)
async def metrics_json(ask: Ask) -> str:
    agents = await ask.body("mcp-bridge", "/agents")
    services = await ask.body("mcp-bridge", "/services")
    totals = await ask.body("mcp-bridge", "/metrics/json")
    listed = reading.objects([*agents.values()], "agents")
    online = sum(agent.get("status") == "online" for agent in listed)
    wanted = {"total_services": len(services), "total_agents": len(agents), "online_agents": online}
    found = {key: totals.get(key) for key in wanted}
    words = ", ".join(f"{key} {value}" for key, value in wanted.items())
    ask.expect(found == wanted, words, ", ".join(f"{key} {value}" for key, value in found.items()))
    return words
