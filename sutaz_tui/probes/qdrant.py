"""Qdrant by its REST API. Which of its two ports is which depends on the compose file, so gRPC is recognised."""

from sutaz_tui.config.kinds import Qdrant
from sutaz_tui.errors import BadAnswer, Refused, TimedOut
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory, host_port
from sutaz_tui.probes.second import Trouble, require_offered, second, slow
from sutaz_tui.probes.strangers import to_see_more
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.tcp import TcpPort, spoken
from sutaz_tui.text.units import plural

# HTTP/2's preface and an empty SETTINGS frame (RFC 9113, 3.4); a gRPC server answers with its own SETTINGS.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000 04 00 00000000")
RULE = "title and version at the root, and a list of collections"


class QdrantProbe(Probe):
    """GET /: {title, version}; GET /collections: {result: {collections: [{name}]}}; HTTP/2's settings from `grpc`."""

    def __init__(self, service: Qdrant, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)
        host, port = host_port(service.address) or ("127.0.0.1", 6333)
        self.grpc = (
            TcpPort(service.grpc, service.title, clients.secrets, clients.shell) if service.grpc else None
        )
        self.hint = to_see_more(service, clients.config, "API key")
        self.port = TcpPort(f"{host}:{port}", service.title, clients.secrets, clients.shell)

    async def look(self) -> Finding:
        answer = await self._root()
        if unexpected := judge_status(self.service, answer):
            return unexpected
        title = self.service.title
        found = body.mapping(title, answer.json())
        name = body.string(title, found, "title")
        if "qdrant" not in name.lower():
            raise BadAnswer(title, f"answers as {name}; are two ports swapped?")
        version = body.string(title, found, "version")
        facts: dict[str, Fact] = {"version": version}
        parts, troubles = [version], list[Trouble]()
        collections = await second("collect", self._collections(), self.timeout - answer.latency)
        if isinstance(collections, int):
            facts["collections"] = collections
            parts.append(plural(collections, "collection"))
        elif collections.is_missing and self.service.auth is None:
            parts.append(f"{collections.words}; {self.hint}")
        else:
            troubles.append(Trouble(collections.word, f"its collections: {collections.words}"))
        if self.grpc is not None:
            heard = await second("grpc", self._grpc(self.grpc), self.timeout - answer.latency)
            if isinstance(heard, Trouble):
                troubles.append(Trouble("grpc", f"gRPC at {self.grpc.address}: {heard.words}"))
            else:
                facts["grpc_ms"] = round(heard * 1000)
                troubles += slow(self, f"gRPC at {self.grpc.address}", heard)
        summary = ", ".join(parts)
        if not troubles:
            return Finding(summary, latency=answer.latency, facts=facts, rule=RULE)
        words = "; ".join(trouble.words for trouble in troubles)
        error = f"{title}: {words}; look at its log, and whether it wants an API key"
        return Finding(
            f"{summary}; {words}", Status.DEGRADED, answer.latency, troubles[0].word, facts, error, RULE
        )

    async def _root(self) -> HttpAnswer:
        try:
            return await self.http.get("/", timeout=self.timeout)
        except (BadAnswer, Refused) as error:
            if self.service.address.startswith("http:") and await self._speaks_grpc():
                words = "speaks gRPC: address its REST port (10102 in this stack)"
                raise BadAnswer(self.service.title, words) from error
            raise

    async def _speaks_grpc(self) -> bool:
        try:
            heard = (await self.port.exchange(PREFACE, bytes(4), min(1.0, self.timeout / 2))).data
        except (BadAnswer, Refused, TimedOut):
            return False
        return _is_settings(heard)

    async def _grpc(self, port: TcpPort) -> float:
        """The seconds until it sent its settings."""
        answer = await port.exchange(PREFACE, bytes(4), self.timeout)
        if not _is_settings(answer.data):
            raise BadAnswer(self.service.title, f"answers as {spoken(answer.data)}, not in gRPC")
        return answer.timing.total

    async def _collections(self) -> int:
        answer = require_offered(self.service, await self.http.get("/collections", timeout=self.timeout))
        title = self.service.title
        result = body.mapping(title, body.mapping(title, answer.json()).get("result"), "'result'")
        return len(body.sequence(title, result.get("collections"), "'collections'"))


def _is_settings(heard: bytes) -> bool:
    """Whether these bytes begin with HTTP/2's SETTINGS frame."""
    return heard[:1] == b"\0" and heard[3:5] == b"\x04\x00"


def build(service: Qdrant, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `qdrant` entry."""
    return QdrantProbe(service, clients)
