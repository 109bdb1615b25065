"""Who may answer instead of a service, and values that cannot be: what the prover puts behind checks."""

import json
import math
import socket
import time

import pytest

from sutaz_tui.demo.prove import IMPOSTERS, PLANTED
from sutaz_tui.simulator import imposters
from tests.servers.waiting import patient
from tests.simulator.stack import Stack


def test_the_prover_knows_them_all() -> None:
    assert imposters.WORDS == IMPOSTERS or set(imposters.WORDS) == set(IMPOSTERS)
    assert set(imposters.MUTATIONS) == set(PLANTED)


@pytest.mark.parametrize("who", imposters.PAGES)
def test_a_page_is_answered_to_whatever_is_asked(stack: Stack, who: str) -> None:
    stack.fault("letta", f"imposter={who}")
    for found in (
        stack.get("letta", "/health"),
        stack.post("letta", "/memory/store", json={"user_id": "ann"}),
    ):
        assert found.status_code == 200
    if who == "list":
        assert len(found.json()) == imposters.LISTED
    if who == "echo":
        assert (found.json()["path"], found.json()["user_id"]) == ("/memory/store", "ann")


@pytest.mark.parametrize("who", imposters.GREETINGS)
@pytest.mark.parametrize("endpoint", ["letta", "postgres"])
def test_a_server_of_another_protocol_greets(stack: Stack, endpoint: str, who: str) -> None:
    stack.fault(endpoint, f"imposter={who}")
    with socket.create_connection(("127.0.0.1", stack.port(endpoint)), timeout=patient(10)) as heard:
        assert heard.recv(200).startswith(imposters.GREETINGS[who][:4])


BODY = json.dumps(
    {
        "at": "2026-11-30T14:00:00Z",
        "ns": str(time.time_ns()),
        "s": time.time(),
        "count": 3,
        "up": True,
        "name": "x",
    }
).encode()


def planted(how: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(imposters.mutated(how, BODY))
    return found


def test_each_value_that_cannot_be_is_planted() -> None:
    assert planted("types") == {
        "at": 1717,
        "ns": 1717,
        "s": "planted",
        "count": "planted",
        "up": "planted",
        "name": 1717,
    }
    assert set(planted("null").values()) == {None}
    assert math.isnan(float(str(planted("nan")["count"]))) and planted("nan")["up"] is True
    assert planted("huge")["count"] == 10**18 and planted("negative")["count"] == -(10**18)
    assert str(planted("past")["at"]).startswith("2023-") and str(planted("future")["at"]).startswith("2035-")
    assert int(str(planted("past")["ns"])) < time.time_ns() - 2 * 365 * 86_400 * 10**9
    assert planted("future")["count"] == 3
    page = b'# TYPE load gauge\nload 0.5\nup{a="b"} 1.0\n'
    assert imposters.mutated("nan", page) == b'# TYPE load gauge\nload nan\nup{a="b"} nan\n'
