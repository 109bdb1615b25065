"""One service's container as it is followed from round to round: what became of it, and what is said of it."""

from datetime import datetime

from sutaz_tui.model import ChangeKind, Claim, Fact, Status
from sutaz_tui.sources.docker import Container, Inspection
from sutaz_tui.text.sanitise import bytes_size

ENDED = ("exited", "dead", "created", "stopped", "configured", "initialized", "removing")
STUCK = ("restarting", "paused", "stopping")

# How far two readings of one start may be apart: the engine cuts its seconds, and the answer took some.
_SLACK = 2.0

News = tuple[ChangeKind, str]


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
        if before is not None:
            if container.id != before.id:
                self._recreated(before, container)
            else:
                self._compare(before, container, started)
        self.container = container
        self._started = started

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
        self._page = self._memory = self._last_exit = self._told = None
        self._is_restarted = False
        self.is_changed = True

    def learn(self, page: Inspection | None, round: int) -> None:
        """Take in its page, None when the container has gone meanwhile."""
        self.inspected, self.is_changed, self.trouble = round, False, ""
        if page is None:
            return
        before, self._page = self._page, page
        if not self._runs and page.exit_code:
            self._last_exit = page.exit_code
        is_restarted = self._is_restarted or (self._told is not None and page.started != self._told)
        is_counted = before is not None and page.restarts > before.restarts
        if page.is_oom and (is_restarted or is_counted or (before is not None and not before.is_oom)):
            limit = f" at its limit of {bytes_size(page.memory_limit)}" if page.memory_limit else ""
            self._news.append((ChangeKind.OOM, f"container out of memory{limit}, killed"))
        if (is_restarted and self._runs) or is_counted:
            self._news.append((ChangeKind.RESTART, self._restart_words(page)))
        if self._runs:
            self._told, self._is_restarted = page.started, False

    def miss(self, words: str, round: int) -> None:
        """Its page or its memory could not be had: it is asked again in its turn."""
        self.inspected, self.measured, self.is_changed = round, round, False
        self.trouble = f"no details of {self.container.names[0]}: {words}"

    def _restart_words(self, page: Inspection) -> str:
        code = page.exit_code or self._last_exit
        why = [f"exit {code}"] if code is not None else []
        why += ["OOM"] if page.is_oom else []
        words = "container restarted" + (f" ({', '.join(why)})" if why else "")
        return words + (f", restarts {page.restarts}" if page.restarts else "")

    def measure(self, memory: int | None, round: int) -> None:
        """Take in the bytes that it uses; None when the engine does not tell."""
        self.measured, self._memory = round, memory

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

    def claim(self, id: str, at: datetime) -> Claim:
        """What Docker says of the service with this id."""
        container, page = self.container, self._page
        facts: dict[str, Fact] = {"container_state": container.state, "image": container.image}
        if self.health:
            facts["health"] = self.health
        if self._last_exit is not None:
            facts["exit_code"] = self._last_exit
        if page is not None:
            facts |= {"restarts": page.restarts, "oom": page.is_oom}
            if page.memory_limit is not None:
                facts["memory_limit"] = page.memory_limit
        if self._memory is not None and self._runs:
            facts["memory"] = self._memory
        words = f"Docker says {container.state}" + (f" ({self.health})" if self.health else "")
        if self._last_exit is not None and not self._runs:
            words += f", exit {self._last_exit}" + (" (OOM)" if page and page.is_oom else "")
        if page is not None and page.restarts:
            words += f", restarts {page.restarts}"
        return Claim(id, "Docker", self._status(), words, at, facts)

    def _status(self) -> Status | None:
        state = self.container.state
        if state in ENDED:
            return Status.DOWN
        if state in STUCK or self.health == "unhealthy":
            return Status.DEGRADED
        return Status.UP if state == "running" else None


def _short(image_id: str) -> str:
    return image_id.removeprefix("sha256:")[:12]
