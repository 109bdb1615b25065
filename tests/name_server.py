"""A DNS server written by hand after RFC 1035."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

Answer = Callable[[bytes], list[bytes]]
POINTER = b"\xc0\x0c"
A = POINTER + struct.pack("!HHIH", 1, 1, 60, 4) + bytes((192, 0, 2, 7))
MX = POINTER + struct.pack("!HHIH", 15, 1, 60, 9) + struct.pack("!H", 10) + b"\x04mail" + POINTER
TXT = POINTER + struct.pack("!HHIH", 16, 1, 60, 6) + b"\x05v=spf"
CNAME = POINTER + struct.pack("!HHIH", 5, 1, 60, 6) + b"\x03www" + POINTER


def answer(*records: bytes, code: int = 0, cut: bool = False, authoritative: bool = False) -> Answer:
    def made(asked: bytes) -> list[bytes]:
        flags = 0x8180 | code | (0x0200 if cut else 0) | (0x0400 if authoritative else 0)
        return [
            asked[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + asked[12:] + b"".join(records)
        ]

    return made


class _Server(asyncio.DatagramProtocol):
    def __init__(self, answers: Answer) -> None:
        self.answers = answers
        self.asked: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)
        for packet in self.answers(data):
            self.transport.sendto(packet, addr)


@asynccontextmanager
async def dns(answers: Answer, by_tcp: Answer | None = None) -> AsyncIterator[tuple[str, _Server]]:
    loop = asyncio.get_running_loop()
    made = _Server(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            asked = await reader.readexactly(length)
            assert by_tcp is not None
            for packet in by_tcp(asked):
                writer.write(struct.pack("!H", len(packet)) + packet)
        writer.close()

    tcp = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = tcp.sockets[0].getsockname()[1]
    transport, _ = await loop.create_datagram_endpoint(lambda: made, local_addr=("127.0.0.1", port))
    try:
        yield f"127.0.0.1:{port}", made
    finally:
        transport.close()
        tcp.close()
