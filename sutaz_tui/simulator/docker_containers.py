"""The stack's containers as Docker keeps them: running or ended, healthy or not, restarted how often, and events.

A container lives as its endpoint does: a fault `refuse` is its end (exit code 137), the fault's end a restart.
"""

import asyncio
import hashlib
import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sutaz_tui.simulator.container_use import (
    AGE_AT_BIRTH,
    MIB,
    limit_of,
    memory_of,
    processor_of,
    read_by,
    received_by,
    written_by,
)
from sutaz_tui.simulator.docker_compose import START_PERIOD, labels_of
from sutaz_tui.simulator.world import AGENTS, CONTAINERS, World, container_address

HOST_MEMORY = 16 * 1024 * MIB
CHECKED_AFTER = 3.0
"""Seconds from a start to the first health check that passes: until then a container is starting."""
LOOPS = 15.0
"""Seconds from one start of a container in a restart loop to the next; it runs for LOOP_RUNS of them."""
LOOP_RUNS = 1.0
NEVER = "0001-01-01T00:00:00Z"

_WITHOUT_HEALTH_CHECK = frozenset(
    {
        "sutazai-chromadb",
        "sutazai-promtail",
        "sutazai-node-exporter",
        "sutazai-postgres-exporter",
        "sutazai-redis-exporter",
        "portainer",
    }
)


@dataclass(slots=True)
class Container:
    """One container; times are epoch seconds, 0 for never. `told` is what events last told: its health, an OOM kill."""

    name: str
    image: str
    endpoint: str
    id: str
    created: float
    started: float
    finished: float = 0.0
    ended: bool = False
    restarts: int = 0
    number: int = 0
    told: tuple[str | None, bool] = (None, False)

    @property
    def limit(self) -> int:
        """Bytes; 0 means none."""
        return limit_of(self.name)

    @property
    def image_id(self) -> str:
        return "sha256:" + hashlib.sha256(self.image.encode()).hexdigest()

    @property
    def address(self) -> str:
        return container_address(self.name)

    @property
    def labels(self) -> dict[str, str]:
        return labels_of(self.name)

    @property
    def cpus(self) -> float:
        """Cores that it may use; 0 means all."""
        return 1.0 if self.limit and self.name.removeprefix("sutazai-") in AGENTS else 0.0


class Fleet:
    """All containers of one world, kept true by its faults, and the events that this made."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._listeners: set[asyncio.Queue[dict[str, Any]]] = set()
        self._events: deque[dict[str, Any]] = deque(maxlen=256)
        born = world.born_wall - AGE_AT_BIRTH
        self._containers = [
            Container(
                name, image, endpoint, world.container_id(name), born - 60, born + number, number=number
            )
            for number, (name, (image, endpoint)) in enumerate(CONTAINERS.items())
        ]
        for container in self._containers:
            self._follow(container, quietly=True)
        world.faults.on_change.append(self._changed)

    def deployed(self) -> list[Container]:
        """The containers that exist, brought up to the present."""
        for container in self._containers:
            self._follow(container)
        return [container for container in self._containers if not self.world.is_absent(container.endpoint)]

    def find(self, name: str) -> Container | None:
        """A container by name, id or the beginning of its id."""
        wanted = name.lstrip("/")
        return next(
            (
                one
                for one in self.deployed()
                if one.name == wanted or (len(wanted) > 3 and one.id.startswith(wanted))
            ),
            None,
        )

    # What is true of one

    def status(self, container: Container) -> str:
        if container.ended:
            return "exited"
        return "restarting" if self._named(container, self.world.traits.restarting_containers) else "running"

    def restarts(self, container: Container) -> int:
        traits, age = self.world.traits, int(self.world.elapsed())
        if self._named(container, traits.restarting_containers):
            return container.restarts + 3 + age // int(LOOPS)
        return container.restarts + (1 if self._named(container, traits.oom_killed_containers) else 0)

    def run(self, container: Container) -> tuple[float, float]:
        """When it started last, and when it ended last, 0 for never."""
        if container.ended or self.status(container) != "restarting":
            return container.started, container.finished
        ended = self.world.epoch() - self.world.elapsed() % LOOPS
        return ended - LOOP_RUNS, ended

    def was_killed(self, container: Container) -> bool:
        return self._named(container, self.world.traits.oom_killed_containers)

    def policy(self, container: Container) -> str:
        return "no" if self._named(container, self.world.traits.containers_left_dead) else "unless-stopped"

    def exit_code(self, container: Container) -> int:
        if container.ended or self.was_killed(container):
            return 137
        return 1 if self.status(container) == "restarting" else 0

    def health(self, container: Container) -> str | None:
        """healthy, unhealthy or starting; None where the container has no health check."""
        if container.name in _WITHOUT_HEALTH_CHECK:
            return None
        if self._named(container, self.world.traits.unhealthy_containers) or container.ended:
            return "unhealthy"
        if self.status(container) == "restarting":
            return "starting"
        age, is_well = self.world.epoch() - container.started, self.world.is_reachable(container.endpoint)
        if age < (CHECKED_AFTER if is_well else START_PERIOD):
            return "starting"
        return "healthy" if is_well else "unhealthy"

    def memory(self, container: Container) -> int:
        """Bytes in use; nothing where the container does not run."""
        if self.status(container) != "running":
            return 0
        return memory_of(self.world, container.name)

    def processor(self, container: Container) -> int:
        """Nanoseconds of CPU used since the container was created."""
        return processor_of(self.world, container.name)

    def network_traffic(self, container: Container) -> dict[str, int]:
        """Bytes and packets of its one network since it was created."""
        received = received_by(self.world, container.number)
        return {
            "rx_bytes": received,
            "tx_bytes": received * 3 // 4,
            "rx_packets": received // 600,
            "tx_packets": received // 700,
        }

    def disk_traffic(self, container: Container) -> list[dict[str, Any]]:
        """Bytes that it read and wrote, as cgroups of version 2 have them."""
        kinds = {"read": read_by(container.number), "write": written_by(self.world, container.number)}
        return [{"major": 254, "minor": 0, "op": op, "value": value} for op, value in kinds.items()]

    def has_terminal(self, container: Container) -> bool:
        return self._named(container, self.world.traits.tty_containers)

    def log_driver(self, container: Container) -> str:
        """json-file, or none: its lines are written nowhere."""
        return "none" if self._named(container, self.world.traits.unlogged_containers) else "json-file"

    def lines(
        self, container: Container, streams: list[str], since: int, until: int
    ) -> list[tuple[int, str, str]]:
        """(nanoseconds, stream, line with its newline) of what a container wrote to these streams in [since, until)."""
        found = []
        for kept in (self.world.logs.streams, self.world.logs.unsent):
            for key, stream in kept.items():
                labels = dict(key)
                if container.id in labels.get("filename", "") and labels.get("stream") in streams:
                    found += [(at, labels["stream"], text) for at, text in stream.between(since, until)]
        return sorted(found)

    # Events

    def events(self) -> list[dict[str, Any]]:
        return list(self._events)

    def listen(self) -> asyncio.Queue[dict[str, Any]]:
        """A queue that every later event is put into, until `unlisten`."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(1_000)
        self._listeners.add(queue)
        return queue

    def unlisten(self, queue: asyncio.Queue[dict[str, Any]]) -> None:
        self._listeners.discard(queue)

    def _named(self, container: Container, names: tuple[str, ...]) -> bool:
        return container.name in names or container.endpoint in names

    def _changed(self, endpoint: str) -> None:
        for container in self._containers:
            if container.endpoint == endpoint:
                self._follow(container)

    def _follow(self, container: Container, quietly: bool = False) -> None:
        """Make the container end or start again as its endpoint did."""
        ends, now = self._should_end(container), self.world.epoch()
        actions: list[str] = []
        if ends != container.ended:
            container.ended = ends
            if ends:
                container.finished = now
            else:
                container.started = now
                container.restarts += 1
            actions.append("die" if ends else "start")
        health, was_killed = self.health(container), self.was_killed(container)
        if was_killed and ("die" in actions or not container.told[1]):
            actions.insert(0, "oom")
        if not ends and health not in ("starting", container.told[0]):
            actions.append(f"health_status: {health}")
        container.told = (health, was_killed)
        for action in actions if not quietly else ():
            self._tell(container, action, now)

    def _should_end(self, container: Container) -> bool:
        fault = self.world.fault(container.endpoint)
        if container.endpoint == "promtail" and not self.world.traits.promtail_runs:
            return True
        return fault is not None and fault.name == "refuse"

    def _tell(self, container: Container, action: str, now: float) -> None:
        attributes = {**container.labels, "image": container.image, "name": container.name}
        if action == "die":
            attributes["exitCode"] = "137"
        event = {
            "status": action,
            "id": container.id,
            "from": container.image,
            "Type": "container",
            "Action": action,
            "Actor": {"ID": container.id, "Attributes": attributes},
            "scope": "local",
            "time": int(now),
            "timeNano": int(now * 1e9),
        }
        self._events.append(event)
        for queue in list(self._listeners):
            if queue.full():
                self._listeners.discard(queue)  # nobody reads it
            else:
                queue.put_nowait(event)


def is_let_through(container: Container, filters: dict[str, list[str]]) -> bool:
    """Docker's filters: any of the names, which are patterns, and all of the labels, `KEY` or `KEY=VALUE`."""
    names, labels = filters.get("name", []), (label.partition("=") for label in filters.get("label", []))
    is_named = not names or any(re.search(name, f"/{container.name}") for name in names)
    return is_named and all(
        container.labels.get(key) == value if equals else key in container.labels
        for key, equals, value in labels
    )


def stamp_nanoseconds(at: int) -> str:
    """A moment of a log line as Docker writes it."""
    return f"{datetime.fromtimestamp(at // 10**9, UTC):%Y-%m-%dT%H:%M:%S}.{at % 10**9:09d}Z"


def stamp(epoch: float) -> str:
    """An epoch time as Docker writes it, in nanoseconds; NEVER for 0."""
    if not epoch:
        return NEVER
    when = datetime.fromtimestamp(int(epoch), UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{int(epoch % 1 * 1e9):09d}Z"
