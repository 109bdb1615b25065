"""A real PgBouncer."""

import socket
import struct

from tests.servers.postgres import PASSWORD, USER, Postgres
from tests.servers.process import Server
from tests.servers.waiting import patient


class PgBouncer(Server):
    """PgBouncer in front of one PostgreSQL, pooling transactions; `settings`: more of pgbouncer.ini."""

    name = "pgbouncer"
    programs = ("pgbouncer",)
    runs_as = "postgres"

    def __init__(self, behind: Postgres, **settings: str) -> None:
        super().__init__()
        self._behind = behind
        self._settings = settings
        self.password = PASSWORD

    def prepare(self) -> None:
        (self.folder / "users").write_text(f'"{USER}" "{PASSWORD}"\n', encoding="utf-8")
        settings = {
            "listen_addr": self.host,
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": str(self.folder / "users"),
            "admin_users": USER,
            "pool_mode": "transaction",
        } | self._settings
        behind = self._behind
        where = f"host={behind.host} port={behind.port} user={USER} password='{PASSWORD}'"
        lines = ["[databases]", f"* = {where}", "[pgbouncer]", *(f"{k} = {v}" for k, v in settings.items())]
        (self.folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def command(self) -> list[str]:
        return [str(self.program), str(self.folder / "pgbouncer.ini")]

    def ask(self, within: float) -> bool:
        words = f"user\0{USER}\0database\0pgbouncer\0\0".encode()
        with socket.create_connection((self.host, self.port), timeout=patient(within)) as connection:
            connection.sendall(struct.pack("!II", len(words) + 8, 196608) + words)
            return connection.recv(1) in (b"R", b"E")
