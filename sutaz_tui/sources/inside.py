"""Names of containers that are dialled inside Docker: the event loop asks here for their addresses before any name server.

A container gets a new address when it is made anew, so that none is remembered for longer than a moment.
"""

import time
from collections.abc import Awaitable, Callable, Mapping

GOOD_FOR = 2.0
"""Seconds that an address is used without asking for it again."""

Find = Callable[[int, float], Awaitable[str]]
"""The address of one container for one of its ports, within seconds; SourceError where this host has no way to it."""

_finders: dict[str, Find] = {}
_found: dict[tuple[str, int], tuple[float, str]] = {}


def learn(finders: Mapping[str, Find]) -> None:
    """Take these names for containers, by their hosts in lower case."""
    _finders.update(finders)


def forget(finders: Mapping[str, Find]) -> None:
    """Take them for containers no longer, unless somebody else does."""
    for host, find in finders.items():
        if _finders.get(host) is find:
            del _finders[host]
            for known in [known for known in _found if known[0] == host]:
                del _found[known]


def is_inside(host: str) -> bool:
    """Whether a name is that of a container."""
    return host.lower() in _finders


async def address_of(host: str, port: int, timeout: float) -> str:
    """The address of a container, asked for within so many seconds; raises SourceError."""
    key = host.lower(), port
    at, address = _found.get(key, (0.0, ""))
    if not address or time.monotonic() - at > GOOD_FOR:
        _found.pop(key, None)
        address = await _finders[key[0]](port, timeout)
        _found[key] = time.monotonic(), address
    return address


def dialled(line: str) -> str:
    """A shell line in which the names of containers are the addresses that they were dialled at last."""
    for (host, _), (_, address) in _found.items():
        line = line.replace(host, address)
    return line
