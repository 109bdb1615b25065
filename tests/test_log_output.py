"""Log lines as text, JSON and bytes; the words for what is missing; the place in a query."""

import json

import pytest

from sutaz_tui.logs.lines import Gap, LogLine
from sutaz_tui.logs.shown import Safe
from sutaz_tui.output.logs import form, gap_words, pointing
from sutaz_tui.text.sanitise import Secrets
from tests.hostile import LOG_LINES

AT = 1_795_442_831_402_123_456
SAFE = Safe(Secrets(["hunter2"]))
LINE = LogLine(AT, "backend", "ERROR login with hunter2 failed", {"stream": "stderr", "pw": "hunter2"})


def test_text_names_the_service_where_there_are_several() -> None:
    time = "2026-11-23T14:07:11.402Z"
    assert (
        form("text", SAFE, False, True)([LINE]).decode()
        == f"{time} backend ERROR ERROR login with *** failed\n"
    )
    assert form("text", SAFE, False, False)([LINE]).decode() == f"{time} ERROR ERROR login with *** failed\n"
    plain = LogLine(AT, "", "hello")
    assert form("text", SAFE, False, True)([plain]).decode() == f"{time} - hello\n"


def test_uvicorns_level_is_not_told_twice() -> None:
    lines = [LogLine(AT, "", 'INFO:     10.0.0.1:40122 - "GET / HTTP/1.1" 200 OK'), LogLine(AT, "", "INFO: ")]
    told = form("text", SAFE, False, False)(lines).decode().splitlines()
    assert told[0].endswith('Z INFO 10.0.0.1:40122 - "GET / HTTP/1.1" 200 OK')
    assert told[1].rstrip().endswith("INFO:")


def test_json_has_the_nanoseconds_as_a_text_and_safe_labels() -> None:
    entry = json.loads(form("json", SAFE, False, True)([LINE]))
    assert entry == {
        "at": str(AT),
        "time": "2026-11-23T14:07:11.402123Z",
        "service": "backend",
        "level": "error",
        "text": "ERROR login with *** failed",
        "labels": {"stream": "stderr", "pw": "***"},
    }
    unmasked = json.loads(form("json", SAFE, True, True)([LINE]))
    assert unmasked["text"] == "ERROR login with hunter2 failed"


def test_labels_are_told_apart_though_they_come_and_go() -> None:
    made = form("json", SAFE, False, True)
    for number in range(1000):
        line = LogLine(AT, "a", "x", {"n": str(number)})
        assert json.loads(made([line]))["labels"] == {"n": str(number)}


def test_what_was_cut_is_told_of_a_line() -> None:
    line = LogLine(AT, "a", "begin", cut=9_983_616)
    assert form("text", SAFE, False, False)([line]).decode().endswith(" begin … 9,983,616 more characters\n")
    assert json.loads(form("json", SAFE, False, False)([line]))["text"] == "begin … 9,983,616 more characters"


def test_raw_gives_bytes_back_as_they_were() -> None:
    data = bytes(set(range(256)) - {10})
    line = LogLine(AT, "a", data.decode("utf-8", "surrogateescape"))
    assert form("raw", SAFE, False, True)([line]) == data + b"\n"
    assert form("raw", SAFE, False, True)([LogLine(AT, "a", "half \ud83d")]) == b"half ?\n"


def test_nothing_is_printed_of_no_lines() -> None:
    assert [form(name, SAFE, False, True)([]) for name in ("text", "json", "raw")] == [b"", b"", b""]


@pytest.mark.parametrize("at", [0, -1, 1 << 62, (1 << 63) - 1, AT + 365 * 86400 * 10**9])
@pytest.mark.parametrize("name", ["text", "json"])
def test_a_clock_gone_wild_is_told_harmlessly(name: str, at: int) -> None:
    out = form(name, SAFE, False, True)([LogLine(at, "a", "x")]).decode()
    assert out.count("\n") == 1
    assert out.rstrip("\n").isprintable()


@pytest.mark.parametrize("name", ["text", "json"])
@pytest.mark.parametrize("unmask", [False, True])
def test_hostile_lines_and_labels_are_one_printable_line_each(name: str, unmask: bool) -> None:
    made = form(name, SAFE, unmask, True)
    for text in LOG_LINES.values():
        line = LogLine(AT, "a", text[:16_384], {text[:50]: text[:500]})
        out = made([line]).decode("utf-8")
        assert out.endswith("\n")
        assert out[:-1].isprintable()
        if name == "json":
            assert json.loads(out)["at"] == str(AT)


def test_missing_lines_are_told_in_a_sentence() -> None:
    gap = Gap("backend", AT, AT + 2_850_000_000, 640, "the tail dropped them")
    assert gap_words(gap) == (
        "640 lines of backend between 2026-11-23T14:07:11.402Z and 2026-11-23T14:07:14.252Z were not received:"
        " the tail dropped them"
    )
    assert gap_words(Gap("", AT, AT, 1, "")).startswith("1 line at 2026-11-23T14:07:11.402Z was")
    assert gap_words(Gap("", AT, AT, 1, "")).endswith(" was not received")
    assert " may not have been received" in gap_words(Gap("a", AT, AT, None, "x"))


@pytest.mark.parametrize(
    ("text", "line", "column", "rows"),
    [
        ('{job="x"', 1, 9, ['  {job="x"', "          ^"]),
        ("{a\n |= }", 2, 5, ["   |= }", "      ^"]),
        ("{\ta}", 1, 3, ["  { a}", "    ^"]),
        ("{\x1b[2Ja}", 1, 7, ["  {␛[2Ja}", "        ^"]),
        ("{a}", 0, 0, []),
        ("{a}", 5, 1, []),
        ("", 1, 1, []),
    ],
)
def test_the_place_at_fault_is_pointed_at(text: str, line: int, column: int, rows: list[str]) -> None:
    assert pointing(text, line, column) == rows
