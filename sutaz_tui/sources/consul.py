"""Consul by py-consul: leader, health of what is registered, and where the agent's services are."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from consul import Consul
from consul.callback import CB
from consul.exceptions import ConsulException

from sutaz_tui.errors import BadAnswer, Denied, SourceError
from sutaz_tui.sources.blocking import BlockingOrigin
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.remembered import Remembered
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.sanitise import one_line

VERSION_FOR = 3600.0
METRICS_FOR = 60.0
ADDRESSES_FOR = 600.0
MAINTENANCE = "maintenance"
_LEADERLESS = ("No cluster leader", "No known Consul servers", "rpc error making call")
_NODE_MAINTENANCE, _SERVICE_MAINTENANCE = "_node_maintenance", "_service_maintenance"


@dataclass(frozen=True, slots=True)
class Check:
    """One health check; a node's own has no service. `status` is passing, warning, critical or maintenance."""

    id: str
    node: str
    service_id: str
    service: str
    status: str
    output: str


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a catalog name, with the worst status of its checks and its node's."""

    id: str
    node: str
    status: str
    output: str


@dataclass(frozen=True, slots=True)
class Health:
    """What Consul knows; `is_filtered` says that its ACLs hide some of it. Seconds."""

    checks: tuple[Check, ...]
    is_filtered: bool
    latency: float


class ConsulApi:
    """The API of one Consul agent; every method raises SourceError."""

    def __init__(self, clients: Clients, source: str, title: str) -> None:
        settings = clients.config.sources[source]
        self.title = title
        http = clients.source_http(source, title)
        self.has_login = http.has_login
        self._http = http
        self._origin = BlockingOrigin(http, (ConsulException,))
        url = urlsplit(self._origin.url)
        self._client = Consul(
            url.hostname or "",
            url.port or (443 if url.scheme == "https" else 80),
            scheme=url.scheme,
            connections_timeout=settings.timeout,
        )
        # py-consul 1.8 lets CONSUL_HTTP_TOKEN win over the token it is given: the session's headers carry the login.
        self._client.token = None
        self._client.http.base_uri = self._origin.url
        self._client.http.session = self._origin.session
        self._addresses: Remembered[dict[str, tuple[str, int]]] = Remembered(ADDRESSES_FOR, {})
        self._version = Remembered(VERSION_FOR, "")
        self._has_no_metrics = Remembered(VERSION_FOR, False)
        self._metrics = Remembered(METRICS_FOR, b"")

    async def leader(self, timeout: float) -> tuple[str, float]:
        """The leader's `address:port`, "" when there is none, and the seconds that the answer took."""
        try:
            found, answer = await self._origin.ask(self._client.status.leader, timeout)
        except UnexpectedStatus as error:
            if is_leaderless(error):
                return "", error.answer.latency
            raise
        if not isinstance(found, str):
            raise BadAnswer(
                self.title, f"the leader is {one_line(repr(found), 40)}, not text; is this the right port?"
            )
        return one_line(found, 60), answer.latency

    async def health(self, timeout: float) -> Health:
        """Every check that we may see."""
        found, answer = await self._origin.ask(
            lambda: checks_of(self._stale("/v1/health/state/any")), timeout
        )
        return Health(found, is_filtered(answer), answer.latency)

    async def instances(self, service: str, timeout: float) -> tuple[tuple[Instance, ...], bool, float]:
        """The instances of a catalog name, whether ACLs hide some, and the seconds that the answer took."""
        found, answer = await self._origin.ask(
            lambda: _instances(self._stale(f"/v1/health/service/{quote(service, safe='')}")), timeout
        )
        return found, is_filtered(answer), answer.latency

    def _stale(self, path: str) -> Any:
        """What any server knows, at most a moment old: without a leader others wait for seconds, and fail."""
        # py-consul 1.8 has no consistency modes for health.
        return self._client.http.get(CB.json(index=True), path, params=[("stale", "1")])[1]

    async def catalog(self, timeout: float) -> frozenset[str]:
        """The names of all services that our login is shown; Consul's own is among them where it is shown all."""
        found, _ = await self._origin.ask(
            lambda: frozenset(_entry(self._stale("/v1/catalog/services"))), timeout
        )
        return found

    async def registered(self, timeout: float) -> dict[str, tuple[str, int]]:
        """Host and port by service id of what is registered with this agent."""
        return (await self._origin.ask(lambda: _addresses(self._client.agent.services()), timeout))[0]

    async def addresses(self, timeout: float) -> dict[str, tuple[str, int]]:
        """What is `registered`, asked every ten minutes; where it does not answer, what it told last."""
        try:
            return await self._addresses.get(lambda: self.registered(timeout))
        except SourceError:
            return self._addresses.value

    async def version(self, timeout: float) -> str:
        """Its version, asked once an hour (the answer is big); "" when it does not tell."""

        async def ask() -> str:
            try:
                found, _ = await self._origin.ask(
                    lambda: self._client.agent.self()["Config"]["Version"], timeout
                )
            except (BadAnswer, Denied):
                return ""  # it answers, and does not tell
            return one_line(str(found), 20)

        try:
            return await self._version.get(ask)
        except SourceError:
            return self._version.value

    async def metrics(self, timeout: float) -> bytes:
        """Its own metrics as Prometheus reads them, asked once a minute; b"" where its telemetry is off, as it is by
        default, which is asked once an hour."""

        async def ask() -> bytes:
            answer = await self._http.get(
                "/v1/agent/metrics", params={"format": "prometheus"}, timeout=timeout
            )
            return answer.body if answer.status == 200 else b""

        async def ask_whether() -> bool:
            return not await self._metrics.get(ask)

        try:
            if await self._has_no_metrics.get(ask_whether):
                return b""
            return await self._metrics.get(ask)
        except SourceError:
            return b""

    async def aclose(self) -> None:
        """Close the blocking client."""
        await self._origin.aclose()


def consul_api(clients: Clients, source: str, title: str) -> ConsulApi:
    """The one client of this source."""
    return clients.shared(f"consul:{source}", lambda: ConsulApi(clients, source, title))


def is_leaderless(error: UnexpectedStatus) -> bool:
    """Whether an answer says that the cluster has no leader, or that no server of it is known yet."""
    said = error.answer.text()
    return error.answer.status == 500 and any(words in said for words in _LEADERLESS)


def rank(status: str) -> int:
    """How bad a status of Consul is; one that is not known counts as critical."""
    return {"passing": 0, "warning": 1, MAINTENANCE: 3}.get(status, 2)


def worse(one: str, other: str) -> str:
    """The worse of two statuses of Consul."""
    return one if rank(one) >= rank(other) else other


def is_filtered(answer: HttpAnswer) -> bool:
    """Whether it says that ACLs hide some of it from this login; Consul before 1.11 does not."""
    return answer.headers.get("x-consul-results-filtered-by-acls", "").lower() == "true"


def checks_of(found: Any) -> tuple[Check, ...]:
    """What an answer holds of checks; KeyError, TypeError or AttributeError where it is of another shape."""
    return tuple(_check(_entry(entry)) for entry in _entries(found))


def _check(entry: dict[str, Any]) -> Check:
    id = one_line(str(entry.get("CheckID") or ""), 120)
    is_maintenance = id == _NODE_MAINTENANCE or id.startswith(f"{_SERVICE_MAINTENANCE}:")
    return Check(
        id=id,
        node=one_line(str(entry["Node"]), 80),
        service_id=one_line(str(entry.get("ServiceID") or ""), 120),
        service=one_line(str(entry.get("ServiceName") or ""), 80),
        status=MAINTENANCE if is_maintenance else one_line(str(entry["Status"]), 20),
        output=one_line(str(entry.get("Output") or ""), 160),
    )


def _instances(found: Any) -> tuple[Instance, ...]:
    instances = []
    for entry in map(_entry, _entries(found)):
        checks = [_check(_entry(check)) for check in _entries(entry["Checks"])]
        status = "passing"
        for check in checks:
            status = worse(check.status, status)
        output = next((check.output for check in checks if check.status == status), "")
        service = _entry(entry["Service"])
        node = _entry(entry["Node"]).get("Node")
        instances.append(
            Instance(one_line(str(service.get("ID")), 120), one_line(str(node), 80), status, output)
        )
    return tuple(instances)


def _addresses(found: Any) -> dict[str, tuple[str, int]]:
    places = {}
    for id, entry in _entry(found).items():
        host, port = _entry(entry).get("Address"), _entry(entry).get("Port")
        if isinstance(host, str) and host and isinstance(port, int) and port > 0:
            places[one_line(id, 120)] = (host, port)
    return places


def _entries(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise TypeError("no list")
    return found


def _entry(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found
