"""A systemd as `systemctl show` tells of it: whoever connects and asks is told the properties of the one unit."""

import asyncio
from collections.abc import Callable
from typing import cast

from sutaz_tui.simulator.world import World

PROPERTIES = {
    "LoadState": "loaded", "ActiveState": "active", "SubState": "running", "Result": "success", "Type": "notify",
    "NRestarts": "0", "ExecMainStatus": "0", "ExecMainCode": "0", "MemoryCurrent": "52428800", "UnitFileState": "enabled",
}  # fmt: skip


class _Connection(asyncio.Protocol):
    def __init__(self, world: World) -> None:
        self._world = world

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        told = PROPERTIES | dict(one.split(":", 1) for one in self._world.traits.systemd_properties)
        self._transport.write("".join(f"{name}={value}\n" for name, value in told.items()).encode())
        self._transport.close()


def protocol(world: World) -> Callable[[], asyncio.Protocol]:
    """The systemd of this world; each call of the result is one connection to it."""
    return lambda: _Connection(world)
