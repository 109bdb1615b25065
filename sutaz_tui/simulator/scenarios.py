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
    registers_superusers: bool = False
    refresh_survives_logout: bool = False
    stores_script_names: bool = False
    login_locks_out: bool = True
    password_reset_is_limited: bool = True
    login_is_checked: bool = True
    """False: any password logs in."""
    tokens_are_checked: bool = True
    """False: a token with a wrong signature is taken."""
    weak_passwords_refused: bool = True
    security_headers: bool = True
    lying_flags: tuple[str, ...] = ()
    """Flags of the backend's health page that say true whatever is the case."""
    backend_reports_postgres: bool = True
    backend_metrics_move: bool = True
    models: tuple[str, ...] = ("tinyllama:latest",)
    chat_answers: bool = True
    chat_remembers: bool = True
    websocket_pongs: bool = True
    # Agents
    degraded_agents: tuple[str, ...] = ()
    """Agents that cannot reach their model though the model's server answers."""
    stale_agent_gauges: bool = False
    agents_remember: bool = True
    # MCP bridge
    bridge_knows_every_agent: bool = True
    bridge_offline_agents: tuple[str, ...] = ()
    bridge_routes_crewai_to_letta: bool = False
    bridge_status_honest: bool = True
    bridge_tasks_vanish: bool = False
    services_show_passwords: bool = False
    # Messaging and gateway
    queues_have_consumers: bool = True
    rabbitmq_alarm: bool = False
    dead_kong_routes: tuple[str, ...] = ()
    kong_database_reachable: bool = True
    kong_target_healthy: bool = True
    kong_rate_limits: bool = True
    consul_dead_entries: bool = False
    consul_has_leader: bool = True
    consul_critical: tuple[str, ...] = ()
    """Services whose Consul check is critical though their ports answer."""
    # Databases
    postgres_connections: int = 12
    postgres_max_connections: int = 100
    postgres_in_recovery: bool = False
    postgres_oldest_transaction: float = 0.4
    redis_role: str = "master"
    redis_keeps_values: bool = True
    redis_expires: bool = True
    redis_memory_share: float = 0.2
    redis_password_required: bool = False
    # Vector stores
    vectors_are_kept: bool = True
    search_finds_nearest: bool = True
    deletes_are_done: bool = True
    faiss_unknown_is_500: bool = False
    # Monitoring
    prometheus_has_rules: bool = True
    prometheus_missing_targets: tuple[str, ...] = ()
    """Jobs or instances that Prometheus shows as down though their ports answer."""
    grafana_database_ok: bool = True
    loki_is_fresh: bool = True
    promtail_runs: bool = True
    loki_max_entries: int = 5000
    firing_alerts: tuple[str, ...] = ()
    host_memory_share: float = 0.55
    host_disk_share: float = 0.43
    # Containers
    restarting_containers: tuple[str, ...] = ()
    oom_killed_containers: tuple[str, ...] = ()
    unhealthy_containers: tuple[str, ...] = ()


HEALTHY = Traits()

REPORT = dataclasses.replace(HEALTHY, auth_me_works=False, postgres_pool_limit=20, absent=("alertmanager",))
"""The state that the report of 2025-11-16 describes."""

REAL = dataclasses.replace(
    HEALTHY,
    absent=("alertmanager", "ollama-agents", "portainer"),
    registers_superusers=True,
    refresh_survives_logout=True,
    stores_script_names=True,
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
