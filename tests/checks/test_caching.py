"""The cache's checks: proven on the simulated stack, and true of a real Redis."""

import asyncio
from typing import Any

from sutaz_tui.checks.caching import CATEGORY, NOT_COVERED
from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Redis
from sutaz_tui.demo.prove import prove
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.redis import RedisClient
from tests.checks.interrupted import cancelled, outcomes
from tests.checks.on_stack import not_passed, results
from tests.loopback import configured
from tests.servers.redis import Redis as RedisServer

REDIS = [check for check in CATEGORY.checks if check.needs == ("redis",)]
WRITES = [check for check in REDIS if check.check_class is CheckClass.WRITES]


def of(server: RedisServer, password: str = "") -> Config:
    service = Redis(id="redis", title="Redis", address=f"{server.host}:{server.port}", password=password)
    return configured(service, secrets={"REDIS_PASSWORD": password} if password else None)


async def told(server: RedisServer, *commands: tuple[str | int, ...]) -> list[Any]:
    """What the server answers to commands of the test's own."""
    config = of(server)
    service = config.services[0]
    assert isinstance(service, Redis)
    client = RedisClient(service, Clients(config))
    try:
        return [await client.command(*words) for words in commands]
    finally:
        await client.aclose()


async def as_the_stack_has_it(server: RedisServer) -> None:
    """Settings and look-ups of a cache that is in use."""
    await told(
        server,
        ("CONFIG", "SET", "maxmemory", "128mb"),
        ("CONFIG", "SET", "maxmemory-policy", "allkeys-lru"),
        ("CONFIG", "SET", "appendonly", "yes"),
        ("SET", "in-use", 1),
        *[("GET", "in-use")] * 150,
    )


async def left_in(server: RedisServer) -> list[str]:
    found: list[str] = (await told(server, ("KEYS", "sutaztui-*")))[0]
    return found


async def test_each_is_proven() -> None:
    assert [str(one) for one in await prove(CATEGORY.checks)] == []


def test_every_old_test_of_the_row_is_covered() -> None:
    covered = {old for check in CATEGORY.checks for old in check.covers} | set(NOT_COVERED)
    assert {f"red-{number:02}" for number in range(1, 15)} <= covered
    assert len(CATEGORY.checks) >= 13


async def test_in_the_report_only_the_session_is_red() -> None:
    found = not_passed(await results("report", "caching"))
    assert set(found) == {"caching.session"}
    assert "expected 200; found 500" in found["caching.session"]


async def test_the_real_stack_is_green_here() -> None:
    assert not_passed(await results("real", "caching")) == {}


async def test_a_real_redis_passes_and_nothing_is_left_in_it(redis: RedisServer) -> None:
    await as_the_stack_has_it(redis)
    found = await outcomes(of(redis), REDIS)
    assert {name: words for name, words in found.items() if not words.startswith("pass")} == {}
    assert len(found) >= 18
    assert await left_in(redis) == []


async def test_a_redis_without_limit_policy_or_disk_is_told_so(redis: RedisServer) -> None:
    found = await outcomes(of(redis), REDIS)
    red = {name: words for name, words in found.items() if words.startswith("fail")}
    assert set(red) == {"policy", "limit", "room", "aof"}
    assert "found noeviction" in red["policy"]
    assert "no limit" in red["limit"]
    assert found["hits"].startswith("skip: too few look-ups")


async def test_a_stopped_redis_is_named_as_refusing(redis: RedisServer) -> None:
    await asyncio.to_thread(redis.stop)
    found = await outcomes(of(redis), REDIS)
    assert all(words.startswith("error: Redis: ") and "refuse" in words for words in found.values()), found


async def test_a_paused_redis_is_named_as_silent(redis: RedisServer) -> None:
    await asyncio.to_thread(redis.pause)
    found = await outcomes(of(redis), REDIS, longest=0.5)
    assert all(words.startswith("error: ") and "within 0.5 s" in words for words in found.values()), found


async def test_a_wrong_password_is_named_and_not_told(locked_redis: RedisServer) -> None:
    found = await outcomes(of(locked_redis, "not the password"), REDIS)
    assert found["login"].startswith("fail: expected our login accepted")
    assert all("is refused; check user and password in the config" in words for words in found.values()), (
        found
    )
    assert all("not the password" not in words for words in found.values())


async def test_the_right_password_is_taken(locked_redis: RedisServer) -> None:
    found = await outcomes(of(locked_redis, locked_redis.password or ""), WRITES)
    assert all(words.startswith("pass") for words in found.values()), found


async def test_a_cancelled_check_leaves_no_key(redis: RedisServer) -> None:
    for check in WRITES:
        await cancelled(of(redis), check)
        assert await left_in(redis) == [], check.id


async def test_what_a_crashed_run_left_is_removed_by_the_next(redis: RedisServer) -> None:
    await told(redis, ("SET", "sutaztui-caching-counter", 41))
    found = await outcomes(of(redis), [check for check in WRITES if check.id == "caching.counter"])
    assert found == {"counter": "pass: counted 1 to 10"}
    assert await left_in(redis) == []
