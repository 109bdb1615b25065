"""Memory that stays: answers that never end leave none behind, whatever asks, and garbage is looked for."""

import asyncio
import sys
from pathlib import Path

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection

from tests.loopback import Handler, speaking
from tests.running import DEADLINE, ROOT, environment
from tests.servers.waiting import patient

# What one ask reads is up to 4 MiB: a hundred that stayed would be hundreds. An allocator keeps some 20.
MOST = 48.0
# Each source once: what asks it, and the endless answer's beginning.
SOURCES = {
    "http": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[",
    "exporter": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n",
    "consul": b"HTTP/1.1 200 OK\r\n\r\n[",
    "consul-service": b"HTTP/1.1 500 No\r\n\r\n[",
    "prometheus": b"HTTP/1.1 200 OK\r\n\r\n[",
    "promql": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n",
    "docker": b"HTTP/1.1 200 OK\r\n\r\n[",
    "loki": b"HTTP/1.1 200 OK\r\n\r\n[",
    "rabbitmq": b"HTTP/1.1 200 OK\r\n\r\n[",
    "postgres": b"R\x7f\xff\xff\xff",
    "redis": b"+OK\r\n$2000000000\r\n",
    "memcached": b"STAT a 1\r\n",
    "tcp": b"",
    "tls": b"",
    "command": b"",
    "log": b"HTTP/1.1 200 OK\r\n\r\n",
    # One text frame of 4 GiB.
    "websocket": b"\x81\x7f\x00\x00\x00\x01\x00\x00\x00\x00",
}


# A hundred asks of a flood, on a machine that does much else.
@pytest.mark.timeout(600)
@pytest.mark.parametrize("what", SOURCES)
async def test_a_hundred_endless_answers_leave_no_memory_behind(what: str) -> None:
    async with speaking(endless(SOURCES[what])) as port:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.endless_asks", what, str(port.port),
            cwd=ROOT, env=environment(), stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            said, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert float(said) < MOST
        assert port.taken > 0 or what == "command"


async def test_the_board_without_a_screen_runs_for_days_and_looks_for_garbage(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("services: [{id: shop, kind: tcp, address: '127.0.0.1:9'}]\n")
    # Beside the program a thread that ends it as soon as the collector is on, after it was off.
    watched = (
        "import gc, os, signal, threading, time\n"
        "from sutaz_tui.cli.main import run\n"
        "def look():\n"
        "    for state in (False, True):\n"
        "        while gc.isenabled() is not state: time.sleep(0.001)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "threading.Thread(target=look, daemon=True).start()\n"
        f"os._exit(run(['--plain', '-c', {str(tmp_path / 'c.yaml')!r}]))\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", watched, cwd=ROOT, env=environment(), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(patient(DEADLINE)):
            assert await process.wait() == 143
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def endless(beginning: bytes) -> Handler:
    """What answers the first bytes that it hears with a beginning, and then never stops."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = await reader.read(65_536)
        if heard.startswith(b"AMQP"):
            writer.write(b"\x01\x00\x00\x7f\xff\xff\xff")
        else:
            if b"Sec-WebSocket-Key" in heard:
                writer.write(upgrade(heard))
            writer.write(beginning)
        while True:
            writer.write(b"1," * 32_768)
            await writer.drain()

    return serve


def upgrade(heard: bytes) -> bytes:
    """The answer that makes a WebSocket of it."""
    connection = WSConnection(ConnectionType.SERVER)
    connection.receive_data(heard)
    list(connection.events())
    return connection.send(AcceptConnection())
