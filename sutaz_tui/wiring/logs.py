"""Config to logs: which log each service has, and the feeds that bring it.

Clients are imported in a thread, as for the engine.
"""

import asyncio
import importlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from types import ModuleType
from typing import TYPE_CHECKING, cast

from sutaz_tui.clock import Clock, SystemClock
from sutaz_tui.config import Config, kind_of
from sutaz_tui.errors import BadAnswer, SutazError
from sutaz_tui.logs.feed import Counted, Feed, Patterned, Tally
from sutaz_tui.logs.following.loki_feed import LokiFeed
from sutaz_tui.logs.following.loki_following import BOUNDS, Bounds
from sutaz_tui.logs.lines import Batch, Gap, Page
from sutaz_tui.logs.of_container import container_of
from sutaz_tui.logs.parsing.own_formats import use as use_formats
from sutaz_tui.wiring.clients import SharedClients
from sutaz_tui.wiring.log_labels import LabelValues

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.sources.docker import DockerApi
    from sutaz_tui.sources.logs.finding import LogFinder, NoLog
    from sutaz_tui.sources.logs.in_loki import Found
    from sutaz_tui.sources.logs.loki import LokiLogs


class NoLoki(SutazError):
    """A query was typed, and the config has no Loki to ask."""


class LogFeeds:
    """Opens the logs of a config's services; nothing is imported or asked before the first one is wanted.

    `problems` says by service id why it has no log; `bounds` are those of a Loki log that is followed.
    `clients` are those that others ask by too; without any they have their own, which `aclose` closes.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock | None = None,
        bounds: Bounds = BOUNDS,
        clients: SharedClients | None = None,
    ) -> None:
        use_formats(format.regex for format in config.logs.formats)
        self._config = config
        self._bounds = bounds
        self._clock = clock or SystemClock()
        self._modules: dict[str, ModuleType] = {}
        self._clients = clients or SharedClients(config)
        self._is_owner = clients is None
        self._finder: LogFinder | None = None
        self._opening = asyncio.Lock()
        self._found: dict[str, Found] = {}
        self.problems: dict[str, NoLog] = {}

    def found(self, service: str) -> str:
        """How the log of a service was found, for the title: "docker socket"; "" while it was not looked for."""
        found = self._found.get(service)
        return found.way if found else ""

    def place(self, service: str) -> "Found | None":
        """What the log of a service is, once it was looked for and found."""
        return self._found.get(service)

    async def feeds(self, services: Sequence[str]) -> list[Feed]:
        """A feed for each of these services (ids) that has a log; for the others `problems` says why not."""
        finder = await self._open()
        no_log: type[NoLog] = (await self._module("logs.finding")).NoLog

        async def feed_of(id: str) -> Feed | None:
            self._found.pop(id, None)
            self.problems.pop(id, None)
            if (container := container_of(id)) is not None:
                source, name = container
                found: Found = (await self._module("logs.finding")).Found("docker", name, "docker", source)
                self._found[id] = found
                return await self._feed(id, found)
            try:
                found = await finder.find(self._config.service(id))
            except no_log as error:
                self.problems[id] = error
                return None
            self._found[id] = found
            feed = await self._feed(id, found)
            if found.kind != "docker":
                return feed
            return ReadableFeed(feed, lambda: self._in_loki(id))

        return [feed for feed in await asyncio.gather(*map(feed_of, services)) if feed is not None]

    async def query(self, logql: str) -> Feed:
        """A feed of whatever LogQL lets through; NoLoki where there is nobody to ask."""
        await self._open()
        if not self._config.logs.loki:
            raise NoLoki(
                "no Loki is in this config: a query needs a service of kind loki, or logs.loki with the name of a source"
            )
        found: type[Found] = (await self._module("logs.in_loki")).Found
        return await self._feed("", found("loki", logql, "loki: query"))

    async def labels(self) -> tuple[str, ...]:
        """The names of the labels of Loki; NoLoki, SourceError."""
        return await (await self._asked()).labels()

    async def values(self, label: str) -> tuple[str, ...]:
        """The values of a label of Loki; NoLoki, SourceError."""
        return await (await self._asked()).values(label)

    async def volumes(self, label: str, start: int, end: int) -> LabelValues:
        """The values of a label, and how much was written under each in [start, end); NoLoki, SourceError."""
        logs = await self._asked()
        sizes = await logs.volumes(label, start, end)
        return LabelValues(tuple(sizes) if sizes is not None else await logs.values(label), sizes)

    async def _asked(self) -> "LokiLogs":
        await self._open()
        if not self._config.logs.loki:
            raise NoLoki(
                "no Loki is in this config: labels need a service of kind loki, or logs.loki with the name of a source"
            )
        return await self._loki("")

    async def aclose(self) -> None:
        """Let go of the connections that are our own; feeds are closed by who has them."""
        self._finder = None
        if self._is_owner:
            await self._clients.aclose()

    # --- opening

    async def _open(self) -> "LogFinder":
        async with self._opening:
            if self._finder is None:
                logs, finding = self._config.logs, await self._module("logs.finding")
                docker = await self._docker(logs.docker) if logs.docker else None
                named = {self._config.docker_of(service) for service in self._config.services}
                others = {name: await self._docker(name) for name in named - {"", logs.docker}}
                loki = await self._loki("") if logs.loki else None
                lokis = {one.source for one in self._config.services if kind_of(one) == "loki"}
                lokis |= {one.logs.loki for one in self._config.services if one.logs is not None}
                more = {name: await self._loki("", name) for name in sorted(lokis - {"", logs.loki})}
                self._finder = finding.LogFinder(self._config, docker, loki, others, more)
            return self._finder

    async def _module(self, name: str) -> ModuleType:
        """A module of the sources, imported when it is first wanted."""
        if name not in self._modules:
            self._modules[name] = await asyncio.to_thread(
                importlib.import_module, f"sutaz_tui.sources.{name}"
            )
        return self._modules[name]

    async def _docker(self, source: str) -> "DockerApi":
        api: DockerApi = (await self._module("docker")).docker_api(
            await self._clients.get(), source, "Docker"
        )
        return api

    async def _loki(self, service: str, source: str = "") -> "LokiLogs":
        name = source or self._config.logs.loki
        api = (await self._module("loki")).loki_api(await self._clients.get(), name, "Loki")
        logs: LokiLogs = (await self._module("logs.loki")).LokiLogs(api, service)
        return logs

    async def _feed(self, service: str, found: "Found") -> Feed:
        feed: Feed
        if found.kind == "docker":
            module = await self._module("logs.docker")
            api = await self._docker(found.source or self._config.logs.docker)
            feed = module.DockerFeed(api, service, found.what, found.way)
        elif found.kind == "loki":
            queries, below = await self._loki(service, found.source), self._config.logs.count_below
            feed = LokiFeed(queries, self._clock, service, found.what, found.way, below, self._bounds)
        elif found.kind == "journal":
            feed = (await self._module("logs.journal")).JournalFeed(service, found.what, found.way)
        elif (files := await self._module("logs.file_globs")).is_pattern(found.what):
            feed = files.GlobFeed(service, found.what, found.way)
        else:
            feed = files.FileFeed(service, found.what, found.way)
        return feed

    async def _in_loki(self, id: str) -> Feed:
        """The log of a service whose container's cannot be read by Docker; NoLog."""
        finder = await self._open()
        found = self._found[id] = await finder.find(self._config.service(id), in_loki=True)
        return await self._feed(id, found)


class ReadableFeed:
    """A container's log by Docker; where its logging driver cannot be read, the same log in Loki."""

    def __init__(self, first: Feed, other: Callable[[], Awaitable[Feed]]) -> None:
        self.service = first.service
        self.way = first.way
        self._feed = first
        self._other: Callable[[], Awaitable[Feed]] | None = other

    @property
    def late(self) -> int:
        return self._feed.late

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        try:
            return await self._feed.page(start, end, limit, newest)
        except BadAnswer as error:
            await self._change(error)
        return await self._feed.page(start, end, limit, newest)

    def narrowed(self, stage: str) -> Feed:
        return self._feed.narrowed(stage)

    async def lacks(self, text: str, has_case: bool) -> bool:
        return await self._feed.lacks(text, has_case)

    async def size(self, start: int, end: int) -> int:
        return await self._feed.size(start, end)

    async def counts(self, start: int, end: int, step: int) -> list[Counted] | None:
        return await self._feed.counts(start, end, step)

    def tallies(self, start: int, end: int, step: int) -> AsyncIterator[Tally] | None:
        return self._feed.tallies(start, end, step)

    async def patterns(self, start: int, end: int, step: int) -> list[Patterned] | None:
        return await self._feed.patterns(start, end, step)

    async def follow(self, after: int) -> AsyncGenerator[Batch]:
        batches = cast("AsyncGenerator[Batch]", self._feed.follow(after))
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    async def owed(self) -> Gap | None:
        return await self._feed.owed()

    async def aclose(self) -> None:
        await self._feed.aclose()

    async def _change(self, error: BadAnswer) -> None:
        """Go over to the log in Loki; the error stands where there is none."""
        if self._other is None:
            raise error
        other, self._other = self._other, None
        try:
            feed = await other()
        except SutazError:
            raise error from None
        await self._feed.aclose()
        self._feed, self.way = feed, feed.way
