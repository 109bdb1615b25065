"""What a soak runs: the simulated stack, a real broker, names, a small disk, a clock to step, and the programs that watch."""

import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2

from sutaz_tui.config import Config, load
from sutaz_tui.demo.stack import Demo
from tests.bench.screen import Wire
from tests.servers.rabbitmq import RabbitMQ
from tests.terminal import ROOT

NAME_SERVER = "127.0.0.99"
DISK = 24 << 20
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
STEPPED = Path(__file__).parent / "stepped"

MORE = """
  - {id: named, title: Named, kind: http, group: platform, address: "http://till.test:%(web)d/", interval: 5}
  - {id: broker, title: Broker, kind: rabbitmq, group: platform, address: "%(amqp)s", source: broker,
     user: watcher, password: "${BROKER_PASSWORD}"}
  - {id: written, title: Written, kind: http, group: platform, address: "http://127.0.0.1:%(web)d/",
     logs: {file: "%(written)s"}}
  - {id: pushed, title: Pushed, kind: http, group: platform, address: "http://127.0.0.1:%(web)d/",
     logs: {selector: '{job="soak"}'}}
"""
SOURCE = """sources:
  broker: {url: "%(management)s", auth: {type: basic, user: watcher, password: "${BROKER_PASSWORD}"}}
"""
NOTIFY = """notify:
  - {name: hook, to: webhook, url: "http://127.0.0.1:%(web)d/told", on: [down, degraded, unknown, alerts], after: 3}
  - {name: page, to: command, argv: [%(python)s, "-c", "%(page)s", "%(told)s"], on: [down, unknown], after: 3}
"""
# One line a message, as a whole: several may be written at once.
PAGE = "import os,sys; os.write(os.open(sys.argv[1],1089,384),(os.environ['SUTAZ_ID']+chr(10)).encode())"


class Web:
    """A web server of one word, which closes each connection behind it and keeps the messages that it is told."""

    def __init__(self) -> None:
        told = self.told = list[str]()

        class Well(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                told.append(self.headers["Idempotency-Key"])
                self._answer()

            def _answer(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Well)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()


class Names:
    """A name server that knows every name as 127.0.0.1, until it is `silent`."""

    def __init__(self) -> None:
        self.silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((NAME_SERVER, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            asked, whose = self._socket.recvfrom(4096)
            if self.silent:
                continue
            end = asked.index(b"\0", 12) + 5
            is_address = asked[end - 4 : end - 2] == b"\0\x01"
            found = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 1, 4) + bytes((127, 0, 0, 1))
            head = asked[:2] + struct.pack("!HHHHH", 0x8180, 1, int(is_address), 0, 0)
            self._socket.sendto(head + asked[12:end] + found * is_address, whose)


class Pty:
    """A board in a real pty, which a thread reads as fast as it writes."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._is_over = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._is_over and self.wire.take(0.2):
            self.wire.raw.clear()

    def end(self) -> int:
        """Leave it by its key; its exit code, -1 where it does not end."""
        for _ in range(20):
            if self.wire.process.poll() is not None:
                return int(self.wire.process.returncode)
            self.wire.press("Q")
            time.sleep(0.5)
        return -1

    def close(self) -> None:
        """Let go of the pty."""
        self._is_over = True
        self._thread.join()


class Stand:
    """All of it, in namespaces of its own. `programs` are those that are measured, by name."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._stack = stack
        self.folder = folder
        self.state = folder / "state"
        self.written = folder / "written.log"
        self.paged = folder / "paged"
        self.shown = folder / "shown.jsonl"
        self.said = {name: folder / f"{name}.said" for name in ("recorder", "tail")}
        self._clock = folder / "clock"
        self.names = Names()
        self.web = Web()
        self.broker = stack.enter_context(RabbitMQ())
        self.demo = stack.enter_context(Demo("healthy"))
        self.demo.wait()
        self.control = httpx2.Client(base_url=f"{self.demo.control}/control", timeout=60)
        self.path = folder / "soak.yaml"
        self.path.write_text(self._config(), "utf-8")
        self.path.chmod(0o600)
        self.written.touch()
        self.step_clock(0.0)
        self.environ = {
            **self.demo.environ,
            "BROKER_PASSWORD": self.broker.password or "",
            "HOME": str(folder),
            "XDG_STATE_HOME": str(self.state),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
        }
        self.programs: dict[str, subprocess.Popen[Any]] = {}
        self.boards: list[Pty] = []

    def _config(self) -> str:
        words = {
            "web": self.web.port,
            "amqp": f"{self.broker.host}:{self.broker.amqp_port}",
            "management": self.broker.url,
            "written": self.written,
            "python": sys.executable,
            "page": PAGE,
            "told": self.paged,
        }
        text = self.demo.text.replace("sources:\n", SOURCE % words, 1).replace(
            "notify: []\n", NOTIFY % words, 1
        )
        return text.rstrip("\n") + "\n" + MORE % words

    @property
    def history(self) -> Path:
        """The file in which the recorder keeps what it sees."""
        [file] = self.state.rglob("history*.sqlite3")
        return file

    def config(self) -> Config:
        """The config of all."""
        return load(None, self.path, self.environ)

    def begin(self) -> None:
        """Start the recorder, and once it lets others in the boards and the tail."""
        self._begin("recorder", self.said["recorder"], "record", "-c", str(self.path))
        while "boards attach at" not in self.said["recorder"].read_text("utf-8"):
            if self.programs["recorder"].poll() is not None:
                raise RuntimeError(self.said["recorder"].read_text("utf-8"))
            time.sleep(0.1)
        for name in ("board 1", "board 2"):
            wire = self._stack.enter_context(
                Wire("-c", str(self.path), env=self._watched(), columns=160, rows=50)
            )
            board = Pty(wire)
            self._stack.callback(board.close)
            self.boards.append(board)
            self.programs[name] = wire.process
        words = ("--since", "1s", "--limit", "0", "--format", "json", "-c", str(self.path))
        self._begin("tail", self.shown, "logs", "-f", "written", "pushed", *words)

    def _begin(self, name: str, out: Path, *words: str) -> None:
        with out.open("wb") as to, self.folder.joinpath(f"{name}.said").open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "sutaz_tui", *words],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", **self._watched()},
                stdin=subprocess.DEVNULL,
                stdout=to,
                stderr=said,
            )
        self._stack.callback(_ended, process)
        self.programs[name] = process

    def _watched(self) -> dict[str, str]:
        """The environment of what watches: its clock can be stepped."""
        return {
            **self.environ,
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(STEPPED),
        }

    def step_clock(self, seconds: float) -> None:
        """Put the clock of what watches so far ahead of that of all else."""
        fresh = self._clock.with_suffix(".fresh")
        fresh.write_text(f"{seconds:+g}s\n")
        fresh.replace(self._clock)

    def fault(self, endpoint: str, words: str | None) -> None:
        """Set the fault of an endpoint of the simulated stack, None for none."""
        self.control.put(f"/faults/{endpoint}", json={"fault": words}).raise_for_status()

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Inside, not a byte more goes onto the disk of what is remembered."""
        filler = self.state / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        try:
            yield
        finally:
            filler.unlink()


def _ended(process: "subprocess.Popen[Any]") -> None:
    process.kill()
    process.wait()


def isolate(folder: Path) -> None:
    """Within namespaces of this process' own: a loopback, our name server, and a small disk for what is remembered."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name, text in (
        ("resolv.conf", f"nameserver {NAME_SERVER}\n"),
        ("hosts", f"127.0.0.1 localhost {socket.gethostname()}\n"),
    ):
        file = folder / name
        file.write_text(text)
        subprocess.run(["mount", "--bind", file, f"/etc/{name}"], check=True)
    state = folder / "state"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=700", "tmpfs", state], check=True)
