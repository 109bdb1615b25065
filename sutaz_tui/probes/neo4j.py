"""Neo4j: its HTTP root names version and edition, and its Bolt port must agree on a protocol version."""

from sutaz_tui.config.kinds import Neo4j
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.second import Trouble, second, slow
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.tcp import TcpPort, spoken

# Bolt's magic number, then four proposals: 5.0 to 5.8, 4.2 to 4.4, 4.1, 3.0 (Bolt handshake, versions up to 5).
HANDSHAKE = bytes.fromhex("6060b017 00080805 00020404 00000104 00000003")
RULE = "neo4j_version and neo4j_edition at the HTTP root; the Bolt port agrees on a version"


class Neo4jProbe(Probe):
    """GET /: {neo4j_version, neo4j_edition}; then a Bolt handshake where `bolt` is configured."""

    def __init__(self, service: Neo4j, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)
        self.bolt = (
            TcpPort(service.bolt, service.title, clients.secrets, clients.shell) if service.bolt else None
        )

    async def look(self) -> Finding:
        answer = await self.http.get("/", timeout=self.timeout)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        title = self.service.title
        found = body.mapping(title, answer.json())
        facts: dict[str, Fact] = {}
        # Neo4j before 4.0 lists its parts alone.
        if not any(part in found for part in ("bolt", "bolt_direct", "bolt_routing")):
            body.string(title, found, "neo4j_version")
        for name in ("version", "edition"):
            if f"neo4j_{name}" in found:
                facts[name] = body.string(title, found, f"neo4j_{name}")
        summary = " ".join(map(str, facts.values())) or "does not tell its version"
        if self.bolt is None:
            return Finding(summary, latency=answer.latency, facts=facts, rule=RULE)
        left = self.timeout - answer.latency
        agreed = await second("bolt", self._handshake(self.bolt, left), left)
        if isinstance(agreed, Trouble):
            words = f"Bolt at {self.bolt.address}: {agreed.words}"
            error = f"{title}: {words}; drivers cannot connect, look at its log"
            return Finding(f"{summary}; {words}", Status.DEGRADED, answer.latency, "bolt", facts, error, RULE)
        version, latency = agreed
        facts |= {"bolt": version, "bolt_ms": round(latency * 1000)}
        summary += f", Bolt {version}"
        for trouble in slow(self, f"Bolt at {self.bolt.address}", latency):
            words = f"{trouble.words}; {summary}"
            error = f"{title}: {trouble.words}; look at its log and its load"
            return Finding(words, Status.DEGRADED, answer.latency, trouble.word, facts, error, RULE)
        return Finding(summary, latency=answer.latency, facts=facts, rule=RULE)

    async def _handshake(self, bolt: TcpPort, timeout: float) -> tuple[str, float]:
        """The version that was agreed on, such as 5.4, and the seconds that it took."""
        answer = await bolt.exchange(HANDSHAKE, bytes(4), timeout)
        heard = answer.data
        if len(heard) != 4 or heard[:2] != b"\0\0":
            raise BadAnswer(self.service.title, f"answers as {spoken(heard)}, not in Bolt")
        if not any(heard):
            raise BadAnswer(self.service.title, "speaks no Bolt version from 3 to 5.8")
        return f"{heard[3]}.{heard[2]}", answer.timing.total


def build(service: Neo4j, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `neo4j` entry."""
    return Neo4jProbe(service, clients)
