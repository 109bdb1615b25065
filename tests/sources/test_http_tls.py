"""The HTTP source by TLS and by unix sockets."""

import asyncio
import ssl
from pathlib import Path

import pytest

from sutaz_tui.config import Tls
from sutaz_tui.errors import BadAnswer, NotListening, Refused, TimedOut
from sutaz_tui.sources.evidence import recording
from tests.certificates import certificate
from tests.loopback import speaking
from tests.servers.waiting import patient
from tests.sources.asking import failing, origin
from tests.web import Web, web_server


def server_context(file: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


async def test_tls_tells_its_time_and_the_certificates_end(tmp_path: Path) -> None:
    file = certificate(tmp_path / "own.pem", 30)
    async with web_server(server_context(file)) as web:
        web.answers(200, b"x")
        client = origin(web.url, tls=Tls(ca_file=str(file)))
        with recording() as steps:
            answer = await client.get("/")
        assert answer.timing.tls is not None
        assert answer.timing.tls > 0
        assert answer.certificate_expires is not None
        assert answer.certificate_expires.tzinfo is not None
        assert f"--cacert {file}" in steps[0].reproduce
        await client.aclose()


async def test_insecure_tls_is_asked_and_its_line_says_so(tmp_path: Path) -> None:
    async with web_server(server_context(certificate(tmp_path / "own.pem"))) as web:
        web.answers(200, b"x")
        client = origin(web.url, tls=Tls(verify="insecure"))
        with recording() as steps:
            answer = await client.get("/")
        assert (answer.status, answer.certificate_expires) == (200, None)
        assert " -k " in steps[0].reproduce
        await client.aclose()


@pytest.mark.parametrize(
    ("name", "words"), [("IP:127.0.0.1", "self-signed"), ("DNS:elsewhere.example", "IP address")]
)
async def test_a_certificate_that_is_not_accepted(tmp_path: Path, name: str, words: str) -> None:
    file = certificate(tmp_path / "own.pem", name=name)
    trusted = Tls(ca_file=str(file)) if "elsewhere" in name else None
    async with web_server(server_context(file)) as web:
        error, _ = await failing(web.url, tls=trusted)
    assert type(error) is Refused
    assert "TLS certificate not accepted" in error.words
    assert words in error.words


async def test_tls_asked_of_a_plain_port() -> None:
    async with speaking(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        error, _ = await failing(f"https://{port.address}")
    assert type(error) is Refused
    assert "speaks no TLS" in error.words


async def test_plain_http_asked_of_a_tls_port(tmp_path: Path) -> None:
    async with web_server(server_context(certificate(tmp_path / "own.pem"))) as web:
        error, _ = await failing(web.url.replace("https:", "http:"))
    assert isinstance(error, (BadAnswer, Refused))


async def test_tls_that_never_answers_is_named(tmp_path: Path) -> None:
    async with speaking(b"", hangs_up=False) as port:
        error, _ = await failing(f"https://{port.address}", timeout=patient(0.5))
    assert isinstance(error, TimedOut)
    assert "TLS was not agreed" in error.words


async def test_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    web = Web()
    web.answers(200, b'{"Version": "5"}')
    server = await asyncio.start_unix_server(web.serve, path)
    client = origin(f"unix://{path}")
    with recording() as steps:
        assert (await client.get("/version")).json() == {"Version": "5"}
    assert web.headers[0]["host"] == "localhost"
    assert steps[0].reproduce == f"curl -sS -i --unix-socket {path} http://localhost/version"
    await client.aclose()
    server.close()
    path.unlink(missing_ok=True)
    error, _ = await failing(f"unix://{path}")
    assert isinstance(error, NotListening)
    assert "is missing" in error.words
