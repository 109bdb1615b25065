"""The stack's MCP bridge: its health, and what it says of each agent, which is what agents once told it."""

from datetime import UTC, datetime
from typing import Any

from sutaz_tui.config.kinds import McpBridge
from sutaz_tui.errors import BadAnswer, SourceError
from sutaz_tui.model import Claim, Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory, host_port
from sutaz_tui.probes.second import Trouble, require, second
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.remembered import Remembered
from sutaz_tui.text.sanitise import one_line

MOST_AGENTS = 500
PLACES_FOR = 600.0
RULE = "status 'healthy' of service 'mcp-bridge', and a list of agents, some of them online"


class McpBridgeProbe(Probe):
    """GET /health: {status, service, version}; GET /agents: {id: {name, status}}, where any text is a status.

    Every ten minutes GET /services: {id: {type, url}}, where it sends to.
    """

    def __init__(self, service: McpBridge, clients: Clients, directory: Directory) -> None:
        super().__init__(service)
        self.http = clients.http(service)
        self.directory = directory
        self.agents = service.agents
        self.titles = {entry.id: entry.title for entry in clients.config.services}
        self._places: Remembered[list[str]] = Remembered(PLACES_FOR, [])

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
        facts: dict[str, Fact] = {}
        if "version" in found:
            facts["version"] = body.string(title, found, "version")
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
        # Half of what is left: what it tells of their addresses must not make it late.
        if swapped := await self._swapped((self.timeout - answer.latency) / 2):
            facts["swapped"] = one_line("; ".join(swapped), 200)
        summary = "; ".join([f"{online} of {len(listed)} agents online", *swapped])
        claims = self._claims(listed)
        if online:
            return Finding(summary, latency=answer.latency, facts=facts, rule=RULE, claims=claims)
        error = f"{title}: none of its {len(listed)} agents is online; restart them, they register when they start"
        word = f"0/{len(listed)}"
        return Finding(summary, Status.DEGRADED, answer.latency, word, facts, error, RULE, claims)

    async def _swapped(self, left: float) -> list[str]:
        """The agents that it sends to at another service's address, told as `crewai at 11401 answers as Letta`."""

        async def ask() -> list[str]:
            answer = await self.http.get("/services", timeout=max(left, 0.1))
            if answer.status != 200:
                return []
            places = body.mapping(self.service.title, answer.json())
            agents = {
                name: at for name, at in places.items() if isinstance(at, dict) and at.get("type") == "agent"
            }
            return [words for name, at in agents.items() if (words := self._stranger(name, at.get("url")))]

        try:
            return await self._places.get(ask)
        except SourceError:
            return self._places.value

    def _stranger(self, agent: str, url: object) -> str:
        """Whose the address of an agent is, where it is another service's; its loopback is the host we ask it at."""
        where, here = host_port(url if isinstance(url, str) else ""), host_port(self.service.address)
        if where is None or here is None:
            return ""
        host, port = where
        owner = self.directory.by_address(here[0] if host == "127.0.0.1" else host, port)
        if owner is None or owner == (self.agents.get(agent) or self.directory.by_name(agent)):
            return ""
        return f"{one_line(agent, 40)} at {port} answers as {self.titles[owner]}"

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
