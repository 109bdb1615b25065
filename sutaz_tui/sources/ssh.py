"""A unix socket of another host, forwarded by the system's ssh: with the user's keys, known hosts and ssh_config.

ssh asks nothing (BatchMode, no terminal, no input), ends by itself when the other side keeps silent, and is ended with
the clients. The socket that it opens here stands in a folder of ours alone.
"""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sutaz_tui.errors import Denied, NotListening, Refused, SourceError, TimedOut, Unreachable
from sutaz_tui.model import Step
from sutaz_tui.sources.evidence import Shell, record
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import time_limit

REMOTE = "/var/run/docker.sock"
LOOK = 0.05
"""Seconds between two looks whether the socket is there."""
_KEPT = 2048


class Tunnel:
    """Forwards the socket of an `ssh://[user@]host[:port][/path]` to `socket`, begun when it is first needed."""

    def __init__(self, url: str, source: str) -> None:
        self.source = source
        parts = urlsplit(url)
        self.host = parts.hostname or ""
        self._folder = Path(tempfile.mkdtemp(prefix="sutaz-tui-ssh-"))
        self.socket = self._folder / "docker.sock"
        remote = unquote(parts.path).rstrip("/") or REMOTE
        self._argv = [
            "ssh", "-N", "-T", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-o", "ClearAllForwardings=no",
            "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=2", "-o", "ControlPath=none",
            "-o", "StreamLocalBindUnlink=yes", "-L", f"{self.socket}:{remote}",
            *(["-p", str(parts.port)] if parts.port else []),
            *(["-l", unquote(parts.username)] if parts.username else []),
        ]  # fmt: skip
        self._process: asyncio.subprocess.Process | None = None
        self._said = b""
        self._reading: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def ready(self, timeout: float) -> None:
        """Return as soon as the socket is there; raises SourceError with what ssh says."""
        process = self._process
        if process is not None and process.returncode is None and self.socket.exists():
            return
        started = time.perf_counter()
        async with self._opening:
            try:
                async with asyncio.timeout(
                    0.9 * timeout
                ):  # before who asks gives up: it is known here who was late
                    await self._open(timeout)
            except TimeoutError:
                await self._end()
                failure: SourceError = TimedOut(
                    self.source, f"ssh to {self.host}: no connection within {time_limit(timeout)}"
                )
                self._tell(started, str(failure))
                raise failure from None
            except SourceError as error:
                self._tell(started, str(error))
                raise

    async def _open(self, timeout: float) -> None:
        if self._process is not None and self._process.returncode is None and self.socket.exists():
            return
        await self._end()
        limit = ["-o", f"ConnectTimeout={max(1, int(timeout))}", "--", self.host]
        # Else it would live on where we are killed: it has no input whose end would end it.
        leash = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        try:
            self._process = await asyncio.create_subprocess_exec(
                *leash, *self._argv, *limit,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            words = (
                "the program ssh is not there; install it"
                if isinstance(error, FileNotFoundError)
                else "ssh cannot be run"
            )
            raise Unreachable(self.source, words) from error
        self._said = b""
        self._reading = asyncio.create_task(self._listen(self._process))
        while not self.socket.exists():
            if self._process.returncode is not None:
                await self._reading
                raise self._meaning()
            await asyncio.sleep(LOOK)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Take what ssh says, so that it never waits for us; its beginning is kept."""
        assert process.stderr is not None
        while part := await process.stderr.read(1024):
            self._said = (self._said + part)[:_KEPT]
        await process.wait()

    def _meaning(self) -> SourceError:
        said = one_line(self._said.decode("utf-8", "replace"), 160)
        words = f"ssh to {self.host}: {said or 'ended without a word'}"
        match said.casefold():
            case text if "permission denied" in text:
                return Denied(self.source, f"{words}; ssh may ask nothing here: load a key (ssh-add)")
            case text if (
                "host key verification failed" in text or "remote host identification has changed" in text
            ):
                return Refused(self.source, f"{words}; connect once by hand and compare its key")
            case text if "could not resolve" in text:
                return Unreachable(self.source, words)
            case text if "connection refused" in text:
                return NotListening(self.source, words)
            case text if "timed out" in text:
                return TimedOut(self.source, words)
        return Refused(self.source, words)

    def _tell(self, started: float, answer: str) -> None:
        line = " ".join(map(Shell().word, [*self._argv, "--", self.host]))
        record(Step(self.source, f"ssh to {self.host}", answer, time.perf_counter() - started, line))

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            # What it started itself (ProxyCommand) ends with it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 1.0)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait({reading})
        self.socket.unlink(missing_ok=True)

    async def aclose(self) -> None:
        """End ssh and remove its socket."""
        await self._end()
        shutil.rmtree(self._folder, ignore_errors=True)
