"""The clients of a real Redis: who, since when, how much memory, what they do; one that does not read; too many."""

import asyncio

import pytest
from redis.asyncio import Redis as Client

from sutaz_tui.errors import Denied
from sutaz_tui.views.redis_clients import FULL, LISTED, REDIS_CLIENTS, _row
from tests.loopback import speaking
from tests.servers.redis import Redis as Server
from tests.servers.waiting import patient
from tests.views.redis_rows import rows


async def test_who_is_connected_is_told_with_what_it_does(redis: Server) -> None:
    async with Client(port=redis.port, client_name="opensesame") as waits, Client(port=redis.port) as admin:
        task = asyncio.ensure_future(waits.blpop(["nothing"], 0))
        async with asyncio.timeout(patient(20)):
            while True:
                if "flags=b" in str(await admin.execute_command("CLIENT", "LIST", NEVER_DECODE=True)):  # type: ignore[no-untyped-call]
                    break
                await asyncio.sleep(0.02)
        found = await rows(REDIS_CLIENTS, f"127.0.0.1:{redis.port}")
        task.cancel()
    (blocked,) = (row.values for row in found.rows if row.values.get("state") == "blocked")
    assert blocked["command"] == "blpop" and blocked["name"] == "***" and blocked["user"] == "default"
    assert str(blocked["address"]).startswith("127.0.0.1:") and blocked["db"] == 0 and blocked["output"] == 0
    assert found.total == len(found.rows) == 3 and found.about == "3 of 10,000 clients"
    memory = [int(str(row.values["memory"])) for row in found.rows]
    assert memory == sorted(memory, reverse=True) and memory[-1] > 0


async def test_a_user_who_may_not_ask_is_told_what_grants_it(redis: Server) -> None:
    async with Client(port=redis.port) as admin:
        await admin.acl_setuser("mon", enabled=True, passwords="+secret", commands=["+ping", "+info"])
    with pytest.raises(Denied, match=r"grant it: ACL SETUSER mon \+client\|list"):
        await rows(REDIS_CLIENTS, f"127.0.0.1:{redis.port}", user="mon", password="secret")


def test_who_does_not_read_its_answers_is_marked() -> None:
    def glyph(size: int) -> str:
        return _row({"id": "1", "omem": str(size)}, str).glyph

    assert (glyph(FULL - 1), glyph(FULL)) == ("", "!")


async def test_too_many_to_list_are_counted_and_not_asked_for() -> None:
    told = f"# Clients\r\nconnected_clients:{LISTED + 1}\r\nmaxclients:10000\r\n"
    async with speaking(f"${len(told)}\r\n{told}\r\n".encode()) as port:
        found = await rows(REDIS_CLIENTS, port.address)
    assert (found.rows, found.total, found.about) == ((), LISTED + 1, "2,001 of 10,000 clients")
    assert found.missing.startswith("more than 2,000 are not listed")
