"""Whole looks at a host: from its node exporter, asked for no more than that takes, else from this machine's /proc."""

import asyncio
import re
import time
from collections import defaultdict

from sutaz_tui.config.kinds import Host
from sutaz_tui.errors import BadAnswer, SourceError, Unreachable
from sutaz_tui.probes import exposition
from sutaz_tui.probes.host import on_loopback
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.host_look import RESOURCES, Disk, Look, disks_here, is_shown, look_here
from sutaz_tui.text.sanitise import one_line

POSSIBLE = 1e18
"""No figure of a host is larger, or less than nothing, or none."""
READ_LIMIT = 4 * 1024 * 1024
LOOK = ("cpu", "loadavg", "meminfo", "pressure", "netdev")
DISKS = ("filesystem",)
_METRICS = {
    "cpu": ("node_cpu_seconds_total",),
    "loadavg": ("node_load1", "node_load5", "node_load15"),
    "meminfo": tuple(
        f"node_memory_{name}_bytes"
        for name in ("MemTotal", "MemAvailable", "MemFree", "Buffers", "Cached", "SwapTotal", "SwapFree")
    ),
    "pressure": tuple(
        f"node_pressure_{resource}_{which}_seconds_total"
        for resource in RESOURCES
        for which in ("waiting", "stalled")
    ),
    "netdev": ("node_network_receive_bytes_total", "node_network_transmit_bytes_total"),
    "filesystem": tuple(
        f"node_filesystem_{name}"
        for name in ("size_bytes", "free_bytes", "avail_bytes", "files", "files_free")
    ),
    "systemd": ("node_systemd_unit_state",),
    "stat": ("node_procs_running", "node_procs_blocked"),
}
_PRESSURE = re.compile(r"node_pressure_([a-z]+)_(waiting|stalled)_seconds_total")
_ROOTS = ("/rootfs", "/host")
"""Where an exporter in a container sees the file systems of its host."""


class HostLooks:
    """Looks at one host; `told_by` says after a look who told it. Every method that asks raises SourceError."""

    def __init__(self, service: Host, clients: Clients) -> None:
        self.service = service
        self.is_here = on_loopback(clients.config)
        self.told_by = ""
        self._http = clients.http(service) if service.address else None
        self._takes_collect = True

    async def look(self, timeout: float) -> Look:
        """The host by now."""
        samples = await self.samples(LOOK, timeout)
        if samples is None:
            return await asyncio.to_thread(look_here)
        cores: dict[str, dict[str, float]] = defaultdict(dict)
        pressure: dict[tuple[str, str], float] = {}
        networks: dict[str, dict[str, float]] = defaultdict(dict)
        plain: dict[str, float] = {}
        for sample in samples:
            if sample.name == "node_cpu_seconds_total":
                cores[sample.labels.get("cpu", "")][sample.labels.get("mode", "")] = sample.value
            elif found := _PRESSURE.fullmatch(sample.name):
                pressure[found[1], "some" if found[2] == "waiting" else "full"] = sample.value
            elif sample.name.startswith("node_network_"):
                if is_shown(device := sample.labels.get("device", "")):
                    networks[device]["out" if "transmit" in sample.name else "in"] = sample.value
            else:
                plain[sample.name] = sample.value
        return Look(
            time.monotonic(),
            cores,
            tuple(plain[name] for name in _METRICS["loadavg"] if name in plain),
            {name.split("_")[2]: value for name, value in plain.items() if name.startswith("node_memory_")},
            pressure,
            {name: (each["in"], each["out"]) for name, each in networks.items() if len(each) == 2},
        )

    async def disks(self, timeout: float) -> tuple[tuple[Disk, ...], int]:
        """Its file systems, each once, and how many were not asked."""
        samples = await self.samples(DISKS, timeout)
        if samples is None:
            return await asyncio.to_thread(disks_here)
        told: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
        for sample in samples:
            place = tuple(
                one_line(sample.labels.get(label, ""), 120) for label in ("mountpoint", "device", "fstype")
            )
            told[place[0], place[1], place[2]][sample.name.removeprefix("node_filesystem_")] = sample.value
        roots = {mount for mount, _, _ in told}
        found: dict[str, Disk] = {}
        for (mount, device, kind), sizes in sorted(told.items(), key=lambda item: len(item[0][0])):
            if not {"size_bytes", "free_bytes", "avail_bytes"} <= sizes.keys() or sizes["size_bytes"] <= 0:
                continue
            if kind == "tmpfs" and mount.startswith(("/run", "/dev", "/sys")):
                continue
            prefix = next((root for root in _ROOTS if mount.startswith(root) and root in roots), "")
            disk = Disk(
                mount.removeprefix(prefix) or "/", device, kind, sizes["size_bytes"], sizes["free_bytes"],
                sizes["avail_bytes"], sizes.get("files", 0.0), sizes.get("files_free", 0.0),
            )  # fmt: skip
            # Of several places of one device the shortest is its own.
            found.setdefault(device if device.startswith("/") else f"{device} {mount}", disk)
        return tuple(sorted(found.values(), key=lambda disk: disk.mount)), 0

    async def samples(self, collectors: tuple[str, ...], timeout: float) -> list[exposition.Sample] | None:
        """What the node exporter's collectors tell; None where this machine's own /proc is to be read."""
        try:
            found = await self._asked(collectors, timeout)
        except SourceError:
            if not self.is_here:
                raise
            self.told_by = "/proc"
            return None
        self.told_by = "node exporter" if found is not None else "/proc"
        return found

    async def _asked(self, collectors: tuple[str, ...], timeout: float) -> list[exposition.Sample] | None:
        title = self.service.title
        if self._http is None:
            if not self.is_here:
                raise Unreachable(title, "set the address of its node exporter: it is not this machine")
            return None
        query = "&".join(f"collect[]={name}" for name in collectors) if self._takes_collect else ""
        path = f"/metrics?{query}" if query else "/metrics"
        answer = await self._http.request("GET", path, timeout=timeout, read_limit=READ_LIMIT)
        if answer.status == 400 and query:
            # A collector is turned off there, or it knows no such choice.
            self._takes_collect = False
            answer = await self._http.request("GET", "/metrics", timeout=timeout, read_limit=READ_LIMIT)
        if answer.status != 200:
            raise BadAnswer(title, f"/metrics answers {answer.status}: {one_line(answer.text(), 60)}")
        names = [name for collector in collectors for name in _METRICS[collector]]
        told = exposition.samples(answer.body, names, is_cut=answer.is_cut)
        found = [sample for sample in told if 0 <= sample.value < POSSIBLE]
        if not found:
            raise BadAnswer(title, "/metrics holds no node_ metrics; is this the node exporter's port?")
        return found
