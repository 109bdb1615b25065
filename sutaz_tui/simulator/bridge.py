"""The MCP bridge: its registry of services and agents, task intake, routing and its socket."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from sutaz_tui.simulator import exposition
from sutaz_tui.simulator.agents import KINDS
from sutaz_tui.simulator.amqp_broker import broker_of
from sutaz_tui.simulator.contract import Contract
from sutaz_tui.simulator.web import fastapi, json_object, think
from sutaz_tui.simulator.world import World

SERVICES = {
    "postgres": ("postgresql://{login}localhost:10000/jarvis_ai", "database", "postgres"),
    "redis": ("redis://localhost:10001", "cache", "redis"),
    "rabbitmq": ("amqp://{login}localhost:10004", "queue", "rabbitmq"),
    "neo4j": ("bolt://localhost:10003", "graph", "neo4j"),
    "consul": ("http://localhost:10006", "discovery", "consul"),
    "kong": ("http://localhost:10009", "gateway", "kong-admin"),
    "chromadb": ("http://localhost:10100", "vector", "chromadb"),
    "qdrant": ("http://localhost:10102", "vector", "qdrant"),
    "faiss": ("http://localhost:10103", "vector", "faiss"),
    "backend": ("http://localhost:10200", "api", "backend"),
    "frontend": ("http://localhost:11000", "ui", "frontend"),
    "letta": ("http://localhost:11400", "agent", "letta"),
    "autogpt": ("http://localhost:11402", "agent", ""),
    "crewai": ("http://localhost:11401", "agent", "crewai"),
    "aider": ("http://localhost:11403", "agent", "aider"),
    "private-gpt": ("http://localhost:11404", "agent", ""),
}
"""Name -> (URL, type, endpoint that answers for it)."""

AGENTS = {
    "letta": ("Letta (MemGPT)", ("memory", "conversation", "task-automation"), 11401),
    "autogpt": ("AutoGPT", ("autonomous", "web-search", "task-execution"), 11402),
    "crewai": ("CrewAI", ("multi-agent", "orchestration", "collaboration"), 11403),
    "aider": ("Aider", ("code-editing", "pair-programming", "refactoring"), 11404),
    "langchain": ("LangChain", ("llm-framework", "chain-of-thought", "agents"), 11405),
    "bigagi": ("BigAGI", ("chat-interface", "multi-model", "reasoning"), 11407),
    "agentzero": ("Agent Zero", ("autonomous", "task-completion", "reasoning"), 11408),
    "skyvern": ("Skyvern", ("browser-automation", "web-scraping", "ui-testing"), 11409),
    "shellgpt": ("ShellGPT", ("cli-assistant", "command-generation", "terminal"), 11413),
    "autogen": ("AutoGen", ("multi-agent", "conversation", "configuration"), 11415),
    "browseruse": ("Browser Use", ("web-automation", "browser-control", "scraping"), 11703),
    "semgrep": ("Semgrep", ("security-analysis", "code-scanning", "vulnerability-detection"), 11801),
}
"""The agents that the bridge knows: id -> (name, capabilities, port)."""

UNKNOWN = {
    "finrobot": ("FinRobot", ("market-analysis", "portfolio", "forecasting"), 11410),
    "documind": ("Documind", ("document-processing", "extraction", "summarization"), 11414),
    "gpt-engineer": ("GPT-Engineer", ("code-generation", "project-creation", "scaffolding"), 11416),
}
"""Deployed agents that the real bridge does not know."""

TASK_TYPES = {
    "automation": {"task-automation", "web-automation", "task-execution"},
    "code": {"code-editing", "pair-programming", "code-generation"},
    "document": {"document-processing"},
    "conversation": {"conversation", "chat-interface"},
}
"""The types of task that the bridge knows, with the capabilities that each wants; no other is taken."""

ASSUMED = frozenset({"postgres", "redis", "rabbitmq", "neo4j", "consul", "kong"})
VERSION = "1.0.0"


class Bridge:
    def __init__(self, world: World) -> None:
        self.world = world
        self.statuses: dict[str, str] = {}
        self.sockets: dict[str, WebSocket] = {}

    def services(self) -> dict[str, dict[str, str]]:
        found = {}
        for name, (url, kind, _) in SERVICES.items():
            user = "POSTGRES" if name == "postgres" else "RABBITMQ"
            login = ""
            if self.world.traits.services_show_passwords:
                login = f"{self.world.secrets[f'{user}_USER']}:{self.world.secrets[f'{user}_PASSWORD']}@"
            if name in AGENTS and not self.world.traits.bridge_routes_crewai_to_letta:
                url = f"http://localhost:{AGENTS[name][2]}"
            found[name] = {"url": url.format(login=login), "type": kind}
            if kind == "agent":
                honest = self.world.traits.bridge_status_honest and name in KINDS
                found[name]["status"] = "registered" if honest else "pending"
        return found

    def agents(self) -> dict[str, dict[str, Any]]:
        known = AGENTS | UNKNOWN if self.world.traits.bridge_knows_every_agent else AGENTS
        return {
            identity: {
                "name": name,
                "capabilities": list(capabilities),
                "port": port,
                "status": self.statuses.get(identity) or self._status(identity),
            }
            for identity, (name, capabilities, port) in known.items()
        }

    def _status(self, identity: str) -> str:
        if identity in self.world.traits.bridge_offline_agents:
            return "offline"
        # A bridge that forgot nothing still sees when a deployed agent goes.
        return "online" if identity not in KINDS or self.world.is_reachable(identity) else "offline"

    def online(self) -> int:
        return sum(agent["status"] == "online" for agent in self.agents().values())

    def service_statuses(self) -> dict[str, str]:
        if not self.world.traits.bridge_status_honest:
            return {name: "assumed_healthy" if name in ASSUMED else "unhealthy" for name in SERVICES}
        return {
            name: "healthy" if not endpoint or self.world.is_reachable(endpoint) else "unhealthy"
            for name, (_, _, endpoint) in SERVICES.items()
        }

    def route(self, target: str) -> str | None:
        """The agent that a message for `target` reaches."""
        if target == "crewai" and self.world.traits.bridge_routes_crewai_to_letta:
            return "letta"
        return target if target in KINDS else None

    def publish(self, agent: str, body: bytes) -> bool:
        """Put a task in the agent's queue; False where none takes it."""
        # A display name with blanks and brackets gives a key that no queue is bound with.
        word = AGENTS["letta"][0] if self.world.traits.bridge_tasks_vanish and agent == "letta" else agent
        return broker_of(self.world).publish_inside("mcp.exchange", f"agent.{word.lower()}.task", body)


def metrics(world: World) -> list[exposition.Family]:
    bridge: Bridge = world.state.setdefault("bridge", Bridge(world))
    statuses = [
        ({"agent_id": identity}, float(agent["status"] == "online"))
        for identity, agent in bridge.agents().items()
    ]
    return [
        *exposition.process(world, "mcp-bridge"),
        exposition.counter("mcp_bridge_http_requests_total", "Total HTTP requests"),
        exposition.Family(
            "mcp_bridge_http_request_duration_seconds", "histogram", "HTTP request duration", ()
        ),
        exposition.gauge(
            "mcp_bridge_websocket_connections",
            "Active WebSocket connections",
            ({}, float(len(bridge.sockets))),
        ),
        exposition.gauge("mcp_bridge_agent_status", "Agent status (1=online, 0=offline)", *statuses),
    ]


def app(world: World) -> ASGIApp:
    contract = Contract("mcp-bridge", "/openapi.json")
    bridge: Bridge = world.state.setdefault("bridge", Bridge(world))

    def stamp() -> str:
        return world.now().replace(tzinfo=None).isoformat()

    async def health(_: Request) -> Response:
        await think(world, 0.002)
        answer = {"status": "healthy", "service": "mcp-bridge", "version": VERSION, "timestamp": stamp()}
        return JSONResponse(answer)

    async def services(_: Request) -> Response:
        return JSONResponse(bridge.services())

    async def service(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in bridge.services():
            raise HTTPException(404, f"Service {name} not found")
        return JSONResponse(bridge.services()[name])

    async def service_health(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in SERVICES:
            raise HTTPException(404, f"Service {name} not found")
        return JSONResponse({"service": name, "status": bridge.service_statuses()[name]})

    async def agents(_: Request) -> Response:
        return JSONResponse(bridge.agents())

    async def agent(request: Request) -> Response:
        identity = request.path_params["id"]
        if identity not in bridge.agents():
            raise HTTPException(404, f"Agent {identity} not found")
        return JSONResponse(bridge.agents()[identity])

    async def set_status(request: Request) -> Response:
        identity, status = request.path_params["id"], request.query_params.get("status", "")
        if identity not in bridge.agents():
            raise HTTPException(404, f"Agent {identity} not found")
        if status not in ("online", "offline", "busy") and world.traits.bridge_status_honest:
            raise HTTPException(422, f"Status {status!r}: expected online, offline or busy")
        bridge.statuses[identity] = status
        return JSONResponse({"agent_id": identity, "status": status})

    async def status(_: Request) -> Response:
        seen = bridge.service_statuses()
        whole = "operational"
        if world.traits.bridge_status_honest and "unhealthy" in seen.values():
            whole = "degraded"
        statuses = {identity: agent["status"] for identity, agent in bridge.agents().items()}
        counts = {"active_connections": len(bridge.sockets), "timestamp": stamp()}
        return JSONResponse({"status": whole, "services": seen, "agents": statuses, **counts})

    async def show_metrics(_: Request) -> Response:
        return exposition.response(metrics(world))

    async def json_metrics(_: Request) -> Response:
        totals = {"total_services": len(SERVICES), "total_agents": len(bridge.agents())}
        totals |= {
            "online_agents": bridge.online(),
            "active_connections": len(bridge.sockets),
            "message_routes": 5,
        }
        return JSONResponse({**totals, "timestamp": stamp()})

    async def route(request: Request) -> Response:
        value = await json_object(request)
        reached = bridge.route(value["target"])
        if reached is None or not world.is_reachable(reached):
            raise HTTPException(503, f"Target {value['target']} cannot be reached")
        world.counts.request(reached, "POST", "/mcp/receive", "mcp-bridge")
        answer = {"status": "received", "agent": KINDS[reached].name}
        return JSONResponse({"status": "delivered", "target": value["target"], "response": answer})

    async def submit(request: Request) -> Response:
        value = await json_object(request)
        wanted = value["task_type"]
        able = [
            identity
            for identity, agent in bridge.agents().items()
            if agent["status"] == "online"
            and TASK_TYPES.get(wanted, set()).intersection(agent["capabilities"])
        ]
        if not able:
            raise HTTPException(400, f"No available agent for task type: {wanted}")
        if not world.is_reachable("rabbitmq"):
            raise HTTPException(503, "The message broker cannot be reached")
        bridge.publish(able[0], (await request.body()))
        return JSONResponse({"task_id": value["task_id"], "status": "submitted", "agent": able[0]})

    async def openapi(_: Request) -> Response:
        return contract.openapi("MCP Bridge", VERSION)

    async def socket(socket: WebSocket) -> None:
        client = socket.path_params["client_id"]
        await socket.accept()
        bridge.sockets[client] = socket
        if world.traits.bridge_greets:
            await socket.send_json({"type": "connected", "client_id": client, "timestamp": stamp()})
        try:
            while True:
                frame = await socket.receive_json()
                to = [bridge.sockets[name] for name in [frame.get("target", "")] if name in bridge.sockets]
                if frame.get("type") == "broadcast" and world.traits.bridge_broadcasts:
                    to = [other for name, other in bridge.sockets.items() if name != client]
                for other in to:
                    await other.send_json({**frame, "source": client})
        except (WebSocketDisconnect, ValueError, KeyError):
            bridge.sockets.pop(client, None)

    return fastapi(
        [
            Route("/health", health),
            Route("/services", services),
            Route("/services/{name}", service),
            Route("/services/{name}/health", service_health, methods=["POST"]),
            Route("/agents", agents),
            Route("/agents/{id}", agent),
            Route("/agents/{id}/status", set_status, methods=["POST"]),
            Route("/status", status),
            Route("/metrics", show_metrics),
            Route("/metrics/json", json_metrics),
            Route("/route", route, methods=["POST"]),
            Route("/tasks/submit", submit, methods=["POST"]),
            Route("/openapi.json", openapi),
            WebSocketRoute("/ws/{client_id}", socket),
        ],
        contract,
    )
