import pytest

from sutaz_tui.logs.alike import are_lines_alike, are_tracebacks_alike
from sutaz_tui.logs.lines import LogLine


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pool: connection 12 closed after 8 ms", "pool: connection 9113 closed after 1250 ms"),
        ("2026-11-23 03:34:26,123 - r - INFO - sent", "2026-11-23 03:34:27,001 - r - INFO - sent"),
        ("job 5f2c9a10-77aa-4b0e-9d1e-0a1b2c3d4e5f done", "job 00000000-ffff-4b0e-9d1e-aaaabbbbcccc done"),
        ("object at 0x7f3a", "object at 0x10b2e8"),
        ("session 9b1 of 4f2a9c10 ended", "session 7c2 of 93ab77fe ended"),
        ('10.0.0.5:51324 - "GET /a/12 HTTP/1.1" 200 OK', '10.0.0.6:40000 - "GET /a/7 HTTP/1.1" 200 OK'),
        ("KeyError: 17", "KeyError: 4711"),
        ("lone \udc80 surrogate 1", "lone \udc80 surrogate 2"),
    ],
)
def test_numbers_and_ids_make_no_difference(one: str, other: str) -> None:
    assert are_lines_alike(LogLine(0, "a", one), LogLine(1, "a", other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("INFO tick 1", "ERROR tick 1"),
        ('"GET /a HTTP/1.1" 200 OK', '"GET /a HTTP/1.1" 500 OK'),
        ('"GET /a/12 HTTP/1.1" 200 12', '"GET /a/7 HTTP/1.1" 503 12'),
        ("POST /api/v1/auth/login 500 31ms", "POST /api/v1/auth/login 200 8ms"),
        ('{"level": 30, "id": 7}', '{"level": 50, "id": 7}'),
        ('{"status_code": 200, "took": 12}', '{"status_code": 404, "took": 3}'),
        ("exited with code 0", "exited with code 137"),
        ("<34>su failed", "<38>su failed"),
        ("HTTPError: 404", "HTTPError: 502"),
        ("[Errno 111] refused", "[Errno 104] refused"),
        ("GET /bad", "GET /dad"),
        ("backend 1 up", "frontend 1 up"),
    ],
)
def test_codes_levels_and_words_do(one: str, other: str) -> None:
    assert not are_lines_alike(LogLine(0, "a", one), LogLine(1, "a", other))


def test_another_service_is_another_line() -> None:
    assert not are_lines_alike(LogLine(0, "a", "tick 1"), LogLine(1, "b", "tick 2"))


def test_a_level_that_only_the_labels_tell_counts() -> None:
    lines = [
        LogLine(0, "a", f"tick {at}", {"detected_level": level})
        for at, level in enumerate(("info", "error", "info"))
    ]

    assert not are_lines_alike(lines[0], lines[1])
    assert are_lines_alike(lines[0], lines[2])


def test_tracebacks_are_alike_with_equal_frames_only() -> None:
    def traceback(frame: str, error: str) -> list[LogLine]:
        texts = ("Traceback (most recent call last):", f'  File "{frame}, in get', f"KeyError: {error}")
        return [LogLine(0, "a", text) for text in texts]

    first = traceback('app.py", line 3', "17")

    assert are_tracebacks_alike(first, traceback('app.py", line 3', "4711"))
    assert not are_tracebacks_alike(first, traceback('app.py", line 90', "17"))
    assert not are_tracebacks_alike(first, traceback('app.py", line 3', "17")[:2])
