"""The `tls` kind against certificates made for the test."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sutaz_tui.config import Config, Tls
from sutaz_tui.config.kinds import TlsPort
from sutaz_tui.model import Status
from tests.certificates import certificate
from tests.loopback import configured, probing, reading, speaking


def config(address: str, tls: Tls | None = None, server_name: str = "", timeout: float = 5.0) -> Config:
    entry = TlsPort(
        id="door",
        title="Door",
        address=address,
        tls=tls,
        server_name=server_name,
        timeout=timeout,
        interval=60.0,
    )
    return configured(entry)


@asynccontextmanager
async def door(pem: Path) -> AsyncIterator[str]:
    """The address of a TLS port with this key and certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_good_certificate_is_up_with_its_days(tmp_path: Path) -> None:
    pem = certificate(tmp_path / "door.pem", 100)
    async with door(pem) as address, probing(config(address, Tls(ca_file=str(pem)))) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert found.summary.startswith("certificate door valid for 99 days")
    assert isinstance(days := found.facts["days_left"], float)
    assert 99 < days <= 100
    assert found.facts["issuer"] == "door"
    assert str(found.facts["tls"]).startswith("TLSv1")
    assert found.steps[-1].timing is not None and found.steps[-1].timing.tls is not None


async def test_a_certificate_that_ends_soon_is_degraded(tmp_path: Path) -> None:
    pem = certificate(tmp_path / "door.pem", 3)
    async with door(pem) as address, probing(config(address, Tls(ca_file=str(pem)))) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "cert")
    assert "renew it" in (found.error or "")


async def test_a_certificate_nobody_vouches_for_is_down(tmp_path: Path) -> None:
    async with door(certificate(tmp_path / "door.pem")) as address, probing(config(address)) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert "certificate not accepted: self-signed certificate" in found.summary


async def test_a_certificate_of_another_host_is_down(tmp_path: Path) -> None:
    pem = certificate(tmp_path / "door.pem", name="DNS:elsewhere.example")
    async with door(pem) as address, probing(config(address, Tls(ca_file=str(pem)))) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert "certificate not accepted" in found.summary
    async with (
        door(pem) as address,
        probing(config(address, Tls(ca_file=str(pem)), "elsewhere.example")) as probe,
    ):
        assert (await reading(probe)).status is Status.UP


async def test_unchecked_it_says_so_and_invents_no_days(tmp_path: Path) -> None:
    pem = certificate(tmp_path / "door.pem")
    async with door(pem) as address, probing(config(address, Tls(verify="insecure"))) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert "not checked" in found.summary
    assert "days_left" not in found.facts


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"])
async def test_what_speaks_no_tls_is_down_and_named(said: bytes) -> None:
    async with speaking(said) as port, probing(config(port.address)) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert "not in TLS" in found.summary


async def test_hanging_up_is_down() -> None:
    async with speaking(b"") as port, probing(config(port.address)) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert "()" not in found.summary


async def test_silence_is_down_within_the_deadline(tmp_path: Path) -> None:
    tls = Tls(ca_file=str(certificate(tmp_path / "door.pem")))
    async with (
        speaking(b"", hangs_up=False) as port,
        probing(config(port.address, tls, timeout=0.3)) as probe,
    ):
        found = await reading(probe)
    assert (found.status, found.backs_off) == (Status.DOWN, True)
    assert "TLS was not agreed within 0.3 s" in found.summary


async def test_a_refused_port_is_down(unused_tcp_port: int) -> None:
    async with probing(config(f"127.0.0.1:{unused_tcp_port}")) as probe:
        found = await reading(probe)
    assert (found.status, found.summary) == (Status.DOWN, f":{unused_tcp_port} refused")
