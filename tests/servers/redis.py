"""A real Redis."""

import socket
from pathlib import Path

from tests.certificates import security
from tests.servers.process import Server


class Redis(Server):
    """Redis without persistence; with `password` it answers NOAUTH to strangers.

    `certificate`: a PEM file with its key; it speaks TLS only.
    """

    name = "redis"
    programs = ("redis-server",)

    def __init__(self, password: str | None = None, certificate: Path | None = None) -> None:
        super().__init__()
        self.password = password
        self._certificate = certificate

    @property
    def url(self) -> str:
        """`redis://` with host and port, without the password."""
        return f"redis://{self.host}:{self.port}/0"

    def command(self) -> list[str]:
        port = ["--port", str(self.port)]
        if self._certificate:
            port = ["--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no"]
            for option in ("--tls-cert-file", "--tls-key-file"):
                port += [option, str(self._certificate)]
        line = [str(self.program), *port, "--bind", self.host, "--dir", str(self.folder)]
        line += ["--save", "", "--appendonly", "no"]
        return [*line, "--requirepass", self.password] if self.password else line

    def ask(self, within: float) -> bool:
        with socket.create_connection((self.host, self.port), timeout=within) as plain:
            connection = security(self._certificate).wrap_socket(plain) if self._certificate else plain
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"-NOAUTH" if self.password else b"+PONG")
