"""Which log of one Loki is a service's: by its container's id, else by labels, else by the look of its lines."""

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from sutaz_tui.config import Config, ServiceConfig
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.sources.logs.looks import look
from sutaz_tui.sources.logs.names import Fit, ServiceNames
from sutaz_tui.sources.logs.remembered import Remembered
from sutaz_tui.sources.logs.selectors import is_in_folder, is_one_of, quoted

T = TypeVar("T")

LOOKED_BACK = 3600
"""Seconds in which a line must have come for a service to be known by its look."""

LABELS = (
    "container_name", "container", "compose_service", "com_docker_compose_service", "docker_compose_service",
    "service_name", "service", "app", "app_kubernetes_io_name", "application", "component", "unit", "systemd_unit",
    "syslog_identifier", "job",
)  # fmt: skip
"""Labels whose values name services, the best ones first."""

_GUESSED = frozenset({"service_name", "job"})
"""Labels that a shipper fills with its own job's name where it knows no better."""

_CONTAINER_ID = re.compile(r"/([0-9a-f]{12,64})(?:/|-json\.log)")


class Found(Struct, frozen=True):
    """A service's log: `kind` is docker, loki, file or journal; `what` a container, a LogQL query, a path or a unit.

    `way` says for the title how it was found.
    """

    kind: str
    what: str
    way: str
    source: str = ""


class LokiIndex(Protocol):
    """What Loki tells of its streams; every method raises SourceError."""

    async def labels(self) -> Sequence[str]: ...

    async def values(self, label: str) -> Sequence[str]: ...

    async def series(self, selector: str) -> Sequence[Mapping[str, str]]: ...

    async def range(self, query: str, start: int, end: int, limit: int, newest: bool) -> list[LogLine]: ...


class InLoki:
    """Looks in the Loki of one source; `called` is how titles call it."""

    def __init__(
        self, config: Config, source: str, called: str, loki: LokiIndex, remembered: Remembered
    ) -> None:
        self._config = config
        self._source = source
        self._called = called
        self._loki = loki
        self._remembered = remembered

    async def find(self, service: ServiceConfig, names: ServiceNames, ids: Sequence[str]) -> Found | None:
        """The log of a service there, whose containers have these ids; SourceError."""
        loki = self._loki
        labels = await self._asked("labels", loki.labels)
        if "filename" in labels:
            selector = is_in_folder("filename", ids)
            if ids and await loki.series(selector):
                return self._found(selector, "container id in filename")
            files = await self._values("filename")
            stems = {path: _stems(path) for path in files}
            fit, found = names.best([stem for each in stems.values() for stem in each])
            paths = [path for path, each in stems.items() if set(each) & set(found)]
            if fit <= Fit.OWN:
                return self._found(is_one_of("filename", paths), "name in filename")
        for label in LABELS:
            if label not in labels:
                continue
            fit, found = names.best(await self._values(label))
            if found and await self._is_its_own(label, found):
                return self._found(is_one_of(label, found), f"label {label}")
        return await self._by_look(service, labels)

    async def _values(self, label: str) -> Sequence[str]:
        loki = self._loki
        return await self._asked(f"values of {label}", lambda: loki.values(label))

    async def _is_its_own(self, label: str, values: Sequence[str]) -> bool:
        """Whether these values name a service, and not the job that ships the lines of many containers."""
        if label not in _GUESSED:
            return True
        streams = await self._loki.series(is_one_of(label, values))
        of_containers = any(_CONTAINER_ID.search(stream.get("filename", "")) for stream in streams)
        guessed = all(stream.get(label) == stream.get("job") for stream in streams)
        return bool(streams) and not (of_containers and guessed)

    async def _by_look(self, service: ServiceConfig, labels: Sequence[str]) -> Found | None:
        """The container whose lines look like the service's; where Loki has no container, those lines alone."""
        shape = look(service, self._config)
        label = next((label for label in ("job", *LABELS) if label in labels), "")
        if not shape or not label:
            return None
        streams = await self._streams_of_containers(label)
        jobs = sorted({value for stream in streams if (value := stream.get(label))})
        selector = is_one_of(label, jobs) if jobs else f'{{{label}=~".+"}}'
        query = f"{selector} |~ {quoted(shape)}"
        now = time.time_ns()
        lines = await self._loki.range(query, now - LOOKED_BACK * 10**9, now, 100, True)
        if not lines:
            return None
        ids = {found[1] for line in lines if (found := _CONTAINER_ID.search(line.labels.get("filename", "")))}
        if len(ids) == 1:
            return self._found(is_in_folder("filename", [*ids]), "container known by its line shape")
        return self._found(query, "line shape")

    async def _streams_of_containers(self, label: str) -> list[Mapping[str, str]]:
        loki = self._loki
        streams = await self._asked(f"streams by {label}", lambda: loki.series(f'{{{label}=~".+"}}'))
        return [stream for stream in streams if _CONTAINER_ID.search(stream.get("filename", ""))]

    def _found(self, query: str, how: str) -> Found:
        is_usual = self._source == self._config.logs.loki
        return Found("loki", query, f"{self._called}: {how}", "" if is_usual else self._source)

    async def _asked(self, what: str, ask: Callable[[], Awaitable[T]]) -> T:
        return await self._remembered.get(f"{self._source}: {what}", ask)


def _stems(path: str) -> list[str]:
    """The names in a path that may be a service's: the file's without its endings, and its folder's."""
    folders, _, name = path.rpartition("/")
    return [name.partition(".")[0], folders.rpartition("/")[2]]
