"""A Memcached: its text protocol, as far as a monitor speaks it."""

import asyncio
from collections.abc import Callable
from typing import cast

from sutaz_tui.simulator.world import World

VERSION = "1.6.18"


def protocol(world: World) -> Callable[[], asyncio.Protocol]:
    """The Memcached of this world; each call of the result is one connection to it."""
    kept: dict[str, str] = {}
    return lambda: _Connection(world, kept)


class _Connection(asyncio.Protocol):
    def __init__(self, world: World, kept: dict[str, str]) -> None:
        self._world = world
        self._kept = kept
        self._heard = b""
        self._key = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while b"\r\n" in self._heard:
            line, _, self._heard = self._heard.partition(b"\r\n")
            self._world.counts.request("memcached", "COMMAND", "")
            answer = self._answer(line.decode("utf-8", "replace"))
            if answer is None:
                self._transport.close()
                return
            self._transport.write(f"{answer}\r\n".encode() if answer else b"")

    def _answer(self, line: str) -> str | None:
        """What a line is answered; "" where more is to come, None for the end."""
        if key := self._key:
            self._key = ""
            if self._world.traits.memcached_keeps_values:
                self._kept[key] = line
            return "STORED"
        match line.split():
            case ["stats"]:
                return "\r\n".join(
                    [*(f"STAT {name} {value}" for name, value in self._stats().items()), "END"]
                )
            case ["set", key, _, _, size] if size.isdecimal():
                self._key = key
                return ""
            case ["get", key]:
                value = self._kept.get(key)
                return "END" if value is None else f"VALUE {key} 0 {len(value)}\r\n{value}\r\nEND"
            case ["delete", key]:
                return "NOT_FOUND" if self._kept.pop(key, None) is None else "DELETED"
            case ["quit"]:
                return None
        return "ERROR"

    def _stats(self) -> dict[str, str]:
        figures = {
            "pid": "1",
            "uptime": str(int(self._world.elapsed()) + 1),
            "version": VERSION,
            "max_connections": "1024",
            "curr_connections": "12",
            "curr_items": str(len(self._kept)),
            "bytes": "4096",
            "limit_maxbytes": "67108864",
            "get_hits": "900",
            "get_misses": "100",
            "evictions": "0",
            "accepting_conns": "1",
        }
        return figures | dict(one.split(":", 1) for one in self._world.traits.memcached_figures)
