"""A server that is asked over HTTP."""

import json
from base64 import b64encode
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, ClassVar

from tests.servers.process import Server
from tests.servers.waiting import patient

PASSWORD = "open sesame"
"""The one password of the Prometheus family here: its bcrypt hash can't be made by the standard library."""

_PASSWORD_HASH = "$2b$04$lzw9cd0QDl6EbQFQqxupE.8pRvQj0lQ2ZW3gtJ3kZExy2zSxiB0NW"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read whole."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class HttpServer(Server):
    """A server whose `port` speaks HTTP; ready when `ready_path` answers 200."""

    ready_path: ClassVar[str] = "/"

    def __init__(self) -> None:
        super().__init__()
        self.user = ""

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end and without a login."""
        return f"http://{self.host}:{self.port}"

    @property
    def target(self) -> str:
        """`host:port`, as Prometheus names a scrape target."""
        return f"{self.host}:{self.port}"

    def ask(self, within: float) -> bool:
        return self.call(self.ready_path, within=within).status == 200

    def call(
        self,
        path: str,
        method: str = "GET",
        body: object = None,
        *,
        within: float | None = None,
        port: int | None = None,
    ) -> Answer:
        """Asks with the server's own login, if it has one; `body` is sent as JSON."""
        headers = self.login()
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = self.connection(port or self.port, patient(5) if within is None else within)
        try:
            sent = None if body is None else body if isinstance(body, str) else json.dumps(body)
            connection.request(method, path, body=sent, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()

    def connection(self, port: int, within: float) -> HTTPConnection:
        """A connection, not yet open."""
        return HTTPConnection(self.host, port, timeout=within)

    def login(self) -> dict[str, str]:
        """Headers that log in; none when it was started without a password."""
        if not self.password:
            return {}
        return self.basic(self.user, self.password)

    @staticmethod
    def basic(user: str, password: str) -> dict[str, str]:
        """The header of a login by basic authentication."""
        return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


class GoServer(HttpServer):
    """One of the Prometheus family: they share their web options.

    With `locked` it wants basic authentication: `user` is jarvis, `password` is `PASSWORD`.
    """

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()
        if locked:
            self.user, self.password = "jarvis", PASSWORD

    def web_options(self) -> list[str]:
        """The options that say where to listen and who may come in; writes the file that they name."""
        listen = f"--web.listen-address={self.host}:{self.port}"
        if not self.password:
            return [listen]
        return [
            listen,
            f"--web.config.file={self.write('web.yml', {'basic_auth_users': {self.user: _PASSWORD_HASH}})}",
        ]

    def write(self, name: str, content: object) -> str:
        """Writes a config file (JSON is YAML); returns its path."""
        path = self.folder / name
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")
        return str(path)
