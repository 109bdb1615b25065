"""A program run without a shell: its exit code and the beginning of its output, ended with its children at the deadline."""

import asyncio
import errno
import os
import shlex
import signal
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sutaz_tui.errors import SourceError, TimedOut, Unreachable
from sutaz_tui.model import Step
from sutaz_tui.sources.evidence import Shell, record
from sutaz_tui.text.sanitise import Secrets, head

KEEP_LIMIT = 4096
READ_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its code (negative: the signal that ended it), its output's first 4 KiB and a secret's
    length more, by which a secret is known that begins in them, seconds."""

    code: int
    output: bytes
    elapsed: float


class Program:
    """One program and its arguments, run in a process group of its own with nothing to read.

    Of our own environment it gets what `inherits` names, all of it for None.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        source: str,
        secrets: Secrets,
        shell: Shell,
        inherits: Collection[str] | None = None,
    ) -> None:
        self.source = source
        self._argv = tuple(argv)
        self._env = dict(env)
        self._secrets = secrets
        self._shell = shell
        self._inherits = inherits

    async def run(self, timeout: float) -> Ended:
        """Run it once; raises Unreachable when it can't be started, TimedOut when it was ended."""
        started = time.perf_counter()
        failure: SourceError
        try:
            ended = await self._run(timeout, started)
        except TimeoutError as error:
            failure = TimedOut(self.source, f"{self._name()} did not end within {timeout:g} s and was killed")
            failure.__cause__ = error
        except SourceError as error:
            failure = error
        except (OSError, ValueError) as error:
            failure = Unreachable(self.source, self._why(error))
            failure.__cause__ = error
        else:
            self._record(f"exit {ended.code}\n{head(ended.output, KEEP_LIMIT)}", ended.elapsed)
            return ended
        self._record(str(failure), time.perf_counter() - started)
        try:
            raise failure
        finally:
            del failure  # see failures.py

    async def _run(self, timeout: float, started: float) -> Ended:
        process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._inherited() | self._env,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(timeout):
                assert process.stdout is not None
                output = await self._read(process.stdout)
                code = await process.wait()
        finally:
            # Also after a good end: what it left running would hold our pipe, and nobody else would end it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            if process.returncode is None:
                await asyncio.shield(_reaped(process))
        return Ended(code, output, time.perf_counter() - started)

    def _inherited(self) -> dict[str, str]:
        wanted = self._inherits
        return {name: value for name, value in os.environ.items() if wanted is None or name in wanted}

    async def _read(self, stream: asyncio.StreamReader) -> bytes:
        """What is kept of its output; what follows is read and thrown away, that the program may end, up to 1 MiB."""
        kept = bytearray()
        most = KEEP_LIMIT + 4 * self._secrets.longest
        total = 0
        while part := await stream.read(65_536):
            total += len(part)
            kept += part[: most - len(kept)]
            if total > READ_LIMIT:
                raise Unreachable(
                    self.source, f"{self._name()} wrote more than 1 MiB and was killed; is it the right one?"
                )
        return bytes(kept)

    def _name(self) -> str:
        return self._secrets.mask(shlex.quote(self._argv[0]))

    def _why(self, error: OSError | ValueError) -> str:
        match error:
            case FileNotFoundError() if Path(self._argv[0]).is_file():
                return f"what the first line (#!) of {self._name()} names is not there; install or correct it"
            case FileNotFoundError():
                return f"the program {self._name()} is not there; install it or correct `argv` in the config"
            case PermissionError():
                return f"the program {self._name()} may not be run; check its permissions"
            case OSError(errno=errno.ENOEXEC):
                return f"{self._name()} is no program of this machine; a script needs #! and its interpreter on its first line"
            case OSError(strerror=str(words)):
                return f"the program {self._name()} could not be started: {words.lower()}"
        return f"the program {self._name()} could not be started; look for a NUL character in `argv`"

    def _record(self, answer: str, elapsed: float) -> None:
        words = [*(f"{name}={self._shell.word(value)}" for name, value in self._env.items())]
        line = self._secrets.mask(" ".join([*words, *map(self._shell.word, self._argv)]))
        record(Step(self.source, line, self._secrets.mask(answer), elapsed, line))


async def _reaped(process: asyncio.subprocess.Process) -> None:
    """Wait for a killed program; asyncio tells of its end only once its pipe was read to the end."""
    if process.stdout is not None:
        while await process.stdout.read(65_536):
            pass
    await process.wait()
