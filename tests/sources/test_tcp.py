"""Plain TCP: addresses taken apart, first bytes recognised, and a line that asks the same."""

import asyncio

import pytest

from sutaz_tui.sources.evidence import Shell, recording
from sutaz_tui.sources.tcp import TcpPort, split_address, spoken
from sutaz_tui.text.sanitise import Secrets
from tests.loopback import speaking


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("db.example:5432", ("db.example", 5432)),
        ("[::1]:6379", ("::1", 6379)),
    ],
)
def test_an_address_is_taken_apart(address: str, parts: tuple[str, int]) -> None:
    assert split_address(address) == parts


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"HTTP/1.1 400", "HTTP"),
        (b"SSH-2.0-x", "SSH"),
        (b"\x4a\x00\x00\x00\x0a8.0.36\x00", "MySQL"),
        (b"\x00\x00\x12\x04\x00", "HTTP/2 (gRPC)"),
        (b"", "nothing"),
    ],
)
def test_first_bytes_are_recognised(data: bytes, name: str) -> None:
    assert spoken(data) == name


def test_unknown_bytes_are_quoted_safely() -> None:
    shown = spoken(b"\x1b[2J\xff\xfe[red]" * 50)
    assert shown.isprintable()
    assert len(shown) < 60


async def test_the_shell_line_sends_the_same_bytes() -> None:
    heard: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.write(b"OK")

    sent = b"it's 100 %\\ \x00\r\n$HOME"
    async with speaking(handle) as port:
        with recording() as steps:
            await TcpPort(port.address, "Port", Secrets(), Shell()).exchange(sent, b"OK", 5.0)
        printf = steps[0].reproduce.partition(" | nc ")[0]
        ran = await asyncio.create_subprocess_exec("/bin/sh", "-c", printf, stdout=asyncio.subprocess.PIPE)
        told, _ = await ran.communicate()
    assert heard == [sent]
    assert told == sent
