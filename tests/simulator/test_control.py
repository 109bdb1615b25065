"""The control API: faults, traits, scenarios, patches and counts of a running stack."""

from typing import Any

import httpx2
import pytest

from tests.simulator.stack import Stack


def test_the_state_says_faults_traits_and_scenario(stack: Stack) -> None:
    stack.fault("letta", "slow=2")
    stack.trait("consul_has_leader", False)
    state = stack.control("GET", "")
    assert state["scenario"] == "healthy"
    assert state["faults"] == {"letta": "slow=2"}
    assert state["traits"]["consul_has_leader"] is False
    assert state["endpoints"]["letta"][1] == stack.port("letta")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("faults/letta", {"fault": "explode"}, "expected one of refuse"),
        ("faults/letta", {"fault": []}, "expected"),
        ("traits/consul_has_leader", {"value": "yes"}, "expected bool"),
        ("traits/absent", {"value": "letta"}, "expected list of words"),
        ("traits/nonsense", {"value": 1}, "expected one of absent"),
        ("traits/absent", {}, "expected"),
        ("scenario", {"scenario": "heavenly"}, "expected a scenario"),
        ("patches", {"patches": [{"path": "/"}]}, "expected"),
    ],
)
def test_a_wrong_word_is_a_400_that_says_what_was_expected(
    stack: Stack, path: str, value: Any, words: str
) -> None:
    answer = stack.client.put(f"{stack.ready['control']}/control/{path}", json=value)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_an_unknown_endpoint_is_a_404(stack: Stack) -> None:
    answer = stack.client.put(f"{stack.ready['control']}/control/faults/lettuce", json={"fault": "hang"})
    assert answer.status_code == 404


def test_requests_and_connections_are_counted_by_endpoint(stack: Stack) -> None:
    with httpx2.Client(headers={"user-agent": "counting"}) as client:
        for _ in range(3):
            client.get(stack.url("letta") + "/health")
        client.get(stack.url("letta") + "/metrics?secret=1")
    counted = stack.control("GET", "/counts")["letta"]
    assert counted == {
        "connections": 1,
        "requests": 4,
        "credentials": 0,
        "paths": {"GET /health": 3, "GET /metrics": 1},
    }
    last = stack.control("GET", "/requests")[-1]
    assert (last["endpoint"], last["method"], last["path"], last["user_agent"]) == (
        "letta",
        "GET",
        "/metrics",
        "counting",
    )
    stack.control("POST", "/counts/reset")
    assert "letta" not in stack.control("GET", "/counts")


def test_connections_to_a_faulty_port_are_counted_too(stack: Stack) -> None:
    stack.fault("letta", "reset")
    with pytest.raises(httpx2.TransportError):
        stack.get("letta", "/health")
    assert stack.control("GET", "/counts")["letta"]["connections"] == 1


def test_a_patch_changes_one_answer(stack: Stack) -> None:
    patch = {
        "endpoint": "backend",
        "path": "/api/v1/health/",
        "set": {"services.redis": False},
        "remove": ["version"],
    }
    listed = {"endpoint": "rabbitmq-management", "path": "/api/q*", "status": 500, "body": {"error": "x"}}
    header = {"endpoint": "letta", "path": "/", "headers": {"Server": None, "X-New": "1"}}
    stack.control("PUT", "/patches", {"patches": [patch, listed, header]})
    found = stack.get("backend", "/api/v1/health/").json()
    assert found["services"]["redis"] is False and "version" not in found
    assert stack.get("backend", "/health/detailed").json()["services"]["redis"] is True
    assert stack.get("rabbitmq-management", "/api/queues").status_code == 500
    assert stack.get("letta", "/").headers["x-new"] == "1"


def test_an_absent_endpoint_refuses_until_it_is_deployed(stack: Stack) -> None:
    stack.trait("absent", ["alertmanager"])
    with pytest.raises(httpx2.ConnectError):
        stack.get("alertmanager", "/-/ready")
    stack.trait("absent", [])
    assert stack.get("alertmanager", "/-/ready").status_code == 200
