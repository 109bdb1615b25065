"""RabbitMQ's AMQP port: the handshake, the login, heartbeats and the frames of every channel.

AMQP 0-9-1 with RabbitMQ's extensions, encoded and decoded by pika. What a channel does stands in
`amqp_channel`, the queues behind it in `amqp_broker`.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Any, cast

from pika import frame, spec
from pika.exceptions import AMQPError

from sutaz_tui.simulator.amqp_broker import Broker, Refusal, broker_of
from sutaz_tui.simulator.amqp_channel import Channel
from sutaz_tui.simulator.world import World

VERSION = "3.13.7"
CHANNEL_MAX = 2047
FRAME_MAX = 131_072
HEARTBEAT = 60
_HEADER = b"AMQP\x00\x00\x09\x01"
_CAPABILITIES = (
    "publisher_confirms",
    "exchange_exchange_bindings",
    "basic.nack",
    "consumer_cancel_notify",
    "connection.blocked",
    "consumer_priorities",
    "authentication_failure_close",
    "per_consumer_qos",
    "direct_reply_to",
)


def protocol(world: World) -> Callable[[], asyncio.Protocol]:
    """The AMQP port of this world's RabbitMQ; each call of the result is one connection to it."""
    broker = broker_of(world)
    return lambda: _Connection(world, broker)


class _Connection(asyncio.Protocol):
    def __init__(self, world: World, broker: Broker) -> None:
        self._world = world
        self._broker = broker
        self._buffer = b""
        self._greeted = False
        self._expected: str | None = "Connection.StartOk"
        self._user = ""
        self._client: dict[str, Any] = {}
        self._channels: dict[int, Channel] = {}
        self._heartbeat = HEARTBEAT
        self._heard = 0.0
        self._beating: asyncio.TimerHandle | None = None
        self._closing = False

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._loop = asyncio.get_running_loop()
        self._connected_at = self._world.epoch()
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self._peer: tuple[str, int] = tuple(peer[:2]) if peer else ("127.0.0.1", 0)
        self._own: tuple[str, int] = tuple(own[:2]) if own else ("127.0.0.1", 0)
        self.name = f"{self._peer[0]}:{self._peer[1]} -> {self._own[0]}:{self._own[1]}"

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._beating:
            self._beating.cancel()
        for channel in list(self._channels.values()):
            channel.end()
        self._channels.clear()
        self._broker.forget_connection(self.name)
        self._world.amqp_connections.pop(self.name, None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._heard = self._loop.time()
        if not self._greeted and not self._greet():
            return
        try:
            while self._buffer and not self._transport.is_closing():
                used, received = frame.decode_frame(self._buffer)
                if not used:
                    if len(self._buffer) > FRAME_MAX + 8:
                        raise Refusal(spec.FRAME_ERROR, "FRAME_ERROR - frame too large")
                    return
                self._buffer = self._buffer[used:]
                self._take(received)
        except Refusal as refusal:
            self._refuse(refusal)
        except (AMQPError, struct.error, LookupError, ValueError, TypeError, ArithmeticError, RecursionError):
            self._refuse(Refusal(spec.FRAME_ERROR, "FRAME_ERROR - cannot decode frame"))

    def _greet(self) -> bool:
        if len(self._buffer) < len(_HEADER):
            return False
        if not self._buffer.startswith(
            _HEADER
        ):  # another language: the version that is spoken here, and goodbye
            self._transport.write(_HEADER)
            self._transport.close()
            return False
        self._buffer = self._buffer[len(_HEADER) :]
        self._greeted = True
        properties = {
            "product": "RabbitMQ",
            "version": VERSION,
            "platform": "Erlang/OTP 26.2.5",
            "cluster_name": "rabbit@sutazai-rabbitmq",
            "copyright": "Copyright (c) 2007-2024 Broadcom Inc and/or its subsidiaries",
            "information": "Licensed under the MPL 2.0. Website: https://rabbitmq.com",
            "capabilities": dict.fromkeys(_CAPABILITIES, True),
        }
        self.send(0, spec.Connection.Start(0, 9, properties, "PLAIN AMQPLAIN", "en_US"))
        return True

    def _take(self, received: Any) -> None:
        if isinstance(received, frame.Heartbeat):
            return
        number = received.channel_number
        method = received.method if isinstance(received, frame.Method) else None
        if self._closing:
            if isinstance(method, spec.Connection.CloseOk):
                self._transport.close()
        elif number == 0:
            self._control(method)
        elif self._expected:
            raise Refusal(spec.COMMAND_INVALID, f"COMMAND_INVALID - expected {self._expected}")
        elif isinstance(method, spec.Channel.Open):
            if number in self._channels or number > CHANNEL_MAX:
                raise Refusal(
                    spec.CHANNEL_ERROR, f"CHANNEL_ERROR - second 'channel.open' of channel {number}"
                )
            self._channels[number] = Channel(number, self._broker, self)
            self.send(number, spec.Channel.OpenOk())
        elif number not in self._channels:
            raise Refusal(spec.CHANNEL_ERROR, f"CHANNEL_ERROR - expected 'channel.open' of channel {number}")
        else:
            if method is not None:
                self._world.counts.request("rabbitmq", method.NAME, "")
            self._channels[number].take(received)
        if self.name in self._world.amqp_connections:
            self._world.amqp_connections[self.name]["channels"] = len(self._channels)

    # Channel 0

    def _control(self, method: Any) -> None:
        if isinstance(method, spec.Connection.Close):
            self.send(0, spec.Connection.CloseOk())
            self._transport.close()
            return
        if method is None or (self._expected and self._expected != method.NAME):
            raise Refusal(spec.COMMAND_INVALID, f"COMMAND_INVALID - expected {self._expected or 'a method'}")
        if isinstance(method, spec.Connection.StartOk):
            self._log_in(method)
            self._expected = "Connection.TuneOk"
            self.send(0, spec.Connection.Tune(CHANNEL_MAX, FRAME_MAX, HEARTBEAT))
        elif isinstance(method, spec.Connection.TuneOk):
            self._expected = "Connection.Open"
            self._heartbeat = method.heartbeat
            self._beat()
        elif isinstance(method, spec.Connection.Open):
            if method.virtual_host != "/":
                raise Refusal(spec.NOT_ALLOWED, f"NOT_ALLOWED - vhost {method.virtual_host} not found")
            self._expected = None
            self._appear()
            self.send(0, spec.Connection.OpenOk())

    def _log_in(self, method: Any) -> None:
        self._world.counts.credential("rabbitmq")
        self._client = method.client_properties or {}
        _, _, credentials = bytes(method.response).partition(b"\0")
        user, _, password = credentials.partition(b"\0")
        self._user = user.decode("utf-8", "replace")
        secrets, fault = self._world.secrets, self._world.fault("rabbitmq")
        right = (self._user, password) == (secrets["RABBITMQ_USER"], secrets["RABBITMQ_PASSWORD"].encode())
        if method.mechanism != "PLAIN" or not right or (fault is not None and fault.name == "denied"):
            words = f"ACCESS_REFUSED - Login was refused using authentication mechanism {method.mechanism}. "
            raise Refusal(spec.ACCESS_REFUSED, words + "For details see the broker logfile.")

    def _appear(self) -> None:
        self._world.amqp_connections[self.name] = {
            "name": self.name,
            "user": self._user,
            "vhost": "/",
            "host": self._own[0],
            "port": self._own[1],
            "peer_host": self._peer[0],
            "peer_port": self._peer[1],
            "protocol": "AMQP 0-9-1",
            "auth_mechanism": "PLAIN",
            "connected_at": int(self._connected_at * 1000),
            "channels": 0,
            "channel_max": CHANNEL_MAX,
            "frame_max": FRAME_MAX,
            "timeout": self._heartbeat,
            "client_properties": _as_json(self._client),
            "state": "running",
            "type": "network",
            "ssl": False,
        }

    def _beat(self) -> None:
        """A heartbeat every half interval; a client that was silent for two of them is taken for dead."""
        if not self._heartbeat:
            return
        if self._loop.time() - self._heard > 2 * self._heartbeat:
            self._transport.abort()
            return
        self._transport.write(frame.Heartbeat().marshal())
        self._beating = self._loop.call_later(self._heartbeat / 2, self._beat)

    def _refuse(self, refusal: Refusal) -> None:
        self._closing = True
        self.send(0, spec.Connection.Close(refusal.code, refusal.words, *refusal.method))
        self._loop.call_later(5, self._transport.close)

    # What channels need

    def send(self, number: int, method: Any) -> None:
        if not self._transport.is_closing():
            self._transport.write(frame.Method(number, method).marshal())

    def send_content(self, number: int, method: Any, properties: Any, body: bytes) -> None:
        self.send(number, method)
        parts = [frame.Header(number, len(body), properties).marshal()]
        step = FRAME_MAX - 8
        parts += [
            frame.Body(number, body[start : start + step]).marshal() for start in range(0, len(body), step)
        ]
        if not self._transport.is_closing():
            self._transport.write(b"".join(parts))

    def forget_channel(self, number: int) -> None:
        self._channels.pop(number, None)


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _as_json(item) for name, item in value.items()}
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, bool | int | float | str) else str(value)
