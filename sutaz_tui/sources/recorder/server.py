"""The door of a recorder: who may come in does, each with a line; what is sent in that is none of ours ends its line alone."""

import asyncio
import socket
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from pathlib import Path

from sutaz_tui.clock import SystemClock
from sutaz_tui.sources.recorder.line import RecordersLine, recorders_line
from sutaz_tui.sources.recorder.messages import Garbled, Hello
from sutaz_tui.sources.recorder.peers import Peer

MOST = 64
"""Lines at once."""
MOST_OF_ONE = 16
"""Lines at once of one user."""
TOLD_MOST = 5
TOLD_WITHIN = 60.0


class Server:
    """Answers at a listening socket; `attend` keeps a line until it ends, `may` says who is let in, `tell` hears of those
    who were not and of what was dropped: five a minute, for each is a line of a log."""

    def __init__(
        self,
        listening: socket.socket,
        path: Path,
        hello: Hello,
        may: Callable[[Peer], bool],
        attend: Callable[[RecordersLine], Awaitable[None]],
        tell: Callable[[str], object],
    ) -> None:
        self._listening = listening
        self._path = path
        self._inode = path.stat().st_ino
        self._hello = hello
        self._may = may
        self._attend = attend
        self._tell = tell
        self._lines: set[asyncio.Task[None]] = set()
        self._of: Counter[int] = Counter()
        self._told: deque[float] = deque(maxlen=TOLD_MOST)
        self._clock = SystemClock()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to answer."""
        self._server = await asyncio.start_unix_server(self._come, sock=self._listening)

    async def stop(self) -> None:
        """Hang up on all, and take the socket away."""
        if self._server is not None:
            self._server.close()
        for task in self._lines:
            task.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        # It may have been replaced meanwhile by another recorder's.
        if self._path.is_socket() and self._path.stat().st_ino == self._inode:
            self._path.unlink()

    def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="a board at the socket")
        self._lines.add(task)
        task.add_done_callback(self._lines.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = None
        try:
            line = recorders_line(reader, writer)
            if not self._may(line.peer):
                self._say(f"{line.peer.name} may not attach: neither root, nor our user, nor in record.group")
                return
            if self._of.total() >= MOST or self._of[line.peer.user] >= MOST_OF_ONE:
                self._say(f"{line.peer.name} was not let in: {self._of.total()} boards are attached")
                return
            self._of[line.peer.user] += 1
            try:
                # A board of another config sees by the answer that it is one, and goes.
                if (await line.greet(self._hello)).config == self._hello.config:
                    await self._attend(line)
            finally:
                self._of[line.peer.user] -= 1
        except Garbled as error:
            assert line is not None
            # Who comes and says nothing only looked whether somebody is there.
            if str(error) != "nothing":
                self._say(f"{line.peer.name} (process {line.peer.process}) sent {error}: dropped")
        except TimeoutError:
            self._say("a board that takes nothing was dropped")
        except OSError:
            pass  # it has gone
        finally:
            writer.transport.abort()

    def _say(self, words: str) -> None:
        now = self._clock.monotonic()
        if len(self._told) < TOLD_MOST or now - self._told[0] >= TOLD_WITHIN:
            self._told.append(now)
            self._tell(f"at the socket: {words}")
