"""What was read of a file: its values, where each came from, and every fault that was found."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct, field

from sutaz_tui.config.nodes import Line
from sutaz_tui.config.outside import Expanded
from sutaz_tui.config.words import Path, label, nearest
from sutaz_tui.errors import Problem

MOST = 100
"""Problems told at once; a file that is no config at all has one on every line."""


class Origin(Struct, frozen=True):
    """Where a value came from: its line, and "" for written there or "environment NAME", "file PATH"."""

    line: int
    came: str = ""


class Taken(Struct, frozen=True):
    """A value that takes something from outside the file: as it stands there, what came of it, and whether its key
    holds a secret."""

    raw: str
    expanded: Expanded
    is_secret: bool


class Document(Struct):
    """What a walk brought: plain values (a faulty one is left out, in a list None), and all there is to say of them.

    `secrets` maps each to what stands for it in a shell, "" for a text of which a secret is a part. `variables` holds
    for each secret key that refers to a variable the variable's name. `warnings` are sentences to say once,
    `disabled` the ids of services that are not asked,
    `advise` knows what to write instead of a kind that is none, "" for nothing.
    """

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    origins: dict[Path, Origin] = field(default_factory=dict)
    names: dict[Path, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[Path, str] = field(default_factory=dict)
    taken: dict[Path, Taken] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    disabled: set[str] = field(default_factory=set)
    advise: Callable[[str], str] = lambda _: ""

    def __repr__(self) -> str:
        return f"Document({self.file!r})"

    def where(self, path: Path) -> str:
        """The line of a key in words, with its file where that is an included one."""
        line = self.line(path)
        return f"line {line} of {line.file}" if isinstance(line, Line) else f"line {line}"

    def line(self, path: Path) -> int:
        """The line of a key, or of the nearest thing around it that stands in the file."""
        while path and path not in self.origins:
            path = path[:-1]
        return self.origins[path].line if path in self.origins else 1

    def nearest(self, word: str, valid: Iterable[str]) -> str:
        """As `words.nearest`; past the problems that are told it saves the time, which grows with both."""
        return nearest(word, valid) if len(self.problems) < MOST else "another"

    def fault(self, path: Path, words: str, line: int = 0) -> None:
        """Adds a problem at a key."""
        at = line or self.line(path)
        file = at.file if isinstance(at, Line) else self.file
        self.problems.append(Problem(file, at, label(path, self.names), words))
