"""The exporters: their figures are there, move, and agree with what the systems say of themselves."""

import time

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, patch, trait
from sutaz_tui.checks.infrastructure.containers import expected, some
from sutaz_tui.checks.infrastructure.services import figures

CATEGORY = Category("monitoring")

CLOCK = 30.0
UNSEEN = 120.0


@CATEGORY.check(
    "node-exporter.metrics",
    "the node exporter has CPU, memory and file system metrics",
    "node-exporter",
    twin=patch("node-exporter", "/metrics", body="node_load1 0.5\nnode_memory_MemTotal_bytes 1.6e+10\n"),
    covers=("mon-11", "mon-12"),
)
async def node_metrics(ask: Ask) -> str:
    found = await figures(
        ask,
        "node-exporter",
        "node_cpu_seconds_total",
        "node_memory_MemTotal_bytes",
        "node_memory_MemAvailable_bytes",
        "node_filesystem_avail_bytes",
    )
    total, free = found["node_memory_MemTotal_bytes"], found["node_memory_MemAvailable_bytes"]
    ask.expect(0 < free <= total, "available memory within the total", f"{free:g} of {total:g}")
    return f"{free / total:.0%} of memory available"


@CATEGORY.check(
    "node-exporter.clock",
    f"the host's clock is within {CLOCK:g} s of ours",
    "node-exporter",
    twin=patch("node-exporter", "/metrics", body="node_time_seconds 1.7e+09\n"),
)
async def node_clock(ask: Ask) -> str:
    off = (await figures(ask, "node-exporter", "node_time_seconds"))["node_time_seconds"] - time.time()
    ask.expect(abs(off) <= CLOCK, f"within {CLOCK:g} s", f"{off:+.0f} s: tokens and logs are dated wrong")
    return f"{off:+.1f} s"


@CATEGORY.check(
    "node-exporter.moves",
    "the host's CPU time in Prometheus is updated",
    "prometheus",
    "node-exporter",
    twin=patch(
        "prometheus",
        "/api/v1/query",
        body={
            "status": "success",
            "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1.7e9, "0"]}]},
        },
    ),
)
async def node_moves(ask: Ask) -> str:
    found = await ask.promql('sum(rate(node_cpu_seconds_total{job="node-exporter"}[5m]))')
    ask.expect(bool(found), "a rate of node_cpu_seconds_total", "no series of job node-exporter")
    ask.expect(found[0].value > 0, "CPU time that grows", f"a rate of {found[0].value:g}")
    return f"{found[0].value:.1f} CPU seconds a second"


@CATEGORY.check(
    "cadvisor.containers",
    "cAdvisor sees every container of the stack",
    "prometheus",
    "cadvisor",
    twin=trait(absent=["faiss"]),
    follows="infrastructure.docker.running",
)
async def containers(ask: Ask) -> str:
    seen = {
        sample.labels["name"]: sample.value
        for sample in await ask.promql('container_last_seen{name=~".+"}')
        if "name" in sample.labels
    }
    ask.expect(bool(seen), "containers by name", "none: does cAdvisor mount /var/lib/docker and /sys?")
    wanted = expected(ask)
    missing = [name for name, optional in wanted.items() if name not in seen and not optional]
    ask.expect(not missing, f"{len(wanted)} containers", f"not seen: {some(missing)}")
    newest = max(seen.values())
    gone = [name for name in wanted if name in seen and newest - seen[name] > UNSEEN]
    ask.expect(not gone, f"each seen within {UNSEEN:g} s", f"not since: {some(gone)}")
    return f"{len(seen)} containers"


@CATEGORY.check(
    "postgres-exporter.agrees",
    "the PostgreSQL exporter agrees with PostgreSQL",
    "postgres-exporter",
    "postgres",
    twin=patch("postgres-exporter", "/metrics", body="pg_up 1\npg_settings_max_connections 20\n"),
)
async def postgres_agrees(ask: Ask) -> str:
    found = await figures(ask, "postgres-exporter", "pg_up", "pg_settings_max_connections")
    ask.expect(found["pg_up"] == 1, "pg_up 1", f"pg_up {found['pg_up']:g}")
    rows = await ask.sql("postgres", "SELECT current_setting('max_connections')::int AS max_connections")
    own, told = rows[0]["max_connections"], found["pg_settings_max_connections"]
    ask.expect(own == told, f"max_connections {own}", f"{told:g}: it watches another server")
    return f"both say max_connections {own}"


@CATEGORY.check(
    "redis-exporter.agrees",
    "the Redis exporter agrees with Redis",
    "redis-exporter",
    "redis",
    twin=patch(
        "redis-exporter",
        "/metrics",
        body="redis_up 1\nredis_memory_max_bytes 1024\nredis_connected_clients 3\n",
    ),
)
async def redis_agrees(ask: Ask) -> str:
    found = await figures(
        ask, "redis-exporter", "redis_up", "redis_memory_max_bytes", "redis_connected_clients"
    )
    ask.expect(found["redis_up"] == 1, "redis_up 1", f"redis_up {found['redis_up']:g}")
    ask.expect(found["redis_connected_clients"] > 0, "clients, itself among them", "none")
    own = dict(await ask.redis("redis", "INFO", "memory")).get("maxmemory")
    told = found["redis_memory_max_bytes"]
    ask.expect(own == told, f"maxmemory {own}", f"{told:g}: it watches another server")
    return f"both say maxmemory {own}"
