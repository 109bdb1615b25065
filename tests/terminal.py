"""A real terminal for tests: a pty whose other end is a pyte screen that answers what Textual asks it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

from tests.servers.waiting import Deadline

ROOT = Path(__file__).parent.parent
DEADLINE = 15.0
# What `make ahead` sets, for the program to live in the same year as its test.
AHEAD = ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC", "FAKETIME_SHARED", "PYTHONPATH")
# Cursor position, device attributes and mode requests that programs wait for at start.
_QUERIES = {b"\x1b[6n": b"\x1b[1;1R", b"\x1b[c": b"\x1b[?62c", b"\x1b[?2026$p": b"\x1b[?2026;2$y"}
# pyte takes the private forms of these for others; none of them draws.
_BRACKETS = {b"\x1b[?2004$p": b"\x1b[?2004;2$y"}
UNDRAWN = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1b\[>[0-9;]*q")


def lines_of(screen: pyte.Screen) -> str:
    """What stands on a screen, one line a row.

    Its own `display` fails on half of a wide sign, which stands there while the other half is being written over.
    """
    rows, across = (screen.buffer[y] for y in range(screen.lines)), range(screen.columns)
    return "\n".join("".join(row[x].data for x in across).rstrip() for row in rows)


class Terminal:
    """A program in a terminal of `columns` x `rows`, which with `brackets` says that it brackets what is pasted.

    `received` counts the bytes that the program wrote. `line` is what stands between: bytes a second of what it draws, and
    seconds that each key and each byte take.
    """

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        ignore_hangup: bool = False,
        cwd: Path = ROOT,
        program: Sequence[str] = (sys.executable, "-m", "sutaz_tui"),
        brackets: bool = False,
        line: tuple[int, float] | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.received = 0
        self._answers = {**_QUERIES, **(_BRACKETS if brackets else {})}
        self.raw = bytearray()
        self._rate, self._delay = line or (0, 0.0)
        self._under_way: deque[tuple[float, bytes, bool]] = deque()
        self._free_at = 0.0
        self._master, slave = pty.openpty()
        self.resize(columns, rows, tell=False)
        inherited = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", *AHEAD)
            if name in os.environ
        }
        environment = {
            **inherited,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            **(env or {}),
        }

        def prepare() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if ignore_hangup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)

        self.process = subprocess.Popen(
            [*program, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=environment,
            start_new_session=True,
            preexec_fn=prepare,
        )
        os.close(slave)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.vanish()

    @property
    def text(self) -> str:
        """What stands on the screen, one line a row."""
        return lines_of(self.screen)

    def resize(self, columns: int, rows: int, tell: bool = True) -> None:
        """Give the terminal another size; the program hears of it by SIGWINCH."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.screen.resize(rows, columns)

    def press(self, keys: str | bytes) -> None:
        """Type."""
        data = keys.encode() if isinstance(keys, str) else keys
        if self._rate:
            self._under_way.append((self._delay + time.monotonic(), data, True))
        else:
            os.write(self._master, data)

    def type(self, line: str) -> None:
        """Type into the prompt on the last row as a hand does, `:` opens it: what comes faster is taken for a paste."""

        def is_seen(text: str) -> bool:
            prompt = text.splitlines()[-1].strip()
            # The field shows the sign that opened it.
            return prompt[:1] in "/&:" and prompt[1:].startswith(typed) if typed else prompt != before

        for end, letter in enumerate(line, 1):
            before, typed = self.text.splitlines()[-1].strip(), line[:end].lstrip(":").rstrip()
            self.press(letter)
            self.wait_for(is_seen)

    def press_slowly(self, keys: str) -> None:
        """Type more than the terminal's buffer holds, as fast as the program reads."""
        data = keys.encode()
        while data:
            # The kernel throws away what a full buffer cannot take: 4096 bytes.
            data = data[os.write(self._master, data[:1024]) :]
            self.pump(0.005)

    def pump_slowly(self, bytes_per_second: int, seconds: float) -> None:
        """Take what the program writes only as fast as a slow line would."""
        began = time.monotonic()
        taken = 0
        while (passed := time.monotonic() - began) < seconds:
            if taken < passed * bytes_per_second and select.select([self._master], [], [], 0.01)[0]:
                data = os.read(self._master, 1024)
                taken += len(data)
                self._take(data)
            else:
                select.select([], [], [], 0.005)

    def pump(self, seconds: float = 0.05) -> bool:
        """Take what the program wrote within so many seconds; False once its end is closed."""
        if self._rate:
            return self._pump_line(seconds)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self._master], [], [], left)[0]:
                break
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return False
            if not data:
                return False
            self._take(data)
        return True

    def _pump_line(self, seconds: float) -> bool:
        """The same over a line that takes its time: what is under way arrives in its turn, at the line's rate."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            for one in [one for one in self._under_way if one[0] <= now]:
                self._under_way.remove(one)
                _, data, is_typed = one
                if is_typed:
                    os.write(self._master, data)
                else:
                    self._take(data)
            if now >= self._free_at and select.select([self._master], [], [], 0.005)[0]:
                try:
                    data = os.read(self._master, 1024)
                except OSError:
                    return False
                self._free_at = max(now, self._free_at) + len(data) / self._rate
                self._under_way.append((self._free_at + self._delay, data, False))
            else:
                time.sleep(0.002)
        return True

    def _take(self, data: bytes) -> None:
        self.received += len(data)
        self.raw += data
        for query, answer in self._answers.items():
            if query in data:
                self.press(answer)
        self._stream.feed(UNDRAWN.sub(b"", data))

    def wait_for(self, condition: "str | Callable[[str], object]", deadline: float = DEADLINE) -> str:
        """Pump until the text stands on the screen (or the condition holds of it); the screen's text."""
        until = Deadline(deadline)
        while not until.is_over():
            is_open = self.pump()
            text = self.text
            if condition in text if isinstance(condition, str) else condition(text):
                return text
            if not is_open:
                break
        raise AssertionError(f"did not see {condition!r} within {deadline} s; the screen:\n{self.text}")

    def wait_end(self, deadline: float = DEADLINE) -> int:
        """Pump until the program ends; its exit code."""
        until = Deadline(deadline)
        while not until.is_over():
            self.pump()
            if (code := self.process.poll()) is not None:
                self.pump()
                return code
        raise AssertionError(f"still runs after {deadline} s; the screen:\n{self.text}")

    def end_by(self, key: str, deadline: float = DEADLINE) -> int:
        """Press a key until the program ends by it; its exit code.

        What comes right behind a paste goes with it, and a busy program sees the pause between them late.
        """
        until = Deadline(deadline)
        while (code := self.process.poll()) is None:
            assert not until.is_over(), f"still runs after {deadline} s; the screen:\n{self.text}"
            self.press(key)
            self.pump(0.3)
        return code

    def vanish(self) -> None:
        """Close the terminal's other end, as a dropped connection does."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
