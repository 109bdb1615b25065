"""A message's way through RabbitMQ and back: published, and fetched from private queues that end with their connection."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from pika import exceptions, spec

from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.errors import BadAnswer, TimedOut
from sutaz_tui.model import Step
from sutaz_tui.sources.amqp import AmqpClient, Line
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.evidence import record
from sutaz_tui.text.sanitise import head, one_line

Reply = Callable[[Any], None]

KEEP_LIMIT = 4096
# What a connection that cannot be opened waits for the broker; the asker's own deadline is earlier.
OPEN_WITHIN = 10.0


class ChannelRefused(BadAnswer):
    """The broker refused what was asked on a channel: AMQP's reply code (404 no such exchange, 403 not permitted)."""

    def __init__(self, source: str, code: int, words: str) -> None:
        super().__init__(source, words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that was fetched: by which exchange and routing key it came."""

    body: bytes
    exchange: str
    routing_key: str


class AmqpChannel:
    """One channel with publisher confirms; every method raises SourceError and leaves a step as evidence."""

    def __init__(self, line: Line, service: Rabbitmq, clients: Clients) -> None:
        self.source = service.title
        self._line = line
        self._address = service.address
        self._mask = clients.secrets.mask
        self._shell = clients.shell
        self._returned = 0
        self._confirmed: Reply = _nobody
        self._emptied: Reply = _nobody

    async def private_queue(self, name: str, bindings: Sequence[tuple[str, str]] = ()) -> None:
        """Declare a queue that only this connection may use and that ends with it; (exchange, key) pairs bind it."""
        await self._do(
            f"queue.declare {name}, exclusive, auto-delete",
            lambda channel, reply: channel.queue_declare(
                name, exclusive=True, auto_delete=True, durable=False, callback=reply
            ),
        )
        for exchange, key in bindings:
            await self._bind(name, exchange, key)

    async def _bind(self, queue: str, exchange: str, key: str) -> None:
        await self._do(
            f"queue.bind {queue} to {exchange} with {key}",
            lambda channel, reply: channel.queue_bind(queue, exchange, key, callback=reply),
        )

    async def publish(self, exchange: str, key: str, body: bytes) -> bool:
        """Publish one transient message and wait for the broker's confirm; False where no queue took it."""
        before = self._returned

        def send(channel: Any, reply: Reply) -> None:
            self._confirmed = reply
            channel.basic_publish(exchange, key, body, mandatory=True)

        confirm = await self._do(f"basic.publish to '{exchange}' with {key}: {head(body, 200)}", send)
        return isinstance(confirm.method, spec.Basic.Ack) and self._returned == before

    async def fetch(self, queue: str) -> Arrived | None:
        """Take the next message of a queue, None when it is empty."""

        def take(channel: Any, reply: Reply) -> None:
            def taken(_channel: Any, method: Any, _properties: Any, body: bytes) -> None:
                reply(Arrived(body, method.exchange, method.routing_key))

            self._emptied = reply
            channel.basic_get(queue, callback=taken, auto_ack=True)

        answer = await self._do(f"basic.get from {queue}", take)
        return answer if isinstance(answer, Arrived) else None

    async def start(self) -> None:
        """Turn confirms on; called once before anything else."""

        def begin(channel: Any, reply: Reply) -> None:
            channel.add_on_return_callback(self._on_return)
            channel.add_callback(lambda frame: self._emptied(frame), [spec.Basic.GetEmpty], one_shot=False)
            channel.confirm_delivery(ack_nack_callback=lambda frame: self._confirmed(frame), callback=reply)

        await self._do("confirm.select", begin)

    def _on_return(self, *_: Any) -> None:
        self._returned += 1

    async def _do(self, words: str, start: Callable[[Any, Reply], object]) -> Any:
        started = time.perf_counter()
        try:
            answer = await self._line.do(start)
        except exceptions.ChannelClosedByBroker as error:
            reason = one_line(error.reply_text, 160)
            self._record(words, f"channel.close {error.reply_code} {reason}", started)
            raise ChannelRefused(self.source, error.reply_code, f"refuses {words}: {reason}") from error
        except (exceptions.AMQPError, asyncio.CancelledError) as error:
            self._record(
                words, f"given up: {one_line(str(error), 100)}" if str(error) else "given up", started
            )
            raise
        self._record(words, _said(answer), started)
        return answer

    def _record(self, words: str, answer: str, started: float) -> None:
        host, _, port = self._address.rpartition(":")
        line = f"printf 'AMQP\\000\\000\\011\\001' | nc -w 5 {self._shell.word(host)} {port} | strings"
        request = self._mask(f"AMQP {self._address}: {words}")
        step = Step(f"{self.source} (AMQP)", request, self._mask(answer), time.perf_counter() - started, line)
        record(step)


@asynccontextmanager
async def amqp_channel(service: Rabbitmq, clients: Clients, timeout: float) -> AsyncIterator[AmqpChannel]:
    """A channel on a connection of its own; TimedOut after `timeout` seconds, connecting and closing included."""
    client = AmqpClient(service, clients)
    try:
        async with asyncio.timeout(timeout) as deadline, client.line(OPEN_WITHIN) as line:
            channel = AmqpChannel(line, service, clients)
            await channel.start()
            yield channel
    except TimeoutError as error:
        if not deadline.expired():
            raise
        words = f"no answer on AMQP {service.address} within {timeout:g} s; is the broker hung?"
        raise TimedOut(service.title, words) from error


def _nobody(_: Any) -> None:
    """Takes an answer that nobody waits for."""


def _said(answer: Any) -> str:
    if isinstance(answer, Arrived):
        return f"from '{answer.exchange}' with {one_line(answer.routing_key, 80)}: {head(answer.body, KEEP_LIMIT)}"
    return str(getattr(cast(Any, answer).method, "NAME", "answered"))
