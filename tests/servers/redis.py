"""A real Redis."""

import socket

from tests.servers.process import Server


class Redis(Server):
    """Redis without persistence; with `password` it answers NOAUTH to strangers."""

    name = "redis"
    programs = ("redis-server",)

    def __init__(self, password: str | None = None) -> None:
        super().__init__()
        self.password = password

    @property
    def url(self) -> str:
        """`redis://` with host and port, without the password."""
        return f"redis://{self.host}:{self.port}/0"

    def command(self) -> list[str]:
        line = [str(self.program), "--port", str(self.port), "--bind", self.host, "--dir", str(self.folder)]
        line += ["--save", "", "--appendonly", "no"]
        return [*line, "--requirepass", self.password] if self.password else line

    def ask(self, within: float) -> bool:
        with socket.create_connection((self.host, self.port), timeout=within) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"-NOAUTH" if self.password else b"+PONG")
