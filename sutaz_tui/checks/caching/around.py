"""What stands round Redis: its exporter, the backend that uses it, and the sessions that the backend keeps."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import patch, trait
from sutaz_tui.checks.caching.category import CATEGORY
from sutaz_tui.checks.caching.server import info


@CATEGORY.check(
    "exporter",
    "Redis' exporter tells the limit that Redis has",
    "redis-exporter",
    "redis",
    twin=trait(redis_info=["maxmemory:268435456"]),
    covers=("red-13",),
)
async def exporter(ask: Ask) -> str:
    most = int((await info(ask, "maxmemory"))["maxmemory"])
    answer = await ask.get("redis-exporter", "/metrics")
    ask.status(answer, 200)
    said = {
        name: value
        for name, _, value in (line.partition(" ") for line in answer.text().splitlines())
        if name in ("redis_up", "redis_memory_max_bytes")
    }
    found = {name: _number(value) for name, value in said.items()}
    wanted = {"redis_up": 1.0, "redis_memory_max_bytes": float(most)}
    ask.expect(found == wanted, f"redis_up 1, redis_memory_max_bytes {most}", said or "neither of them")
    return f"up, at most {most >> 20} MiB"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


@CATEGORY.check(
    "backend",
    "the backend reaches the Redis that we reach",
    "backend",
    "redis",
    twin=patch("backend", "/api/v1/health/services", set={"services.0.healthy": False}),
    covers=("red-01",),
)
async def backend(ask: Ask) -> str:
    await ask.redis("redis", "PING")
    listed = (await ask.body("backend", "/api/v1/health/services")).get("services")
    ask.expect(isinstance(listed, list), "a list of services", listed)
    said = {each.get("name"): each.get("healthy") for each in listed or [] if isinstance(each, dict)}
    ask.expect(
        said.get("redis") is True, "redis healthy, as we see it", f"redis healthy: {said.get('redis')}"
    )
    return "healthy, as we see it"


@CATEGORY.check(
    "session",
    "the backend knows who is logged in (/auth/me)",
    "backend",
    twin=trait(auth_me_works=False),
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
