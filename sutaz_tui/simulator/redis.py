"""Redis as a monitor meets it: fakeredis keeps the keys, this speaks RESP2 and RESP3 and adds what it lacks.

fakeredis 2.40 calls INFO, ROLE, CONFIG GET, SLOWLOG, LATENCY and MEMORY unknown commands, and its own TCP
server takes a thread a client. Subscribing and MONITOR are not served.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import cast

from fakeredis import FakeAsyncRedisConnection, FakeServer
from redis.exceptions import RedisError

from sutaz_tui.simulator.redis_figures import VERSION, Figures
from sutaz_tui.simulator.resp import Reply, ReplyError, WrongCommand, commands, encode
from sutaz_tui.simulator.world import World

_WITHOUT_LOGIN = frozenset({"AUTH", "HELLO", "QUIT", "RESET"})
_STORING = frozenset({b"SET", b"SETEX", b"PSETEX"})
_STATUSES = frozenset({b"OK", b"PONG", b"QUEUED"})
"""Simple strings: fakeredis hands them over as bytes, as it does values."""
_IGNORED: dict[bytes, Reply] = {b"SET": "OK", b"DEL": 1, b"EXPIRE": 1, b"INCR": 1, b"HSET": 1}
"""What is answered to a command that is ignored."""
_OF_THE_SERVER = frozenset({"CLIENT", "INFO", "LATENCY", "MEMORY", "SLOWLOG"})
"""Commands whose arguments are neither logins, keys nor values: they are told with the request."""
_NOT_SERVED = frozenset({"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "SYNC", "PSYNC", "SHUTDOWN"})


def protocol(world: World) -> Callable[[], asyncio.Protocol]:
    """The Redis of this world; each call of the result is one connection to it."""
    server = _Server(world)
    return lambda: _Connection(server)


class _Server:
    """What the connections to one Redis share."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = FakeServer(version=(7,))
        self.clients: set[_Connection] = set()
        self.figures = Figures(world, self.store, lambda: len(self.clients))
        self.ids = itertools.count(1)

    @property
    def password(self) -> bytes:
        return self.world.secrets.get("REDIS_PASSWORD", "").encode()

    @property
    def is_denied(self) -> bool:
        fault = self.world.fault("redis")
        return fault is not None and fault.name == "denied"

    @property
    def asks_for_a_password(self) -> bool:
        return self.is_denied or self.world.traits.redis_password_required


class _Connection(asyncio.Protocol):
    def __init__(self, server: _Server) -> None:
        self._server = server
        self._buffer = bytearray()
        self._waiting: asyncio.Queue[list[bytes]] = asyncio.Queue()
        self._keys = FakeAsyncRedisConnection(server=server.store, protocol=2)
        self._resp = 2
        self._id = next(server.ids)
        self._logged_in = not server.asks_for_a_password

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.clients.add(self)
        self._answering = asyncio.get_running_loop().create_task(self._answer_all(), name="redis connection")

    def connection_lost(self, _exc: Exception | None) -> None:
        self._server.clients.discard(self)
        self._answering.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            for command in commands(self._buffer):
                self._waiting.put_nowait(command)
        except WrongCommand as error:
            self._transport.write(encode(ReplyError(f"ERR Protocol error: {error}"), 2))
            self._transport.close()

    async def _answer_all(self) -> None:
        """One command after the other: a blocking one holds up those behind it, as in Redis."""
        try:
            while not self._transport.is_closing():
                name, *arguments = await self._waiting.get()
                word = name.decode("utf-8", "replace").upper()
                self._server.world.tick()
                told = b" ".join(arguments).decode("utf-8", "replace") if word in _OF_THE_SERVER else ""
                self._server.world.counts.request("redis", word, "", query=told)
                if word == "AUTH" or (word == "HELLO" and b"AUTH" in (one.upper() for one in arguments)):
                    self._server.world.counts.credential("redis")
                self._server.figures.commands += 1
                self._server.figures.calls[word.lower()] += 1
                try:
                    reply = await self._answer(word, name, arguments)
                except ReplyError as error:
                    reply = error
                self._transport.write(encode(reply, self._resp))
                if word == "QUIT":
                    self._transport.close()
        finally:
            self._transport.close()
            await self._keys.disconnect(nowait=True)

    async def _answer(self, word: str, name: bytes, arguments: list[bytes]) -> Reply:
        if not self._logged_in and word not in _WITHOUT_LOGIN:
            raise ReplyError("NOAUTH Authentication required.")
        if word in _NOT_SERVED:
            raise ReplyError(f"ERR unknown command '{word}', the simulated Redis does not serve it")
        if word == "HELLO":
            greeting = self._hello(arguments)
            await self._keyspace(b"HELLO", [str(self._resp).encode()])
            return greeting
        if word == "AUTH":
            return self._auth(arguments)
        if word == "QUIT":
            return "OK"
        figures = self._server.figures
        answered = figures.answer(word, [argument.decode("utf-8", "replace") for argument in arguments])
        if answered is not None:
            return answered
        return await self._keyspace(name, arguments)

    async def _keyspace(self, name: bytes, arguments: list[bytes]) -> Reply:
        if (name.upper(), *(argument.upper() for argument in arguments[:1])) == (b"CLIENT", b"REPLY"):
            raise ReplyError("ERR the simulated Redis always replies")
        traits = self._server.world.traits
        word = name.upper()
        if word in _STORING and not traits.redis_keeps_values:
            return "OK"
        if word in _IGNORED and word.decode() in traits.redis_ignores:
            return _IGNORED[word]
        if word == b"SET" and not traits.redis_overwrites:
            arguments = [*arguments, b"NX"]
        if not traits.redis_expires:
            if word in (b"EXPIRE", b"PEXPIRE"):
                return 1
            if word in _STORING:
                name, arguments = b"SET", [arguments[0], arguments[1 if word == b"SET" else -1]]
        try:
            await self._keys.send_command(name, *arguments)
            reply = cast(Reply, await self._keys.read_response(disable_decoding=True))
            if word == b"GET":
                self._server.figures.hits += reply is not None
                self._server.figures.misses += reply is None
            if word == b"GET" and isinstance(reply, bytes) and not traits.redis_keeps_bytes:
                reply = reply.decode("ascii", "replace").replace("\ufffd", "?").encode()
            if word == b"SET" and not traits.redis_overwrites:
                return "OK"
            return reply.decode() if isinstance(reply, bytes) and reply in _STATUSES else reply
        except RedisError as error:
            # redis-py takes some prefixes off (ERR, NOAUTH) and leaves others (WRONGTYPE), in capitals.
            words = str(error)
            prefix = words.split(" ", 1)[0]
            raise ReplyError(words if prefix.isupper() and len(prefix) > 3 else f"ERR {words}") from error

    def _auth(self, arguments: list[bytes]) -> Reply:
        user = arguments[0] if len(arguments) == 2 else b"default"
        if not arguments or len(arguments) > 2:
            raise ReplyError("ERR wrong number of arguments for 'auth' command")
        if not self._server.asks_for_a_password and len(arguments) == 1:
            raise ReplyError(
                "ERR AUTH <password> called without any password configured for the default user. "
                "Are you sure your configuration is correct?"
            )
        right = user == b"default" and arguments[-1] == self._server.password
        if self._server.is_denied or (self._server.asks_for_a_password and not right) or user != b"default":
            raise ReplyError("WRONGPASS invalid username-password pair or user is disabled.")
        self._logged_in = True
        return "OK"

    def _hello(self, arguments: list[bytes]) -> Reply:
        version = arguments[0] if arguments else str(self._resp).encode()
        if version not in (b"2", b"3"):
            raise ReplyError("NOPROTO unsupported protocol version")
        words = [argument.upper() for argument in arguments]
        if b"AUTH" in words:
            place = words.index(b"AUTH")
            self._auth(arguments[place + 1 : place + 3])
        if not self._logged_in:
            raise ReplyError("NOAUTH HELLO must be called with the client already authenticated")
        self._resp = int(version)
        return {
            "server": "redis",
            "version": VERSION,
            "proto": self._resp,
            "id": self._id,
            "mode": "standalone",
            "role": self._server.world.traits.redis_role,
            "modules": [],
        }
