"""The stack's MCP bridge: its health, and what it says of each agent, which is what agents once told it."""

from datetime import UTC, datetime
from typing import Any

from sutaz_tui.config.kinds import McpBridge
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Claim, Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.second import Trouble, require, second
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import one_line

MOST_AGENTS = 500
RULE = "status 'healthy' of service 'mcp-bridge', and a list of agents"


class McpBridgeProbe(Probe):
    """GET /health: {status, service, version}; GET /agents: {id: {name, status}}, where any text is a status."""

    def __init__(self, service: McpBridge, clients: Clients, directory: Directory) -> None:
        super().__init__(service)
        self.http = clients.http(service)
        self.directory = directory
        self.agents = service.agents

    async def look(self) -> Finding:
        answer = await self.http.get("/health", timeout=self.timeout)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        title = self.service.title
        found = body.mapping(title, answer.json())
        name = body.string(title, found, "service")
        if name != "mcp-bridge":
            raise BadAnswer(title, f"answers as {name}; are two ports swapped?")
        status = body.string(title, found, "status")
        facts: dict[str, Fact] = {"version": body.string(title, found, "version")}
        if status != "healthy":
            error = f"{title}: calls itself {status}; look at its log"
            return Finding(f"says {status}", Status.DEGRADED, answer.latency, "status", facts, error, RULE)
        listed = await second("agents", self._agents(), self.timeout - answer.latency)
        if isinstance(listed, Trouble):
            words = f"healthy, but its agents: {listed.words}"
            error = f"{title}: {words}; look at its log"
            return Finding(words, Status.DEGRADED, answer.latency, "agents", facts, error, RULE)
        online = sum(1 for word in listed.values() if word == "online")
        offline = [agent for agent, word in listed.items() if word != "online"]
        facts |= {"agents": len(listed), "agents_online": online}
        if offline:
            facts["not_online"] = one_line(", ".join(offline), 200)
        return Finding(
            f"{online} of {len(listed)} agents online",
            latency=answer.latency,
            facts=facts,
            rule=RULE,
            claims=self._claims(listed),
        )

    async def _agents(self) -> dict[str, str]:
        """Each agent's status, by the bridge's id of it."""
        answer = require(self.service, await self.http.get("/agents", timeout=self.timeout))
        title = self.service.title
        listed: dict[str, Any] = body.mapping(title, answer.json())
        if not listed:
            raise BadAnswer(title, "an empty list")
        return {
            one_line(agent, 40): body.string(title, body.mapping(title, entry, "an agent"), "status")
            for agent, entry in list(listed.items())[:MOST_AGENTS]
        }

    def _claims(self, listed: dict[str, str]) -> tuple[Claim, ...]:
        at = datetime.now(UTC)
        claims = []
        for agent, word in listed.items():
            id = self.agents.get(agent) or self.directory.by_name(agent)
            if id is not None:
                # Any other word is no verdict.
                status = {"online": Status.UP, "offline": Status.DOWN}.get(word)
                claims.append(Claim(id, self.service.title, status, f"bridge says {one_line(word, 40)}", at))
        return tuple(claims)


def build(service: McpBridge, clients: Clients, directory: Directory) -> Probe:
    """The probe of an `mcp-bridge` entry."""
    return McpBridgeProbe(service, clients, directory)
