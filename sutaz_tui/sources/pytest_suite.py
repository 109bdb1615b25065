"""A pytest suite run by its own interpreter: what a small plugin of ours tells meanwhile, and how pytest ends."""

import asyncio
import json
import os
import shlex
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from sutaz_tui.errors import BadAnswer, Unreachable
from sutaz_tui.text.sanitise import Secrets

PLUGIN = Path(__file__).parent / "pytest_plugin"
"""A folder with the plugin alone: all that a suite sees of us."""
LINE_LIMIT = 1 << 20
KEPT = 64 * 1024
"""Bytes of pytest's own output that are kept: the last ones, which say why it ends."""
ENDS_WITHIN = 2.0
LINGERS = 0.3
"""Seconds for which what pytest told last is still read after its end."""

Event = dict[str, Any]


class Suite:
    """One suite: where it stands and how it is run. `source` names it in what is told of failures."""

    def __init__(
        self,
        source: str,
        python: str,
        path: Sequence[str],
        args: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        secrets: Secrets,
    ) -> None:
        self.source = source
        self.cwd = cwd
        self._python = python
        self._path = tuple(path)
        self._args = tuple(args)
        self._env = dict(env)
        self._secrets = secrets

    def command(self, ids: Sequence[str] = ()) -> str:
        """The line that runs these tests by hand."""
        words = [*(f"{name}={shlex.quote(value)}" for name, value in self._env.items())]
        words += [
            shlex.quote(word) for word in (self._python, "-m", "pytest", *self._args, *(ids or self._path))
        ]
        return self._secrets.mask(f"cd {shlex.quote(str(self.cwd))} && {' '.join(words)}")

    @asynccontextmanager
    async def running(self, *more: str, only: Sequence[str] = ()) -> AsyncIterator["Running"]:
        """A pytest that runs, of these node ids alone where any are named; ended with its children on the way out.

        Raises Unreachable when its interpreter cannot be started.
        """
        with tempfile.TemporaryDirectory(prefix="sutaz-tui-pytest-") as folder:
            env = os.environ | self._env
            paths = [str(PLUGIN), *filter(None, [env.get("PYTHONPATH")])]
            env["PYTHONPATH"] = os.pathsep.join(paths)
            if only:
                listed = Path(folder) / "only"
                listed.write_text("\n".join(only), encoding="utf-8")
                env["SUTAZ_TUI_ONLY"] = str(listed)
            reading, writing = os.pipe()
            try:
                env["SUTAZ_TUI_TELL"] = str(writing)
                argv = [
                    self._python,
                    "-m",
                    "pytest",
                    "-p",
                    "sutaz_tui_pytest",
                    "--color=no",
                    *self._args,
                    *more,
                ]
                process = await self._started([*argv, *self._path], env, writing)
            except BaseException:
                os.close(reading)
                raise
            finally:
                os.close(writing)
            running = Running(self.source, process, reading)
            try:
                yield running
            finally:
                await asyncio.shield(running.end())

    async def _started(
        self, argv: Sequence[str], env: Mapping[str, str], writing: int
    ) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=env,
                cwd=self.cwd,
                pass_fds=(writing,),
                start_new_session=True,
            )
        except NotADirectoryError as error:
            raise Unreachable(self.source, f"its cwd {self.cwd} is no folder") from error
        except FileNotFoundError as error:
            missing = "its interpreter" if self.cwd.is_dir() else "its cwd"
            what = self._python if self.cwd.is_dir() else self.cwd
            raise Unreachable(
                self.source, f"{missing} {what} is not there; correct it in the config"
            ) from error
        except OSError as error:
            words = (error.strerror or "no reason told").lower()
            raise Unreachable(
                self.source, f"its interpreter {self._python} cannot be started: {words}"
            ) from error


class Running:
    """A pytest that runs: what its plugin tells, and the end of what it writes."""

    def __init__(self, source: str, process: asyncio.subprocess.Process, reading: int) -> None:
        self._source = source
        self._process = process
        self._reading = reading
        self._written = bytearray()
        self._draining = asyncio.create_task(self._drain(), name="output of pytest")
        self._transport: asyncio.ReadTransport | None = None
        self._ending: asyncio.Task[None] | None = None

    async def events(self) -> AsyncIterator[Event]:
        """What the plugin tells, until pytest has ended."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LINE_LIMIT)
        self._transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(self._reading, "rb", 0)
        )
        # A child that the suite forked holds the pipe too, and may outlive pytest.
        self._ending = asyncio.create_task(self._close_at_end(), name="end of pytest")
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return
            except asyncio.LimitOverrunError as error:
                raise BadAnswer(self._source, "its plugin tells a line of more than 1 MiB") from error
            try:
                event = json.loads(line)
            except ValueError as error:
                raise BadAnswer(self._source, "something else writes where its plugin tells") from error
            if isinstance(event, dict):
                yield event

    async def _close_at_end(self) -> None:
        await self._process.wait()
        await asyncio.sleep(LINGERS)
        if self._transport is not None:
            self._transport.close()

    async def ended(self) -> tuple[int, bytes]:
        """Its exit code (negative: the signal that ended it), and the end of what it wrote."""
        code = await self._process.wait()
        await asyncio.wait([self._draining], timeout=ENDS_WITHIN)
        return code, bytes(self._written)

    async def end(self) -> None:
        """End it with its children, whatever they do, and let go of its pipes."""
        if self._process.returncode is None:
            self._send(signal.SIGINT)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), ENDS_WITHIN)
        # Also after a good end: what it left running is nobody else's.
        self._send(signal.SIGKILL)
        await self._process.wait()
        self._draining.cancel()
        if self._ending is not None:
            self._ending.cancel()
        if self._transport is not None:
            self._transport.close()
        else:
            os.close(self._reading)

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _drain(self) -> None:
        assert self._process.stdout is not None
        while part := await self._process.stdout.read(65_536):
            self._written += part
            del self._written[:-KEPT]
