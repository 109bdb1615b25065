"""The simulated stack as a child process: its ports are reserved before it starts, so its config is known at once.

The child inherits the bound sockets and listens on them; until then connections are refused. It lives as long as the
pipe to its standard input is open, so it dies with this process however that ends.
"""

import asyncio
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib import util
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from sutaz_tui.config import CheckLimits, Config, load
from sutaz_tui.config.files import built_in
from sutaz_tui.errors import CannotStart, SutazError
from sutaz_tui.process.limits import allow_files
from sutaz_tui.simulator.ports import PORTS
from sutaz_tui.text.sanitise import one_line

_SYSTEMCTL = """\
#!{python} -ESs
import socket, sys
with socket.create_connection(("127.0.0.1", {port})) as systemd:
    systemd.sendall(b"show")
    while data := systemd.recv(4096):
        sys.stdout.buffer.write(data)
"""
ENDPOINTS = tuple(PORTS)
SCENARIOS = ("healthy", "report", "real")
_LOCAL = re.compile(r"127\.0\.0\.1:(\d+)")
READY_WITHIN = 20.0
LIBRARIES = ("cryptography", "fakeredis", "starlette", "uvicorn")
"""What the simulated stack is served by: the extra `demo`, which a host that only watches does not need."""


LONGEST_SOCKET = 100
"""Characters that the path of a unix socket has at most, with some to spare (108 on Linux, 104 on macOS)."""


def _folder() -> Path:
    """A new folder in which sockets can be opened, also where TMPDIR is long."""
    folder = Path(tempfile.mkdtemp(prefix="sutaz-tui-demo-"))
    if len(str(folder / "docker.sock")) <= LONGEST_SOCKET:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="sutaz-tui-demo-", dir="/tmp"))


class DemoError(SutazError):
    """The simulated stack did not start; the message says why."""


class _Said(threading.Thread):
    """Takes what the child writes to its standard error, for a full pipe would stop it; keeps the end of it."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(name="demo stderr", daemon=True)
        self._pipe = pipe
        self._kept = b""

    def run(self) -> None:
        with self._pipe:
            while data := os.read(self._pipe.fileno(), 4096):
                self._kept = (self._kept + data)[-4096:]

    @property
    def last(self) -> str:
        """The last line of a child that has ended."""
        self.join(1.0)
        lines = self._kept.decode("utf-8", "replace").strip().splitlines()
        return one_line(lines[-1], 300) if lines else ""


def _need_libraries() -> None:
    """CannotStart where the extra `demo` is not installed."""
    if missing := [name for name in LIBRARIES if util.find_spec(name) is None]:
        raise CannotStart(
            f"the simulated stack needs {', '.join(missing)}: pipx inject sutaz-tui 'sutaz-tui[demo]', "
            "or pip install 'sutaz-tui[demo]'"
        )


@dataclass
class Demo:
    """One simulated stack: `config` matches it, `control` is its control URL once it listens."""

    scenario: str = "report"
    faults: dict[str, str] = field(default_factory=dict)
    services: int = 0
    own_ports: bool = False
    control: str = ""

    def __post_init__(self) -> None:
        _need_libraries()
        # Each port is held open until the child has it.
        allow_files(len(PORTS))
        self._folder = _folder()
        self._sockets: dict[str, socket.socket] = {}
        self._ports: dict[str, int] = {}
        self._child: subprocess.Popen[bytes] | None = None
        self._said: _Said | None = None
        self._listening: dict[str, Any] = {}
        # Made anew each time: nothing else knows them, and none stands in a file that is kept.
        self.environ = {
            name: secrets.token_urlsafe(12)
            for name in (
                "POSTGRES_PASSWORD",
                "MYSQL_PASSWORD",
                "RABBITMQ_PASSWORD",
                "SUTAZ_TUI_USER",
                "SUTAZ_TUI_PASSWORD",
            )
        }
        try:
            self._reserve()
        except OSError as error:
            self.close()
            raise DemoError(
                f"the simulated stack's ports are not free: {error.strerror}; use --ports free"
            ) from error
        self.text = self._config_text()
        self.path = self._folder / "demo.yaml"
        self.path.write_text(self.text, "utf-8")

    def _reserve(self) -> None:
        for name, own in PORTS.items():
            if own:
                reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                self._sockets[name] = reserved
                reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                reserved.bind(("127.0.0.1", own if self.own_ports else 0))
                self._ports[name] = int(reserved.getsockname()[1])

    @property
    def docker_socket(self) -> Path:
        """Where the simulated Engine API listens."""
        return self._folder / "docker.sock"

    def authority(self) -> Path:
        """The file with the certificate that those of its TLS ports are signed by; it listens already."""
        file = self._folder / "authority.pem"
        with urllib.request.urlopen(f"{self.control}/control/authority", timeout=READY_WITHIN) as answer:
            file.write_bytes(answer.read())
        return file

    @contextmanager
    def programs(self) -> Iterator[None]:
        """Inside, this stack's systemctl is the one that is found first."""
        program = self._folder / "systemctl"
        program.write_text(_SYSTEMCTL.format(python=sys.executable, port=self.port("systemd")), "utf-8")
        program.chmod(0o700)
        before = os.environ.get("PATH", os.defpath)
        os.environ["PATH"] = f"{self._folder}{os.pathsep}{before}"
        try:
            yield
        finally:
            os.environ["PATH"] = before

    def port(self, endpoint: str) -> int:
        """The port that an endpoint has."""
        return self._ports[endpoint]

    def _config_text(self) -> str:
        """The built-in config with this stack's addresses."""
        own = {str(port): name for name, port in PORTS.items() if port}
        text = built_in().decode("utf-8")

        def moved(match: re.Match[str]) -> str:
            name = own.get(match[1])
            return f"127.0.0.1:{self.port(name)}" if name else match[0]

        text = _LOCAL.sub(moved, text)
        text = text.replace("unix:///var/run/docker.sock", f"unix://{self.docker_socket}")
        return re.sub(r"(?m)^(#\s*)?env:.*$", "env: test", text, count=1)

    def config(self) -> Config:
        """The config that matches this stack, its logins included."""
        return load(None, self.path, self.environ)

    def smallest_config(self) -> Config:
        """The config with the smallest load figures: for proving checks, not for measuring a stack."""
        config = self.config()
        limits = CheckLimits(requests=20, concurrency=20, seconds=1.0, chats=2, rps=20.0, p95=0.5)
        return replace(config, checks=msgspec.structs.replace(config.checks, limits=limits))

    def start(self) -> None:
        """Start the child; it listens a moment later."""
        listeners: dict[str, dict[str, Any]] = {
            name: {"fd": reserved.fileno()} for name, reserved in self._sockets.items()
        }
        listeners["docker"] = {"path": str(self.docker_socket)}
        order = {
            "scenario": self.scenario,
            "faults": self.faults,
            "services": self.services,
            "listeners": listeners,
            "secrets": self.environ,
        }
        self._child = subprocess.Popen(
            [sys.executable, "-m", "sutaz_tui.simulator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[reserved.fileno() for reserved in self._sockets.values()],
            # Ctrl-C in the terminal is for the parent alone, which then closes the pipe.
            start_new_session=True,
        )
        assert self._child.stdin is not None and self._child.stderr is not None
        self._said = _Said(self._child.stderr)
        self._said.start()
        self._child.stdin.write(json.dumps(order).encode() + b"\n")
        self._child.stdin.flush()
        for reserved in self._sockets.values():
            reserved.close()

    def wait(self) -> dict[str, Any]:
        """Block until the child listens everywhere; its ready line as an object."""
        assert self._child is not None and self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise DemoError(f"the simulated stack did not start: {self.last_words}")
        self._listening = json.loads(line)
        self.control = self._listening["control"]
        return self._listening

    async def listening(self) -> None:
        """Wait until the child listens everywhere."""
        await asyncio.wait_for(asyncio.to_thread(self.wait), READY_WITHIN)

    def wait_until_gone(self) -> None:
        """Block until the child ends."""
        assert self._child is not None
        self._child.wait()

    @property
    def has_died(self) -> bool:
        """Whether the child ended though nobody closed it."""
        return self._child is not None and self._child.poll() is not None

    @property
    def last_words(self) -> str:
        """The last line that the child, which has ended, wrote to its standard error."""
        return (self._said.last if self._said is not None else "") or "it said nothing"

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return self._child.pid if self._child else None

    def close(self) -> None:
        """End the child and remove what it left."""
        for reserved in self._sockets.values():
            reserved.close()
        child, self._child = self._child, None
        if child is not None:
            assert child.stdin is not None and child.stdout is not None
            with suppress(BrokenPipeError):
                child.stdin.close()
            try:
                child.wait(2)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            child.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "Demo":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def printed(stack: Demo, ready: dict[str, Any]) -> str:
    """The config that matches a listening stack, its plain services included (`services` is its last list)."""
    lines = [
        f"  - {{id: {name}, kind: http, group: platform, address: '{url}'}}\n"
        for name, url in ready.get("services", [])
    ]
    return stack.text.rstrip("\n") + "\n" + "".join(lines)
