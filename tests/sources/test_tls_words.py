"""TLS that fails: the server's own reason reaches the operator, with the file of ours that it is about."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sutaz_tui.config import Tls
from sutaz_tui.config.kinds import TlsPort
from sutaz_tui.errors import SourceError
from sutaz_tui.model import Reading, Status
from sutaz_tui.sources.tls_words import tls_words
from tests.certificates import certificate
from tests.loopback import configured, probing, reading
from tests.sources.asking import failing
from tests.web import web_server


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[str]:
    """A TLS port that sends its alerts, as servers in C do; asyncio's keeps them to itself. Its `host:port`."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                taken, _ = listener.accept()
            except OSError:
                return
            raw = taken.dup()
            try:
                with context.wrap_socket(taken, server_side=True) as secured:
                    secured.recv(4096)
                    secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    secured.recv(1)
            except OSError:
                # What is left unread would make the close a reset, which overtakes the alert.
                with suppress(OSError):
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(4096):
                        pass
            finally:
                raw.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def owner(pem: Path, change: Callable[[ssl.SSLContext], None] = lambda context: None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    change(context)
    return context


def wants(authority: Path, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Callable[[ssl.SSLContext], None]:
    """A server that lets in only who shows a certificate of this authority."""

    def change(context: ssl.SSLContext) -> None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority)
        context.maximum_version = most

    return change


async def asked(address: str, tls: Tls) -> SourceError:
    return (await failing(f"https://{address}", tls=tls, timeout=10.0))[0]


async def door(address: str, tls: Tls) -> Reading:
    async with probing(configured(TlsPort(id="t", title="T", address=address, tls=tls))) as probe:
        return await reading(probe)


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path / "server.pem")


async def test_a_server_that_wants_a_client_certificate_says_so_in_every_kind(pem: Path) -> None:
    with tls_server(owner(pem, wants(pem))) as address:
        words = f"{address} wants a client certificate; set cert_file and key_file"
        assert (await asked(address, Tls(ca_file=str(pem)))).words == words
        found = await door(address, Tls(ca_file=str(pem)))
        assert (found.status, found.summary) == (Status.DOWN, words)


async def test_before_tls_1_3_it_is_one_of_two_things(pem: Path) -> None:
    with tls_server(owner(pem, wants(pem, ssl.TLSVersion.TLSv1_2))) as address:
        error = await asked(address, Tls(ca_file=str(pem)))
    words = "it wants a client certificate (cert_file, key_file), or no cipher is shared"
    assert error.words == f"{address} refuses the TLS handshake: {words}"


async def test_a_client_certificate_of_another_authority_is_named_by_its_file(
    pem: Path, tmp_path: Path
) -> None:
    mine = certificate(tmp_path / "mine.pem")
    with tls_server(owner(pem, wants(pem))) as address:
        error = await asked(address, Tls(ca_file=str(pem), cert_file=str(mine), key_file=str(mine)))
    assert error.words.startswith(f"{address} does not accept our client certificate, cert_file {mine}")


async def test_a_server_that_hangs_up_without_an_alert_may_want_one(pem: Path) -> None:
    """As asyncio's own does."""
    context = owner(pem, wants(pem))
    async with web_server(context) as web:
        address = f"127.0.0.1:{web.port}"
        error = await asked(address, Tls(ca_file=str(pem)))
    assert error.words == (
        f"{address} closed the connection without an answer; "
        "maybe it wants a client certificate; set cert_file and key_file"
    )


async def test_a_certificate_that_is_not_accepted_says_what_to_do(pem: Path, tmp_path: Path) -> None:
    other = certificate(tmp_path / "other.pem")
    elsewhere = certificate(tmp_path / "elsewhere.pem", name="DNS:elsewhere.example")
    with tls_server(owner(pem)) as address:
        words = (await asked(address, Tls(ca_file=str(other)))).words
        assert words.endswith(f"; ca_file {other} does not hold its authority")
        assert (await asked(address, Tls())).words.endswith("; name its authority as ca_file")
    with tls_server(owner(elsewhere)) as address:
        words = (await asked(address, Tls(ca_file=str(elsewhere)))).words
        assert words.endswith("IP address mismatch, certificate is not valid for '127.0.0.1'")


def test_a_certificate_whose_time_is_not_now_says_what_to_do() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    for code, said, mend in (
        (10, "certificate has expired", "renew it"),
        (9, "certificate is not yet valid", "check this machine's clock"),
    ):
        error.verify_code, error.verify_message = code, said
        words = tls_words("shop:443", error, None)
        assert words == f"shop:443: TLS certificate not accepted: {said}; {mend}"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
async def test_versions_without_one_in_common_are_told(pem: Path) -> None:
    def old(context: ssl.SSLContext) -> None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.minimum_version = ssl.TLSVersion.TLSv1

    with tls_server(owner(pem, old)) as address:
        error = await asked(address, Tls(ca_file=str(pem)))
    assert error.words == f"{address} speaks no TLS of 1.2 or later"
