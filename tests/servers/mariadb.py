"""A real MariaDB."""

import socket
from pathlib import Path

from tests.certificates import certificate
from tests.servers.process import Server


class MariaDB(Server):
    """MariaDB with the user `shop`, whose password is `.password`; `options`: more of mariadbd's own.

    `is_tls`: it has a certificate, whose authority is `.authority`.
    """

    name = "mariadb"
    programs = ("mariadbd", "mariadb-install-db", "mariadb")
    runs_as = "mysql"

    def __init__(self, *options: str, is_tls: bool = False) -> None:
        super().__init__()
        self.password = "sesame-23"
        self._options = [*options]
        self._is_tls = is_tls

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def authority(self) -> Path:
        return self.folder / "server.pem"

    def prepare(self) -> None:
        self.give_folder()  # it is filled by the user that it runs as
        self.run(
            *(str(self.others[0]), "--no-defaults", f"--datadir={self.folder / 'data'}", "--skip-test-db"),
            *("--auth-root-authentication-method=normal",),
        )
        sql = f"CREATE USER 'shop'@'%' IDENTIFIED BY '{self.password}';\n"
        (self.folder / "init.sql").write_text(sql)
        if self._is_tls:
            made = certificate(self.authority)
            self._options += [f"--ssl-cert={made}", f"--ssl-key={made}", f"--ssl-ca={made}"]

    def command(self) -> list[str]:
        line = [
            str(self.program),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--port={self.port}",
        ]
        line += [f"--bind-address={self.host}", f"--socket={self.folder / 'sock'}", "--skip-name-resolve"]
        line += [f"--pid-file={self.folder / 'pid'}", "--skip-log-error", "--innodb-buffer-pool-size=8M"]
        init = self.folder / "init.sql"
        return [*line, *([f"--init-file={init}"] if init.exists() else []), *self._options]

    def ask(self, within: float) -> bool:
        # Its own socket: whoever comes by TCP without a login is counted.
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(within)
            connection.connect(str(self.folder / "sock"))
            return len(connection.recv(5)) == 5

    def sql(self, text: str) -> str:
        """Runs statements as root."""
        socket_path = f"--socket={self.folder / 'sock'}"
        return self.run(str(self.others[1]), "--no-defaults", socket_path, "-u", "root", "-N", "-e", text)
