"""RabbitMQ: one kept AMQP connection answers, and the management tells queues, consumers and alarms."""

import asyncio

from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.errors import Denied, SourceError, TimedOut, Unreachable
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.strangers import RULE, to_see_more
from sutaz_tui.sources.amqp import AmqpClient, Full, Link, TurnedAway
from sutaz_tui.sources.amqp_greeting import Stranger
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.rabbitmq import Management, Overview
from sutaz_tui.text.sanitise import count, one_line
from sutaz_tui.text.units import plural, time_limit

_RULE = "AMQP answers, the management answers, no alarm"


class RabbitmqProbe(Probe):
    """Both doors at once: AMQP decides between up and down, the management adds what is inside."""

    def __init__(self, service: Rabbitmq, clients: Clients) -> None:
        super().__init__(service)
        self._hint = to_see_more(service, clients.config)
        self._amqp = AmqpClient(service, clients, self.tell)
        self._management = Management(service, clients)

    async def look(self) -> Finding:
        door, inside = await asyncio.gather(self._door(), self._inside())
        try:
            if isinstance(door, SourceError):
                raise door
            if isinstance(inside, (Denied, Unreachable)):
                raise inside
            return self._judged(door, inside)
        finally:
            del door, inside  # see failures.py

    def _judged(self, door: Link | Stranger | Full, inside: Overview | SourceError | None) -> Finding:
        title, latency = self.service.title, door.latency
        facts: dict[str, Fact] = {}
        if version := door.version if isinstance(door, (Link, Stranger)) else "":
            facts["version"] = version
        if isinstance(inside, Overview):
            facts |= _facts(inside)
        summary = _summary(facts)
        if isinstance(door, Full):
            error = str(TurnedAway(title))
            return _degraded(f"answers, but {door.words}; {summary}", "full", latency, facts, error)
        if isinstance(inside, SourceError):
            error = f"{title}: AMQP answers, but its management does not: {inside.words}"
            return _degraded(
                f"AMQP answers, management does not: {inside.words}", "mgmt", latency, facts, error
            )
        if isinstance(inside, Overview) and inside.alarms:
            which = ", ".join(inside.alarms)
            error = f"{title}: alarm: {which}; publishers are blocked until it clears"
            return _degraded(f"alarm: {which}; {summary}", "alarm", latency, facts, error)
        if isinstance(door, Link) and door.blocked:
            error = f"{title}: the broker blocks publishers: {door.blocked}"
            return _degraded(
                f"blocks publishers: {door.blocked}; {summary}", "blocked", latency, facts, error
            )
        if isinstance(inside, Overview):
            summary += _stuck(inside)
        if isinstance(door, Stranger) or inside is None:
            return Finding(f"{summary}; {self._hint}", latency=latency, facts=facts, rule=RULE)
        return Finding(summary, latency=latency, facts=facts, rule=_RULE)

    async def _door(self) -> Link | Stranger | Full | SourceError:
        try:
            return await self._amqp.ask(self.timeout)
        except SourceError as error:
            return error

    async def _inside(self) -> Overview | SourceError | None:
        try:
            async with asyncio.timeout(self.timeout):
                return await self._management.overview(self.timeout)
        except SourceError as error:
            return error
        except TimeoutError:
            return TimedOut(
                self.service.title, f"its management API took longer than {time_limit(self.timeout)}"
            )

    async def aclose(self) -> None:
        await self._amqp.aclose()


def _degraded(summary: str, word: str, latency: float, facts: dict[str, Fact], error: str) -> Finding:
    return Finding(summary.removesuffix("; "), Status.DEGRADED, latency, word, facts, error, _RULE)


def _facts(found: Overview) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"version": found.version}
    numbers = {
        "queues": found.queues,
        "ready": found.ready,
        "unacked": found.unacked,
        "consumers": found.consumers,
        "connections": found.connections,
        "alarms": None if found.alarms is None else len(found.alarms),
    }
    if found.started is not None:
        facts["started"] = found.started.isoformat(timespec="seconds")
    waiting = sum(queue.consumers == 0 and bool(queue.ready) for queue in found.listed)
    is_told = found.is_whole and all(None not in (queue.consumers, queue.ready) for queue in found.listed)
    # While queues are too young for statistics some may be counted, but that there are none is not known.
    if waiting or is_told:
        numbers["queues_without_consumers"] = waiting
    return facts | {name: value for name, value in numbers.items() if value is not None}


def _summary(facts: dict[str, Fact]) -> str:
    words = [str(facts.get("version", "AMQP answers"))]
    for name in ("queues", "ready", "unacked", "consumers"):
        if isinstance(value := facts.get(name), int):
            words.append(f"{name} {count(value)}")
    if isinstance(value := facts.get("queues_without_consumers"), int) and value:
        words.append(f"{plural(value, 'queue')} with messages and no consumer")
    return ", ".join(words)


def _stuck(found: Overview) -> str:
    """The fullest queue that nobody reads, and what this broker does not count."""
    if not found.has_statistics:
        return "; statistics are turned off in this broker: consumers are not counted"
    fullest = next((queue for queue in found.listed if queue.consumers == 0 and queue.ready), None)
    return f", the fullest {one_line(fullest.name, 60)} {count(fullest.ready or 0)}" if fullest else ""


def build(service: Rabbitmq, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `rabbitmq` entry."""
    return RabbitmqProbe(service, clients)
