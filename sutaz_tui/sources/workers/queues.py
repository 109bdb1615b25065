"""Jobs over RabbitMQ by dramatiq: who sends them, and the worker that takes them.

Nothing of dramatiq's own is left to its defaults: no middleware (no retries, no results, no time limits: a check has its
own), no queues for delayed or dead messages, as many messages fetched ahead as are run at once, and messages that nobody
takes are dropped by the broker.
"""

import asyncio
import json
import logging
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

import dramatiq
import pika
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from pika import exceptions

from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.config.workers import Workers
from sutaz_tui.errors import BadAnswer, Denied, SourceError
from sutaz_tui.sources.amqp import AmqpClient
from sutaz_tui.sources.amqp_line import causes
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.event_loop import reachable
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.tcp import split_address
from sutaz_tui.sources.threads import in_daemon
from sutaz_tui.sources.workers.jobs import LONGEST_JOB, QUEUES, Forged, Job, Seal

ACTOR = "check"
HEARTBEAT = 10
"""Seconds: after two of them the broker takes a worker that hangs for gone, and gives its jobs to others."""
WITHIN = 5.0
ARGUMENTS = {
    "x-message-ttl": 3_600_000,
    "x-expires": 86_400_000,
    "x-max-length": 100_000,
    "x-max-length-bytes": 64 << 20,
    "x-overflow": "reject-publish",
}
"""Of every queue: what nobody takes goes after an hour, an unused queue after a day, and a full one takes no more."""
# dramatiq has no types for them.
_closed = cast("Callable[[BaseException], Exception]", dramatiq.ConnectionClosed)
_undecoded = cast("Callable[[str, bytes, None], Exception]", dramatiq.DecodeError)
_WAKES = 500
"""Milliseconds after which dramatiq's threads look whether they are to end."""
# What dramatiq and pika say of a lost connection, with tracebacks; it is told here in our words.
for _name in ("dramatiq", "pika"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False


class _Broker(RabbitmqBroker):
    """dramatiq's broker with queues of our own settings; `told` hears why it cannot be used, "" once it can."""

    def __init__(self, parameters: dict[str, Any], told: Callable[[BaseException | None], object]) -> None:
        super().__init__(confirm_delivery=True, middleware=[], parameters=[parameters])
        self._told = told

    def declare_queue(self, queue_name: str, *, ensure: bool = False) -> None:
        """Declare a queue, and none beside it for delayed and dead messages."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.queues_pending.add(queue_name)
            self.emit_after("declare_queue", queue_name)
        if ensure and queue_name in self.queues_pending:
            try:
                self.channel.queue_declare(queue=queue_name, durable=True, arguments=ARGUMENTS)
            except (exceptions.AMQPConnectionError, exceptions.AMQPChannelError) as error:
                del self.connection
                raise _closed(error) from error
            self.queues_pending.discard(queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> dramatiq.Consumer:
        """A consumer of a queue, which is made anew where the broker forgot it."""
        self.queues_pending.add(queue_name)
        try:
            consumer = super().consume(queue_name, prefetch, timeout)
        except (dramatiq.BrokerConnectionError, exceptions.AMQPError, OSError) as error:
            self._told(error)
            raise _closed(error) from error
        finally:
            # It was needed to declare the queue alone, and nobody would answer its heartbeats.
            del self.connection
        self._told(None)
        return consumer


class Queues:
    """Sends jobs to the queues of places."""

    def __init__(self, workers: Workers, clients: Clients, seal: Seal) -> None:
        self._service = workers.rabbitmq()
        self._clients = clients
        self._seal = seal

    async def look(self) -> None:
        """Raises a SourceError, in words, where the broker or its vhost cannot be used."""
        await _look(self._service, self._clients)

    async def send(self, jobs: Iterable[Job], sent: Callable[[Job], object]) -> None:
        """Send jobs, each told once the broker has it; SourceError where it ends before all are sent."""
        parameters = await _parameters(self._service, self._clients)
        messages = [(job, self._seal.job(job)) for job in jobs]
        broker = _Broker(parameters, lambda _: None)
        loop = asyncio.get_running_loop()
        ended = threading.Event()

        def send() -> None:
            try:
                for job, text in messages:
                    if ended.is_set():
                        return
                    broker.enqueue(dramatiq.Message(job.queue, ACTOR, (text,), {}, {}))
                    loop.call_soon_threadsafe(sent, job)
            finally:
                broker.close()

        try:
            await in_daemon(send, "jobs")
        except (dramatiq.BrokerConnectionError, exceptions.AMQPError, OSError) as error:
            raise _meaning(self._service, error) from None
        finally:
            ended.set()


class Taking:
    """Takes jobs for these (as `takers_of` names them), so many at once, and has each run by `run`.

    `refused` hears of messages that are none of ours, `told` when the broker is lost (in words) and back ("").
    """

    def __init__(
        self,
        workers: Workers,
        clients: Clients,
        seal: Seal,
        takers: Iterable[str],
        at_once: int,
        run: Callable[[Job], Awaitable[None]],
        refused: Callable[[str], object],
        told: Callable[[str], object],
    ) -> None:
        self._service = workers.rabbitmq()
        self._clients = clients
        self._seal = seal
        self._queues = {QUEUES + taker for taker in takers}
        self._at_once = at_once
        self._run = run
        self._refused = refused
        self._told = told
        self._worker: dramatiq.Worker | None = None
        self._loop = asyncio.get_running_loop()

    async def start(self) -> None:
        """Take jobs from now on, also after the broker went and came back; SourceError where it cannot be used now."""
        await _look(self._service, self._clients)
        broker = _Broker(await _parameters(self._service, self._clients), self._heard)
        dramatiq.set_encoder(_Strict(self._seal, self._queues, self._forged))
        first, *others = sorted(self._queues)
        dramatiq.Actor(self._one, broker=broker, actor_name=ACTOR, queue_name=first, priority=0, options={})
        for queue in others:
            broker.declare_queue(queue)
        self._worker = dramatiq.Worker(broker, worker_timeout=_WAKES, worker_threads=self._at_once)
        self._worker.queue_prefetch = self._at_once
        self._worker.start()

    async def stop(self, seconds: float) -> None:
        """Take no more; what runs may end for so long, then the broker gets back all that did not."""
        worker = self._worker
        if worker is not None:
            await in_daemon(lambda: worker.stop(int(seconds * 1000)), "the end of a worker")

    def _one(self, text: str) -> None:
        job = self._seal.opened_job(text)
        asyncio.run_coroutine_threadsafe(_awaited(self._run(job)), self._loop).result()

    def _heard(self, error: BaseException | None) -> None:
        words = "" if error is None else _meaning(self._service, error).words
        self._loop.call_soon_threadsafe(self._told, words)

    def _forged(self, words: str) -> None:
        self._loop.call_soon_threadsafe(self._refused, words)


class _Strict(dramatiq.Encoder):
    """Reads the messages of jobs that are signed by our key, in one shape; anything else is dropped."""

    def __init__(self, seal: Seal, queues: set[str], refused: Callable[[str], object]) -> None:
        self._seal = seal
        self._queues = queues
        self._refused = refused

    def encode(self, data: dict[str, Any]) -> bytes:
        return json.dumps(data).encode()

    def decode(self, data: bytes) -> dict[str, Any]:
        try:
            if len(data) > 2 * LONGEST_JOB:
                raise Forged("it is longer than a job")
            text = str(json.loads(data)["args"][0])
            job = self._seal.opened_job(text)
            if job.queue not in self._queues:
                raise Forged("it is for another place")
        except Forged as error:
            words = str(error)
        except (ValueError, LookupError, TypeError, RecursionError):
            words = "it is no job"
        else:
            # Of what stands around it nothing is taken: it could delay the message, or name another queue.
            return {"queue_name": job.queue, "actor_name": ACTOR, "args": [text], "kwargs": {}, "options": {}}
        self._refused(words)
        raise _undecoded(words, data, None)


async def _awaited(answer: Awaitable[None]) -> None:
    await answer


async def _look(service: Rabbitmq, clients: Clients) -> None:
    client = AmqpClient(service, clients)
    try:
        await client.ask(WITHIN)
    finally:
        await client.aclose()


async def _parameters(service: Rabbitmq, clients: Clients) -> dict[str, Any]:
    host, port = split_address(service.address)
    context: ssl.SSLContext | None = None
    if service.tls is not None:
        context = await clients.contexts.get(service.tls, service.title)
    return {
        "host": await reachable(host, port),
        "port": port,
        "virtual_host": service.vhost,
        "credentials": pika.PlainCredentials(service.user or "guest", service.password),
        "heartbeat": HEARTBEAT,
        "blocked_connection_timeout": HEARTBEAT,
        "connection_attempts": 1,
        "socket_timeout": WITHIN,
        "stack_timeout": WITHIN + 1,
        "client_properties": {"connection_name": "sutaz-tui worker", "product": "sutaz-tui"},
        "ssl_options": None if context is None else pika.SSLOptions(context, host),
    }


def _meaning(service: Rabbitmq, error: BaseException) -> SourceError:
    """What an error of dramatiq or pika amounts to, and what to do."""
    behind = list(causes(error))
    said = " ".join(str(one) for one in behind)
    user, vhost = service.user or "guest", service.vhost
    if "ACCESS_REFUSED" in said and "login" not in said.lower():
        rights = r"'^sutaz\.' '^(sutaz\.|amq\.default$)' '^sutaz\.'"
        return Denied(
            service.title,
            f"{user} may not use the queues of vhost {vhost}: rabbitmqctl set_permissions -p {vhost} {user} {rights}",
        )
    if "PRECONDITION_FAILED" in said:
        words = f"its queues in vhost {vhost} have other settings; delete those that begin with sutaz.checks"
        return BadAnswer(service.title, words)
    if any(isinstance(one, exceptions.NackError) for one in behind):
        return BadAnswer(service.title, "its queue is full: nobody takes the jobs")
    return next(
        (network_error(service.title, service.address, one) for one in behind if isinstance(one, OSError)),
        network_error(service.title, service.address, error),
    )
