"""The level of a line is what the line states, in every shape; a word in its message is none."""

import pytest

from sutaz_tui.logs.lines import LINE_LIMIT, Level
from sutaz_tui.logs.parsing.levels import level_named, level_of
from tests import hostile

STAMP = "2026-11-23 14:07:12,044"
ACCESS = '172.20.0.1 - - [23/Nov/2026:14:07:12 +0000] "GET /error HTTP/1.1"'
STATED = {
    # JSON
    '{"timestamp": "2026-11-23T14:07:12+00:00", "level": "ERROR", "message": "x"}': "ERROR",
    '{"level":"warning","message":"x"}': "WARN",
    '{"level" : "info"}': "INFO",
    '{"levelname": "CRITICAL", "msg": "x"}': "CRITICAL",
    '{"severity":"NOTICE"}': "INFO",
    '{"lvl":"dbg"}': "DEBUG",
    '{"log.level":"error"}': "ERROR",
    '{"level":30,"msg":"error"}': "INFO",
    '{"level":40}': "WARN",
    '{"level": 50}': "ERROR",
    '{"level":60}': "CRITICAL",
    '{"level":20}': "DEBUG",
    '{"level":3,"short_message":"as syslog counts"}': "ERROR",
    '{"message": "level: ERROR, error, \\"level\\": \\"ERROR\\"", "level": "INFO"}': "INFO",
    '{"context": {"level": "ERROR"}, "level": "INFO"}': "INFO",
    '{"context": {"level": "ERROR"}}': "UNKNOWN",
    '{"message": "error"}': "UNKNOWN",
    '{"level": "ERROR", "message": "cut in the mid': "ERROR",
    '{"message": "' + "x" * 1000 + '", "level": "ERROR"}': "ERROR",
    '{"level": "INFO", "path": "/x", "status_code": 500}': "INFO",
    # Python logging, uvicorn, gunicorn, loguru
    f"{STAMP} - agent.letta - INFO - finished, 0 errors, no ERROR, level=error [error]": "INFO",
    f"{STAMP} - agent.letta - WARNING - x": "WARN",
    f"{STAMP} - agent.letta - ERROR - x": "ERROR",
    f"{STAMP} - agent.letta - CRITICAL - x": "CRITICAL",
    f"{STAMP} - agent.letta - DEBUG - x": "DEBUG",
    f'{STAMP} - httpx - INFO - answered "GET /x HTTP/1.1" 500': "INFO",
    f'{STAMP} - uvicorn.access - INFO - 1.2.3.4:5 - "GET /x HTTP/1.1" 500': "ERROR",
    'INFO:     172.20.0.31:51234 - "GET /error HTTP/1.1" 200 OK': "INFO",
    'INFO:     172.20.0.31:51234 - "GET /x HTTP/1.1" 404 Not Found': "WARN",
    'INFO:     172.20.0.31:51234 - "GET /x HTTP/1.1" 503 Service Unavailable': "ERROR",
    "INFO:     Application startup complete, no ERROR": "INFO",
    "ERROR:    Exception in ASGI application": "ERROR",
    "WARNING:  StatReload detected changes": "WARN",
    "\x1b[32mINFO\x1b[0m:     Started server process": "INFO",
    "\x1b[1;31mERROR\x1b[0m: x": "ERROR",
    "[2026-11-23 14:07:12 +0000] [7] [INFO] Booting worker": "INFO",
    "2026-11-23 14:07:12.044 | WARNING  | app:run:1 - x": "WARN",
    "2026-11-23 14:07:12 [info     ] an ERROR was mended": "INFO",
    "Traceback (most recent call last):": "ERROR",
    "Error: listen EADDRINUSE": "ERROR",
    # Servers
    f"{ACCESS} 200 12": "INFO",
    f'{ACCESS} 404 12 "-" "curl"': "WARN",
    f'{ACCESS} 502 12 "-" "curl/8 ERROR"': "ERROR",
    "2026/11/23 14:07:12 [error] 31#31: *12 connect() failed": "ERROR",
    "2026/11/23 14:07:12 [crit] 31#31: x": "CRITICAL",
    "2026/11/23 14:07:12 [notice] 1#1: signal 15 received, [error]": "INFO",
    "ts=2026-11-23T14:07:12.044Z caller=head.go:1 level=warn msg=x": "WARN",
    'time=2026-11-23T14:07:12.044Z level=INFO msg="level=error ERROR: x"': "INFO",
    'level=error ts=2026-11-23T14:07:12.044Z msg="x"': "ERROR",
    "2026-11-23 14:07:12.044 UTC [61] ERROR:  relation does not exist": "ERROR",
    "2026-11-23 14:07:12.044 UTC [61] LOG:  checkpoint complete, no ERROR": "INFO",
    "2026-11-23 14:07:12.044 UTC [61] FATAL:  password authentication failed": "CRITICAL",
    "1:M 23 Nov 2026 14:07:12.044 * Ready to accept connections": "INFO",
    "1:M 23 Nov 2026 14:07:12.044 # WARNING overcommit_memory": "WARN",
    "1:M 23 Nov 2026 14:07:12.044 - Accepted 127.0.0.1:1": "DEBUG",
    "2026-11-23 14:07:12.044001+00:00 [error] <0.1.0> closing": "ERROR",
    "2026-11-23 14:07:12.044001+00:00 [warning] <0.1.0> closing": "WARN",
    "2026-11-23T14:07:12.044Z [ERROR] agent: failed": "ERROR",
    "2026-11-23T14:07:12.044Z [INFO]  agent: joined; ERROR is a word": "INFO",
    "2026-11-23 14:07:12.044+0000 INFO  Bolt enabled": "INFO",
    "2026-11-23T14:07:12.044Z  WARN qdrant::x: slow": "WARN",
    "W1123 14:07:12.044444       1 main.go:12] x": "WARN",
    "F1123 14:07:12.044444       1 main.go:12] x": "CRITICAL",
    "<11>Nov 23 14:07:12 host app: x": "ERROR",
    "<14>1 2026-11-23T14:07:12Z host app - - - no ERROR": "INFO",
    "Nov 23 14:07:12 host dockerd[8]: time=x level=error msg=x": "ERROR",
    '[GIN] 2026/11/23 - 14:07:12 | 500 |  1.2ms | 1.2.3.4 | GET "/"': "ERROR",
    # Nothing stated
    "an error happened, 10 ERROR lines": "UNKNOWN",
    "the ERROR was mended": "UNKNOWN",
    '  File "/app/errors.py", line 61, in ERROR': "UNKNOWN",
    "[ok] [1] done": "UNKNOWN",
    "": "UNKNOWN",
}


@pytest.mark.parametrize("text", STATED)
def test_the_level_that_a_line_states(text: str) -> None:
    assert level_of(text).name == STATED[text]


@pytest.mark.parametrize("name", ["level", "detected_level"])
def test_labels_tell_where_the_line_does_not(name: str) -> None:
    assert level_of("no level here", {name: "warn"}) is Level.WARN
    assert level_of("INFO:     stated", {name: "error"}) is Level.INFO
    assert level_of("no level here", {name: "unknown"}) is Level.UNKNOWN
    assert level_of('{"message": "x"}', {name: "error"}) is Level.ERROR


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("Warning", Level.WARN),
        ("eRR", Level.ERROR),
        (" info ", Level.INFO),
        ("7", Level.DEBUG),
        ("99", Level.UNKNOWN),
        ("²", Level.UNKNOWN),
        ("x" * 100_000, Level.UNKNOWN),
    ],
)
def test_names_of_levels(word: str, level: Level) -> None:
    assert level_named(word) is level


HOSTILE_LEVELS = {
    "escape before the level": "ERROR",
    "right to left": "ERROR",
    "invalid utf-8": "INFO",
    "cut json": "INFO",
    "many keys": "UNKNOWN",
    "nothing in a field": "UNKNOWN",
    "ten megabytes of json": "INFO",
}


@pytest.mark.parametrize("name", hostile.LOG_LINES)
@pytest.mark.timeout(60)
def test_every_hostile_line_has_a_level(name: str) -> None:
    for text in (hostile.LOG_LINES[name], hostile.LOG_LINES[name][:LINE_LIMIT]):
        level = level_of(text)
        assert isinstance(level, Level)
        assert level.name == HOSTILE_LEVELS.get(name, level.name)
