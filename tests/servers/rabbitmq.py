"""A real RabbitMQ with its management and Prometheus plugins."""

import socket
from typing import Self
from urllib.parse import quote

from tests.certificates import certificate
from tests.servers.http_server import Answer, HttpServer
from tests.servers.process import Server

ADMIN = "guest"


class _Epmd(Server):
    """Erlang's port mapper, one a broker: the shared one on 4369 would outlive the tests."""

    name = "epmd"
    programs = ("epmd",)

    def command(self) -> list[str]:
        return [str(self.program), "-address", self.host, "-port", str(self.port)]

    def ask(self, within: float) -> bool:
        # A NAMES request (110); the answer begins with the mapper's own port.
        with socket.create_connection((self.host, self.port), timeout=within) as connection:
            connection.sendall(b"\x00\x01\x6e")
            return int.from_bytes(connection.recv(4), "big") == self.port


class RabbitMQ(HttpServer):
    """RabbitMQ with its management and Prometheus plugins, all listening on loopback.

    AMQP on `amqp_port`, over TLS on `amqps_port` with the certificate `authority`; management on `management_port`
    (which is `port`), metrics on `metrics_port`.
    guest/guest may do everything; `user` with `password` is an account tagged "monitoring". Without `statistics` it
    counts neither consumers nor rates, as in its own container image.
    """

    name = "rabbitmq"
    programs = ("rabbitmq-server",)
    runs_as = "rabbitmq"
    ready_path = "/api/overview"
    start_within = 120.0
    # Listeners and stores are closed in the first tenth of a second; the Erlang machine ends 6 s later (3.10).
    stop_within = 2.0

    def __init__(self, *, statistics: bool = True) -> None:
        super().__init__()
        self._has_statistics = statistics
        self.epmd = _Epmd()
        self.management_port = self.port
        self.amqp_port = self.new_port()
        self.amqps_port = self.new_port()
        self.authority = self.folder / "own.pem"
        self.metrics_port = self.new_port()
        self._dist_port = self.new_port()
        self.user, self.password = "watcher", "watch this"
        self._vhosts = 0
        self._fresh: list[str] = []

    @property
    def amqp_url(self) -> str:
        """`amqp://` with host and port, without a login, for the default vhost."""
        return f"amqp://{self.host}:{self.amqp_port}/%2F"

    def prepare(self) -> None:
        certificate(self.authority)
        config = {
            "listeners.tcp.1": f"{self.host}:{self.amqp_port}",
            "listeners.ssl.1": f"{self.host}:{self.amqps_port}",
            "ssl_options.certfile": self.authority,
            "ssl_options.keyfile": self.authority,
            "ssl_options.verify": "verify_none",
            "management.tcp.ip": self.host,
            "management.tcp.port": self.management_port,
            # Queue totals and rates are as old as this; 5000 ms is the default.
            "collect_statistics_interval": 1000,
            "log.console": "true",
            "management_agent.disable_metrics_collector": str(not self._has_statistics).lower(),
        }
        lines = "".join(f"{key} = {value}\n" for key, value in config.items())
        (self.folder / "rabbitmq.conf").write_text(lines, encoding="utf-8")
        listen = f'[{{ip, "{self.host}"}}, {{port, {self.metrics_port}}}]'
        metrics = f"[{{rabbitmq_prometheus, [{{tcp_config, {listen}}}]}}]."
        (self.folder / "advanced.config").write_text(metrics + "\n", encoding="utf-8")
        plugins = "[rabbitmq_management,rabbitmq_prometheus].\n"
        (self.folder / "enabled_plugins").write_text(plugins, encoding="utf-8")
        (self.folder / "log").mkdir()

    def command(self) -> list[str]:
        return [str(self.program)]

    def environment(self) -> dict[str, str]:
        return {
            "RABBITMQ_NODENAME": f"sutaz-tui-{self.amqp_port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "no-such-file"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "ERL_EPMD_ADDRESS": self.host,
            "ERL_EPMD_PORT": str(self.epmd.port),
            # Only so does the script become the Erlang machine, which stops in order on SIGTERM; else it
            # stays above it and calls rabbitmqctl, which takes seconds.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def start(self) -> Self:
        self.epmd.start()
        if self.pid is None:
            super().start()
            self.put(f"/api/users/{self.user}", {"password": self.password, "tags": "monitoring"})
            self.permit(self.user, "/")
        return self

    def ask(self, within: float) -> bool:
        with socket.create_connection((self.host, self.amqp_port), timeout=within) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            # The first frame is connection.start: type method, channel 0.
            if connection.recv(3) != b"\x01\x00\x00":
                return False
        return super().ask(within)

    def close(self) -> None:
        # In order it takes seconds, for data that nobody reads again.
        self.kill()
        super().close()
        self.epmd.close()

    def new_vhost(self, *, permitted: bool = True) -> str:
        """A fresh vhost's name, open to guest and, where permitted, to `user`."""
        self._vhosts += 1
        name = f"test-{self._vhosts}"
        self.put(f"/api/vhosts/{name}", {})
        self._fresh.append(name)
        self.permit(ADMIN, name)
        if permitted:
            self.permit(self.user, name)
        return name

    def forget(self) -> None:
        """Takes out the fresh vhosts with all that is in them: what the broker counts as a whole is no other test's."""
        while self._fresh:
            self.drop(self._fresh.pop())

    def drop(self, vhost: str) -> None:
        """Takes out a vhost."""
        answer = self.call(f"/api/vhosts/{quote(vhost, safe='')}", "DELETE")
        assert answer.status in (204, 404), answer

    def permit(self, user: str, vhost: str) -> None:
        """Gives a user all rights in a vhost."""
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.put(f"/api/permissions/{quote(vhost, safe='')}/{user}", everything)

    def login(self) -> dict[str, str]:
        return self.basic(ADMIN, ADMIN)

    def put(self, path: str, body: object) -> Answer:
        """PUTs to the management API, as guest."""
        answer = self.call(path, "PUT", body)
        assert answer.status in (201, 204), f"PUT {path}: {answer.status} {answer.body!r}"
        return answer
