"""What every real server of the tests shares: a process in a folder of its own, on ports of its own."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import ClassVar, Self

from tests.servers import families, ports, reaper
from tests.servers.programs import need
from tests.servers.waiting import Deadline, patient


class ServerFailed(AssertionError):
    """A server did not start, stop, pause or resume in time; the message ends with its log."""


class Server:
    """One server process, made but not yet started; `with` starts it and clears it away.

    A stopped server keeps its folder and its ports, so `start` brings the same one back.
    All methods block; in an async test call the slow ones through `asyncio.to_thread`.
    """

    name: ClassVar[str]
    programs: ClassVar[tuple[str, ...]]
    runs_as: ClassVar[str | None] = None
    """The user to run as when the tests run as root."""
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_within: ClassVar[float] = 60.0
    stop_within: ClassVar[float] = 15.0

    host: ClassVar[str] = "127.0.0.1"

    def __init__(self) -> None:
        self.program, *self.others = need(*self.programs)
        self.password: str | None = None
        self.folder = Path(tempfile.mkdtemp(prefix=f"sutaz-tui-{self.name}-"))
        # A server that runs as a user of its own must be able to reach what is in it.
        self.folder.chmod(0o755)
        self.log = self.folder / "server.log"
        self._ports: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False
        self._owner = os.getpid()
        self.port = self.new_port()
        atexit.register(self.close)

    # What a server module fills in.

    def prepare(self) -> None:
        """Writes what the server needs in its folder; called before the first start only."""

    def command(self) -> list[str]:
        """The program and its arguments."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Variables beside PATH, HOME and the locale."""
        return {}

    def ask(self, within: float) -> bool:
        """Asks the server once in its own protocol: True when it is ready for work.

        May raise OSError or HTTPException, which count as not ready. `within`: seconds for each wait.
        """
        raise NotImplementedError

    def undo(self) -> list[list[str]]:
        """Commands that clear away what ending the process leaves behind."""
        return []

    # What tests use.

    def start(self) -> Self:
        """Starts the server and returns when it answers."""
        if self._process is not None:
            return self
        if not self.log.exists():
            self.prepare()
        self.give_folder()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=self._whole_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._user(),
                group=self._user(),
                extra_groups=[] if self._user() else None,
            )
        reaper.watch(self.folder, families.look(self._process.pid), self.undo())
        self._wait_until(self.answers, self.start_within, "did not answer")
        return self

    def answers(self, within: float = 1.0) -> bool:
        """Whether the server answers one question in its own protocol; `within`: seconds for each wait."""
        try:
            return self.ask(within)
        except (OSError, HTTPException):
            return False

    def accepts(self) -> bool:
        """Whether the port takes connections; a paused server's does, a stopped one's does not."""
        try:
            socket.create_connection((self.host, self.port), timeout=1.0).close()
        except ConnectionRefusedError:
            return False
        return True

    @property
    def pid(self) -> int | None:
        """The process at the head of the server; None while it is stopped."""
        return self._process.pid if self._process else None

    def stop(self, how: signal.Signals | None = None) -> None:
        """Ends the server the orderly way (or by the given signal); what does not end in time is killed."""
        process = self._process
        if process is None:
            return
        if self._paused:
            self.resume()
        members = families.family(process.pid)
        process.send_signal(how or self.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patient(self.stop_within))
        for member in {kin.pid: kin for kin in (*members, *families.family(process.pid))}.values():
            families.send(member, signal.SIGKILL)
        process.wait()
        self._process = None
        if not all(families.has_ended(member, within=10.0) for member in members):
            raise ServerFailed(f"{self.name} left processes that cannot be killed")

    def kill(self) -> None:
        """Ends the server at once, as a crash would."""
        self.stop(signal.SIGKILL)

    def pause(self) -> None:
        """Stops all its processes where they are (SIGSTOP): connections are taken, nothing is answered."""
        process = self._running()
        self._paused = True
        # A child that was born while its parent was being stopped shows at the next look.
        self._wait_until(self._has_stopped_everybody, 10.0, "could not be paused", process)

    def resume(self) -> None:
        """Lets a paused server go on."""
        process = self._running()
        for member in families.family(process.pid):
            families.send(member, signal.SIGCONT)
        self._paused = False

    def restart(self) -> None:
        """Stops and starts it: same ports, same data."""
        self.stop()
        self.start()

    def heal(self) -> None:
        """Brings a server that others share back to running and answering."""
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        if self._paused:
            self.resume()
        self.start()
        self._wait_until(self.answers, self.start_within, "did not answer again")

    def close(self) -> None:
        """Stops it and clears its folder away; it can't be started again."""
        atexit.unregister(self.close)
        # A forked child of the test process inherits this object, not the server.
        if os.getpid() != self._owner:
            return
        self.stop()
        for command in self.undo():
            subprocess.run(command, timeout=patient(60), check=False, capture_output=True)
        families.end_everybody_of(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        reaper.forget(self.folder)
        while self._ports:
            ports.release(self._ports.pop())

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    # For server modules.

    def new_port(self) -> int:
        """One more free port, this server's until it is closed."""
        self._ports.append(ports.free_port())
        return self._ports[-1]

    def run(self, *command: str | Path, feed: str = "") -> str:
        """Runs a command to its end as the server's user in its folder, fed that text; returns its output."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env=self._whole_environment(),
            input=feed,
            capture_output=True,
            text=True,
            timeout=patient(120),
            user=self._user(),
            group=self._user(),
            extra_groups=[] if self._user() else None,
            check=False,
        )
        if done.returncode != 0:
            raise ServerFailed(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def give_folder(self) -> None:
        """Makes the server's user the owner of all that is in its folder."""
        if user := self._user():
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, user, user)

    def _user(self) -> str | None:
        return self.runs_as if os.getuid() == 0 else None

    def _whole_environment(self) -> dict[str, str]:
        path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
        return {"PATH": path, "HOME": str(self.folder), "LANG": "C.UTF-8"} | self.environment()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerFailed(f"{self.name} is not running")
        return self._process

    def _has_stopped_everybody(self) -> bool:
        members = families.family(self._running().pid)
        moving = [member for member in members if member.state not in "Tt"]
        for member in moving:
            families.send(member, signal.SIGSTOP)
        return not moving

    def _wait_until(
        self,
        holds: Callable[[], bool],
        within: float,
        otherwise: str,
        process: subprocess.Popen[bytes] | None = None,
    ) -> None:
        process = process or self._running()
        deadline = Deadline(within)
        while not holds():
            # Waiting for its end paces the polling, and shows at once when it has ended.
            try:
                code = process.wait(timeout=0.02)
            except subprocess.TimeoutExpired:
                code = None
            if code is not None:
                self.stop()
                raise ServerFailed(f"{self.name} ended with {code}; its log ends:\n{self._log_end()}")
            if deadline.is_over():
                raise ServerFailed(f"{self.name} {otherwise} within {within} s; log:\n{self._log_end()}")

    def _log_end(self) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-40:])
