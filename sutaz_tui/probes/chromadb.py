"""ChromaDB by its v2 API: a heartbeat that moves, and a version. Its v1 API answers 410 since 1.0."""

import time

from sutaz_tui.config.kinds import Chromadb
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.second import Trouble, require, second
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import ago, one_line

# Seconds by which its clock may differ from ours before it is worth a word.
CLOCK_DIFFERS = 60.0
RULE = "an integer 'nanosecond heartbeat' that is not frozen, and a version, from the v2 API"


class ChromadbProbe(Probe):
    """GET /api/v2/heartbeat: {"nanosecond heartbeat": n}, its clock; GET /api/v2/version: a JSON text."""

    def __init__(self, service: Chromadb, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)
        self._last_beat: int | None = None

    async def look(self) -> Finding:
        answer = await self.http.get("/api/v2/heartbeat", timeout=self.timeout)
        title = self.service.title
        if answer.status == 410:
            raise BadAnswer(
                title, "answers 410: that API version is retired here; is it newer than its v2 API?"
            )
        if answer.status == 404:
            raise BadAnswer(title, "answers 404: no v2 API; it is older than 0.6, or another service")
        if unexpected := judge_status(self.service, answer):
            return unexpected
        beat = body.whole(title, body.mapping(title, answer.json()), "nanosecond heartbeat")
        is_frozen, self._last_beat = beat == self._last_beat, beat
        behind = time.time() - beat / 1e9
        facts: dict[str, Fact] = {}
        clock = ""
        if abs(behind) > CLOCK_DIFFERS:
            facts["clock_behind"] = round(behind, 1)
            clock = f", its clock is {ago(abs(behind))} {'behind' if behind > 0 else 'ahead'}"
        version = await second("version", self._version(), self.timeout - answer.latency)
        if isinstance(version, Trouble):
            words = f"heartbeat{clock}, but its version: {version.words}"
            error = f"{title}: {words}; look at its log"
            return Finding(words, Status.DEGRADED, answer.latency, version.word, facts, error, RULE)
        facts["version"] = version
        if is_frozen:
            words = "its heartbeat stands still between two asks"
            error = f"{title}: {words}: a cache or a stand-in answers for it, or its clock stopped"
            return Finding(
                f"{version}; {words}", Status.DEGRADED, answer.latency, "frozen", facts, error, RULE
            )
        return Finding(f"{version}{clock}", latency=answer.latency, facts=facts, rule=RULE)

    async def _version(self) -> str:
        answer = require(self.service, await self.http.get("/api/v2/version", timeout=self.timeout))
        version = answer.json()
        if isinstance(version, str):
            return one_line(version, 40)
        raise BadAnswer(self.service.title, f"not a text but {one_line(answer.text(), 40)}")


def build(service: Chromadb, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `chromadb` entry."""
    return ChromadbProbe(service, clients)
