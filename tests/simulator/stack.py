"""The simulated stack as a child process of a test, and ways to ask it."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from tests.servers.waiting import patient

DEADLINE = 20.0


class Stack:
    """A running stack: `url(endpoint)`, `port(endpoint)`, and its control API as methods."""

    def __init__(
        self, process: subprocess.Popen[bytes], ready: dict[str, Any], ports: dict[str, int]
    ) -> None:
        self.process = process
        self.ready = ready
        self.ports = ports
        self.client = httpx2.Client(
            timeout=patient(DEADLINE), limits=httpx2.Limits(max_keepalive_connections=0)
        )

    def port(self, endpoint: str) -> int:
        return self.ports[endpoint]

    def url(self, endpoint: str) -> str:
        return f"http://127.0.0.1:{self.ports[endpoint]}"

    def get(self, endpoint: str, path: str, **more: Any) -> httpx2.Response:
        return self.client.get(self.url(endpoint) + path, **more)

    def post(self, endpoint: str, path: str, **more: Any) -> httpx2.Response:
        return self.client.post(self.url(endpoint) + path, **more)

    def control(self, method: str, path: str, value: Any = None) -> Any:
        answer = self.client.request(method, f"{self.ready['control']}/control{path}", json=value)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, endpoint: str, words: str | None) -> None:
        self.control("PUT", f"/faults/{endpoint}", {"fault": words})

    def trait(self, name: str, value: Any) -> None:
        self.control("PUT", f"/traits/{name}", {"value": value})


def started(order: dict[str, Any], sockets: list[socket.socket]) -> subprocess.Popen[bytes]:
    """A child with its order given; the sockets are inherited."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sutaz_tui.simulator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[taken.fileno() for taken in sockets],
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(order).encode() + b"\n")
    process.stdin.flush()
    return process


@contextmanager
def running(*endpoints: str, scenario: str = "healthy", **order: Any) -> Iterator[Stack]:
    """The stack with these endpoints, ended afterwards by the end of its standard input."""
    sockets = {name: socket.socket() for name in endpoints}
    for taken in sockets.values():
        taken.bind(("127.0.0.1", 0))
    listeners = {name: {"fd": taken.fileno()} for name, taken in sockets.items()}
    process = started({"scenario": scenario, "listeners": listeners, **order}, list(sockets.values()))
    assert process.stdin is not None and process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        ports = {name: taken.getsockname()[1] for name, taken in sockets.items()}
        stack = Stack(process, ready, ports)
        with stack.client:
            yield stack
    finally:
        process.stdin.close()
        process.wait(patient(DEADLINE))
        process.stdout.close()
        for taken in sockets.values():
            taken.close()
