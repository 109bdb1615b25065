"""Connections that are kept between questions: whose end is told, and when they are opened anew."""

import pytest
from redis.asyncio import Redis as Client

from sutaz_tui.model import Status
from sutaz_tui.sources import kept
from sutaz_tui.sources.kept import Keeping
from tests.loopback import probing, reading
from tests.probes.test_redis import of
from tests.servers.redis import Redis


def test_a_server_that_ends_every_connection_after_one_answer_is_not_asked_twice_as_often_for_that() -> None:
    told: list[int] = []
    keeping = Keeping(lambda: told.append(1))
    for _ in range(5):
        keeping.opened()
        keeping.answered()
        keeping.ended()
    assert len(told) == 1
    keeping.opened()
    keeping.answered()
    keeping.answered()
    keeping.ended()
    assert len(told) == 2, "one that lived for longer ended for a reason"


def test_a_login_that_is_refused_is_no_news() -> None:
    told: list[int] = []
    keeping = Keeping(lambda: told.append(1))
    keeping.opened()
    keeping.ended()
    assert not told


async def test_a_password_that_was_changed_is_seen_although_we_are_logged_in(
    locked_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert locked_redis.password
    async with (
        Client(port=locked_redis.port, password=locked_redis.password) as client,
        probing(of(locked_redis, locked_redis.password)) as probe,
    ):
        assert (await reading(probe)).status is Status.UP
        await client.config_set("requirepass", "another")
        try:
            assert (await reading(probe)).status is Status.UP, "Redis keeps who is logged in"
            monkeypatch.setattr(kept, "RENEWED_AFTER", 0.0)
            found = await reading(probe)
        finally:
            await client.config_set("requirepass", locked_redis.password)
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
