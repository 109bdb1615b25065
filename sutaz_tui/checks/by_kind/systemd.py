"""Any unit of systemd."""

from typing import cast

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.config.kinds import Systemd
from sutaz_tui.probes.systemd import asking, told

KIND = Kind("systemd")
ACTIVE = ("active", "reloading")
NOT_AT_BOOT = ("disabled", "masked", "enabled-runtime", "linked-runtime", "masked-runtime", "bad")
MOST_RESTARTS = 3


async def _told(ask: Ask, id: str) -> dict[str, str]:
    service = cast(Systemd, ask.service(id))
    return told(await ask.program(asking(service), {}, service.title), service.title, service.unit)


@KIND.check(
    "active",
    "it is active, or a oneshot that ended well",
    trait(systemd_properties=["ActiveState:failed", "SubState:failed", "Result:exit-code"]),
    trait(systemd_properties=["LoadState:not-found", "ActiveState:inactive", "SubState:dead"]),
    trait(systemd_properties=["ActiveState:inactive", "SubState:dead", "Type:oneshot", "Result:exit-code"]),
    is_identity=True,
)
async def active(ask: Ask, id: str) -> str:
    found = await _told(ask, id)
    state = f"{found['ActiveState']} ({found.get('SubState', '?')})"
    has_ended = (found["ActiveState"], found.get("Type"), found.get("Result")) == (
        "inactive",
        "oneshot",
        "success",
    )
    is_there = found.get("LoadState") == "loaded"
    ask.expect(
        is_there, "a unit that is loaded", f"{found.get('LoadState')}; is its name in the config right?"
    )
    ask.expect(
        found["ActiveState"] in ACTIVE or has_ended, "active", f"{state}, {found.get('Result') or '?'}"
    )
    return state


@KIND.check(
    "boot", "it starts at boot", trait(systemd_properties=["UnitFileState:disabled"]), follows="active"
)
async def boot(ask: Ask, id: str) -> str:
    found = await _told(ask, id)
    if by := found.get("TriggeredBy"):
        raise NotRun(f"it is started by {by}")
    state = found.get("UnitFileState") or "generated"
    ask.expect(
        state not in NOT_AT_BOOT, "enabled", f"{state}: it is gone after the next reboot; systemctl enable it"
    )
    return state


@KIND.check(
    "restarts",
    f"systemd restarted it fewer than {MOST_RESTARTS} times since it was started",
    trait(systemd_properties=["NRestarts:7"]),
    follows="active",
)
async def restarts(ask: Ask, id: str) -> str:
    count = (await _told(ask, id)).get("NRestarts", "")
    if not count.isdecimal():
        raise NotRun("of such a unit systemd counts no restarts")
    times = reading.whole(int(count), "NRestarts")
    unit = cast(Systemd, ask.service(id)).unit
    ask.expect(
        times < MOST_RESTARTS, f"fewer than {MOST_RESTARTS}", f"{times}: journalctl -u {unit} says why"
    )
    return f"{times}"
