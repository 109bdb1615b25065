"""This machine's own figures, from /proc and the root file system."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sutaz_tui.errors import Unreachable
from sutaz_tui.sources.host_look import disks_here

MOUNTS = 10
"""File systems that are remembered beside the root's."""

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
    """One look at a host: percent of memory and of the root file system in use; None: not told, or in `odd`.

    `odd` are impossible values, with their names; `booted` is when it did, seconds since 1970. `disks` are
    percent of the largest file systems beside the root's, by where they are mounted.
    """

    cpu: CpuTimes | None
    memory: float | None
    disk: float | None
    load1: float | None
    odd: tuple[str, ...] = ()
    booted: float | None = None
    disks: Mapping[str, float] = field(default_factory=dict)


def memory_used(sizes: Mapping[str, float]) -> tuple[float | None, tuple[str, ...]]:
    """Percent of memory in use by the names of /proc/meminfo, and what of it cannot be.

    Kernels before 3.14, and some containers, do not tell MemAvailable: what is free or a cache stands for it.
    """
    total, available = sizes.get("MemTotal"), sizes.get("MemAvailable")
    if available is None and "MemFree" in sizes:
        available = sum(sizes.get(name, 0.0) for name in ("MemFree", "Buffers", "Cached"))
    if total is None or available is None:
        return None, ()
    if total > 0 and 0 <= available <= total:
        return 100.0 * (1 - available / total), ()
    return None, (f"{available:g} of {total:g} memory available",)


def read_proc(source: str, root: Path = Path("/proc"), disk: str = "/") -> HostFigures:
    """The figures of the machine that this program runs on; Unreachable where it has no /proc."""
    stat, meminfo, load = (_text(root / name) for name in ("stat", "meminfo", "loadavg"))
    cpu, (memory, odd), load1 = _cpu(stat), memory_used(_sizes(meminfo)), _load(load)
    if cpu is None and memory is None and load1 is None and not odd:
        raise Unreachable(
            source, f"{root} of this machine cannot be read; set the address of a node exporter"
        )
    return HostFigures(cpu, memory, _disk(disk), load1, odd, _booted(stat), others_than(disk, root))


def others_than(disk: str, root: Path) -> dict[str, float]:
    """How full the largest file systems beside one are, percent by where they are mounted."""
    disks = sorted(disks_here(root / "self/mounts")[0], key=lambda one: -one.size)
    return dict([(one.mount, one.used) for one in disks if one.mount != disk][:MOUNTS])


def _text(file: Path) -> str:
    """What stands in a file of /proc, "" where it is not there: containers and hardened machines hide some."""
    try:
        return file.read_text("ascii", "replace")
    except OSError:
        return ""


def _load(text: str) -> float | None:
    try:
        return float(text.split()[0])
    except (ValueError, IndexError):
        return None


def _cpu(stat: str) -> CpuTimes | None:
    first = stat.partition("\n")[0].split()
    if len(first) < 6 or first[0] != "cpu":
        return None
    try:
        ticks = [float(field) for field in first[1 : 1 + _FIELDS]]
    except ValueError:
        return None
    return CpuTimes(sum(ticks[at] for at in _IDLE), sum(ticks))


def _booted(stat: str) -> float | None:
    found = re.search(r"^btime (\d{1,12})$", stat, re.M)
    return float(found[1]) if found else None


def _sizes(meminfo: str) -> dict[str, float]:
    pairs = (line.partition(":")[::2] for line in meminfo.splitlines())
    numbers = ((name, rest.split()) for name, rest in pairs)
    return {name: float(words[0]) for name, words in numbers if words and words[0].lstrip("-").isdecimal()}


def _disk(path: str) -> float | None:
    """As df counts: of what users may use, the part that is used."""
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    used = found.f_blocks - found.f_bfree
    usable = used + found.f_bavail
    return 100.0 * used / usable if usable > 0 else None
