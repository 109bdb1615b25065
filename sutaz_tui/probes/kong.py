"""Kong: its admin API says whether the database and each upstream's targets are well; its proxy must answer."""

from dataclasses import dataclass, field
from urllib.parse import quote

from sutaz_tui.config.kinds import Kong
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.second import Trouble, require_offered, second, slow
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.http import HttpAnswer, HttpOrigin
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import first_of, plural

# Each upstream costs a request a round.
MOST_UPSTREAMS = 10
NAMED = 3
RULE = "database reachable, every upstream target healthy, and the proxy answers as Kong"


@dataclass(slots=True)
class Targets:
    """What Kong says of its upstreams' targets; `unchecked` have their health checks off."""

    healthy: int = 0
    unchecked: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def checked(self) -> int:
        """Those whose health Kong knows."""
        return self.healthy + len(self.missing)


class KongProbe(Probe):
    """Admin GET /status, /upstreams and /upstreams/NAME/health; proxy GET /, where Kong's own 404 is an answer.

    A node that offers its status alone, or an admin API whose RBAC shows this login no upstreams, is well without them.
    """

    def __init__(self, service: Kong, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)
        self.proxy: HttpOrigin | None = None
        if service.proxy:
            self.proxy = clients.proxy(service, service.proxy)

    async def look(self) -> Finding:
        answer = await self.http.get("/status", timeout=self.timeout)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        title = self.service.title
        found = body.mapping(title, answer.json())
        # A release before 1.0 counts what is in its database; a node without its own has none to tell of.
        database, server = (found.get(key) for key in ("database", "server"))
        if not isinstance(database, dict) and not isinstance(server, dict):
            body.mapping(title, database, "'database'")
        facts: dict[str, Fact] = {}
        parts: list[str] = []
        troubles: list[Trouble] = []
        if isinstance(server, dict) and "connections_active" in server:
            active = facts["connections"] = body.whole(title, server, "connections_active")
            parts.append(plural(active, "connection"))
        if isinstance(server, dict) and "total_requests" in server:
            facts["requests"] = body.whole(title, server, "total_requests")
        if isinstance(database, dict) and "reachable" in database:
            facts["database_reachable"] = body.boolean(title, database, "reachable")
        if facts.get("database_reachable") is False:
            troubles.append(Trouble("db", "its database is unreachable: it serves what it has in memory"))
        else:
            # Kong reads its upstreams from the database.
            targets = await second("targets", self._targets(), self.timeout - answer.latency)
            troubles += self._judge_targets(targets, facts, parts)
        if self.proxy is not None:
            passed = await second("proxy", self._proxy(self.proxy), self.timeout - answer.latency)
            if isinstance(passed, Trouble):
                troubles.append(Trouble("proxy", f"the proxy {self.proxy.address}: {passed.words}"))
            else:
                facts |= {"proxy_status": passed.status, "proxy_ms": round(passed.latency * 1000)}
                troubles += slow(self, f"the proxy {self.proxy.address}", passed.latency)
                if passed.status >= 500:
                    parts.append(f"an upstream behind its / answers {passed.status}")
        summary = ", ".join(parts) or "answers"
        if not troubles:
            return Finding(summary, latency=answer.latency, facts=facts, rule=RULE)
        words = "; ".join(trouble.words for trouble in troubles)
        error = f"{title}: {words}; look at its log and at what it needs"
        return Finding(
            f"{words}; {summary}", Status.DEGRADED, answer.latency, troubles[0].word, facts, error, RULE
        )

    def _judge_targets(
        self, targets: Targets | Trouble, facts: dict[str, Fact], parts: list[str]
    ) -> list[Trouble]:
        if isinstance(targets, Trouble) and targets.is_missing:
            parts.append(f"its upstreams cannot be listed: {targets.words}")
            return []
        if isinstance(targets, Trouble):
            return [Trouble("targets", f"its upstreams: {targets.words}")]
        facts["targets"], facts["targets_healthy"] = targets.checked, targets.healthy
        if targets.checked:
            parts.append(f"{targets.healthy}/{targets.checked} targets healthy")
        if targets.unchecked:
            facts["targets_unchecked"] = targets.unchecked
            parts.append(f"{targets.unchecked} unchecked")
        if not targets.missing:
            return []
        return [Trouble("target", f"unhealthy: {first_of(targets.missing, NAMED)}")]

    async def _targets(self) -> Targets:
        title, targets = self.service.title, Targets()
        listed = await self._admin("/upstreams", {"size": MOST_UPSTREAMS})
        for upstream in listed[:MOST_UPSTREAMS]:
            name = body.string(title, body.mapping(title, upstream, "an upstream"), "name")
            for target in await self._admin(f"/upstreams/{quote(name, safe='')}/health"):
                entry = body.mapping(title, target, "a target")
                match body.string(title, entry, "health"):
                    case "HEALTHY":
                        targets.healthy += 1
                    case "HEALTHCHECKS_OFF":
                        targets.unchecked += 1
                    case health:
                        words = health.lower().replace("_", " ")
                        targets.missing.append(
                            f"{one_line(body.string(title, entry, 'target'), 60)} ({words})"
                        )
        return targets

    async def _admin(self, path: str, params: dict[str, int | str] | None = None) -> list[object]:
        answer = await self.http.get(path, params=params, timeout=self.timeout)
        answer = require_offered(self.service, answer)
        listed = body.mapping(self.service.title, answer.json())
        return body.sequence(self.service.title, listed.get("data"), "'data'")

    async def _proxy(self, proxy: HttpOrigin) -> HttpAnswer:
        answer = await proxy.get("/", timeout=self.timeout)
        if not _is_kong(answer):
            start = one_line(answer.text(), 40)
            raise BadAnswer(
                self.service.title, f"answers {answer.status} without Kong's mark: {start or 'nothing'}"
            )
        return answer


def _is_kong(answer: HttpAnswer) -> bool:
    """Kong signs its own answers in Server, passed ones in Via; with `headers = off` only its 404 is known."""
    marks = f"{answer.headers.get('server', '')} {answer.headers.get('via', '')}".lower()
    return "kong" in marks or (answer.status == 404 and b"no Route matched" in answer.body[:1000])


def build(service: Kong, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `kong` entry."""
    return KongProbe(service, clients)
