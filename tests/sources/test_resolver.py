"""Names to addresses: what is answered at once, what waits for a name server, and what one that hangs costs others."""

import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.errors import NoNameServer, Unreachable
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.hosts_file import HostsFile
from sutaz_tui.sources.resolver import LOOKUPS, Addresses, Resolver, patience
from tests.loopback import until


class NameServer:
    """Names that it answers for; it keeps silent on all others until it is `woken`."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked: list[str] = []
        self.failure: socket.gaierror | None = None
        self._awake = threading.Event()

    def __call__(self, name: str, port: int, family: int, type: int, proto: int, flags: int) -> Addresses:
        self.asked.append(name)
        if name not in self.names:
            self._awake.wait()
        if self.failure is not None:
            raise self.failure
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", port))]

    def sleep(self) -> None:
        self.asked, self.failure, self._awake = [], None, threading.Event()

    def woken(self, failure: socket.gaierror | None = None) -> None:
        self.failure = failure
        self._awake.set()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> NameServer:
    server = NameServer("quick.test")
    request.addfinalizer(server.woken)
    return server


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    path = tmp_path / "hosts"
    path.write_text(
        "127.0.0.1 localhost\n# 192.0.2.1 not.this\n192.0.2.9\tDB.lan db # the database\n2001:db8::9 db\n"
    )
    return path


async def addresses(resolver: Resolver, host: str, port: int = 80, **more: Any) -> list[str]:
    found = await resolver.getaddrinfo(host, port, type=socket.SOCK_STREAM, **more)
    assert all(address[1] == port for *_, address in found)
    return [address[0] for *_, address in found]


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("192.0.2.5", ["192.0.2.5"]),
        ("2001:db8::5", ["2001:db8::5"]),
        ("localhost", ["127.0.0.1"]),
        ("LocalHost.", ["127.0.0.1"]),
        ("db.LAN", ["192.0.2.9"]),
        ("db", ["192.0.2.9", "2001:db8::9"]),
    ],
)
async def test_addresses_localhost_and_the_hosts_file_never_ask_a_name_server(
    server: NameServer, hosts: Path, host: str, found: list[str]
) -> None:
    assert await addresses(Resolver(server, hosts), host) == found
    assert server.asked == []


async def test_without_a_hosts_file_localhost_is_still_this_machine(
    server: NameServer, tmp_path: Path
) -> None:
    assert await addresses(Resolver(server, tmp_path / "none"), "localhost") == ["127.0.0.1", "::1"]


def test_a_changed_hosts_file_is_read_again(hosts: Path) -> None:
    file = HostsFile(hosts)
    assert file.addresses("db") == ("192.0.2.9", "2001:db8::9")
    hosts.write_text("192.0.2.10 db\n")
    assert file.addresses("db") == ("192.0.2.10",)


async def test_one_lookup_serves_all_who_ask_for_the_name(server: NameServer, hosts: Path) -> None:
    resolver = Resolver(server, hosts)
    asks = [asyncio.create_task(addresses(resolver, "slow.test", port)) for port in (80, 443, 5432)]
    await until(lambda: server.asked)
    server.woken()
    assert await asyncio.gather(*asks) == [["192.0.2.7"]] * 3
    assert server.asked == ["slow.test"]


async def test_a_silent_name_server_is_told_from_a_name_that_does_not_exist(
    server: NameServer, hosts: Path
) -> None:
    resolver = Resolver(server, hosts)
    with patience(0.03), pytest.raises(socket.gaierror) as silent:
        await addresses(resolver, "slow.test")
    told = network_error("DB", "slow.test:80", silent.value)
    assert isinstance(told, NoNameServer) and "the name server does not answer for slow.test" in told.words
    server.woken(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    with pytest.raises(socket.gaierror) as missing:
        await addresses(resolver, "other.test")
    told = network_error("DB", "other.test:80", missing.value)
    assert type(told) is Unreachable and "does not resolve" in told.words


async def test_names_that_hang_leave_half_of_the_lookups_to_others(server: NameServer, hosts: Path) -> None:
    resolver = Resolver(server, hosts)

    async def knock(count: int) -> None:
        names = (f"dead{number}.test" for number in range(count))
        with patience(0.03):
            found = await asyncio.gather(
                *(addresses(resolver, name) for name in names), return_exceptions=True
            )
        assert all(isinstance(error, socket.gaierror) for error in found)

    await knock(3 * LOOKUPS)
    assert len(server.asked) == LOOKUPS
    server.woken(socket.gaierror(socket.EAI_AGAIN, "Temporary failure"))
    await until(lambda: len(server.asked) == 3 * LOOKUPS and not resolver.under_way)
    # All are known to be silent now.
    server.sleep()
    await knock(3 * LOOKUPS)
    assert len(server.asked) == LOOKUPS // 2
    assert await addresses(resolver, "quick.test") == ["192.0.2.7"]


async def test_where_every_answer_is_late_it_serves_whoever_asks_next(
    server: NameServer, hosts: Path
) -> None:
    """The first of two name servers is dead: each lookup takes five seconds, longer than anybody waits."""
    resolver = Resolver(server, hosts)
    with patience(0.03), pytest.raises(socket.gaierror):
        await addresses(resolver, "slow.test")
    server.woken()
    await until(lambda: not resolver.under_way)
    assert await addresses(resolver, "slow.test") == ["192.0.2.7"]


async def test_an_asker_that_is_cancelled_leaves_the_lookup_to_the_others(
    server: NameServer, hosts: Path
) -> None:
    resolver = Resolver(server, hosts)
    first, second = (asyncio.create_task(addresses(resolver, "slow.test")) for _ in range(2))
    await until(lambda: server.asked)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    server.woken()
    assert await second == ["192.0.2.7"]


async def test_a_name_that_cannot_be_one_does_not_resolve(server: NameServer, hosts: Path) -> None:
    with pytest.raises(socket.gaierror) as error:
        await addresses(Resolver(server, hosts), "a..b")
    assert error.value.errno == socket.EAI_NONAME
