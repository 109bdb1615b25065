"""What a check asks with: recording clients of the config's services, so that evidence costs its author nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode, urlsplit

from sutaz_tui.checks.base import NotRun, Wrong, WrongRequest
from sutaz_tui.checks.login_line import LOGIN, TOKEN
from sutaz_tui.checks.logins import Logins
from sutaz_tui.config import CheckLimits, Config, ServiceConfig, Tls
from sutaz_tui.config.config import login_variable
from sutaz_tui.config.kinds import Http, Kong, Mysql, Postgres, Rabbitmq, Redis
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.command import Ended, Program
from sutaz_tui.sources.http import HttpAnswer, HttpOrigin
from sutaz_tui.sources.memcached import Memcached
from sutaz_tui.sources.rabbitmq import Management, Queue, has_login
from sutaz_tui.sources.tcp import Handshake, Heard, TcpPort, TlsDoor
from sutaz_tui.text.sanitise import one_line

if TYPE_CHECKING:
    # Each brings a client library of its own, which only the check that asks by it should wait for.
    from sutaz_tui.sources.amqp_channel import AmqpChannel
    from sutaz_tui.sources.dns import DnsAnswer
    from sutaz_tui.sources.mysql import MysqlState
    from sutaz_tui.sources.postgres import PostgresClient
    from sutaz_tui.sources.prometheus import Sample
    from sutaz_tui.sources.redis import RedisClient
    from sutaz_tui.sources.websocket import Frames

Undo = Callable[[], Awaitable[object]]
QUOTE = 80
WRONG_REQUEST = (400, 422)
UNAUTHORISED = 401
LOGINS = "check:logins"
"""Under which name the clients keep what is known of refused logins."""


class Ask:
    """One check's way to the stack. Its deadline is `timeout` seconds for each question.

    Names of origins are service ids; `kong.proxy` is Kong's proxy, where `kong` is its admin API.
    """

    def __init__(
        self,
        config: Config,
        clients: Clients,
        shared: dict[str, Any],
        timeout: float,
        began: float | None = None,
    ) -> None:
        self.config = config
        self.limits: CheckLimits = config.checks.limits
        self.timeout = timeout
        self.began = began
        """When we first asked this stack anything (epoch seconds); None where a board asks all the time."""
        self.logs_in = False
        """Whether the check is marked as one that logs in; no other gets at the account."""
        self._clients = clients
        self._shared = shared
        self.undo: list[tuple[str, Undo]] = []
        self._crowds: dict[tuple[str, int], HttpOrigin] = {}

    def service(self, id: str) -> ServiceConfig:
        """A service of the config; a check of one that is not in it is not run."""
        try:
            return self.config.service(id)
        except KeyError:
            raise NotRun(f"no service {id} in this config") from None

    def origin(self, name: str) -> HttpOrigin:
        """The HTTP client of a service."""
        id, _, part = name.partition(".")
        service = self.service(id)
        if part == "proxy":
            proxy = cast(Kong, service).proxy
            if not proxy:
                raise NotRun(f"no address of its proxy: set services.{id}.proxy in the config")
            return self._clients.shared(f"check:{name}", lambda: self._clients.proxy(service, proxy))
        if service.source:
            return self._clients.shared(
                f"check:{name}", lambda: self._clients.source_http(service.source, service.title)
            )
        if isinstance(service, Http):
            return self.site(id)
        if not service.address:
            raise NotRun(f"no address of {id} in this config")
        return self._clients.shared(f"check:{name}", lambda: self._clients.http(service))

    def site(self, id: str) -> HttpOrigin:
        """The HTTP client of all paths of a service whose address is a page."""
        service = self.service(id)
        base = _base(service.address)
        return self._clients.shared(f"check:site:{id}", lambda: self._clients.http(service, base))

    def crowded(self, name: str, connections: int) -> HttpOrigin:
        """A client of a service with so many connections of its own, for this check alone."""
        key = (name, connections)
        if key not in self._crowds:
            base = _base(self.service(name).address)
            crowd = self._crowds[key] = self._clients.crowd(self.service(name), connections, base)
            self.afterwards(f"{connections} connections to {name}", crowd.aclose)
        return self._crowds[key]

    async def get(self, name: str, path: str, **more: Any) -> HttpAnswer:
        """GET a fixed path; `params=`, `headers=`, `token=` (a bearer token)."""
        return await self.request("GET", name, path, **more)

    async def post(self, name: str, path: str, **more: Any) -> HttpAnswer:
        """POST to a fixed path; `json=` or `form=` or `content=`, and what `get` takes."""
        return await self.request("POST", name, path, **more)

    async def request(
        self,
        method: str,
        name: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        token: str = "",
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float | None = None,
        at_once: int = 0,
    ) -> HttpAnswer:
        """Send any request and take its answer, whatever its status.

        `at_once` is how many of its kind are sent together: they go by a client of their own with so many connections,
        where the shared one has four and lets the others wait.
        """
        sent = dict(headers or {})
        if token:
            self.hide(token)
            self._clients.shell.learn(token, TOKEN)
            sent["Authorization"] = f"Bearer {token}"
        if json is not None:
            content, sent["Content-Type"] = _dumped(json), "application/json"
        elif form is not None:
            content, sent["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        origin = self.crowded(name, at_once) if at_once else self.origin(name)
        answer = await origin.request(
            method, path, params=params, headers=sent, content=content, timeout=timeout or self.timeout
        )
        if answer.status == UNAUTHORISED and (variable := self._unset_login(name)):
            raise NotRun(f"no login: set {variable}")
        return answer

    def _unset_login(self, name: str) -> str:
        """The variable of a login that the config has for a service and that nobody set, "" for none."""
        service = self.service(name.partition(".")[0])
        source = self.config.sources.get(service.source)
        return login_variable(service, self.config) if source is not None and not has_login(source) else ""

    async def body(self, name: str, path: str, **more: Any) -> dict[str, Any]:
        """The JSON object that a GET answers with 200; anything else is wrong."""
        return self.as_object(await self.get(name, path, **more))

    def as_object(self, answer: HttpAnswer, status: int = 200) -> dict[str, Any]:
        """The JSON object of an answer with this status; an empty one is wrong too."""
        found = self.as_json(answer, status)
        if not isinstance(found, dict) or not found:
            raise Wrong(
                f"{status} and a JSON object",
                f"{answer.status} and {one_line(answer.text(), QUOTE) or 'nothing'}",
            )
        return found

    def as_list(self, answer: HttpAnswer, status: int = 200) -> list[Any]:
        """The JSON array of an answer with this status; it may be empty, which the check judges."""
        found = self.as_json(answer, status)
        if not isinstance(found, list):
            raise Wrong(
                f"{status} and a JSON list",
                f"{answer.status} and {one_line(answer.text(), QUOTE) or 'nothing'}",
            )
        return found

    def as_json(self, answer: HttpAnswer, status: int = 200) -> Any:
        """The JSON of an answer with this status."""
        self.status(answer, status)
        if (kind := answer.headers.get("content-type", "")).startswith("text/html"):
            raise Wrong(f"{status} and JSON", f"content-type {kind}")
        try:
            return answer.json()
        except BadAnswer as error:
            raise Wrong(f"{status} and JSON", error.words) from error

    def status(self, answer: HttpAnswer, *statuses: int) -> None:
        """The answer has one of these statuses; a refusal of our own request as a wrong one is no fault of the stack."""
        if answer.status not in statuses:
            wanted = " or ".join(map(str, statuses))
            words = one_line(answer.text(), QUOTE)
            if answer.status in WRONG_REQUEST:
                raise WrongRequest(
                    f"the check's own request was rejected ({answer.status}: {words}); please report it"
                )
            raise Wrong(f"{wanted}", f"{answer.status}" + (f": {words}" if words else ""))

    def expect(self, is_so: bool, expected: str, found: object) -> None:
        """What must be so; else the check fails with these words."""
        if not is_so:
            raise Wrong(expected, one_line(str(found), 300))

    async def program(self, argv: Sequence[str], env: Mapping[str, str], title: str) -> Ended:
        """How a program ends, and what it says."""
        return await Program(argv, env, title, self.config.secrets, self._clients.shell).run(self.timeout)

    async def sql(self, id: str, query: str) -> list[dict[str, Any]]:
        """The rows of one question to a PostgreSQL service, by the configured login; read-only."""
        return await self.database(id).rows(query, self.timeout)

    def database(self, id: str) -> "PostgresClient":
        """A PostgreSQL service's client."""
        from sutaz_tui.sources.postgres import PostgresClient

        service = self.service(id)
        assert isinstance(service, Postgres)
        if not service.password:
            raise NotRun(f"no login: set {self.config.login_variables.get(f'services.{id}', 'its password')}")
        return self._clients.shared(f"check:postgres:{id}", lambda: PostgresClient(service, self._clients))

    async def mysql(self, id: str) -> "MysqlState":
        """What a MySQL service tells of itself, by the configured login."""
        service = self.service(id)
        assert isinstance(service, Mysql)
        if not service.password:
            raise NotRun(f"no login: set {self.config.login_variables.get(f'services.{id}', 'its password')}")
        try:
            from sutaz_tui.sources.mysql import MysqlApi
        except ImportError:
            raise NotRun("its library is not installed; pip install 'sutaz-tui[mysql]'") from None
        api = self._clients.shared(f"check:mysql:{id}", lambda: MysqlApi(service, self._clients))
        return await api.ask(self.timeout)

    def memcached(self, id: str) -> Memcached:
        """A Memcached service's client."""
        service = self.service(id)
        return Memcached(service.address, service.title, self.config.secrets, self._clients.shell)

    async def redis(self, id: str, *words: str | int) -> Any:
        """What a Redis service answers to one command."""
        return await self.redis_client(id).command(*words, timeout=self.timeout)

    def redis_client(self, id: str) -> "RedisClient":
        """A Redis service's client."""
        from sutaz_tui.sources.redis import RedisClient

        service = self.service(id)
        assert isinstance(service, Redis)
        return self._clients.shared(f"check:redis:{id}", lambda: RedisClient(service, self._clients))

    async def hear(self, id: str, address: str, send: bytes, expect: bytes) -> bytes:
        """What a port (`host:port`) of a service answers to `send`, read until `expect` is there or contradicted."""
        if not address:
            raise NotRun(f"no address of {id} in this config")
        port = TcpPort(address, self.service(id).title, self._clients.secrets, self._clients.shell)
        return (await port.exchange(send, expect, self.timeout)).data

    @asynccontextmanager
    async def amqp(self, id: str) -> AsyncIterator["AmqpChannel"]:
        """A channel on a RabbitMQ service's AMQP port, for queues that end with it."""
        from sutaz_tui.sources.amqp import AmqpClient

        service = self.service(id)
        assert isinstance(service, Rabbitmq)
        if not service.password:
            raise NotRun(f"no login: set {self.config.login_variables.get(f'services.{id}', 'its password')}")
        # Earlier than the check's own deadline, so that the words say who kept silent.
        async with AmqpClient(service, self._clients).channel(self.timeout * 0.9) as channel:
            yield channel

    async def promql(
        self, query: str, id: str = "prometheus", at: float | None = None
    ) -> "tuple[Sample, ...]":
        """The samples of an instant query, for the present or for `at` (epoch seconds)."""
        from sutaz_tui.sources.prometheus import prometheus_api

        service = self.service(id)
        api = prometheus_api(self._clients, service.source, service.title)
        return (await api.query(query, self.timeout, at)).samples

    @asynccontextmanager
    async def websocket(self, name: str, path: str) -> AsyncIterator["Frames"]:
        """An open WebSocket of a service."""
        from sutaz_tui.sources.websocket import websocket

        async with websocket(self.origin(name), path, self.config.secrets, timeout=self.timeout) as frames:
            yield frames

    @property
    def logins(self) -> Logins:
        """What is known of logins that were refused."""
        return self._clients.shared(LOGINS, Logins)

    def account(self) -> tuple[str, str]:
        """The configured account's user and password; without one, and for a check not marked, it is not run."""
        account = self.config.checks.account
        if not account.user or not account.password:
            raise NotRun("no account: set checks.account in the config")
        if not self.logs_in:
            raise NotRun("it logs in and is not marked as a check that does: give it logs_in=True")
        return account.user, account.password

    async def token(self) -> str:
        """An access token of the configured account, logged in once a run; without an account the check is not run."""
        return (await self.login())["access_token"]

    async def login(self) -> dict[str, str]:
        """The answer to the configured account's login, asked once a run."""
        account = self.account()
        lock: asyncio.Lock = self._shared.setdefault("login-lock", asyncio.Lock())
        async with lock:
            if "login" not in self._shared:
                self._shared["login"] = await self.log_in(*account)
        return dict(self._shared["login"])

    async def log_in(self, user: str, password: str) -> dict[str, str]:
        """What the backend answers to a login that must work."""
        found = self.as_object(await self.login_answer(user, password))
        for key in ("access_token", "refresh_token", "token_type"):
            self.expect(
                isinstance(found.get(key), str) and bool(found[key]), f"a login with {key}", sorted(found)
            )
        for key in ("access_token", "refresh_token"):
            self.hide(found[key])
        return found

    async def login_answer(self, user: str, password: str, at_once: int = 0) -> HttpAnswer:
        """The backend's answer to a login that must work; Denied, and nothing is sent, once this user's was refused."""
        form = {"username": user, "password": password}
        return await self.logins.send(user, lambda: self.post("backend", LOGIN, form=form, at_once=at_once))

    async def url(self, method: str, url: str, **more: Any) -> HttpAnswer:
        """Send a request to any URL, each origin by a client of its own."""
        base, title = _base(url), urlsplit(url).hostname or url
        origin = self._clients.shared(f"check:{base}", lambda: self._clients.origin(base, title))
        path = url[len(base) :] or "/"
        return await origin.request(method, path, timeout=self.timeout, **more)

    async def heard_at(self, address: str, title: str, send: bytes, expect: bytes) -> Heard:
        """What any TCP port answers to `send`, read until `expect` is there or contradicted."""
        port = TcpPort(address, title, self.config.secrets, self._clients.shell)
        return await port.exchange(send, expect, self.timeout)

    async def handshake(
        self, address: str, title: str, tls: Tls | None = None, server_name: str = ""
    ) -> Handshake:
        """A handshake with any TLS port, its certificate verified as `tls` says."""
        return await TlsDoor(address, title, self._clients.contexts, tls, server_name).handshake(self.timeout)

    async def dns(self, id: str, name: str, type: str) -> "DnsAnswer":
        """What a DNS server says of a name."""
        from sutaz_tui.sources.dns import DnsServer

        service = self.service(id)
        server = DnsServer(service.address, service.title, self.config.secrets, self._clients.shell)
        return await server.ask(name, type.upper(), self.timeout)

    async def queue(self, id: str, vhost: str, name: str) -> Queue | None:
        """One queue of a RabbitMQ service, None when there is none of this name."""
        return (await Management(self.service(id), self._clients).queue(vhost, name, self.timeout))[0]

    def hide(self, secret: str) -> None:
        """Mask what the stack hands out while a check runs: it is as secret as what the config holds."""
        self.config.secrets.add(secret)

    def afterwards(self, words: str, undo: Undo) -> None:
        """Have something removed when the check has ended, however it ends; `words` name it if it can't be."""
        self.undo.append((words, undo))


def _base(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()
