"""One service's container as it is followed from round to round: what became of it, and what is said of it."""

import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sutaz_tui.errors import SourceError, TimedOut
from sutaz_tui.model import ChangeKind, Claim, Fact, Status
from sutaz_tui.sources.docker import Container, DockerApi, Inspection
from sutaz_tui.sources.docker_usage import Usage
from sutaz_tui.text.exits import exit_words
from sutaz_tui.text.units import memory_size

ENDED = ("exited", "dead", "created", "stopped", "configured", "initialized", "removing")
STUCK = ("restarting", "paused", "stopping")

# How far two readings of one start may be apart: the engine cuts its seconds, and the answer took some.
_SLACK = 2.0

LOOP = 3
"""Restarts within LOOP_WITHIN seconds that are a restart loop."""
LOOP_WITHIN = 600.0
BACKED_OFF = 5.0
"""Seconds between an end and the next start that tell of a loop: Docker begins with a tenth of one, and doubles the wait
each time that a container ends within ten."""
FULL = 0.95
"""The share of its memory limit above which a container is about to be killed."""

BURST = 12
"""Containers at most that are looked at at once because they changed."""
AT_START = 24
"""Questions a round, at most, as long as something was never asked."""
MEASURES = 2
"""Readings of what a container uses from which its CPU is known: it is the difference of two."""
DETAIL_TIMEOUT = 2.0

News = tuple[ChangeKind, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Docker's word on a container amounts to; `word` as a claim's, `words` without who says them."""

    status: Status | None
    word: str
    words: str
    facts: dict[str, Fact]


class Watched:
    """The newest knowledge of one service's container; `inspected` and `measured` are rounds.

    `is_changed` asks for a look at its page, since only that tells why; `trouble` is why that could not be had.
    """

    container: Container

    def __init__(self) -> None:
        self.is_changed = False
        self.inspected: int | None = None
        self.measured = -1
        self.trouble = ""
        self._told: datetime | None = None
        self._page: Inspection | None = None
        self._memory: int | None = None
        self._measures = 0
        self._cpu: float | None = None
        self._cpu_used: tuple[float, float] | None = None
        self._restarts: deque[float] = deque(maxlen=LOOP)
        self._seen_at = 0.0
        self._last_exit: int | None = None
        self._started: tuple[float, float] | None = None
        self._is_restarted = False
        self._news: list[News] = []

    def meet(self, container: Container, now: float) -> None:
        """Take in its entry of the list at `now`, monotonic seconds."""
        before = getattr(self, "container", None)
        started = (now - container.uptime[1], now - container.uptime[0]) if container.uptime else None
        if container.exit_code is not None:
            self._last_exit = container.exit_code
        if before is None:
            # Only its page tells why it does not run, or runs for so short a time.
            is_young = container.uptime is not None and container.uptime[0] < LOOP_WITHIN
            self.is_changed = container.state != "running" or is_young
        else:
            if container.id != before.id:
                self._recreated(before, container)
            else:
                self._compare(before, container, started)
        self.container = container
        self._started = started
        self._seen_at = now

    def _compare(self, before: Container, container: Container, started: tuple[float, float] | None) -> None:
        if started and self._started and started[0] > self._started[1] + _SLACK:
            self._is_restarted = True
        is_same = (container.state, container.health) == (before.state, before.health)
        if self._is_restarted or not is_same or container.state == "restarting":
            self.is_changed = True

    def _recreated(self, before: Container, container: Container) -> None:
        if container.image_id != before.image_id:
            same = container.image == before.image
            old, new = (
                (_short(before.image_id), _short(container.image_id))
                if same
                else (before.image, container.image)
            )
            of = f"{container.image}: " if same else ""
            self._news.append((ChangeKind.IMAGE, f"container recreated, image changed: {of}{old} to {new}"))
        else:
            self._news.append((ChangeKind.RESTART, f"container recreated from {container.image}"))
        self._page = self._memory = self._last_exit = self._told = self._cpu = self._cpu_used = None
        self._is_restarted = False
        self.is_changed = True

    def learn(self, page: Inspection | None, round: int, now: float) -> None:
        """Take in its page at `now`, monotonic seconds; None when the container has gone meanwhile."""
        self.inspected, self.is_changed, self.trouble = round, False, ""
        if page is None:
            return
        before, self._page = self._page, page
        if not self._runs and page.exit_code:
            self._last_exit = page.exit_code
        is_restarted = self._is_restarted or (self._told is not None and page.started != self._told)
        is_counted = before is not None and page.restarts > before.restarts
        if page.is_oom and (is_restarted or is_counted or (before is not None and not before.is_oom)):
            limit = f" at its limit of {memory_size(page.memory_limit)}" if page.memory_limit else ""
            self._news.append((ChangeKind.OOM, f"container OOM-killed{limit}"))
        if (is_restarted and self._runs) or is_counted:
            count = page.restarts - before.restarts if before is not None else 1
            self._restarts.extend([now] * max(1, min(count, LOOP)))
            self._news.append((ChangeKind.RESTART, self._restart_words(page)))
        if self._runs:
            self._told, self._is_restarted = page.started, False

    def miss(self, words: str, round: int) -> None:
        """Its page or its memory could not be had: it is asked again in its turn."""
        self.inspected, self.measured, self.is_changed = round, round, False
        self._measures = MEASURES
        self.trouble = f"no details of {self.container.names[0]}: {words}"

    def _restart_words(self, page: Inspection) -> str:
        code = page.exit_code or self._last_exit
        why = [f"exit {code}"] if code is not None else []
        why += ["OOM"] if page.is_oom else []
        words = "container restarted" + (f" ({', '.join(why)})" if why else "")
        return words + (f", restarts {page.restarts}" if page.restarts else "")

    def measure(self, usage: Usage, round: int, now: float) -> None:
        """Take in what it uses at `now`, monotonic seconds."""
        self.measured, self._memory = round, usage.memory
        self._measures += 1
        before, self._cpu_used = self._cpu_used, (now, usage.cpu) if usage.cpu is not None else None
        self._cpu = None
        if before is not None and usage.cpu is not None and now > before[0] and usage.cpu >= before[1]:
            self._cpu = 100 * (usage.cpu - before[1]) / (now - before[0])

    def is_unknown(self, what: int) -> bool:
        """Whether its page (0), or what it uses (1), was not asked for often enough to tell anything."""
        return self.inspected is None if what == 0 else self._measures < MEASURES

    def take_news(self) -> list[News]:
        """What happened since this was asked last."""
        news, self._news = self._news, []
        return news

    @property
    def _runs(self) -> bool:
        return self.container.state == "running"

    @property
    def health(self) -> str:
        """healthy, unhealthy, starting, or "": without a health check, or not seen."""
        return (self.container.health or (self._page.health if self._page else "")) if self._runs else ""

    @property
    def is_serving(self) -> bool:
        """Whether it runs, and its health check, if it has one, does not say that it fails."""
        return self._runs and self.health != "unhealthy"

    @property
    def has_page(self) -> bool:
        """Whether its own page was seen, without which no health check and no limit is known."""
        return self._page is not None

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs or where that is not known."""
        return self._last_exit if self.container.state in ("exited", "stopped") else None

    def claim(self, id: str, at: datetime, warn_cpu: float = 0.0) -> Claim:
        """What Docker says of the service with this id; `warn_cpu` in percent of a core, 0 for none."""
        found = self.verdict(at, warn_cpu)
        words = f"Docker says {found.words}"
        # Docker may fall silent meanwhile: its leave to start ends all the same.
        until = at + timedelta(seconds=self._starts_for(at)) if found.word == "starting" else None
        return Claim(id, "Docker", found.status, words, at, found.facts, found.word, until=until)

    def verdict(self, at: datetime, warn_cpu: float = 0.0) -> Verdict:
        """What is to be said of it; `warn_cpu` in percent of a core, 0 for none."""
        container, page = self.container, self._page
        facts: dict[str, Fact] = {"container_state": container.state, "image": container.image}
        if self.health:
            facts["health"] = self.health
        if self._last_exit is not None:
            facts["exit_code"] = self._last_exit
        if page is not None:
            facts |= {"restarts": page.restarts, "oom": page.is_oom}
            # A page that is older than its state tells of an earlier run.
            moment = None if self.is_changed else page.started if self._runs else page.finished
            if moment is not None:
                facts[f"container_{'started' if self._runs else 'finished'}"] = moment.isoformat(
                    timespec="seconds"
                )
            if page.memory_limit is not None:
                facts["memory_limit"] = page.memory_limit
            if page.cpu_limit is not None:
                facts["cpu_limit"] = page.cpu_limit
        facts |= self._used()
        words = container.state + (f" ({self.health})" if self.health else "")
        if self._last_exit is not None and not self._runs:
            words += f", exit {exit_words(self._last_exit, page is not None and page.is_oom)}"
        if page is not None and page.restarts:
            words += f", restarts {page.restarts}"
        if page is not None and not self._runs and page.error:
            words += f"; {page.error}"
        if page is not None and self.health == page.health == "unhealthy" and page.health_output:
            words += f"; its health check says: {page.health_output}"
        if starting := self._starting(at):
            return Verdict(Status.UP, "starting", f"starting {starting}", facts)
        word, trouble = self._trouble(warn_cpu, at)
        status = Status.DEGRADED if word else self._status()
        return Verdict(status, word, words + (f"; {trouble}" if trouble else ""), facts)

    def _used(self) -> dict[str, Fact]:
        used: dict[str, Fact] = {}
        if self._memory is not None and self._runs:
            used["memory"] = self._memory
        if self._cpu is not None and self._runs:
            used["cpu"] = f"{self._cpu:.0f}%"
            if self._page is not None and self._page.cpu_limit:
                used["cpu_of_limit"] = f"{self._cpu / self._page.cpu_limit:.0f}%"
        return used

    def _starting(self, at: datetime) -> str:
        """`12s/60s` as long as its health check lets it start, else ""."""
        left = self._starts_for(at)
        if self._page is None or not left:
            return ""
        return f"{self._page.start_period - left:.0f}s/{self._page.start_period:.0f}s"

    def _starts_for(self, at: datetime) -> float:
        """Seconds for which its health check still lets it start, 0 for none."""
        page = self._page
        if page is None or self.health != "starting" or page.started is None:
            return 0.0
        runs_for = max(0.0, (at - page.started).total_seconds())
        return max(0.0, page.start_period - runs_for)

    def _trouble(self, warn_cpu: float, at: datetime) -> tuple[str, str]:
        """The word and the words of what is wrong with a container that is kept running, "" for nothing."""
        page = self._page
        if self.container.state in ENDED or page is None:
            return "", ""
        oldest = self._restarts[0] if len(self._restarts) == LOOP else None
        is_seen = oldest is not None and self._seen_at - oldest <= LOOP_WITHIN
        if is_seen or _is_loop(page, at):
            count = f" {page.restarts}" if 0 < page.restarts < 1000 else ""
            code = f", exit {self._last_exit}" if self._last_exit is not None else ""
            return f"loop{count}", f"restart loop: {LOOP} or more within 10 minutes{code}"
        if page.is_oom:
            return "oom", "a process of it was OOM-killed"
        if self._memory is not None and page.memory_limit and self._memory > FULL * page.memory_limit:
            share = f"{100 * self._memory / page.memory_limit:.0f}%"
            return f"mem {share}", f"memory {share} of its limit of {memory_size(page.memory_limit)}"
        if warn_cpu and self._cpu is not None and self._cpu > warn_cpu:
            return f"cpu {self._cpu:.0f}%"[:8], f"CPU {self._cpu:.0f}% of a core, warns above {warn_cpu:g}%"
        return "", ""

    def _status(self) -> Status | None:
        state = self.container.state
        if state in ENDED:
            return Status.DOWN
        if state in STUCK or self.health == "unhealthy":
            return Status.DEGRADED
        return Status.UP if state == "running" else None


def _is_loop(page: Inspection, at: datetime) -> bool:
    """Whether Docker's own times tell of LOOP restarts by itself within LOOP_WITHIN seconds, the last one lately.

    It counts them since somebody started the container, hence at most since it was created.
    """
    started, finished, created = page.started, page.finished, page.created
    if page.restarts < LOOP or started is None or finished is None:
        return False
    if (at - max(started, finished)).total_seconds() > LOOP_WITHIN:
        return False
    ran, waited = (finished - started).total_seconds(), (started - finished).total_seconds()
    if created is not None and (at - created).total_seconds() <= page.restarts * LOOP_WITHIN / LOOP:
        return True
    return ran <= LOOP_WITHIN / LOOP if ran > 0 else waited >= BACKED_OFF


async def look_closer(
    api: DockerApi,
    all_watched: Collection[Watched],
    round: int,
    deadline: float,
    every: int,
    more: int,
    selected: Watched | None = None,
) -> None:
    """Ask for what the list does not tell: of what changed, and of the next `more` in turn.

    A page is asked for every `every` rounds, what a running container uses as often as its turn comes, of the `selected`
    one each round. At the start, until all of this is known of all, a round brings more: no column stands empty for
    minutes. `deadline` is a moment of `time.perf_counter`.
    """
    changed = [watched for watched in all_watched if watched.is_changed][:BURST]
    turns: list[tuple[int, int, Watched]] = []
    for watched in all_watched:
        if watched in changed:
            continue
        if watched.inspected is None or round - watched.inspected >= every:
            turns.append((watched.inspected or -1, 0, watched))
        if watched.container.state == "running" and watched.measured != round:
            turns.append((watched.measured, 1, watched))
    turns.sort(key=lambda turn: (turn[1] == 0 or turn[2] is not selected, *turn[:2]))
    unknown = sum(watched.is_unknown(what) for _, what, watched in turns)
    more = max(more, min(AT_START - len(changed), unknown))
    asks = [(0, watched) for watched in changed] + [(what, watched) for _, what, watched in turns[:more]]
    for what, watched in asks:
        left = min(DETAIL_TIMEOUT, deadline - time.perf_counter())
        if left <= 0:
            return
        id = watched.container.id
        try:
            if what == 0:
                watched.learn(await api.inspect(id, left), round, time.monotonic())
            else:
                watched.measure(await api.usage(id, left), round, time.monotonic())
        except SourceError as error:
            watched.miss(error.words, round)
            if isinstance(error, TimedOut):
                return


def _short(image_id: str) -> str:
    return image_id.removeprefix("sha256:")[:12]
