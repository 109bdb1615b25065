"""An AI agent, judged by the body of its /health: the status code is 200 whatever happens."""

from sutaz_tui.config.kinds import Agent
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients


class AgentProbe(Probe):
    """GET /health: {status, agent, ollama, model}; another name in `agent` means that ports were swapped."""

    def __init__(self, service: Agent, clients: Clients) -> None:
        super().__init__(service)
        self.expected = service.name or service.title
        self.http = clients.http(service)

    async def look(self) -> Finding:
        answer = await self.http.get("/health", timeout=self.timeout)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        title = self.service.title
        found = body.mapping(title, answer.json())
        name = body.string(title, found, "agent")
        if name != self.expected:
            raise BadAnswer(title, f"answers as {name}; are two ports swapped?")
        model = body.string(title, found, "model") if "model" in found else ""
        has_model = body.boolean(title, found, "ollama")
        facts: dict[str, Fact] = {"model": model} if model else {}
        facts["model_reachable"] = has_model
        its_model = f"its model {model}" if model else "its model"
        if not has_model or body.string(title, found, "status") != "healthy":
            return Finding(
                f"answers, but {its_model} is unreachable",
                Status.DEGRADED,
                answer.latency,
                "model",
                facts,
                error=f"{title}: {its_model} is unreachable; look at the Ollama that it uses",
                rule='status "healthy" and ollama true are expected',
            )
        return Finding(
            f"model {model}" if model else "healthy",
            latency=answer.latency,
            facts=facts,
            rule="healthy, its own name, its model",
        )


def build(service: Agent, clients: Clients, _directory: Directory) -> Probe:
    """The probe of an `agent` entry."""
    return AgentProbe(service, clients)
