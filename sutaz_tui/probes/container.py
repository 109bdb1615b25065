"""One container of a Docker, or the replicas of one compose service, by what Docker and its health check say."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from sutaz_tui.config.kinds import Container as Entry
from sutaz_tui.errors import SourceError
from sutaz_tui.model import Change, Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.between import BetweenProbe, socket_denied, unknown
from sutaz_tui.probes.containers import DETAIL_TIMEOUT, ENDED, Verdict, Watched, look_closer
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import COMPOSE, SWARM, Container, docker_api
from sutaz_tui.text.units import first_of

MOST = 24
"""Pages and readings of memory a round: a dozen replicas at once, of more in turn."""

NAMED = 3
_WORST = (Status.DOWN, Status.UNKNOWN, Status.DEGRADED, Status.UP)
_RULE = "it runs, and its health check, if it has one, passes"


class ContainerProbe(BetweenProbe):
    """GET /containers/json of these containers alone, then the page of each and what it uses.

    Nothing but Docker vouches for them: one that does not run, or whose health check fails, is down.
    """

    go_between = "Docker"

    def __init__(self, service: Entry, clients: Clients) -> None:
        super().__init__(service)
        self.entry = service
        source = clients.config.docker_of(service)
        self.source = clients.config.sources[source]
        self.api = docker_api(clients, source, self.go_between)
        self.watched: dict[str, Watched] = {}
        self.rounds = 0

    def listen(self, happened: Callable[[str], object]) -> None:
        super().listen(happened)
        self.api.events.listen(self._hear)

    async def aclose(self) -> None:
        await self.api.events.leave(self._hear)

    def _hear(self, attributes: Mapping[str, str]) -> None:
        entry = self.entry
        if entry.container:
            is_meant = attributes.get("name") == entry.container.removeprefix("/")
        elif entry.swarm:
            is_meant = attributes.get(SWARM) == entry.swarm
        else:
            of = attributes.get(f"{COMPOSE}project"), attributes.get(f"{COMPOSE}service")
            is_meant = of == (entry.project, entry.service)
        if is_meant:
            self.tell()

    async def look(self) -> Finding:
        deadline = time.perf_counter() + self.timeout
        engine = await self.api.engine(self.timeout, self._filters())
        found = [one for one in engine.containers if self._is_meant(one)]
        if not found:
            whole = await self.api.engine(max(0.1, deadline - time.perf_counter()))
            return self._missing(whole.containers, engine.latency)
        self.rounds += 1
        self._meet(found)
        await look_closer(self.api, self.watched.values(), self.rounds, deadline, every=1, more=MOST)
        built = {name: await self._built(watched, deadline) for name, watched in self.watched.items()}
        now = datetime.now(UTC)
        changes = tuple(
            Change(now, self.id, kind, words if len(self.watched) == 1 else f"{name}: {words}")
            for name, watched in self.watched.items()
            for kind, words in watched.take_news()
        )
        verdicts = {name: self._judged(watched, now, built[name]) for name, watched in self.watched.items()}
        return self._finding(verdicts, engine.latency, changes)

    def failed(self, error: SourceError) -> Finding:
        return unknown(self.go_between, socket_denied(error, self.source))

    def _filters(self) -> Mapping[str, list[str]]:
        entry = self.entry
        if entry.container:
            return {"name": [f"^/?{re.escape(entry.container)}$"]}
        if entry.swarm:
            return {"label": [f"{SWARM}={entry.swarm}"]}
        return {"label": [f"{COMPOSE}project={entry.project}", f"{COMPOSE}service={entry.service}"]}

    def _is_meant(self, one: Container) -> bool:
        entry = self.entry
        if entry.container:
            return entry.container.removeprefix("/") in one.names
        if entry.swarm:
            # An ended task stays beside the one that took its place.
            return one.swarm_service == entry.swarm and bool(one.names) and one.state not in ENDED
        return one.is_replica_of(entry.project, entry.service)

    def _meet(self, containers: Iterable[Container]) -> None:
        now, met = time.monotonic(), {}
        for one in containers:
            name = self.entry.container or one.names[0]
            met[name] = self.watched.get(name) or Watched()
            met[name].meet(one, now)
        self.watched = met

    async def _built(self, watched: Watched, deadline: float) -> datetime | None:
        """When its image was built; what cannot be had is no fault of the container's."""
        left = min(DETAIL_TIMEOUT, deadline - time.perf_counter())
        try:
            return await self.api.built(watched.container.image_id, left) if left > 0 else None
        except SourceError:
            return None

    def _judged(self, watched: Watched, now: datetime, built: datetime | None) -> Verdict:
        found = watched.verdict(now, self.entry.warn_cpu)
        facts: dict[str, Fact] = {**found.facts, "checked": bool(watched.health)}
        if built is not None:
            facts |= {"image_built": built.isoformat(timespec="seconds"), "image_age": _age(now - built)}
        if self.entry.ends and watched.exit_code == 0:
            return Verdict(Status.UP, "ended", "ended with exit 0", facts | {"checked": True})
        if not watched.is_serving:
            return Verdict(Status.DOWN, found.word or "DOWN", found.words, facts)
        if watched.trouble:
            status = Status.DEGRADED if watched.has_page else Status.UNKNOWN
            return Verdict(status, "details", f"{watched.trouble}; {found.words}", facts)
        if not watched.has_page:
            return Verdict(Status.UNKNOWN, "?", f"{found.words}; its page was not seen yet", facts)
        if found.word or watched.health == "healthy":
            return Verdict(found.status, found.word, found.words, facts)
        if watched.health:
            return Verdict(Status.UP, "starting", found.words, facts)
        return Verdict(Status.UP, "running", f"{found.words}, no health check", facts)

    def _finding(
        self, verdicts: Mapping[str, Verdict], latency: float, changes: tuple[Change, ...]
    ) -> Finding:
        worst = min(verdicts, key=lambda name: _WORST.index(verdicts[name].status or Status.UNKNOWN))
        found = verdicts[worst]
        status, word, words, facts = found.status or Status.UNKNOWN, found.word, found.words, found.facts
        if len(verdicts) > 1:
            up = [name for name, one in verdicts.items() if one.status is Status.UP]
            count = f"{len(up)} of {len(verdicts)}"
            facts = {
                "containers": len(verdicts),
                "up": len(up),
                "checked": all(one.facts["checked"] for one in verdicts.values()),
            }
            words = f"{count} up; {worst}: {words}" if status is not Status.UP else f"{count} up; {words}"
            word = word if status is Status.UP and word else count
            # As long as one of them serves, the service does.
            if status is not Status.UP and any(
                one.status in (Status.UP, Status.DEGRADED) for one in verdicts.values()
            ):
                status = Status.DEGRADED
        error = None if status is Status.UP else f"{self.service.title}: {words}; look at the container's log"
        return Finding(words, status, latency, word, facts, error, _RULE, changes=changes)

    def _missing(self, containers: Iterable[Container], latency: float) -> Finding:
        entry, others = self.entry, [one for one in containers if one.names]
        if entry.container:
            what = f"container {entry.container}"
            near = get_close_matches(entry.container, [one.names[0] for one in others], NAMED, 0.6)
        elif entry.swarm:
            what = f"running task of the Swarm service {entry.swarm} on this host"
            swarm = {one.swarm_service for one in others if one.swarm_service} - {entry.swarm}
            near = get_close_matches(entry.swarm, sorted(swarm), NAMED, 0.6)
        else:
            what = f"container of {entry.service} in the project {entry.project}"
            of_project = {one.compose_service for one in others if one.compose_project == entry.project}
            near = get_close_matches(entry.service, sorted(of_project), NAMED, 0.0)
            if not of_project:
                what = f"project {entry.project}"
                projects = {one.compose_project for one in others if one.compose_project}
                near = get_close_matches(entry.project, sorted(projects), NAMED, 0.0)
        words = f"Docker has no {what}" + (f"; nearest: {first_of(near, NAMED)}" if near else "")
        if entry.optional:
            return Finding(
                f"not deployed: {words}", Status.ABSENT, latency, "off", rule="optional, and not there"
            )
        error = f"{entry.title}: {words}; was it removed, or is the name in the config another?"
        return Finding(words, Status.DOWN, latency, "DOWN", error=error, rule="the container exists")


def _age(passed: timedelta) -> str:
    return f"{max(0, passed.days)}d"


def build(service: Entry, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `container` entry."""
    return ContainerProbe(service, clients)
