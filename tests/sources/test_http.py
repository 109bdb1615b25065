"""The HTTP source on loopback: what it sends, keeps, bounds, times and records, and what it calls each failure."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from sutaz_tui import __version__
from sutaz_tui.config import Auth, Basic, Bearer, Header
from sutaz_tui.errors import BadAnswer, NotListening, Refused, SourceError, TimedOut, Unreachable
from sutaz_tui.model import Step
from sutaz_tui.sources.connections import Connections
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.evidence import Shell, recording
from sutaz_tui.sources.http import READ_LIMIT, HttpOrigin
from sutaz_tui.text.sanitise import Secrets
from tests import hostile
from tests.loopback import speaking, until
from tests.sources.asking import failing, origin
from tests.web import Reply, Web, web_server


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


async def test_the_request_as_it_arrives(web: Web) -> None:
    web.answers(200, b'{"a": 1}', X_Y="z")
    client = origin(web.url + "/prefix/", headers={"X-Tenant": "t"})
    with recording() as steps:
        answer = await client.get("/p", params={"q": "a b&c", "n": 1}, headers={"Accept": "text/plain"})
    assert web.asked == ["GET /prefix/p?q=a+b%26c&n=1"]
    sent = web.headers[0]
    assert sent["user-agent"] == f"sutaz-tui/{__version__}"
    assert (sent["host"], sent["x-tenant"], sent["accept"]) == (f"127.0.0.1:{web.port}", "t", "text/plain")
    assert sent["accept-encoding"] == "identity"
    assert "authorization" not in sent
    assert (answer.status, answer.json(), answer.headers["x-y"], answer.is_cut) == (200, {"a": 1}, "z", False)
    assert answer.certificate_expires is None
    url = f"{web.url}/prefix/p?q=a+b%26c&n=1"
    assert steps[0].reproduce == f"curl -sS -i -H 'X-Tenant: t' -H 'Accept: text/plain' '{url}'"
    assert (steps[0].request, steps[0].answer) == (f"GET {url}", '200 {"a": 1}')
    await client.aclose()


async def test_the_id_by_which_the_asked_ones_log_names_a_question(web: Web) -> None:
    client = origin(web.url)
    with recording() as steps:
        web.answers(200, b"x", X_Correlation_ID="5f2c\x1b[31m-41")
        await client.get("/")
        web.answers(200, b"x", X_Correlation_ID="a" * 5000)
        await client.get("/")
        web.answers(200, b"x")
        await client.get("/", headers={"X-Correlation-ID": "ours-1"})
        await client.get("/")
    first, long, ours, none = (step.correlation for step in steps)
    assert first.startswith("5f2c") and "\x1b" not in first
    assert len(long) <= 100
    assert (ours, none) == ("ours-1", "")
    await client.aclose()


async def test_one_connection_is_kept_and_its_times_are_told(web: Web) -> None:
    web.answers(200, b"x")
    client = origin(web.url)
    first = (await client.get("/")).timing
    again = (await client.get("/")).timing
    assert (first.reused, again.reused, again.connect) == (False, True, None)
    assert first.connect is not None
    assert first.first_byte is not None
    assert 0 < first.connect < first.total
    assert 0 < first.first_byte < first.total
    assert first.tls is None
    assert again.first_byte is not None
    assert again.first_byte <= again.total
    assert web.connections == 1
    await client.aclose()
    await client.get("/")
    assert web.connections == 2
    await client.aclose()


async def test_without_keeping_each_answer_ends_its_connection(web: Web) -> None:
    web.answers(200, b"x")
    client = origin(web.url, connections=Connections(None, is_kept=False))
    for _ in range(3):
        assert not (await client.get("/")).timing.reused
    assert web.connections == 3
    assert web.headers[0]["connection"] == "close"
    await client.aclose()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_an_answer(web: Web, status: int) -> None:
    web.answers(status, b"", Location=f"{web.url}/elsewhere")
    client = origin(web.url)
    answer = await client.get("/")
    assert (answer.status, answer.headers["location"], len(web.asked)) == (status, f"{web.url}/elsewhere", 1)
    await client.aclose()


async def test_cookies_are_not_kept(web: Web) -> None:
    web.answers(200, b"", Set_Cookie="session=1")
    client = origin(web.url)
    await client.get("/")
    await client.get("/")
    assert "cookie" not in web.headers[1]
    await client.aclose()


async def test_a_proxy_in_the_environment_is_not_used(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    web.answers(200, b"x")
    client = origin(web.url)
    assert (await client.get("/")).status == 200
    await client.aclose()


@pytest.mark.parametrize(
    ("auth", "header", "login", "names"),
    [
        (Basic(user="me", password="s3cr3t-pw"), "authorization", 'me:"$PW"', {"s3cr3t-pw": "$PW"}),
        (Basic(user="me too", password="s3cr3t-pw"), "authorization", "'me too':\"$PASSWORD\"", {}),
        (Bearer(token="s3cr3t-pw"), "authorization", '"Authorization: Bearer $T"', {"s3cr3t-pw": "$T"}),
        (Header(name="X-Api-Key", value="s3cr3t-pw"), "x-api-key", 'X-Api-Key": $K"', {"s3cr3t-pw": "$K"}),
    ],
)  # fmt: skip
async def test_logins_are_sent_and_never_shown(
    web: Web, auth: Auth, header: str, login: str, names: dict[str, str]
) -> None:
    web.answers(200, b"you said s3cr3t-pw")
    client = origin(web.url, auth=auth, secrets=Secrets(["s3cr3t-pw"]), shell=Shell(names))
    with recording() as steps:
        await client.get("/")
    assert web.headers[0][header]
    assert login in steps[0].reproduce
    assert "s3cr3t-pw" not in repr(steps)
    assert "czNjcjN0LXB3" not in repr(steps)
    await client.aclose()


@pytest.mark.parametrize(
    "auth", [Basic(user="me", password=""), Bearer(token=""), Header(name="X-Api-Key", value="")]
)
async def test_an_empty_secret_is_no_login(web: Web, auth: Auth) -> None:
    web.answers(200, b"")
    client = origin(web.url, auth=auth)
    with recording() as steps:
        await client.get("/")
    assert not {"authorization", "x-api-key"} & set(web.headers[0])
    assert steps[0].reproduce == f"curl -sS -i {web.url}/"
    await client.aclose()


async def test_a_secret_that_no_header_can_hold_is_our_fault_and_stays_hidden(web: Web) -> None:
    for token in ("s3cr3t\ninjected: yes", "s3cr3t-€", "s3cr3t\0"):
        error, step = await failing(web.url, auth=Bearer(token=token))
        assert isinstance(error, Unreachable)
        assert "cannot be written" in error.words
        assert "s3cr3t" not in repr(error) + error.words + step.answer
    assert web.asked == []


@pytest.mark.parametrize("base", ["http://a..b/", "http://" + "a" * 70 + ".example", "ftp://127.0.0.1:1"])
async def test_an_address_that_cannot_be_asked_is_our_fault(base: str) -> None:
    error, _ = await failing(base)
    assert isinstance(error, Unreachable)


async def test_refused() -> None:
    async with speaking(b"") as port:
        pass
    error, step = await failing(f"http://{port.address}")
    assert isinstance(error, NotListening)
    assert error.words == f":{port.port} refused"
    assert step.answer == f"Shop: :{port.port} refused"
    assert step.timing is not None
    assert step.timing.connect is None


async def test_refused_on_both_addresses_of_localhost() -> None:
    async with speaking(b"") as port:
        pass
    error, _ = await failing(f"http://localhost:{port.port}")
    assert isinstance(error, NotListening)


async def test_a_name_that_does_not_resolve() -> None:
    error, _ = await failing("http://no-such-host.invalid:8080")
    assert isinstance(error, Unreachable)
    assert "no-such-host.invalid does not resolve" in error.words


@pytest.mark.parametrize(
    ("behave", "words"), [("silent", "connected, but no answer"), ("stuck", "the answer did not end")]
)
async def test_a_time_out_says_which_phase_was_late(web: Web, behave: str, words: str) -> None:
    web.answers(200, b"x", behave)
    error, step = await failing(web.url, timeout=0.1)
    assert isinstance(error, TimedOut)
    assert error.words == f"{words} within 0.1 s"
    assert step.elapsed >= 0.1


async def test_many_time_outs_leave_no_connection_behind_and_the_next_ask_works(web: Web) -> None:
    web.answers(200, b"x", "silent")
    client = origin(web.url)
    for _ in range(12):
        with pytest.raises(TimedOut):
            await client.get("/", timeout=0.02)
    web.answers(200, b"fine")
    assert (await client.get("/")).body == b"fine"
    await until(lambda: web.open <= 1)
    await client.aclose()


async def test_a_cancelled_ask_passes_and_leaves_its_step(web: Web) -> None:
    web.answers(200, b"x", "silent")
    arrived = asyncio.Event()
    web.on_request = lambda _: arrived.set()
    client = origin(web.url)

    async def ask() -> list[Step]:
        with recording() as steps:
            try:
                await client.get("/", timeout=60)
            except asyncio.CancelledError:
                return steps
        raise AssertionError("it was not cancelled")

    task = asyncio.create_task(ask())
    await arrived.wait()
    task.cancel()
    assert [step.answer for step in await task] == ["given up: connected, but no answer"]
    await client.aclose()


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(behave="hangup"), BadAnswer, "closed the connection without an answer"),
        (Reply(behave="reset"), Refused, "reset the connection"),
        (Reply(body=b"x", behave="truncated"), BadAnswer, "closed the connection in the middle of its answer"),
        (Reply(body=b"SSH-2.0-OpenSSH_9\r\n\r\n", behave="raw"), BadAnswer, "answers as SSH, not as HTTP"),
        (Reply(body=b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n", behave="raw"), BadAnswer, "answers as TLS; "),
        (Reply(body=b"\x00\x00\x12\x04\x00\x00", behave="raw"), BadAnswer, "answers as HTTP/2 (gRPC), not as HTTP"),
        (Reply(body=b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", behave="raw"), BadAnswer, "breaks HTTP"),
        (Reply(body=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", behave="raw"), BadAnswer, "breaks HTTP"),
        (Reply(body=b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000, behave="raw"), BadAnswer, "breaks HTTP"),
        (Reply(body=b"HTTP/1.1 100 Continue\r\n\r\n" * 5000, behave="raw"), BadAnswer, "without an answer"),
    ],
)  # fmt: skip
async def test_answers_that_are_none(web: Web, reply: Reply, kind: type[SourceError], words: str) -> None:
    web.other = reply
    error, step = await failing(web.url)
    assert type(error) is kind
    assert words in error.words
    assert "bytearray" not in error.words
    assert words in step.answer


async def test_a_body_without_an_end_is_cut(web: Web) -> None:
    web.answers(200, b"", "endless")
    client = origin(web.url)
    answer = await client.get("/")
    assert (len(answer.body), answer.is_cut) == (READ_LIMIT, True)
    with pytest.raises(BadAnswer, match="larger than 1 MiB"):
        answer.json()
    await until(lambda: web.open == 0)
    await client.aclose()


@pytest.mark.parametrize(("size", "is_cut"), [(READ_LIMIT, False), (READ_LIMIT + 1, True)])
async def test_the_limit_is_exact(web: Web, size: int, is_cut: bool) -> None:
    web.answers(200, b"x" * size)
    client = origin(web.url)
    answer = await client.get("/")
    assert (len(answer.body), answer.is_cut) == (READ_LIMIT, is_cut)
    await client.aclose()


async def test_a_smaller_limit(web: Web) -> None:
    web.answers(200, b"x" * 100)
    client = origin(web.url)
    answer = await client.request("GET", "/", read_limit=10)
    assert (answer.body, answer.is_cut) == (b"x" * 10, True)
    await client.aclose()


@pytest.mark.parametrize("body", list(hostile.BYTES.values()), ids=list(hostile.BYTES))
async def test_hostile_bodies_stay_data(web: Web, body: bytes) -> None:
    web.answers(200, body)
    client = origin(web.url)
    with recording() as steps:
        answer = await client.get("/")
    assert answer.body == body[:READ_LIMIT]
    assert all(line.isprintable() for line in steps[0].answer.split("\n"))
    assert len(steps[0].answer) < 5000
    if body != hostile.BYTES["byte order mark"]:
        with pytest.raises(BadAnswer) as caught:
            answer.json()
        assert caught.value.words.isprintable()
    await client.aclose()


async def test_a_kept_connection_that_the_server_closed_is_not_held_against_it(web: Web) -> None:
    web.answers(200, b"x")
    client = origin(web.url)
    await client.get("/")
    # It takes the next request on the kept connection, and hangs up on it.
    replies = iter([Reply(behave="reset"), Reply(200, b"again")])

    def next_reply(_: str) -> None:
        web.other = next(replies)

    web.on_request = next_reply
    answer = await client.get("/")
    assert (answer.body, answer.timing.reused, web.connections) == (b"again", False, 2)
    await client.aclose()


async def test_a_post_is_never_sent_twice(web: Web) -> None:
    web.answers(200, b"x")
    client = origin(web.url)
    await client.get("/")
    web.answers(behave="reset")
    with recording() as steps, pytest.raises(SourceError):
        await client.request("POST", "/", content=b"it's")
    assert web.asked == ["GET /", "POST /"]
    assert steps[0].reproduce == f"curl -sS -i -X POST --data-binary 'it'\"'\"'s' {web.url}/"
    await client.aclose()


async def test_a_server_that_resets_every_time_is_asked_twice_at_most(web: Web) -> None:
    web.answers(200, b"x")
    client = origin(web.url)
    await client.get("/")
    web.answers(behave="reset")
    with pytest.raises(Refused):
        await client.get("/")
    assert len(web.asked) == 3
    await client.aclose()


async def test_many_at_once_are_bounded(web: Web) -> None:
    web.answers(200, b"x")
    client = origin(web.url, at_once=4)
    answers = await asyncio.gather(*(client.get("/") for _ in range(40)))
    assert all(answer.status == 200 for answer in answers)
    assert web.most_open <= 4
    await until(lambda: web.open <= 1)
    await client.aclose()


async def test_a_thousand_origins_are_cheap_to_make() -> None:
    contexts = Contexts()
    origins = [HttpOrigin(f"http://127.0.0.1:{port}", "x", contexts) for port in range(1000, 2000)]
    gc.collect()
    assert len({each.address for each in origins}) == 1000
