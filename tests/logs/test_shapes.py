"""Every shape of line is read into logger, message and the rest; whatever the line, reading it is cheap and bounded."""

import json
from typing import Any

import pytest

from sutaz_tui.logs.lines import LINE_LIMIT, Level, LogLine
from sutaz_tui.logs.parsing.shapes import FIELDS_LIMIT, NAME_LIMIT, Fields, is_health, read
from tests import hostile

AT = 1795442832000000000
STAMP = "2026-11-23 14:07:12,044"
TRACEBACK = (
    'Traceback (most recent call last):\n  File "/app/x.py", line 61, in get_db\nOperationalError: gone'
)


def fields(text: str) -> Fields:
    return read(LogLine(AT, "backend", text))


def backend(**more: Any) -> str:
    start = {"timestamp": "2026-11-23T14:07:12.044123+00:00", "level": "INFO", "logger": "app.auth"}
    return json.dumps({**start, **more})


REQUEST = {"method": "GET", "path": "/api/v1/agents/", "status_code": 200, "process_time": 0.0043}
SHAPES: list[tuple[str, str, str, str, dict[str, str]]] = [
    # text, shape, logger, message, some of the rest
    (
        backend(message="GET /api/v1/agents/ 200", correlation_id="5f2c", **REQUEST),
        *("json", "request", "GET /api/v1/agents/ 200 4ms"),
        {"logger": "app.auth", "correlation_id": "5f2c", "process_time": "0.0043"},
    ),
    (
        backend(message="Request completed", **{**REQUEST, "process_time": "soon"}),
        *("json", "request", "GET /api/v1/agents/ 200", {"message": "Request completed"}),
    ),
    (
        backend(message="it failed", exception={"type": "OperationalError", "traceback": TRACEBACK}),
        *("json", "app.auth", "it failed"),
        {"exception.type": "OperationalError", "exception.traceback": TRACEBACK},
    ),
    (
        '{"level":30,"time":1795442832044,"name":"api","msg":"up","n":[1,2.50,"a"],"ok":true,"no":null,"o":{}}',
        *("json", "api", "up", {"n": '[1, 2.5, "a"]', "ok": "true", "no": "null", "o": "{}"}),
    ),
    (
        backend(message="x", exception={"traceback": "first\nsecond"})[:-8],
        *("json", "app.auth", "x", {"exception.traceback": "first\ns"}),
    ),
    (backend(message="cut in the mid\n")[:-5], "json", "app.auth", "cut in the mi", {}),
    ('{"a": 1}', "json", "", '{"a": 1}', {"a": "1"}),
    (f"{STAMP} - agent.letta - ERROR - no - not so", "python", "agent.letta", "no - not so", {}),
    (
        f'{STAMP} - uvicorn.access - INFO - 172.20.0.31:51234 - "GET /x?a=1 HTTP/1.1" 200',
        *("python", "uvicorn", "172.20.0.31 GET /x?a=1 200", {"port": "51234"}),
    ),
    (
        'INFO:     172.20.0.31:51234 - "GET /api/v1/models/ HTTP/1.1" 200 OK',
        *("uvicorn", "uvicorn", "172.20.0.31 GET /api/v1/models/ 200", {"status": "200", "phrase": "OK"}),
    ),
    (
        "\x1b[32mINFO\x1b[0m:     Application startup complete.",
        *("uvicorn", "uvicorn", "Application startup complete.", {}),
    ),
    (
        '172.20.0.1 - bob [23/Nov/2026:14:07:12 +0000] "GET /x HTTP/1.1" 404 12 "-" "curl/8"',
        *("nginx access", "nginx", "172.20.0.1 GET /x 404"),
        {"user": "bob", "bytes": "12", "user_agent": "curl/8"},
    ),
    (
        "2026/11/23 14:07:12 [error] 31#31: *12 connect() failed (111: Connection refused), client: 172.20.0.1, "
        'server: kong, request: "GET /a,b HTTP/1.1", upstream: "http://172.20.0.5:8000/x", host: "h:1"',
        *("nginx error", "nginx", "*12 connect() failed (111: Connection refused)"),
        {
            "server": "kong",
            "request": "GET /a,b HTTP/1.1",
            "upstream": "http://172.20.0.5:8000/x",
            "host": "h:1",
        },
    ),
    (
        'ts=2026-11-23T14:07:12.044Z caller=head.go:1 level=warn component=tsdb msg="say \\"x\\"" n=3',
        *("logfmt", "tsdb", 'say "x"', {"caller": "head.go:1", "n": "3"}),
    ),
    ("level=info a=1 and then words", "logfmt", "", "a=1 rest=and then words", {"a": "1"}),
    (
        '<34>1 2026-11-23T14:07:12.044Z web-03 app 12 ID47 [a b="c"] it failed',
        *("syslog", "app", "it failed", {"host": "web-03", "pid": "12", "data": '[a b="c"]'}),
    ),
    (
        "Nov 23 14:07:12 web-03 dockerd[812]: it failed",
        *("old syslog", "dockerd", "it failed", {"host": "web-03", "pid": "812"}),
    ),
    ("<13>Nov  3 14:07:12 web-03 sudo: it failed", "old syslog", "sudo", "it failed", {"host": "web-03"}),
    ("2026-11-23T14:07:12.044+00:00 web-03 cron[1]: x", "old syslog", "cron", "x", {"host": "web-03"}),
    (
        "2026-11-23 14:07:12.044 UTC [61] ERROR:  no such table",
        "postgres",
        "postgres",
        "no such table",
        {"pid": "61"},
    ),
    ("1:M 23 Nov 2026 14:07:12.044 * Ready", "redis", "redis", "Ready", {"role": "M"}),
    (
        "2026-11-23 14:07:12.044001+00:00 [error] <0.1.0> closing",
        "rabbitmq",
        "rabbitmq",
        "closing",
        {"process": "<0.1.0>"},
    ),
    (
        "2026-11-23T14:07:12.044Z [ERROR] agent.server: failed: x",
        "bracketed",
        "agent.server",
        "failed: x",
        {},
    ),
    ("[2026-11-23 14:07:12 +0000] [7] [INFO] Booting", "bracketed", "", "Booting", {"pid": "7"}),
    ("2026-11-23 14:07:12.044+0000 INFO  Bolt enabled", "stamped", "", "Bolt enabled", {}),
    ("2026-11-23T14:07:12.044Z  INFO qdrant::actix: listening", "stamped", "qdrant::actix", "listening", {}),
    ("2026-11-23 14:07:12.044 | INFO     | app.main:run:12 - hello", "bars", "app.main:run:12", "hello", {}),
    ("I1123 14:07:12.044444       1 main.go:12] hi", "klog", "main.go:12", "hi", {"thread": "1"}),
    (
        '[GIN] 2026/11/23 - 14:07:12 | 200 |     1.2ms |    172.20.0.1 | GET      "/api/tags"',
        *("gin", "gin", "172.20.0.1 GET /api/tags 200 1.2ms", {"status": "200"}),
    ),
    ("hello a=b world", "plain", "", "hello a=b world", {}),
    ("[1, 2]", "plain", "", "[1, 2]", {}),
    ("", "plain", "", "", {}),
]


@pytest.mark.parametrize(("text", "shape", "logger", "message", "some"), SHAPES)
def test_shapes(text: str, shape: str, logger: str, message: str, some: dict[str, str]) -> None:
    found = fields(text)
    assert (found.shape, found.logger, found.message) == (shape, logger, message)
    assert {name: found.more.get(name) for name in some} == some
    if not some:
        assert not found.more


def test_moment_and_level_of_a_line() -> None:
    found = fields(backend(message="x"))
    assert (found.at, found.level) == (AT + 44_123_000, Level.INFO)
    assert fields("Nov 23 14:07:12 web-03 x: y").at is not None, "the year is that of the source's own moment"
    labelled = read(LogLine(AT, "s", "no level", {"detected_level": "error"}))
    assert (labelled.at, labelled.level) == (None, Level.ERROR)


def test_fields_are_bounded() -> None:
    found = fields(json.dumps({f"key{number}": number for number in range(1000)}))
    assert len(found.more) == FIELDS_LIMIT + 1
    assert found.more["…"] == f"{1000 - FIELDS_LIMIT} more fields"
    assert "key0" in found.more
    deep = fields('{"a":' * 100 + "1" + "}" * 100).more
    assert [name.count(".") for name in deep] == [5], "what lies deeper is one text"
    long = fields(json.dumps({"n" * 5000: "x", "logger": "l" * 5000}))
    assert list(long.more) == ["n" * NAME_LIMIT]
    assert long.logger == "l" * NAME_LIMIT


@pytest.mark.parametrize("name", hostile.LOG_LINES)
@pytest.mark.timeout(60)
def test_every_hostile_line_is_read(name: str) -> None:
    found = fields(hostile.LOG_LINES[name][:LINE_LIMIT])
    assert all(
        isinstance(text, str) for text in (found.logger, found.message, *found.more, *found.more.values())
    )
    assert len(found.more) <= FIELDS_LIMIT + 1
    assert sum(map(len, found.more.values())) + len(found.message) <= 6 * LINE_LIMIT


HEALTHY = [
    'INFO:     172.20.0.31:51234 - "GET /health HTTP/1.1" 200 OK',
    '\x1b[32mINFO\x1b[0m:     172.20.0.31:51234 - "\x1b[1mGET /health HTTP/1.1\x1b[0m" \x1b[32m200 OK\x1b[0m',
    'INFO:     127.0.0.1:1 - "HEAD /healthz HTTP/1.1" 204 No Content',
    'INFO:     127.0.0.1:1 - "GET /ready?full=1 HTTP/1.1" 200 OK',
    f'{STAMP} - uvicorn.access - INFO - 172.20.0.31:51234 - "GET /health HTTP/1.1" 200',
    '172.20.0.1 - - [23/Nov/2026:14:07:12 +0000] "GET /v1/sys/health HTTP/1.1" 200 12 "-" "curl"',
    '172.20.0.1 - - [23/Nov/2026:14:07:12 +0000] "GET /api/health HTTP/2.0" 200 12 "-" "curl"',
    '172.20.0.1 - - [23/Nov/2026:14:07:12 +0000] "GET /ping HTTP/1.1" 204 0',
    backend(message="GET /health 200", **{**REQUEST, "path": "/health"}),
    backend(message="GET /api/v1/health/ 200", **{**REQUEST, "path": "/api/v1/health/"}).replace(" ", ""),
]
OTHERS = [
    'INFO:     172.20.0.31:51234 - "GET /health HTTP/1.1" 503 Service Unavailable',
    'INFO:     172.20.0.31:51234 - "GET /health HTTP/1.1" 307 Temporary Redirect',
    'INFO:     172.20.0.31:51234 - "POST /health HTTP/1.1" 200 OK',
    'INFO:     172.20.0.31:51234 - "GET /metrics HTTP/1.1" 200 OK',
    'INFO:     172.20.0.31:51234 - "GET /healthcare HTTP/1.1" 200 OK',
    'INFO:     172.20.0.31:51234 - "GET /readme HTTP/1.1" 200 OK',
    'INFO:     172.20.0.31:51234 - "GET /health/reports/7 HTTP/1.1" 200 OK',
    f'{STAMP} - app - ERROR - 1.2.3.4:5 - "GET /health HTTP/1.1" 200',
    f'{STAMP} - app - INFO - somebody sent "GET /health HTTP/1.1" 200',
    'ERROR:    172.20.0.31:51234 - "GET /health HTTP/1.1" 200 OK',
    '172.20.0.1 - - [23/Nov/2026:14:07:12 +0000] "GET /api/health HTTP/1.1" 502 12 "-" "curl"',
    '172.20.0.1 - - [23/Nov/2026:14:07:12 +0000] "GET /x HTTP/1.1" 404 1 "http://h/health" "/ping"',
    backend(message="GET /health 503", **{**REQUEST, "path": "/health", "status_code": 503}),
    backend(message="GET /health 200", **{**REQUEST, "path": "/health"}).replace("INFO", "ERROR"),
    backend(message="asked /health", path="/x", method="GET", status_code=200),
    backend(message="asked /health"),
    '{"path": "/health", "level": "INFO", "method": "GET", "status_code": 200',
    "/health is asked every 10 s",
]


@pytest.mark.parametrize("text", HEALTHY)
def test_health_checks_that_were_answered_well(text: str) -> None:
    assert is_health(text)


@pytest.mark.parametrize("text", OTHERS)
def test_no_other_line_is_taken_for_one(text: str) -> None:
    assert not is_health(text)


@pytest.mark.parametrize("name", hostile.LOG_LINES)
@pytest.mark.timeout(60)
def test_no_hostile_line_is_a_health_check(name: str) -> None:
    assert not is_health(hostile.LOG_LINES[name])
    assert not is_health("/health" + hostile.LOG_LINES[name])
