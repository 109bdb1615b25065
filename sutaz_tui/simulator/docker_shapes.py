"""What Docker's Engine API says of one container: listed, inspected, and what it uses."""

from typing import Any

from sutaz_tui.simulator.container_use import CPUS
from sutaz_tui.simulator.docker_compose import (
    NETWORK,
    environment_of,
    health_check,
    listed_ports,
    mounts_of,
    network_of,
)
from sutaz_tui.simulator.docker_containers import HOST_MEMORY, Container, Fleet, stamp
from sutaz_tui.simulator.world import World


def listed(world: World, fleet: Fleet, container: Container) -> dict[str, Any]:
    """A container as the list of all has it."""
    status, health = fleet.status(container), fleet.health(container)
    return {
        "Id": container.id,
        "Names": [f"/{container.name}"],
        "Image": container.image,
        "ImageID": container.image_id,
        "Command": "docker-entrypoint.sh",
        "Created": int(container.created),
        "Ports": listed_ports(world, container.name, not container.ended),
        "Labels": container.labels,
        "State": status,
        "Status": _words(world, fleet, container, status, health),
        "HostConfig": {"NetworkMode": NETWORK},
        "NetworkSettings": _network(world, container),
        "Mounts": mounts_of(container.name),
    }


def _words(world: World, fleet: Fleet, container: Container, status: str, health: str | None) -> str:
    started, finished = fleet.run(container)
    since = started if status == "running" else finished
    lasted = _span(world.epoch() - since)
    if status == "exited":
        return f"Exited ({fleet.exit_code(container)}) {lasted} ago"
    if status == "restarting":
        return f"Restarting ({fleet.exit_code(container)}) {lasted} ago"
    words = {None: "", "starting": " (health: starting)"}.get(health, f" ({health})")
    return f"Up {lasted}{words}"


def inspected(world: World, fleet: Fleet, container: Container) -> dict[str, Any]:
    """A container as it is told by itself."""
    status, health = fleet.status(container), fleet.health(container)
    running = status == "running"
    started, finished = fleet.run(container)
    state: dict[str, Any] = {
        "Status": status,
        "Running": status != "exited",
        "Paused": False,
        "Restarting": status == "restarting",
        "OOMKilled": fleet.was_killed(container),
        "Dead": False,
        "Pid": 4_000 + container.number * 17 if running else 0,
        "ExitCode": fleet.exit_code(container) if not running else 0,
        "Error": "",
        "StartedAt": stamp(started),
        "FinishedAt": stamp(finished),
    }
    if health:
        failing = health == "unhealthy"
        newest = {
            "Start": stamp(container.started),
            "End": stamp(container.started),
            "ExitCode": int(failing),
            "Output": "curl: (7) Failed to connect to localhost: Connection refused\n" if failing else "ok\n",
        }
        state["Health"] = {"Status": health, "FailingStreak": 5 if failing else 0, "Log": [newest]}
    return {
        "Id": container.id,
        "Created": stamp(container.created),
        "Path": "docker-entrypoint.sh",
        "Args": [],
        "State": state,
        "Image": container.image_id,
        "Name": f"/{container.name}",
        "RestartCount": fleet.restarts(container),
        "Driver": "overlay2",
        "Platform": "linux",
        "HostConfig": {
            "Memory": container.limit,
            "NanoCpus": int(container.cpus * 1e9),
            "NetworkMode": NETWORK,
            "RestartPolicy": {"Name": fleet.policy(container), "MaximumRetryCount": 0},
            "LogConfig": {"Type": fleet.log_driver(container), "Config": {}},
        },
        "Config": {
            "Hostname": container.id[:12],
            "Image": container.image,
            "Labels": container.labels,
            "Tty": fleet.has_terminal(container),
            "Env": environment_of(container.name),
            **({"Healthcheck": health_check(world, container.name)} if health else {}),
        },
        "NetworkSettings": _network(world, container),
        "Mounts": mounts_of(container.name),
    }


def _network(world: World, container: Container) -> dict[str, Any]:
    return network_of(world, container.name, container.address, not container.ended)


def sample(world: World, fleet: Fleet, container: Container, before: dict[str, Any] | None) -> dict[str, Any]:
    """What a container uses now; `before` is the sample that this one follows."""
    used = fleet.memory(container)
    running = fleet.status(container) == "running"
    cpu = {
        "cpu_usage": {
            "total_usage": fleet.processor(container),
            "usage_in_kernelmode": 0,
            "usage_in_usermode": 0,
        },
        "system_cpu_usage": int(1e9 * CPUS * (world.elapsed() + 300_000)),
        "online_cpus": CPUS,
        "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
    }
    idle = {"cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0}}
    memory = {
        "usage": used + used // 10,
        "stats": {"inactive_file": used // 10, "anon": used},
        "limit": container.limit or HOST_MEMORY,
    }
    return {
        "read": stamp(world.epoch()),
        "preread": before["read"] if before else stamp(0),
        "pids_stats": {"current": 7 if running else 0},
        "blkio_stats": {"io_service_bytes_recursive": fleet.disk_traffic(container) if running else None},
        "num_procs": 0,
        "storage_stats": {},
        "cpu_stats": cpu if running else idle,
        "precpu_stats": before["cpu_stats"] if before else idle,
        "memory_stats": memory if running else {},
        "name": f"/{container.name}",
        "id": container.id,
        **({"networks": {"eth0": fleet.network_traffic(container)}} if running else {}),
    }


def _span(seconds: float) -> str:
    """A time as Docker's list words it."""
    if seconds < 60:
        return f"{int(max(1, seconds))} seconds"
    if seconds < 3_600:
        return "About a minute" if seconds < 120 else f"{int(seconds // 60)} minutes"
    if seconds < 86_400 * 2:
        return "About an hour" if seconds < 7_200 else f"{int(seconds // 3_600)} hours"
    return f"{int(seconds // 86_400)} days"
