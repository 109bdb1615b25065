"""What each container uses: one truth, which Docker and cAdvisor tell each in its own words."""

import hashlib
import math

from sutaz_tui.simulator.world import AGENTS, CONTAINERS, World

MIB = 1 << 20
CPUS = 4
AGE_AT_BIRTH = 284_400.0
"""Seconds that the containers have been up when the simulated stack starts."""

_LIMITS = {
    "sutazai-postgres": 256,
    "sutazai-redis": 128,
    "sutazai-neo4j": 512,
    "sutazai-rabbitmq": 384,
    "sutazai-kong": 1024,
    "sutazai-backend": 2048,
    "sutazai-prometheus": 512,
    "sutazai-grafana": 512,
    "sutazai-loki": 512,
    **{f"sutazai-{agent}": 512 for agent in AGENTS},
    "sutazai-letta": 1024,
    "sutazai-shellgpt": 256,
}
"""Memory limits in MiB; the others have none."""


def limit_of(name: str) -> int:
    """Bytes of memory that a container may use; 0 means that it has no limit."""
    return _LIMITS.get(name, 0) * MIB


def memory_of(world: World, name: str) -> int:
    """Bytes in use, breathing slowly."""
    digest = hashlib.sha256(name.encode()).digest()
    share = 0.3 + digest[0] / 640 + math.sin(world.elapsed() / (20 + digest[1] % 20)) / 30
    if CONTAINERS[name][1] == "redis":
        share = max(0.1, min(0.99, world.traits.redis_memory_share * 1.3))
    if name in world.traits.crowded_containers:
        share = 0.97
    return int((limit_of(name) or 400 * MIB) * share)


def processor_of(world: World, name: str) -> int:
    """Nanoseconds of CPU used since the container was created."""
    load = 0.01 + hashlib.sha256(name.encode()).digest()[2] / 2_560
    if name in world.traits.busy_containers:
        load = CPUS * 0.98
    age = world.elapsed() + AGE_AT_BIRTH
    return int(1e9 * (load * age + min(load, 0.2) * 3 * math.sin(age / 7)))


def received_by(world: World, number: int) -> int:
    """Bytes that the container of this number received since it was created; it sends three quarters of that."""
    age = world.elapsed() + AGE_AT_BIRTH
    return int((400 + 60 * (number % 17)) * (age + 9 * math.sin(age / 11)))


def read_by(number: int) -> int:
    """Bytes that the container of this number read from its disk."""
    return 40_000_000 + number * 1_000_000


def written_by(world: World, number: int) -> int:
    """Bytes that the container of this number wrote to its disk since it was created."""
    return int((world.elapsed() + AGE_AT_BIRTH) * (number % 7) * 900)
