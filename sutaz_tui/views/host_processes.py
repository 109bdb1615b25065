"""The heaviest processes of a host: this machine's own, else how many its node exporter counts."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago, memory_size
from sutaz_tui.views.base import Asker, Rows, View, each

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.config.kinds import Host
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.processes import Process, Whose

LISTED = 10
FIRST_LOOK = 0.1
"""Seconds between the two readings that the first answer needs."""
STATES = {
    "R": "runs",
    "S": "sleeps",
    "D": "waits for a disk",
    "Z": "zombie",
    "T": "stopped",
    "t": "traced",
    "I": "idle",
}
ELSEWHERE = "a node exporter tells of no single process: run sutaz-tui on that host, or look there with top"


class Processes(Asker):
    """Reads all processes of this machine, and the ten that used most since they were read before."""

    def __init__(self, service: "Host", clients: "Clients") -> None:
        from sutaz_tui.probes.host_looks import HostLooks

        self._looks = HostLooks(service, clients)
        self._mask = clients.secrets.mask
        self._before: dict[tuple[int, int], Process] = {}

    async def __call__(self, timeout: float) -> Rows:
        """The rows; raises SourceError."""
        if not self._looks.is_here:
            return await self._counted(timeout)
        from sutaz_tui.sources.processes import processes_here, whose

        if not self._before:
            self._before = _by_start(await asyncio.to_thread(processes_here))
            await asyncio.sleep(FIRST_LOOK)
        now = await asyncio.to_thread(processes_here)
        before, self._before = self._before, _by_start(now)
        used = {one.pid: _share(one, before.get((one.pid, one.started))) for one in now}
        # Shares that differ by nothing that can be measured must not change places all the time.
        now.sort(key=lambda one: (-round(used[one.pid] or 0.0), -one.memory, one.pid))
        rows = tuple(
            each("command", lambda one: _row(one, used[one.pid], whose(one.pid), self._mask), now[:LISTED])
        )
        running = sum(one.state == "R" for one in now)
        about = f"{running:,} running, from /proc"
        return Rows(rows, len(now), about, "", "most CPU first")

    async def _counted(self, timeout: float) -> Rows:
        """How many there are, as the node exporter counts them."""
        samples = await self._looks.samples(("stat",), timeout)
        told = {sample.name: sample.value for sample in samples or ()}
        names = {"node_procs_running": "running", "node_procs_blocked": "waiting for a disk"}
        about = ", ".join(f"{told[name]:.0f} {words}" for name, words in names.items() if name in told)
        return Rows((), 0, about, ELSEWHERE)


def _by_start(processes: "list[Process]") -> "dict[tuple[int, int], Process]":
    """A pid is used again: when it began tells one process from another."""
    return {(one.pid, one.started): one for one in processes}


def _share(now: "Process", before: "Process | None") -> float | None:
    """Percent of a core since it was read before."""
    if before is None or now.at <= before.at:
        return None
    return max(0.0, 100 * (now.cpu - before.cpu) / (now.at - before.at))


def _row(one: "Process", used: float | None, whose: "Whose", mask: Callable[[str], str]) -> TableRow:
    values = {
        "pid": one.pid,
        "cpu": None if used is None else round(used, 1),
        "memory": one.memory,
        "user": whose.user or None,
        "time": one.cpu,
        "threads": one.threads,
        "state": STATES.get(one.state, one.state),
        "command": one_line(mask(whose.command or f"[{one.name}]"), 300),
    }
    known = {name: value for name, value in values.items() if value is not None}
    look = {"Z": "muted", "D": "degraded"}.get(one.state, "")
    link = f":containers {whose.container}" if whose.container else ""
    return TableRow(f"{one.pid} {one.started}", known, look, "!" if look == "degraded" else "", link)


PROCESSES = View(
    "processes",
    "host",
    "processes",
    "a host's ten heaviest processes",
    (
        Column("pid", "PID", is_number=True, write=str),
        Column("cpu", "CPU", is_number=True, write=lambda value: f"{value:.1f} %"),
        Column("memory", "MEMORY", is_number=True, write=memory_size),
        Column("user", "USER", most=16, priority=2),
        Column("time", "CPU TIME", is_number=True, priority=3, write=ago),
        Column("threads", "THREADS", is_number=True, priority=4),
        Column("state", "STATE", most=16, priority=1),
        Column("command", "COMMAND", share=1),
    ),
    3.0,
    lambda service, clients: Processes(cast("Host", service), clients),
)
