"""A MySQL as a monitor meets it: login by mysql_native_password, its variables, status and replica."""

import asyncio
import hashlib
import secrets
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from sutaz_tui.simulator.world import World

VERSION = "8.0.36"
PLUGIN = b"mysql_native_password\0"
CAPABILITIES = 0x000FF7FF & ~0x0820
"""All of a server of that age but TLS and packed packets."""
OK, END = b"\0\0\0\x02\0\0\0", b"\xfe\0\0\x02\0"
QUIT, USE, QUERY, PING = 0x01, 0x02, 0x03, 0x0E
VARIABLES = {
    "version": VERSION,
    "version_comment": "MySQL Community Server - GPL",
    "read_only": "OFF",
    "max_connections": "151",
    "innodb_flush_log_at_trx_commit": "1",
    "innodb_doublewrite": "ON",
}
STATUS = {
    "Uptime": "86400",
    "Threads_connected": "7",
    "Threads_running": "2",
    "Slow_queries": "0",
    "Questions": "123456",
    "Aborted_connects": "0",
}


def protocol(world: World) -> Callable[[], asyncio.Protocol]:
    """The MySQL of this world; each call of the result is one connection to it."""
    return lambda: _Connection(world)


class _Connection(asyncio.Protocol):
    def __init__(self, world: World) -> None:
        self._world = world
        self._heard = b""
        self._is_known = False
        # No byte of it may end a string.
        self._salt = bytes(secrets.choice(range(1, 128)) for _ in range(20))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        low, high = CAPABILITIES & 0xFFFF, CAPABILITIES >> 16
        head = b"\x0a" + VERSION.encode() + b"\0" + struct.pack("<I", 7) + self._salt[:8] + b"\0"
        rest = struct.pack("<HBHHB", low, 45, 2, high, 21) + bytes(10) + self._salt[8:] + b"\0" + PLUGIN
        self._send(0, [head + rest])

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while len(self._heard) >= 4:
            size, number = int.from_bytes(self._heard[:3], "little"), self._heard[3]
            if len(self._heard) < 4 + size:
                return
            packet, self._heard = self._heard[4 : 4 + size], self._heard[4 + size :]
            if not packet or (packet[0] == QUIT and self._is_known):
                self._transport.close()
                return
            self._send(number + 1, self._answer(packet) if self._is_known else [self._login(packet)])

    def _send(self, number: int, packets: Iterable[bytes]) -> None:
        for at, packet in enumerate(packets, number):
            self._transport.write(len(packet).to_bytes(3, "little") + bytes([at % 256]) + packet)

    def _login(self, packet: bytes) -> bytes:
        user, _, rest = packet[32:].partition(b"\0")
        given = rest[1 : 1 + rest[0]] if rest else b""
        fault = self._world.fault("mysql")
        wanted = _scrambled(self._world.secrets["MYSQL_PASSWORD"], self._salt)
        if given != wanted or (fault is not None and fault.name == "denied"):
            name = user.decode("utf-8", "replace")
            return _error(1045, "28000", f"Access denied for user '{name}'@'127.0.0.1' (using password: YES)")
        self._is_known = True
        return OK

    def _answer(self, packet: bytes) -> list[bytes]:
        self._world.counts.request("mysql", "QUERY", "")
        if packet[0] in (PING, USE):
            return [OK]
        if packet[0] != QUERY:
            return [_error(1047, "08S01", "Unknown command")]
        asked, traits = packet[1:].decode("utf-8", "replace").upper(), self._world.traits
        others = dict(one.split(":", 1) for one in traits.mysql_figures)
        if asked.startswith("SET "):
            return [OK]
        for word, known in (("VARIABLES", VARIABLES), ("STATUS", STATUS)):
            if asked.startswith(f"SHOW GLOBAL {word}"):
                rows = [(name, others.get(name, value)) for name, value in known.items()]
                return _rows(("Variable_name", "Value"), rows)
        if asked.startswith("SHOW REPLICA STATUS"):
            replica = dict(one.split(":", 1) for one in traits.mysql_replica)
            return _rows(
                tuple(replica) or ("Replica_IO_Running",), [tuple(replica.values())] if replica else []
            )
        return [_error(1064, "42000", "You have an error in your SQL syntax")]


def _scrambled(password: str, salt: bytes) -> bytes:
    once = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    twice = hashlib.sha1(once, usedforsecurity=False).digest()
    mixed = hashlib.sha1(salt + twice, usedforsecurity=False).digest()
    return bytes(a ^ b for a, b in zip(once, mixed, strict=True))


def _error(code: int, state: str, words: str) -> bytes:
    return b"\xff" + struct.pack("<H", code) + f"#{state}{words}".encode()


def _text(value: str) -> bytes:
    data = value.encode()
    return bytes([len(data)]) + data


def _rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[bytes]:
    shown = struct.pack("<BHIBHBH", 12, 45, 1024, 253, 0, 0, 0)
    heads = [b"".join(map(_text, ("def", "", "", "", name, name))) + shown for name in columns]
    return [bytes([len(columns)]), *heads, END, *(b"".join(map(_text, row)) for row in rows), END]
