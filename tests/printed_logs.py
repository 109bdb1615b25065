"""The command `logs` as a process over a simulated Loki: what is pushed there, what it prints and tells meanwhile."""

import json
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.running import begun
from tests.servers.waiting import eventually, patient
from tests.simulator.stack import Stack

AT_ONCE = 5000
SECOND = 1_000_000_000


class Numbers:
    """Pushes numbered lines of one job, each number once."""

    def __init__(self, stack: Stack, job: str) -> None:
        self.query = f'{{job="{job}"}}'
        self.next = 0
        self._stack = stack
        self._labels = {"job": job}

    def push(self, count: int, at: int | None = None, step: int = 1, **labels: str) -> None:
        """The next `count` numbers, from a moment on (the present), `step` nanoseconds apart."""
        first = time.time_ns() if at is None else at
        numbers = range(self.next, self.next + count)
        self.next += count
        self.again(((first + place * step, number) for place, number in enumerate(numbers)), **labels)

    def again(self, entries: Iterable[tuple[int, int]], **labels: str) -> None:
        """These numbers at these moments."""
        whole = [[str(at), f"INFO number {number}"] for at, number in entries]
        for begin in range(0, len(whole), AT_ONCE):
            values = whole[begin : begin + AT_ONCE]
            streams = [{"stream": {**self._labels, **labels}, "values": values}]
            answer = self._stack.post("loki", "/loki/api/v1/push", json={"streams": streams})
            assert answer.status_code == 204, answer.text


class Printed:
    """What a running `logs --format json` printed and told so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.entries: list[dict[str, Any]] = []
        self.told: list[str] = []
        self._threads = [threading.Thread(target=self._print), threading.Thread(target=self._tell)]
        for thread in self._threads:
            thread.start()

    def _print(self) -> None:
        assert self.process.stdout is not None
        for row in self.process.stdout:
            self.entries.append(json.loads(row))

    def _tell(self) -> None:
        assert self.process.stderr is not None
        for row in self.process.stderr:
            self.told.append(row.rstrip("\n"))

    @property
    def numbers(self) -> list[int]:
        """The numbers in the order they were printed."""
        return [int(entry["text"].rpartition(" ")[2]) for entry in list(self.entries)]

    @property
    def twice(self) -> list[int]:
        """The numbers that were printed more than once."""
        return [number for number, times in Counter(self.numbers).items() if times > 1]

    def until(self, lines: int, within: float = 20.0) -> None:
        """Wait until so many lines are printed."""
        try:
            eventually(lambda: len(self.entries) >= lines, f"{lines} lines are printed", within)
        except AssertionError as error:
            missing = sorted({*range(lines)} - {*self.numbers})
            raise AssertionError(
                f"{error}; missing are {missing[:5]}…{missing[-5:]}, told: {self.told}"
            ) from None

    def until_told(self, words: str, within: float = 20.0) -> None:
        """Wait until a sentence holds these words."""
        eventually(lambda: any(words in row for row in self.told), f"{words!r} is told", within)

    def end(self, number: signal.Signals = signal.SIGINT, within: float = 10.0) -> int:
        """Interrupt it; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(patient(within))
        for thread in self._threads:
            thread.join(patient(within))
        return code


@contextmanager
def printed(file: Path, *words: str, env: Mapping[str, str] | None = None) -> Iterator[Printed]:
    """`sutaz-tui logs -c FILE --format json WORDS` while it runs, killed afterwards."""
    with begun("logs", "-c", str(file), "--format", "json", *words, env=env) as process:
        running = Printed(process)
        try:
            yield running
        finally:
            process.kill()
            for thread in running._threads:
                thread.join(patient(10))


def loki_config(folder: Path, stack: Stack, *more: str) -> Path:
    """A config of this stack's Loki alone; `more` are lines of its own."""
    file = folder / "stack.yaml"
    url = stack.url("loki")
    lines = [
        f"sources: {{loki: {{url: '{url}'}}}}",
        *more,
        "services:",
        "  - {id: loki, kind: loki, source: loki}",
    ]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file
