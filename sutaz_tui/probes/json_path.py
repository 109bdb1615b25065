"""A dotted path into a JSON document: `data.items.0.name`; `\\.` is a dot inside a key, `\\\\` a backslash."""

import re
from typing import Any

from sutaz_tui.text.sanitise import one_line

_STEP = re.compile(r"(?:[^.\\]|\\.)*+", re.DOTALL)


class JsonPath:
    """Finds one value; a step is a key of an object or the index of a list, from 0."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.steps = tuple(_steps(path))

    def __str__(self) -> str:
        return one_line(self._path, 60)

    def find(self, document: Any) -> Any:
        """The value at the path; LookupError says where it ends."""
        value, gone = document, "the body"
        for step in self.steps:
            match value:
                case dict() if step in value:
                    value = value[step]
                case list() if step.isdecimal() and len(step) < 10 and int(step) < len(value):
                    value = value[int(step)]
                case dict():
                    raise LookupError(f"{gone} has no key {one_line(step, 40)!r}")
                case list():
                    raise LookupError(f"{gone} is a list of {len(value)}, without {one_line(step, 40)!r}")
                case _:
                    raise LookupError(f"{gone} is neither object nor list")
            gone = one_line(step, 40)
        return value


def _steps(path: str) -> list[str]:
    steps, at = [], 0
    while True:
        step = _STEP.match(path, at)
        assert step is not None
        steps.append(re.sub(r"\\(.)", r"\1", step[0]))
        if step.end() >= len(path):
            return steps
        # A lone backslash at the end stands for itself.
        if path[step.end()] == "\\":
            steps[-1] += "\\"
            return steps
        at = step.end() + 1
