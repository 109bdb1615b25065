"""The named states of the simulated stack: what is right and what is wrong with it, as switches.

Every service reads `world.traits` at each answer, so one switch changed on the healthy stack is a twin with one fault.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class UnknownTrait(ValueError):
    """A switch that does not exist or a value of the wrong type; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What is true of the stack; the defaults are the healthy stack."""

    absent: tuple[str, ...] = ()
    """Endpoints that are not deployed: their ports refuse."""
    # Backend
    auth_me_works: bool = True
    postgres_pool_limit: int = 0
    """So many requests at once that need PostgreSQL are all answered 503; 0 means no such limit."""
    postgres_pool_leaks: bool = False
    """Each request that needs PostgreSQL leaves its connection open."""
    postgres_pool_recovers: bool = True
    """False: ten requests at once leave the pool unusable for some seconds."""
    registers_superusers: bool = False
    refresh_survives_logout: bool = False
    stores_script_names: bool = False
    login_locks_out: bool = True
    password_reset_is_limited: bool = True
    login_is_checked: bool = True
    """False: any password logs in."""
    tokens_are_checked: bool = True
    """False: a token with a wrong signature is taken."""
    none_tokens_taken: bool = False
    """True: a token that names no algorithm and bears no signature is taken."""
    any_token_taken_as: tuple[str, ...] = ()
    """`access` or `refresh`: where one is wanted, a token of the other type is taken too."""
    signing_algorithm: str = "HS256"
    """What the tokens' heads name."""
    tokens_lack: tuple[str, ...] = ()
    tokens_carry: tuple[str, ...] = ()
    """Claims that tokens are without, and claims (`name` or `name=value`) that they have beside their own."""
    access_token_seconds: int = 1800
    refresh_token_seconds: int = 604_800
    token_clock_ahead: float = 0.0
    """Seconds by which the clock that dates the tokens is ahead."""
    login_by_email: bool = True
    login_injectable: bool = False
    """True: a name such as `' OR 1=1 --` logs in as the first user."""
    login_names_unknown_users: bool = False
    reset_names_unknown_users: bool = False
    emails_are_unique: bool = True
    emails_are_folded: bool = True
    """False: an address in capitals is another one."""
    registrations_are_checked: bool = True
    """False: any e-mail address and any length of name and password is registered."""
    weak_passwords_refused: bool = True
    broadcast_needs_login: bool = True
    security_headers: bool = True
    lying_flags: tuple[str, ...] = ()
    """Flags of the backend's health page that say true whatever is the case."""
    backend_reports_postgres: bool = True
    backend_metrics_move: bool = True
    backend_leaks: bool = False
    """The backend's resident memory grows all the time."""
    models: tuple[str, ...] = ("tinyllama:latest",)
    chat_answers: bool = True
    chat_remembers: bool = True
    chat_keeps_questions: bool = True
    """False: of a conversation only the model's words are remembered."""
    chat_limits_length: bool = True
    chat_takes_punctuation: bool = True
    websocket_greets: bool = True
    websocket_pongs: bool = True
    websocket_tells_history: bool = True
    websockets_share_a_session: bool = False
    """True: every WebSocket gets one and the same session, in which somebody has talked already."""
    # Agents
    degraded_agents: tuple[str, ...] = ()
    """Agents that cannot reach their model though the model's server answers."""
    stale_agent_gauges: bool = False
    agents_remember: bool = True
    agents_tell_others: bool = False
    """True: what an agent was told by one user it tells to all."""
    # MCP bridge
    bridge_knows_every_agent: bool = True
    bridge_offline_agents: tuple[str, ...] = ()
    bridge_routes_crewai_to_letta: bool = False
    bridge_status_honest: bool = True
    bridge_tasks_vanish: bool = False
    services_show_passwords: bool = False
    bridge_broadcasts: bool = True
    bridge_greets: bool = True
    # Messaging and gateway
    queues_have_consumers: bool = True
    rabbitmq_keeps_messages: bool = True
    """False: it confirms what is published and drops it."""
    rabbitmq_cuts_messages: bool = False
    """True: of each message the last byte is lost."""
    rabbitmq_queue_limit: int = 0
    """A queue keeps its newest so many messages (a max-length policy); 0 is no limit."""
    mcp_exchange_type: str = "topic"
    rabbitmq_statistics: bool = True
    """False: its metrics collector is off, as in RabbitMQ's image."""
    rabbitmq_alarm: bool = False
    dead_kong_routes: tuple[str, ...] = ()
    kong_database_reachable: bool = True
    kong_target_healthy: bool = True
    kong_rate_limits: bool = True
    kong_limits_size: bool = True
    consul_dead_entries: bool = False
    consul_has_leader: bool = True
    consul_keeps_values: bool = True
    consul_critical: tuple[str, ...] = ()
    """Services whose Consul check is critical though their ports answer."""
    # Databases
    postgres_connections: int = 12
    postgres_max_connections: int = 100
    postgres_in_recovery: bool = False
    postgres_oldest_transaction: float = 0.4
    redis_role: str = "master"
    redis_keeps_values: bool = True
    redis_keeps_bytes: bool = True
    """False: what is beyond ASCII comes back as question marks."""
    backend_uses_another_redis: bool = False
    redis_expires: bool = True
    redis_memory_share: float = 0.2
    redis_password_required: bool = False
    redis_info: tuple[str, ...] = ()
    """Fields of Redis' INFO that say something else: `maxmemory_policy:noeviction`."""
    redis_ignores: tuple[str, ...] = ()
    """Commands (DEL, EXPIRE, INCR, HSET) that Redis answers as done and does not do."""
    redis_overwrites: bool = True
    postgres_figures: tuple[str, ...] = ()
    """Figures that PostgreSQL answers otherwise, by column: `idle_in_transaction:3`."""
    # Name server
    dns_addresses: tuple[str, ...] = ("192.0.2.10", "192.0.2.11")
    dns_ttl: int = 300
    dns_rotates: bool = False
    """True: each answer has another one of the addresses."""
    dns_unknown_code: int = 3
    dns_unknown_addresses: tuple[str, ...] = ()
    """What is answered for a name that nobody has: NXDOMAIN."""
    # MySQL and Memcached
    mysql_figures: tuple[str, ...] = ()
    """Variables and figures of its status that MySQL answers otherwise: `Threads_connected:150`."""
    mysql_replica: tuple[str, ...] = ()
    """What SHOW REPLICA STATUS answers, `Replica_IO_Running:Yes`; nothing where it is no replica."""
    memcached_figures: tuple[str, ...] = ()
    memcached_keeps_values: bool = True
    systemd_properties: tuple[str, ...] = ()
    """What systemctl tells otherwise of its unit: `NRestarts:7`."""
    # TLS
    tls_shows: str = "good"
    """Which certificate its TLS ports show: a word of `certificates.SHOWN`."""
    # Vector stores
    vectors_are_kept: bool = True
    search_finds_nearest: bool = True
    deletes_are_done: bool = True
    points_are_deleted: bool = True
    """False: single vectors stay though their deletion was answered as done."""
    dimensions_are_enforced: bool = True
    recreating_wipes: bool = False
    """Creating a collection that exists empties it instead of being refused."""
    upserts_replace: bool = True
    filters_work: bool = True
    faiss_unknown_is_500: bool = False
    # Monitoring
    prometheus_has_rules: bool = True
    scrape_seconds: float = 0.0
    """Seconds between two scrapes; 0 is as often as somebody looks, so that nobody has to wait."""
    prometheus_missing_targets: tuple[str, ...] = ()
    """Jobs or instances that Prometheus shows as down though their ports answer."""
    grafana_database_ok: bool = True
    grafana_sources: tuple[str, ...] = ("prometheus", "loki", "redis-datasource")
    grafana_dashboards: int = 5
    loki_is_fresh: bool = True
    loki_keeps_lines: bool = True
    """False: it answers a push as done and drops it."""
    promtail_runs: bool = True
    loki_max_entries: int = 5000
    loki_max_query_length: int = 721 * 3600
    """Seconds that one query may span, as Loki has it by default."""
    loki_finds_patterns: bool = False
    """True: its pattern ingester is on, which it is not by default."""
    loki_has_tenants: bool = False
    """True: whoever names no tenant is refused."""
    loki_refuses_every: int = 0
    """Of so many pages of lines one is refused with 429; 0 is none."""
    loki_index_lag: float = 0.0
    """Seconds of newest lines that index/stats does not know: what the ingesters hold."""
    loki_tail_refused: int = 0
    """The status that a proxy answers instead of the WebSocket; 0 is none."""
    loki_tail_rate: int = 4_800
    """Lines a second that a tail can carry; of what is above it, it tells some and loses the rest."""
    loki_tail_seconds: float = 3600.0
    """A tail is closed when it has lasted so long."""
    loki_tail_is_orderly: bool = True
    """False: lines of a tail come out of order, some of them twice."""
    firing_alerts: tuple[str, ...] = ()
    host_memory_share: float = 0.55
    host_disk_share: float = 0.43
    # Containers
    restarting_containers: tuple[str, ...] = ()
    oom_killed_containers: tuple[str, ...] = ()
    unhealthy_containers: tuple[str, ...] = ()
    tty_containers: tuple[str, ...] = ()
    unlogged_containers: tuple[str, ...] = ()
    crowded_containers: tuple[str, ...] = ()
    """Containers just below their memory limit."""
    busy_containers: tuple[str, ...] = ()
    """Containers that take every core."""
    containers_left_dead: tuple[str, ...] = ()
    """Containers without a restart policy: after an end or a reboot nobody starts them."""


HEALTHY = Traits()

REPORT = dataclasses.replace(HEALTHY, auth_me_works=False, postgres_pool_limit=20, absent=("alertmanager",))
"""The state that the report of 2025-11-16 describes."""

REAL = dataclasses.replace(
    HEALTHY,
    absent=("alertmanager", "ollama-agents", "portainer"),
    registers_superusers=True,
    refresh_survives_logout=True,
    stores_script_names=True,
    broadcast_needs_login=False,
    lying_flags=("chromadb", "rabbitmq"),
    backend_reports_postgres=False,
    stale_agent_gauges=True,
    bridge_knows_every_agent=False,
    bridge_offline_agents=(
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
    ),
    bridge_routes_crewai_to_letta=True,
    bridge_status_honest=False,
    bridge_tasks_vanish=True,
    services_show_passwords=True,
    queues_have_consumers=False,
    dead_kong_routes=("backend-route", "agents-route", "vectors-route"),
    consul_dead_entries=True,
    consul_critical=("mcp-bridge",),
    faiss_unknown_is_500=True,
    prometheus_has_rules=False,
)
"""The stack as it answered when it was run."""

SCENARIOS = {"healthy": HEALTHY, "report": REPORT, "real": REAL}


def changed(traits: Traits, changes: Mapping[str, object]) -> Traits:
    """`traits` with the named switches changed; raises UnknownTrait on a wrong name or type (lists become tuples)."""
    checked: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in Traits.__dataclass_fields__:
            raise UnknownTrait(f"trait {name!r}: expected one of {', '.join(Traits.__dataclass_fields__)}")
        checked[name] = _checked(name, getattr(traits, name), value)
    return dataclasses.replace(traits, **checked)


def _checked(name: str, present: object, value: object) -> bool | int | float | str | tuple[str, ...]:
    if isinstance(present, tuple):
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(str(item) for item in value)
    elif isinstance(present, bool):
        if isinstance(value, bool):
            return value
    elif isinstance(value, bool):
        pass
    elif isinstance(present, int):
        if isinstance(value, int):
            return value
    elif isinstance(present, float):
        if isinstance(value, int | float):
            return float(value)
    elif isinstance(value, str):
        return value
    expected = "list of words" if isinstance(present, tuple) else type(present).__name__
    raise UnknownTrait(f"trait {name!r}: found {value!r}, expected {expected}")
