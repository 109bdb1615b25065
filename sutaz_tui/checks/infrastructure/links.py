"""What runs between the containers: the backend to its services, the agents to their model."""

import asyncio

from sutaz_tui.checks.agents.names import AGENTS
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.backend_flags import PAGE, Question, honest, lying
from sutaz_tui.checks.base import Category, Twin, patch, trait
from sutaz_tui.checks.infrastructure.ports import amqp_greeting

CATEGORY = Category("infrastructure")


@CATEGORY.check(
    "backend.postgres",
    "the backend reaches PostgreSQL (a login works)",
    "backend",
    "postgres",
    logs_in=True,
    twin=patch("backend", "/api/v1/auth/login", status=500, body={"detail": "Internal Server Error"}),
    covers=("inf-16",),
)
async def backend_postgres(ask: Ask) -> str:
    found = await ask.login()
    ask.expect(found["token_type"].lower() == "bearer", "a bearer token", found["token_type"])
    return "a login is answered out of its table of users"


@CATEGORY.check(
    "agents.ollama",
    "all eight agents reach Ollama",
    *AGENTS,
    twin=trait(degraded_agents=["documind"]),
    follows="agents.all.healthy",
    covers=("inf-07", "inf-18"),
)
async def agents_ollama(ask: Ask) -> str:
    bodies = await asyncio.gather(*(ask.body(id, "/health") for id in AGENTS))
    cut_off = [
        name for name, body in zip(AGENTS.values(), bodies, strict=True) if body.get("ollama") is not True
    ]
    ask.expect(
        not cut_off, "8 of 8 reach Ollama", f"{8 - len(cut_off)} of 8; without a model: {', '.join(cut_off)}"
    )
    return "8 of 8 reach Ollama"


async def consul_leader(ask: Ask) -> str:
    leader = ask.as_json(await ask.get("consul", "/v1/status/leader"))
    ask.expect(isinstance(leader, str) and bool(leader), "a leader", repr(leader))
    return str(leader)


async def kong_status(ask: Ask) -> str:
    body = await ask.body("kong", "/status")
    ask.expect("server" in body, "Kong's status", sorted(body))
    return "answers"


async def ollama_version(ask: Ask) -> str:
    version = (await ask.body("ollama", "/api/version")).get("version")
    ask.expect(isinstance(version, str) and bool(version), "a version", version)
    return str(version)


CATEGORY.add(
    "consul.leader",
    "Consul has a leader",
    consul_leader,
    "consul",
    twin=trait(consul_has_leader=False),
)

_FLAGS: tuple[tuple[str, str, Question, Twin], ...] = (
    ("rabbitmq", "RabbitMQ", amqp_greeting, lying("rabbitmq", "rabbitmq")),
    ("consul", "Consul", consul_leader, patch("backend", PAGE, set={"services.consul": False})),
    ("kong", "Kong", kong_status, lying("kong", "kong-admin")),
    ("ollama", "Ollama", ollama_version, patch("backend", PAGE, set={"services.ollama": False})),
)

for _id, _title, _question, _twin in _FLAGS:
    CATEGORY.add(
        f"{_id}.flag",
        f"the backend's status of {_title} agrees with {_title} itself",
        honest(_id, _title, _question),
        "backend",
        twin=_twin,
    )
