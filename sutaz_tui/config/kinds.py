"""The kinds of services that a config can name: their keys, defaults, what one round asks, and which probe asks it.

This is the registry of probe kinds: a new one is a struct here, a line in `KINDS`, and the module it names.
"""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from sutaz_tui.config.schema import JsonValue, Seconds, Secret, ServiceConfig, Statuses, Wire


class Agent(ServiceConfig, tag="agent", frozen=True, kw_only=True):
    """An AI agent's /health; `name` is what its body must call itself."""

    name: str = ""


class Postgres(ServiceConfig, tag="postgres", frozen=True, kw_only=True):
    """PostgreSQL by one kept read-only connection; without a password only what strangers are told."""

    user: str = "postgres"
    password: Secret = ""
    database: str = "postgres"


class Mysql(ServiceConfig, tag="mysql", frozen=True, kw_only=True):
    """MySQL or MariaDB by one kept connection, never without a login; `warn_lag` is what a replica may be behind."""

    user: str = "root"
    password: Secret = ""
    database: str = ""
    warn_lag: Seconds = 60.0


class Redis(ServiceConfig, tag="redis", frozen=True, kw_only=True):
    """Redis by PING and INFO."""

    user: str = ""
    password: Secret = ""


class Neo4j(ServiceConfig, tag="neo4j", frozen=True, kw_only=True):
    """Neo4j's HTTP root and its Bolt port; `bolt` is `host:port`."""

    bolt: str = ""


class Chromadb(ServiceConfig, tag="chromadb", frozen=True, kw_only=True):
    """ChromaDB's v2 API, or v1 where it has no other."""


class Qdrant(ServiceConfig, tag="qdrant", frozen=True, kw_only=True):
    """Qdrant's REST API; `grpc` is `host:port` of its other port."""

    grpc: str = ""


class Faiss(ServiceConfig, tag="faiss", frozen=True, kw_only=True):
    """The stack's FAISS service."""


class Kong(ServiceConfig, tag="kong", frozen=True, kw_only=True):
    """Kong: `address` is the admin API, `proxy` the URL that clients use."""

    proxy: str = ""


class Consul(ServiceConfig, tag="consul", frozen=True, kw_only=True):
    """Consul through its source: leader and the health of what is registered."""


class Rabbitmq(ServiceConfig, tag="rabbitmq", frozen=True, kw_only=True):
    """RabbitMQ: `source` is the management API, `address` the AMQP port that one connection is kept to."""

    user: str = ""
    password: Secret = ""
    vhost: str = "/"


class McpBridge(ServiceConfig, tag="mcp-bridge", frozen=True, kw_only=True):
    """The stack's MCP bridge; `agents` maps the bridge's agent ids to service ids where they differ."""

    agents: dict[str, str] = msgspec.field(default_factory=dict)


class Backend(ServiceConfig, tag="backend", frozen=True, kw_only=True):
    """The stack's FastAPI backend; `flags` maps its flags to service ids where they differ."""

    flags: dict[str, str] = msgspec.field(default_factory=dict)


class Frontend(ServiceConfig, tag="frontend", frozen=True, kw_only=True):
    """A Streamlit frontend's /_stcore/health."""


class Ollama(ServiceConfig, tag="ollama", frozen=True, kw_only=True):
    """Ollama and the models it has; `model` is one that must be there."""

    model: str = ""


class Portainer(ServiceConfig, tag="portainer", frozen=True, kw_only=True):
    """Portainer's /api/status."""


class Host(ServiceConfig, tag="host", frozen=True, kw_only=True):
    """CPU, memory and disk: from the node exporter at `address`, else from /proc where the stack is on loopback.

    Limits are percent; at or above `warn_*` it is degraded.
    """

    warn_cpu: float = 95.0
    warn_memory: float = 95.0
    warn_disk: float = 90.0


class Docker(ServiceConfig, tag="docker", frozen=True, kw_only=True):
    """The Engine API of Docker or Podman through its source, a unix socket.

    `warn_cpu`: percent of one core above which a container is degraded, 0 for never.
    """

    warn_cpu: float = 0.0


class Container(ServiceConfig, tag="container", frozen=True, kw_only=True):
    """One container of a Docker, by its name in `container`, or all of one compose service by `project` and `service`, or
    all that this host has of one Swarm service by `swarm`.

    `ends`: its work has an end, so that an end with exit code 0 is up. `warn_cpu` as of a Docker.
    """

    project: str = ""
    service: str = ""
    swarm: str = ""
    ends: bool = False
    warn_cpu: float = 0.0


class Prometheus(ServiceConfig, tag="prometheus", frozen=True, kw_only=True):
    """Prometheus through its source: ready, targets, alerts."""


class Grafana(ServiceConfig, tag="grafana", frozen=True, kw_only=True):
    """Grafana's /api/health."""


class Loki(ServiceConfig, tag="loki", frozen=True, kw_only=True):
    """Loki through its source: ready, and the age of the newest line of any job."""

    warn_silence: Seconds = 600.0


class Promtail(ServiceConfig, tag="promtail", frozen=True, kw_only=True):
    """Promtail, inferred from fresh lines in Loki; `job` is the label whose lines it ships, "" for any."""

    job: str = ""
    warn_silence: Seconds = 300.0


class Exporter(ServiceConfig, tag="exporter", frozen=True, kw_only=True):
    """A Prometheus exporter's /metrics; `metric` must be there and, with `value`, equal to it.

    `label` is the word shown when it is not (pg 0).
    """

    metric: str = ""
    value: float | None = None
    label: str = ""


class Cadvisor(ServiceConfig, tag="cadvisor", frozen=True, kw_only=True):
    """cAdvisor's /healthz."""


class Alertmanager(ServiceConfig, tag="alertmanager", frozen=True, kw_only=True):
    """Alertmanager's readiness, and the alerts it holds."""


class Http(ServiceConfig, tag="http", frozen=True, kw_only=True):
    """Any URL. At least one expectation always stands: `status` (default 200).

    `json_path` is dotted ("data.items.0.name") and must exist, and equal `json_value`, or one of its list, where that is
    given; `body_regex` must match, `conditions` hold; `header` names a response header that must be there, with
    `header_value` equal; `certificate_days` is the least that the certificate must still be valid.
    `plain` is the URL that must lead to this one, where it is not port 80 of the same host.
    """

    method: str = "GET"
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    status: Statuses = 200
    header: str = ""
    header_value: str = ""
    json_path: str = ""
    json_value: JsonValue = None
    body_regex: Wire = ""
    conditions: list[Wire] = msgspec.field(default_factory=list)
    certificate_days: float | None = None
    plain: str = ""


class Tcp(ServiceConfig, tag="tcp", frozen=True, kw_only=True):
    """A port that must accept; `send` is sent first, `expect` must come back as the first bytes."""

    send: Wire = ""
    expect: Wire = ""


class TlsPort(ServiceConfig, tag="tls", frozen=True, kw_only=True):
    """A TLS port: handshake, verified chain and days left on the certificate."""

    warn_days: float = 14.0
    server_name: str = ""


class Promql(ServiceConfig, tag="promql", frozen=True, kw_only=True):
    """One PromQL query against limits; `over` says that above is bad, else below. An empty result is unknown."""

    query: Wire
    warn_at: float | None = None
    down_at: float | None = None
    bad: str = "over"
    unit: str = ""


class RabbitmqQueue(ServiceConfig, tag="rabbitmq-queue", frozen=True, kw_only=True):
    """One queue of RabbitMQ: its depth and consumers against limits."""

    queue: str
    vhost: str = "/"
    warn_messages: int | None = None
    down_messages: int | None = None
    min_consumers: int | None = None


class ConsulService(ServiceConfig, tag="consul-service", frozen=True, kw_only=True):
    """One name of Consul's catalog: at least `min_passing` instances pass."""

    service: str
    min_passing: int = 1


class Command(ServiceConfig, tag="command", frozen=True, kw_only=True):
    """A program without a shell, judged as Nagios plugins are: 0 up, 1 degraded, 2 down, else unknown.

    `expect` is a pattern that must be found in its output where it ends with 0, else it is down.
    """

    argv: list[Wire]
    env: dict[str, Wire] = msgspec.field(default_factory=dict)
    expect: Wire = ""


class Memcached(ServiceConfig, tag="memcached", frozen=True, kw_only=True):
    """Memcached by `stats`."""


class Dns(ServiceConfig, tag="dns", frozen=True, kw_only=True):
    """A DNS server: `query` of a `type` must have a record; each of `expect` must be among them."""

    query: str
    type: str = "A"
    expect: list[str] = msgspec.field(default_factory=list)


class Icmp(ServiceConfig, tag="icmp", frozen=True, kw_only=True):
    """A host that must answer an echo request (ping); `address` is its name or address alone."""


class Systemd(ServiceConfig, tag="systemd", frozen=True, kw_only=True):
    """A unit of this host's systemd, of its user's with `user`."""

    unit: str
    user: bool = False


class Blackbox(ServiceConfig, tag="blackbox", frozen=True, kw_only=True):
    """What blackbox exporters see of `instance`, by Prometheus; `label` names where they stand (else their job).

    It is down where fewer than `least` see it.
    """

    instance: str
    label: str = "vantage"
    least: int = 1


class Kind(Struct, frozen=True):
    """What the program knows of a kind besides its keys.

    `probe` is the module that asks it, loaded after the first frame. `requests` is what one round sends, `kept` how
    many connections stay open. `through`: it asks through a source, which it must name. `address` is the form its
    address must have: "url", "port" (host:port), "host", "url?" (a URL, may be left out), "" for none. Seconds.
    `sets_off` is how many requests a round makes the service send to others: an agent asks its Ollama for each of its
    health pages, the backend its nine services.
    """

    struct: type[ServiceConfig]
    probe: str
    interval: float = 15.0
    timeout: float = 5.0
    warn: float = 1.0
    requests: int = 1
    sets_off: int = 0
    kept: int = 1
    through: bool = False
    address: str = "url"


KINDS: dict[str, Kind] = {
    "agent": Kind(Agent, "agent", warn=2.0, sets_off=1),
    "postgres": Kind(Postgres, "postgres", interval=10.0, warn=0.5, address="port"),
    "mysql": Kind(Mysql, "mysql", interval=10.0, warn=0.5, requests=3, address="port"),
    "redis": Kind(Redis, "redis", interval=10.0, warn=0.25, requests=2, address="port"),
    "neo4j": Kind(Neo4j, "neo4j", interval=10.0, requests=2),
    "chromadb": Kind(Chromadb, "chromadb", interval=10.0, requests=2),
    "qdrant": Kind(Qdrant, "qdrant", interval=10.0, requests=2),
    "faiss": Kind(Faiss, "faiss", interval=10.0),
    "kong": Kind(Kong, "kong", requests=4, kept=2),
    "consul": Kind(Consul, "consul", requests=3, kept=1, through=True, address=""),
    "rabbitmq": Kind(Rabbitmq, "rabbitmq", requests=5, kept=2, through=True, address="port"),
    "mcp-bridge": Kind(McpBridge, "mcp_bridge", requests=2),
    "backend": Kind(Backend, "backend", requests=2, sets_off=9, warn=2.0),
    "frontend": Kind(Frontend, "frontend"),
    "ollama": Kind(Ollama, "ollama"),
    "portainer": Kind(Portainer, "portainer"),
    "host": Kind(Host, "host", kept=1, warn=4.0, address="url?"),
    "docker": Kind(Docker, "docker", requests=4, through=True, warn=4.0, address=""),
    "container": Kind(Container, "container", requests=3, warn=4.0, address=""),
    "prometheus": Kind(Prometheus, "prometheus", requests=3, through=True, warn=2.0, address=""),
    "grafana": Kind(Grafana, "grafana"),
    "loki": Kind(Loki, "loki", requests=2, through=True, warn=2.0, address=""),
    "promtail": Kind(Promtail, "promtail", requests=1, through=True, warn=2.0, address=""),
    "exporter": Kind(Exporter, "exporter", interval=30.0, timeout=10.0, warn=5.0),
    "cadvisor": Kind(Cadvisor, "cadvisor", interval=30.0, timeout=10.0, warn=5.0),
    "alertmanager": Kind(Alertmanager, "alertmanager", requests=2),
    "http": Kind(Http, "http"),
    "tcp": Kind(Tcp, "tcp", kept=0, address="port"),
    "tls": Kind(TlsPort, "tls", interval=60.0, timeout=10.0, warn=5.0, kept=0, address="port"),
    "promql": Kind(Promql, "promql", through=True, warn=2.0, address=""),
    "rabbitmq-queue": Kind(RabbitmqQueue, "rabbitmq_queue", through=True, warn=2.0, address=""),
    "consul-service": Kind(ConsulService, "consul_service", through=True, warn=2.0, address=""),
    "memcached": Kind(Memcached, "memcached", warn=0.25, kept=0, address="port"),
    "dns": Kind(Dns, "dns", interval=30.0, warn=0.5, kept=0, address="port"),
    "icmp": Kind(Icmp, "icmp", interval=10.0, warn=0.5, kept=0, address="host"),
    "systemd": Kind(Systemd, "systemd", interval=30.0, kept=0, address=""),
    "blackbox": Kind(Blackbox, "blackbox", interval=30.0, through=True, warn=2.0, address=""),
    "command": Kind(
        Command, "command", interval=60.0, timeout=30.0, warn=30.0, requests=1, kept=0, address=""
    ),
}

SOURCES = {"prometheus": 9090, "loki": 3100, "consul": 8500, "rabbitmq": 15672}
"""Kinds whose own API a source is, and the port inside their container that its URL names."""

if TYPE_CHECKING:
    AnyService = ServiceConfig
else:
    AnyService = reduce(or_, (kind.struct for kind in KINDS.values()))  # a union of them all, from one place
