"""The eight agents: one base answer, and the routes that each wrapper adds."""

import time
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator import exposition
from sutaz_tui.simulator.contract import Contract
from sutaz_tui.simulator.web import fastapi, json_object, think
from sutaz_tui.simulator.world import World

METRICS_TYPE = "text/plain; version=1.0.0; charset=utf-8"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Agent:
    """What one agent says of itself and the routes it adds: (method, path) pairs."""

    name: str
    description: str
    routes: tuple[str, ...]
    lists: tuple[str, ...] = ()


KINDS = {
    "letta": Agent(
        "Letta",
        "Memory-persistent AI agent with long-term context",
        ("/memory/store", "/memory/recall", "/persona/create", "/chat/with-memory"),
    ),
    "crewai": Agent(
        "CrewAI",
        "Multi-agent crew orchestration and collaboration",
        ("/crew/create", "/agent/create", "/task/assign", "/crew/execute"),
        ("/crews", "/agents", "/tasks"),
    ),
    "aider": Agent(
        "Aider",
        "AI pair programming and code assistance",
        ("/code/review", "/code/refactor", "/code/complete"),
    ),
    "langchain": Agent(
        "LangChain",
        "LLM application framework with chains and tools",
        ("/chain/create", "/chain/run", "/tool/use"),
    ),
    "finrobot": Agent(
        "FinRobot", "Financial analysis and market intelligence", ("/analyze/market", "/analyze/portfolio")
    ),
    "shellgpt": Agent(
        "ShellGPT", "Command-line interface assistant", ("/command/generate", "/script/generate")
    ),
    "documind": Agent(
        "Documind",
        "Intelligent document processing and extraction",
        ("/document/analyze", "/document/extract", "/document/summarize"),
    ),
    "gpt-engineer": Agent(
        "GPT-Engineer",
        "Autonomous code generation and project creation",
        ("/project/generate", "/code/implement"),
    ),
}

CREATES = {"/crew/create": "/crews", "/agent/create": "/agents", "/task/assign": "/tasks"}


HEALTH_SEEN = "agents"


def has_model(world: World, endpoint: str) -> bool:
    """Whether the agent reaches its model: its Ollama answers, has a model, and nothing is wrong with the agent."""
    traits = world.traits
    return (
        world.is_reachable("ollama-agents") and bool(traits.models) and endpoint not in traits.degraded_agents
    )


def metrics(world: World, endpoint: str) -> list[exposition.Family]:
    """The agent's families; a stale gauge is 0 until /health is called, then keeps what the last call found."""
    prefix = endpoint.replace("-", "_")
    seen = world.state.setdefault(HEALTH_SEEN, {})
    healthy = seen.get(endpoint, False) if world.traits.stale_agent_gauges else has_model(world, endpoint)
    registered = world.traits.bridge_knows_every_agent or endpoint not in (
        "documind",
        "finrobot",
        "gpt-engineer",
    )
    online = registered and endpoint not in world.traits.bridge_offline_agents
    count = float(world.counts.of(endpoint).requests)
    label = {"method": "POST", "endpoint": "/generate", "status": "200"}
    asked = float(world.state.setdefault("asked", {}).get(endpoint, 0))
    return [
        *exposition.process(world, endpoint),
        exposition.counter(f"{prefix}_requests_total", "Total requests to the agent", (label, count)),
        exposition.histogram(
            f"{prefix}_request_duration_seconds", "Request duration in seconds", BOUNDS, {}, count, 0.02
        ),
        exposition.counter(
            f"{prefix}_ollama_requests_total", "Total requests to Ollama", ({"status": "success"}, asked)
        ),
        exposition.histogram(
            f"{prefix}_ollama_request_duration_seconds",
            "Ollama request duration in seconds",
            BOUNDS,
            {},
            asked,
            0.3,
        ),
        exposition.gauge(f"{prefix}_health_status", "Agent health (1=healthy)", ({}, float(healthy))),
        exposition.gauge(f"{prefix}_mcp_registered", "Registered with the bridge", ({}, float(online))),
    ]


def app(world: World, endpoint: str) -> Starlette:
    agent = KINDS[endpoint]
    contract = Contract(endpoint, "/openapi.json")
    kept: dict[str, Any] = {"memory": {}, "/crews": [], "/agents": [], "/tasks": [], "chains": []}
    model = "tinyllama"

    async def root(_: Request) -> Response:
        return JSONResponse(
            {
                "agent": agent.name,
                "description": agent.description,
                "status": "running",
                "ollama_url": world.url("ollama-agents"),
                "model": model,
            }
        )

    async def health(_: Request) -> Response:
        await think(world, 0.008)
        reached = has_model(world, endpoint)
        if world.traits.stale_agent_gauges:
            world.state.setdefault(HEALTH_SEEN, {})[endpoint] = reached
        status = "healthy" if reached else "degraded"
        return JSONResponse({"status": status, "agent": agent.name, "ollama": reached, "model": model})

    async def show_metrics(_: Request) -> Response:
        return exposition.response(metrics(world, endpoint), METRICS_TYPE)

    async def ask(prompt: str) -> str:
        if not has_model(world, endpoint):
            raise HTTPException(500, "All connection attempts failed")
        asked = world.state.setdefault("asked", {})
        asked[endpoint] = asked.get(endpoint, 0) + 1
        await think(world, 0.02)
        return f"{agent.name} heard {len(prompt.split())} words and answers from memory."

    async def completions(request: Request) -> Response:
        value = await json_object(request)
        prompt = " ".join(str(message.get("content", "")) for message in value["messages"])
        text = await ask(prompt)
        prompt_tokens, completion_tokens = len(prompt.split()), len(text.split())
        created = int(time.time())
        return JSONResponse(
            {
                "id": f"chatcmpl-{agent.name}-{created}",
                "object": "chat.completion",
                "created": created,
                "model": value.get("model", model),
                "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
                ],
                "usage": {
                    "prompt_tokens": prompt_tokens,
                    "completion_tokens": completion_tokens,
                    "total_tokens": prompt_tokens + completion_tokens,
                },
            }
        )

    async def generate(request: Request) -> Response:
        value = await json_object(request)
        text = await ask(str(value.get("prompt", "")))
        return JSONResponse({"model": model, "response": text, "done": True})

    async def receive(request: Request) -> Response:
        await json_object(request)
        return JSONResponse({"status": "received", "agent": agent.name})

    async def work(request: Request) -> Response:
        value = await json_object(request)
        path = request.url.path
        if path == "/memory/store":
            if world.traits.agents_remember:
                kept["memory"].setdefault(str(value.get("user_id", "")), []).append(value.get("content", ""))
            return JSONResponse({"success": True, "stored": 1})
        if path == "/memory/recall":
            memories = kept["memory"].get(str(value.get("user_id", "")), [])
            if world.traits.agents_tell_others:
                memories = [one for told in kept["memory"].values() for one in told]
            return JSONResponse({"success": True, "memories": memories})
        if path == "/chain/create":
            chain = f"chain-{len(kept['chains']) + 1}"
            if world.traits.agents_remember:
                kept["chains"].append(chain)
            return JSONResponse({"success": True, "chain_id": chain, **value})
        if path == "/chain/run" and value.get("chain_id") not in kept["chains"]:
            raise HTTPException(404, "Chain not found")
        if path in CREATES:
            made = {"id": f"{path.split('/')[1]}-{len(kept[CREATES[path]]) + 1}", **value}
            if world.traits.agents_remember:
                kept[CREATES[path]].append(made)
            return JSONResponse({"success": True, **made})
        return JSONResponse({"success": True, "result": await ask(" ".join(map(str, value.values())))})

    async def listing(request: Request) -> Response:
        return JSONResponse({request.url.path.strip("/"): kept[request.url.path]})

    async def openapi(_: Request) -> Response:
        return contract.openapi(f"{agent.name} Agent", "1.0.0")

    return fastapi(
        [
            Route("/", root),
            Route("/health", health),
            Route("/metrics", show_metrics),
            Route("/chat/completions", completions, methods=["POST"]),
            Route("/generate", generate, methods=["POST"]),
            Route("/mcp/receive", receive, methods=["POST"]),
            Route("/openapi.json", openapi),
            *[Route(path, work, methods=["POST"]) for path in agent.routes],
            *[Route(path, listing) for path in agent.lists],
        ],
        contract,
    )
