"""A process of its own for what is measured: its memory, imports and CPU time are nobody else's."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parent.parent.parent


class Child:
    """`python -m MODULE`, given `order` as its first line; each later line asks it for one measurement."""

    def __init__(self, module: str, order: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._write(order)

    def ask(self, what: Any = None) -> Any:
        """One measurement; RuntimeError when the child ended instead."""
        self._write(what)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the measured process ended with {self._process.wait()}")
        return json.loads(line)

    def _write(self, what: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def order() -> Any:
    """In the child: what it is to do."""
    return json.loads(sys.stdin.readline())


def answer(measure: Callable[[Any], Any]) -> None:
    """In the child: answer every question until the parent closes the pipe."""
    for line in sys.stdin:
        print(json.dumps(measure(json.loads(line))), flush=True)
