"""For each HTTP kind a config entry and the answers of a healthy service, recorded from the real one where there is one."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sutaz_tui.config import kinds
from sutaz_tui.config.schema import ServiceConfig
from tests.web import Reply, recorded


@dataclass(frozen=True, slots=True)
class Healthy:
    """A service's entry, by its URL, and its answers."""

    entry: Callable[[str], ServiceConfig]
    routes: dict[str, Reply]


KONG_SERVER = {"server": "kong/3.9.1"}
METRICS = "# HELP pg_up Whether the last scrape could reach PostgreSQL.\n# TYPE pg_up gauge\npg_up 1\npg_locks_count 7\n"
FLAGS = dict.fromkeys(
    ("redis", "rabbitmq", "neo4j", "chromadb", "qdrant", "faiss", "consul", "kong", "ollama"), True
)

HEALTHY: dict[str, Healthy] = {
    "agent": Healthy(
        lambda url: kinds.Agent(id="letta", title="Letta", address=url, timeout=2.0),
        {"/health": recorded("agent-letta", "GET /health")},
    ),
    "neo4j": Healthy(
        lambda url: kinds.Neo4j(id="neo4j", title="Neo4j", address=url, timeout=2.0),
        {
            "/": Reply(
                body={
                    "bolt_routing": "neo4j://localhost:7687",
                    "query": "http://localhost:7474/db/{databaseName}/query/v2",
                    "transaction": "http://localhost:7474/db/{databaseName}/tx",
                    "bolt_direct": "bolt://localhost:7687",
                    "neo4j_version": "5.26.16",
                    "neo4j_edition": "community",
                }
            )
        },
    ),
    "chromadb": Healthy(
        lambda url: kinds.Chromadb(id="chromadb", title="ChromaDB", address=url, timeout=2.0),
        {
            "/api/v2/heartbeat": recorded(
                "chromadb", "GET /api/v2/heartbeat", **{"nanosecond heartbeat": time.time_ns()}
            ),
            "/api/v2/version": recorded("chromadb", "GET /api/v2/version"),
        },
    ),
    "qdrant": Healthy(
        lambda url: kinds.Qdrant(id="qdrant", title="Qdrant", address=url, timeout=2.0),
        {
            "/": Reply(
                body={"title": "qdrant - vector search engine", "version": "1.15.4", "commit": "20db14f8"}
            ),
            "/collections": Reply(
                body={"result": {"collections": [{"name": "docs"}]}, "status": "ok", "time": 1e-6}
            ),
        },
    ),
    "faiss": Healthy(
        lambda url: kinds.Faiss(id="faiss", title="FAISS", address=url, timeout=2.0),
        {"/health": recorded("faiss-service", "GET /health")},
    ),
    "kong": Healthy(
        lambda url: kinds.Kong(id="kong", title="Kong", address=url, proxy=f"{url}/proxy", timeout=2.0),
        {
            "/status": Reply(
                body={
                    "database": {"reachable": True},
                    "memory": {"workers_lua_vms": [], "lua_shared_dicts": {}},
                    "server": {"connections_active": 2, "total_requests": 1204, "connections_waiting": 0},
                },
                headers=KONG_SERVER,
            ),
            "/upstreams": Reply(body={"data": [{"name": "backend-upstream", "id": "1"}], "next": None}),
            "/upstreams/backend-upstream/health": Reply(
                body={
                    "data": [{"target": "sutazai-backend:8000", "health": "HEALTHY", "weight": 100}],
                    "next": None,
                }
            ),
            "/proxy/": Reply(404, {"message": "no Route matched with those values"}, KONG_SERVER),
        },
    ),
    "mcp-bridge": Healthy(
        lambda url: kinds.McpBridge(id="mcp-bridge", title="MCP bridge", address=url, timeout=2.0),
        {
            "/health": recorded("mcp-bridge", "GET /health"),
            "/agents": recorded("mcp-bridge", "GET /agents"),
        },
    ),
    "backend": Healthy(
        lambda url: kinds.Backend(id="backend", title="Backend", address=url, timeout=2.0),
        {
            "/health": recorded("backend", "GET /health"),
            "/api/v1/health/": recorded(
                "backend", "GET /api/v1/health/", status="healthy", services=FLAGS, healthy_count=9
            ),
        },
    ),
    "frontend": Healthy(
        lambda url: kinds.Frontend(id="frontend", title="Frontend", address=url, timeout=2.0),
        {"/_stcore/health": Reply(body="ok")},
    ),
    "ollama": Healthy(
        lambda url: kinds.Ollama(id="ollama", title="Ollama", address=url, timeout=2.0),
        {
            "/api/tags": Reply(
                body={"models": [{"name": "tinyllama:latest", "size": 637700138, "digest": "26"}]}
            )
        },
    ),
    "portainer": Healthy(
        lambda url: kinds.Portainer(id="portainer", title="Portainer", address=url, timeout=2.0),
        {"/api/status": Reply(body={"Version": "2.21.5", "InstanceID": "299ab403"})},
    ),
    "grafana": Healthy(
        lambda url: kinds.Grafana(id="grafana", title="Grafana", address=url, timeout=2.0),
        {"/api/health": Reply(body={"database": "ok", "version": "12.2.1", "commit": "563109b6"})},
    ),
    "cadvisor": Healthy(
        lambda url: kinds.Cadvisor(id="cadvisor", title="cAdvisor", address=url, timeout=2.0),
        {"/healthz": Reply(body="ok")},
    ),
    "exporter": Healthy(
        lambda url: kinds.Exporter(
            id="pg-exporter",
            title="Postgres exporter",
            address=url,
            metric="pg_up",
            value=1,
            label="pg",
            timeout=2.0,
        ),
        {"/metrics": Reply(body=METRICS)},
    ),
    "alertmanager": Healthy(
        lambda url: kinds.Alertmanager(id="alertmanager", title="Alertmanager", address=url, timeout=2.0),
        {
            "/-/ready": recorded("alertmanager", "GET /-/ready"),
            "/api/v2/alerts": recorded("alertmanager", "GET /api/v2/alerts"),
        },
    ),
    "http": Healthy(
        lambda url: kinds.Http(
            id="shop",
            title="Shop",
            address=f"{url}/live?deep=1",
            json_path="checks.0.ok",
            json_value=True,
            timeout=2.0,
        ),
        {"/live": Reply(body={"checks": [{"ok": True}]})},
    ),
}
