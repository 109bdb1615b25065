"""The simulated stack as a process: what it reads, what it prints, and that it never outlives its parent."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from sutaz_tui.simulator.endpoints import ENDPOINTS
from sutaz_tui.simulator.ports import PORTS
from tests.servers.waiting import Deadline, patient
from tests.simulator.stack import DEADLINE, running, started


def wait_until_refused(port: int) -> None:
    deadline = Deadline(DEADLINE)
    while not deadline.is_over():
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
    pytest.fail(f"port {port} still answers")


def test_it_ends_when_standard_input_does() -> None:
    with running("letta") as stack:
        assert stack.process.stdin is not None
        stack.process.stdin.close()
        assert stack.process.wait(patient(DEADLINE)) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_by_a_signal(number: signal.Signals) -> None:
    with running("letta") as stack:
        stack.process.send_signal(number)
        assert stack.process.wait(patient(DEADLINE)) == 0


PARENT = """
import json, subprocess, sys, signal
process = subprocess.Popen([sys.executable, "-m", "sutaz_tui.simulator"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
order = {"scenario": "healthy", "listeners": {"letta": {"port": int(sys.argv[1])}}}
process.stdin.write(json.dumps(order).encode() + b"\\n")
process.stdin.flush()
process.stdout.readline()
print(process.pid, flush=True)
signal.pause()
"""


def test_it_dies_with_a_parent_that_is_killed() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(port)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    try:
        assert parent.stdout.readline().strip().isdigit()
        assert httpx2.get(f"http://127.0.0.1:{port}/health").json()["agent"] == "Letta"
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(patient(DEADLINE))
        parent.stdout.close()
    wait_until_refused(port)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("nonsense", "Expecting value"),
        ("[]", "expected a JSON object"),
        ('{"scenario": "heavenly"}', "expected one of healthy, report, real"),
        ('{"listeners": {"lettuce": {"port": 0}}}', "expected one of letta, crewai"),
        ('{"listeners": {"letta": {"socket": 1}}}', "cannot be taken"),
        ('{"listeners": {"letta": {"port": 0}}, "faults": {"letta": "explode"}}', "expected one of refuse"),
        ('{"faults": {"letta": "hang"}}', "no endpoint 'letta'"),
    ],
)
def test_an_order_that_cannot_be_served_is_a_sentence_and_exit_2(order: str, words: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sutaz_tui.simulator"],
        input=order + "\n",
        capture_output=True,
        text=True,
        timeout=patient(DEADLINE),
    )
    assert ended.returncode == 2
    assert words in ended.stderr and "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_without_an_order_it_just_ends() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sutaz_tui.simulator"], stdin=subprocess.DEVNULL, timeout=patient(DEADLINE)
    )
    assert ended.returncode == 0


def test_a_thousand_services_have_an_address_of_their_own() -> None:
    with running("letta", services=1000) as stack:
        services = stack.ready["services"]
        assert len(services) == len({url.split("/")[2] for _, url in services}) == 1000
        name, url = services[999]
        assert stack.client.get(url).json() == {"status": "ok", "service": name}
        stack.fault(name, "refuse")
        with pytest.raises(httpx2.ConnectError):
            stack.client.get(url)
        stack.fault(name, None)
        assert stack.client.get(url).status_code == 200


def test_docker_listens_on_a_unix_socket_and_refuses_by_its_absence(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    process = started({"scenario": "healthy", "listeners": {"docker": {"path": str(path)}}}, [])
    assert process.stdin is not None and process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path)), base_url="http://docker") as client:
            assert client.get("/_ping").status_code == 200
        httpx2.put(f"{ready['control']}/control/faults/docker", json={"fault": "refuse"})
        assert not path.exists()
        httpx2.put(f"{ready['control']}/control/faults/docker", json={"fault": None})
        assert path.exists()
    finally:
        process.stdin.close()
        process.wait(patient(DEADLINE))
        process.stdout.close()
    assert not path.exists()


def test_the_table_holds_every_port_once() -> None:
    assert {name: endpoint.port for name, endpoint in ENDPOINTS.items()} == PORTS
    assert all((endpoint.app is None) != (endpoint.protocol is None) for endpoint in ENDPOINTS.values())
