"""The processes of this machine, from /proc."""

import os
import pwd
import re
import time
from dataclasses import dataclass
from pathlib import Path

_CONTAINER = re.compile(r"(?:docker|libpod)[-/]([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Process:
    """One process: `cpu` the seconds that it used, `at` when that was read (monotonic), `memory` its resident bytes;
    `container` the id of the one that it is in, "" for none."""

    pid: int
    started: int
    at: float
    name: str
    state: str
    cpu: float
    memory: int
    threads: int


def processes_here(proc: Path = Path("/proc")) -> list[Process]:
    """All processes that can be read; one that ends meanwhile is left out."""
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    found = []
    for folder in proc.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            # The name may hold brackets and spaces: what follows stands behind the last of them.
            before, _, rest = (folder / "stat").read_text("utf-8", "replace").rpartition(")")
            fields = rest.split()
            found.append(Process(
                pid=int(folder.name), started=int(fields[19]), at=time.monotonic(), name=before.partition("(")[2],
                state=fields[0], cpu=(int(fields[11]) + int(fields[12])) / tick, memory=int(fields[21]) * page,
                threads=int(fields[17]),
            ))  # fmt: skip
        except (OSError, ValueError, IndexError):
            continue
    return found


@dataclass(frozen=True, slots=True)
class Whose:
    """Of one process what only its own files tell: its user, its command line, the id of its container; "" for none."""

    user: str
    command: str
    container: str


def whose(pid: int, proc: Path = Path("/proc")) -> Whose:
    """Whose process it is; as far as this user may know."""
    folder = proc / str(pid)
    try:
        uid = folder.stat().st_uid
        user = pwd.getpwuid(uid).pw_name
    except OSError:
        return Whose("", "", "")
    except KeyError:
        user = str(uid)
    command, cgroup = "", ""
    try:
        command = (
            (folder / "cmdline").read_bytes()[:4096].replace(b"\0", b" ").decode("utf-8", "replace").strip()
        )
        cgroup = (folder / "cgroup").read_text("utf-8", "replace")
    except OSError:
        pass
    found = _CONTAINER.search(cgroup)
    return Whose(user, command, found[1] if found else "")
