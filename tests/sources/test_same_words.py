"""One client a system: its probe and its checks say the same of one fault, over TLS too."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sutaz_tui.checks.ask import Ask
from sutaz_tui.config import Basic, Config, ServiceConfig, Source, Tls
from sutaz_tui.config.kinds import Postgres, Rabbitmq, Redis
from sutaz_tui.errors import SourceError
from sutaz_tui.model import Status, Step
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.evidence import recording
from tests.certificates import certificate
from tests.loopback import configured, probing, reading, speaking
from tests.servers.postgres import Postgres as PostgresServer
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis as RedisServer

PASSWORD = "sesame 17"


@dataclass(frozen=True, slots=True)
class Running:
    """A real server that wants `password`, once in plain text and once over TLS, and what it is asked as."""

    service: ServiceConfig
    password: str
    plain: str
    secure: str
    authority: Path
    check: Callable[[Ask], Awaitable[object]]
    sources: dict[str, Source] = field(default_factory=dict)
    share: float = 1.0
    """Of a check's deadline, what the question may take."""

    def config(self, address: str, tls: Tls | None, password: str = "", timeout: float = 5.0) -> Config:
        """A config in which it stands at this address, with the right password if no other is given."""
        password = password or self.password
        keys = {name: getattr(self.service, name) for name in self.service.__struct_fields__}
        keys |= {"address": address, "tls": tls, "password": password, "timeout": timeout}
        service = type(self.service)(**keys)
        return configured(service, sources=self.sources, secrets={"ITS_PASSWORD": password})


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    pem = certificate(tmp_path_factory.mktemp("redis") / "redis.pem")
    with RedisServer(PASSWORD) as plain, RedisServer(PASSWORD, pem) as secure:
        yield Running(
            Redis(id="shop", title="Shop", address=""),
            PASSWORD,
            f"127.0.0.1:{plain.port}",
            f"127.0.0.1:{secure.port}",
            pem,
            lambda ask: ask.redis("shop", "PING"),
        )


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    pem = certificate(tmp_path_factory.mktemp("postgres") / "postgres.pem")
    with PostgresServer(locked=True) as plain, PostgresServer(locked=True, certificate=pem) as secure:
        yield Running(
            Postgres(id="shop", title="Shop", address="", user=plain.user, database=plain.database),
            plain.password or "",
            f"127.0.0.1:{plain.port}",
            f"127.0.0.1:{secure.port}",
            pem,
            lambda ask: ask.sql("shop", "SELECT 1"),
        )


@pytest.fixture
def rabbitmq(shared_rabbitmq: RabbitMQ) -> Running:
    login = Basic(user=shared_rabbitmq.user, password=shared_rabbitmq.password)
    return Running(
        Rabbitmq(id="shop", title="Shop", address="", source="management", user=shared_rabbitmq.user),
        shared_rabbitmq.password,
        f"127.0.0.1:{shared_rabbitmq.amqp_port}",
        f"127.0.0.1:{shared_rabbitmq.amqps_port}",
        shared_rabbitmq.authority,
        _channel,
        {"management": Source(url=shared_rabbitmq.url, auth=login)},
        share=0.9,
    )


async def _channel(ask: Ask) -> None:
    async with ask.amqp("shop"):
        pass


@pytest.fixture(
    params=["redis", "postgres", pytest.param("rabbitmq", marks=pytest.mark.xdist_group("rabbitmq"))]
)
def system(request: pytest.FixtureRequest) -> Running:
    running: Running = request.getfixturevalue(request.param)
    return running


async def both(system: Running, config: Config, timeout: float = 5.0) -> str:
    """What the probe says, "" when all is well; a check must say the same, and both leave it as evidence."""
    async with probing(config) as probe:
        found = await reading(probe)
    probe_said = found.error or ""
    assert (found.status is Status.UP) == (probe_said == ""), found
    clients = Clients(config)
    check_said, steps = "", list[Step]()
    try:
        with recording() as steps:
            await system.check(Ask(config, clients, {}, timeout / system.share))
    except SourceError as error:
        check_said = str(error)
    finally:
        await clients.aclose()
    assert check_said == probe_said
    assert steps and steps[-1].answer
    if probe_said:
        assert steps[-1].answer == probe_said
        assert probe_said in [step.answer for step in found.steps]
    assert system.password not in f"{found} {steps}"
    return probe_said


async def test_tls_with_the_authority_of_the_server_is_well(system: Running) -> None:
    tls = Tls(ca_file=str(system.authority))
    assert await both(system, system.config(system.secure, tls)) == ""


async def test_tls_that_is_not_checked_is_well(system: Running) -> None:
    assert await both(system, system.config(system.secure, Tls(verify="insecure"))) == ""


async def test_tls_without_the_authority_names_the_certificate(system: Running) -> None:
    said = await both(system, system.config(system.secure, Tls()))
    words = "TLS certificate not accepted: self-signed certificate; name its authority as ca_file"
    assert said == f"Shop: {system.secure}: {words}"


async def test_an_authority_that_is_missing_blames_nobody_but_our_file(
    system: Running, tmp_path: Path
) -> None:
    said = await both(system, system.config(system.secure, Tls(ca_file=str(tmp_path / "none.pem"))))
    assert said.startswith("Shop: ca_file ") and "is missing" in said


async def test_plain_text_to_a_port_of_tls_says_so(system: Running) -> None:
    said = await both(system, system.config(system.secure, None))
    assert "TLS" in said


async def test_tls_to_a_port_of_plain_text_says_so(system: Running) -> None:
    config = system.config(system.plain, Tls(ca_file=str(system.authority)), timeout=2.0)
    said = await both(system, config, 2.0)
    if isinstance(system.service, Redis):
        # To it a handshake is the beginning of a line, for whose end it waits.
        assert said == "Shop: no TLS was agreed within 2 s; does this port speak TLS?"
    else:
        assert said == f"Shop: {system.plain} speaks no TLS; check its port, or ask it without TLS"


@pytest.mark.parametrize("is_secure", [False, True])
async def test_a_wrong_password_is_refused(system: Running, is_secure: bool) -> None:
    address, tls = (system.secure, Tls(ca_file=str(system.authority))) if is_secure else (system.plain, None)
    said = await both(system, system.config(address, tls, "not the password"))
    assert said.endswith("is refused; check user and password in the config")
    assert "not the password" not in said


@pytest.mark.parametrize("tls", [None, Tls(verify="insecure")], ids=["plain", "tls"])
async def test_silence_ends_at_the_deadline(system: Running, tls: Tls | None) -> None:
    async with speaking(b"", hangs_up=False) as port:
        said = await both(system, system.config(port.address, tls, timeout=0.5), 0.5)
    assert " within 0.5 s" in said


@pytest.mark.parametrize("tls", [None, Tls(verify="insecure")], ids=["plain", "tls"])
async def test_a_port_that_refuses_is_named(system: Running, tls: Tls | None, unused_tcp_port: int) -> None:
    said = await both(system, system.config(f"127.0.0.1:{unused_tcp_port}", tls))
    assert said == f"Shop: :{unused_tcp_port} refused"


async def test_a_name_that_nobody_knows_is_named(system: Running) -> None:
    said = await both(system, system.config("nowhere.invalid:1", None))
    assert "nowhere.invalid" in said and "DNS" in said


@pytest.mark.parametrize(
    ("bytes_", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "answers as HTTP, not as "),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "answers as SSH, not as "),
        (b"220 mail.shop.example ESMTP\r\n", "answers as SMTP, not as "),
        (b"", "closed the connection without an answer; is this "),
    ],
    ids=["http", "ssh", "smtp", "nothing"],
)
async def test_a_stranger_is_named_by_what_it_speaks(system: Running, bytes_: bytes, words: str) -> None:
    async with speaking(bytes_) as port:
        said = await both(system, system.config(port.address, None))
    assert words in said


@pytest.mark.parametrize(
    ("greeting", "name"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"220 mail.shop.example ESMTP\r\n", "SMTP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"),
        (b"J\0\0\0\x0a8.0.33\0" + b"x" * 60, "MySQL"),
    ],
    ids=["ssh", "smtp", "http", "mysql"],
)
async def test_a_greeting_that_keeps_the_line_open_is_named_at_once(
    system: Running, greeting: bytes, name: str
) -> None:
    async def greets(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()

    async with speaking(greets, hangs_up=False) as port:
        said = await both(system, system.config(port.address, None, timeout=2.0), 2.0)
    assert f"answers as {name}, not as " in said
