"""What compose wrote onto the stack's containers: projects and labels, published ports, networks, health checks.

Shapes from Docker's API reference, version 1.41, and from the labels of Compose 2.
"""

from typing import Any

from sutaz_tui.simulator.ports import PORTS
from sutaz_tui.simulator.world import AGENTS, World

START_PERIOD = 20.0
"""Seconds in which a health check may fail before that counts."""
NETWORK = "sutazaiapp_sutazai-network"
GATEWAY = "172.20.0.1"

PROJECTS = {**dict.fromkeys((*AGENTS, "ollama"), "agents"), "mcp-bridge": "mcp-bridge"}
"""Compose calls a project by its file's folder; portainer was started by no compose file."""

_FILES = {
    "agents": "/opt/sutazaiapp/agents/docker-compose-local-llm.yml",
    "mcp-bridge": "/opt/sutazaiapp/mcp-bridge/docker-compose-mcp.yml",
    "sutazaiapp": "/opt/sutazaiapp/docker-compose-core.yml",
}

_DEPENDS_ON = {
    **dict.fromkeys(AGENTS, "ollama:service_started:false"),
    "kong": "postgres:service_healthy:false",
    "grafana": "prometheus:service_started:true,loki:service_started:true",
    "promtail": "loki:service_started:false",
    "postgres-exporter": "postgres:service_healthy:false",
    "redis-exporter": "redis:service_started:false",
    "jarvis-frontend": "backend:service_healthy:false",
}
"""As the label has it: SERVICE:CONDITION:RESTART, one after another."""

_INSIDE: dict[str, dict[int, str | None]] = {
    **{name: {8000: name} for name in AGENTS},
    "postgres": {5432: "postgres"},
    "redis": {6379: "redis"},
    "neo4j": {7474: "neo4j", 7687: "neo4j-bolt"},
    "rabbitmq": {5672: "rabbitmq", 15672: "rabbitmq-management", 15692: None},
    "consul": {8500: "consul"},
    "kong": {8000: "kong", 8001: "kong-admin", 8443: None},
    "chromadb": {8000: "chromadb"},
    "qdrant": {6333: "qdrant-grpc", 6334: "qdrant"},
    "faiss": {8000: "faiss"},
    "ollama": {11434: "ollama-agents"},
    "backend": {8000: "backend"},
    "jarvis-frontend": {11000: "frontend"},
    "mcp-bridge": {11100: "mcp-bridge"},
    "prometheus": {9090: "prometheus"},
    "grafana": {3000: "grafana"},
    "loki": {3100: "loki"},
    "promtail": {9080: None},
    "node-exporter": {9100: "node-exporter"},
    "cadvisor": {8080: "cadvisor"},
    "postgres-exporter": {9187: "postgres-exporter"},
    "redis-exporter": {9121: "redis-exporter"},
    "alertmanager": {9093: "alertmanager"},
    "portainer": {9000: "portainer", 8000: None},
}
"""Port inside -> the endpoint that it is published as, None for exposed alone."""


def labels_of(container: str) -> dict[str, str]:
    """The labels of a container; none where no compose file started it."""
    name = container.removeprefix("sutazai-")
    if name == container:
        return {}
    project = PROJECTS.get(name, "sutazaiapp")
    return {
        "com.docker.compose.project": project,
        "com.docker.compose.project.config_files": _FILES[project],
        "com.docker.compose.project.working_dir": _FILES[project].rpartition("/")[0],
        "com.docker.compose.service": name,
        "com.docker.compose.container-number": "1",
        "com.docker.compose.depends_on": _DEPENDS_ON.get(name, ""),
        "com.docker.compose.oneoff": "False",
    }


def ports_of(world: World, container: str) -> dict[int, int | None]:
    """Port inside -> port of the host, None where it is not published."""
    name = container.removeprefix("sutazai-")
    return {
        port: None if endpoint is None else world.addresses.get(endpoint, ("", PORTS[endpoint]))[1]
        for port, endpoint in _INSIDE[name].items()
    }


def listed_ports(world: World, container: str, runs: bool) -> list[dict[str, Any]]:
    """`Ports` of the list: of an ended container none."""
    found: list[dict[str, Any]] = []
    for inside, outside in ports_of(world, container).items() if runs else ():
        entry = {"PrivatePort": inside, "Type": "tcp"}
        if outside is None:
            found.append(entry)
        else:
            found += [{"IP": ip, **entry, "PublicPort": outside} for ip in ("0.0.0.0", "::")]
    return found


def network_of(world: World, container: str, address: str, runs: bool) -> dict[str, Any]:
    """`NetworkSettings` of the list and of the page; an ended container has no address."""
    published = {
        f"{inside}/tcp": None if outside is None else [{"HostIp": "0.0.0.0", "HostPort": str(outside)}]
        for inside, outside in ports_of(world, container).items()
    }
    joined = {
        "Aliases": [container.removeprefix("sutazai-"), container],
        "Gateway": GATEWAY if runs else "",
        "IPAddress": address if runs else "",
        "IPPrefixLen": 16 if runs else 0,
    }
    return {"Ports": published if runs else {}, "Networks": {NETWORK: joined}}


def health_check(world: World, container: str) -> dict[str, Any]:
    """`Config.Healthcheck` of a container that has one; durations in nanoseconds."""
    first = next(iter(ports_of(world, container)))
    name = container.removeprefix("sutazai-")
    own = {
        "postgres": ["CMD-SHELL", "pg_isready -U jarvis"],
        "redis": ["CMD", "redis-cli", "ping"],
        "rabbitmq": ["CMD", "rabbitmq-diagnostics", "-q", "ping"],
        "kong": ["CMD", "kong", "health"],
        "qdrant": ["CMD", "curl", "-f", "http://localhost:6334/"],
        "jarvis-frontend": ["CMD", "curl", "-f", "http://localhost:11000/_stcore/health"],
    }
    test = own.get(name, ["CMD", "curl", "-f", f"http://localhost:{first}/health"])
    second = 1_000_000_000
    return {
        "Test": test,
        "Interval": 30 * second,
        "Timeout": 10 * second,
        "StartPeriod": int(START_PERIOD * second),
        "Retries": 3,
    }


_VOLUMES = {
    "postgres": ("sutazaiapp_postgres_data", "/var/lib/postgresql/data"),
    "redis": ("sutazaiapp_redis_data", "/data"),
    "neo4j": ("sutazaiapp_neo4j_data", "/data"),
    "rabbitmq": ("sutazaiapp_rabbitmq_data", "/var/lib/rabbitmq"),
    "qdrant": ("sutazaiapp_qdrant_data", "/qdrant/storage"),
    "prometheus": ("sutazaiapp_prometheus_data", "/prometheus"),
    "grafana": ("sutazaiapp_grafana_data", "/var/lib/grafana"),
    "loki": ("sutazaiapp_loki_data", "/loki"),
    "ollama": ("agents_ollama_data", "/root/.ollama"),
}
_FILES_MOUNTED = {
    "prometheus": ("/opt/sutazaiapp/config/prometheus.yml", "/etc/prometheus/prometheus.yml"),
    "loki": ("/opt/sutazaiapp/config/loki.yml", "/etc/loki/local-config.yaml"),
    "portainer": ("/var/run/docker.sock", "/var/run/docker.sock"),
}


def mounts_of(container: str) -> list[dict[str, Any]]:
    """`Mounts` of the list and of the page: volumes by name, files of the host read-only."""
    name, found = container.removeprefix("sutazai-"), list[dict[str, Any]]()
    if name in _VOLUMES:
        volume, inside = _VOLUMES[name]
        path = f"/var/lib/docker/volumes/{volume}/_data"
        entry = {"Type": "volume", "Name": volume, "Source": path, "Destination": inside}
        found.append(entry | {"Driver": "local", "Mode": "z", "RW": True, "Propagation": ""})
    if name in _FILES_MOUNTED:
        outside, inside = _FILES_MOUNTED[name]
        entry = {"Type": "bind", "Source": outside, "Destination": inside}
        found.append(entry | {"Mode": "ro", "RW": False, "Propagation": "rprivate"})
    return found


def environment_of(container: str) -> list[str]:
    """`Config.Env`, with what nobody else may see."""
    name = container.removeprefix("sutazai-")
    own = {
        "postgres": [
            "POSTGRES_USER=jarvis",
            "POSTGRES_PASSWORD=only-the-container-knows",
            "POSTGRES_DB=jarvis_ai",
        ],
        "redis": ["REDIS_VERSION=7.4.6"],
        "backend": ["DATABASE_URL=postgresql://jarvis:only-the-container-knows@postgres:5432/jarvis_ai"],
    }
    return ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *own.get(name, ["TZ=UTC"])]
