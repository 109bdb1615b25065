"""RabbitMQ's management API: overview, alarms and the fullest queues, with the columns that are shown."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any
from urllib.parse import quote

from sutaz_tui.config import Source
from sutaz_tui.config.schema import Basic, ServiceConfig
from sutaz_tui.errors import BadAnswer, Denied, SourceError
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.http import HttpAnswer, HttpOrigin
from sutaz_tui.sources.remembered import Remembered
from sutaz_tui.sources.unexpected import reason
from sutaz_tui.text.sanitise import one_line

PAGE = 500
MANY = 1_000
"""Queues from which on listing them is work for the broker: then they are listed once in MANY_FOR seconds, whoever looks."""

MANY_FOR = 60.0
OLD_STATISTICS = timedelta(seconds=60)
LONGEST_UPTIME = 100 * 365 * 86_400_000
_OVERVIEW = "product_version,rabbitmq_version,cluster_name,node,object_totals,queue_totals,disable_stats"
_CONNECTION = (
    "name,user,vhost,state,channels,peer_host,connected_at,ssl,recv_oct_details.rate,send_oct_details.rate,"
    "client_properties.connection_name,client_properties.product"
)
_CONSUMER = (
    "queue.name,queue.vhost,consumer_tag,ack_required,prefetch_count,active,activity_status,"
    "channel_details.connection_name,channel_details.peer_host,channel_details.user"
)
_MOST_READ = 4 << 20
_QUEUE = "name,vhost,messages_ready,messages_unacknowledged,consumers,state"
_MOVING = "idle_since,messages_details.rate,message_stats.publish_details.rate,message_stats.deliver_get_details.rate"
_TOTALS_ALONE = {"disable_stats": "true", "enable_queue_totals": "true"}


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue; None where the management has no statistics of it (yet), or was not asked.

    `growth`, `incoming` and `outgoing` are messages a second, `idle_since` is aware.
    """

    name: str
    vhost: str
    ready: int | None
    unacked: int | None
    consumers: int | None
    state: str
    growth: float | None = None
    incoming: float | None = None
    outgoing: float | None = None
    idle_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fullest:
    """The queues with most messages, of `total` that there are; without statistics they tell their messages alone."""

    queues: tuple[Queue, ...]
    total: int
    has_statistics: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """A whole broker; counts, None where this user is not told.

    `listed` are the queues with most messages; `is_whole`: all of them. Without `has_statistics` the broker counts no
    consumers and no rates. `started`: when the broker did, aware; None where it does not tell, or is several nodes.
    """

    version: str
    queues: int | None
    connections: int | None
    consumers: int | None
    ready: int | None
    unacked: int | None
    alarms: tuple[str, ...] | None
    listed: tuple[Queue, ...]
    is_whole: bool
    latency: float
    has_statistics: bool = True
    started: datetime | None = None


class OwnStart:
    """When a node started, from its uptime: that is as old as its statistics, up to half a minute, so a start told later
    is the same one until the uptime has become less, or is another by more than that."""

    def __init__(self) -> None:
        self._uptime = 0
        self._start: datetime | None = None

    def told(self, uptime: int | None, now: datetime) -> datetime | None:
        """The start, aware, where its uptime is so many milliseconds at `now`; None where it is not told."""
        if uptime is None or uptime > LONGEST_UPTIME:
            return None
        start = now - timedelta(milliseconds=uptime)
        if self._start is not None and uptime >= self._uptime and start - self._start < OLD_STATISTICS:
            start = min(start, self._start)
        self._uptime, self._start = uptime, start
        return start


class Management:
    """The management API as one service asks it."""

    def __init__(self, service: ServiceConfig, clients: Clients) -> None:
        self.source = service.title
        self._http: HttpOrigin = clients.source_http(service.source, f"{service.title} (management)")
        self._has_login = has_login(clients.source(service))
        self._has_statistics = True
        self._own_start = OwnStart()
        self._of_many: Remembered[Fullest] = Remembered(MANY_FOR, Fullest((), 0, True))

    @property
    def has_statistics(self) -> bool:
        """Whether this broker counts consumers and rates, as far as it has told; RabbitMQ's own image does not."""
        return self._has_statistics

    async def overview(self, timeout: float) -> Overview | None:
        """The broker's figures; None when it wants a login and none is configured. Raises SourceError."""
        # Where it cannot be asked it may start anew.
        before, self._own_start = self._own_start, OwnStart()
        answer = await self._http.get("/api/overview", params={"columns": _OVERVIEW}, timeout=timeout)
        if self._wants_login(answer):
            return None
        body = self._object(answer)
        alarms = await self._alarms(timeout)
        if "disable_stats" in body:
            self._has_statistics = body["disable_stats"] is not True
        totals, messages = _mapping(body.get("object_totals")), _mapping(body.get("queue_totals"))
        count = _whole(totals, "queues")
        listed = await self._listed(count, timeout)
        self._own_start = before
        started = await self._started(timeout)
        queues, is_whole = listed.queues, len(listed.queues) >= listed.total
        version = body.get("product_version") or body.get("rabbitmq_version")
        if not isinstance(version, str):
            raise BadAnswer(self.source, "its management API reports no version; is this RabbitMQ?")
        ready, unacked = _whole(messages, "messages_ready"), _whole(messages, "messages_unacknowledged")
        return Overview(
            version=one_line(version, 40),
            queues=listed.total if count is None and not self._has_statistics else count,
            connections=_whole(totals, "connections"),
            consumers=_whole(totals, "consumers"),
            # The totals are left out while no queue has statistics; then the queues themselves tell.
            ready=ready if ready is not None else _sum([queue.ready for queue in queues], is_whole),
            unacked=unacked if unacked is not None else _sum([queue.unacked for queue in queues], is_whole),
            alarms=alarms,
            listed=queues,
            is_whole=is_whole,
            latency=answer.latency,
            has_statistics=self._has_statistics,
            started=started,
        )

    async def _started(self, timeout: float) -> datetime | None:
        # Users without the tag "monitoring" are refused it. Of a cluster one node's start says nothing of the others.
        try:
            answer = await self._http.get("/api/nodes", params={"columns": "uptime"}, timeout=timeout)
            nodes = answer.json() if answer.status == 200 else None
        except SourceError:
            return None
        if not isinstance(nodes, list) or len(nodes) != 1:
            return None
        return self._own_start.told(_whole(_mapping(nodes[0]), "uptime"), datetime.now(UTC))

    async def _listed(self, count: int | None, timeout: float) -> Fullest:
        """The fullest queues of `count`; of many they are those of the last minute."""

        async def ask() -> Fullest:
            return await self.fullest(PAGE, timeout)

        many = self._of_many.value.total if count is None else count
        return await (self._of_many.get(ask) if many > MANY else ask())

    async def queue(self, vhost: str, name: str, timeout: float) -> tuple[Queue | None, float]:
        """One queue, None when there is none of this name, and the answer's seconds. Raises SourceError."""
        place = f"/api/queues/{quote(vhost, safe='')}"
        answer = await self._get(f"{place}/{quote(name, safe='')}", {"columns": _QUEUE}, timeout, vhost)
        if answer.status == 404:
            return None, answer.latency
        found = _queue(self._object(answer))
        if found.ready is not None or found.consumers is not None:
            return found, answer.latency
        counted = await self._counted(vhost, name, timeout)
        return (found if counted is None else replace(counted, state=found.state)), answer.latency

    async def _counted(self, vhost: str, name: str, timeout: float) -> Queue | None:
        """A queue as lists count it, which they do without statistics too; None where none of them does."""
        narrow: dict[str, str | int] = {"page": 1, "page_size": PAGE, "name": name, "use_regex": "false"}
        # Not every release counts on a page.
        for place, params in (
            (f"/api/queues/{quote(vhost, safe='')}", narrow | _TOTALS_ALONE),
            ("/api/queues", _TOTALS_ALONE),
        ):
            with suppress(BadAnswer):
                body = (await self._get(place, params, timeout, vhost)).json()
                listed = map(_queue, _objects(body.get("items") if isinstance(body, dict) else body))
                own = (
                    one for one in listed if (one.name, one.vhost) == (name, vhost) and one.ready is not None
                )
                if (found := next(own, None)) is not None:
                    await self._ask_for_statistics(timeout)
                    return found
        return None

    async def fullest(self, most: int, timeout: float) -> Fullest:
        """The queues with most messages, sorted and cut by the server (500 at the most). Raises SourceError.

        One request; a second where the broker is found to have its statistics turned off, which RabbitMQ's image does.
        """
        body = await self._sorted(most, {} if self._has_statistics else _TOTALS_ALONE, timeout)
        if self._has_statistics and body.queues and all(queue.ready is None for queue in body.queues):
            await self._ask_for_statistics(timeout)
            if not self._has_statistics:
                return await self._sorted(most, _TOTALS_ALONE, timeout)
        return body

    async def _ask_for_statistics(self, timeout: float) -> None:
        """See whether it has none at all, or none yet of what is new."""
        overview = self._object(await self._get("/api/overview", {"columns": "disable_stats"}, timeout))
        self._has_statistics = overview.get("disable_stats") is not True

    async def _sorted(self, most: int, more: Mapping[str, str], timeout: float) -> Fullest:
        params: dict[str, str | int] = {"page": 1, "page_size": most, "columns": f"{_QUEUE},{_MOVING}"}
        params |= {"sort": "messages", "sort_reverse": "true", **more}
        body = self._object(await self._get("/api/queues", params, timeout))
        items = body.get("items")
        if not isinstance(items, list):
            raise BadAnswer(self.source, "its management lists no queues; is this RabbitMQ?")
        queues = tuple(_queue(item) for item in items[:most] if isinstance(item, dict))
        total = _whole(body, "filtered_count")
        return Fullest(queues, len(queues) if total is None else total, not more)

    async def connections(self, most: int, timeout: float) -> tuple[tuple[dict[str, Any], ...], int]:
        """The connections that received most, sorted and cut by the server (500 at the most), and how many there are."""
        params: dict[str, str | int] = {"page": 1, "page_size": most, "columns": _CONNECTION}
        params |= {"sort": "recv_oct_details.rate", "sort_reverse": "true"}
        body = self._object(await self._get("/api/connections", params, timeout))
        found = _objects(body.get("items"))
        total = _whole(body, "filtered_count")
        return tuple(found), len(found) if total is None else total

    async def consumers(self, timeout: float) -> tuple[dict[str, Any], ...]:
        """Every consumer, with its queue and its connection: no release pages them."""
        answer = await self._http.request(
            "GET", "/api/consumers", params={"columns": _CONSUMER}, timeout=timeout, read_limit=_MOST_READ
        )
        if self._wants_login(answer):
            raise Denied(self.source, "the management API wants a login; set one at its source in the config")
        if answer.is_cut:
            raise BadAnswer(self.source, f"its consumers are more than {_MOST_READ >> 20} MiB hold")
        found = answer.json() if answer.status == 200 else self._object(answer)
        if not isinstance(found, list):
            raise BadAnswer(self.source, "its management lists no consumers; is this RabbitMQ?")
        return tuple(_objects(found))

    async def _get(
        self, path: str, params: Mapping[str, str | int], timeout: float, vhost: str = ""
    ) -> HttpAnswer:
        """An answer of those that only a login gets; `vhost` is the one that it must have rights in."""
        answer = await self._http.get(path, params=params, timeout=timeout)
        if self._wants_login(answer, vhost):
            raise Denied(self.source, "the management API wants a login; set one at its source in the config")
        return answer

    async def _alarms(self, timeout: float) -> tuple[str, ...] | None:
        # 503 is this check's way of saying yes. Users without the tag "monitoring" are refused it, and RabbitMQ
        # before 3.8.10 does not know it: then alarms stay unknown.
        answer = await self._http.get("/api/health/checks/alarms", timeout=timeout)
        if answer.status not in (200, 503):
            return None
        body = _mapping(answer.json())
        if answer.status == 200:
            return ()
        found = body.get("alarms")
        named = [_mapping(alarm).get("resource") for alarm in found] if isinstance(found, list) else []
        return tuple(dict.fromkeys(one_line(name, 40) for name in named if isinstance(name, str))) or (
            "unnamed",
        )

    def _wants_login(self, answer: HttpAnswer, vhost: str = "") -> bool:
        """Whether strangers are turned away; a configured login that is refused raises Denied, with what mends it."""
        if answer.status not in (401, 403):
            return False
        if self._has_login:
            raise Denied(self.source, refusal(answer, vhost))
        return True

    def _object(self, answer: HttpAnswer) -> dict[str, Any]:
        if answer.status != 200:
            body = one_line(answer.text(), 60)
            words = f"the management API answers {answer.status}" + (f": {body}" if body else "")
            raise BadAnswer(self.source, words)
        found = answer.json()
        if not isinstance(found, dict):
            raise BadAnswer(
                self.source, "the management API does not answer with an object; is this the right port?"
            )
        return found


def refusal(answer: HttpAnswer, vhost: str = "") -> str:
    """Why the management API refuses a login, in its own words, and what mends it; `vhost` is the one that is asked for."""
    said = reason(answer, 80)
    match said.lower():
        case text if "virtual host" in text:
            mend = f"give it rights in the vhost {one_line(vhost, 80) or 'that is asked for'}"
        case text if "management user" in text:
            mend = "give it the tag monitoring"
        case _:
            mend = "check it, and that it has the tag monitoring"
    told = f" ({said})" if said and "<" not in said else ""
    return f"the management API refuses the configured login{told}; {mend}"


def has_login(source: Source) -> bool:
    """Whether a source has a login; HTTP Basic without a password is none."""
    return source.auth is not None and not (isinstance(source.auth, Basic) and not source.auth.password)


def _queue(body: Mapping[str, Any]) -> Queue:
    return Queue(
        name=one_line(str(body.get("name", "")), 120),
        vhost=one_line(str(body.get("vhost", "")), 120),
        ready=_whole(body, "messages_ready"),
        unacked=_whole(body, "messages_unacknowledged"),
        consumers=_whole(body, "consumers"),
        state=one_line(str(body.get("state", "")), 20),
        growth=_rate(body.get("messages_details")),
        incoming=_rate(_mapping(body.get("message_stats")).get("publish_details")),
        outgoing=_rate(_mapping(body.get("message_stats")).get("deliver_get_details")),
        idle_since=_moment(body.get("idle_since")),
    )


def _rate(details: Any) -> float | None:
    value = _mapping(details).get("rate")
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
        return None
    return float(value)


def _moment(value: Any) -> datetime | None:
    """RabbitMQ before 3.10 writes `2026-11-30 20:38:05`, in UTC."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(body: Mapping[str, Any], key: str) -> int | None:
    value = body.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _sum(values: list[int | None], is_whole: bool) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if is_whole and len(known) == len(values) else None
