"""The stack's FAISS service, judged by the body of its /health."""

from sutaz_tui.config.kinds import Faiss
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import count

RULE = "status 'healthy' with a dimension"


class FaissProbe(Probe):
    """GET /health: {status, dimension, max_vectors, indices_loaded}."""

    def __init__(self, service: Faiss, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)

    async def look(self) -> Finding:
        answer = await self.http.get("/health", timeout=self.timeout)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        title = self.service.title
        found = body.mapping(title, answer.json())
        dimension = body.whole(title, found, "dimension")
        if not dimension:
            raise BadAnswer(
                title, "'dimension' in the body is 0, which is impossible; is this the right port?"
            )
        facts: dict[str, Fact] = {"dimension": dimension}
        parts = [f"dimension {dimension}"]
        if "indices_loaded" in found:
            indices = facts["indices"] = len(
                body.sequence(title, found["indices_loaded"], "'indices_loaded'")
            )
            parts.insert(0, f"{indices} {'index' if indices == 1 else 'indices'}")
        if "max_vectors" in found:
            most = facts["max_vectors"] = body.whole(title, found, "max_vectors")
            parts.append(f"room for {count(most)}")
        status, summary = body.string(title, found, "status"), ", ".join(parts)
        if status != "healthy":
            error = f"{title}: calls itself {status}; look at its log"
            return Finding(
                f"says {status}; {summary}", Status.DEGRADED, answer.latency, "status", facts, error, RULE
            )
        return Finding(summary, latency=answer.latency, facts=facts, rule=RULE)


def build(service: Faiss, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `faiss` entry."""
    return FaissProbe(service, clients)
