"""What stands round Redis: its exporter, the backend that uses it, and the sessions that the backend keeps."""

from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.backend_flags import PAGE, honest, said
from sutaz_tui.checks.base import patch, trait
from sutaz_tui.checks.caching.category import CATEGORY
from sutaz_tui.checks.caching.server import info
from sutaz_tui.probes.exposition import samples


@CATEGORY.check(
    "exporter",
    "the Redis exporter reports Redis' memory limit",
    "redis-exporter",
    "redis",
    twin=trait(redis_info=["maxmemory:268435456"]),
    covers=("red-13",),
)
async def exporter(ask: Ask) -> str:
    most = int((await info(ask, "maxmemory"))["maxmemory"])
    answer = await ask.get("redis-exporter", "/metrics")
    ask.status(answer, 200)
    wanted = {"redis_up": 1.0, "redis_memory_max_bytes": float(most)}
    found = {sample.name: sample.value for sample in samples(answer.body, wanted, is_cut=answer.is_cut)}
    ask.expect(found == wanted, f"redis_up 1, redis_memory_max_bytes {most}", found or "neither of them")
    return f"up, at most {most >> 20} MiB"


OURS = frozenset({"info", "hello", "auth", "client", "client|setinfo", "client|setname", "select"})
"""Commands that we send ourselves."""


async def _commands(ask: Ask) -> int:
    """How many commands of others this Redis has done."""
    stats: Any = await ask.redis("redis", "INFO", "commandstats")
    ask.expect(isinstance(stats, dict), "INFO commandstats as fields", stats)
    calls = {name.removeprefix("cmdstat_"): values for name, values in stats.items()}
    return sum(
        int(values.get("calls", 0))
        for name, values in calls.items()
        if name not in OURS and isinstance(values, dict)
    )


async def _ping(ask: Ask) -> None:
    await ask.redis("redis", "PING")


_flag = honest("redis", "Redis", _ping)


@CATEGORY.check(
    "backend",
    "the backend is connected to this Redis",
    "backend",
    twin=patch("backend", PAGE, set={"services.redis": False}),
    covers=("red-01",),
)
async def backend(ask: Ask) -> str:
    words = await _flag(ask)
    if await said(ask, "redis"):
        before = await _commands(ask)
        await said(ask, "redis")
        asked = await _commands(ask) - before
        ask.expect(
            asked > 0, "the backend's question to this Redis", "none came: it is connected to another one"
        )
    return words


@CATEGORY.check(
    "session",
    "GET /auth/me returns the logged-in user",
    "backend",
    logs_in=True,
    twin=trait(auth_me_works=False),
    follows="jwt.me.own_user",
    covers=("red-11",),
)
async def session(ask: Ask) -> str:
    token = await ask.token()
    found = ask.as_object(await ask.get("backend", "/api/v1/auth/me", token=token))
    user = ask.config.checks.account.user
    ask.expect(
        user in (found.get("username"), found.get("email")),
        "the account that logged in",
        found.get("username"),
    )
    return "the session is the account's"
