"""cAdvisor, by its own health page."""

from sutaz_tui.config.kinds import Cadvisor
from sutaz_tui.errors import BadAnswer
from sutaz_tui.probes.base import QUOTE, Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import one_line

RULE = "the text 'ok' from /healthz"


class CadvisorProbe(Probe):
    """GET /healthz: the text `ok`; its /metrics would be hundreds of kilobytes."""

    def __init__(self, service: Cadvisor, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)

    async def look(self) -> Finding:
        answer = await self.http.get("/healthz", timeout=self.timeout)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        said = answer.text().strip()
        if said != "ok":
            raise BadAnswer(self.service.title, f"says {one_line(said, QUOTE) or 'nothing'} instead of ok")
        return Finding("healthy", latency=answer.latency, rule=RULE)


def build(service: Cadvisor, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `cadvisor` entry."""
    return CadvisorProbe(service, clients)
