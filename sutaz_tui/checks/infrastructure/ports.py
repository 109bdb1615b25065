"""The ports that speak no HTTP: each greets in its own protocol, as it does any stranger."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, NotRun, fault, patch, trait
from sutaz_tui.config import login_variable
from sutaz_tui.sources.amqp_greeting import HEADER
from sutaz_tui.sources.curl import auth_headers
from sutaz_tui.sources.tcp import spoken

CATEGORY = Category("infrastructure")

SSL_REQUEST = bytes.fromhex("00000008 04d2162f")
"""PostgreSQL's question whether TLS may be spoken, answered with one letter before any login."""


async def postgres_greeting(ask: Ask) -> str:
    heard = await ask.hear("postgres", ask.service("postgres").address, SSL_REQUEST, b"N")
    # One letter and then silence: a greeting that begins with it, such as SSH's, is somebody else's.
    ask.expect(heard in (b"N", b"S"), "a greeting in PostgreSQL's protocol", spoken(heard))
    return "speaks PostgreSQL's protocol"


async def redis_greeting(ask: Ask) -> str:
    heard = await ask.hear("redis", ask.service("redis").address, b"PING\r\n", b"-NOAUTH")
    ask.expect(heard.startswith((b"+PONG\r\n", b"-NOAUTH ")), "a greeting in Redis' protocol", spoken(heard))
    return "speaks Redis' protocol"


CATEGORY.add(
    "postgres.itself",
    "PostgreSQL's port speaks PostgreSQL's protocol",
    postgres_greeting,
    "postgres",
    twin=fault(postgres="garbage"),
)
CATEGORY.add(
    "redis.itself",
    "Redis' port speaks Redis' protocol",
    redis_greeting,
    "redis",
    twin=fault(redis="garbage"),
)


async def amqp_greeting(ask: Ask) -> str:
    """Have the broker begin AMQP 0-9-1: a method frame (1) of channel 0."""
    heard = await ask.hear("rabbitmq", ask.service("rabbitmq").address, HEADER, b"\x01\x00\x00")
    ask.expect(heard.startswith(b"\x01\x00\x00"), "the start of AMQP 0-9-1", spoken(heard))
    return "speaks AMQP 0-9-1"


CATEGORY.add(
    "rabbitmq.itself",
    "RabbitMQ's port speaks AMQP",
    amqp_greeting,
    "rabbitmq",
    twin=fault(rabbitmq="garbage"),
)


def _login(ask: Ask) -> None:
    service = ask.service("rabbitmq")
    if not auth_headers(ask.config.sources[service.source].auth):
        raise NotRun(f"no login: set {login_variable(service, ask.config) or 'the password of RabbitMQ'}")


@CATEGORY.check(
    "rabbitmq.management",
    "RabbitMQ's management API accepts the login",
    "rabbitmq",
    twin=patch("rabbitmq-management", "/api/overview", remove=["rabbitmq_version"]),
)
async def management(ask: Ask) -> str:
    _login(ask)
    body = await ask.body("rabbitmq", "/api/overview")
    version = body.get("rabbitmq_version")
    ask.expect(isinstance(version, str) and bool(version), "a rabbitmq_version", sorted(body))
    return f"RabbitMQ {version}"


@CATEGORY.check(
    "rabbitmq.alarms",
    "RabbitMQ has no memory or disk alarm",
    "rabbitmq",
    twin=trait(rabbitmq_alarm=True),
    covers=("inf-05",),
)
async def alarms(ask: Ask) -> str:
    _login(ask)
    body = await ask.body("rabbitmq", "/api/health/checks/alarms")
    ask.expect(
        body.get("status") == "ok", "no alarm", f"{body.get('reason') or body}: publishers are blocked"
    )
    return "no alarm"
