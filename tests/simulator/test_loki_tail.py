"""The simulated Loki: its tail as recorded, what it loses, and the ends of its counts."""

import itertools
import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from httpx2.websockets import (
    WebSocketDisconnect,
    WebSocketNetworkError,
    WebSocketSession,
    WebSocketUpgradeError,
)

from tests.servers.waiting import Deadline, patient
from tests.simulator.stack import DEADLINE, Stack, running

SECOND = 10**9
BASE = "/loki/api/v1"
Line = tuple[int, str]


@pytest.fixture(scope="module")
def one_loki() -> Iterator[Stack]:
    with running("loki") as stack:
        yield stack


@pytest.fixture
def loki(one_loki: Stack) -> Stack:
    one_loki.control("PUT", "/state", {"scenario": "healthy"})
    return one_loki


@pytest.fixture
def job(request: pytest.FixtureRequest) -> str:
    """A job that no other test writes to."""
    return str(request.node.name)


def push(stack: Stack, job: str, lines: list[Line], **more: Any) -> None:
    streams = [{"stream": {"job": job}, "values": [[str(at), text] for at, text in lines]}]
    answer = stack.post("loki", f"{BASE}/push", json={"streams": streams}, **more)
    assert answer.status_code == 204, answer.text


def ask(stack: Stack, what: str, **params: Any) -> Any:
    answer = stack.get("loki", f"{BASE}/{what}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def page(stack: Stack, query: str, start: int, end: int, limit: int = 5000, **more: Any) -> list[Line]:
    found = ask(stack, "query_range", query=query, start=start, end=end, limit=limit, **more)
    values = [(int(at), text) for each in found["data"]["result"] for at, text in each["values"]]
    return sorted(values, key=lambda line: line[0])


def count(stack: Stack, query: str, at: int) -> int:
    result = ask(stack, "query", query=f"sum(count_over_time({query}))", time=at)["data"]["result"]
    return int(result[0]["value"][1]) if result else 0


@contextmanager
def tail(stack: Stack, query: str, **params: Any) -> Iterator[WebSocketSession]:
    url = stack.url("loki").replace("http", "ws") + f"{BASE}/tail"
    with stack.client.websocket(
        httpx2.URL(url, params={"query": query, **params}), max_message_size_bytes=2**24
    ) as socket:
        yield socket


def frame(socket: WebSocketSession) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(socket.receive_text(patient(DEADLINE)))
    return found


def lines_of(found: dict[str, Any]) -> list[Line]:
    return [(int(at), text) for each in found["streams"] for at, text in each["values"]]


def test_frames_come_twice_a_second_with_an_object_for_every_entry(loki: Stack, job: str) -> None:
    at = time.time_ns()
    push(loki, job, [(at + place, f"INFO {place}") for place in range(250)])
    with tail(loki, f'{{job="{job}"}}', start=at, limit=240) as socket:
        first = [frame(socket) for _ in range(3)]
        assert [len(found["streams"]) for found in first] == [100, 100, 40]
        known = [line for found in first for line in lines_of(found)]
        assert known == [(at + place, f"INFO {place}") for place in range(10, 250)]
        # Known lines carry the level, live ones do not: nothing in the query reads them.
        assert first[0]["streams"][0]["stream"]["detected_level"] == "info"
        push(loki, job, [(at + 1000, "INFO live")])
        pushed = time.monotonic()
        live = frame(socket)
        assert time.monotonic() - pushed < patient(2)
        assert live["streams"] == [
            {"stream": {"job": job, "service_name": job}, "values": [[str(at + 1000), "INFO live"]]}
        ]
        assert live["dropped_entries"] is None
    with tail(loki, f'{{job="{job}"}} |= "INFO" | json', start=time.time_ns()) as socket:
        push(loki, job, [(at + 2000, "INFO more")])
        assert frame(socket)["streams"][0]["stream"]["detected_level"] == "info"


def test_a_tail_that_cannot_keep_up_tells_some_and_loses_others(loki: Stack, job: str) -> None:
    loki.trait("loki_tail_rate", 1000)
    at, number = time.time_ns(), 20_000
    with tail(loki, f'{{job="{job}"}}', start=at) as socket:
        push(loki, job, [(at + place, f"INFO {place}") for place in range(number)])
        told: list[int] = []
        got: list[Line] = []
        deadline = Deadline(DEADLINE)
        # The last told ones come with the next frame, and that one when there is a line for it.
        for woken in itertools.count():
            found = frame(socket)
            dropped = found["dropped_entries"] or []
            assert len(dropped) <= 1000 and not deadline.is_over()
            told += [int(entry["timestamp"]) for entry in dropped]
            got += lines_of(found)
            if woken and {text for _, text in lines_of(found)} == {"wake"}:
                break
            push(loki, job, [(at + number + woken, "wake")])
    assert {moment for moment, _ in got}.isdisjoint(told)
    lost = number - sum(moment < at + number for moment, _ in got)
    assert 0.1 < len(told) / lost < 0.4
    assert count(loki, f'{{job="{job}"}} |= "INFO" [60000ms]', at + number) == number


def test_a_tail_below_its_rate_loses_nothing(loki: Stack, job: str) -> None:
    at = time.time_ns()
    with tail(loki, f'{{job="{job}"}}', start=at) as socket:
        push(loki, job, [(at + place, f"INFO {place}") for place in range(2000)])
        got = [line for _ in range(20) for line in lines_of(frame(socket))]
    assert got == [(at + place, f"INFO {place}") for place in range(2000)]


def test_a_tail_is_closed_when_its_time_is_over(loki: Stack) -> None:
    loki.trait("loki_tail_seconds", 0.1)
    with tail(loki, '{job="nobody"}') as socket, pytest.raises(WebSocketDisconnect) as caught:
        socket.receive_text(patient(DEADLINE))
    assert (caught.value.code, caught.value.reason) == (1011, "reached tail max duration limit")


def test_a_tail_may_be_out_of_order_and_say_things_twice(loki: Stack, job: str) -> None:
    loki.trait("loki_tail_is_orderly", False)
    at = time.time_ns()
    wanted = [(at + place, f"INFO {place}") for place in range(50)]
    with tail(loki, f'{{job="{job}"}}', start=at) as socket:
        push(loki, job, wanted)
        got = lines_of(frame(socket))
    assert set(got) == set(wanted) and len(got) > len(wanted)
    assert got != sorted(got)


def test_a_late_line_is_told_when_it_arrives_and_stands_at_its_time(loki: Stack, job: str) -> None:
    at = time.time_ns()
    push(loki, job, [(at, "INFO now")])
    with tail(loki, f'{{job="{job}"}}', start=at) as socket:
        assert lines_of(frame(socket)) == [(at, "INFO now")]
        push(loki, job, [(at - 60 * SECOND, "INFO late")])
        assert lines_of(frame(socket)) == [(at - 60 * SECOND, "INFO late")]
    assert page(loki, f'{{job="{job}"}}', at - 90 * SECOND, at) == [(at - 60 * SECOND, "INFO late")]


def test_what_is_pushed_twice_is_kept_once(loki: Stack, job: str) -> None:
    at = time.time_ns()
    for _ in range(2):
        push(loki, job, [(at, "a"), (at, "b"), (at + 1, "a")])
    assert page(loki, f'{{job="{job}"}}', at, at + 9, direction="forward") == [
        (at, "a"),
        (at, "b"),
        (at + 1, "a"),
    ]


def test_a_restart_breaks_tails_and_keeps_lines(loki: Stack, job: str) -> None:
    at = time.time_ns()
    push(loki, job, [(at, "before")])
    with tail(loki, f'{{job="{job}"}}', start=at) as socket:
        frame(socket)
        loki.fault("loki", "refuse")
        with pytest.raises((WebSocketNetworkError, WebSocketDisconnect)):
            frame(socket)
    loki.fault("loki", None)
    assert page(loki, f'{{job="{job}"}}', at, at + 1) == [(at, "before")]


def test_every_so_many_pages_one_is_refused(loki: Stack) -> None:
    loki.trait("loki_refuses_every", 3)
    asked = [loki.get("loki", f"{BASE}/query_range", params={"query": '{job="a"}'}) for _ in range(6)]
    assert sorted(answer.status_code for answer in asked) == [200, 200, 200, 200, 429, 429]
    assert (
        next(answer for answer in asked if answer.status_code == 429).text
        == "too many outstanding requests\n"
    )


def test_who_names_no_tenant_is_refused_where_there_are_tenants(loki: Stack) -> None:
    loki.trait("loki_has_tenants", True)
    answer = loki.get("loki", f"{BASE}/labels")
    assert (answer.status_code, answer.text) == (401, "no org id\n")
    with pytest.raises(WebSocketUpgradeError) as caught, tail(loki, '{job="a"}'):
        pass
    assert caught.value.response.status_code == 401
    assert loki.get("loki", f"{BASE}/labels", headers={"X-Scope-OrgID": "me"}).status_code == 200
    assert loki.get("loki", "/ready").text == "ready\n"


@pytest.mark.parametrize("status", [400, 404, 426])
def test_a_proxy_may_know_no_websocket(loki: Stack, status: int) -> None:
    loki.trait("loki_tail_refused", status)
    with pytest.raises(WebSocketUpgradeError) as caught, tail(loki, '{job="a"}'):
        pass
    assert caught.value.response.status_code == status
    assert ask(loki, "query_range", query='{job="docker"}')["data"]["result"]


def test_a_range_vector_leaves_out_its_start_and_holds_its_end(loki: Stack, job: str) -> None:
    at = time.time_ns() - 60 * SECOND
    push(loki, job, [(at, "start"), (at + 1, "inside"), (at + SECOND, "end"), (at + SECOND + 1, "behind")])
    assert count(loki, f'{{job="{job}"}}[1s]', at + SECOND) == 2
    assert count(loki, f'{{job="{job}"}}[1s]', at + SECOND - 1) == 2
    assert count(loki, f'{{job="{job}"}}[1s]', at + SECOND + 1) == 2
    assert count(loki, f'{{job="{job}"}}[1ms]', at + SECOND) == 1
    answer = loki.get("loki", f"{BASE}/query", params={"query": f'rate({{job="{job}"}}[5ns])'})
    assert answer.status_code == 400 and "unknown unit in duration" in answer.text


def test_counts_pages_and_sizes_agree_with_what_was_pushed(loki: Stack, job: str) -> None:
    chance = random.Random(5)
    at = time.time_ns() - 600 * SECOND
    lines = [
        (at + chance.randrange(10 * SECOND), f"{chance.choice(('INFO', 'ERROR'))} {n}") for n in range(500)
    ]
    push(loki, job, lines)
    in_order = sorted(lines, key=lambda line: line[0])
    query = f'{{job="{job}"}}'
    for seconds in (1, 3, 10):
        end = at + seconds * SECOND
        inside = [line for line in in_order if line[0] < end]
        assert page(loki, query, at, end, direction="forward") == inside
        assert page(loki, query, at, end, 7, direction="forward") == inside[:7]
        assert page(loki, query, at, end, 7) == inside[-7:]
        assert count(loki, f'{query} |= "ERROR" [{seconds}s]', end - 1) == sum(
            text.startswith("ERROR") for _, text in inside
        )
        sized = ask(loki, "index/stats", query=query, start=at, end=end)
        assert (sized["entries"], sized["bytes"]) == (len(inside), sum(len(text) for _, text in inside))
    loki.trait("loki_index_lag", 3600.0)
    assert ask(loki, "index/stats", query=query, start=at, end=at + SECOND)["entries"] == 0


def test_two_hundred_thousand_lines_are_kept_and_pages_are_cut_from_them(loki: Stack, job: str) -> None:
    at, number = time.time_ns() - 600 * SECOND, 200_000
    for first in range(0, number, 20_000):
        push(loki, job, [(at + place * 1000, f"INFO {place}") for place in range(first, first + 20_000)])
    query = f'{{job="{job}"}}'
    assert count(loki, f"{query}[1m]", at + number * 1000) == number
    for place in (0, 100_000, 195_000):
        found = page(loki, query, at + place * 1000, at + number * 1000, direction="forward")
        assert found[0] == (at + place * 1000, f"INFO {place}") and len(found) == 5000
