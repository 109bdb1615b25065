"""This machine's own figures, from /proc and the root file system."""

import os
from dataclasses import dataclass
from pathlib import Path

from sutaz_tui.errors import Unreachable

# user nice system idle iowait irq softirq steal; guest time is part of user time (proc(5)).
_FIELDS = 8
_IDLE = (3, 4)


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """What all CPUs together did since boot: seconds or ticks, since only ratios of differences are used."""

    idle: float
    total: float

    def busy_since(self, before: "CpuTimes") -> float | None:
        """Percent of the time since `before` that was not idle; None when no time passed, or they started over."""
        total, idle = self.total - before.total, self.idle - before.idle
        if total <= 0 or idle < 0:
            return None
        return max(0.0, min(100.0, 100.0 * (1 - idle / total)))


@dataclass(frozen=True, slots=True)
class HostFigures:
    """One look at a host: percent of memory and of the root file system in use; None: not told."""

    cpu: CpuTimes | None
    memory: float | None
    disk: float | None
    load1: float | None


def read_proc(source: str, root: Path = Path("/proc"), disk: str = "/") -> HostFigures:
    """The figures of the machine that this program runs on; Unreachable where it has no /proc."""
    try:
        stat = (root / "stat").read_text("ascii", "replace")
        meminfo = (root / "meminfo").read_text("ascii", "replace")
        load = (root / "loadavg").read_text("ascii", "replace")
        return HostFigures(_cpu(stat), _memory(meminfo), _disk(disk), float(load.split()[0]))
    except (OSError, ValueError, IndexError) as error:
        raise Unreachable(
            source, f"{root} of this machine cannot be read; set the address of a node exporter"
        ) from error


def _cpu(stat: str) -> CpuTimes | None:
    first = stat.partition("\n")[0].split()
    if len(first) < 6 or first[0] != "cpu":
        return None
    ticks = [float(field) for field in first[1 : 1 + _FIELDS]]
    return CpuTimes(sum(ticks[at] for at in _IDLE), sum(ticks))


def _memory(meminfo: str) -> float | None:
    sizes = {}
    for line in meminfo.splitlines():
        name, _, rest = line.partition(":")
        if name in ("MemTotal", "MemAvailable"):
            sizes[name] = float(rest.split()[0])
    if len(sizes) < 2 or sizes["MemTotal"] <= 0:
        return None
    return 100.0 * (1 - sizes["MemAvailable"] / sizes["MemTotal"])


def _disk(path: str) -> float | None:
    """As df counts: of what users may use, the part that is used."""
    found = os.statvfs(path)
    used = found.f_blocks - found.f_bfree
    usable = used + found.f_bavail
    return 100.0 * used / usable if usable > 0 else None
