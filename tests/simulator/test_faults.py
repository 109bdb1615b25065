"""Each fault as a client sees it on the wire, on HTTP and on a binary port, at start and while the stack runs."""

import socket
import time
from contextlib import suppress

import httpx2
import pytest

from sutaz_tui.simulator import faults
from sutaz_tui.simulator.faults import Fault, UnknownFault
from tests.servers.waiting import Deadline, patient
from tests.simulator.stack import DEADLINE, Stack, running

SHORT = 0.5
GET = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"


def connected(stack: Stack, endpoint: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", stack.port(endpoint)), timeout=patient(DEADLINE))


def said(stack: Stack, endpoint: str, words: bytes = GET) -> bytes:
    """Everything that the endpoint sends until it closes."""
    with connected(stack, endpoint) as opened:
        opened.sendall(words)
        heard = b""
        while chunk := opened.recv(65_536):
            heard += chunk
        return heard


@pytest.mark.parametrize("endpoint", ["letta", "postgres", "redis", "rabbitmq", "neo4j-bolt", "qdrant-grpc"])
def test_a_refusing_port_refuses_and_comes_back_on_the_same_port(stack: Stack, endpoint: str) -> None:
    kept = connected(stack, endpoint)
    stack.fault(endpoint, "refuse")
    with pytest.raises(ConnectionRefusedError):
        connected(stack, endpoint)
    with suppress(ConnectionResetError):
        assert kept.recv(1) == b""
    kept.close()
    stack.fault(endpoint, None)
    connected(stack, endpoint).close()


def test_a_refusing_port_is_nobody_elses(stack: Stack) -> None:
    stack.fault("letta", "refuse")
    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind(("127.0.0.1", stack.port("letta")))


@pytest.mark.parametrize("endpoint", ["letta", "postgres", "rabbitmq"])
def test_a_hanging_port_accepts_and_says_nothing(stack: Stack, endpoint: str) -> None:
    stack.fault(endpoint, "hang")
    with connected(stack, endpoint) as opened:
        opened.sendall(GET)
        opened.settimeout(SHORT)
        with pytest.raises(TimeoutError):
            opened.recv(1)


def test_a_fault_ends_kept_connections_at_once(stack: Stack) -> None:
    with httpx2.Client(timeout=SHORT) as client:
        assert client.get(stack.url("letta") + "/health").status_code == 200
        stack.fault("letta", "hang")
        with pytest.raises(httpx2.ReadTimeout):
            client.get(stack.url("letta") + "/health")


@pytest.mark.parametrize("endpoint", ["letta", "redis"])
def test_a_reset_is_a_tcp_reset(stack: Stack, endpoint: str) -> None:
    stack.fault(endpoint, "reset")
    with pytest.raises(ConnectionResetError):
        said(stack, endpoint)


@pytest.mark.parametrize("endpoint", ["letta", "redis"])
def test_slow_answers_after_the_delay(stack: Stack, endpoint: str) -> None:
    stack.fault(endpoint, f"slow={SHORT}")
    before = time.monotonic()
    with connected(stack, endpoint) as opened:
        opened.sendall(GET if endpoint == "letta" else b"*1\r\n$4\r\nPING\r\n")
        assert opened.recv(4) in (b"HTTP", b"+PON")
    assert time.monotonic() - before >= SHORT


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_a_status_is_answered_on_every_path(stack: Stack, status: int) -> None:
    stack.fault("kong-admin", str(status))
    found = stack.get("kong-admin", "/status")
    assert found.status_code == status
    assert ("retry-after" in found.headers) == (status in (429, 503))


def test_a_binary_port_with_an_http_fault_speaks_http(stack: Stack) -> None:
    stack.fault("redis", "404")
    assert stack.get("redis", "/").status_code == 404


def test_a_redirect_is_a_307_with_a_place_to_go(stack: Stack) -> None:
    stack.fault("letta", "redirect")
    found = stack.get("letta", "/health")
    assert (found.status_code, found.headers["location"]) == (307, "/health/elsewhere/")


@pytest.mark.parametrize(("endpoint", "name"), [("letta", "CrewAI"), ("crewai", "Letta"), ("faiss", "Letta")])
def test_a_wrong_name_is_another_services_body(stack: Stack, endpoint: str, name: str) -> None:
    stack.fault(endpoint, "wrong-name")
    assert stack.get(endpoint, "/health").json()["agent"] == name


def test_denied_is_a_401(stack: Stack) -> None:
    stack.fault("grafana", "denied")
    assert stack.get("grafana", "/api/health").status_code == 401


@pytest.mark.parametrize("endpoint", ["letta", "postgres"])
def test_garbage_is_no_protocol(stack: Stack, endpoint: str) -> None:
    stack.fault(endpoint, "garbage")
    heard = said(stack, endpoint)
    assert len(heard) > 100 and not heard.startswith(b"HTTP")


def test_a_truncated_body_is_shorter_than_it_promises(stack: Stack) -> None:
    stack.fault("letta", "truncated")
    with pytest.raises(httpx2.RemoteProtocolError):
        stack.get("letta", "/health")


def test_an_endless_body_goes_on_until_the_client_stops(stack: Stack) -> None:
    stack.fault("letta", "endless")
    heard = 0
    with stack.client.stream("GET", stack.url("letta") + "/health") as answer:
        for chunk in answer.iter_raw():
            heard += len(chunk)
            if heard > 2_000_000:
                break
    assert heard > 2_000_000
    stack.fault("letta", None)
    assert stack.get("letta", "/health").status_code == 200


def test_flapping_alternates_between_refusing_and_answering(stack: Stack) -> None:
    stack.fault("letta", "flapping=0.1")
    seen: set[str] = set()
    deadline = Deadline(DEADLINE)
    while len(seen) < 2 and not deadline.is_over():
        try:
            connected(stack, "letta").close()
            seen.add("accepted")
        except ConnectionRefusedError:
            seen.add("refused")
    assert seen == {"accepted", "refused"}


def test_faults_may_stand_in_the_order() -> None:
    with running("letta", "crewai", faults={"letta": "refuse", "crewai": "503"}) as stack:
        with pytest.raises(httpx2.ConnectError):
            stack.get("letta", "/health")
        assert stack.get("crewai", "/health").status_code == 503


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("refuse", Fault("refuse")),
        ("slow", Fault("slow", faults.TIMED["slow"])),
        ("slow=2.5", Fault("slow", 2.5)),
        ("flapping=1", Fault("flapping", 1.0)),
        ("503", Fault("status", status=503)),
    ],
)
def test_a_fault_is_read_from_words(words: str, fault: Fault) -> None:
    assert faults.parse(words) == fault
    assert faults.parse(str(fault)) == fault


@pytest.mark.parametrize("words", ["", "explode", "slow=x", "slow=0", "refuse=1", "99", "999", "hang 3"])
def test_a_word_that_is_no_fault_says_which_are(words: str) -> None:
    with pytest.raises(UnknownFault, match=r"expected"):
        faults.parse(words)
