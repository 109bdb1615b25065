"""The living state behind the simulated services: one seeded model that moves with the clock.

Nothing here ticks by itself: `world.tick()` brings the state up to the present and is called before each answer.
"""

import hashlib
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sutaz_tui.simulator.counts import Counts
from sutaz_tui.simulator.faults import Fault, Faults
from sutaz_tui.simulator.logs import Logs
from sutaz_tui.simulator.scenarios import SCENARIOS, Traits

SECRETS = {
    "POSTGRES_USER": "jarvis",
    "POSTGRES_PASSWORD": "simulated-postgres",
    "REDIS_PASSWORD": "simulated-redis",
    "RABBITMQ_USER": "sutazai",
    "RABBITMQ_PASSWORD": "simulated-rabbitmq",
    "MYSQL_PASSWORD": "simulated-mysql",
    "NEO4J_USER": "neo4j",
    "NEO4J_PASSWORD": "simulated-neo4j",
    "GRAFANA_USER": "admin",
    "GRAFANA_PASSWORD": "simulated-grafana",
    "SUTAZ_TUI_USER": "operator",
    "SUTAZ_TUI_PASSWORD": "Simulated-Passw0rd!",
    "JWT_SECRET_KEY": "simulated-signing-key-of-thirty-two-bytes",
}
"""The logins that the stack takes where its parent names no others."""

AGENTS = ("letta", "crewai", "aider", "langchain", "finrobot", "shellgpt", "documind", "gpt-engineer")

BRIDGE_QUEUES = (
    "letta",
    "autogpt",
    "crewai",
    "aider",
    "langchain",
    "bigagi",
    "agentzero",
    "skyvern",
    "shellgpt",
    "autogen",
    "browseruse",
    "semgrep",
)

CONTAINERS = {
    "sutazai-postgres": ("postgres:16-alpine", "postgres"),
    "sutazai-redis": ("redis:7-alpine", "redis"),
    "sutazai-neo4j": ("neo4j:5-community", "neo4j"),
    "sutazai-rabbitmq": ("rabbitmq:3.13-management-alpine", "rabbitmq"),
    "sutazai-consul": ("hashicorp/consul:1.19", "consul"),
    "sutazai-kong": ("kong:3.9", "kong-admin"),
    "sutazai-chromadb": ("chromadb/chroma:1.0.20", "chromadb"),
    "sutazai-qdrant": ("qdrant/qdrant:v1.15.4", "qdrant"),
    "sutazai-faiss": ("sutazai-faiss:latest", "faiss"),
    "sutazai-ollama": ("ollama/ollama:latest", "ollama-agents"),
    "sutazai-backend": ("sutazai-backend:latest", "backend"),
    "sutazai-jarvis-frontend": ("sutazai-jarvis-frontend:latest", "frontend"),
    "sutazai-mcp-bridge": ("sutazai-mcp-bridge:latest", "mcp-bridge"),
    **{f"sutazai-{name}": (f"sutazai-{name}:latest", name) for name in AGENTS},
    "sutazai-prometheus": ("prom/prometheus:latest", "prometheus"),
    "sutazai-grafana": ("grafana/grafana:12.2.1", "grafana"),
    "sutazai-loki": ("grafana/loki:latest", "loki"),
    "sutazai-promtail": ("grafana/promtail:latest", "promtail"),
    "sutazai-node-exporter": ("prom/node-exporter:latest", "node-exporter"),
    "sutazai-cadvisor": ("gcr.io/cadvisor/cadvisor:latest", "cadvisor"),
    "sutazai-postgres-exporter": ("prometheuscommunity/postgres-exporter:latest", "postgres-exporter"),
    "sutazai-redis-exporter": ("oliver006/redis_exporter:latest", "redis-exporter"),
    "sutazai-alertmanager": ("prom/alertmanager:latest", "alertmanager"),
    "portainer": ("portainer/portainer-ce:latest", "portainer"),
}
"""Container name -> (image, the endpoint that runs in it)."""


def container_address(name: str) -> str:
    """Where a container is in the stack's network."""
    return f"172.20.0.{10 + list(CONTAINERS).index(name)}"


@dataclass(slots=True)
class Queue:
    """A queue of the broker: its waiting messages (bodies) and what its consumers hold."""

    name: str
    durable: bool = True
    auto_delete: bool = False
    exclusive: bool = False
    messages: deque[bytes] = field(default_factory=deque)
    ready: int = 0
    """Messages of the model itself, beside those in `messages`."""
    unacked: int = 0
    consumers: int = 0
    published: int = 0
    delivered: int = 0
    idle_since: float = 0.0
    bindings: list[tuple[str, str]] = field(default_factory=list)
    """(exchange, routing key) pairs."""

    @property
    def depth(self) -> int:
        return self.ready + len(self.messages)


@dataclass(slots=True)
class User:
    """An account of the backend; times are epoch seconds."""

    id: int
    email: str
    username: str
    password: str
    full_name: str | None = None
    is_active: bool = True
    is_superuser: bool = False
    is_verified: bool = False
    created_at: float = 0.0
    updated_at: float | None = None
    last_login: float | None = None
    failed_logins: int = 0
    locked_until: float = 0.0


class World:
    """Everything the services share: traits, secrets, faults, counts and the data that moves.

    `monotonic` drives the model, `wall` only dates its answers; both are injected by tests.
    """

    def __init__(
        self,
        scenario: str = "report",
        seed: int = 7,
        secrets: dict[str, str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.scenario = scenario
        self.traits: Traits = SCENARIOS[scenario]
        self.secrets = {**SECRETS, **(secrets or {})}
        self.faults = Faults()
        self.counts = Counts(wall)
        self.random = random.Random(seed)
        self.wall = wall
        self._monotonic = monotonic
        self._born = monotonic()
        self.born_wall = wall()
        self._ticked = 0.0
        self.addresses: dict[str, tuple[str, int]] = {}
        """Endpoint -> loopback host and port; the unix socket of `docker` is not here."""
        self.users: dict[str, User] = {}
        self.queues: dict[str, Queue] = {}
        self.own_exchanges: dict[str, str] = {}
        """Exchanges that clients declared, name -> type, beside the bridge's."""
        self.amqp_connections: dict[str, dict[str, Any]] = {}
        """Open AMQP connections by name, as the management API shows them; the AMQP protocol fills it."""
        self.gauges: dict[str, float] = {"load": 0.6, "sessions": 4.0, "redis_clients": 9.0, "chat": 1.0}
        self.state: dict[str, Any] = {}
        """What one service family keeps for itself, by the family's name."""
        self.logs = Logs(wall, self.container_id)
        self.on_second: list[Callable[[float], None]] = []
        """Called for each second of the model with that second's epoch time."""
        self._staffed = False
        self._fill()
        self._staff_queues()

    @property
    def exchanges(self) -> dict[str, str]:
        """Exchange -> type: the bridge's and those that clients declared."""
        return {"mcp.exchange": self.traits.mcp_exchange_type, **self.own_exchanges}

    # Time

    def elapsed(self) -> float:
        """Seconds since the stack started."""
        return self._monotonic() - self._born

    def epoch(self) -> float:
        return self.wall()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.wall(), UTC)

    # Who answers

    def fault(self, endpoint: str) -> Fault | None:
        return self.faults.get(endpoint)

    def is_absent(self, endpoint: str) -> bool:
        return endpoint in self.traits.absent

    def is_reachable(self, endpoint: str) -> bool:
        """Whether the endpoint answers as it should, as its neighbours in the stack see it."""
        fault = self.faults.get(endpoint)
        return not self.is_absent(endpoint) and (fault is None or fault.name == "slow")

    def url(self, endpoint: str) -> str:
        host, port = self.addresses.get(endpoint, ("127.0.0.1", 0))
        return f"http://{host}:{port}"

    def container_id(self, name: str) -> str:
        """The 64 hex digits of a container, the same in Docker's answers, cAdvisor's and Loki's file names."""
        return hashlib.sha256(f"container {name}".encode()).hexdigest()

    # The model

    def latency(self, typical: float) -> float:
        """Seconds to wait before an answer: log-normal around `typical`, at most ten times it."""
        return min(typical * 10, typical * self.random.lognormvariate(0, 0.5))

    def tick(self) -> None:
        """Bring queues and gauges up to the present, in steps of a second (at most 600)."""
        self._staff_queues()
        present = self.elapsed()
        steps = min(600, int(present - self._ticked))
        if steps < 1:
            return
        self._ticked = present
        now = self.epoch()
        for step in range(steps):
            self._step()
            for second in self.on_second:
                second(now - steps + step)

    def _staff_queues(self) -> None:
        """Give the stack's own consumer to each of its queues, or take it away, as the trait says."""
        if self._staffed == self.traits.queues_have_consumers:
            return
        self._staffed = self.traits.queues_have_consumers
        for queue in self.queues.values():
            if queue.name.startswith(("agent.", "mcp.")):
                queue.consumers = max(0, queue.consumers + (1 if self._staffed else -1))

    def _step(self) -> None:
        rng = self.random
        for name, low, high in (
            ("load", 0.1, 3.5),
            ("sessions", 0.0, 25.0),
            ("redis_clients", 6.0, 18.0),
            ("chat", 0.0, 6.0),
        ):
            drift = (high - low) * 0.02
            self.gauges[name] = min(high, max(low, self.gauges[name] + rng.uniform(-drift, drift)))
        broker = self.is_reachable("rabbitmq")
        for queue in self.queues.values():
            if not queue.name.startswith(("agent.", "mcp.")):
                continue
            consumed = self.traits.queues_have_consumers
            if not broker:
                continue
            arrived = rng.random() < (0.5 if consumed else 0.05)
            if arrived:
                count = rng.randint(1, 4 if consumed else 1)
                queue.ready += count
                queue.published += count
                queue.idle_since = self.epoch()
            if consumed and queue.ready:
                taken = min(queue.ready, rng.randint(1, 5))
                queue.ready -= taken
                queue.delivered += taken
                queue.unacked = rng.randint(0, min(3, taken))
            elif consumed:
                queue.unacked = 0

    def _fill(self) -> None:
        now = self.epoch()
        for name in BRIDGE_QUEUES:
            bindings = [("mcp.exchange", f"agent.{name}.*"), ("mcp.exchange", "agent.all.*")]
            self.queues[f"agent.{name}"] = Queue(f"agent.{name}", idle_since=now, bindings=bindings)
        self.queues["mcp.bridge"] = Queue(
            "mcp.bridge", idle_since=now, bindings=[("mcp.exchange", "bridge.*")]
        )
        for queue in self.queues.values():
            queue.ready = self.random.randint(0, 6)
        self.users[self.secrets["SUTAZ_TUI_USER"]] = User(
            id=1,
            email=f"{self.secrets['SUTAZ_TUI_USER']}@example.com",
            username=self.secrets["SUTAZ_TUI_USER"],
            password=self.secrets["SUTAZ_TUI_PASSWORD"],
            is_verified=True,
            created_at=now,
        )
