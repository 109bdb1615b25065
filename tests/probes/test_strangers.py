"""Every HTTP kind against what may stand at its address instead of the healthy service: never up, always in words."""

import asyncio
import json
import socket
from typing import Any

import msgspec
import pytest

from sutaz_tui.config import Basic
from sutaz_tui.model import Reading, Status
from tests import hostile
from tests.probes.conftest import Ask
from tests.probes.healthy import HEALTHY
from tests.servers.waiting import patient
from tests.web import Reply, Web

KINDS = sorted(HEALTHY)
each_kind = pytest.mark.parametrize("kind", KINDS)
LEAKS = ("Error(", "Exception", "Traceback", "bytearray", "b'", "httpx", "None")


async def asked(ask: Ask, web: Web, kind: str, **changes: Any) -> Reading:
    entry = msgspec.structs.replace(HEALTHY[kind].entry(web.url), **changes)
    return (await ask(entry)).readings[0]


def assert_in_words(reading: Reading) -> None:
    assert reading.error, "nothing says what to do"
    assert len(reading.word) <= 8
    assert reading.word
    assert reading.rule
    for text in (reading.summary, reading.error):
        assert text.isprintable()
        assert not [leak for leak in LEAKS if leak in text], text


@each_kind
async def test_the_healthy_service_is_up_and_asked_by_a_kept_connection(
    ask: Ask, web: Web, kind: str
) -> None:
    web.routes = dict(HEALTHY[kind].routes)
    reading = await asked(ask, web, kind)
    assert (reading.status, reading.error, reading.word) == (Status.UP, None, "")
    assert reading.summary
    assert reading.latency is not None
    assert len(reading.steps) == len(web.asked)
    assert all("curl -sS -i" in step.reproduce for step in reading.steps)
    connections = web.connections
    await asked(ask, web, kind)
    assert web.connections == connections
    assert all(headers["user-agent"].startswith("sutaz-tui/") for headers in web.headers)


@each_kind
@pytest.mark.parametrize(
    ("name", "reply", "status", "word"),
    [
        ("404", Reply(404, {"detail": "Not Found"}), Status.DOWN, None),
        ("200 and {}", Reply(200, {}), Status.DOWN, "DOWN"),
        ("200 and []", Reply(200, []), Status.DOWN, "DOWN"),
        ("200 and null", Reply(200, b"null"), Status.DOWN, "DOWN"),
        ("200 and nothing", Reply(200, b""), Status.DOWN, "DOWN"),
        ("204", Reply(204, b""), Status.DOWN, "204"),
        ("500", Reply(500, "Internal Server Error"), Status.DOWN, "500"),
        ("502 page", Reply(502, "<html><h1>502 Bad Gateway</h1></html>"), Status.DOWN, "502"),
        ("401", Reply(401, {"detail": "who are you"}), Status.DEGRADED, "401"),
        ("403", Reply(403, ""), Status.DEGRADED, "403"),
        ("307", Reply(307, "", {"Location": "http://elsewhere.example/"}), Status.DEGRADED, "307"),
        ("429", Reply(429, "", {"Retry-After": "30"}), Status.DEGRADED, "429"),
        ("an HTML page", Reply(200, "<!doctype html><title>Welcome to nginx!</title>"), Status.DOWN, "DOWN"),
        ("ill JSON", Reply(200, b'{"status": "healthy", '), Status.DOWN, "DOWN"),
        ("deep JSON", Reply(200, b"[" * 100_000), Status.DOWN, "DOWN"),
        ("huge number", Reply(200, b'{"nanosecond heartbeat": 1' + b"0" * 4000 + b"}"), Status.DOWN, "DOWN"),
        ("not UTF-8", Reply(200, bytes(range(256))), Status.DOWN, "DOWN"),
        ("SSH", Reply(body=b"SSH-2.0-OpenSSH_9.6\r\n", behave="raw"), Status.DOWN, "DOWN"),
        ("binary", Reply(body=b"\x00\x01\x02\x03\r\n\r\n", behave="raw"), Status.DOWN, "DOWN"),
        ("truncated", Reply(200, b"{", behave="truncated"), Status.DOWN, "DOWN"),
        ("endless", Reply(200, b"", behave="endless"), Status.DOWN, "DOWN"),
        (
            "endless headers",
            Reply(body=b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 40_000, behave="raw"),
            Status.DOWN,
            "DOWN",
        ),
        ("reset", Reply(behave="reset"), Status.DOWN, "DOWN"),
        ("hangup", Reply(behave="hangup"), Status.DOWN, "DOWN"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_no_stranger_is_up(
    ask: Ask, web: Web, kind: str, name: str, reply: Reply, status: Status, word: str | None
) -> None:
    web.other = reply
    reading = await asked(ask, web, kind)
    if kind == "exporter" and name == "endless":
        # It may stand behind the first MiB.
        assert reading.status is Status.UNKNOWN
    elif kind == "chromadb" and name == "404":
        assert "both of its APIs" in reading.summary
        assert reading.status is Status.DOWN
    else:
        assert (reading.status, reading.word) == (status, word or "404")
    assert_in_words(reading)
    assert reading.steps


PAIRS = [(kind, other) for kind in KINDS for other in KINDS if kind != other]


@pytest.mark.parametrize(("kind", "other"), PAIRS)
async def test_another_service_of_the_stack_is_never_taken_for_it(
    ask: Ask, web: Web, kind: str, other: str
) -> None:
    web.routes = HEALTHY[other].routes
    reading = await asked(ask, web, kind)
    assert reading.status is Status.DOWN
    assert_in_words(reading)


# Frontend and cAdvisor say nothing but "ok": only the path tells them apart.
@pytest.mark.parametrize(("kind", "other"), [pair for pair in PAIRS if set(pair) != {"frontend", "cadvisor"}])
async def test_another_service_that_answers_every_path_is_never_taken_for_it(
    ask: Ask, web: Web, kind: str, other: str
) -> None:
    web.other = next(iter(HEALTHY[other].routes.values()))
    reading = await asked(ask, web, kind)
    assert reading.status is Status.DOWN
    assert_in_words(reading)


@each_kind
@pytest.mark.parametrize("behave", ["silent", "stuck"])
async def test_silence_is_down_within_the_deadline_and_backs_off(
    ask: Ask, web: Web, kind: str, behave: str
) -> None:
    web.answers(200, b"{", behave)
    started = asyncio.get_running_loop().time()
    reading = await asked(ask, web, kind, timeout=0.15)
    assert asyncio.get_running_loop().time() - started < patient(2)
    assert (reading.status, reading.backs_off) == (Status.DOWN, True)
    assert_in_words(reading)
    assert reading.steps


@each_kind
async def test_a_refused_port_is_down_and_absent_where_optional(ask: Ask, web: Web, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    web.url = f"http://127.0.0.1:{port}"
    reading = await asked(ask, web, kind)
    assert (reading.status, reading.backs_off, reading.latency, dict(reading.facts)) == (
        Status.DOWN,
        False,
        None,
        {},
    )
    assert f":{port} refused" in reading.summary
    assert_in_words(reading)
    absent = await asked(ask, web, kind, id="other", optional=True)
    assert (absent.status, absent.error) == (Status.ABSENT, None)


@each_kind
async def test_an_optional_service_that_misbehaves_is_deployed(ask: Ask, web: Web, kind: str) -> None:
    web.answers(behave="reset")
    assert (await asked(ask, web, kind, optional=True)).status is Status.DOWN


@each_kind
async def test_slower_than_warn_is_degraded_and_keeps_its_facts(ask: Ask, web: Web, kind: str) -> None:
    web.routes = HEALTHY[kind].routes
    reading = await asked(ask, web, kind, warn=0.0)
    assert (reading.status, reading.word) == (Status.DEGRADED, "slow")
    assert reading.error is not None
    assert "slow" in reading.error
    assert HEALTHY[kind].routes.keys() <= {entry.split()[1].partition("?")[0] for entry in web.asked}


@each_kind
@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_login_is_unknown(ask: Ask, web: Web, kind: str, status: int) -> None:
    web.answers(status)
    reading = await asked(ask, web, kind, auth=Basic(user="me", password="hunter-22"))
    assert (reading.status, reading.word, reading.backs_off) == (Status.UNKNOWN, "denied", True)
    assert_in_words(reading)
    assert "hunter-22" not in repr(reading)


@each_kind
async def test_a_name_that_does_not_resolve_is_unknown(ask: Ask, web: Web, kind: str) -> None:
    web.url = "http://no-such-host.invalid:80"
    reading = await asked(ask, web, kind)
    assert reading.status is Status.UNKNOWN
    assert "does not resolve" in reading.summary
    assert_in_words(reading)


def hostile_replies(routes: dict[str, Reply], text: str) -> dict[str, Reply]:
    """The same answers with `text` for every text in their bodies, keys of free form and headers aside."""

    def spoil(value: Any) -> Any:
        match value:
            case str():
                return text
            case list():
                return [spoil(each) for each in value]
            case dict():
                return {key: spoil(each) for key, each in value.items()}
        return value

    return {
        path: Reply(reply.status, spoil(reply.body)) if not isinstance(reply.body, bytes) else
        Reply(reply.status, json.dumps(text).encode())
        for path, reply in routes.items()
    }  # fmt: skip


@each_kind
async def test_hostile_texts_stay_data(ask: Ask, web: Web, kind: str) -> None:
    for number, text in enumerate(hostile.STRINGS.values()):
        web.routes = hostile_replies(HEALTHY[kind].routes, text)
        web.other = Reply(404, text)
        answer = await ask(msgspec.structs.replace(HEALTHY[kind].entry(web.url), id=f"number-{number}"))
        reading = answer.readings[0]
        shown = [reading.summary, reading.error or "", reading.word, *map(str, reading.facts.values())]
        shown += [
            text for alert in answer.alerts or () for text in (alert.name, alert.severity, alert.summary)
        ]
        shown += [claim.words for claim in answer.claims]
        for line in shown:
            assert line.isprintable(), (text, line)
            line.encode()
            assert len(line) <= 400
        for step in reading.steps:
            assert all(line.isprintable() for line in step.answer.split("\n"))
            assert len(step.answer) < 6000
