"""A second twin of each check that promises two things: the fault that its first twin does not have.

Only the prover reads them (`check --prove`), so they stand apart from the checks, by id.
"""

from collections.abc import Mapping

from sutaz_tui.checks.agents.names import AGENTS
from sutaz_tui.checks.base import Twin, fault, patch, trait

HEALTH = "/api/v1/health/"
CHAT = "/api/v1/chat/message"
REFRESH = "/api/v1/auth/refresh"
LINES = "/loki/api/v1/query_range"
NO_WORDS = {"response": "Error generating response: All connection attempts failed"}
SLOW = fault(backend="slow=0.7")
ONE_IN_SEVEN = patch("backend", REFRESH, status=500, every=7)


def _is(path: str, status: int = 503) -> Twin:
    return patch("backend", path, status=status)


SECOND: Mapping[str, Twin] = {
    "agents.all.metrics": patch(
        "aider", "/metrics", body="aider_health_status 1.0\naider_mcp_registered 1.0\n"
    ),
    "agents.all.fresh-gauges": trait(prometheus_missing_targets=["sutazai-letta:8000"]),
    "agents.all.registered": trait(bridge_offline_agents=("gpt-engineer",)),
    **{f"agents.{id}.healthy": patch(id, "/health", set={"agent": "Somebody"}) for id in AGENTS},
    "agents.all.healthy": patch("gpt-engineer", "/health", set={"status": "degraded"}),
    "agents.all.at-once": patch("documind", "/health", set={"agent": "Letta"}),
    "agents.all.one-model": patch("letta", "/", set={"model": "another"}),
    "agents.ollama.models": patch("ollama-agents", "/api/tags", set={"models.0.size": 0}),
    "agents.all.model-there": patch("letta", "/health", set={"model": "another"}),
    **{f"agents.{id}.routes": patch(id, "/openapi.json", remove=["paths./generate"]) for id in AGENTS},
    "agents.crewai.chat": patch("crewai", "/chat/completions", set={"usage.completion_tokens": 0}),
    "agents.langchain.chain": patch("langchain", "/chain/run", set={"result": ""}),
    "agents.letta.memory": trait(agents_tell_others=True),
    "api.root": patch("backend", "/", set={"status": "down"}),
    "api.health": patch("backend", "/health", set={"status": "degraded"}),
    "api.health.all": patch("backend", HEALTH, set={"healthy_count": 7}),
    "api.health.same": patch("backend", "/api/v1/health/services", remove=["services.0"]),
    "api.routes.described": patch("backend", "/api/v1/openapi.json", remove=["paths./api/v1/chat/send"]),
    "api.routes.answer": patch("backend", "/api/v1/models/", remove=["models"]),
    "api.routes.version": patch("backend", HEALTH, set={"version": "3.9.9"}),
    "api.refusal.method": patch("backend", "/api/v1/auth/login", method="GET", headers={"allow": None}),
    "api.refusal.json": patch("backend", REFRESH, set={"detail": "refused"}),
    "api.ws.greets": trait(websockets_share_a_session=True),
    "api.ws.history": trait(websockets_share_a_session=True),
    "api.headers.correlation_made": patch("backend", "/health", headers={"x-correlation-id": "one-for-all"}),
    "api.agents.list": patch("backend", "/api/v1/agents/", remove=["2.name"]),
    "api.agents.metrics": patch("backend", "/api/v1/agents/metrics", set={"active_models": 0}),
    "api.chat.send": patch("backend", "/api/v1/chat/send", set={"response_time": None}),
    "api.metrics.process": patch(
        "backend", "/metrics", body="process_resident_memory_bytes 6.7e+07\nprocess_cpu_seconds_total 4.0\n"
    ),
    "api.metrics.services": patch(
        "backend", "/metrics", body='backend_service_status{service="redis"} 1.0\n'
    ),
    "databases.postgres.answers": fault(postgres="slow=0.7"),
    "databases.postgres.databases": trait(postgres_figures=["databases:kong,postgres"]),
    "databases.postgres.at-once": trait(postgres_figures=["number:0"]),
    "databases.redis.answers": fault(redis="slow=1.5"),
    "databases.neo4j.answers": patch("neo4j", "/", set={"neo4j_version": ""}),
    "databases.qdrant.ready": patch("qdrant", "/readyz", body="some shards are not ready"),
    "databases.faiss.answers": patch("faiss", "/health", set={"status": "unhealthy"}),
    "infrastructure.portainer.locked": patch("portainer", "/api/status", set={"Version": ""}),
    "infrastructure.docker.running": trait(restarting_containers=["sutazai-redis"]),
    "infrastructure.cadvisor.memory": trait(crowded_containers=["sutazai-redis"]),
    "infrastructure.cadvisor.cpu": trait(busy_containers=["sutazai-redis"]),
    "infrastructure.agents.ollama": trait(degraded_agents=["letta"]),
    "mcp.health": patch("mcp-bridge", "/health", set={"service": "backend"}),
    "mcp.status.asked": patch("mcp-bridge", "/status", set={"services.kong": "assumed_healthy"}),
    "mcp.status.redis": patch("mcp-bridge", "/status", set={"services.redis": "unhealthy"}),
    "mcp.metrics": patch("mcp-bridge", "/agents", set={"letta.status": "offline"}),
    "mcp.route.all": trait(bridge_routes_crewai_to_letta=True),
    "mcp.services": patch("mcp-bridge", "/services", set={"qdrant.url": "http://nowhere.invalid:1"}),
    "mcp.services.agent-ports": patch("mcp-bridge", "/services", set={"letta.url": "http://localhost:11403"}),
    "mcp.agents": patch("mcp-bridge", "/agents", set={"documind.capabilities": []}),
    "mcp.agents.one": patch("mcp-bridge", "/agents/crewai", set={"capabilities": ["terminal"]}),
    "mcp.socket": trait(bridge_greets=False),
    "mcp.consul": patch("consul", "/v1/health/service/mcp-bridge", body=[]),
    "messaging.consul.leader": patch("consul", "/v1/status/peers", body=["10.0.0.1:8300"]),
    "messaging.consul.node": patch("consul", "/v1/health/state/any", set={"0.CheckID": "another"}),
    "messaging.consul.registered": patch("consul", "/v1/catalog/services", set={"mcp-bridge": []}),
    "messaging.kong.status": patch("kong-admin", "/status", set={"server.total_requests": 0}),
    "messaging.kong.services": patch("kong-admin", "/services", set={"data.0.enabled": False}),
    "messaging.kong.routes": patch("kong-admin", "/routes", set={"data.3.service.id": "another"}),
    "messaging.kong.unknown": patch("kong", "/mcp/health", status=404),
    "messaging.kong.rate-limits": patch("kong", "/mcp/health", headers={"ratelimit-limit": "5"}),
    "messaging.kong.headers": patch("kong", "/mcp/health", headers={"x-trace-id": "another"}),
    "messaging.kong.upstream": patch("kong-admin", "/upstreams/backend-upstream/health", set={"data": []}),
    "messaging.rabbitmq.overview": patch(
        "rabbitmq-management", "/api/overview", set={"object_totals.queues": -1}
    ),
    "messaging.rabbitmq.vhost": patch("rabbitmq-management", "/api/vhosts", set={"0.name": "another"}),
    "messaging.rabbitmq.consumers": patch("rabbitmq-management", "/api/queues/*", set={"5.consumers": 0}),
    "messaging.rabbitmq.queues": patch("rabbitmq-management", "/api/queues/*", set={"5.state": "crashed"}),
    "monitoring.prometheus.targets": patch(
        "prometheus", "/api/v1/targets", set={"data.activeTargets.0.labels.job": "another"}
    ),
    "monitoring.prometheus.up": trait(prometheus_missing_targets=["prometheus"]),
    "monitoring.prometheus.agents": trait(prometheus_missing_targets=["sutazai-gpt-engineer:8000"]),
    "monitoring.prometheus.fresh": patch(
        "prometheus", "/api/v1/targets", set={"data.activeTargets.16.lastScrape": "2099-01-01T00:00:00Z"}
    ),
    "monitoring.prometheus.rules-work": patch(
        "prometheus",
        "/api/v1/rules",
        set={"data.groups.0.rules": [{"name": "Fine", "health": "ok"}, {"name": "Odd", "health": "err"}]},
    ),
    "monitoring.agents.metrics": patch("letta", "/metrics", status=500),
    "monitoring.agents.crewai": patch("crewai", "/metrics", body="crewai_mcp_registered 1.0\n"),
    "monitoring.agents.gauges": patch("letta", "/health", set={"status": "degraded"}),
    "monitoring.node-exporter.metrics": patch(
        "node-exporter",
        "/metrics",
        body='node_cpu_seconds_total{cpu="0"} 1\nnode_memory_MemTotal_bytes 2\nnode_memory_MemAvailable_bytes 1\n',
    ),
    "monitoring.node-exporter.clock": patch("node-exporter", "/metrics", body="node_time_seconds 4.1e+09\n"),
    "monitoring.grafana.sources": trait(grafana_sources=["loki", "prometheus"]),
    "monitoring.grafana.locked": patch("grafana", "/api/health", status=500),
    "monitoring.loki.jobs": patch("loki", "/loki/api/v1/label/job/values", set={"data": ["docker"]}),
    "monitoring.loki.docker": patch("loki", LINES, mutated="future"),
    "monitoring.loki.pipeline": patch("loki", LINES, mutated="past"),
    "vectors.chromadb.identity": patch("chromadb", "/api/v2/auth/identity", set={"tenant": "another"}),
    "vectors.chromadb.tenant": patch("chromadb", "/api/v2/tenants/default_tenant", status=404),
    "vectors.chromadb.made": patch("chromadb", "*/count", body=1),
    "vectors.qdrant.made": patch("qdrant", "*/points/count", set={"result.count": 1}),
    "vectors.faiss.made": patch("faiss", "/collections", set={"collections.0.vectors": 1}),
    "vectors.qdrant.shape": patch(
        "qdrant",
        "/collections/sutaztui-*",
        method="GET",
        set={"result.config.params.vectors.distance": "Dot"},
    ),
    "vectors.faiss.unfit": patch("faiss", "/search", set={"detail": "refused"}),
    "vectors.backend.flags": patch("backend", "/api/v1/health/services", set={"services.5.healthy": False}),
    "vectors.qdrant.ready": patch("qdrant", "/readyz", body="some shards are not ready"),
    "security.headers.answer": patch("backend", "/", headers={"strict-transport-security": "max-age=1"}),
    "security.headers.refusal": patch(
        "backend", "/api/v1/sutaztui-none", headers={"content-security-policy": "default-src * 'unsafe-eval'"}
    ),
    "jwt.login.form": patch("backend", "/api/v1/auth/login", set={"expires_in": 0}),
    "jwt.claims.account": trait(tokens_lack=["email"]),
    "jwt.access.lifetime": trait(access_token_seconds=7 * 86_400),
    "jwt.refresh.lifetime": trait(refresh_token_seconds=60),
    "jwt.register.works": patch("backend", "/api/v1/auth/register", set={"is_superuser": True}),
    "e2e.session": _is(REFRESH, 500),
    "e2e.services": patch("prometheus", "/-/ready", body="hello"),
    "e2e.agents": patch(
        "backend", "/api/v1/agents/", body=[{"id": "ghost", "name": "Ghost", "status": "active"}]
    ),
    "e2e.logs": patch("loki", LINES, mutated="future"),
    "e2e.chat.concurrent": patch("backend", CHAT, set=NO_WORDS),
    "e2e.chat.broken-model": patch("backend", "/api/v1/simple_chat/", set={"model": "offline"}),
    "pool.exporter": patch("postgres-exporter", "/metrics", body="pg_up 1\npg_settings_max_connections 20\n"),
    "databases.neo4j.query": patch("neo4j", "/db/neo4j/tx/commit", set={"errors": []}),
    "infrastructure.docker.restart-policy": trait(containers_left_dead=["sutazai-redis"]),
    "messaging.consul.dead": patch("consul", "/v1/health/state/any", body=[]),
    "messaging.kong.plugins": patch("kong-admin", "/plugins", set={"data.6.config.minute": 1}),
    "messaging.rabbitmq.clients": patch(
        "rabbitmq-management", "/api/connections", set={"0.state": "blocked"}
    ),
    "messaging.rabbitmq.node": patch("rabbitmq-management", "/api/nodes", set={"0.running": False}),
    "messaging.rabbitmq.built-in": patch(
        "rabbitmq-management", "/api/exchanges/*", set={"1.type": "another"}
    ),
    "messaging.rabbitmq.round-trip": trait(rabbitmq_cuts_messages=True),
    "messaging.rabbitmq.bindings": patch("rabbitmq-management", "/api/bindings/*", remove=["1"]),
    "messaging.rabbitmq.throughput": trait(rabbitmq_keeps_messages=False),
    "messaging.rabbitmq.routing": trait(mcp_exchange_type="fanout"),
    "monitoring.cadvisor.containers": trait(absent=["grafana"]),
    "vectors.chromadb.ready": patch("chromadb", "/api/v2/healthcheck", set={"is_executor_ready": False}),
    "vectors.qdrant.grpc": fault(qdrant_grpc="imposter=html"),
    "security.enumeration.login": trait(login_is_checked=False),
    "security.reset.limited": patch("backend", "/api/v1/auth/password-reset", headers={"retry-after": None}),
    "security.chat.punctuation": patch("backend", "/api/v1/chat/send", set=NO_WORDS),
    "security.kong.body_size": patch("kong", "/*", status=413),
    "jwt.claims.clock": trait(token_clock_ahead=-600.0),
    "jwt.refresh.works": _is(REFRESH, 500),
    "jwt.logout.works": patch("backend", "/api/v1/auth/logout", set={"message": ""}),
    "e2e.metrics": patch("prometheus", "/api/v1/query", set={"data.result": []}),
    "pool.connect": fault(postgres="slow=0.7"),
    "pool.wrong-query": trait(postgres_figures=["one:2"]),
    "pool.half": ONE_IN_SEVEN,
    "pool.crowd": ONE_IN_SEVEN,
    "pool.size": trait(postgres_max_connections=20),
    "performance.postgres.latency": fault(postgres="slow=1.2"),
    "caching.counted": trait(redis_info=["keyspace_hits:0", "keyspace_misses:0"]),
    "caching.expire": trait(redis_expires=False),
    "load.health.concurrent": SLOW,
    "load.health.percentiles": _is("/health"),
    "load.login.concurrent": SLOW,
    "load.mixed": SLOW,
    "performance.health.latency": _is("/health"),
    "performance.models.latency": _is("/api/v1/models/"),
    "performance.users.10": SLOW,
    "performance.users.50": SLOW,
    "performance.users.100": SLOW,
    "performance.users.500": SLOW,
    "performance.chat.latency": patch("backend", CHAT, set=NO_WORDS),
    "performance.chat.many": patch("backend", CHAT, set=NO_WORDS),
}
"""Check id -> the healthy stack with another part of the check's promise broken."""
