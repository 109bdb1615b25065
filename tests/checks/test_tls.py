"""A service that is reached by TLS never gets a password in plain text."""

import asyncio

import pytest

from sutaz_tui.checks.ask import Ask
from sutaz_tui.config import Tls
from sutaz_tui.config.kinds import Redis
from sutaz_tui.errors import Refused
from sutaz_tui.sources.clients import Clients
from tests.engine.scripted import config


async def test_a_redis_behind_tls_is_not_sent_its_password_in_plain_text() -> None:
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(1024))
        writer.write(b"-ERR Protocol error\r\n")
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made = config(
        Redis(
            id="redis", title="Redis", group="all", address=f"127.0.0.1:{port}", password="s3cret", tls=Tls()
        )
    )
    clients = Clients(made)
    try:
        with pytest.raises(Refused, match="speaks no TLS"):
            await Ask(made, clients, {}, 2.0).redis("redis", "PING")
    finally:
        await clients.aclose()
        server.close()
    assert heard.startswith(b"\x16\x03")
    assert b"s3cret" not in heard
