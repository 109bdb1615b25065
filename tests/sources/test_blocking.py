"""The safety round client libraries of requests: what is sent, bounded, refused, and let go of."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sutaz_tui import __version__
from sutaz_tui.config.schema import Auth, Basic, Bearer, Header, Tls
from sutaz_tui.errors import BadAnswer, Denied, Refused, SourceError, TimedOut, Unreachable
from sutaz_tui.model import Step
from sutaz_tui.sources.blocking import BlockingOrigin, TooLarge
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.evidence import Shell, recording
from sutaz_tui.sources.http import HttpAnswer, HttpOrigin
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.sanitise import Secrets
from tests.certificates import certificate
from tests.loopback import speaking, until
from tests.web import Reply, Web, web_server


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


class LibraryError(Exception):
    """What a client library raises."""


def origin(url: str, auth: Auth | None = None, tls: Tls | None = None, secret: str = "") -> BlockingOrigin:
    shell = Shell({secret: "$SECRET"} if secret else {})
    secrets, headers = Secrets([secret] if secret else []), {"X-Tenant": "t"}
    http = HttpOrigin(
        url, "API", Contexts(), auth=auth, tls=tls, headers=headers, secrets=secrets, shell=shell
    )
    return BlockingOrigin(http, (LibraryError,))


async def get(client: BlockingOrigin, path: str = "/x", timeout: float = 2.0) -> HttpAnswer:
    _, answer = await client.ask(lambda: client.session.get(client.url + path, timeout=99), timeout)
    return answer


async def failing(client: BlockingOrigin, timeout: float = 30.0) -> tuple[SourceError, Step]:
    with recording() as steps, pytest.raises(SourceError) as caught:
        await get(client, timeout=timeout)
    await client.aclose()
    return caught.value, steps[-1]


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        (None, None),
        (Basic(user="jarvis", password=""), None),
        (Basic(user="jarvis", password="sesame 17"), ("authorization", "Basic amFydmlzOnNlc2FtZSAxNw==")),
        (Bearer(token="sesame-17"), ("authorization", "Bearer sesame-17")),
        (Header(name="X-Api-Key", value="sesame-17"), ("x-api-key", "sesame-17")),
    ],
)
async def test_the_request_as_it_arrives(
    web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, auth: Auth | None, sent: tuple[str, str] | None
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    web.answers(200, b"{}", Set_Cookie="a=b")
    client = origin(web.url, auth)
    await get(client)
    await get(client)
    for headers in web.headers:
        assert (headers["user-agent"], headers["x-tenant"]) == (f"sutaz-tui/{__version__}", "t")
        assert headers["accept-encoding"] == "identity" and "cookie" not in headers
        logins = {name: headers[name] for name in ("authorization", "x-api-key") if name in headers}
        assert logins == (dict([sent]) if sent else {})
    assert web.connections == 1
    await client.aclose()


async def test_the_evidence_is_masked_and_can_be_repeated(web: Web) -> None:
    web.answers(200, b"the token is sesame-17 \x1b[2J")
    client = origin(web.url, Bearer(token="sesame-17"), secret="sesame-17")
    with recording() as steps:
        answer = await get(client)
    step = steps[0]
    assert (step.what, step.request) == ("API", f"GET {web.url}/x")
    assert step.answer == "200 the token is *** ␛[2J"
    assert step.reproduce == f"curl -sS -i -H \"Authorization: Bearer $SECRET\" -H 'X-Tenant: t' {web.url}/x"
    assert step.timing is not None and step.timing.first_byte is not None
    assert 0 < step.timing.first_byte <= answer.latency <= step.elapsed
    await client.aclose()


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(404, "not here"), UnexpectedStatus, "answers 404: not here"),
        (Reply(500, {"error": "boom"}), UnexpectedStatus, "answers 500: boom"),
        (Reply(307, b"", {"Location": "/y"}), UnexpectedStatus, "answers 307: redirects to /y"),
        (Reply(307, b"", {"Location": "http://[/"}), UnexpectedStatus, "answers 307: redirects to http://[/"),
        (Reply(401, b"no"), UnexpectedStatus, "answers 401: no"),
        (Reply(behave="endless"), TooLarge, "the body is larger than 4 MiB"),
        (Reply(behave="reset"), Refused, ":{port} reset the connection"),
        (
            Reply(behave="raw", body=b"SSH-2.0\r\n"),
            BadAnswer,
            "answers as SSH, not as HTTP; is this the right port?",
        ),
        (
            Reply(behave="truncated", body=b"{"),
            BadAnswer,
            "127.0.0.1:{port} closed the connection in the middle of its answer",
        ),
    ],
)
async def test_what_each_failure_is_called(
    web: Web, reply: Reply, kind: type[SourceError], words: str
) -> None:
    web.other = reply
    error, step = await failing(origin(web.url))
    assert (type(error), error.words) == (kind, words.format(port=web.port))
    assert step.answer.startswith(str(reply.status)) or str(error) == step.answer


async def test_a_configured_login_that_is_refused_is_denied(web: Web) -> None:
    web.answers(403, {"message": "no right to read"})
    error, _ = await failing(origin(web.url, Bearer(token="sesame-17")))
    assert isinstance(error, Denied)
    assert error.words == (
        "the configured login is refused (403: no right to read); check it in `sources` and its rights"
    )


async def test_nobody_there_and_no_such_name() -> None:
    error, step = await failing(origin("http://127.0.0.1:9"))
    assert (isinstance(error, Refused), error.words) == (True, ":9 refused")
    assert step.answer == "API: :9 refused" and step.reproduce.startswith("curl ")
    error, _ = await failing(origin("http://no-such-host.invalid:9"))
    assert isinstance(error, Unreachable) and "does not resolve" in error.words


async def test_what_a_library_raises_is_judged_by_the_answer(web: Web) -> None:
    web.answers(200, b"<html>")
    client = origin(web.url)

    def misread() -> None:
        client.session.get(client.url)
        raise LibraryError("HTTP Status Code 200 (b'...')")

    with pytest.raises(BadAnswer) as caught:
        await client.ask(misread, 2.0)
    assert caught.value.words == "the body is not what its API sends: <html>; is this the right port?"
    with pytest.raises(ZeroDivisionError):
        # A fault of our own passes: it must not look like one of the service.
        await client.ask(lambda: 1 / 0, 2.0)
    await client.aclose()


async def test_silence_ends_at_the_deadline_and_lets_the_thread_go(web: Web) -> None:
    web.answers(behave="silent")
    client = origin(web.url)
    for _ in range(3):
        with pytest.raises(TimedOut):
            await get(client, timeout=0.2)
        await until(lambda: web.open == 0)
    web.answers(200, b"{}")
    assert (await get(client)).status == 200
    await client.aclose()


async def test_lost_threads_fail_at_once_and_never_more_than_two() -> None:
    client = origin("http://127.0.0.1:9")
    before = threading.active_count()
    release = threading.Event()
    try:
        for _ in range(2):
            with pytest.raises(TimedOut):
                await client.ask(release.wait, 0.05)
        with pytest.raises(TimedOut, match="2 earlier questions still wait"):
            await client.ask(release.wait, 5.0)
        assert threading.active_count() - before == 2
        assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("API-"))
    finally:
        release.set()
        await client.aclose()


async def test_being_cancelled_passes_and_leaves_its_step(web: Web) -> None:
    web.answers(behave="silent")
    client = origin(web.url)
    with recording() as steps:
        task = asyncio.create_task(get(client, timeout=2.0))
        await until(lambda: bool(web.asked))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await until(lambda: bool(steps))
    assert steps[0].answer == "given up: connected, but no answer"
    await client.aclose()


async def test_a_server_that_was_started_again_is_asked_on_a_new_connection() -> None:
    once = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    async with speaking(once) as port:
        client = origin(f"http://{port.address}")
        for asked in range(1, 4):
            assert (await get(client)).status == 200
            await until(lambda: port.open == 0)
            assert port.taken == asked
        await client.aclose()


async def test_tls_is_checked_against_the_authority_that_is_named(tmp_path: Path) -> None:
    pem = certificate(tmp_path / "server.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    async with web_server(context) as web:
        web.answers(200, b"{}")
        for tls in (Tls(ca_file=str(pem)), Tls(verify="insecure")):
            client = origin(web.url, tls=tls)
            assert (await get(client)).status == 200
            await client.aclose()
        error, step = await failing(origin(web.url))
        assert isinstance(error, Refused) and "TLS certificate not accepted" in error.words
        _, step = await failing(origin(web.url, tls=Tls(ca_file=str(certificate(tmp_path / "other.pem")))))
        assert f"--cacert {tmp_path / 'other.pem'}" in step.reproduce


async def test_a_client_certificate_is_shown(tmp_path: Path) -> None:
    pem, mine = certificate(tmp_path / "server.pem"), certificate(tmp_path / "client.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(mine))
    context.load_cert_chain(pem)
    context.verify_mode = ssl.CERT_REQUIRED
    async with web_server(context) as web:
        web.answers(200, b"{}")
        client = origin(web.url, tls=Tls(ca_file=str(pem), cert_file=str(mine)))
        assert (await get(client)).status == 200
        await client.aclose()
        error, _ = await failing(origin(web.url, tls=Tls(ca_file=str(pem))))
        assert isinstance(error, SourceError)
