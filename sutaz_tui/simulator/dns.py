"""A small DNS server, authoritative for one name: by UDP it says that the answer does not fit, by TCP it tells it.

So each fault of a port is also one of this server.
"""

import asyncio
import ipaddress
import itertools
import struct
from collections.abc import Callable
from typing import cast

from sutaz_tui.simulator.world import World

NAME = "sutazai.test"
ANSWER, AUTHORITATIVE, CUT, RECURSION = 0x8000, 0x0400, 0x0200, 0x0180
A = 1
_HEADER = 12
_TO_NAME = b"\xc0\x0c"


class _Udp(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) > _HEADER:
            self._transport.sendto(_packet(data, CUT), addr)


class _Tcp(asyncio.Protocol):
    def __init__(self, world: World, turn: "itertools.count[int]") -> None:
        self._world = world
        self._turn = turn
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while len(self._heard) >= 2:
            end = 2 + int.from_bytes(self._heard[:2])
            if len(self._heard) < end:
                return
            asked, self._heard = self._heard[2:end], self._heard[end:]
            if len(asked) <= _HEADER:
                self._transport.close()
                return
            answer = self._answer(asked)
            self._transport.write(struct.pack("!H", len(answer)) + answer)

    def _answer(self, asked: bytes) -> bytes:
        traits = self._world.traits
        self._world.counts.request("dns", "QUERY", "")
        name, kind = _asked(asked)
        if name != NAME:
            return _packet(asked, traits.dns_unknown_code, traits.dns_unknown_addresses, traits.dns_ttl)
        found = traits.dns_addresses if kind == A else ()
        if traits.dns_rotates and found:
            found = (found[next(self._turn) % len(found)],)
        return _packet(asked, AUTHORITATIVE, found, traits.dns_ttl)


def _asked(data: bytes) -> tuple[str, int]:
    """The name in small letters, and the type."""
    labels, at = [], _HEADER
    while at < len(data) and data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode("ascii", "replace").lower())
        at += 1 + data[at]
    return ".".join(labels), int.from_bytes(data[at + 1 : at + 3])


def _packet(asked: bytes, flags: int, addresses: tuple[str, ...] = (), ttl: int = 0) -> bytes:
    records = [
        _TO_NAME + struct.pack("!HHIH", A, 1, ttl, 4) + ipaddress.IPv4Address(one).packed for one in addresses
    ]
    head = struct.pack("!HHHHH", ANSWER | RECURSION | flags, 1, len(records), 0, 0)
    return asked[:2] + head + asked[_HEADER:] + b"".join(records)


def protocol(world: World) -> Callable[[], asyncio.Protocol]:
    """What answers by TCP."""
    turn = itertools.count()
    return lambda: _Tcp(world, turn)


async def listen_by_udp(address: tuple[str, int]) -> asyncio.DatagramTransport:
    """Answer at the UDP port of this number too."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_Udp, local_addr=address)
    return transport
