"""Any Memcached."""

import secrets
from collections.abc import Mapping

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.model import CheckClass

KIND = Kind("memcached")
FULL = 80
LIFE = 60


async def _stats(ask: Ask, id: str) -> Mapping[str, str]:
    return (await ask.memcached(id).stats(ask.timeout))[0]


def _count(stats: Mapping[str, str], name: str) -> int:
    told = stats.get(name, "")
    if not told.isdecimal():
        raise Wrong(f"{name} as a number", repr(told))
    return reading.whole(int(told), name)


@KIND.check("answers", "it answers with its version", trait(memcached_figures=["version:"]), is_identity=True)
async def answers(ask: Ask, id: str) -> str:
    return f"Memcached {reading.version((await _stats(ask, id)).get('version'))}"


@KIND.check(
    "connections",
    f"it takes connections, less than {FULL} % of them are open",
    trait(memcached_figures=["curr_connections:980"]),
    trait(memcached_figures=["accepting_conns:0"]),
)
async def connections(ask: Ask, id: str) -> str:
    stats = await _stats(ask, id)
    ask.expect(
        stats.get("accepting_conns", "1") == "1", "it accepts", "it takes no more; raise its limit (-c)"
    )
    taken, most = _count(stats, "curr_connections"), _count(stats, "max_connections")
    ask.expect(taken * 100 < FULL * most, f"less than {FULL} %", f"{taken} of {most} are open")
    return f"{taken} of {most}"


@KIND.check(
    "round-trip",
    "a value is read back",
    trait(memcached_keeps_values=False),
    check_class=CheckClass.WRITES,
    sends="one key of a few bytes, deleted again",
)
async def round_trip(ask: Ask, id: str) -> str:
    key, value = "sutaztui-round-trip", secrets.token_hex(8)
    cache = ask.memcached(id)
    ask.afterwards(f"Memcached's key {key}", lambda: cache.say(f"delete {key}", ask.timeout))
    stored = await cache.say(f"set {key} 0 {LIFE} {len(value)}\r\n{value}", ask.timeout)
    ask.expect(stored == "STORED", "STORED", stored)
    found = await cache.say(f"get {key}", ask.timeout, until="END")
    ask.expect(value in found.split(), f"{value} as it was set", found)
    return "set and read back"
