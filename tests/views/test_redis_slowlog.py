"""The slow log of a real Redis: what was slow, masked and on one line, and a user who may not ask for it."""

import pytest
from redis.asyncio import Redis as Client

from sutaz_tui.errors import BadAnswer, Denied
from sutaz_tui.text.table import text_of
from sutaz_tui.views.redis_slowlog import REDIS_SLOWLOG
from tests.loopback import speaking
from tests.servers.redis import Redis as Server
from tests.views.redis_rows import rows


async def test_what_was_slow_is_told_the_newest_first(redis: Server) -> None:
    async with Client(port=redis.port, client_name="shop") as shop:
        assert (await rows(REDIS_SLOWLOG, f"127.0.0.1:{redis.port}")).about.startswith(
            "nothing was slow since its start"
        )
        await shop.config_set("slowlog-log-slower-than", 0)
        await shop.set("key", "opensesame\n\x1b[31mred \xff")
        await shop.get("key")
        await shop.config_set("slowlog-log-slower-than", -1)
        found = await rows(REDIS_SLOWLOG, f"127.0.0.1:{redis.port}")
    commands = [str(row.values["command"]) for row in found.rows]
    assert [command.split(" ")[0] for command in commands] == ["GET", "SET", "CONFIG"]
    assert commands[1].startswith("SET key ***") and "opensesame" not in repr(found)
    assert "\x1b" not in "".join(text_of(REDIS_SLOWLOG.columns, found.rows))
    values = found.rows[0].values
    assert values["name"] == "shop" and str(values["client"]).startswith("127.0.0.1:")
    assert isinstance(values["took"], float) and values["took"] >= 0 and isinstance(values["age"], float)
    assert found.total == len(found.rows) and found.order == "newest first"


async def test_of_many_the_newest_are_listed_and_all_are_counted(redis: Server) -> None:
    async with Client(port=redis.port) as shop:
        await shop.config_set("slowlog-max-len", 500)
        await shop.config_set("slowlog-log-slower-than", 0)
        for number in range(200):
            await shop.get(f"key {number}")
        await shop.config_set("slowlog-log-slower-than", -1)
    found = await rows(REDIS_SLOWLOG, f"127.0.0.1:{redis.port}")
    assert len(found.rows) == 128 and found.total >= 200 and "key 199" in str(found.rows[0].values["command"])


async def test_a_user_who_may_not_ask_is_told_what_grants_it(redis: Server) -> None:
    async with Client(port=redis.port) as admin:
        await admin.acl_setuser("mon", enabled=True, passwords="+secret", commands=["+ping", "+info"])
    with pytest.raises(Denied, match=r"grant it: ACL SETUSER mon \+slowlog\|get"):
        await rows(REDIS_SLOWLOG, f"127.0.0.1:{redis.port}", user="mon", password="secret")


async def test_a_slow_log_of_another_shape_is_told() -> None:
    async with speaking(b"*1\r\n:3\r\n" * 2) as port:
        with pytest.raises(BadAnswer):
            await rows(REDIS_SLOWLOG, port.address)
