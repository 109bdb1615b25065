"""The marker of tests that need more than this process, `make quick` leaves them out: servers, terminals, children.

It is set by what a test's fixtures and imports are, so that no new test has to be listed.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.servers import fixtures

MARK = "outside"
ROOT = Path(__file__).parent.parent
OUTSIDE = frozenset({"subprocess", "multiprocessing", "pty", "sutaz_tui.demo.stack", "tests.bench"})
"""Modules that start processes: who imports one, if only through a module of the tests, is marked."""
SERVERS = frozenset(vars(fixtures))


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    config.addinivalue_line("markers", f"{MARK}: needs a server, a terminal or a child process.")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Spares the quick loop the reading of files whose tests are all left out."""
    is_left_out = config.option.markexpr == f"not {MARK}" and collection_path.name.startswith("test_")
    return True if is_left_out and starts_processes(collection_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks each test that goes outside this process, where the mark is asked for: every file is read for it."""
    for item in items if config.option.markexpr else ():
        if SERVERS.intersection(getattr(item, "fixturenames", ())) or starts_processes(item.path):
            item.add_marker(MARK)


@cache
def starts_processes(path: Path) -> bool:
    """Whether a module of the tests can start a process: by its own imports, or by those of what it imports."""
    named = _imported(path)
    if not OUTSIDE.isdisjoint(named):
        return True
    files = {file for name in named if (file := _file(name)) is not None and file != path}
    return any(starts_processes(file) for file in files)


def _imported(path: Path) -> set[str]:
    named: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            named.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            named.add(node.module)
            named.update(f"{node.module}.{alias.name}" for alias in node.names)
    return named


def _file(name: str) -> Path | None:
    """The file of a module of the tests."""
    if not name.startswith("tests."):
        return None
    file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
    return file if file.is_file() else None
