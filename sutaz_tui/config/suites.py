"""Suites that others wrote as categories of checks: keys of `checks.pytest` and `checks.junit`."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from sutaz_tui.config.schema import Seconds, Struct

MOST_FILES = 5000
_SETTINGS = ("conftest.py", "pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini")


class PytestSuite(Struct, frozen=True, kw_only=True):
    """A pytest suite as a category, run by its own interpreter; `does` is the class of all its tests.

    `path` is what pytest is given, relative to `cwd`, which is relative to the config. `timeout` bounds a whole run,
    `test_timeout` one test; seconds.
    """

    id: str
    title: str = ""
    path: list[str] = msgspec.field(default_factory=list)
    args: list[str] = msgspec.field(default_factory=list)
    python: str = ""
    env: dict[str, str] = msgspec.field(default_factory=dict)
    cwd: str = "."
    does: str = "heavy"
    timeout: Seconds = 1800.0
    test_timeout: Seconds = 300.0

    def interpreter(self) -> str:
        """Its interpreter: the config's, that of a .venv in its folder, or python3."""
        cwd = Path(self.cwd)
        if self.python:
            return str(cwd / self.python) if "/" in self.python else self.python
        beside = cwd / ".venv" / "bin" / "python"
        return str(beside) if beside.exists() else "python3"

    def files(self) -> Iterator[Path]:
        """The Python that it runs, and what sets pytest up, as far as both lie where it says; at most 5000 files."""
        cwd = Path(self.cwd)
        found = [cwd / name for name in _SETTINGS]
        for name in self.path or ["."]:
            place = cwd / name.partition("::")[0]
            found += sorted(place.rglob("*.py"))[:MOST_FILES] if place.is_dir() else [place]
        yield from (path for path in dict.fromkeys(found) if path.is_file())


class JunitFile(Struct, frozen=True, kw_only=True):
    """The results of another runner as a category: a JUnit file, read whenever it is asked for.

    Older than `within` seconds they are an error, 0 for any age.
    """

    id: str
    file: str
    title: str = ""
    within: Seconds = 0.0
