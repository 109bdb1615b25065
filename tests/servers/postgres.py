"""A real PostgreSQL."""

import atexit
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from tests.servers import reaper
from tests.servers.process import Server
from tests.servers.waiting import patient

USER = "jarvis"
PASSWORD = "correct horse"


class Postgres(Server):
    """PostgreSQL with one superuser, jarvis, and the databases `postgres` and `jarvis`.

    `locked`: it wants the password (SCRAM); else everybody comes in from loopback.
    `certificate`: a PEM file with its key; it takes sessions over TLS only, `mutual`: with a client's certificate.
    `settings`: more of postgresql.conf, by name.
    """

    name = "postgres"
    programs = ("postgres", "initdb")
    runs_as = "postgres"
    # "Fast": open sessions are ended, not waited for.
    stop_signal = signal.SIGINT

    def __init__(
        self, *, locked: bool = False, certificate: Path | None = None, mutual: bool = False, **settings: str
    ) -> None:
        super().__init__()
        self._demand = " clientcert=verify-ca" if mutual else ""
        self._certificate = certificate
        self.user = USER
        self.database = USER
        self.password = PASSWORD if locked else None
        self._settings = settings

    @property
    def url(self) -> str:
        """`postgresql://` with user, host, port and database, without the password."""
        return f"postgresql://{self.user}@{self.host}:{self.port}/{self.database}"

    def prepare(self) -> None:
        data = self.folder / "data"
        shutil.copytree(_template(self), data)
        data.chmod(0o700)
        method = "scram-sha-256" if self.password else "trust"
        kind = "hostssl" if self._certificate else "host"
        lines = [
            f"{kind} {what} all 127.0.0.1/32 {method}{self._demand}\n" for what in ("all", "replication")
        ]
        (data / "pg_hba.conf").write_text("".join(lines), encoding="utf-8")
        if self._certificate:
            own = shutil.copy(self._certificate, self.folder / "own.pem")
            own.chmod(0o600)
            self._settings |= {"ssl": "on", "ssl_cert_file": str(own), "ssl_key_file": str(own)}
            self._settings |= {"ssl_ca_file": str(own)} if self._demand else {}

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": self.host,
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "shared_buffers": "16MB",
        } | self._settings
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self.program), "-D", str(self.folder / "data"), "-p", str(self.port), *options]

    def close(self) -> None:
        self.stop()
        # A killed one leaves its lock file; line seven names a System V memory segment that outlives it.
        lock = self.folder / "data/postmaster.pid"
        lines = lock.read_text(encoding="utf-8").splitlines() if lock.exists() else []
        if len(lines) >= 7:
            subprocess.run(["ipcrm", "-m", lines[6].split()[1]], check=False, capture_output=True)
        super().close()

    def ask(self, within: float) -> bool:
        # Protocol 3.0's start-up: R (authentication) is the answer of a server that takes sessions, E of one
        # that is still starting. Whoever hangs up then is no error to it.
        words = f"user\0{self.user}\0database\0{self.database}\0\0".encode()
        with socket.create_connection((self.host, self.port), timeout=patient(within)) as connection:
            connection.sendall(struct.pack("!II", len(words) + 8, 196608) + words)
            # One that wants TLS refuses everybody without it, when it is ready: SQLSTATE 28000.
            said = connection.recv(200)
            return b"C28000" in said if self._certificate else said[:1] == b"R"


class Standby(Postgres):
    """A standby that streams from a running PostgreSQL."""

    programs = ("postgres", "pg_basebackup")

    def __init__(self, primary: Postgres, **settings: str) -> None:
        super().__init__(**settings)
        self._primary = primary

    def prepare(self) -> None:
        backup, primary = self.others[0], self._primary
        self.give_folder()
        where = ("-h", primary.host, "-p", str(primary.port), "-U", USER)
        self.run(backup, *where, "-D", self.folder / "data", "-R", "-c", "fast", "--no-sync")

    def ask(self, within: float) -> bool:
        # One without hot_standby answers by an error for as long as it is a standby.
        words = f"user\0{self.user}\0database\0{self.database}\0\0".encode()
        with socket.create_connection((self.host, self.port), timeout=patient(within)) as connection:
            connection.sendall(struct.pack("!II", len(words) + 8, 196608) + words)
            said = connection.recv(400)
            return said[:1] == b"R" or b"is not accepting connections" in said


_templates: list[Path] = []


def _template(server: Postgres) -> Path:
    """A database cluster made once a process, to be copied: initdb takes a second or two."""
    if not _templates:
        folder = Path(tempfile.mkdtemp(prefix="sutaz-tui-postgres-template-"))
        folder.chmod(0o755)
        reaper.watch(folder)
        atexit.register(_remove, folder, os.getpid())
        initdb = server.others[0]
        secret = server.folder / "secret"
        secret.write_text(PASSWORD, encoding="utf-8")
        made = server.folder / "template"
        server.give_folder()
        server.run(
            initdb, "-D", made, "-U", USER, "-A", "trust", "--pwfile", secret, "--no-sync", "-E", "UTF8"
        )
        statement = f"CREATE DATABASE {USER};\n"
        server.run(server.program, "--single", "-D", made, "postgres", feed=statement)
        secret.unlink()
        shutil.move(made, folder / "data")
        _templates.append(folder / "data")
    return _templates[0]


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
        reaper.forget(folder)
