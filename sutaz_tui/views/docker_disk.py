"""What images, volumes and containers take on the disks of each Docker: on a word alone, for Docker counts it all."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sutaz_tui.config import ServiceConfig
from sutaz_tui.errors import SourceError
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import bytes_size
from sutaz_tui.views.base import Ask, Rows, View
from sutaz_tui.views.container_words import dockers_of

if TYPE_CHECKING:
    # At run time it would bring httpx2 before the first frame.
    from sutaz_tui.sources.clients import Clients

ONCE = 3600.0
"""Seconds until it is asked again: r asks at once."""
LISTED = 500
KINDS = {"Images": "image", "Volumes": "volume", "Containers": "container", "BuildCache": "build cache"}


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks each Docker what it takes."""
    from sutaz_tui.sources.docker import docker_api

    del service
    apis = {name: docker_api(clients, name, "Docker") for name in dockers_of(clients.config)}

    async def ask(timeout: float) -> Rows:
        found = await asyncio.gather(*(api.disk(timeout) for api in apis.values()), return_exceptions=True)
        rows, troubles = list[TableRow](), list[str]()
        for name, told in zip(apis, found, strict=True):
            if isinstance(told, SourceError):
                troubles.append(f"{name}: {told.words}" if len(apis) > 1 else told.words)
                if len(troubles) == len(apis):
                    raise told
            elif isinstance(told, BaseException):
                raise told
            else:
                rows += _rows(told, name, len(apis) > 1)
        rows.sort(key=lambda row: -_size_of(row))
        unused = sum(_size_of(row) for row in rows if row.look == "muted")
        about = f"{bytes_size(sum(map(_size_of, rows)))}, of them {bytes_size(unused)} unused"
        return Rows(tuple(rows[:LISTED]), len(rows), about, "; ".join(troubles), "largest first")

    return ask


def _rows(told: dict[str, Any], source: str, is_named: bool) -> Iterator[TableRow]:
    for key, kind in KINDS.items():
        entries = told.get(key)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and (size := _number(kind, entry)):
                name, users = _name(kind, entry), _users(kind, entry)
                values = {"name": name, "kind": kind, "size": size, "users": users}
                known = {column: value for column, value in values.items() if value is not None}
                known |= {"docker": source} if is_named else {}
                yield TableRow(f"{source} {kind} {name}", known, "muted" if users == 0 else "")


def _number(kind: str, entry: dict[str, Any]) -> int:
    usage = entry.get("UsageData")
    size = entry.get("SizeRw") if kind == "container" else entry.get("Size")
    size = usage.get("Size") if kind == "volume" and isinstance(usage, dict) else size
    return size if isinstance(size, int) and size > 0 else 0


def _name(kind: str, entry: dict[str, Any]) -> str:
    names = entry.get("RepoTags") if kind == "image" else entry.get("Names") if kind == "container" else None
    first = (
        names[0]
        if isinstance(names, list) and names
        else entry.get("Name") or entry.get("ID") or entry.get("Id")
    )
    return one_line(str(first or "?").removeprefix("/").removeprefix("sha256:"), 80)


def _users(kind: str, entry: dict[str, Any]) -> int | None:
    """How many containers use it; None where that is not told."""
    usage = entry.get("UsageData")
    users = usage.get("RefCount") if kind == "volume" and isinstance(usage, dict) else entry.get("Containers")
    if kind == "build cache":
        users = int(entry["InUse"]) if isinstance(entry.get("InUse"), bool) else None
    return users if isinstance(users, int) and users >= 0 and kind != "container" else None


def _size_of(row: TableRow) -> int:
    size = row.values.get("size")
    return size if isinstance(size, int) else 0


DOCKER_DISK = View(
    "docker-disk",
    "docker",
    "disk",
    "what images, volumes and containers take on disk",
    (
        Column("name", "NAME", share=1),
        Column("docker", "DOCKER", most=16, is_rare=True),
        Column("kind", "KIND"),
        Column("size", "SIZE", is_number=True, write=bytes_size),
        Column("users", "USED BY", is_number=True),
    ),
    ONCE,
    asker,
    is_of_stack=True,
    is_on_word=True,
)
