"""ChromaDB: a heartbeat that moves, and a version; by its v2 API, or by v1, which is all that a release before 0.6 has."""

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
# From here on it is no clock: what is stored with its time is stored wrongly.
CLOCK_WRONG = 3600.0
RULE = "an integer 'nanosecond heartbeat' that moves and is near our clock, and a version"


class ChromadbProbe(Probe):
    """GET /api/v2/heartbeat: {"nanosecond heartbeat": n}, its clock; GET /api/v2/version: a JSON text.

    v2 answers 404 before 0.6, v1 410 since 1.0.
    """

    def __init__(self, service: Chromadb, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)
        self._last_beat: int | None = None

    async def look(self) -> Finding:
        title, api = self.service.title, "v2"
        answer = await self.http.get("/api/v2/heartbeat", timeout=self.timeout)
        if answer.status == 404:
            api = "v1"
            left = max(0.1, self.timeout - answer.latency)
            answer = await self.http.get("/api/v1/heartbeat", timeout=left)
        if answer.status == 404:
            raise BadAnswer(title, "answers 404 for both of its APIs, v2 and v1; is this the right port?")
        if answer.status == 410 and b"api" in answer.body.lower():
            words = "its v2 API is retired here: it is newer than this program knows"
            error = f"{title}: {words}; update sutaz-tui"
            return Finding(words, Status.DEGRADED, answer.latency, "api", error=error, rule=RULE)
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
        version = await second("version", self._version(api), self.timeout - answer.latency)
        if isinstance(version, Trouble):
            words = f"heartbeat{clock}, but its version: {version.words}"
            error = f"{title}: {words}; look at its log"
            return Finding(words, Status.DEGRADED, answer.latency, version.word, facts, error, RULE)
        facts["version"] = version
        if is_frozen:
            words = "its heartbeat did not move between two probes"
            error = f"{title}: {words}: is it cached, or did its clock stop?"
            return Finding(
                f"{version}; {words}", Status.DEGRADED, answer.latency, "frozen", facts, error, RULE
            )
        if abs(behind) > CLOCK_WRONG:
            error = f"{title}: {version}{clock}; set the clock of its host"
            return Finding(f"{version}{clock}", Status.DEGRADED, answer.latency, "clock", facts, error, RULE)
        only = "" if api == "v2" else ", v1 API only"
        return Finding(f"{version}{only}{clock}", latency=answer.latency, facts=facts, rule=RULE)

    async def _version(self, api: str) -> str:
        answer = require(self.service, await self.http.get(f"/api/{api}/version", timeout=self.timeout))
        version = answer.json()
        if isinstance(version, str):
            return one_line(version, 40)
        raise BadAnswer(self.service.title, f"not a text but {one_line(answer.text(), 40)}")


def build(service: Chromadb, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `chromadb` entry."""
    return ChromadbProbe(service, clients)
