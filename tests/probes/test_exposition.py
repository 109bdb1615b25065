"""The parser of Prometheus' text format: only what is wanted, from well and ill formed texts."""

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaz_tui.probes.exposition import LINE_LIMIT, SAMPLE_LIMIT, Sample, Scan, samples, series, unparsed
from tests import hostile
from tests.web import RECORDED


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("up 1", Sample("up", 1.0)),
        ("up 1 1700000000000", Sample("up", 1.0)),
        ("  up\t 1.5e+09 ", Sample("up", 1.5e9)),
        ("up .5", Sample("up", 0.5)),
        ("up -1", Sample("up", -1.0)),
        ("up +Inf", Sample("up", math.inf)),
        ("up -Inf\r", Sample("up", -math.inf)),
        ("up{} 2", Sample("up", 2.0)),
        ('up {job="a b",instance="x:1",} 3', Sample("up", 3.0, {"job": "a b", "instance": "x:1"})),
        ('up{ job = "a" , x = "" } 3', Sample("up", 3.0, {"job": "a", "x": ""})),
        (r'up{path="C:\\x\"}{\n,"} 4', Sample("up", 4.0, {"path": 'C:\\x"}{\n,'})),
        ('{"up"} 5', Sample("up", 5.0)),
        ('{ "up" , job="a"} 5', Sample("up", 5.0, {"job": "a"})),
        ('up 6 # {trace_id="x"} 1', Sample("up", 6.0)),
        ('up{job="a"} 6 # {trace_id="x"} 1', Sample("up", 6.0, {"job": "a"})),
    ],
)
def test_one_sample(line: str, expected: Sample) -> None:
    assert list(samples(f"# HELP up x\n{line}\nupper 9\nup_x 8\n".encode(), ["up"])) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "up", "up ", "up x", "up 1.2.3", "up 1_0", "up 0x10", "up{", "up{} ", 'up{job="a} 1', 'up{job="a"} x', "up{job=a} 1",
        "up} 1", "up1 1", "# up 1", "xup 1", "x up 1", '{"up} 1', '{"upper"} 1', '{job="up"} 1', "up1", "up: 1", "up=1",
    ],
)  # fmt: skip
def test_no_sample(line: str) -> None:
    assert list(samples(line.encode(), ["up"])) == []


def test_not_a_number() -> None:
    (sample,) = samples(b"up NaN\n", ["up"])
    assert math.isnan(sample.value)


def test_names_with_a_hyphen_as_two_client_versions_write_them() -> None:
    names = ["gpt-engineer_health_status", "gpt_engineer_health_status"]
    assert [one.value for one in samples(b'{"gpt-engineer_health_status"} 1\n', names)] == [1.0]
    assert [one.value for one in samples(b"gpt_engineer_health_status 1\n", names)] == [1.0]


def test_a_cut_text_does_not_shorten_a_number() -> None:
    assert list(samples(b"a 1\nup 10", ["up"], is_cut=True)) == []
    assert [one.value for one in samples(b"a 1\nup 10", ["up"])] == [10.0]
    assert [one.value for one in samples(b"up 10\nup 1", ["up"], is_cut=True)] == [10.0]


def test_the_recorded_metrics_of_the_bridge() -> None:
    answers = json.loads((RECORDED / "mcp-bridge.json").read_text())["answers"]
    text = next(answer["body"] for answer in answers if answer["request"] == "GET /metrics").encode()
    agents = {one.labels["agent_id"]: one.value for one in samples(text, ["mcp_bridge_agent_status"])}
    assert agents == {"letta": 1.0, "autogpt": 0.0}
    collections = list(samples(text, ["python_gc_collections_total"]))
    assert [one.labels for one in collections] == [
        {"generation": "0"},
        {"generation": "1"},
        {"generation": "2"},
    ]
    # The recording is cut in the middle of its last line.
    expected = [line for line in text.decode().splitlines()[:-1] if not line.startswith("#")]
    assert series(text) == len(expected)


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"{}", b'{"detail": "Not Found"}', b"<html>\n<p>up 1</p>", b"# HELP\n\n", b"\xff"]
)
def test_what_is_no_exposition_has_no_series(body: bytes) -> None:
    assert series(body) == 0


def test_many_series_are_bounded() -> None:
    text = b"".join(b'up{n="%d"} 1\n' % n for n in range(SAMPLE_LIMIT + 10))
    assert len(list(samples(text, ["up"]))) == SAMPLE_LIMIT
    assert series(text) == SAMPLE_LIMIT + 10


@pytest.mark.parametrize(
    "text",
    [
        b"up{" + b'a="b",' * 170_000,
        b"up{" + b"{" * 1_000_000,
        b"up" + b" " * 1_000_000,
        b'up{a="' + b"\\" * 1_000_000,
        b" " * 1_000_000,
        b"up " + b"1" * 1_000_000,
        b'{"up' * 250_000,
        b"up{}" * 250_000,
        b"a{" + b"}" * 1_000_000,
        b"up \n" * 250_000,
        b"a" * 1_000_000,
    ],
    ids=range(11),
)
def test_a_megabyte_of_malice_is_read_in_linear_time(text: bytes) -> None:
    started = time.process_time()
    assert list(samples(text, ["up"])) == []
    assert series(text) <= 1
    # A quadratic pattern would take minutes.
    assert time.process_time() - started < 5


@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    for sample in samples(b"up{" + body + b"\nup " + body, ["up"]):
        assert sample.name == "up"


def test_hostile_label_values_come_back_whole() -> None:
    for text in hostile.STRINGS.values():
        if any(char in text for char in '\\"\n') or not text.isascii():
            continue
        (sample,) = samples(f'up{{x="{text}"}} 1\n'.encode(), ["up"])
        assert sample.labels == {"x": text}


@pytest.mark.parametrize(
    ("line", "by_2", "by_3"),
    [
        ("", True, True),
        ("# any words", True, True),
        ("# HELP node_load1 1m load average.", True, True),
        ("# TYPE gpt-engineer_health_status gauge", False, False),
        ('# HELP "gpt-engineer_health_status" Agent health', False, True),
        ('{"gpt-engineer_health_status"} 1.0', False, True),
        ("gpt-engineer_health_status 1.0", False, False),
        ('up{job="a{b}c",x="\\"}"} 1 1700000000000', True, True),
        ("up NaN", True, True),
        ("up +Inf # {} 1", True, True),
        ("up one", False, False),
        ("<!doctype html>", False, False),
        ('{"status": "healthy"}', False, False),
    ],
)
def test_a_line_that_prometheus_cannot_parse_is_told(line: str, by_2: bool, by_3: bool) -> None:
    body = f"# a page\n{line}\n".encode()
    assert unparsed(body, knows_quoted=False) == ("" if by_2 else line)
    assert unparsed(body, knows_quoted=True) == ("" if by_3 else line)


@pytest.mark.parametrize("size", [1, 3, 64, 10_000])
def test_a_body_in_parts_is_read_as_a_whole_one(size: int) -> None:
    long = b'long{l="' + b"x" * LINE_LIMIT + b'pg_up 7\n" } 1 pg_up 5\n'
    body = (
        b"# TYPE pg_up gauge\npg_up 1\n" + long.replace(b"\n", b" ") + b'\npg_up{a="b"} Nan\nother 2\npg_up 3'
    )
    scan = Scan(["pg_up"], 10**6)
    assert all(scan.feed(body[at : at + size]) for at in range(0, len(body), size))
    scan.end()
    told = [f"{one.value:g}" for one in scan.samples]
    assert told == ["1", "nan", "3"]
    assert not scan.is_cut
