"""All containers of one Docker as somebody looks at them: what became of each, and what it uses, for those in view."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sutaz_tui.errors import SourceError
from sutaz_tui.probes.containers import Watched
from sutaz_tui.probes.exposition import Scan
from sutaz_tui.sources.docker import Container, DockerApi, Inspection
from sutaz_tui.sources.docker_usage import CADVISOR, Usage, from_cadvisor, from_cgroup
from sutaz_tui.sources.http import HttpOrigin

PAGED_EVERY = 30.0
"""Seconds after which the page of a container in view is asked for again although nothing changed."""
NEW = 3
AT_ONCE = 40
"""Pages and samples of /stats that one look asks for at most."""
AGAIN = 30.0
"""Seconds for which cAdvisor may tell the same figures: it reads them rarely where a container is quiet."""
KEPT = 200
"""Readings that a small line is drawn of."""
CADVISOR_READ = 64 * 1024 * 1024
CADVISOR_WAIT = 3.0
COUNTERS = ("cpu", "received", "sent", "read", "written")


@dataclass(slots=True)
class Followed:
    """One container: its entry of the list, its page (None until it was seen), and what it uses.

    `rates` are percent of a core (`cpu`) and bytes a second, by the names of `Usage`; `lines` the same of the last
    readings, the newest last. `built` is when its image was built.
    """

    container: Container
    watched: Watched = field(default_factory=Watched)
    page: Inspection | None = None
    paged: float = -1e9
    usage: Usage | None = None
    rates: dict[str, float] = field(default_factory=dict)
    lines: dict[str, deque[float]] = field(default_factory=dict)
    built: datetime | None = None
    trouble: str = ""
    _read: float = 0.0

    def measure(self, usage: Usage, now: float, round: int, is_old: bool = False) -> None:
        """Take in what it uses at `now`, monotonic seconds; one that may be told again (`is_old`) says nothing for a while."""
        if is_old and now - self._read < AGAIN:
            return
        before, passed = self.usage, now - self._read
        self.usage, self._read = usage, now
        self.watched.measure(usage, round, now)
        self.rates = {}
        for name in COUNTERS if before is not None and passed > 0 else ():
            old, new = getattr(before, name), getattr(usage, name)
            if old is not None and new is not None and new >= old:
                rate = (new - old) / passed * (100 if name == "cpu" else 1)
                self.rates[name] = rate
                self.lines.setdefault(name, deque(maxlen=KEPT)).append(rate)


class Fleet:
    """Follows the containers of one Docker from look to look; `is_here` says that their cgroups are on this host."""

    def __init__(self, api: DockerApi, is_here: bool) -> None:
        self.api = api
        self._is_here = is_here
        self._followed: dict[str, Followed] = {}
        self._round = 0

    async def look(
        self,
        timeout: float,
        seen: Callable[[Container], bool],
        told: Callable[[], Awaitable[Mapping[str, Usage]]],
    ) -> list[Followed]:
        """All containers by now; pages and /stats of those that are `seen`, unless the first look of all: that brings
        what one question tells. `told` gives what cAdvisor tells, by container id. Raises SourceError.
        """
        deadline = time.perf_counter() + timeout
        engine = await self.api.engine(timeout)
        self._round += 1
        now, met = time.monotonic(), dict[str, Followed]()
        for container in engine.containers:
            one = met[container.id] = self._followed.get(container.id) or Followed(container)
            one.container = container
            one.watched.meet(container, now)
        self._followed = met
        running = [one for one in met.values() if one.container.state == "running"]
        left = await asyncio.to_thread(self._from_cgroups, running) if self._is_here else running
        if left:
            usages = await told()
            for one in left:
                if (usage := usages.get(one.container.id)) is not None:
                    one.measure(usage, time.monotonic(), self._round, is_old=usage == one.usage)
            left = [one for one in left if one.container.id not in usages]
        if self._round > 1:
            in_view = [one for one in met.values() if seen(one.container)][:AT_ONCE]
            asks = [self._paged(one, deadline) for one in in_view if self._wants_page(one)]
            asks += [self._measured(one, deadline) for one in in_view if one in left]
            await asyncio.gather(*asks)
        return list(met.values())

    @property
    def is_new(self) -> bool:
        """Whether it was looked at so seldom that rates are not known yet."""
        return self._round < NEW

    def _from_cgroups(self, followed: Collection[Followed]) -> list[Followed]:
        """Measure those whose cgroup is on this host; the others."""
        left = []
        for one in followed:
            if (usage := from_cgroup(one.container.id)) is not None:
                one.measure(usage, time.monotonic(), self._round)
            else:
                left.append(one)
        return left

    @staticmethod
    def _wants_page(one: Followed) -> bool:
        return one.watched.is_changed or time.monotonic() - one.paged >= PAGED_EVERY

    async def _paged(self, one: Followed, deadline: float) -> None:
        try:
            page = await self.api.inspect(one.container.id, max(0.1, deadline - time.perf_counter()))
            left = max(0.1, deadline - time.perf_counter())
            one.built = await self.api.built(one.container.image_id, left)
        except SourceError as error:
            one.trouble = error.words
            return
        one.page, one.paged, one.trouble = page or one.page, time.monotonic(), ""
        one.watched.learn(page, self._round, time.monotonic())

    async def _measured(self, one: Followed, deadline: float) -> None:
        try:
            usage = await self.api.usage(one.container.id, max(0.1, deadline - time.perf_counter()))
        except SourceError as error:
            one.trouble = error.words
            return
        one.measure(usage, time.monotonic(), self._round)


async def cadvisor_usages(origins: Iterable[HttpOrigin]) -> Mapping[str, Usage]:
    """What cAdvisors tell of containers, by their ids; one that does not answer tells nothing."""
    found: dict[str, Usage] = {}
    for origin in origins:
        scan = Scan(CADVISOR, CADVISOR_READ)
        try:
            answer = await origin.request("GET", "/metrics", timeout=CADVISOR_WAIT, each=scan.feed)
        except SourceError:
            continue
        if answer.status == 200:
            scan.end()
            found |= from_cadvisor(scan.samples)
    return found
