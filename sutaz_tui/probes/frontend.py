"""A Streamlit frontend, by its own health page."""

from sutaz_tui.config.kinds import Frontend
from sutaz_tui.errors import BadAnswer
from sutaz_tui.probes.base import QUOTE, Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import one_line

RULE = "the text 'ok' from /_stcore/health"


class FrontendProbe(Probe):
    """GET /_stcore/health: the text `ok`."""

    def __init__(self, service: Frontend, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)

    async def look(self) -> Finding:
        answer = await self.http.get("/_stcore/health", timeout=self.timeout)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        said = answer.text().strip()
        if said != "ok":
            raise BadAnswer(self.service.title, f"says {one_line(said, QUOTE) or 'nothing'} instead of ok")
        return Finding("serving", latency=answer.latency, rule=RULE)


def build(service: Frontend, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `frontend` entry."""
    return FrontendProbe(service, clients)
