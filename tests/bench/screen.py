"""A terminal that only counts and searches what a program writes: drawing it would cost the measured program its core."""

import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from tests.bench.probes import cpu_of
from tests.terminal import _QUERIES, Terminal

DEADLINE = 30.0
QUIET = 0.15
"""Seconds without output after which a repaint is over."""


class Wire(Terminal):
    """A program in a real pty, its output as bytes; `raw` is what came since it was last cleared."""

    bytes_per_second = 0
    """How fast the line takes what the program writes, 0: at once."""
    _credit = 0.0
    _credited = 0.0

    def __enter__(self) -> Self:
        return self

    def _take(self, data: bytes) -> None:
        self.received += len(data)
        self.raw += data
        for query, answer in _QUERIES.items():
            if query in data:
                os.write(self._master, answer)

    def take(self, seconds: float = 0.05) -> bool:
        """Take what comes next, returning as soon as something came; False once the program's end is closed."""
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._master, self._allowed())
        except OSError:
            return False
        self._take(data)
        return bool(data)

    def _allowed(self) -> int:
        """How many bytes the line takes now; waits until it takes any."""
        if not self.bytes_per_second:
            return 65536
        while True:
            now = time.perf_counter()
            # A line that was quiet has not saved up for later: it takes 10 ms at once.
            earned = (now - self._credited) * self.bytes_per_second
            self._credit = min(self._credit + earned, self.bytes_per_second / 100)
            self._credited = now
            if self._credit >= 64:
                allowed = int(self._credit)
                self._credit = 0.0
                return allowed
            select.select([], [], [], 0.001)

    def until(self, marker: "bytes | Callable[[], object]", deadline: float = DEADLINE) -> float:
        """Take until the marker's bytes have come (or the condition holds); seconds from the call on."""
        began = time.perf_counter()
        while not (marker in self.raw if isinstance(marker, bytes) else marker()):
            if not self.take() or time.perf_counter() - began > deadline:
                raise AssertionError(
                    f"did not see {marker!r} within {deadline:g} s: {bytes(self.raw[-200:])!r}"
                )
        return time.perf_counter() - began

    def until_quiet(self) -> float:
        """Take until a repaint is over; seconds from the call to its last byte."""
        began = last = time.perf_counter()
        received = self.received
        while time.perf_counter() - last < QUIET or self.received == received:
            before = self.received
            if not self.take(0.02) or time.perf_counter() - began > DEADLINE:
                raise AssertionError("nothing was painted")
            if self.received != before:
                last = time.perf_counter()
        return last - began

    def run(self, seconds: float) -> None:
        """Take all that comes for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.take(min(left, 0.05))

    def until_end(self, deadline: float = DEADLINE) -> float:
        """Take until the program has ended; seconds from the call on."""
        began = time.perf_counter()
        while self.process.poll() is None:
            if not self.take(0.002):
                self.process.wait(deadline)
            if time.perf_counter() - began > deadline:
                raise AssertionError("does not end")
        return time.perf_counter() - began

    @property
    def cpu(self) -> float:
        """Seconds of CPU that the program has used."""
        return cpu_of(self.process.pid)


@contextmanager
def opened(wire: Wire, marker: bytes, settle: float = 0.0) -> Iterator[Wire]:
    """A program once it has shown the marker, and so many seconds later."""
    with wire:
        wire.until(marker)
        wire.run(settle)
        yield wire
