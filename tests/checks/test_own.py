"""The user's own checks: each kind of the config, run and failed on purpose."""

import asyncio
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaz_tui.config import Config, load
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckClass, CheckResult, Outcome, Status
from sutaz_tui.wiring.checks import Checking, load_checks
from tests.certificates import certificate
from tests.checks.own import messages, of, results
from tests.config.faults import HTTP, read
from tests.loopback import probing, speaking
from tests.servers.postgres import Postgres as PostgresServer
from tests.servers.redis import Redis
from tests.web import Reply, Web, web_server

LOGQL = 'sum(count_over_time({job=~".+"}[5m]))'


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo("healthy") as stack:
        stack.wait()
        yield stack


def on(stack: Demo, *checks: str) -> Config:
    """The config of a simulated stack with these own checks."""
    file = stack.path.with_name("own.yaml")
    own = "\nchecks:\n  own:\n" + "".join(f"    - {{{check}}}\n" for check in checks)
    file.write_text(stack.path.read_text().replace("\nchecks:\n", own, 1))
    return load(None, file, stack.environ)


async def results_of(config: Config) -> dict[str, CheckResult]:
    """How the own checks end where nothing is allowed."""
    checking = Checking(config)
    try:
        run = await checking.run(load_checks(config, ["own"]), ignore_needs=True)
    finally:
        await checking.aclose()
    return {found.check_id: found for found in run.results}


def reading(web: Web) -> None:
    web.routes["/v"] = Reply(200, {"a": {"b": [1, "two"]}, "token": "t-1"}, {"X-Kind": "good"})
    web.routes["/no"] = Reply(503, b"sorry")


async def test_http_judges_status_header_path_regex_and_time(tmp_path: Path) -> None:
    async with web_server() as web:
        reading(web)
        config = of(
            tmp_path,
            f"id: all, kind: http, url: {web.url}/v, header: x-kind, header_value: good, json_path: a.b.1, "
            "json_value: two, regex: 't-[0-9]', within: 5",
            f"id: wanted503, kind: http, url: {web.url}/no, status: [503]",
            f"id: status, kind: http, url: {web.url}/no",
            f"id: header, kind: http, url: {web.url}/v, header: x-other",
            f"id: header_value, kind: http, url: {web.url}/v, header: x-kind, header_value: bad",
            f"id: path, kind: http, url: {web.url}/v, json_path: a.c",
            f"id: value, kind: http, url: {web.url}/v, json_path: a.b.0, json_value: 2",
            f"id: regex, kind: http, url: {web.url}/v, regex: 't-[a-z]'",
            f"id: within, kind: http, url: {web.url}/v, within: 0.0000001",
        )
        found = await messages(config)
    assert found["all"].startswith("pass: 200 in ")
    assert found["wanted503"].startswith("pass: 503")
    assert found["status"] == "fail: expected 200; found 503: sorry"
    assert found["header"] == "fail: expected a header x-other; found none"
    assert found["header_value"] == "fail: expected x-kind: bad; found good"
    assert found["path"] == "fail: expected a.c in the body; found nothing there"
    assert found["value"] == "fail: expected a.b.0 2; found 1"
    assert found["regex"].startswith("fail: expected a body that matches t-[a-z]; found ")
    assert found["within"].startswith("fail: expected an answer within 1e-07 s; found 0.")


JUDGED: dict[str, tuple[str, bool]] = {
    "true is true": ("json_path: ok, json_value: true", True),
    "true is not 1": ("json_path: ok, json_value: 1", False),
    "1 is not true": ("json_path: one, json_value: true", False),
    "1 is 1.0": ("json_path: one, json_value: 1.0", True),
    "text is no number": ("json_path: five, json_value: 5", False),
    "a number is no text": ("json_path: one, json_value: '1'", False),
    "null is there": ("json_path: none", True),
    "null is no text": ("json_path: none, json_value: 'null'", False),
    "nothing is there": ("json_path: nothing", False),
    "a header": ("header: x-kind, header_value: good", True),
    "another header": ("header: x-kind, header_value: bad", False),
    "a pattern": ("PATTERN: 'f.ve'", True),
    "a pattern behind what is searched": ("PATTERN: 'far'", False),
    "no JSON": ("json_path: ok, PATH: /text", False),
    "any status with a pattern": ("PATTERN: plain, PATH: /text", True),
    "another status": ("PATH: /no", False),
}


@pytest.mark.parametrize("name", JUDGED)
async def test_a_service_and_an_own_check_judge_one_answer_alike(name: str, tmp_path: Path) -> None:
    keys, is_well = JUDGED[name]
    keys, _, path = keys.partition("PATH: ")
    async with web_server() as web:
        body = (
            '{"ok": true, "one": 1, "five": "5", "none": null, "x": "five", "y": "' + "ä" * 40_000 + 'far"}'
        )
        web.routes["/"] = Reply(200, body, {"X-Kind": "good"})
        web.routes["/text"] = Reply(200, "plain")
        web.routes["/no"] = Reply(503, body)
        url = web.url + (path or "/")
        service = f"services:\n  - {{id: a, kind: http, address: '{url}', {keys.replace('PATTERN', 'body_regex')}}}\n"
        own = f"checks: {{own: [{{id: x, kind: http, url: '{url}', {keys.replace('PATTERN', 'regex')}}}]}}\n"
        config = read(tmp_path, "env: test\n" + service + own)
        async with probing(config) as probe:
            status = (await probe.ask()).readings[0].status
        outcome = (await results(config))["x"].outcome
    assert (status, outcome) == ((Status.UP, Outcome.PASS) if is_well else (Status.DOWN, Outcome.FAIL))


async def test_what_is_captured_is_sent_as_json_writes_it_and_null_is_not(tmp_path: Path) -> None:
    async with web_server() as web:
        web.routes["/v"] = Reply(200, {"ok": True, "none": None, "n": 7})
        steps = "[{url: 'URL/v', capture: {x: KEY}}, {url: 'URL/{{x}}', status: [404]}]".replace(
            "URL", web.url
        )
        config = of(
            tmp_path,
            *(f"id: {key}, kind: steps, steps: {steps.replace('KEY', key)}" for key in ("ok", "n", "none")),
        )
        found = await messages(config)
        sent = {path for path in web.asked if not path.endswith("/v")}
    assert sent == {"GET /true", "GET /7"}
    assert found["none"] == "fail: expected none in the body, to be used as x; found null"


async def test_steps_hand_on_what_they_capture(tmp_path: Path) -> None:
    async with web_server() as web:
        reading(web)
        web.routes["/t-1"] = Reply(200, b'{"ok": true}')
        first = f"{{url: '{web.url}/v', capture: {{token: token}}}}"
        good = f"{{url: '{web.url}/{{{{token}}}}', headers: {{X-Token: '{{{{token}}}}'}}, json_path: ok, json_value: true}}"
        none = f"{{url: '{web.url}/v', capture: {{token: nothing.here}}}}"
        config = of(
            tmp_path,
            f"id: good, kind: steps, steps: [{first}, {good}]",
            f"id: uncaptured, kind: steps, steps: [{none}, {good}]",
            f"id: second, kind: steps, steps: [{first}, {{url: '{web.url}/no'}}]",
        )
        found = await results(config)
        sent = list(web.asked)
    assert found["good"].message == "2 steps as expected"
    assert [step.request for step in found["good"].steps][1].endswith("/t-1")
    assert any("/t-1" in path for path in sent)
    assert found["uncaptured"].message.endswith("to be used as token; found nothing there")
    assert (found["second"].outcome, found["second"].found) == (Outcome.FAIL, "503: sorry")


async def test_a_flow_that_logs_in_stops_at_the_first_refusal_for_good(tmp_path: Path) -> None:
    async with web_server() as web:
        web.routes["/login"] = Reply(401, b"wrong password")
        web.routes["/me"] = Reply(200, b"{}")
        flow = f"steps: [{{url: '{web.url}/login', method: POST, body: 'a=b'}}, {{url: '{web.url}/me'}}]"
        config = of(
            tmp_path,
            f"id: flow, kind: steps, logs_in: true, {flow}",
            f"id: one, kind: http, logs_in: true, url: '{web.url}/login'",
            f"id: wanted, kind: http, logs_in: true, url: '{web.url}/login', status: [401]",
        )
        checking = Checking(config)
        own = load_checks(config, ["own"])
        try:
            first, *later = [await checking.run(own) for _ in range(4)]
        finally:
            await checking.aclose()
        sent = list(web.asked)
    assert [result.outcome for result in first.results] == [Outcome.FAIL, Outcome.FAIL, Outcome.PASS]
    for run in later:
        assert [result.outcome for result in run.results] == [Outcome.ERROR, Outcome.ERROR, Outcome.PASS]
        assert "login refused (401); not sent again for" in run.results[0].message
    assert len(sent) == 2 + 4, "a refusal that is wanted is none"


async def test_outside_test_and_demo_own_checks_that_log_in_ask_first(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        f"env: production\n{HTTP}checks:\n  own:\n"
        "    - {id: me, kind: http, logs_in: true, url: 'http://127.0.0.1:1/'}\n",
    )
    (result,) = (await results_of(config)).values()
    assert (result.outcome, result.message.rpartition("; ")[2]) == (Outcome.SKIP, "--allow logins")


async def test_tcp_accepts_and_says_what_is_expected(tmp_path: Path) -> None:
    async def greets(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail ready\r\n")

    async with speaking(greets, hangs_up=False) as port:
        config = of(
            tmp_path,
            f"id: open, kind: tcp, address: '{port.address}'",
            f"id: greets, kind: tcp, address: '{port.address}', expect: '220 '",
            f"id: stranger, kind: tcp, address: '{port.address}', expect: 'SSH-'",
            "id: closed, kind: tcp, address: '127.0.0.1:1', timeout: 2",
        )
        found = await messages(config)
    assert found["open"].startswith("pass: accepts")
    assert found["greets"].startswith("pass: accepts")
    assert found["stranger"] == "fail: expected 'SSH-' as the first bytes; found '220 mail ready\\r\\n'"
    assert found["closed"].startswith("error: closed: ") and "refused" in found["closed"]


async def test_tls_must_be_accepted_and_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path / "own.pem", 30)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    async with web_server(context) as web:
        checks = (
            f"id: days, kind: tls, address: '127.0.0.1:{web.port}'",
            f"id: long, kind: tls, address: '127.0.0.1:{web.port}', min_days: 60",
        )
        stranger = await messages(of(tmp_path, *checks))
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        trusted = await messages(of(tmp_path, *checks))
    assert all(words.startswith("error: ") for words in stranger.values())
    assert re.fullmatch(r"pass: valid for (29|30) days", trusted["days"])
    assert re.fullmatch(
        r"fail: expected a certificate valid for 60 days; found (29|30)\.\d days left", trusted["long"]
    )


async def test_questions_to_the_systems_are_judged_by_limits(demo: Demo) -> None:
    config = on(
        demo,
        "id: up, kind: promql, query: up, min: 0, max: 1",
        "id: many, kind: promql, query: up, min: 2",
        "id: none, kind: promql, query: no_such_series, min: 0",
        "id: rows, kind: sql, query: SELECT 1, equals: 1",
        "id: two, kind: sql, query: SELECT 1, min: 2",
        "id: idle, kind: queue, queue: agent.letta, max_messages: 100000",
        "id: noqueue, kind: queue, queue: no.such.queue, max_messages: 1",
        f"id: errors, kind: logql, query: '{LOGQL}', min: 0",
        f"id: toomany, kind: logql, query: '{LOGQL}', min: 1000000000000",
    )
    found = await messages(config)
    assert [id for id in ("up", "rows", "idle", "errors") if not found[id].startswith("pass: ")] == []
    assert "expected " in found["many"] and "of at least 2; found 1" in found["many"]
    assert found["none"] == "fail: expected at least one sample; found an empty result"
    assert found["two"] == "fail: expected a value of at least 2; found 1"
    assert found["noqueue"] == "fail: expected a queue no.such.queue; found none of this name"
    assert "of at least 1e+12; found " in found["toomany"]


async def test_redis_answers_are_judged(redis: Redis, tmp_path: Path) -> None:
    config = read(
        tmp_path,
        "env: test\nservices:\n"
        f"  - {{id: redis, kind: redis, address: '127.0.0.1:{redis.port}'}}\n"
        "checks:\n  own:\n"
        "    - {id: ping, kind: redis, command: [PING], equals: PONG}\n"
        "    - {id: size, kind: redis, command: [DBSIZE], max: 0}\n"
        "    - {id: few, kind: redis, command: [DBSIZE], min: 5}\n"
        "    - {id: text, kind: redis, command: [PING], min: 5}\n",
    )
    found = await messages(config)
    assert found == {
        "ping": "pass: PONG",
        "size": "pass: 0",
        "few": "fail: expected a value of at least 5; found 0",
        "text": "fail: expected a number; found PONG",
    }


async def test_what_sql_answers_is_compared_with_its_type_where_it_is_true_or_false(tmp_path: Path) -> None:
    with PostgresServer(locked=True) as server:
        asked = (
            f"id: {id}, kind: sql, query: 'SELECT {value}', equals: {wanted}"
            for id, value, wanted in (
                ("truth", "true", "true"), ("one", "true", "1"), ("number", "1", "1"), ("text", "1::text", "1"),
                ("falsehood", "1", "true"), ("numeric", "1.0", "1"),
            )
        )  # fmt: skip
        service = (
            f"{{id: postgres, kind: postgres, address: '127.0.0.1:{server.port}', user: {server.user}, "
            f"database: {server.database}, password: '${{PASSWORD}}'}}"
        )
        own = "".join(f"    - {{{check}}}\n" for check in asked)
        text = f"env: test\nservices:\n  - {service}\nchecks:\n  own:\n{own}"
        found = await results(read(tmp_path, text, {"PASSWORD": server.password}))
    passed = {id for id, result in found.items() if result.outcome is Outcome.PASS}
    assert passed == {"truth", "number", "text", "numeric"}, {id: one.message for id, one in found.items()}


async def test_servers_are_compared_too(demo: Demo) -> None:
    checks = {
        "id: sql, kind: sql, query: SELECT 5 AS five, conditions: ['value >= 5', 'rows == 1', 'column.five < 6']": "",
        "id: few, kind: sql, query: SELECT 5 AS five, conditions: ['value > 5']": "expected value > 5; found 5",
        "id: none, kind: sql, query: SELECT 5 AS five, conditions: ['column.six > 5']": (
            "expected column.six > 5; found nothing there"
        ),
        "id: ping, kind: redis, command: [PING], conditions: ['value == PONG']": "",
        "id: ups, kind: promql, query: up, conditions: ['value == 1', 'samples > 5']": "",
        "id: ill, kind: promql, query: up, conditions: ['value > 1']": "expected value > 1; found 1",
        "id: queue, kind: queue, queue: mcp.bridge, conditions: ['messages < 9', 'consumers != 0']": "",
        "id: idle, kind: queue, queue: mcp.bridge, conditions: ['consumers > 99']": "expected consumers > 99; found ",
    }
    found = await results_of(on(demo, *checks))
    for (id, one), wanted in zip(found.items(), checks.values(), strict=True):
        assert one.message.startswith(wanted) and (one.outcome is Outcome.FAIL) is bool(wanted), (
            id,
            one.message,
        )


async def test_what_writes_is_not_run_unasked(tmp_path: Path) -> None:
    async with web_server() as web:
        config = of(tmp_path, f"id: w, kind: http, url: {web.url}/x, method: POST, does: writes")
        checking = Checking(config)
        try:
            [check] = [one for one in load_checks(config) if one.category == "own"]
            run = await checking.run([check])
        finally:
            await checking.aclose()
        assert check.check_class is CheckClass.WRITES
        assert check.sends == f"POST {web.url}/x"
        assert run.results[0].outcome is Outcome.SKIP
        assert web.asked == []


def test_without_own_checks_there_is_no_such_category() -> None:
    assert [check for check in load_checks(load(None, None, {})) if check.category == "own"] == []
