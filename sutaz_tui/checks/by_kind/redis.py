"""Any Redis."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import fault, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.caching.round_trips import SENDS, kept
from sutaz_tui.checks.caching.server import CLIENTS_FULL, MEMORY_FULL, clients, disk, info, limit, room
from sutaz_tui.checks.databases.redis import SLOWEST, answers
from sutaz_tui.model import CheckClass

KIND = Kind("redis")
NEARLY_FULL = 0.8

KIND.add(
    "answers", f"it answers PING within {SLOWEST:g} s", answers, fault(redis="slow=1.6"), is_identity=True
)
KIND.add("persistence", "its last saves to disk succeeded", disk,
         trait(redis_info=["aof_last_write_status:err"]), trait(redis_info=["rdb_last_bgsave_status:err"]))  # fmt: skip
KIND.add("limit", "it has a memory limit", limit, trait(redis_info=["maxmemory:0"]))
KIND.add(
    "room",
    f"it uses less than {MEMORY_FULL:.0%} of its memory",
    room,
    trait(redis_memory_share=0.99),
    follows="limit",
)
KIND.add("clients", f"fewer than {CLIENTS_FULL:.0%} of its connections are taken", clients,
         trait(redis_info=["connected_clients:9900"]))  # fmt: skip
KIND.add("round-trip", "a value is read back", kept, trait(redis_keeps_values=False),
         check_class=CheckClass.WRITES, sends=SENDS)  # fmt: skip


@KIND.check(
    "policy",
    "it evicts when its memory is full, or is not nearly full",
    trait(redis_info=["maxmemory_policy:noeviction"], redis_memory_share=0.9),
)
async def policy(ask: Ask, id: str) -> str:
    found = await info(ask, "maxmemory_policy", "used_memory", "maxmemory", id=id)
    used, most, word = int(found["used_memory"]), int(found["maxmemory"]), found["maxmemory_policy"]
    is_near = most > 0 and used >= NEARLY_FULL * most
    ask.expect(
        not (is_near and word == "noeviction"),
        f"a policy that evicts, or less than {NEARLY_FULL:.0%} in use",
        f"noeviction, {used / max(1, most):.0%} in use: at 100% writes are refused",
    )
    return word
