"""Two binary ports that are only ever greeted: Neo4j's Bolt and Qdrant's gRPC."""

import asyncio
from collections.abc import Callable
from typing import cast

from sutaz_tui.simulator.world import World

BOLT_MAGIC = b"\x60\x60\xb0\x17"
BOLT_VERSION = b"\x00\x00\x04\x05"
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00" + b"\x00\x03\x00\x00\x00\xc8"
SETTINGS_ACK = b"\x00\x00\x00\x04\x01\x00\x00\x00\x00"
GOAWAY = b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + b"\x00\x00\x00\x00\x00\x00\x00\x01"


class Greeting(asyncio.Protocol):
    """Collects what the client says and answers its greeting."""

    transport: asyncio.Transport

    def __init__(self, world: World, endpoint: str) -> None:
        self._world = world
        self._endpoint = endpoint
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard = (self._heard + data)[:4096]
        if self.greeted(self._heard):
            self._heard = b""

    def greeted(self, heard: bytes) -> bool:
        raise NotImplementedError


class Bolt(Greeting):
    """Answers Bolt's handshake with version 5.4; closes on anything else."""

    def greeted(self, heard: bytes) -> bool:
        if len(heard) < 20 and BOLT_MAGIC.startswith(heard[:4]):
            return False
        if heard.startswith(BOLT_MAGIC):
            self._world.counts.request(self._endpoint, "HANDSHAKE", "")
            self.transport.write(BOLT_VERSION)
        else:
            self.transport.close()
        return True


class Grpc(Greeting):
    """Speaks the start of HTTP/2; a client of HTTP/1 gets frames that it cannot read, and the end."""

    def greeted(self, heard: bytes) -> bool:
        if len(heard) < len(HTTP2_PREFACE) and HTTP2_PREFACE.startswith(heard):
            return False
        self._world.counts.request(self._endpoint, "PREFACE", "")
        if heard.startswith(HTTP2_PREFACE):
            self.transport.write(SETTINGS + SETTINGS_ACK)
        else:
            self.transport.write(SETTINGS + GOAWAY)
            self.transport.close()
        return True


def bolt(world: World) -> Callable[[], asyncio.Protocol]:
    return lambda: Bolt(world, "neo4j-bolt")


def grpc(world: World) -> Callable[[], asyncio.Protocol]:
    return lambda: Grpc(world, "qdrant-grpc")
