"""A terminal that only counts and searches what a program writes: drawing it would cost the measured program its core."""

import os
import time
from collections.abc import Callable

from tests.terminal import _QUERIES, Terminal

DEADLINE = 30.0


class Wire(Terminal):
    """A program in a real pty, its output as bytes; `raw` is what came since it was last cleared."""

    def _take(self, data: bytes) -> None:
        self.received += len(data)
        self.raw += data
        for query, answer in _QUERIES.items():
            if query in data:
                os.write(self._master, answer)

    def until(self, marker: "bytes | Callable[[], object]", deadline: float = DEADLINE) -> float:
        """Pump until the marker's bytes have come (or the condition holds); seconds from the call on."""
        began = time.perf_counter()
        while not (marker in self.raw if isinstance(marker, bytes) else marker()):
            if not self.pump_once() or time.perf_counter() - began > deadline:
                raise AssertionError(f"did not see {marker!r} within {deadline:g} s")
        return time.perf_counter() - began

    def pump_once(self, seconds: float = 0.05) -> bool:
        """Take what comes next, returning as soon as something came; False once the program's end is closed."""
        import select

        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self._take(data)
        return bool(data)
