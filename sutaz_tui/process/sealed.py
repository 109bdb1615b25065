"""A process that from here on reaches nobody and starts nothing, whatever its code tries."""

import errno
import sys

SEALED = "a bundle is open: nothing is asked or run"

_REFUSED = frozenset(
    {
        "socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
        "socket.gethostbyaddr", "socket.getnameinfo", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn",
        "os.system", "os.fork", "os.forkpty", "pty.spawn",
    }
)  # fmt: skip


def seal() -> None:
    """Refuse every connection, look-up of a name and start of a program until this process ends, with a PermissionError."""
    # The interpreter asks such a hook before it does any of these, whichever library wanted it, and nobody can remove it.
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError(errno.EPERM, SEALED)
