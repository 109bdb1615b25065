"""A process with all its descendants, as /proc shows them, signalled by pid.

A process group is not enough: PostgreSQL gives every backend a session of its own, Erlang its port programs.
"""

import os
import select
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kin:
    """One process: `born` (clock ticks after boot) tells it from a later process with the same pid."""

    pid: int
    parent: int
    group: int
    state: str
    born: int


def look(pid: int) -> Kin | None:
    """The process of that pid as it is at this moment; None when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in brackets, which may hold blanks and brackets itself.
    fields = stat[stat.rindex(")") + 2 :].split()
    return Kin(pid, int(fields[1]), int(fields[2]), fields[0], int(fields[19]))


def family(pid: int) -> list[Kin]:
    """The process, all its descendants and all of its process group, parents first, zombies left out."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    everyone = [kin for kin in map(look, pids) if kin]
    members = {pid}
    grew = True
    while grew:
        found = {kin.pid for kin in everyone if kin.parent in members or kin.group == pid}
        grew = not found <= members
        members |= found
    # Sorted by birth: a parent is older than its children.
    living = [kin for kin in everyone if kin.pid in members and kin.state != "Z"]
    return sorted(living, key=lambda kin: (kin.pid != pid, kin.born))


def is_alive(kin: Kin) -> bool:
    """Whether this very process still runs."""
    current = look(kin.pid)
    return current is not None and current.born == kin.born and current.state != "Z"


def send(kin: Kin, what: signal.Signals) -> None:
    """Signals this very process; nothing happens when it has ended."""
    if is_alive(kin):
        with suppress(ProcessLookupError):
            os.kill(kin.pid, what)


def has_ended(kin: Kin, within: float) -> bool:
    """Waits until this very process has ended, at most that many seconds; whether it has."""
    try:
        handle = os.pidfd_open(kin.pid)
    except ProcessLookupError:
        return True
    try:
        if is_alive(kin):
            select.select([handle], [], [], within)
        return not is_alive(kin)
    finally:
        os.close(handle)


def end_everybody_of(folder: Path) -> None:
    """Kills every process whose command line names this folder, until there is none.

    What took a session and a parent of its own is found by this only: a container's monitor, and the clean-up
    that it starts at its end, which makes the folder anew. Only for a folder that one server has for itself.
    """
    for _ in range(10):
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        found = [kin for pid in pids if _names(pid, folder) and (kin := look(pid))]
        if not found:
            return
        for kin in found:
            send(kin, signal.SIGKILL)
            has_ended(kin, within=5.0)


def _names(pid: int, folder: Path) -> bool:
    try:
        return pid != os.getpid() and os.fsencode(folder) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
