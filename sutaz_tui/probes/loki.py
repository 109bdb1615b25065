"""Loki: ready, and how old its newest line is, whoever wrote it."""

import time

from sutaz_tui.config.kinds import Loki
from sutaz_tui.errors import BadAnswer, Denied
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.between import judge_source
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.curl import auth_headers
from sutaz_tui.sources.loki import SEARCHED, loki_api
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.sanitise import ago, one_line
from sutaz_tui.text.units import first_of

NAMED = 3
# From here on a line's time is no delay and no drift: what wrote it has another clock.
AHEAD = 3600.0
TENANT = "x-scope-orgid"


class LokiProbe(Probe):
    """GET /ready, and the newest lines of everything by one query: silent when no job wrote one, which jobs ended or not."""

    def __init__(self, service: Loki, clients: Clients) -> None:
        super().__init__(service)
        self.silence = service.warn_silence
        self.source = clients.source(service)
        self.api = loki_api(clients, service.source, service.title)
        self.tenant = next(
            (value for name, value in self.source.headers.items() if name.lower() == TENANT), ""
        )

    async def look(self) -> Finding:
        started = time.monotonic()
        ready = await self.api.ready(self.timeout)
        if ready.status == 503:
            words = f"not ready: {one_line(ready.text(), 80) or 'answers 503'}"
            return Finding(
                words,
                Status.DEGRADED,
                ready.latency,
                "starting",
                error=f"{self.service.title}: {words}; wait a minute, or look at its log",
                rule="/ready answers 200 when it serves",
            )
        # A gateway before it may let the API through alone: then the answer to a query must do.
        if ready.status != 404:
            if unexpected := judge_source(self, self.source, ready):
                return unexpected
            if not ready.text().strip().lower().startswith("ready"):
                said = one_line(ready.text(), 40)
                raise BadAnswer(self.service.title, f"answers {said!r}, not ready; is this its port?")
        try:
            jobs = await self.api.freshest(time.time() - self.silence, self._left(started))
        except Denied as error:
            if auth_headers(self.source.auth):
                raise
            word = "tenant" if "org id" in error.words else "denied"
            return self._degraded(f"ready, but {error.words}", ready.latency, word)
        except UnexpectedStatus as error:
            if error.answer.status == 404 and ready.status == 200:
                return self._degraded(f"ready, but its API {error.words}", ready.latency, "api")
            if unexpected := judge_source(self, self.source, error.answer):
                return unexpected
            raise
        return self._judge(ready.latency, jobs)

    def _degraded(self, words: str, latency: float, word: str) -> Finding:
        rule = "ready, and a line that is new"
        return Finding(
            words, Status.DEGRADED, latency, word, error=f"{self.service.title}: {words}", rule=rule
        )

    def _left(self, started: float) -> float:
        return max(0.1, self.timeout - (time.monotonic() - started))

    def _judge(self, latency: float, jobs: dict[str, float]) -> Finding:
        now, limit = time.time(), ago(self.silence)
        ages = {one_line(job, 40): now - at for job, at in jobs.items()}
        facts: dict[str, Fact] = {
            f"age_{job}": round(max(0.0, age), 1) for job, age in list(ages.items())[:NAMED]
        }
        if self.tenant:
            facts["tenant"] = one_line(self.tenant, 40)
        of = f" of tenant {facts['tenant']}" if self.tenant else ""
        newest = min(ages.values(), default=None)
        title, rule = self.service.title, f"ready, and a line within {limit} from any job"
        if newest is None or newest > self.silence:
            told = ", ".join(f"{job} {ago(age)} ago" for job, age in list(ages.items())[:1])
            summary = f"newest line{of}: {told or f'none in {ago(SEARCHED)}'}"
            error = f"{title}: ready, but no job{of} wrote a line for {limit}; look at Promtail and the disk"
            return Finding(f"silent; {summary}", Status.DEGRADED, latency, "silent", facts, error, rule)
        if newest < -AHEAD:
            words = f"its newest line{of} is {ago(-newest)} ahead of our clock"
            error = f"{title}: {words}; set the clock of what wrote it"
            return Finding(words, Status.DEGRADED, latency, "clock", facts, error, rule)
        # A job that ended is no trouble: those that write now stand for all.
        fresh = [f"{job} {ago(max(0.0, age))} ago" for job, age in ages.items() if age <= self.silence]
        summary = f"newest line{of}: {first_of(fresh, NAMED)}"
        return Finding(summary, latency=latency, facts=facts, rule=rule)


def build(service: Loki, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `loki` entry."""
    return LokiProbe(service, clients)
