"""The containers of all Dockers, those of no service too: state, restarts, what each uses, and what is behind it."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sutaz_tui.config import ServiceConfig, kind_of
from sutaz_tui.errors import SourceError
from sutaz_tui.text.units import plural
from sutaz_tui.views.base import Asker, Rows, View, each
from sutaz_tui.views.container_rows import COLUMNS, container_row
from sutaz_tui.views.container_words import dockers_of, of_past

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.probes.fleet import Fleet, Followed
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.docker import Container
    from sutaz_tui.sources.docker_usage import Usage

SOON = 1.0
"""Seconds until the second look, which brings what takes two readings."""


def asker(service: ServiceConfig, clients: "Clients") -> "Containers":
    """What asks each Docker for its list, and for more of the containers in view."""
    del service
    return Containers(clients)


class Containers(Asker):
    """Asks all Dockers side by side; what cAdvisor tells is asked for once for all of them."""

    def __init__(self, clients: "Clients") -> None:
        from sutaz_tui.probes.directory import Directory
        from sutaz_tui.probes.fleet import Fleet
        from sutaz_tui.sources.docker import docker_api

        config = self._config = clients.config
        self._fleets: dict[str, Fleet] = {
            name: Fleet(docker_api(clients, name, "Docker"), config.sources[name].url.startswith("unix:"))
            for name in dockers_of(config)
        }
        self._directory = Directory(config)
        self._cadvisors = [
            clients.http(service) for service in config.services if kind_of(service) == "cadvisor"
        ]
        self._usages: asyncio.Task[Mapping[str, Usage]] | None = None

    async def __call__(self, timeout: float) -> Rows:
        """The rows; raises SourceError where no Docker answers."""
        self._usages = None
        found = await asyncio.gather(
            *(self._look(name, fleet, timeout) for name, fleet in self._fleets.items()),
            return_exceptions=True,
        )
        told = dict(zip(self._fleets, found, strict=True))
        troubles = []
        for name, answer in told.items():
            if isinstance(answer, SourceError):
                troubles.append(f"{name}: {answer.words}" if len(told) > 1 else answer.words)
                if len(troubles) == len(told):
                    raise answer
            elif isinstance(answer, BaseException):
                raise answer
        now = datetime.now(UTC)
        listed = [
            (one, name)
            for name in self._fleets
            if not isinstance(answer := told[name], BaseException)
            for one in answer
        ]
        rows = each("name", lambda one: container_row(*one, self._config, self._directory, now), listed)
        rows.sort(key=lambda row: (row.gravity, str(row.values["name"])))
        runs = [
            one.container.state == "running" for answer in found if isinstance(answer, list) for one in answer
        ]
        about = f"{sum(runs):,} running" + (f", {len(runs) - sum(runs):,} not" if not all(runs) else "")
        about += f" on {plural(len(told), 'Docker')}" if len(told) > 1 else ""
        again = SOON if any(fleet.is_new for fleet in self._fleets.values()) else 0.0
        return Rows(tuple(rows), len(rows), about, "; ".join(troubles), "trouble first", again=again)

    async def _look(self, name: str, fleet: "Fleet", timeout: float) -> "list[Followed]":
        def is_seen(container: "Container") -> bool:
            return not self.seen or f"{name} {container.id}" in self.seen

        return await fleet.look(timeout, is_seen, self._told)

    async def _told(self) -> "Mapping[str, Usage]":
        """What cAdvisor tells, asked for once a look; nothing where there is none, or it fails."""
        from sutaz_tui.probes.fleet import cadvisor_usages

        if self._usages is None:
            self._usages = asyncio.create_task(cadvisor_usages(self._cadvisors))
        return await self._usages


CONTAINERS = View(
    "containers",
    "docker",
    "containers",
    "containers of every Docker, trouble first",
    COLUMNS,
    5.0,
    asker,
    of_past,
    also=("container",),
    is_of_stack=True,
)
