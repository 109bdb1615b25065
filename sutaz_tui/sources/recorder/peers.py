"""Who is at the other end of a unix socket, as the kernel says, and whether that is somebody to talk to."""

import os
import pwd
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress

from msgspec import Struct

_CREDENTIALS = struct.Struct("3i")
# Linux' own number: the groups of the peer; Python has no name for it.
_PEER_GROUPS = 59
# Python takes no more bytes at once; who is in more groups is looked up by name.
_MOST = 1024


class Peer(Struct, frozen=True):
    """A process at the other end: its number, its user, and all groups it is in."""

    process: int
    user: int
    groups: frozenset[int]

    @property
    def name(self) -> str:
        """Its user's name, the number where this machine has none for it."""
        return user_name(self.user)

    def may(self, users: frozenset[int], group: int | None) -> bool:
        """Whether it is root, one of these users, or in the group."""
        return self.user in {0, *users} or (group is not None and group in self.groups)


def peer_of(connection: socket.socket) -> Peer:
    """Who is at the other end; OSError where the kernel does not say."""
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    process, user, group = _CREDENTIALS.unpack(packed)
    return Peer(process, user, frozenset({group, *_groups(connection, user, group)}))


def _groups(connection: socket.socket, user: int, group: int) -> Iterable[int]:
    try:
        found = connection.getsockopt(socket.SOL_SOCKET, _PEER_GROUPS, _MOST)
        return struct.unpack(f"{len(found) // 4}I", found)
    except OSError:
        with suppress(KeyError, OverflowError):
            return os.getgrouplist(pwd.getpwuid(user).pw_name, group)
    return ()


def user_name(user: int | None = None) -> str:
    """The name of a user by number, of our own for None."""
    number = os.getuid() if user is None else user
    try:
        return pwd.getpwuid(number).pw_name
    except (KeyError, OverflowError):
        return f"uid {number}"
