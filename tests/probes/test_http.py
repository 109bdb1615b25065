"""The generic HTTP probe: each expectation met, unmet, and impossible."""

import gzip
import ssl
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.config import Tls
from sutaz_tui.config.kinds import Http
from sutaz_tui.model import Reading, Status
from tests.certificates import certificate
from tests.loopback import speaking
from tests.probes.conftest import Ask
from tests.web import Reply, Web, web_server

BODY = {
    "a.b": {"items": [{"name": "x"}, {"name": "y", "n": 5, "ok": True, "none": None, "t": "5"}]},
    "\\": 1,
    "": {"": 2},
}


async def asked(ask: Ask, web: Web, path: str = "/", **keys: Any) -> Reading:
    secrets = keys.pop("secrets", None)
    entry = Http(id="x", title="Shop", address=web.url + path, timeout=2.0, **keys)
    return (await ask(entry, secrets=secrets)).readings[0]


async def test_the_address_is_asked_as_it_stands(ask: Ask, web: Web) -> None:
    web.answers(200, "hello")
    reading = await asked(ask, web, "/api/v1/health/?deep=1&x=a%20b")
    assert web.asked == ["GET /api/v1/health/?deep=1&x=a%20b"]
    assert (reading.status, reading.summary, reading.facts) == (
        Status.UP,
        "200, 5 B",
        {"status": 200, "bytes": 5},
    )
    assert reading.rule == "status 200, within 1 s"


async def test_an_address_without_a_path(ask: Ask, web: Web) -> None:
    web.answers(200, "hello")
    await asked(ask, web, "")
    assert web.asked == ["GET /"]


async def test_method_and_headers_are_sent_and_their_secrets_are_not_shown(ask: Ask, web: Web) -> None:
    web.answers(204)
    reading = await asked(
        ask, web, method="head", headers={"X-Key": "s3cret-key"}, status=[204], secrets={"KEY": "s3cret-key"}
    )
    assert reading.status is Status.UP
    assert web.asked == ["HEAD /"]
    assert web.headers[0]["x-key"] == "s3cret-key"
    assert "s3cret-key" not in repr(reading)
    assert '"X-Key: $KEY"' in reading.steps[0].reproduce


@pytest.mark.parametrize(("status", "wanted"), [(401, [401]), (307, [200, 307]), (503, [503]), (404, [404])])
async def test_whatever_status_is_wanted_is_well(ask: Ask, web: Web, status: int, wanted: list[int]) -> None:
    web.answers(status, "x")
    assert (await asked(ask, web, status=wanted)).status is Status.UP


async def test_an_unwanted_status_is_told_with_the_wanted(ask: Ask, web: Web) -> None:
    web.answers(200, "x")
    reading = await asked(ask, web, status=[201, 204])
    assert (reading.status, reading.word) == (Status.DOWN, "200")
    assert reading.error is not None
    assert "answers 200, not 201 or 204" in reading.error


@pytest.mark.parametrize(
    ("header", "value", "words"),
    [
        ("x-cache", "", None),
        ("X-CACHE", "hit", None),
        ("X-Cache", "miss", "the header X-Cache is 'hit', expected 'miss'"),
        ("X-Other", "", "the header X-Other is missing"),
    ],
)
async def test_headers(ask: Ask, web: Web, header: str, value: str, words: str | None) -> None:
    web.answers(200, "x", X_Cache="hit")
    reading = await asked(ask, web, header=header, header_value=value)
    assert (reading.status, reading.summary) == ((Status.DOWN, words) if words else (Status.UP, "200, 1 B"))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (r"a\.b.items.1.name", None, None),
        (r"a\.b.items.1.name", "y", None),
        (r"a\.b.items.1.n", 5, None),
        (r"a\.b.items.1.n", 5.0, None),
        (r"a\.b.items.1.ok", True, None),
        (r"a\.b.items.1.none", None, None),
        (r"a\.b", None, None),
        ("\\\\", 1, None),
        ("\\", 1, None),
        (".", 2, None),
        (r"a\.b.items.1.ok", 1, "is true, expected 1"),
        (r"a\.b.items.1.n", "5", "is 5, expected '5'"),
        (r"a\.b.items.1.t", 5, "is '5', expected 5"),
        (r"a\.b.items.1.n", True, "is 5, expected true"),
        (r"a\.b.items.1.none", "x", "is null, expected 'x'"),
        (r"a\.b.items", "x", "is a list of 2, expected 'x'"),
        (r"a\.b", "x", "is an object of 1, expected 'x'"),
        (r"a\.b.items.2", None, "items is a list of 2, without '2'"),
        (r"a\.b.items.-1", None, "items is a list of 2, without '-1'"),
        (r"a\.b.items.²", None, "items is a list of 2, without '²'"),
        ("a.b", None, "the body has no key 'a'"),
        (r"a\.b.items.1.n.x", None, "n is neither object nor list"),
    ],
)
async def test_json_paths(ask: Ask, web: Web, path: str, value: Any, words: str | None) -> None:
    web.answers(200, BODY)
    reading = await asked(ask, web, json_path=path, json_value=value)
    if words is None:
        assert reading.status is Status.UP
    else:
        assert reading.status is Status.DOWN
        assert words in reading.summary


@pytest.mark.parametrize(
    ("wanted", "status", "is_up"),
    [
        ("2xx", 204, True),
        ("2xx", 301, False),
        ("200-204", 203, True),
        (["2xx", 401], 401, True),
        (200, 201, False),
    ],
)
async def test_statuses_by_their_class_and_by_spans(
    ask: Ask, web: Web, wanted: Any, status: int, is_up: bool
) -> None:
    web.answers(status)
    reading = await asked(ask, web, status=wanted)
    assert (reading.status is Status.UP) == is_up
    if status == 201:
        assert reading.error == "Shop: answers 201, not 200; look at its log"


async def test_one_of_several_values(ask: Ask, web: Web) -> None:
    for state, status in (("green", Status.UP), ("yellow", Status.UP), ("red", Status.DOWN)):
        web.answers(200, {"status": state})
        reading = await asked(ask, web, json_path="status", json_value=["green", "yellow"])
        assert reading.status is status
    assert reading.summary == "status is 'red', expected 'green' or 'yellow'"
    assert "status = 'green' or 'yellow' in the JSON" in reading.rule


@pytest.mark.parametrize(
    ("written", "is_up"),
    [
        ("json.depth < 100", True),
        ("json.depth >= 100", False),
        ("json.depth == any(6, 7)", True),
        ("json.depth != 7", False),
        ("json.text < 5", False),
        ("len(json.nodes) >= 3", True),
        ("len(json.nodes) > 3", False),
        ("has(json.errors) == false", True),
        ("has(json.nodes) == false", False),
        ("json.errors == 1", False),
        ("json.nodes.0 == a", True),
        ('json.text == "5"', True),
        ("json.text == 5", False),
        ("json.ok == true", True),
        ("json.ok == 1", False),
        ("json.gone == null", True),
        ("json.name == pat(shop-*)", True),
        ("json.name != pat(*web*)", False),
        ("body == pat(*depth*)", True),
        ("header.X-Node == eu-1", True),
        ("header.X-Shard == 1", False),
        ("time < 5s", True),
        ("time < 0.001ms", False),
        ("status <= 200", True),
        ("certificate > 14d", False),
    ],
)
async def test_conditions_that_compare(ask: Ask, web: Web, written: str, is_up: bool) -> None:
    body = {"depth": 7, "nodes": ["a", "b", "c"], "text": "5", "ok": True, "gone": None, "name": "shop-web"}
    web.other = Reply(200, body, {"X-Node": "eu-1"})
    reading = await asked(ask, web, conditions=[written])
    assert (reading.status is Status.UP) == is_up, reading.summary
    assert written in reading.rule
    if not is_up:
        assert written in reading.summary
    if written == "json.depth >= 100":
        assert reading.summary == "json.depth is 7, expected json.depth >= 100"
        assert reading.facts["json.depth"] == 7


async def test_the_value_at_the_path_is_a_fact(ask: Ask, web: Web) -> None:
    web.answers(200, b'{"depth": 7, "big": 1e999}')
    assert (await asked(ask, web, json_path="depth")).facts["depth"] == 7


async def test_a_number_that_json_cannot_write_is_a_text(ask: Ask, web: Web) -> None:
    web.answers(200, b'{"big": 1e999}')
    assert (await asked(ask, web, json_path="big")).facts["big"] == "inf"


async def test_no_json_where_json_is_expected(ask: Ask, web: Web) -> None:
    web.answers(200, "<html>")
    reading = await asked(ask, web, json_path="a")
    assert (reading.status, reading.summary) == (Status.DOWN, "the body is not JSON: <html>")


async def test_body_regex(ask: Ask, web: Web) -> None:
    web.answers(200, "shop is open\n")
    assert (await asked(ask, web, body_regex="(?m)open$")).status is Status.UP


async def test_body_regex_unmet(ask: Ask, web: Web) -> None:
    web.answers(200, "shop is shut\x1b[2J")
    reading = await asked(ask, web, body_regex="open")
    assert (reading.status, reading.summary) == (
        Status.DOWN,
        "the body does not match open: shop is shut␛[2J",
    )


async def test_body_regex_reads_a_bounded_start(ask: Ask, web: Web) -> None:
    web.answers(200, "x" * 70_000 + "open")
    reading = await asked(ask, web, body_regex="open")
    assert reading.status is Status.DOWN
    assert "in its first 64 KiB" in reading.summary


@pytest.mark.parametrize(("pattern", "status"), [("open", Status.UP), ("shut", Status.DOWN)])
async def test_without_a_status_the_other_expectations_stand_alone(
    ask: Ask, web: Web, pattern: str, status: Status
) -> None:
    web.answers(404, "shop is open")
    assert (await asked(ask, web, status=[], body_regex=pattern)).status is status


async def test_a_pattern_that_is_none_is_our_own_fault(ask: Ask, web: Web) -> None:
    reading = await asked(ask, web, body_regex="(")
    assert (reading.status, web.asked) == (Status.UNKNOWN, [])
    assert reading.error is not None
    assert "body_regex is no valid pattern" in reading.error


async def test_all_that_is_unmet_is_told_and_all_expected_is_ruled(ask: Ask, web: Web) -> None:
    web.answers(200, "{}")
    reading = await asked(
        ask,
        web,
        header="X-A",
        header_value="1",
        json_path="a",
        json_value=True,
        body_regex="z",
        certificate_days=5,
    )
    assert reading.summary.count("; ") == 2
    for words in (
        "status 200",
        "header X-A = 1",
        "a = true in the JSON",
        "body matches z",
        "valid for 5 days",
        "within 1 s",
    ):
        assert words in reading.rule


async def test_without_tls_the_certificate_is_unknown(ask: Ask, web: Web) -> None:
    web.answers(200, "x")
    reading = await asked(ask, web, certificate_days=10)
    assert (reading.status, reading.word) == (Status.UNKNOWN, "cert")


@pytest.mark.parametrize(("least", "status"), [(10.0, Status.UP), (40.0, Status.DEGRADED), (None, Status.UP)])
async def test_the_certificates_days(ask: Ask, tmp_path: Path, least: float | None, status: Status) -> None:
    file = certificate(tmp_path / "a.pem", 30)
    async with web_server(server_context(file)) as web:
        web.answers(200, "x")
        reading = await asked(ask, web, certificate_days=least, tls=Tls(ca_file=str(file)), warn=5.0)
    assert (reading.status, reading.word) == (status, "cert" if status is Status.DEGRADED else "")
    days = reading.facts["certificate_days"]
    assert isinstance(days, float)
    assert 29 < days <= 30


async def test_a_renewed_certificate_is_seen_although_the_connection_is_kept(
    ask: Ask, tmp_path: Path
) -> None:
    old = certificate(tmp_path / "old.pem", 3)
    renewed = certificate(tmp_path / "renewed.pem", 90)
    both = tmp_path / "both.pem"
    both.write_text(old.read_text() + renewed.read_text())
    context = server_context(old)
    async with web_server(context) as web:
        web.answers(200, "x")
        keys: dict[str, Any] = {"certificate_days": 10.0, "tls": Tls(ca_file=str(both)), "warn": 5.0}
        assert (await asked(ask, web, **keys)).status is Status.DEGRADED
        context.load_cert_chain(renewed)
        assert (await asked(ask, web, **keys)).status is Status.UP
        connections = web.connections
        assert (await asked(ask, web, **keys)).status is Status.UP
        assert web.connections == connections


def server_context(file: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


async def test_a_secret_that_the_body_quotes_is_masked(ask: Ask, web: Web) -> None:
    web.routes = {"/": Reply(500, "cannot open postgresql://me:pw-1234@db/x, key xyzzy-9876")}
    reading = await asked(ask, web, secrets={"KEY": "xyzzy-9876"})
    assert "pw-1234" not in repr(reading)
    assert "xyzzy-9876" not in repr(reading)
    assert "me:***@db" in reading.summary


async def test_one_bad_header_line_is_degraded_and_not_another_protocol(ask: Ask) -> None:
    raw = b'HTTP/1.1 200 OK\r\nget-cache/x.php: userdata not support\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'
    async with speaking(raw) as port:
        reading = (await ask(Http(id="x", title="X", address=f"http://{port.address}/"))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "header")
    assert reading.summary == (
        "200, 15 B; a header line that strict clients refuse: get-cache/x.php: userdata not support"
    )


async def test_a_body_that_comes_packed_unasked_is_judged_by_what_is_in_it(ask: Ask, web: Web) -> None:
    web.answers(200, gzip.compress(b'{"status":"ok"}'), Content_Encoding="gzip")
    entry = Http(id="x", title="X", address=web.url, json_path="status", json_value="ok", body_regex="ok")
    assert (await ask(entry)).readings[0].status is Status.UP
    web.answers(200, b"\x8b\x02", Content_Encoding="br")
    reading = (await ask(entry)).readings[0]
    assert reading.status is Status.DOWN
    assert "the body is packed as br, though it was asked not to pack it" in reading.summary
    assert (await ask(Http(id="y", title="Y", address=web.url))).readings[0].status is Status.UP
