"""One echo request by the kernel's ping socket, which needs no right but the group that net.ipv4.ping_group_range names."""

import asyncio
import errno
import socket
import struct
import time
from typing import Any

from sutaz_tui.errors import NoHost, Unreachable
from sutaz_tui.sources.evidence import Shell
from sutaz_tui.sources.question import Question
from sutaz_tui.text.sanitise import Secrets

_CLOSED = "this user may not ping; as root: sysctl -w net.ipv4.ping_group_range='0 2147483647' (and in /etc/sysctl.d to keep it)"


class Pinger:
    """Asks one host for an echo; `source` names it in errors."""

    def __init__(self, host: str, source: str, secrets: Secrets, shell: Shell) -> None:
        self.source = source
        self.host = host
        self._secrets = secrets
        self._line = f"ping -c 1 -W 5 {shell.word(host)}"
        self._number = 0

    async def echo(self, timeout: float) -> float:
        """Seconds until the echo came; raises SourceError."""
        question = Question(self.source, self.host, self._secrets, f"echo request to {self.host}", self._line)
        question.late = "no echo"
        async with question.within(timeout):
            loop = asyncio.get_running_loop()
            family, *_, address = (
                await loop.getaddrinfo(self.host.strip("[]"), None, type=socket.SOCK_DGRAM)
            )[0]
            started = time.perf_counter()
            self._number = (self._number + 1) % (1 << 16)
            with _ping_socket(self.source, family) as ping:
                await self._exchange(loop, ping, address, family)
            question.answer = "echo"
            return time.perf_counter() - started

    async def _exchange(
        self, loop: asyncio.AbstractEventLoop, ping: socket.socket, address: tuple[Any, ...], family: int
    ) -> None:
        is_six = family == socket.AF_INET6
        kind, answer = (128, 129) if is_six else (8, 0)
        sent = struct.pack("!BBHHH", kind, 0, 0, 0, self._number) + b"sutaz-tui"
        # The kernel fills in id and, of IPv6, the checksum; of IPv4 it does where the socket is its own.
        try:
            await loop.sock_sendto(ping, sent, address)
            while True:
                heard = await loop.sock_recv(ping, 1024)
                if (
                    len(heard) >= 8
                    and heard[0] == answer
                    and struct.unpack("!H", heard[6:8])[0] == self._number
                ):
                    return
        except OSError as error:
            if error.errno in (errno.EHOSTUNREACH, errno.EHOSTDOWN):
                raise NoHost(
                    self.source, f"{self.host} cannot be reached: no such host, or a firewall rejects it"
                ) from error
            raise


def _ping_socket(source: str, family: int) -> socket.socket:
    protocol = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    try:
        made = socket.socket(family, socket.SOCK_DGRAM, protocol)
    except PermissionError as error:
        raise Unreachable(source, _CLOSED) from error
    made.setblocking(False)
    return made
