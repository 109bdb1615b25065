"""Memcached by its text protocol: one connection a question, for it counts those that stay."""

import asyncio
import time
from collections.abc import Mapping

from sutaz_tui.errors import BadAnswer, Refused
from sutaz_tui.model import Timing
from sutaz_tui.sources.evidence import Shell
from sutaz_tui.sources.question import Question
from sutaz_tui.sources.tcp import split_address, stranger
from sutaz_tui.text.sanitise import Secrets, one_line

LIMIT = 64 * 1024


class Memcached:
    """One Memcached; `source` names it in errors."""

    def __init__(self, address: str, source: str, secrets: Secrets, shell: Shell) -> None:
        self.source = source
        self.address = address
        self._host, self._port = split_address(address)
        self._secrets = secrets
        self._shell = shell

    async def stats(self, timeout: float) -> tuple[Mapping[str, str], Timing]:
        """What `stats` tells, as it is written; raises SourceError."""
        heard, timing = await self._ask("stats", timeout, b"STAT ", b"END\r\n")
        if not heard.startswith(b"STAT ") or not heard.endswith(b"END\r\n"):
            raise stranger(self.source, self.address, "Memcached", heard, is_tls=False)
        rows = (line.split(" ", 2) for line in heard.decode("utf-8", "replace").splitlines())
        return {row[1]: row[2] for row in rows if len(row) == 3}, timing

    async def say(self, command: str, timeout: float, until: str = "") -> str:
        """What another command is answered, up to a line that ends in `until`; raises SourceError."""
        heard, _ = await self._ask(command, timeout, b"", f"{until}\r\n".encode())
        return heard.decode("utf-8", "replace").rstrip("\r\n")

    async def _ask(self, command: str, timeout: float, begin: bytes, end: bytes) -> tuple[bytes, Timing]:
        """What comes up to `end`, or until it does not begin as it should."""
        typed = self._shell.word(f"{command}\r\nquit\r\n".replace("\r\n", "\\r\\n"))
        line = f"printf {typed} | nc -w 5 {self._shell.word(self._host)} {self._port}"
        shown = command.partition("\r\n")[0]
        question = Question(self.source, self.address, self._secrets, shown, line)
        question.late = "no connection"
        async with question.within(timeout):
            reader, writer = await asyncio.open_connection(self._host, self._port, limit=LIMIT)
            question.connected = time.perf_counter()
            question.late = "connected, but no answer"
            try:
                writer.write(f"{command}\r\n".encode())
                heard = b""
                while not heard.endswith(end) and len(heard) < LIMIT:
                    part = await reader.read(LIMIT)
                    if not part:
                        break
                    heard += part
                    if not heard.startswith(begin[: len(heard)]):
                        break
                writer.write(b"quit\r\n")
            finally:
                writer.close()
            question.answer = heard.decode("utf-8", "replace")
            if heard.startswith((b"CLIENT_ERROR", b"ERROR")):
                if b"Too many open connections" in heard:
                    raise Refused(self.source, "takes no more connections; raise its limit (-c)")
                said = one_line(heard.decode("utf-8", "replace"), 80)
                raise BadAnswer(self.source, f"refuses {shown}: {said}; does it want a login (SASL)?")
            return heard, question.timing()
