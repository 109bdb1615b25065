"""Ollama, by the models that it has: without the one that is needed, nothing that uses it works."""

from sutaz_tui.config.kinds import Ollama
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import bytes_size, one_line
from sutaz_tui.text.units import first_of

NAMED = 2
RULE = "a list of models, and among them the configured one"


class OllamaProbe(Probe):
    """GET /api/tags: {models: [{name, size}]}, sizes in bytes."""

    def __init__(self, service: Ollama, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)
        self.model = service.model

    async def look(self) -> Finding:
        answer = await self.http.get("/api/tags", timeout=self.timeout)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        title = self.service.title
        found = body.mapping(title, answer.json())
        if "models" not in found and (name := body.who(found)):
            raise BadAnswer(title, f"answers as {name}, without 'models'; are two ports swapped?")
        # null before 0.1.39, where there is none.
        models = [] if found.get("models", ...) is None else found.get("models")
        listed = [body.mapping(title, entry, "a model") for entry in body.sequence(title, models, "'models'")]
        names = [body.string(title, entry, "name") for entry in listed]
        # Proxies that speak its API leave the sizes out.
        sizes = [body.whole(title, entry, "size") if "size" in entry else 0 for entry in listed]
        facts: dict[str, Fact] = {"models": len(names)}
        if names:
            facts |= {"names": one_line(", ".join(names), 200), "bytes": sum(sizes)}
        described = (
            f"{name} {bytes_size(size)}" if size else name for name, size in zip(names, sizes, strict=True)
        )
        summary = first_of(described, NAMED) or "no models"
        if self.model and self.model not in names and f"{self.model}:latest" not in names:
            error = f"{title}: the model {self.model} is missing; run `ollama pull {self.model}` there"
            words = f"without {self.model}; {summary}"
            return Finding(words, Status.DEGRADED, answer.latency, "model", facts, error, RULE)
        return Finding(summary, latency=answer.latency, facts=facts, rule=RULE)


def build(service: Ollama, clients: Clients, _directory: Directory) -> Probe:
    """The probe of an `ollama` entry."""
    return OllamaProbe(service, clients)
