"""The `mysql` kind, on a real MariaDB."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from sutaz_tui.config import Config, Tls
from sutaz_tui.config.kinds import Mysql
from sutaz_tui.model import Failure, Reading, Status
from sutaz_tui.probes.base import Probe
from sutaz_tui.probes.mysql import WithoutLibrary
from tests.loopback import configured, probing, reading, speaking, until
from tests.servers.mariadb import MariaDB

pytest.importorskip("aiomysql")


@pytest.fixture(scope="module")
def shared() -> Iterator[MariaDB]:
    with MariaDB() as server:
        yield server


@pytest.fixture
def mariadb(shared: MariaDB) -> Iterator[MariaDB]:
    yield shared
    shared.heal()


def of(address: str, password: str = "sesame-23", **keys: Any) -> Config:
    entry = Mysql(
        id="db", title="DB", address=address, password=password, interval=60.0,
        **{"user": "shop", "timeout": 5.0, "warn": 4.0} | keys,
    )  # fmt: skip
    return configured(entry, secrets={"DB_PASSWORD": password})


async def read(config: Config) -> Reading:
    async with probing(config) as probe:
        return await reading(probe)


@pytest.fixture
async def probe(mariadb: MariaDB) -> AsyncIterator[Probe]:
    async with probing(of(mariadb.address)) as made:
        yield made


def errors(server: MariaDB) -> int:
    """How many connections the server counts that ended without a login."""
    return int(server.sql("SHOW GLOBAL STATUS LIKE 'Aborted_connects'").split()[-1])


async def test_a_login_tells_version_and_connections_and_is_kept(mariadb: MariaDB, probe: Probe) -> None:
    before = errors(mariadb)
    found = await reading(probe)
    assert found.status is Status.UP, found.summary
    assert found.summary.startswith("MariaDB 1") and "connections 1 of " in found.summary
    assert "uptime" in found.facts and found.facts["read_only"] is False
    again = await reading(probe)
    assert again.steps[0].timing is not None and again.steps[0].timing.reused
    assert (
        "sesame-23" not in repr(found)
        and 'MYSQL_PWD="$DB_PASSWORD" mysql -h 127.0.0.1' in found.steps[0].reproduce
    )
    await probe.aclose()
    assert errors(mariadb) == before, "the server counted us as aborted"


async def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(
    mariadb: MariaDB, probe: Probe
) -> None:
    assert (await reading(probe)).status is Status.UP
    mariadb.sql("KILL USER shop")
    assert (await reading(probe)).status is Status.UP


async def test_a_refused_login_is_unknown_and_backs_off(mariadb: MariaDB) -> None:
    found = await read(of(mariadb.address, "wrong-4711"))
    assert (found.status, found.word, found.is_refused) == (Status.UNKNOWN, "denied", True)
    assert "the login of shop is refused" in found.summary and "wrong-4711" not in repr(found)
    found = await read(of(mariadb.address, database="gone"))
    assert found.status is Status.UNKNOWN and "gone" in found.summary


async def test_without_a_password_nothing_is_sent(mariadb: MariaDB) -> None:
    before = errors(mariadb)
    found = await read(of(mariadb.address, ""))
    assert (found.status, found.word) == (Status.UNKNOWN, "login")
    assert errors(mariadb) == before


async def test_nearly_full_is_degraded_and_full_is_down(mariadb: MariaDB, probe: Probe) -> None:
    assert (await reading(probe)).status is Status.UP
    mariadb.sql("SET GLOBAL max_connections = 10")
    try:
        async with probing(of(mariadb.address)) as first:
            held = [await read_open(mariadb) for _ in range(8)]
            found = await reading(probe)
            assert (found.status, found.word) == (Status.DEGRADED, "conns"), found.summary
            held.append(await read_open(mariadb))
            found = await reading(first)
            assert (found.status, found.word) == (Status.DOWN, "full"), found.summary
            for connection in held:
                connection.close()
    finally:
        await until(lambda: is_settable(mariadb))


async def read_open(server: MariaDB) -> Any:
    import aiomysql

    return await aiomysql.connect(host=server.host, port=server.port, user="shop", password=server.password)


def is_settable(server: MariaDB) -> bool:
    server.sql("SET GLOBAL max_connections = 151")
    return True


async def test_a_server_without_tls_gets_no_login_where_tls_is_configured(mariadb: MariaDB) -> None:
    found = await read(of(mariadb.address, tls=Tls(verify="insecure")))
    assert found.status is Status.DOWN and "speaks no TLS" in found.summary


async def test_tls_is_checked_against_its_authority() -> None:
    with MariaDB(is_tls=True) as server:
        found = await read(of(server.address, tls=Tls(ca_file=str(server.authority))))
        assert found.status is Status.UP, found.summary
        found = await read(of(server.address, tls=Tls()))
        assert found.status is Status.DOWN and "certificate" in found.summary, found.summary


async def test_a_paused_and_an_ended_server_are_down(mariadb: MariaDB, probe: Probe) -> None:
    assert (await reading(probe)).status is Status.UP
    await asyncio.to_thread(mariadb.pause)
    found = await read(of(mariadb.address, timeout=1.0))
    assert (found.status, found.failure) == (Status.DOWN, Failure.SILENT)
    await asyncio.to_thread(mariadb.stop)
    found = await reading(probe)
    assert (found.status, found.failure) == (Status.DOWN, Failure.REFUSED), found.summary


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00\x00\x00", b""]
)
async def test_a_stranger_is_never_up(said: bytes) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    async with speaking(greet) as port:
        found = await read(of(port.address, timeout=1.0))
    assert found.status is Status.DOWN, found.summary


async def test_of_a_greeting_without_end_no_more_is_read_than_a_megabyte() -> None:
    sent = 0

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while True:
            writer.write(b"\xff\xff\xff\x00" + bytes(65_532))
            await writer.drain()
            sent += 65_536

    async with speaking(greet) as port:
        found = await read(of(port.address))
    assert found.status is Status.DOWN and "does not keep to MySQL's protocol" in found.summary
    assert sent < 16 << 20


async def test_a_replica_that_has_stopped_is_degraded(mariadb: MariaDB, probe: Probe) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    mariadb.sql(
        f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='r', MASTER_PASSWORD='sesame-29';"
        "GRANT REPLICA MONITOR ON *.* TO 'shop'@'%'"
    )
    try:
        await probe.aclose()
        found = await reading(probe)
        assert (found.status, found.word) == (Status.DEGRADED, "replica"), found.summary
        assert "its replica has stopped receiving and applying" in found.summary
    finally:
        mariadb.sql("RESET SLAVE ALL; REVOKE REPLICA MONITOR ON *.* FROM 'shop'@'%'")


async def test_where_the_library_is_missing_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sutaz_tui.sources.mysql", None)
    async with probing(of("127.0.0.1:1")) as probe:
        assert isinstance(probe, WithoutLibrary)
        found = await reading(probe)
    assert found.status is Status.UNKNOWN and "pip install 'sutaz-tui[mysql]'" in found.summary
