"""Faults of a real stack: four a category, thought up by somebody who had not read the checks, and some more.

Each stands under the check that promises to see it. Only the prover reads them (`check --prove`).
"""

from sutaz_tui.checks.accounts import encoded
from sutaz_tui.checks.base import Twin, patch, trait

ME = "/api/v1/auth/me"
REFRESH = "/api/v1/auth/refresh"
LOGIN = "/api/v1/auth/login"
BEGUN_AGAIN = patch(
    "backend",
    "/metrics",
    after=1,
    body="process_resident_memory_bytes 3.1e+07\nhttp_requests_total 3\nprocess_start_time_seconds 4.1e+09\n",
)
"""The process ended among the questions, and another one answers."""
FULL_OF_FILES = (
    'node_filesystem_size_bytes{mountpoint="/"} 1e11\nnode_filesystem_avail_bytes{mountpoint="/"} 6e10\n'
    'node_filesystem_files{mountpoint="/"} 6.5e+06\nnode_filesystem_files_free{mountpoint="/"} 0\n'
)
ANOTHERS = f"{encoded({'alg': 'HS256'})}.{encoded({'sub': 'another', 'type': 'access'})}.c2ltdWxhdGVk"
NO_SIGNATURE = f"Bearer {encoded({'alg': 'nOnE', 'typ': 'JWT'})}.*"
HASH = "$2b$12$KIXQx1yZbq0V4m7Jd8c1uO5q8n2f3r4s5t6u7v8w9x0y1z2A3B4C5"
NEIGHBOUR = "http://localhost:11000.sutaztui.example"
TWICE = "".join(
    f'mcp_bridge_agent_status{{agent_id="{id}"}} {value}\n' for value in (0, 1) for id in ("letta", "crewai")
)
INSIDE = "http://sutazai-backend:8000/api/v1/health/"
SILENCE = {
    "status": {"state": "active"},
    "endsAt": "2099-01-01T00:00:00Z",
    "matchers": [{"isRegex": True, "value": ".*"}],
}
GIT = "[core]\n\trepositoryformatversion = 0\n"

FAULTS: tuple[tuple[str, str, Twin], ...] = (
    (
        "agents.finrobot.market",
        "a cached answer about another symbol",
        patch("finrobot", "/analyze/market", set={"symbol": "TSLA"}),
    ),
    (
        "agents.langchain.chain",
        "a template whose blank nobody filled",
        patch("langchain", "/chain/run", set={"result": "Say {input}."}),
    ),
    (
        "agents.gpt-engineer.project",
        "an empty block of code",
        patch("gpt-engineer", "/project/generate", set={"result": "```python\n```"}),
    ),
    (
        "agents.ollama.tinyllama",
        "a model whose name begins alike",
        patch("ollama-agents", "/api/tags", set={"models.0.name": "tinyllama-old:latest"}),
    ),
    (
        "api.refusal.path",
        "a 404 in JSON that calls itself a page",
        patch("backend", "/api/v1/sutaztui-none", headers={"content-type": "text/html"}),
    ),
    (
        "api.agents.metrics",
        "local time for UTC, two hours ahead",
        patch("backend", "/api/v1/agents/metrics", set={"timestamp": "2099-01-01 02:00:00"}),
    ),
    (
        "api.chat.send",
        "a time that is longer than we waited",
        patch("backend", "/api/v1/chat/send", set={"response_time": 45.0}),
    ),
    (
        "api.routes.described",
        "a route that lost its method",
        patch("backend", "/api/v1/openapi.json", set={"paths./api/v1/chat/send": {"get": {}}}),
    ),
    (
        "databases.postgres.writable",
        "sessions that begin read-only",
        trait(postgres_figures=["read_only_settings:1"]),
    ),
    (
        "databases.postgres.tables",
        "tables restored into another schema",
        trait(postgres_figures=["tables:0", "users:0"]),
    ),
    (
        "databases.postgres.transactions",
        "a prepared transaction that nobody ends",
        trait(postgres_figures=["oldest_prepared:259200"]),
    ),
    (
        "databases.neo4j.query",
        "a database that is offline",
        patch(
            "neo4j",
            "/db/neo4j/tx/commit",
            status=200,
            body={"results": [], "errors": [{"code": "Neo.TransientError.Database.DatabaseUnavailable"}]},
        ),
    ),
    (
        "databases.neo4j.answers",
        "drivers are sent to a port that is not its own",
        patch("neo4j", "/", set={"bolt_direct": "bolt://localhost:7999"}),
    ),
    ("infrastructure.host.disk", "no inode left", patch("node-exporter", "/metrics", body=FULL_OF_FILES)),
    (
        "infrastructure.docker.restart-policy",
        "on-failure, which no reboot brings back",
        patch(
            "docker", "*/containers/sutazai-redis/json", set={"HostConfig.RestartPolicy.Name": "on-failure"}
        ),
    ),
    (
        "infrastructure.frontend.page",
        "a page whose script is gone",
        patch("frontend", "/static/js/*", status=404),
    ),
    (
        "infrastructure.postgres-exporter.itself",
        "a last scrape that failed",
        patch("postgres-exporter", "/metrics", body="pg_up 1\npg_exporter_last_scrape_error 1\n"),
    ),
    ("mcp.metrics", "an agent online and offline at once", patch("mcp-bridge", "/metrics", body=TWICE)),
    (
        "mcp.services.secrets",
        "a login beside the address",
        patch("mcp-bridge", "/services", set={"rabbitmq.credentials": "mcp:simulated"}),
    ),
    (
        "mcp.consul",
        "a registration at another port",
        patch("consul", "/v1/health/service/mcp-bridge", set={"0.Service.Port": 8000}),
    ),
    (
        "messaging.rabbitmq.bindings",
        "a queue that is bound to everything",
        patch(
            "rabbitmq-management",
            "/api/bindings/*",
            set={
                "-": {
                    "source": "mcp.exchange",
                    "destination": "mcp.bridge",
                    "destination_type": "queue",
                    "routing_key": "#",
                }
            },
        ),
    ),
    (
        "messaging.rabbitmq.node",
        "restarted seconds ago",
        patch("rabbitmq-management", "/api/nodes", set={"0.uptime": 4_000}),
    ),
    (
        "messaging.consul.backend",
        "an entry without an address",
        patch("consul", "/v1/health/service/sutazai-backend", set={"0.Service.Address": ""}),
    ),
    (
        "messaging.kong.plugins",
        "one service's rate limit switched off",
        patch("kong-admin", "/plugins", set={"data.6.enabled": False}),
    ),
    (
        "messaging.kong.upstream",
        "a healthy target without weight",
        patch("kong-admin", "/upstreams/backend-upstream/health", set={"data.0.weight": 0}),
    ),
    (
        "messaging.rabbitmq.durable",
        "queues that go with their last consumer",
        patch("rabbitmq-management", "/api/queues/*", set={"3.auto_delete": True}),
    ),
    (
        "monitoring.prometheus.rules-work",
        "rules that were last evaluated long ago",
        patch(
            "prometheus",
            "/api/v1/rules",
            set={"data.groups.0.rules.0.lastEvaluation": "2025-11-16T01:00:00Z"},
        ),
    ),
    (
        "monitoring.alertmanager.ready",
        "a receiver that tells nobody",
        patch(
            "alertmanager",
            "/api/v2/status",
            set={"config.original": "route:\n  receiver: none\nreceivers:\n- name: none\n"},
        ),
    ),
    (
        "monitoring.grafana.dashboards",
        "folders in place of dashboards",
        patch("grafana", "/metrics", body="grafana_stat_totals_dashboard 0\ngrafana_stat_totals_folder 5\n"),
    ),
    (
        "monitoring.grafana.sources",
        "a source of another type under Prometheus' name",
        trait(grafana_sources=["testdata", "loki", "redis-datasource"]),
    ),
    (
        "vectors.qdrant.forgotten",
        "one vector deleted, all gone",
        patch("qdrant", "/collections/*/points/search", after=1, set={"result": []}),
    ),
    (
        "vectors.qdrant.replaced",
        "a second copy under one id",
        patch("qdrant", "/collections/*/points/count", set={"result.count": 5}),
    ),
    (
        "vectors.faiss.limit",
        "as many hits as asked for, one of them twice",
        patch("faiss", "/search", set={"results.1.index": 0}),
    ),
    (
        "vectors.chromadb.returned",
        "the neighbour's tag",
        patch(
            "chromadb",
            "/api/v2/tenants/default_tenant/databases/default_database/collections/*/get",
            set={"metadatas.0.tag": "odd"},
        ),
    ),
    (
        "caching.exporter",
        "an exporter that lost Redis and tells old figures",
        patch("redis-exporter", "/metrics", body="redis_up 0\nredis_memory_max_bytes 134217728\n"),
    ),
    ("caching.kept", "values beyond ASCII come back otherwise", trait(redis_keeps_bytes=False)),
    ("caching.backend", "the backend is at another Redis", trait(backend_uses_another_redis=True)),
    (
        "security.cors.foreign",
        "an origin that begins like ours",
        patch(
            "backend",
            "/health",
            when={"origin": NEIGHBOUR},
            headers={"access-control-allow-origin": NEIGHBOUR},
        ),
    ),
    (
        "security.public.routes",
        "the repository beside the API",
        patch("backend", "/.git/config", status=200, body=GIT),
    ),
    (
        "security.public.secrets",
        "a password's hash on a public page",
        patch("backend", "/api/v1/models/", set={"owner": HASH}),
    ),
    (
        "security.reset.limited",
        "no time to wait",
        patch("backend", "/api/v1/auth/password-reset", headers={"retry-after": "0"}),
    ),
    (
        "jwt.signature.needed",
        "no signature, by another spelling of none",
        patch(
            "backend",
            "/api/v1/vectors/search",
            when={"authorization": NO_SIGNATURE},
            status=200,
            body=[{"id": "doc_1"}],
        ),
    ),
    ("jwt.register.duplicate", "one address twice, in capitals", trait(emails_are_folded=False)),
    (
        "jwt.me.junk",
        "a guest for whoever sends undefined",
        patch(
            "backend",
            ME,
            when={"authorization": "Bearer undefined"},
            status=200,
            body={"id": 0, "username": "guest"},
        ),
    ),
    ("jwt.claims.no_secrets", "a hash under a harmless name", trait(tokens_carry=[f"v={HASH}"])),
    (
        "e2e.models",
        "an offered model that is not available",
        patch("backend", "/api/v1/models/", set={"detailed.0.available": False}),
    ),
    (
        "e2e.gateway",
        "an old answer out of the gateway's cache",
        patch("kong", "/mcp/health", set={"timestamp": "2025-11-16T01:00:00"}),
    ),
    ("e2e.chat.memory", "a history without what the user said", trait(chat_keeps_questions=False)),
    (
        "e2e.agents",
        "an agent listed twice, another not at all",
        patch("backend", "/api/v1/agents/", set={"1.id": "crewai"}),
    ),
    ("pool.size", "a limit for the backend's login", trait(postgres_figures=["login_limit:5"])),
    (
        "pool.exporter",
        "another limit than PostgreSQL has",
        patch("postgres-exporter", "/metrics", body="pg_up 1\npg_settings_max_connections 200\n"),
    ),
    ("pool.half", "200 and nothing", patch("backend", REFRESH, body=None)),
    (
        "load.login.concurrent",
        "tokens of another user",
        patch("backend", LOGIN, after=1, set={"access_token": ANOTHERS}),
    ),
    ("load.memory", "a process that began again", BEGUN_AGAIN),
    ("load.recovery", "malformed logins that it stumbles over", patch("backend", LOGIN, status=500)),
    ("load.mixed", "no models under load", patch("backend", "/api/v1/models/", set={"models": []})),
    (
        "performance.qdrant.latency",
        "quick errors in a 200",
        patch("qdrant", "/collections", body={"status": {"error": "Service internal error"}, "time": 0.0}),
    ),
    (
        "performance.models.latency",
        "the fallback alone",
        patch("backend", "/api/v1/models/", set={"models": ["local"]}),
    ),
    ("performance.memory", "a process that began again", BEGUN_AGAIN),
    (
        "agents.crewai.chat",
        "another model answers",
        patch("crewai", "/chat/completions", set={"model": "gpt-4"}),
    ),
    (
        "api.models.chat",
        "another count than the list has",
        patch("backend", "/api/v1/chat/models", set={"count": 0}),
    ),
    (
        "api.health.redirect",
        "a host of the inside",
        patch("backend", "/api/v1/health", headers={"location": INSIDE}),
    ),
    (
        "infrastructure.docker.healthy",
        "a health check that starts for days",
        patch("docker", "*/containers/json", set={"3.Status": "Up 3 days (health: starting)"}),
    ),
    (
        "mcp.services.one",
        "another address than the list's",
        patch("mcp-bridge", "/services/backend", set={"url": "http://elsewhere:10200"}),
    ),
    (
        "mcp.agents.one",
        "another port than the list's",
        patch("mcp-bridge", "/agents/crewai", set={"port": 11401}),
    ),
    (
        "monitoring.alertmanager.ready",
        "a silence over everything",
        patch("alertmanager", "/api/v2/silences", body=[SILENCE]),
    ),
    (
        "vectors.qdrant.shape",
        "a collection that is red",
        patch("qdrant", "/collections/sutaztui-*", method="GET", set={"result.status": "red"}),
    ),
    ("caching.limit", "bytes for megabytes", trait(redis_info=["maxmemory:128"])),
    (
        "e2e.logs",
        "lines without words",
        patch(
            "loki",
            "/loki/api/v1/query_range",
            set={"data.result": [{"stream": {"job": "docker"}, "values": [["1795360289654370525", ""]]}]},
        ),
    ),
    ("e2e.services", "a Grafana without a version", patch("grafana", "/api/health", set={"version": ""})),
    ("pool.room", "figures below nothing", trait(postgres_figures=["connections:-5"])),
    (
        "load.health.concurrent",
        "answers out of a cache",
        patch("backend", "/health", headers={"age": "86400"}),
    ),
    (
        "load.metrics",
        "a page of another process",
        patch("backend", "/metrics", body="process_resident_memory_bytes 6.7e+07\n"),
    ),
)
"""Check, what is wrong, and the healthy stack with it."""
