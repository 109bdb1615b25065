"""What the bridge lists: services and agents, without passwords, all of them, where they are, and as they are."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong, patch, trait
from sutaz_tui.checks.mcp.category import CATEGORY
from sutaz_tui.checks.messaging.consul import instances
from sutaz_tui.errors import SourceError
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import plural

SERVICES = (
    *("postgres", "redis", "rabbitmq", "neo4j", "consul", "kong", "chromadb", "qdrant", "faiss"),
    *("backend", "frontend", "letta", "crewai", "aider"),
)
"""What the bridge must list of the stack."""

PORTS = {
    "postgres": 10000,
    "redis": 10001,
    "neo4j": 10003,
    "rabbitmq": 10004,
    "consul": 10006,
    "kong": 10009,
    "chromadb": 10100,
    "qdrant": 10102,
    "faiss": 10103,
    "backend": 10200,
    "frontend": 11000,
}
"""The stack's own ports of what is no agent."""

PORT = 11100
"""The bridge's, in its container and on the host."""

_SECRET = re.compile(r"passw|pwd|secret|token|api_?key|credential|login|\bauth", re.I)
"""Names of what nobody is told."""

AGENTS = ("letta", "crewai", "aider", "langchain", "finrobot", "shellgpt", "documind", "gpt-engineer")


def _place(entry: dict[str, Any]) -> tuple[str, int | None]:
    """Host and port of an address, "" and None where it is none."""
    try:
        url = urlsplit(str(entry.get("url")))
        return url.hostname or "", url.port
    except ValueError:
        return "", None


async def _objects(ask: Ask, path: str) -> dict[str, dict[str, Any]]:
    body = await ask.body("mcp-bridge", path)
    if not all(isinstance(entry, dict) for entry in body.values()):
        raise Wrong("an object by name", one_line(str(body), 120))
    return body


@CATEGORY.check(
    "services",
    "the bridge lists the stack's services, each with an address and a type",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/services", remove=["qdrant"]),
    covers=("mcp-03", "mcp-04"),
)
async def services(ask: Ask) -> str:
    found = await _objects(ask, "/services")
    missing = [name for name in SERVICES if name not in found]
    ask.expect(not missing, f"the stack's {len(SERVICES)} services", f"not listed: {', '.join(missing)}")
    bare = [name for name, entry in found.items() if not _place(entry)[0]]
    ask.expect(not bare, "an address of each", f"none for {', '.join(bare)}")
    wrong = [
        f"{name} {_place(found[name])[1]}" for name, port in PORTS.items() if _place(found[name])[1] != port
    ]
    ask.expect(not wrong, "the stack's own ports", ", ".join(wrong))
    for name, entry in found.items():
        reading.text(entry.get("type"), f"a type of {name}")
    return f"{len(found)} services"


@CATEGORY.check(
    "services.secrets",
    "the bridge exposes no password",
    "mcp-bridge",
    twin=trait(services_show_passwords=True),
    covers=("mcp-03",),
)
async def services_secrets(ask: Ask) -> str:
    found = await _objects(ask, "/services")
    told = []
    for name, entry in found.items():
        address = reading.url(
            reading.text(entry.get("url"), f"an address of {name}"), f"an address of {name}"
        )
        named = {**entry, **dict(parse_qsl(address.query))}
        passwords = [
            str(value)
            for key, value in named.items()
            if value and (_SECRET.search(key) or reading.secret(value))
        ]
        passwords += [address.password] if address.password else []
        for password in passwords:
            # The answer is kept as evidence: what stands in it is hidden there like any other secret.
            ask.config.secrets.add(password)
        told += [name] if passwords else []
    ask.expect(
        not told,
        "addresses without logins",
        f"{', '.join(told)} with a password, for everybody who asks GET /services without a login",
    )
    return f"{len(found)} addresses without logins"


@CATEGORY.check(
    "services.one",
    "the bridge knows the backend's address",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/services/backend", status=404, body={"detail": "Service backend not found"}),
    covers=("mcp-05",),
)
async def services_one(ask: Ask) -> str:
    body = await ask.body("mcp-bridge", "/services/backend")
    url = reading.url(body.get("url"), "the backend's URL")
    ask.expect(url.scheme in ("http", "https") and bool(url.hostname), "the backend's URL", body.get("url"))
    ask.expect(body.get("type") == "api", "type api", body.get("type"))
    ask.expect(url.port == PORTS["backend"], f"port {PORTS['backend']}", url.port)
    listed = (await _objects(ask, "/services")).get("backend", {}).get("url")
    ask.expect(body.get("url") == listed, f"the address of the list, {listed}", body.get("url"))
    return f"{url.scheme}://{url.hostname}"


@CATEGORY.check(
    "services.agent-ports",
    "the bridge has the right port for each agent",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/services", set={"crewai.url": "http://localhost:11401"}),
)
async def agent_ports(ask: Ask) -> str:
    agents, places = await _objects(ask, "/agents"), await _objects(ask, "/services")
    both = [name for name in agents if name in places]
    ask.expect(bool(both), "agents among the services", "none of them")
    by_port = {agent.get("port"): name for name, agent in agents.items()}
    wrong = []
    for name in both:
        reading.whole(agents[name].get("port"), f"a port of {name}", 1, 65_535)
        port = _place(places[name])[1]
        if port != agents[name].get("port"):
            owner = by_port.get(port)
            wrong.append(
                f"{name} at {port}"
                + (f", which is {owner}'s" if owner else f", not {agents[name].get('port')}")
            )
        elif by_port[port] != name:
            wrong.append(f"{name} and {by_port[port]} both at {port}")
    ask.expect(not wrong, f"{len(both)} agents at their own ports", "; ".join(wrong))
    return f"{len(both)} agents at their own ports"


@CATEGORY.check(
    "agents",
    "the bridge lists all eight deployed agents with capabilities",
    "mcp-bridge",
    twin=trait(bridge_knows_every_agent=False),
    covers=("mcp-06", "mcp-07"),
)
async def agents(ask: Ask) -> str:
    found = await _objects(ask, "/agents")
    missing = [id for id in AGENTS if id not in found]
    ask.expect(
        not missing,
        "all eight deployed agents",
        f"{len(AGENTS) - len(missing)} of 8; unknown to it, so never routed to: {', '.join(missing)}",
    )
    for id in AGENTS:
        reading.texts(found[id].get("capabilities"), f"capabilities of {id}")
    return f"8 of 8, {len(found)} in all"


@CATEGORY.check(
    "agents.true",
    "the bridge lists an agent as online exactly when it answers",
    "mcp-bridge",
    *AGENTS,
    twin=trait(bridge_offline_agents=("crewai",)),
    covers=("mcp-14",),
    follows="mcp.agents",
)
async def agents_true(ask: Ask) -> str:
    found = await _objects(ask, "/agents")
    wrong = []
    for id in AGENTS:
        try:
            answers = (await ask.get(id, "/health")).status == 200
        except SourceError:
            answers = False
        said = found.get(id, {}).get("status", "not known")
        if (said == "online") != answers:
            wrong.append(f"{id} {said}, though it {'answers' if answers else 'is silent'}")
    ask.expect(
        not wrong,
        "8 of 8 as they are",
        f"{'; '.join(wrong)}; agents are set online only when they start: restart them after the bridge",
    )
    return "8 of 8 as they are"


@CATEGORY.check(
    "agents.one",
    "the bridge reports CrewAI online with its capabilities",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/agents/crewai", set={"status": "busy-ish"}),
    covers=("mcp-08",),
    follows="mcp.agents.true",
)
async def agents_one(ask: Ask) -> str:
    body = await ask.body("mcp-bridge", "/agents/crewai")
    ask.expect(body.get("name") == "CrewAI", "name CrewAI", body.get("name"))
    ask.expect(body.get("status") == "online", "status online", body.get("status"))
    port = (await _objects(ask, "/agents")).get("crewai", {}).get("port")
    ask.expect(body.get("port") == port, f"the port of the list, {port}", body.get("port"))
    able = body.get("capabilities")
    ask.expect(isinstance(able, list) and "multi-agent" in able, "capability multi-agent", able)
    return f"online, {len(able or [])} capabilities"


@CATEGORY.check(
    "agents.status",
    "the bridge's status page agrees with its list of agents",
    "mcp-bridge",
    twin=patch("mcp-bridge", "/status", set={"agents.letta": "offline"}),
    covers=("mcp-13",),
)
async def agents_status(ask: Ask) -> str:
    agents = await _objects(ask, "/agents")
    listed = {id: reading.text(agent.get("status"), f"a status of {id}") for id, agent in agents.items()}
    shown = (await ask.body("mcp-bridge", "/status")).get("agents")
    ask.expect(isinstance(shown, dict) and bool(shown), "a status of each agent", shown)
    assert isinstance(shown, dict)
    other = [id for id in {*listed, *shown} if listed.get(id) != shown.get(id)]
    ask.expect(
        not other,
        f"{len(listed)} agents alike",
        "; ".join(
            f"{id} {listed.get(id)} in the list, {shown.get(id)} in the status" for id in sorted(other)
        ),
    )
    return f"{len(listed)} agents alike"


@CATEGORY.check(
    "consul",
    "Consul lists the bridge, and its check passes",
    "mcp-bridge",
    "consul",
    twin=trait(consul_critical=("mcp-bridge",)),
    covers=("mcp-21",),
)
async def consul(ask: Ask) -> str:
    found = await instances(ask, "mcp-bridge")
    ask.expect(bool(found), "an instance of mcp-bridge", "none: it registers when it starts")
    sick = [
        f"{check.get('CheckID')} {check.get('Status')}: {check.get('Output')}"
        for _, checks in found
        for check in checks
        if check.get("Status") != "passing"
    ]
    ask.expect(not sick, "every check passing", "; ".join(sick))
    at = sorted({str(service.get("Port")) for service, _ in found})
    ask.expect(at == [str(PORT)], f"port {PORT}", f"port {', '.join(at)}")
    return f"{plural(len(found), 'instance')} passing at port {PORT}"
