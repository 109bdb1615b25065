"""What looking costs the stack, counted by the stack itself, against what `sutaz-tui config cost` promises."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec import structs

from sutaz_tui import __version__
from sutaz_tui.clock import SystemClock
from sutaz_tui.config import cost
from sutaz_tui.config.kinds import Container, Docker, Redis
from sutaz_tui.config.schema import Source
from sutaz_tui.engine.poller import JITTER
from sutaz_tui.model import Snapshot
from tests.loopback import configured
from tests.running import Simulated, simulated, watching
from tests.test_demo import AGENTS

SPEED = 30.0
MINUTES = 4.0
SELECTED = "redis"

# Whose questions arrive at which endpoints, where they are not those of the same name.
ENDPOINTS = {
    "neo4j": ("neo4j", "neo4j-bolt"),
    "kong": ("kong", "kong-admin"),
    "rabbitmq": ("rabbitmq", "rabbitmq-management"),
    "loki+promtail": ("loki",),
    "host+node-exporter": ("node-exporter",),
}
# What a session says besides questions, once a connection; the counts hold it, the promise of questions does not.
BINARY = ("postgres", "redis", "rabbitmq", "neo4j-bolt", "qdrant-grpc")


class FastClock(SystemClock):
    """The machine's clock, whose waits are `SPEED` times as short; answers are stamped with true times."""

    def monotonic(self) -> float:
        return time.monotonic() * SPEED

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        return await super().wait(event, seconds / SPEED)


@dataclass
class Counted:
    """What the stack counted in so many minutes."""

    minutes: float
    counts: dict[str, Any]
    requests: list[dict[str, Any]]
    costs: dict[str, cost.Cost]

    def of(self, endpoints: tuple[str, ...], what: str) -> int:
        return sum(self.counts.get(endpoint, {}).get(what, 0) for endpoint in endpoints)


async def poll(stack: Simulated, *, minutes: float) -> Counted:
    """Poll the whole stack for so many minutes of a fast clock, one service selected."""
    clock = FastClock()
    async with watching(stack.config, clock) as board:
        board.engine.select(SELECTED)
        await board.until(lambda shown: shown.answered_count() == len(shown.services), "all have answered")
        # What Docker knows of each container is asked for once more often at the start.
        await board.until(_has_all_cpu, "the CPU of all containers is known")
        stack.control("POST", "/counts/reset")
        begun = clock.monotonic()
        until = asyncio.Event()
        await clock.wait(until, minutes * 60)
        counts, requests = stack.control("GET", "/counts"), stack.control("GET", "/requests")
        took = (clock.monotonic() - begun) / 60
        assert all(state.error is None for state in board.engine.snapshot().services)
    return Counted(took, counts, requests, {one.service_id: one for one in cost.cost(stack.config)})


def _has_all_cpu(shown: Snapshot) -> bool:
    told = [claim.facts for state in shown.services for claim in state.claims if claim.by == "Docker"]
    return bool(told) and all("cpu" in facts for facts in told if facts.get("container_state") == "running")


@pytest.fixture
def fast_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What sources remember for a while they forget as much sooner as the clock is faster."""
    for name in (
        "loki.NAMES_FOR",
        "loki.NEWEST_FOR",
        "consul.ADDRESSES_FOR",
        "consul.METRICS_FOR",
        "consul.VERSION_FOR",
        "prometheus.VERSION_FOR",
    ):
        module, _, constant = name.partition(".")
        place = f"sutaz_tui.sources.{module}.{constant}"
        value = getattr(__import__(f"sutaz_tui.sources.{module}", fromlist=[constant]), constant)
        monkeypatch.setattr(place, value / SPEED)


@pytest.mark.usefixtures("fast_memory")
async def test_polling_costs_each_service_what_the_config_says_and_only_reads() -> None:
    with simulated("healthy") as stack:
        found = await poll(stack, minutes=MINUTES)
    assert_counts_are_as_promised(found)
    assert_only_reads(found)
    assert_all_say_who_asks(found)


def assert_counts_are_as_promised(found: Counted) -> None:
    shared = {id for name in ENDPOINTS if "+" in name for id in name.split("+")}
    names = [id for id in found.costs if id not in shared] + [name for name in ENDPOINTS if "+" in name]
    wrong = []
    for name in names:
        ids = name.split("+")
        promised = sum(
            found.costs[id].requests_selected if id == SELECTED else found.costs[id].requests for id in ids
        )
        endpoints = ENDPOINTS.get(name, (name,))
        counted = found.of(endpoints, "requests")
        # Jitter makes an interval a tenth shorter at most, and the borders of the time cut rounds in two.
        rounds = sum(cost_of_a_round(found, id) for id in ids)
        most = promised * found.minutes / (1 - JITTER) + rounds
        least = promised * found.minutes / 2 - rounds
        if not least <= counted <= most:
            wrong.append(
                f"{name}: {counted} requests in {found.minutes:.1f} min, promised {promised} a minute"
            )
        kept = sum(found.costs[id].kept for id in ids)
        opened = found.of(endpoints, "connections")
        if opened > sum(found.costs[id].opened for id in ids) * found.minutes / 60 + kept:
            wrong.append(f"{name}: opened {opened} connections")
    assert not wrong, "\n".join(wrong)


def cost_of_a_round(found: Counted, id: str) -> float:
    one = found.costs[id]
    # A round opens what it keeps: opened an hour is kept times rounds an hour.
    return one.requests / (one.opened / max(one.kept, one.requests and 1) / 60)


# Everything that polling may say, by endpoint: reading is all that it does.
READS = {"GET", "HEAD"}
WORDS = {
    "postgres": {"SELECT"},
    # RESET makes a kept connection without a login a new one.
    "redis": {"PING", "INFO", "RESET"},
    "rabbitmq": {"Basic.Qos"},
    "neo4j-bolt": {"HANDSHAKE"},
    "qdrant-grpc": {"PREFACE"},
}
PATHS = {
    **{agent: {"/health"} for agent in AGENTS},
    "neo4j": {"/"},
    "chromadb": {"/api/v2/heartbeat", "/api/v2/version"},
    "qdrant": {"/", "/collections"},
    "faiss": {"/health"},
    "kong": {"/"},
    "kong-admin": {"/status", "/upstreams", "/upstreams/backend-upstream/health"},
    "consul": {
        "/v1/status/leader",
        "/v1/health/state/any",
        "/v1/agent/self",
        "/v1/agent/metrics",
        "/v1/catalog/services",
    },
    "rabbitmq-management": {"/api/overview", "/api/health/checks/alarms", "/api/nodes", "/api/queues"},
    "mcp-bridge": {"/health", "/agents"},
    "backend": {"/health", "/api/v1/health/"},
    "frontend": {"/_stcore/health"},
    "ollama": {"/api/tags"},
    "ollama-agents": {"/api/tags"},
    "portainer": {"/api/status"},
    "prometheus": {"/-/ready", "/api/v1/query", "/api/v1/alerts", "/api/v1/targets"},
    "grafana": {"/api/health"},
    "loki": {"/ready", "/loki/api/v1/query_range", "/loki/api/v1/label/job/values"},
    "node-exporter": {"/metrics"},
    "cadvisor": {"/healthz"},
    "postgres-exporter": {"/metrics"},
    "redis-exporter": {"/metrics"},
    "alertmanager": {"/-/ready", "/api/v2/alerts"},
}
DOCKER = ("/info", "/version", "/containers/json", "/events", "/stats", "/json")


def assert_only_reads(found: Counted) -> None:
    said: Counter[tuple[str, str, str]] = Counter(
        (asked["endpoint"], asked["method"], asked["path"]) for asked in found.requests
    )
    strange = []
    for endpoint, method, path in said:
        if endpoint in WORDS:
            is_known = method in WORDS[endpoint]
        elif endpoint == "docker":
            is_known = method in READS and path.endswith(DOCKER)
        else:
            is_known = method in READS and path in PATHS.get(endpoint, ())
        if not is_known:
            strange.append(f"{endpoint}: {method} {path}")
    assert not strange, "\n".join(sorted(strange))
    assert set(PATHS) <= {endpoint for endpoint, _, _ in said}, "each of them was asked something"


def assert_all_say_who_asks(found: Counted) -> None:
    agents = {asked["user_agent"] for asked in found.requests if asked["endpoint"] not in BINARY}
    assert agents == {f"sutaz-tui/{__version__}"}


async def test_where_servers_close_every_connection_no_more_are_opened_than_the_config_says() -> None:
    agents = ("letta", "crewai", "faiss", "grafana")
    with simulated("healthy") as stack:
        close = [{"endpoint": endpoint, "headers": {"connection": "close"}} for endpoint in agents]
        stack.control("PUT", "/patches", {"patches": close})
        found = await poll(stack, minutes=2.0)
    for agent in agents:
        opened = found.of((agent,), "connections")
        most = found.costs[agent].opened * found.minutes / 60 / (1 - JITTER) + 1
        assert most / 2 <= opened <= most, f"{agent}: opened {opened}"
        assert opened == pytest.approx(found.of((agent,), "requests"), abs=1)


async def test_a_redis_without_a_login_costs_one_command_more() -> None:
    login = Redis(id="a", address="h:1", password="sesame 17", interval=60.0)
    found = cost.cost(configured(login, structs.replace(login, id="b", password="")))
    assert [one.requests for one in found] == [2.0, 3.0]


async def test_of_each_docker_one_stream_of_events_is_kept() -> None:
    rows = [Container(id=f"c{n}", title="C", container=f"c{n}", docker="d") for n in range(3)]
    alone = [one.kept for one in cost.cost(configured(*rows, sources={"d": Source(url="unix:///d.sock")}))]
    entry = Docker(id="docker", title="Docker", source="d")
    beside = [
        one.kept for one in cost.cost(configured(*rows, entry, sources={"d": Source(url="unix:///d.sock")}))
    ]
    assert (alone, beside) == ([2, 1, 1], [2, 1, 1, 1])
