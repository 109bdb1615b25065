"""A real Memcached."""

import socket

from tests.servers.process import Server


class Memcached(Server):
    """Memcached on loopback; `options`: more of its own."""

    name = "memcached"
    programs = ("memcached",)

    def __init__(self, *options: str) -> None:
        super().__init__()
        self._options = options

    def command(self) -> list[str]:
        return [
            str(self.program),
            "-l",
            self.host,
            "-p",
            str(self.port),
            "-U",
            "0",
            "-u",
            "nobody",
            *self._options,
        ]

    def ask(self, within: float) -> bool:
        with socket.create_connection((self.host, self.port), timeout=within) as connection:
            connection.sendall(b"version\r\n")
            return connection.recv(64).startswith(b"VERSION ")
