"""A real Redis."""

import socket
from pathlib import Path

from tests.certificates import security
from tests.servers.process import Server


class Redis(Server):
    """Redis without persistence; with `password` it answers NOAUTH to strangers.

    `certificate`: a PEM file with its key; it speaks TLS only, with `mutual` to clients with a certificate alone.
    `options`: more of redis.conf, such as `--maxmemory`, `300kb`.
    """

    name = "redis"
    programs = ("redis-server",)

    def __init__(
        self,
        password: str | None = None,
        certificate: Path | None = None,
        *options: str,
        mutual: bool = False,
    ) -> None:
        super().__init__()
        self.password = password
        self._certificate = certificate
        self._options = options
        if "--cluster-enabled" in options:
            # By itself it takes one that is 10,000 above, where clients have theirs.
            self._options += ("--cluster-port", str(self.new_port()))
        self._mutual = mutual

    @property
    def url(self) -> str:
        """`redis://` with host and port, without the password."""
        return f"redis://{self.host}:{self.port}/0"

    def command(self) -> list[str]:
        port = ["--port", str(self.port)]
        if self._certificate:
            port = [
                "--port",
                "0",
                "--tls-port",
                str(self.port),
                "--tls-auth-clients",
                "yes" if self._mutual else "no",
            ]
            for option in ("--tls-cert-file", "--tls-key-file", "--tls-ca-cert-file"):
                port += [option, str(self._certificate)]
        line = [str(self.program), *port, "--bind", self.host, "--dir", str(self.folder)]
        line += ["--save", "", "--appendonly", "no", *self._options]
        return [*line, "--requirepass", self.password] if self.password else line

    def ask(self, within: float) -> bool:
        with socket.create_connection((self.host, self.port), timeout=within) as plain:
            connection: socket.socket = plain
            if self._certificate:
                context = security(self._certificate)
                context.load_cert_chain(self._certificate)
                connection = context.wrap_socket(plain)
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"-NOAUTH" if self.password else b"+PONG")


class Sentinel(Redis):
    """A Sentinel that watches one Redis as `shop`; its answers are no Redis'."""

    def __init__(self, watched: int) -> None:
        super().__init__()
        self._watched = watched

    def prepare(self) -> None:
        config = self.folder / "sentinel.conf"
        lines = (
            f"port {self.port}",
            f"bind {self.host}",
            f"sentinel monitor shop {self.host} {self._watched} 1",
        )
        lines += ("sentinel down-after-milliseconds shop 100",)
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def command(self) -> list[str]:
        return [str(self.program), str(self.folder / "sentinel.conf"), "--sentinel"]
