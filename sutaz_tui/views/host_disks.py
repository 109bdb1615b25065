"""A host's file systems: how full, how many inodes, how they grow, and when they will be full."""

import time
from typing import TYPE_CHECKING, cast

from sutaz_tui.text.table import GLYPHS, Column, Line, TableRow
from sutaz_tui.text.units import ago, bytes_size
from sutaz_tui.views.base import Asker, Rows, View, each
from sutaz_tui.views.disk_growth import Points, growth, of_past, remembered

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.config.kinds import Host
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.host_look import Disk

SOON, FAR = 86_400.0, 30 * 86_400.0
"""Seconds until it is full from which on that is trouble, and beyond which nobody is told."""
INODES = 90.0
"""Percent of the inodes from which on few are left."""
FULL = 99.5
LINE = 24
KEPT = 144
"""Points that a line is drawn of: of a day one every ten minutes."""


class Disks(Asker):
    """Asks how full each is, and reads in the history how that came."""

    def __init__(self, service: "Host", clients: "Clients") -> None:
        from sutaz_tui.probes.host_looks import HostLooks

        self._service = service
        self._looks = HostLooks(service, clients)
        self._seen: dict[str, list[tuple[float, float]]] = {}

    async def __call__(self, timeout: float) -> Rows:
        """The rows; raises SourceError."""
        disks, far = await self._looks.disks(timeout)
        known, missing = remembered(self.past, self._service.id)
        now = time.time()
        for disk in disks:
            self._seen.setdefault(disk.mount, []).append((now, disk.used))
        rows = each("mount", lambda disk: self._row(disk, known.get(disk.mount, ()), now), disks)
        rows.sort(key=lambda row: (not row.look, -cast("float", row.values.get("used", 0.0))))
        words = [f"from {self._looks.told_by}"]
        words += [f"{far} of other hosts not asked: a server that is gone would hold this up"] if far else []
        return Rows(tuple(rows), len(rows), ", ".join(words), missing, "fullest first")

    def _row(self, disk: "Disk", before: Points, now: float) -> TableRow:
        points = [*before, (now, disk.used)] if before else self._seen[disk.mount]
        rate = growth(points, now)
        full_in = (100 - disk.used) / rate if rate and rate > 0 else None
        full_in = full_in if full_in is not None and full_in <= FAR else None
        words = [f"full in {ago(full_in)}"] if full_in is not None else []
        words += ["few inodes left"] if (disk.files_used or 0) >= INODES else []
        is_over = disk.used >= self._service.warn_disk
        look = (
            "down"
            if disk.used > 99.5
            else "degraded"
            if is_over or (full_in or FAR) < SOON or words[1:]
            else ""
        )
        look = look or ("degraded" if "few inodes left" in words else "")
        used = disk.size - disk.free
        # A figure a minute: of each of them a cell would show two hours.
        every = 1 if len(points) <= KEPT else -(-len(points) // KEPT)
        drawn = tuple(value for _, value in points[::-every][::-1])
        values = {
            "mount": disk.mount,
            "used": round(disk.used, 2),
            "line": Line(drawn, f"{disk.mount} used", 100.0, _percent),
            "size": disk.size,
            "left": disk.available,
            "inodes": disk.files_used,
            "growth": rate * (used + disk.available) / 100 * 3600 if rate else None,
            "full": full_in,
            "device": disk.device,
            "kind": disk.kind,
            "state": ", ".join(words) or None,
        }
        known = {name: value for name, value in values.items() if value is not None}
        return TableRow(disk.mount, known, look, GLYPHS.get(look, ""))


def _size(value: float) -> str:
    return bytes_size(round(value))


def _percent(value: float) -> str:
    return f"{value:.1f} %"


DISKS = View(
    "disks",
    "host",
    "disks",
    "a host's file systems: how full, inodes, when they are full",
    (
        Column("mount", "MOUNTED ON", most=32),
        Column("used", "USED", is_number=True, write=_percent),
        Column("line", "LAST 24 H", width=LINE, is_line=True, is_number=True, priority=4),
        Column("size", "SIZE", is_number=True, priority=3, write=_size),
        Column("left", "LEFT", is_number=True, write=_size),
        Column("inodes", "INODES", is_number=True, priority=1, write=_percent),
        Column("growth", "GROWTH", is_number=True, priority=2, write=lambda value: f"{_size(value)}/h"),
        Column("full", "FULL IN", is_number=True, write=ago, is_rare=True),
        Column("device", "DEVICE", most=24, priority=5),
        Column("kind", "TYPE", most=10, priority=6),
        Column("state", "STATE", share=1),
    ),
    15.0,
    lambda service, clients: Disks(cast("Host", service), clients),
    of_past,
)
