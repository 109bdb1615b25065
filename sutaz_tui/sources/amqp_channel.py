"""A message's way through RabbitMQ and back: published, and fetched from private queues that end with their connection."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from pika import exceptions, spec

from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.amqp_line import Line
from sutaz_tui.sources.question import KEEP_LIMIT, Question
from sutaz_tui.text.sanitise import head, one_line

Reply = Callable[[Any], None]
Judged = Callable[[Awaitable[Any]], Awaitable[Any]]
"""Awaits an answer, and makes a SourceError of what pika raises."""


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

    def __init__(self, line: Line, opened: Question, timeout: float, judged: Judged) -> None:
        self.source = opened.source
        self._line = line
        self._opened = opened
        self._timeout = timeout
        self._judged = judged
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
        request = f"AMQP {self._opened.address}: {words}"
        question = replace(self._opened, request=request, is_reused=True, started=time.perf_counter())
        question.late = "no answer"
        async with question.within(self._timeout):
            answer = await self._judged(self._asked(words, start))
            question.answer = _said(answer)
        return answer

    async def _asked(self, words: str, start: Callable[[Any, Reply], object]) -> Any:
        try:
            return await self._line.do(start)
        except exceptions.ChannelClosedByBroker as error:
            reason = one_line(error.reply_text, 160)
            raise ChannelRefused(self.source, error.reply_code, f"refuses {words}: {reason}") from error


def _nobody(_: Any) -> None:
    """Takes an answer that nobody waits for."""


def _said(answer: Any) -> str:
    if isinstance(answer, Arrived):
        return f"from '{answer.exchange}' with {one_line(answer.routing_key, 80)}: {head(answer.body, KEEP_LIMIT)}"
    return str(getattr(cast(Any, answer).method, "NAME", "answered"))
