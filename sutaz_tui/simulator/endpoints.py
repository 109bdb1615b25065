"""Every endpoint of the simulated stack: its name, its port in the real stack, and what speaks there."""

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from sutaz_tui.simulator.ports import PORTS
from sutaz_tui.simulator.world import AGENTS, World

UVICORN_KEEP_ALIVE = 5
"""Seconds that the stack's own services keep an idle connection: uvicorn's default."""

LONG_KEEP_ALIVE = 75


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: the port that it has in the stack (0: a unix socket), and its HTTP app or its protocol.

    `server` is its `Server` header, `keep_alive` the seconds that an idle HTTP connection is kept. `is_secured`: by TLS.
    """

    name: str
    port: int
    app: Callable[[World], ASGIApp] | None = None
    protocol: Callable[[World], Callable[[], asyncio.Protocol]] | None = None
    server: str = ""
    keep_alive: int = LONG_KEEP_ALIVE
    is_secured: bool = False


def _call(module: str, function: str, world: World, *more: str) -> Any:
    # Imported when the endpoint is opened: fakeredis alone would cost every start a quarter of a second.
    return getattr(importlib.import_module(f"sutaz_tui.simulator.{module}"), function)(world, *more)


def _http(name: str, app: str, server: str = "", keep_alive: int = LONG_KEEP_ALIVE) -> Endpoint:
    module, _, function = app.partition(":")
    made = partial(_call, module, function or "app")
    return Endpoint(name, PORTS[name], app=made, server=server, keep_alive=keep_alive)


def _own(name: str, app: str) -> Endpoint:
    return _http(name, app, "uvicorn", UVICORN_KEEP_ALIVE)


def _binary(name: str, protocol: str) -> Endpoint:
    module, _, function = protocol.partition(":")
    return Endpoint(name, PORTS[name], protocol=partial(_call, module, function or "protocol"))


def _agent(name: str) -> Endpoint:
    def app(world: World) -> ASGIApp:
        made: ASGIApp = _call("agents", "app", world, name)
        return made

    return Endpoint(name, PORTS[name], app=app, server="uvicorn", keep_alive=UVICORN_KEEP_ALIVE)


_ALL = (
    *(_agent(name) for name in AGENTS),
    _binary("postgres", "postgres"),
    _binary("redis", "redis"),
    _http("neo4j", "platform:neo4j"),
    _binary("neo4j-bolt", "binary:bolt"),
    _http("chromadb", "chromadb"),
    _http("qdrant", "qdrant", "actix-web"),
    _binary("qdrant-grpc", "binary:grpc"),
    _own("faiss", "faiss"),
    _http("kong", "kong:proxy", "kong/3.9.1"),
    _http("kong-admin", "kong:admin", "kong/3.9.1"),
    _http("consul", "consul"),
    _binary("rabbitmq", "amqp"),
    _http("rabbitmq-management", "rabbitmq", "Cowboy"),
    _own("mcp-bridge", "bridge"),
    _own("backend", "backend"),
    _http("frontend", "platform:frontend", "TornadoServer/6.4"),
    _http("ollama", "platform:ollama"),
    _http("ollama-agents", "platform:ollama"),
    _http("portainer", "platform:portainer"),
    _http("docker", "docker"),
    _http("prometheus", "prometheus"),
    _http("grafana", "monitoring:grafana"),
    _http("loki", "loki"),
    _http("node-exporter", "monitoring:node_exporter"),
    _http("cadvisor", "monitoring:cadvisor"),
    _http("postgres-exporter", "monitoring:postgres_exporter"),
    _http("redis-exporter", "monitoring:redis_exporter"),
    _http("alertmanager", "alertmanager"),
    _binary("dns", "dns"),
    _binary("mysql", "mysql"),
    _binary("memcached", "memcached"),
    _binary("systemd", "systemd"),
    replace(_http("https", "shop"), is_secured=True),
    _http("https-plain", "shop:plain"),
    replace(_binary("tls", "shop:silent"), is_secured=True),
)

ENDPOINTS: dict[str, Endpoint] = {endpoint.name: endpoint for endpoint in _ALL}
"""Endpoint name -> endpoint, in the order of the stack's groups."""
