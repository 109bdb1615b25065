"""One AMQP channel: declaring, publishing with confirms and returns, fetching, consuming, acknowledging."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pika import frame, spec

from sutaz_tui.simulator.amqp_broker import Broker, Message, Refusal
from sutaz_tui.simulator.world import Queue

_LARGEST_BODY = 16 << 20


class Connection(Protocol):
    """What a channel needs of its connection."""

    name: str

    def send(self, number: int, method: Any) -> None: ...

    def send_content(self, number: int, method: Any, properties: Any, body: bytes) -> None: ...

    def forget_channel(self, number: int) -> None: ...


@dataclass(slots=True)
class Publication:
    """A message on its way in: its method, and its header and body as they come."""

    method: Any
    header: Any = None
    body: bytes = b""


@dataclass(eq=False, slots=True)
class Consumer:
    """One basic.consume of a channel."""

    channel: "Channel"
    queue: str
    tag: str
    without_ack: bool
    prefetch: int

    def has_room(self) -> bool:
        held = sum(1 for _, _, consumer in self.channel.unacked.values() if consumer is self)
        return not self.prefetch or self.without_ack or held < self.prefetch

    def give(self, message: Message) -> None:
        self.channel.deliver(self, message)

    def cancel(self) -> None:
        """Its queue was deleted."""
        self.channel.consumers.pop(self.tag, None)
        self.channel.send(spec.Basic.Cancel(self.tag, True))


class Channel:
    def __init__(self, number: int, broker: Broker, connection: Connection) -> None:
        self._number = number
        self._broker = broker
        self._connection = connection
        self.unacked: dict[int, tuple[str, Message, Consumer | None]] = {}
        self.consumers: dict[str, Consumer] = {}
        self._delivered = 0
        self._confirmed: int | None = None  # publications confirmed so far, once confirms are on
        self._prefetch = 0
        self._incoming: Publication | None = None
        self._last_queue = ""
        self._closing = False

    def take(self, received: Any) -> None:
        """One frame of this channel; what it may not do closes the channel, with the reason."""
        method = received.method if isinstance(received, frame.Method) else None
        if self._closing:
            if isinstance(method, spec.Channel.CloseOk):
                self._connection.forget_channel(self._number)
            return
        try:
            if method is None:
                self._content(received)
            elif self._incoming:
                raise Refusal(spec.UNEXPECTED_FRAME, "UNEXPECTED_FRAME - expected content")
            elif type(method) in _ANSWERS:
                _ANSWERS[type(method)](self, method)
            else:
                words = f"NOT_IMPLEMENTED - the simulated RabbitMQ has no {method.NAME}"
                raise Refusal(spec.NOT_IMPLEMENTED, words, method)
        except Refusal as refusal:
            if refusal.code in (spec.UNEXPECTED_FRAME, spec.NOT_IMPLEMENTED):
                raise  # these end the whole connection
            self._closing = True
            self.send(spec.Channel.Close(refusal.code, refusal.words, *refusal.method))
            self.end()

    def end(self) -> None:
        """Give back what was not acknowledged and stop consuming."""
        for consumer in list(self.consumers.values()):
            self._broker.stop_consuming(consumer)
        self.consumers.clear()
        self._settle(list(self.unacked), requeue=True)

    def deliver(self, consumer: Consumer, message: Message) -> None:
        tag = self._hand_out(consumer.queue, message, consumer, consumer.without_ack)
        method = spec.Basic.Deliver(
            consumer.tag, tag, message.redelivered, message.exchange, message.routing_key
        )
        self._connection.send_content(self._number, method, _properties(message), bytes(message))

    def send(self, method: Any) -> None:
        self._connection.send(self._number, method)

    # The channel

    def _close(self, _method: Any) -> None:
        self.end()
        self.send(spec.Channel.CloseOk())
        self._connection.forget_channel(self._number)

    def _flow(self, method: Any) -> None:
        self.send(spec.Channel.FlowOk(method.active))

    def _confirm(self, method: Any) -> None:
        self._confirmed = self._confirmed or 0
        if not method.nowait:
            self.send(spec.Confirm.SelectOk())

    def _qos(self, method: Any) -> None:
        self._prefetch = method.prefetch_count
        self.send(spec.Basic.QosOk())

    # Exchanges and queues

    def _declare_exchange(self, method: Any) -> None:
        self._broker.declare_exchange(method.exchange, method.type, method.passive, method)
        if not method.nowait:
            self.send(spec.Exchange.DeclareOk())

    def _delete_exchange(self, method: Any) -> None:
        self._broker.delete_exchange(method.exchange, method)
        if not method.nowait:
            self.send(spec.Exchange.DeleteOk())

    def _declare_queue(self, method: Any) -> None:
        queue = self._broker.declare_queue(self._connection.name, method)
        self._last_queue = queue.name
        if not method.nowait:
            self.send(spec.Queue.DeclareOk(queue.name, queue.depth, queue.consumers))

    def _bind(self, method: Any) -> None:
        self._broker.exchange_type(method.exchange, method)
        queue, binding = self._queue(method), (method.exchange, method.routing_key)
        if binding not in queue.bindings:
            queue.bindings.append(binding)
        if not method.nowait:
            self.send(spec.Queue.BindOk())

    def _unbind(self, method: Any) -> None:
        queue, binding = self._queue(method), (method.exchange, method.routing_key)
        if binding in queue.bindings:
            queue.bindings.remove(binding)
        self.send(spec.Queue.UnbindOk())

    def _purge(self, method: Any) -> None:
        count = self._broker.purge(self._queue(method))
        if not method.nowait:
            self.send(spec.Queue.PurgeOk(count))

    def _delete_queue(self, method: Any) -> None:
        name = method.queue or self._last_queue
        count = 0
        if name in self._broker.world.queues:  # deleting what is not there is no error since RabbitMQ 3.2
            queue = self._queue(method)
            if (method.if_unused and queue.consumers) or (method.if_empty and queue.depth):
                reason = "in use" if method.if_unused and queue.consumers else "not empty"
                words = f"PRECONDITION_FAILED - queue '{name}' in vhost '/' {reason}"
                raise Refusal(spec.PRECONDITION_FAILED, words, method)
            count = self._broker.delete_queue(name)
        if not method.nowait:
            self.send(spec.Queue.DeleteOk(count))

    def _queue(self, method: Any) -> Queue:
        """The named queue; an empty name is the one last declared on this channel."""
        return self._broker.queue(method.queue or self._last_queue, self._connection.name, method)

    # Publishing

    def _publish(self, method: Any) -> None:
        self._incoming = Publication(method)

    def _content(self, received: Any) -> None:
        incoming = self._incoming
        if incoming is None or isinstance(received, frame.Header) == (incoming.header is not None):
            raise Refusal(spec.UNEXPECTED_FRAME, "UNEXPECTED_FRAME - content without its method or header")
        if isinstance(received, frame.Header):
            incoming.header = received
            if received.body_size > _LARGEST_BODY:
                self._incoming = None
                words = (
                    f"PRECONDITION_FAILED - message size {received.body_size} is larger than {_LARGEST_BODY}"
                )
                raise Refusal(spec.PRECONDITION_FAILED, words, incoming.method)
        else:
            incoming.body += received.fragment
        if len(incoming.body) >= incoming.header.body_size:
            self._incoming = None
            self._published(incoming)

    def _published(self, incoming: Publication) -> None:
        method = incoming.method
        message = Message(incoming.body)
        message.exchange, message.routing_key = method.exchange, method.routing_key
        message.properties = incoming.header.properties
        if not self._broker.publish(message, method) and method.mandatory:
            returned = spec.Basic.Return(spec.NO_ROUTE, "NO_ROUTE", method.exchange, method.routing_key)
            self._connection.send_content(self._number, returned, message.properties, bytes(message))
        if self._confirmed is not None:
            self._confirmed += 1
            self.send(spec.Basic.Ack(self._confirmed, False))

    # Fetching

    def _get(self, method: Any) -> None:
        queue = self._queue(method)
        message = self._broker.take(queue)
        if message is None:
            self.send(spec.Basic.GetEmpty())
            return
        tag = self._hand_out(queue.name, message, None, method.no_ack)
        answer = spec.Basic.GetOk(
            tag, message.redelivered, message.exchange, message.routing_key, queue.depth
        )
        self._connection.send_content(self._number, answer, _properties(message), bytes(message))

    def _consume(self, method: Any) -> None:
        queue = self._queue(method)
        tag = method.consumer_tag or f"amq.ctag-{self._number}-{len(self.consumers) + 1}"
        if tag in self.consumers:
            words = f"NOT_ALLOWED - attempt to reuse consumer tag '{tag}'"
            raise Refusal(spec.NOT_ALLOWED, words, method)
        self.consumers[tag] = Consumer(self, queue.name, tag, method.no_ack, self._prefetch)
        # Counted before it is told, delivered after.
        self._broker.consume(queue, self.consumers[tag])
        if not method.nowait:
            self.send(spec.Basic.ConsumeOk(tag))
        self._broker.deliver(queue.name)

    def _cancel(self, method: Any) -> None:
        consumer = self.consumers.pop(method.consumer_tag, None)
        if consumer:
            self._broker.stop_consuming(consumer)
        if not method.nowait:
            self.send(spec.Basic.CancelOk(method.consumer_tag))

    def _hand_out(self, queue: str, message: Message, consumer: Consumer | None, without_ack: bool) -> int:
        self._delivered += 1
        if not without_ack:
            self.unacked[self._delivered] = (queue, message, consumer)
            self._broker.hold(queue, +1)
        return self._delivered

    # Acknowledging

    def _ack(self, method: Any) -> None:
        self._settle(self._meant(method), requeue=False)

    def _nack(self, method: Any) -> None:
        self._settle(self._meant(method), method.requeue)

    def _recover(self, _method: Any) -> None:
        self._settle(list(self.unacked), requeue=True)
        self.send(spec.Basic.RecoverOk())

    def _meant(self, method: Any) -> list[int]:
        tag = method.delivery_tag
        if getattr(method, "multiple", False):
            return [known for known in self.unacked if known <= tag or tag == 0]
        if tag not in self.unacked:
            words = f"PRECONDITION_FAILED - unknown delivery tag {tag}"
            raise Refusal(spec.PRECONDITION_FAILED, words, method)
        return [tag]

    def _settle(self, tags: list[int], requeue: bool) -> None:
        settled = [self.unacked.pop(tag) for tag in sorted(tags, reverse=True)]
        for queue, message, _ in settled:
            self._broker.hold(queue, -1)
            if requeue:
                self._broker.put_back(queue, message)
        for queue in {queue for queue, _, _ in settled}:
            self._broker.deliver(queue)


def _properties(message: Message) -> Any:
    return message.properties if message.properties is not None else spec.BasicProperties(delivery_mode=2)


_ANSWERS: dict[type, Callable[[Channel, Any], None]] = {
    spec.Channel.Close: Channel._close,
    spec.Channel.Flow: Channel._flow,
    spec.Confirm.Select: Channel._confirm,
    spec.Basic.Qos: Channel._qos,
    spec.Exchange.Declare: Channel._declare_exchange,
    spec.Exchange.Delete: Channel._delete_exchange,
    spec.Queue.Declare: Channel._declare_queue,
    spec.Queue.Bind: Channel._bind,
    spec.Queue.Unbind: Channel._unbind,
    spec.Queue.Purge: Channel._purge,
    spec.Queue.Delete: Channel._delete_queue,
    spec.Basic.Publish: Channel._publish,
    spec.Basic.Get: Channel._get,
    spec.Basic.Consume: Channel._consume,
    spec.Basic.Cancel: Channel._cancel,
    spec.Basic.Ack: Channel._ack,
    spec.Basic.Nack: Channel._nack,
    spec.Basic.Reject: Channel._nack,
    spec.Basic.Recover: Channel._recover,
}
