"""A Docker that runs what this program was never told of: the simulated one, with other names and more containers.

It stands before the simulated Docker on a TCP port of its own and writes each answer over, so it is as strict and as slow.
"""

import http.server
import json
import math
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

OWN, OTHER = "sutazai", "acme"
THINKS = 0.003
"""Seconds that Docker takes for an answer."""


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Who asks may leave at any time."""


class Foreign:
    """Where it is, and every path that it was asked for. `containers` is how many it lists."""

    def __init__(self, path: str, containers: int, project: str, is_recorded: bool) -> None:
        self.asked: list[str] = []
        self._path = path
        self._containers = containers
        self._list_at = -math.inf
        self._list = b"", b""
        self._recorded: dict[str, tuple[bytes, bytes]] | None = {} if is_recorded else None
        self._quoted = json.dumps(project).encode()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"tcp://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> tuple[bytes, bytes]:
        """Head and body."""
        self.asked.append(path)
        if self._recorded is None:
            return self._made(path)
        if path not in self._recorded:
            self._recorded[path] = self._made(path)
        time.sleep(THINKS)
        return self._recorded[path]

    def _made(self, path: str) -> tuple[bytes, bytes]:
        parts = urlsplit(path).path.split("/")
        clone = next((one for one in parts if one.startswith("c0de")), "")
        is_list = parts[-2:] == ["containers", "json"]
        asked = (
            "/containers/json?all=1"
            if is_list
            else path.replace(clone, self._original(clone))
            if clone
            else path
        )
        head, body = self._list_of_docker() if is_list else self._of_docker(asked)
        if is_list:
            filters = json.loads(parse_qs(urlsplit(path).query).get("filters", ["{}"])[0])
            listed = self._listed(json.loads(body.replace(b'"sutazaiapp"', self._quoted)))
            body = json.dumps([one for one in listed if _is_let_through(one, filters)]).encode()
        elif parts[-3:-2] == ["containers"] and parts[-1] == "json" and clone:
            body = json.dumps(_copy(json.loads(body), int(clone[4:8], 16))).encode()
        body = body.replace(b'"sutazaiapp"', self._quoted).replace(OWN.encode(), OTHER.encode())
        return head, body

    def _list_of_docker(self) -> tuple[bytes, bytes]:
        """All containers, asked once a second: Docker lets only some through at less cost than two programs do."""
        if time.monotonic() - self._list_at > 1:
            self._list, self._list_at = self._of_docker("/containers/json?all=1"), time.monotonic()
        return self._list

    def _of_docker(self, path: str) -> tuple[bytes, bytes]:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self._path)
            client.sendall(f"GET {path.replace(OTHER, OWN)} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
            received = b""
            while part := client.recv(65536):
                received += part
        head, _, body = received.partition(b"\r\n\r\n")
        return head, body

    def _listed(self, every: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self._ids = [str(one["Id"]) for one in every]
        more = [_copy(every[number % len(every)], number) for number in range(self._containers - len(every))]
        return [*every, *more][: self._containers]

    def _original(self, clone: str) -> str:
        return self._ids[int(clone[4:8], 16) % len(self._ids)] if clone else ""

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        foreign = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body as one: apart each answer would wait 40 ms for an acknowledgement.
            wbufsize = 1 << 20

            def do_GET(self) -> None:
                if "/events" in self.path:
                    foreign.asked.append(self.path)
                    return self._silent()
                head, body = foreign.answer(self.path)
                status = int(head.split(b" ", 2)[1])
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(body)
                return None

            def _silent(self) -> None:
                """Nothing happens here until somebody hangs up."""
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.flush()
                with suppress(OSError):
                    self.connection.recv(1)
                self.close_connection = True

            def log_message(self, format: str, *arguments: object) -> None:
                del format, arguments

        return Handler


def _is_let_through(container: dict[str, Any], filters: dict[str, list[str]]) -> bool:
    """Docker's filters by name and label, as the program asks by them."""
    labels = [f"{name}={value}" for name, value in container["Labels"].items()]
    names = [name.removeprefix("/").replace(OWN, OTHER) for name in container["Names"]]
    named = filters.get("name")
    return all(label in labels for label in filters.get("label", [])) and (
        named is None
        or any(re.search(one, form) for one in named for name in names for form in (name, f"/{name}"))
    )


def _copy(container: dict[str, Any], number: int) -> dict[str, Any]:
    """The same container once more, by another id and name."""
    text = json.dumps(container).replace(str(container["Id"]), f"c0de{number:04x}{'0' * 56}")
    name = str(container["Names"][0] if "Names" in container else container["Name"])
    service = name.removeprefix(f"/{OWN}-")
    text = text.replace(json.dumps(name), json.dumps(f"{name}-{number}"))
    text = text.replace(
        f'"com.docker.compose.service": "{service}"', f'"com.docker.compose.service": "{service}-{number}"'
    )
    made: dict[str, Any] = json.loads(text)
    return made


@contextmanager
def foreign(
    url: str, containers: int = 31, project: str = "supabase", is_recorded: bool = False
) -> Iterator[Foreign]:
    """Such a Docker before the one at `url`, a unix socket's; recorded: each answer is asked for once, and served at the
    pace of a Docker, whose own work costs this machine next to nothing."""
    made = Foreign(url.removeprefix("unix://"), containers, project, is_recorded)
    try:
        yield made
    finally:
        made.close()
