"""The keyspace of a real Redis: keys by database, and the share of them that expires."""

import pytest
from redis.asyncio import Redis as Client

from sutaz_tui.errors import Denied
from sutaz_tui.text.table import text_of
from sutaz_tui.views.redis_keyspace import EMPTY, REDIS_KEYSPACE
from tests.servers.redis import Redis as Server
from tests.views.redis_rows import rows


async def test_keys_by_database_and_how_many_expire(redis: Server) -> None:
    assert (await rows(REDIS_KEYSPACE, f"127.0.0.1:{redis.port}")).about == EMPTY
    async with Client(port=redis.port) as first, Client(port=redis.port, db=3) as third:
        for number in range(8):
            await third.set(f"session {number}", "x", ex=600 if number < 6 else None)
        await first.set("only", "y")
        found = await rows(REDIS_KEYSPACE, f"127.0.0.1:{redis.port}")
        await third.flushdb()
        await first.flushdb()
    assert [(row.values["db"], row.values["keys"], row.values["expires"]) for row in found.rows] == [
        (3, 8, 6),
        (0, 1, 0),
    ]
    assert found.rows[0].values["share"] == 75.0 and "ttl" not in found.rows[1].values
    assert "evicted since its start" in found.about
    assert "75.00 %" in "".join(text_of(REDIS_KEYSPACE.columns, found.rows))


async def test_a_user_who_may_not_ask_is_told_what_grants_it(redis: Server) -> None:
    async with Client(port=redis.port) as admin:
        await admin.acl_setuser("blind", enabled=True, passwords="+secret", commands=["+ping"])
        try:
            with pytest.raises(Denied, match=r"ACL SETUSER blind \+info"):
                await rows(REDIS_KEYSPACE, f"127.0.0.1:{redis.port}", user="blind", password="secret")
        finally:
            await admin.acl_deluser("blind")
