"""Loki: ready, and how old the newest line of each job is."""

import time

from sutaz_tui.config.kinds import Loki
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.between import judge_source
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.loki import SEARCHED, loki_api
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.sanitise import ago, one_line

MOST_JOBS = 5
A_ROUND = 2
"""Jobs asked a round after the first: the ages of the others grow from their last known line meanwhile."""


class LokiProbe(Probe):
    """GET /ready, and of each job one line, the newest; silent when every job is."""

    def __init__(self, service: Loki, clients: Clients) -> None:
        super().__init__(service)
        self.silence = service.warn_silence
        self.source = clients.source(service)
        self.api = loki_api(clients, service.source, service.title)
        self.newest: dict[str, float | None] = {}
        self.turn = 0

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
        if unexpected := judge_source(self, self.source, ready):
            return unexpected
        if not ready.text().strip().lower().startswith("ready"):
            raise BadAnswer(
                self.service.title, f"answers {one_line(ready.text(), 40)!r}, not ready; is this its port?"
            )
        try:
            jobs = (await self.api.jobs(self._left(started)))[: MOST_JOBS + 1]
            await self._ask(jobs[:MOST_JOBS], started)
        except UnexpectedStatus as error:
            unexpected = judge_source(self, self.source, error.answer)
            if unexpected is None:
                raise
            return unexpected
        return self._judge(ready.latency, jobs)

    async def _ask(self, jobs: tuple[str, ...], started: float) -> None:
        unseen = [job for job in jobs if job not in self.newest]
        due = unseen or [jobs[(self.turn + step) % len(jobs)] for step in range(min(A_ROUND, len(jobs)))]
        self.turn += len(due)
        self.newest = {job: self.newest[job] for job in jobs if job in self.newest}
        for job in due:
            self.newest[job] = await self.api.newest(job, self._left(started))

    def _left(self, started: float) -> float:
        return max(0.1, self.timeout - (time.monotonic() - started))

    def _judge(self, latency: float, jobs: tuple[str, ...]) -> Finding:
        now = time.time()
        ages = {job: max(0.0, now - at) if at is not None else None for job, at in self.newest.items()}
        facts: dict[str, Fact] = {
            f"age_{one_line(job, 40)}": round(age, 1) for job, age in ages.items() if age is not None
        }
        facts["jobs"] = len(jobs)
        told = [f"{one_line(job, 40)} {_ago(age)}" for job, age in ages.items()]
        more = " and more" if len(jobs) > MOST_JOBS else ""
        summary = f"newest line: {', '.join(told)}{more}" if told else "no job has written a line in 6 h"
        if all(age is None or age > self.silence for age in ages.values()):
            limit = ago(self.silence)
            return Finding(
                f"silent; {summary}",
                Status.DEGRADED,
                latency,
                "silent",
                facts,
                error=f"{self.service.title}: ready, but no job wrote a line for {limit}; look at Promtail and the disk",
                rule=f"a line within {limit} from any job",
            )
        return Finding(
            summary, latency=latency, facts=facts, rule=f"ready, and a line within {ago(self.silence)}"
        )


def _ago(age: float | None) -> str:
    return f"{ago(age)} ago" if age is not None else f"none in {ago(SEARCHED)}"


def build(service: Loki, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `loki` entry."""
    return LokiProbe(service, clients)
