"""`sutaz-tui serve` as a program of its own, and ways to ask it."""

import http.client
import os
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.running import begun
from tests.servers.waiting import patient

PAGES = ("/metrics", "/status.json", "/status", "/history.json", "/healthz")
_FIRST = re.compile(r"serving (https?)://(\S+):(\d+)/ to who has (.*)")


class Reply:
    """One answer: its code, its headers in small letters, its text; `raw` is all of it."""

    def __init__(self, code: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        self.code = code
        self.headers = {name.lower(): value for name, value in headers}
        self.text = body.decode()
        self.raw = "\n".join([*(f"{name}: {value}" for name, value in headers), self.text])


class Serving:
    """One that listens, and the token that it wants."""

    def __init__(
        self, process: subprocess.Popen[str], port: int, token: str, context: ssl.SSLContext | None
    ) -> None:
        self.process = process
        self.port = port
        self.token = token
        self.context = context
        self.client = "127.0.0.1"

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def until(self, words: str) -> None:
        """Wait until it has printed them; AssertionError when it ended without."""
        assert self.process.stdout is not None and self.process.stderr is not None
        for line in self.process.stdout:
            if words in line:
                return
        raise AssertionError(f"it ended: {self.process.stderr.read()}")

    @property
    def right(self) -> dict[str, str]:
        """The header by which one is let in."""
        return {"Authorization": f"Bearer {self.token}"}

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: bytes | None = None
    ) -> Reply:  # fmt: skip
        """What is answered to one request, by the token where no other headers are given."""
        within, source = patient(30), (self.client, 0)
        line: http.client.HTTPConnection
        if self.context is not None:
            line = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=within, context=self.context, source_address=source
            )
        else:
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=within, source_address=source)
        try:
            line.request(method, path, body, {**(self.right if headers is None else headers)})
            answer = line.getresponse()
            return Reply(answer.status, answer.getheaders(), answer.read())
        finally:
            line.close()

    def connected(self) -> socket.socket:
        """A connection on which nothing was sent yet."""
        return socket.create_connection(("127.0.0.1", self.port), patient(30))

    def sent(self, data: bytes) -> bytes:
        """All that comes back for these bytes until it hangs up."""
        with self.connected() as line:
            line.sendall(data)
            return b"".join(iter(lambda: line.recv(65536), b""))


@contextmanager
def serving(
    *words: str, env: Mapping[str, str] | None = None, context: ssl.SSLContext | None = None
) -> Iterator[Serving]:
    """`sutaz-tui serve WORDS` at a free port while it runs; its token is that of the state folder that `env` names."""
    at = () if "--listen" in words else ("--listen", "127.0.0.1:0")
    with begun("serve", *at, *words, env=env) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if found := _FIRST.fullmatch(line.strip()):
                break
        else:
            process.wait()
            assert process.stderr is not None
            raise AssertionError(f"it ended: {process.stderr.read()}")
        state = Path({**os.environ, **(env or {})}["XDG_STATE_HOME"])
        file = state / "sutaz-tui" / "serve.token"
        token = file.read_text().strip() if file.exists() else ""
        yield Serving(process, int(found[3]), token, context)
