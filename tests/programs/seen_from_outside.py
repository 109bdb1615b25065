"""The program with every connection, look-up and start of a program that it tries written to the file named first."""

import os
import sys

WATCHED = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen", "os.exec",
           "os.posix_spawn", "os.system", "os.fork")  # fmt: skip
told = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def see(event: str, arguments: tuple[object, ...]) -> None:
    if event in WATCHED:
        os.write(told, f"{event} {arguments!r}\n".encode())


sys.addaudithook(see)

from sutaz_tui.__main__ import main  # noqa: E402

sys.exit(main())
