"""Every endpoint of the simulated stack: its name, its port in the real stack, and what speaks there."""

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from sutaz_tui.simulator.world import AGENTS, World

UVICORN_KEEP_ALIVE = 5
"""Seconds that the stack's own services keep an idle connection: uvicorn's default."""

LONG_KEEP_ALIVE = 75


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: the port that it has in the stack (0: a unix socket), and its HTTP app or its protocol.

    `server` is its `Server` header, `keep_alive` the seconds that an idle HTTP connection is kept.
    """

    name: str
    port: int
    app: Callable[[World], ASGIApp] | None = None
    protocol: Callable[[World], Callable[[], asyncio.Protocol]] | None = None
    server: str = ""
    keep_alive: int = LONG_KEEP_ALIVE


def _call(module: str, function: str, world: World, *more: str) -> Any:
    # Imported when the endpoint is opened: fakeredis alone would cost every start a quarter of a second.
    return getattr(importlib.import_module(f"sutaz_tui.simulator.{module}"), function)(world, *more)


def _http(name: str, port: int, app: str, server: str = "", keep_alive: int = LONG_KEEP_ALIVE) -> Endpoint:
    module, _, function = app.partition(":")
    return Endpoint(
        name, port, app=partial(_call, module, function or "app"), server=server, keep_alive=keep_alive
    )


def _own(name: str, port: int, app: str) -> Endpoint:
    return _http(name, port, app, "uvicorn", UVICORN_KEEP_ALIVE)


def _binary(name: str, port: int, protocol: str) -> Endpoint:
    module, _, function = protocol.partition(":")
    return Endpoint(name, port, protocol=partial(_call, module, function or "protocol"))


def _agent(name: str, port: int) -> Endpoint:
    def app(world: World) -> ASGIApp:
        made: ASGIApp = _call("agents", "app", world, name)
        return made

    return Endpoint(name, port, app=app, server="uvicorn", keep_alive=UVICORN_KEEP_ALIVE)


_AGENT_PORTS = (11401, 11403, 11404, 11405, 11410, 11413, 11414, 11416)

_ALL = (
    *(_agent(name, port) for name, port in zip(AGENTS, _AGENT_PORTS, strict=True)),
    _binary("postgres", 10000, "postgres"),
    _binary("redis", 10001, "redis"),
    _http("neo4j", 10002, "platform:neo4j"),
    _binary("neo4j-bolt", 10003, "binary:bolt"),
    _http("chromadb", 10100, "chromadb"),
    _http("qdrant", 10102, "qdrant", "actix-web"),
    _binary("qdrant-grpc", 10101, "binary:grpc"),
    _own("faiss", 10103, "faiss"),
    _http("kong", 10008, "kong:proxy", "kong/3.9.1"),
    _http("kong-admin", 10009, "kong:admin", "kong/3.9.1"),
    _http("consul", 10006, "consul"),
    _binary("rabbitmq", 10004, "amqp"),
    _http("rabbitmq-management", 10005, "rabbitmq", "Cowboy"),
    _own("mcp-bridge", 11100, "bridge"),
    _own("backend", 10200, "backend"),
    _http("frontend", 11000, "platform:frontend", "TornadoServer/6.4"),
    _http("ollama", 11434, "platform:ollama"),
    _http("ollama-agents", 11435, "platform:ollama"),
    _http("portainer", 9000, "platform:portainer"),
    _http("docker", 0, "docker"),
    _http("prometheus", 10300, "prometheus"),
    _http("grafana", 10301, "monitoring:grafana"),
    _http("loki", 10310, "loki"),
    _http("node-exporter", 10305, "monitoring:node_exporter"),
    _http("cadvisor", 10306, "monitoring:cadvisor"),
    _http("postgres-exporter", 10307, "monitoring:postgres_exporter"),
    _http("redis-exporter", 10308, "monitoring:redis_exporter"),
    _http("alertmanager", 10303, "alertmanager"),
)

ENDPOINTS: dict[str, Endpoint] = {endpoint.name: endpoint for endpoint in _ALL}
"""Endpoint name -> endpoint, in the order of the stack's groups."""
