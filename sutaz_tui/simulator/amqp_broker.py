"""The queues and exchanges behind the simulated AMQP port: routing, consumers, and who owns what.

The queues are the world's, so that the management API shows the same ones.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

from pika import spec

from sutaz_tui.simulator.world import Queue, World

_BUILT_IN = {
    "": "direct",
    "amq.direct": "direct",
    "amq.fanout": "fanout",
    "amq.headers": "headers",
    "amq.match": "headers",
    "amq.topic": "topic",
}


class Refusal(Exception):
    """An AMQP exception: its code, its sentence, and the class and method id of the call that it answers."""

    def __init__(self, code: int, words: str, method: Any = None) -> None:
        super().__init__(words)
        self.code = code
        self.words = words[:255]
        self.method = divmod(method.INDEX, 1 << 16) if method is not None else (0, 0)


class Message(bytes):
    """A body with what was published round it, so that it may stand among the plain bodies of a queue."""

    exchange = ""
    routing_key = ""
    properties: Any = None
    redelivered = False

    def without_end(self) -> "Message":
        """The same message, its last byte lost."""
        cut = Message(self[:-1])
        vars(cut).update(vars(self))
        return cut


class Taker(Protocol):
    """A consumer as the broker sees it."""

    queue: str

    def has_room(self) -> bool: ...

    def give(self, message: Message) -> None: ...

    def cancel(self) -> None: ...


@dataclass(slots=True)
class Broker:
    """One RabbitMQ with the vhost `/`."""

    world: World
    owners: dict[str, str] = field(default_factory=dict)
    """Exclusive queue -> name of the connection that declared it."""
    takers: dict[str, list[Taker]] = field(default_factory=dict)
    generated: int = 0

    # Exchanges

    def exchange_type(self, name: str, method: Any) -> str:
        """Its type, or a 404."""
        kind = {**_BUILT_IN, **self.world.exchanges}.get(name)
        if kind is None:
            raise Refusal(spec.NOT_FOUND, f"NOT_FOUND - no exchange '{name}' in vhost '/'", method)
        return kind

    def declare_exchange(self, name: str, kind: str, passive: bool, method: Any) -> None:
        known = {**_BUILT_IN, **self.world.exchanges}.get(name)
        if passive or known == kind:
            self.exchange_type(name, method)
        elif known is not None:
            words = f"PRECONDITION_FAILED - inequivalent arg 'type' for exchange '{name}' in vhost '/': "
            raise Refusal(
                spec.PRECONDITION_FAILED, f"{words}received '{kind}' but current is '{known}'", method
            )
        elif name.startswith("amq."):
            raise Refusal(spec.ACCESS_REFUSED, f"ACCESS_REFUSED - exchange name '{name}' is reserved", method)
        else:
            self.world.own_exchanges[name] = kind

    def delete_exchange(self, name: str, method: Any) -> None:
        if name in _BUILT_IN:
            raise Refusal(
                spec.ACCESS_REFUSED, f"ACCESS_REFUSED - exchange '{name}' cannot be deleted", method
            )
        self.world.own_exchanges.pop(name, None)
        for queue in self.world.queues.values():
            queue.bindings = [binding for binding in queue.bindings if binding[0] != name]

    # Queues

    def queue(self, name: str, connection: str, method: Any) -> Queue:
        """A queue by name: a 404 where there is none, a 405 where it is another connection's own."""
        queue = self.world.queues.get(name)
        if queue is None:
            raise Refusal(spec.NOT_FOUND, f"NOT_FOUND - no queue '{name}' in vhost '/'", method)
        if self.owners.get(name, connection) != connection:
            words = f"RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '{name}' in vhost '/'"
            raise Refusal(spec.RESOURCE_LOCKED, words, method)
        return queue

    def declare_queue(self, connection: str, method: Any) -> Queue:
        name: str = method.queue
        if method.passive or name in self.world.queues:
            queue = self.queue(name, connection, method)
            if not method.passive and queue.durable != method.durable:
                words = f"PRECONDITION_FAILED - inequivalent arg 'durable' for queue '{name}': received "
                received, current = str(method.durable).lower(), str(queue.durable).lower()
                raise Refusal(
                    spec.PRECONDITION_FAILED, f"{words}'{received}' but current is '{current}'", method
                )
            return queue
        if name.startswith("amq."):
            raise Refusal(spec.ACCESS_REFUSED, f"ACCESS_REFUSED - queue name '{name}' is reserved", method)
        if not name:
            self.generated += 1
            name = f"amq.gen-{self.world.random.getrandbits(120):030x}{self.generated}"
        queue = Queue(
            name, method.durable, method.auto_delete, method.exclusive, idle_since=self.world.epoch()
        )
        self.world.queues[name] = queue
        if method.exclusive:
            self.owners[name] = connection
        return queue

    def delete_queue(self, name: str) -> int:
        """Remove a queue, telling its consumers; the number of messages that went with it."""
        queue = self.world.queues.pop(name, None)
        self.owners.pop(name, None)
        for taker in self.takers.pop(name, []):
            taker.cancel()
        return queue.depth if queue else 0

    def purge(self, queue: Queue) -> int:
        count = queue.depth
        queue.messages.clear()
        queue.ready = 0
        return count

    def forget_connection(self, name: str) -> None:
        """Remove the exclusive queues of a connection that is gone."""
        for queue in [queue for queue, owner in self.owners.items() if owner == name]:
            self.delete_queue(queue)

    # Messages

    def publish(self, message: Message, method: Any) -> bool:
        """Put a message where its exchange routes it; False where no queue took it."""
        kind = self.exchange_type(message.exchange, method)
        if self.world.traits.rabbitmq_cuts_messages:
            message = message.without_end()
        found = [queue for queue in self.world.queues.values() if _routes(queue, message, kind)]
        for queue in found:
            if not self.world.traits.rabbitmq_keeps_messages:
                continue
            if queue.consumers > len(self.takers.get(queue.name, [])):
                queue.ready += 1  # the stack's own consumers take it as the world moves on
            else:
                queue.messages.append(message)
                if len(queue.messages) > self.world.traits.rabbitmq_queue_limit > 0:
                    queue.messages.popleft()
            queue.published += 1
            queue.idle_since = self.world.epoch()
            self.deliver(queue.name)
        return bool(found)

    def publish_inside(self, exchange: str, key: str, body: bytes) -> bool:
        """Publish as a neighbour in the stack; False where no queue took it."""
        message = Message(body)
        message.exchange, message.routing_key = exchange, key
        return self.publish(message, None)

    def take(self, queue: Queue) -> Message | None:
        """The next message: a published one, else one of the world's own tasks."""
        if queue.messages:
            body = queue.messages.popleft()
            message = body if isinstance(body, Message) else Message(body)
        elif queue.ready > 0:
            queue.ready -= 1
            message = Message(b'{"task": "simulated"}')
            message.exchange, message.routing_key = "mcp.exchange", f"{queue.name}.task"
        else:
            return None
        queue.delivered += 1
        queue.idle_since = self.world.epoch()
        return message

    def put_back(self, name: str, message: Message) -> None:
        """Return an unacknowledged message to the head of its queue."""
        queue = self.world.queues.get(name)
        if queue is not None:
            message.redelivered = True
            queue.messages.appendleft(message)
            self.deliver(name)

    def hold(self, name: str, change: int) -> None:
        """Count messages that were handed out and not yet acknowledged."""
        queue = self.world.queues.get(name)
        if queue is not None:
            queue.unacked = max(0, queue.unacked + change)

    def consume(self, queue: Queue, taker: Taker) -> None:
        """Count a consumer; what waits is handed to it by `deliver`."""
        self.takers.setdefault(queue.name, []).append(taker)
        queue.consumers += 1

    def stop_consuming(self, taker: Taker) -> None:
        queue = self.world.queues.get(taker.queue)
        takers = self.takers.get(taker.queue, [])
        if queue is None or taker not in takers:
            return
        takers.remove(taker)
        queue.consumers = max(0, queue.consumers - 1)
        if queue.auto_delete and not takers:
            self.delete_queue(queue.name)

    def deliver(self, name: str) -> None:
        """Hand waiting messages round the consumers of a queue that have room."""
        takers = self.takers.get(name, [])
        while (queue := self.world.queues.get(name)) and queue.depth:
            taker = next((taker for taker in takers if taker.has_room()), None)
            message = self.take(queue) if taker else None
            if taker is None or message is None:
                return
            takers.remove(taker)
            takers.append(taker)
            taker.give(message)


def broker_of(world: World) -> Broker:
    """The one broker of this world."""
    broker: Broker = world.state.setdefault("amqp", Broker(world))
    return broker


def _routes(queue: Queue, message: Message, kind: str) -> bool:
    if not message.exchange:
        return queue.name == message.routing_key
    keys = [key for exchange, key in queue.bindings if exchange == message.exchange]
    if kind in ("fanout", "headers"):
        return bool(keys)
    if kind == "topic":
        words = message.routing_key.split(".")
        return any(_matches(key.split("."), words) for key in keys)
    return message.routing_key in keys


def _matches(pattern: list[str], words: list[str]) -> bool:
    """A topic pattern: `*` is one word, `#` any number of them."""
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(_matches(pattern[1:], words[start:]) for start in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and _matches(pattern[1:], words[1:])
