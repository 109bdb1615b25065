"""Redis: version, role, memory of its maximum, clients, operations a second, hit ratio."""

from sutaz_tui.config.kinds import Redis
from sutaz_tui.model import Status
from sutaz_tui.probes import redis_states
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.strangers import RULE, to_see_more
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.redis import Info, RedisClient, Stranger
from sutaz_tui.sources.redis_refusals import Unready

_RULE = "PONG; a master or a linked replica; room in memory; writes to disk succeed; a cluster whole"


class RedisProbe(Probe):
    """PING's answer time, INFO's facts; without a password what strangers are told."""

    def __init__(self, service: Redis, clients: Clients) -> None:
        super().__init__(service)
        self._hint = to_see_more(service, clients.config)
        self._client = RedisClient(service, clients, self.tell)
        self._has_login = bool(service.password)
        self._was_let_in = False

    async def look(self) -> Finding:
        match await self._client.ask(self.timeout):
            case Stranger(latency) if self._was_let_in:
                words = "now requires a password; before it required none"
                return Finding(
                    words, Status.DEGRADED, latency, "password",
                    error=f"{self.service.title}: {words}; give it to its clients, {self._hint}", rule=_RULE,
                )  # fmt: skip
            case Stranger(latency):
                return Finding(
                    f"Redis wants a password; {self._hint}",
                    latency=latency,
                    rule=RULE,
                )
            case Unready() as state:
                return Finding(
                    f"answers, but {state.words}", Status.DEGRADED, state.latency, state.word,
                    error=f"{self.service.title}: {state.words}; {state.advice}", rule=_RULE,
                )  # fmt: skip
            case Info() as found:
                self._was_let_in = not self._has_login
                return self._judge(found)

    def _judge(self, found: Info) -> Finding:
        facts = redis_states.facts(found)
        summary = redis_states.summary(found, facts)
        troubles = redis_states.troubles(found)
        if not troubles:
            return Finding(summary, latency=found.latency, facts=facts, rule=_RULE)
        words = "; ".join(trouble.words for trouble in troubles)
        error = f"{self.service.title}: {words}; {troubles[0].advice}"
        return Finding(
            f"{words}; {summary}", Status.DEGRADED, found.latency, troubles[0].word, facts, error, _RULE
        )

    async def aclose(self) -> None:
        await self._client.aclose()


def build(service: Redis, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `redis` entry."""
    return RedisProbe(service, clients)
