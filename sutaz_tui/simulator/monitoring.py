"""Grafana, node exporter, cAdvisor and the two database exporters."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator.container_use import (
    AGE_AT_BIRTH,
    limit_of,
    memory_of,
    processor_of,
    read_by,
    received_by,
    written_by,
)
from sutaz_tui.simulator.exposition import Family, counter, gauge, response
from sutaz_tui.simulator.platform import has_login
from sutaz_tui.simulator.web import application, think
from sutaz_tui.simulator.world import CONTAINERS, World

MEMORY = 16_433_840_128.0
DISK = 103_865_303_040.0
CORES = 4
COLLECTORS = {
    "cpu": "node_cpu_", "loadavg": "node_load", "meminfo": "node_memory_", "pressure": "node_pressure_",
    "netdev": "node_network_", "filesystem": "node_filesystem_", "stat": "node_procs_",
    "uname": "node_uname_", "time": "node_time_",
}  # fmt: skip
"""What the node exporter can be asked for alone, and how those metrics begin."""
DASHBOARDS = (
    "rYdddlPWk",
    "m0arCBf7k",
    "mY9p7dQmz",
    "sadlil-loki-apps-dashboard",
    "sutazai-platform-overview",
)


def grafana(world: World) -> Starlette:
    async def health(_: Request) -> Response:
        await think(world, 0.002)
        fine = world.traits.grafana_database_ok
        answer = {
            "database": "ok" if fine else "failing",
            "version": "12.2.1",
            "commit": "563109b696e9c1cbaf345f2ab7a11f7f78422982",
        }
        return JSONResponse(answer, 200 if fine else 503)

    async def sources(request: Request) -> Response:
        if (refused := _stranger(request)) is not None:
            return refused
        kinds = (("Prometheus", "prometheus"), ("Loki", "loki"), ("Redis", "redis-datasource"))
        return JSONResponse(
            [
                {
                    "id": place,
                    "uid": kind,
                    "name": name,
                    "type": kind,
                    "access": "proxy",
                    "isDefault": place == 1,
                }
                for place, (name, kind) in enumerate(kinds, 1)
            ]
        )

    async def search(request: Request) -> Response:
        if (refused := _stranger(request)) is not None:
            return refused
        found = [
            {"id": place, "uid": uid, "title": uid, "type": "dash-db"}
            for place, uid in enumerate(DASHBOARDS, 1)
        ]
        return JSONResponse(found)

    async def metrics(_: Request) -> Response:
        traits = world.traits
        sources = [({"plugin_id": kind}, 1.0) for kind in traits.grafana_sources]
        return response(
            [
                gauge("grafana_build_info", "Build", ({"version": "12.2.1"}, 1.0)),
                gauge("grafana_stat_totals_dashboard", "Dashboards.", ({}, float(traits.grafana_dashboards))),
                gauge("grafana_stat_totals_datasource", "Data sources by plugin.", *sources),
            ]
        )

    async def login(_: Request) -> Response:
        return Response("<!doctype html><title>Grafana</title>", media_type="text/html")

    def _stranger(request: Request) -> Response | None:
        if has_login(request, world.secrets["GRAFANA_USER"], world.secrets["GRAFANA_PASSWORD"]):
            return None
        return JSONResponse({"message": "Unauthorized", "statusCode": 401}, 401)

    return application(
        routes=[
            Route("/api/health", health),
            Route("/api/datasources", sources),
            Route("/api/search", search),
            Route("/metrics", metrics),
            Route("/login", login),
        ]
    )


def node_metrics(world: World) -> list[Family]:
    up = world.elapsed() + 400_000
    load = world.gauges["load"]
    busy = load / CORES
    shares = {"idle": 1 - busy, "user": busy * 0.7, "system": busy * 0.25, "iowait": busy * 0.05}
    spent: dict[str, float] = world.state.setdefault(
        "cpu", {mode: 400_000 * each for mode, each in shares.items()}
    )
    passed = up - world.state.get("cpu at", 400_000.0)
    world.state["cpu at"] = up
    for mode, share in shares.items():
        spent[mode] += passed * share
    # What one core has to do more another has less.
    cpu = [
        ({"cpu": str(core), "mode": mode}, round(seconds, 2))
        for core in range(CORES)
        for mode, seconds in _tilted(spent, 0.5 - core / (CORES - 1)).items()
    ]
    waited = {"cpu": 0.02, "memory": 0.0, "io": 0.004}
    root = {"device": "/dev/vda1", "fstype": "ext4", "mountpoint": "/"}
    free = 1 - world.traits.host_disk_share
    available = MEMORY * (1 - world.traits.host_memory_share - load * 0.01)
    names = {
        "domainname": "(none)",
        "machine": "x86_64",
        "nodename": "stack-host",
        "release": "6.8.0",
        "sysname": "Linux",
    }
    return [
        counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.", *cpu),
        gauge("node_load1", "1m load average.", ({}, round(load, 2))),
        gauge("node_load5", "5m load average.", ({}, round(load * 0.9, 2))),
        gauge("node_load15", "15m load average.", ({}, round(load * 0.8, 2))),
        gauge("node_memory_MemTotal_bytes", "Memory.", ({}, MEMORY)),
        gauge("node_memory_MemAvailable_bytes", "Memory available.", ({}, float(int(available)))),
        gauge("node_memory_MemFree_bytes", "Memory free.", ({}, float(int(available * 0.4)))),
        gauge("node_memory_SwapTotal_bytes", "Swap.", ({}, 4_294_963_200.0)),
        gauge("node_memory_SwapFree_bytes", "Swap free.", ({}, 4_194_303_000.0)),
        gauge("node_memory_Cached_bytes", "Caches.", ({}, float(int(available * 0.55)))),
        *(
            counter(
                f"node_pressure_{what}_waiting_seconds_total", "Something waited.", ({}, round(up * share, 3))
            )
            for what, share in waited.items()
        ),
        *(
            counter(
                f"node_pressure_{what}_stalled_seconds_total", "All waited.", ({}, round(up * share / 3, 3))
            )
            for what, share in waited.items()
            if what != "cpu"
        ),
        gauge("node_procs_running", "Processes that run.", ({}, float(round(load) + 1))),
        gauge("node_procs_blocked", "Processes that wait for a disk.", ({}, 0.0)),
        gauge("node_filesystem_size_bytes", "Filesystem size.", (root, DISK)),
        gauge("node_filesystem_avail_bytes", "Filesystem available.", (root, float(int(DISK * free)))),
        gauge("node_filesystem_free_bytes", "Filesystem free.", (root, float(int(DISK * (free + 0.05))))),
        gauge("node_filesystem_files", "Inodes.", (root, 6_553_600.0)),
        gauge("node_filesystem_files_free", "Free inodes.", (root, 5_912_204.0)),
        gauge("node_filesystem_readonly", "Read-only.", (root, 0.0)),
        counter(
            "node_network_receive_bytes_total", "Received.", ({"device": "eth0"}, float(int(up * 21_000)))
        ),
        counter("node_network_transmit_bytes_total", "Sent.", ({"device": "eth0"}, float(int(up * 18_000)))),
        gauge("node_boot_time_seconds", "Boot.", ({}, world.born_wall - 400_000)),
        gauge("node_time_seconds", "System time.", ({}, world.epoch())),
        gauge("node_uname_info", "System.", (names, 1.0)),
        gauge("node_exporter_build_info", "Build.", ({"version": "1.9.1", "goversion": "go1.24.1"}, 1.0)),
    ]


def _tilted(spent: dict[str, float], by: float) -> dict[str, float]:
    """Of the user's work that part more, at the cost of being idle."""
    more = spent["user"] * by
    return {**spent, "user": spent["user"] + more, "idle": spent["idle"] - more}


def node_exporter(world: World) -> Starlette:
    async def metrics(request: Request) -> Response:
        await think(world, 0.006)
        wanted = request.query_params.getlist("collect[]")
        if unknown := next((name for name in wanted if name not in COLLECTORS), None):
            words = f"Couldn't create filtered metrics handler: missing collector: {unknown}"
            return PlainTextResponse(words, 400)
        prefixes = tuple(COLLECTORS[name] for name in wanted)
        found = node_metrics(world)
        return response([one for one in found if one.name.startswith(prefixes)] if wanted else found)

    return _exporter("Node Exporter", metrics)


def cadvisor_metrics(world: World) -> list[Family]:
    seen, cpu, memory, limit, started = [], [], [], [], []
    traffic: dict[str, list[tuple[dict[str, str], float]]] = {
        way: [] for way in ("received", "sent", "read", "written")
    }
    for place, (name, (image, endpoint)) in enumerate(CONTAINERS.items()):
        if world.is_absent(endpoint):
            continue
        labels = {"id": f"/docker/{world.container_id(name)}", "image": image, "name": name}
        seen.append((labels, float(int(world.epoch()))))
        cpu.append(({**labels, "cpu": "total"}, processor_of(world, name) / 1e9))
        memory.append((labels, float(memory_of(world, name))))
        limit.append((labels, float(limit_of(name))))
        received = received_by(world, place)
        for way, bytes_sent in (("received", received), ("sent", received * 3 // 4)):
            traffic[way].append(({**labels, "interface": "eth0"}, float(bytes_sent)))
        for way, moved in (("read", read_by(place)), ("written", written_by(world, place))):
            traffic[way].append(({**labels, "device": "/dev/vda"}, float(moved)))
        started.append((labels, float(int(world.born_wall - AGE_AT_BIRTH))))
    return [
        gauge("container_last_seen", "Last time a container was seen.", *seen),
        counter("container_cpu_usage_seconds_total", "CPU time.", *cpu),
        gauge("container_memory_usage_bytes", "Memory in use.", *memory),
        gauge("container_memory_working_set_bytes", "Working set.", *memory),
        gauge("container_spec_memory_limit_bytes", "Memory limit.", *limit),
        gauge("container_start_time_seconds", "Start.", *started),
        counter("container_network_receive_bytes_total", "Received.", *traffic["received"]),
        counter("container_network_transmit_bytes_total", "Sent.", *traffic["sent"]),
        counter("container_fs_reads_bytes_total", "Read.", *traffic["read"]),
        counter("container_fs_writes_bytes_total", "Written.", *traffic["written"]),
        gauge(
            "cadvisor_version_info", "Build.", ({"cadvisorVersion": "v0.52.1", "osVersion": "Alpine"}, 1.0)
        ),
    ]


def cadvisor(world: World) -> Starlette:
    async def metrics(_: Request) -> Response:
        await think(world, 0.02)
        return response(cadvisor_metrics(world))

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def machine(_: Request) -> Response:
        return JSONResponse({"num_cores": CORES, "memory_capacity": int(MEMORY), "machine_id": "stack-host"})

    return application(
        routes=[Route("/metrics", metrics), Route("/healthz", healthz), Route("/api/v1.3/machine", machine)]
    )


def postgres_exporter_metrics(world: World) -> list[Family]:
    reached = world.is_reachable("postgres")
    families = [
        gauge("pg_up", "Whether PostgreSQL answers.", ({}, float(reached))),
        gauge("pg_exporter_last_scrape_error", "Error.", ({}, float(not reached))),
        counter("pg_exporter_scrapes_total", "Scrapes.", ({}, float(int(world.elapsed() / 15) + 1))),
    ]
    if reached:
        traits = world.traits
        database = {"datid": "16384", "datname": "jarvis_ai"}
        commits = float(int(90_000 + world.elapsed() * 3))
        named = dict(words.partition(":")[::2] for words in traits.postgres_figures)
        waiting = float(named.get("blocked") or named.get("waiting") or 0)
        sessions = [({"datname": "jarvis_ai", "state": "active", "wait_event_type": ""}, 2.0)]
        if waiting:
            locked = {"datname": "jarvis_ai", "state": "active", "wait_event_type": "Lock"}
            sessions.append((locked, waiting))
        families += [
            gauge(
                "pg_stat_database_numbackends", "Connections.", (database, float(traits.postgres_connections))
            ),
            gauge("pg_stat_activity_count", "Sessions by what they wait for.", *sessions),
            gauge("pg_settings_max_connections", "Limit.", ({}, float(traits.postgres_max_connections))),
            gauge("pg_database_size_bytes", "Size.", (database, 9_437_184.0)),
            counter("pg_stat_database_xact_commit", "Commits.", (database, commits)),
            gauge("pg_replication_is_replica", "Replica.", ({}, float(traits.postgres_in_recovery))),
            gauge("pg_static", "Version.", ({"short_version": "16.4.0"}, 1.0)),
        ]
    return families


def postgres_exporter(world: World) -> Starlette:
    async def metrics(_: Request) -> Response:
        await think(world, 0.01)
        return response(postgres_exporter_metrics(world))

    return _exporter("Postgres Exporter", metrics)


def redis_exporter_metrics(world: World) -> list[Family]:
    reached = world.is_reachable("redis")
    families = [gauge("redis_up", "Whether Redis answers.", ({}, float(reached)))]
    if reached:
        commands = float(int(120_000 + world.elapsed() * 11))
        used = 134_217_728.0 * world.traits.redis_memory_share
        info = {"redis_version": "7.4.6", "role": world.traits.redis_role, "redis_mode": "standalone"}
        families += [
            gauge("redis_connected_clients", "Clients.", ({}, float(int(world.gauges["redis_clients"])))),
            gauge("redis_memory_used_bytes", "Memory.", ({}, float(int(used)))),
            gauge("redis_memory_max_bytes", "Limit.", ({}, 134_217_728.0)),
            counter("redis_commands_processed_total", "Commands.", ({}, commands)),
            counter("redis_keyspace_hits_total", "Hits.", ({}, commands * 0.42)),
            counter("redis_keyspace_misses_total", "Misses.", ({}, commands * 0.05)),
            gauge("redis_instance_info", "Version.", (info, 1.0)),
            counter("redis_uptime_in_seconds", "Uptime.", ({}, float(int(world.elapsed() + 9_000)))),
        ]
    return families


def redis_exporter(world: World) -> Starlette:
    async def metrics(_: Request) -> Response:
        await think(world, 0.005)
        return response(redis_exporter_metrics(world))

    return _exporter("Redis Exporter", metrics)


def _exporter(title: str, metrics: object) -> Starlette:
    async def root(_: Request) -> Response:
        return Response(
            f"<html><title>{title}</title><a href='/metrics'>Metrics</a></html>", media_type="text/html"
        )

    assert callable(metrics)
    return application(routes=[Route("/", root), Route("/metrics", metrics)])
