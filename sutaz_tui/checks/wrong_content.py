"""Answers of the right shape that are wrong: of each check that promises to see it, one more twin.

What a cache keeps, what another server or job would say, what is listed twice or stands for nothing. Only the prover reads
them (`check --prove`).
"""

from collections.abc import Mapping

from sutaz_tui.checks.base import Twin, patch, trait

CHAT = "/api/v1/chat/message"
CACHED = patch("backend", "/api/v1/auth/refresh", set={"access_token": "one-for-all"})
STILL = patch("backend", "/metrics", body="process_resident_memory_bytes 6.7e+07\nhttp_requests_total 12\n")

WRONG_CONTENT: Mapping[str, Twin] = {
    "agents.aider.review": patch("aider", "/code/review", set={"result": "def twice(x): return x + x"}),
    "api.models.local": patch(
        "backend", "/api/v1/models/", set={"detailed.0.name": "gone:7b", "models.0": "gone:7b"}
    ),
    "databases.postgres.tables": trait(postgres_figures=["tables:0"]),
    "databases.redis.clients": trait(redis_info=["maxclients:4"]),
    "databases.qdrant.collections": patch("qdrant", "/collections", set={"result.collections": [{"id": 1}]}),
    "infrastructure.ollama.models": patch("ollama", "/api/tags", set={"models.0.size": 0}),
    "infrastructure.ollama-agents.models": patch("ollama-agents", "/api/tags", set={"models.0.size": 0}),
    "infrastructure.host.memory": patch(
        "node-exporter",
        "/metrics",
        body="node_memory_MemTotal_bytes 1e9\nnode_memory_MemAvailable_bytes 1e12\n",
    ),
    "infrastructure.host.disk": patch(
        "node-exporter",
        "/metrics",
        body='node_filesystem_size_bytes{mountpoint="/"} 1e9\nnode_filesystem_avail_bytes{mountpoint="/"} 1e12\n',
    ),
    "mcp.services.secrets": patch(
        "mcp-bridge", "/services", set={"redis.url": "redis://sutazai-redis:10001/0?password=simulated"}
    ),
    "monitoring.prometheus.rules-work": patch(
        "prometheus", "/api/v1/rules", set={"data.groups.0.rules.0.health": "unknown"}
    ),
    "monitoring.alertmanager.told": Twin(
        traits={"firing_alerts": ["DiskFull"]},
        patches=(
            {
                "endpoint": "alertmanager",
                "path": "/api/v2/alerts",
                "body": [{"labels": {"alertname": "DiskFull", "instance": "another"}}],
            },
        ),
    ),
    "vectors.chromadb.dropped": patch("chromadb", "*/query", status=200),
    "vectors.qdrant.dropped": patch("qdrant", "/collections/*/points/search", status=200),
    "vectors.faiss.dropped": patch("faiss", "/search", status=200),
    "security.public.secrets": patch("backend", "/api/v1/models/", set={"api_key": "simulated"}),
    "security.public.routes": patch("backend", "/api/v1/openapi.json", set={"paths./api/v1/environment": {}}),
    "jwt.claims.no_secrets": trait(tokens_carry=["passwd"]),
    "e2e.chat": patch("backend", CHAT, set={"model": "another:latest"}),
    "pool.half": CACHED,
    "pool.crowd": CACHED,
    "pool.recovery": CACHED,
    "load.memory": STILL,
    "performance.memory": STILL,
    "performance.chromadb.latency": patch(
        "chromadb", "/api/v2/heartbeat", set={"nanosecond heartbeat": 1_795_360_289_654_370_525}
    ),
    "agents.crewai.chat": patch("crewai", "/chat/completions", set={"usage.total_tokens": 0}),
    "api.agents.list": patch("backend", "/api/v1/agents/", remove=["0"]),
    "databases.neo4j.answers": patch("neo4j", "/", set={"neo4j_version": "unknown"}),
    "mcp.services.agent-ports": Twin(
        patches=(
            {"endpoint": "mcp-bridge", "path": "/agents", "set": {"crewai.port": 11401}},
            {"endpoint": "mcp-bridge", "path": "/services", "set": {"crewai.url": "http://localhost:11401"}},
        )
    ),
    "messaging.consul.registered": patch(
        "consul", "/v1/catalog/services", set={"mcp-bridge": ["frontend", "ui"]}
    ),
    "messaging.rabbitmq.clients": patch(
        "rabbitmq-management",
        "/api/connections",
        set={"0.name": "one and the same", "1.name": "one and the same"},
    ),
    "monitoring.prometheus.targets": patch(
        "prometheus", "/api/v1/targets", set={"data.activeTargets.6.labels.instance": "sutazai-letta:8000"}
    ),
    "monitoring.prometheus.agents": patch(
        "prometheus", "/api/v1/targets", set={"data.activeTargets.6.labels.instance": "sutazai-letta:8000"}
    ),
    "monitoring.loki.pipeline": patch(
        "loki", "/loki/api/v1/query_range", set={"data.result.0.stream.job": "another"}
    ),
    "security.headers.refusal": patch(
        "backend", "/api/v1/sutaztui-none", headers={"content-security-policy": "default-src http: https:"}
    ),
    "jwt.refresh.lifetime": trait(refresh_token_seconds=1801),
    "e2e.session": patch("backend", "/api/v1/auth/me", set={"username": "another"}),
    "e2e.metrics": patch(
        "prometheus",
        "/api/v1/query",
        set={"data.result": [{"metric": {"job": "kong"}, "value": [1.7e9, "1"]}]},
    ),
    "load.login.concurrent": patch("backend", "/api/v1/auth/login", set={"access_token": "one-for-all"}),
    "performance.chat.many": patch("backend", CHAT, set={"model": "offline"}),
}
"""Check id -> the healthy stack with an answer of the right shape and wrong content."""
