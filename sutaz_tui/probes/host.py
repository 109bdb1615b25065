"""The host: CPU, memory and disk, from its node exporter, else from /proc where the stack is on this machine."""

import asyncio
import math
from collections.abc import Iterator, Mapping
from itertools import islice

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Host
from sutaz_tui.errors import BadAnswer, SourceError, Unreachable
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes import exposition
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory, host_port
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.host import MOUNTS, CpuTimes, HostFigures, memory_used, read_proc
from sutaz_tui.text.sanitise import one_line

FIRST_LOOK = 0.1
"""Seconds between the two readings of /proc that the first answer's CPU needs."""

_MEMORY = {
    f"node_memory_{name}_bytes": name for name in ("MemTotal", "MemAvailable", "MemFree", "Buffers", "Cached")
}
_DISK = ("node_filesystem_size_bytes", "node_filesystem_free_bytes", "node_filesystem_avail_bytes")
_BOOT = "node_boot_time_seconds"
_WANTED = ("node_cpu_seconds_total", "node_load1", _BOOT, *_MEMORY, *_DISK)
# An exporter in a container sees the host's root where it is mounted.
_ROOTS = ("/", "/rootfs", "/host")


class HostProbe(Probe):
    """GET /metrics of the node exporter; CPU is what changed between two asks, so its first answer has none."""

    def __init__(self, service: Host, clients: Clients) -> None:
        super().__init__(service)
        self.limits = {"cpu": service.warn_cpu, "memory": service.warn_memory, "disk": service.warn_disk}
        self.http = clients.http(service) if service.address else None
        self.is_here = on_loopback(clients.config)
        self.before: CpuTimes | None = None
        self.was_exporter = False

    async def look(self) -> Finding:
        latency: float | None = None
        why = ""
        if self.http is not None:
            try:
                figures, latency = await self._ask_exporter()
            except SourceError as error:
                if not self.is_here:
                    raise Unreachable(
                        error.source, f"{error.words}; nothing is known without its node exporter"
                    ) from error
                why = f"; node exporter: {error.words}"
        elif not self.is_here:
            raise Unreachable(
                self.service.title, "set the address of its node exporter: it is not this machine"
            )
        is_short = False
        if latency is None:
            is_short = self.before is None or self.was_exporter
            figures = await self._read_proc(is_short)
        cpu = figures.cpu.busy_since(self.before) if figures.cpu and self.before else None
        self.before = figures.cpu
        return self._judge(cpu, figures, latency, why, () if is_short else ("cpu",))

    async def _ask_exporter(self) -> tuple[HostFigures, float]:
        assert self.http is not None
        # A silent exporter must leave time for /proc.
        timeout = self.timeout * (0.5 if self.is_here else 1.0)
        answer = await self.http.get("/metrics", timeout=timeout)
        if answer.status != 200:
            raise BadAnswer(
                self.service.title, f"/metrics answers {answer.status}: {one_line(answer.text(), 60)}"
            )
        figures = from_exposition(answer.body, answer.is_cut)
        if figures is None:
            raise BadAnswer(
                self.service.title, "/metrics holds no node_ metrics; is this the node exporter's port?"
            )
        if not self.was_exporter:
            self.before = None
        self.was_exporter = True
        return figures, answer.latency

    async def _read_proc(self, is_short: bool) -> HostFigures:
        title = self.service.title
        if is_short:
            self.was_exporter = False
            self.before = (await asyncio.to_thread(read_proc, title)).cpu
            await asyncio.sleep(FIRST_LOOK)
        return await asyncio.to_thread(read_proc, title)

    def _judge(
        self,
        cpu: float | None,
        figures: HostFigures,
        latency: float | None,
        why: str,
        judged: tuple[str, ...],
    ) -> Finding:
        """`judged`: what is held against its limit beside memory and disk; a tenth of a second's CPU is only shown."""
        percents = {"cpu": cpu, "memory": figures.memory, "disk": figures.disk}
        seen = {name: round(value, 1) for name, value in percents.items() if value is not None}
        facts: dict[str, Fact] = {**seen, "from": "/proc" if latency is None else "node exporter"}
        facts |= {f"disk {mount}": round(used, 3) for mount, used in figures.disks.items()}
        if figures.load1 is not None:
            facts["load1"] = figures.load1
        if figures.booted is not None:
            facts |= exposition.started((exposition.Sample(_BOOT, figures.booted),), _BOOT)
        summary = " ".join(f"{name} {value:.0f}%" for name, value in seen.items()) + why
        if figures.odd:
            words = f"reports impossible values: {'; '.join(figures.odd)}"
            error = f"{self.service.title}: {words}; look at its node exporter"
            shown = "; ".join(part for part in (words, summary) if part)
            return Finding(shown, Status.DEGRADED, latency, "figures", facts, error, "possible values")
        names = [name for name in (*judged, "memory", "disk") if name in seen]
        if not names:
            raise Unreachable(self.service.title, "reports neither memory nor disk: nothing to judge" + why)
        over = [name for name in names if seen[name] >= self.limits[name]]
        if not over:
            return Finding(summary, latency=latency, facts=facts, rule="below its limits")
        words = ", ".join(f"{name} {seen[name]:g}%, warns at {self.limits[name]:g}%" for name in over)
        return Finding(
            summary,
            Status.DEGRADED,
            latency,
            "mem" if over[0] == "memory" else over[0],
            facts,
            error=f"{self.service.title}: {words}; look for what takes it, or raise warn_{over[0]}",
            rule=f"{over[0]} at or above {self.limits[over[0]]:g}% is degraded",
        )


def from_exposition(body: bytes, is_cut: bool = False) -> HostFigures | None:
    """The figures that a node exporter tells; None when it tells none."""
    idle = total = 0.0
    load1: float | None = None
    booted: float | None = None
    sizes: dict[str, float] = {}
    disks: dict[str, dict[str, float]] = {}
    is_told = False
    for sample in exposition.samples(body, _WANTED, is_cut=is_cut):
        is_told = True
        mode, mount = sample.labels.get("mode"), sample.labels.get("mountpoint", "/")
        if sample.name == "node_cpu_seconds_total":
            # Guest time is part of user time already, in releases before 1.0.
            if mode not in ("guest", "guest_nice") and math.isfinite(sample.value):
                total += sample.value
                idle += sample.value if mode in ("idle", "iowait") else 0.0
        elif sample.name == "node_load1":
            load1 = sample.value if load1 is None and math.isfinite(sample.value) else load1
        elif sample.name == _BOOT:
            booted = sample.value
        elif sample.name in _MEMORY:
            sizes.setdefault(_MEMORY[sample.name], sample.value)
        else:
            disks.setdefault(mount, {}).setdefault(sample.name, sample.value)
    if not is_told:
        return None
    memory, odd = memory_used(sizes)
    root = next((root for root in _ROOTS if root in disks), "")
    disk, odd_disk = _disk(disks.get(root, {}))
    others = dict(islice(_others(disks, root), MOUNTS))
    cpu = CpuTimes(idle, total) if total else None
    return HostFigures(cpu, memory, disk, load1, odd + odd_disk, booted, others)


def _others(disks: Mapping[str, dict[str, float]], root: str) -> Iterator[tuple[str, float]]:
    """How full the file systems beside the root's are, the largest first, as far as they are remembered."""
    largest = sorted(disks, key=lambda mount: -disks[mount].get(_DISK[0], 0.0))
    for mount in largest:
        if mount != root and not mount.removeprefix(root).startswith(("/run/", "/dev/", "/sys/")):
            used, odd = _disk(disks[mount])
            if used is not None and not odd:
                yield mount.removeprefix(root) if root != "/" else mount, used


def _disk(sizes: dict[str, float]) -> tuple[float | None, tuple[str, ...]]:
    """As df counts: of what users may use, the part that is used; and what of it cannot be."""
    if len(sizes) < len(_DISK):
        return None, ()
    size, free, available = (sizes[name] for name in _DISK)
    if not (0 <= free <= size and 0 <= available <= size):
        return None, (f"{free:g} of {size:g} B of disk free, {available:g} for users",)
    usable = size - free + available
    return (100.0 * (size - free) / usable if usable > 0 else None), ()


def on_loopback(config: Config) -> bool:
    """Whether every address of the stack, its sources' too, is on this machine."""
    addresses = [service.address for service in config.services] + [
        source.url for source in config.sources.values()
    ]
    places = [host_port(address) for address in addresses if address and not address.startswith("unix:")]
    return all(place is not None and (place[0] == "::1" or place[0].startswith("127.")) for place in places)


def build(service: Host, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `host` entry."""
    return HostProbe(service, clients)
