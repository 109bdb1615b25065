"""One whole look at a host, and how this machine's own is had: from /proc and the file systems, by hand.

psutil would read half of it: it knows no pressure and no inodes, and what is left are a few lines a file.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""What a core did, in the order of /proc/stat; guest time is part of user time."""
RESOURCES = ("cpu", "memory", "io")
_KERNELS_OWN = re.compile(r"/(proc|sys|dev|run)(/|$)")
_NOT_ASKED = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "afs", "autofs"})
"""File systems that hang whoever asks them when their server is gone."""
_ON_DISKS = frozenset({"zfs", "btrfs", "tmpfs", "overlay", "bcachefs", "virtiofs"})
"""Those of which something is kept although no device of /dev stands in front of them."""
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted file system: bytes and inodes, as df counts: `available` is what users may still use. `files` 0: not told."""

    mount: str
    device: str
    kind: str
    size: float
    free: float
    available: float
    files: float = 0.0
    files_free: float = 0.0

    @property
    def used(self) -> float:
        """Percent of what users may use."""
        used = self.size - self.free
        return 100 * used / (used + self.available) if used + self.available > 0 else 0.0

    @property
    def files_used(self) -> float | None:
        """Percent of the inodes; None where it counts none."""
        return 100 * (1 - self.files_free / self.files) if self.files > 0 else None


@dataclass(frozen=True, slots=True)
class Look:
    """A host at one moment (`at`: monotonic seconds). Counters since it booted: seconds of each core by mode, seconds in
    which something, or everything (`full`), waited for a resource, bytes received and sent by interface. `memory` in bytes
    by the names of /proc/meminfo; `load` of 1, 5 and 15 minutes. What is not told is missing."""

    at: float
    cores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    load: tuple[float, ...] = ()
    memory: Mapping[str, float] = field(default_factory=dict)
    pressure: Mapping[tuple[str, str], float] = field(default_factory=dict)
    networks: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def look_here(proc: Path = Path("/proc")) -> Look:
    """This machine by now."""
    tick = os.sysconf("SC_CLK_TCK")
    cores = {}
    for line in _lines(proc / "stat"):
        name, *fields = line.split()
        if name.startswith("cpu") and name != "cpu" and len(fields) >= len(MODES):
            cores[name.removeprefix("cpu")] = {
                mode: int(ticks) / tick for mode, ticks in zip(MODES, fields, strict=False)
            }
    memory = {
        words[0].rstrip(":"): float(words[1]) * 1024
        for line in _lines(proc / "meminfo")
        if len(words := line.split()) >= 2 and words[1].isdecimal()
    }
    load = tuple(map(float, (_lines(proc / "loadavg") or [""])[0].split()[:3]))
    networks = {}
    for line in _lines(proc / "net/dev")[2:]:
        name, _, rest = line.partition(":")
        if len(counts := rest.split()) >= 16 and is_shown(name.strip()):
            networks[name.strip()] = (float(counts[0]), float(counts[8]))
    return Look(time.monotonic(), cores, load, memory, dict(_pressure(proc)), networks)


def is_shown(interface: str) -> bool:
    """Whether an interface is more than this machine's own end of a container's."""
    return interface != "lo" and not interface.startswith("veth")


def disks_here(mounts: Path = Path("/proc/self/mounts")) -> tuple[tuple[Disk, ...], int]:
    """The file systems that keep something, each once, and how many of other hosts were not asked."""
    found: dict[object, Disk] = {}
    far = 0
    for line in _lines(mounts):
        device, mount, kind = map(_plain, (line.split() + [""] * 3)[:3])
        if kind in _NOT_ASKED or kind.startswith("fuse"):
            far += 1
        elif (device.startswith("/dev/") or kind in _ON_DISKS) and not _KERNELS_OWN.match(mount):
            try:
                number, told = Path(mount).stat(), os.statvfs(mount)
            except OSError:
                continue
            disk = Disk(
                mount, device, kind, told.f_blocks * told.f_frsize, told.f_bfree * told.f_frsize,
                told.f_bavail * told.f_frsize, told.f_files, told.f_ffree,
            )  # fmt: skip
            before = found.get(number.st_dev)
            # Of several places of one file system the shortest is its own.
            if disk.size > 0 and (before is None or len(mount) < len(before.mount)):
                found[number.st_dev] = disk
    return tuple(sorted(found.values(), key=lambda disk: disk.mount)), far


def _pressure(proc: Path) -> Iterator[tuple[tuple[str, str], float]]:
    for resource in RESOURCES:
        for line in _lines(proc / "pressure" / resource):
            which, _, rest = line.partition(" ")
            total = rest.rpartition("total=")[2]
            if which in ("some", "full") and total.isdecimal():
                yield (resource, which), int(total) / 1e6


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def _plain(word: str) -> str:
    """A word of a mount table, whose spaces are written as octal numbers."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), word)
