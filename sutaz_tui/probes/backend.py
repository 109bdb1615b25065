"""The stack's backend: its /health never changes, so its nine flags are read, as what it says, not as the truth."""

from datetime import UTC, datetime

from sutaz_tui.config import kind_of
from sutaz_tui.config.kinds import Backend
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Claim, Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.second import Trouble, require, second
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import one_line

MOST_FLAGS = 100
# Without one of these it can do nothing, whether a flag tells of it or not.
DATABASES = ("postgres",)
RULE = "status 'healthy' and an app name from /health; all flags of /api/v1/health/ true"


class BackendProbe(Probe):
    """GET /health: {status, app}; GET /api/v1/health/: {status, version, services: {name: bool}}, 200 if degraded."""

    def __init__(self, service: Backend, clients: Clients, directory: Directory) -> None:
        super().__init__(service)
        self.http = clients.http(service)
        self.directory = directory
        self.ids = service.flags
        self.databases = tuple(
            other.id
            for other in clients.config.services
            if other.id in service.depends_on and kind_of(other) in DATABASES
        )

    async def look(self) -> Finding:
        answer = await self.http.get("/health", timeout=self.timeout)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        title = self.service.title
        found = body.mapping(title, answer.json())
        app = body.string(title, found, "app")
        status = body.string(title, found, "status")
        facts: dict[str, Fact] = {"app": app}
        if status != "healthy":
            error = f"{title}: calls itself {status}; look at its log"
            return Finding(f"says {status}", Status.DEGRADED, answer.latency, "status", facts, error, RULE)
        asked_at = datetime.now(UTC)
        flags = await second("flags", self._flags(facts), self.timeout - answer.latency)
        if isinstance(flags, Trouble):
            words = f"healthy, but its flags: {flags.words}"
            error = f"{title}: {words}; look at its log"
            return Finding(words, Status.DEGRADED, answer.latency, "flags", facts, error, RULE)
        missing = [name for name, flag in flags.items() if not flag]
        healthy = len(flags) - len(missing)
        facts |= {"services": len(flags), "services_healthy": healthy}
        summary = f"says {healthy} of {len(flags)} healthy"
        claims = self._claims(flags, asked_at)
        if not missing:
            return Finding(summary, latency=answer.latency, facts=facts, rule=RULE, claims=claims)
        names = one_line(", ".join(missing), 120)
        facts["says_down"] = names
        word = f"says {healthy}/{len(flags)}"
        return Finding(
            f"{summary}, not {names}",
            Status.DEGRADED,
            answer.latency,
            word if len(word) <= 8 else "flags",
            facts,
            f"{title}: says that {names} {'is' if len(missing) == 1 else 'are'} down; compare with what answers here",
            RULE,
            claims,
        )

    async def _flags(self, facts: dict[str, Fact]) -> dict[str, bool]:
        answer = require(self.service, await self.http.get("/api/v1/health/", timeout=self.timeout))
        title = self.service.title
        found = body.mapping(title, answer.json())
        facts["version"] = body.string(title, found, "version")
        services = body.mapping(title, found.get("services"), "'services'")
        if not services:
            raise BadAnswer(title, "an empty list")
        return {
            one_line(name, 40): body.boolean(title, services, name) for name in list(services)[:MOST_FLAGS]
        }

    def _claims(self, flags: dict[str, bool], at: datetime) -> tuple[Claim, ...]:
        """What its flags say; and that its databases are up, for it calls itself healthy and names none that is not."""
        claims: dict[str, Claim] = {}
        is_told = True
        for name, flag in flags.items():
            id = self.ids.get(name) or self.directory.by_name(name)
            if id is not None:
                status = Status.UP if flag else Status.DOWN
                words = f"backend says {name} is {status.label}"
                claims[id] = Claim(id, self.service.title, status, words, at)
            is_told = is_told and (flag or id is not None)
        for id in self.databases if is_told else ():
            words = "backend, which needs it, says that it is healthy"
            claims.setdefault(id, Claim(id, self.service.title, Status.UP, words, at))
        return tuple(claims.values())


def build(service: Backend, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `backend` entry."""
    return BackendProbe(service, clients, directory)
