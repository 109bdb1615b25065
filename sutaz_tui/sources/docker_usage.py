"""What a container uses, as Docker's /stats, cAdvisor or the cgroup files of this host tell it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CGROUPS = Path("/sys/fs/cgroup")
PROC = Path("/proc")
_PLACES = (
    "system.slice/docker-{id}.scope", "docker/{id}", "machine.slice/libpod-{id}.scope", "libpod_parent/libpod-{id}",
    "machine.slice/libpod-{id}.scope/container",
)  # fmt: skip
"""Where Docker and Podman put a container's cgroup, by either of their drivers."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a running container uses: bytes of memory without its page cache, as `docker stats` counts, the seconds of CPU
    since it was made, bytes received and sent by its networks, read and written by its disks; None where nobody tells."""

    memory: int | None = None
    cpu: float | None = None
    received: int | None = None
    sent: int | None = None
    read: int | None = None
    written: int | None = None


def from_stats(found: Any) -> Usage:
    """What one sample of Docker's /stats tells."""
    if not isinstance(found, dict):
        return Usage()
    received, sent = _networks(found.get("networks"))
    read, written = _disks(found.get("blkio_stats"))
    return Usage(_memory(found), _cpu(found), received, sent, read, written)


def from_cgroup(id: str, root: Path = CGROUPS, proc: Path = PROC) -> Usage | None:
    """What the files of a container's cgroup tell, in version 2 or 1; None where this host has none of it.

    Its networks are those of its first process, unless that is in the host's own.
    """
    places = [place.format(id=id) for place in _PLACES]
    v2 = next((root / place for place in places if _is_there(root / place)), None)
    v1 = next((place for place in places if _is_there(root / "cpuacct" / place)), "")
    if v2 is not None:
        stat, io = _pairs(v2 / "memory.stat"), _sums(v2 / "io.stat")
        used = _pairs(v2 / "cpu.stat").get("usage_usec")
        now, cache = _number(v2 / "memory.current"), stat.get("inactive_file", 0)
        cpu, read, written = None if used is None else used / 1e6, io.get("rbytes"), io.get("wbytes")
        processes = v2
    elif v1:
        processes, memory = root / "cpuacct" / v1, root / "memory" / v1
        used = _number(processes / "cpuacct.usage")
        now = _number(memory / "memory.usage_in_bytes")
        cache = _pairs(memory / "memory.stat").get("total_inactive_file", 0)
        operations = _operations(root / "blkio" / v1 / "blkio.throttle.io_service_bytes_recursive")
        cpu, read, written = (
            None if used is None else used / 1e9,
            operations.get("Read"),
            operations.get("Write"),
        )
    else:
        return None
    received, sent = _networks_of(processes / "cgroup.procs", proc)
    return Usage(None if now is None else max(0, now - cache), cpu, received, sent, read, written)


def from_cadvisor(samples: Iterable[Any]) -> dict[str, Usage]:
    """What cAdvisor's samples tell, by the container's whole id; `id` is the path of its cgroup."""
    sums: dict[str, dict[str, float]] = {}
    for sample in samples:
        id = sample.labels.get("id", "").rpartition("/")[2].removeprefix("docker-").removeprefix("libpod-")
        cpu, name = sample.labels.get("cpu", "total"), CADVISOR.get(sample.name)
        id = id.removesuffix(".scope")
        if name is None or len(id) != 64 or not sample.value >= 0:
            continue
        one = sums.setdefault(id, {})
        # Some list each core, some the total too.
        if name == "cpu" and cpu == "total":
            one["total"] = sample.value
        else:
            one[name] = one.get(name, 0.0) + sample.value
    return {id: _of_sums(one) for id, one in sums.items()}


CADVISOR = {
    "container_cpu_usage_seconds_total": "cpu",
    "container_memory_working_set_bytes": "memory",
    "container_network_receive_bytes_total": "received",
    "container_network_transmit_bytes_total": "sent",
    "container_fs_reads_bytes_total": "read",
    "container_fs_writes_bytes_total": "written",
}
"""The metrics of cAdvisor that are read, and what they tell."""


def _of_sums(sums: Mapping[str, float]) -> Usage:
    whole = {
        name: int(sums[name]) for name in ("memory", "received", "sent", "read", "written") if name in sums
    }
    return Usage(cpu=sums.get("total", sums.get("cpu")), **whole)


def _memory(found: Mapping[str, Any]) -> int | None:
    try:
        memory = found["memory_stats"]
        stats = memory.get("stats") or {}
        cache = stats.get("total_inactive_file", stats.get("inactive_file", 0))
        return max(0, int(memory["usage"]) - int(cache))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _cpu(found: Mapping[str, Any]) -> float | None:
    try:
        return int(found["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9
    except (KeyError, TypeError, ValueError):
        return None


def _networks(found: Any) -> tuple[int | None, int | None]:
    try:
        each = list(found.values())
        return sum(int(one["rx_bytes"]) for one in each), sum(int(one["tx_bytes"]) for one in each)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None, None


def _disks(found: Any) -> tuple[int | None, int | None]:
    try:
        each = [(str(one["op"]).lower(), int(one["value"])) for one in found["io_service_bytes_recursive"]]
    except (KeyError, TypeError, ValueError):
        return None, None
    return sum(n for op, n in each if op == "read"), sum(n for op, n in each if op == "write")


def _networks_of(processes: Path, proc: Path) -> tuple[int | None, int | None]:
    try:
        process = proc / processes.read_text("ascii").split()[0]
        if _is_in_hosts_network(process, proc):
            return None, None
        lines = [
            line.partition(":")[::2] for line in (process / "net/dev").read_text("ascii").splitlines()[2:]
        ]
        fields = [rest.split() for name, rest in lines if name.strip() != "lo"]
        return sum(int(each[0]) for each in fields), sum(int(each[8]) for each in fields)
    except (OSError, ValueError, IndexError):
        return None, None


def _is_in_hosts_network(process: Path, proc: Path) -> bool:
    own = proc / "self"
    try:
        return (process / "ns/net").readlink() == (own / "ns/net").readlink()
    except PermissionError:
        # Another user's process does not tell: one with our routes and interfaces is in our network.
        return all(_text(process / name) == _text(own / name) for name in ("net/route", "net/if_inet6"))


def _is_there(folder: Path) -> bool:
    try:
        return (folder / "cgroup.procs").exists()
    except OSError:
        return False


def _text(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace")
    except OSError:
        return ""


def _number(file: Path) -> int | None:
    text = _text(file).strip()
    return int(text) if text.isdecimal() else None


def _pairs(file: Path) -> dict[str, int]:
    """`NAME NUMBER` a line."""
    words = (line.split() for line in _text(file).splitlines())
    return {each[0]: int(each[1]) for each in words if len(each) == 2 and each[1].isdecimal()}


def _sums(file: Path) -> dict[str, int]:
    """`MAJOR:MINOR NAME=NUMBER …` a line, summed by name."""
    found: dict[str, int] = {}
    for word in _text(file).split():
        name, _, number = word.partition("=")
        if number.isdecimal():
            found[name] = found.get(name, 0) + int(number)
    return found


def _operations(file: Path) -> dict[str, int]:
    """`MAJOR:MINOR OPERATION NUMBER` a line, summed by operation."""
    found: dict[str, int] = {}
    for line in _text(file).splitlines():
        words = line.split()
        if len(words) == 3 and words[2].isdecimal():
            found[words[1]] = found.get(words[1], 0) + int(words[2])
    return found
