"""The pytest plugin: brings the server fixtures, and says loudly at the end which servers were missing."""

from collections import Counter

import pytest

from tests.servers.programs import MISSING

pytest_plugins = ["tests.servers.fixtures"]

DEAR = ("rabbitmq", "chromadb", "podman", "consul", "prometheus")
"""Fixtures whose server a worker's tests share, dearest first."""


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known where pytest-xdist is not loaded."""
    config.addinivalue_line(
        "markers", "xdist_group(name): keeps the tests of one dear server or file in one worker."
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the tests of one dear server in one worker (`--dist loadgroup`), and those of a file that share what is made
    once a file, so that it starts once."""
    for item in items:
        taken = getattr(item, "fixturenames", ())
        dear = next((name for name in DEAR if f"shared_{name}" in taken), None)
        group = dear or (item.location[0] if _shares(item) else None)
        if group and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(group))


def _shares(item: pytest.Item) -> bool:
    """Whether a test takes what is made once for all of its file."""
    fixtures = item._fixtureinfo.name2fixturedefs.values() if isinstance(item, pytest.Function) else ()
    return any(made[-1].scope == "module" for made in fixtures)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Lists every server program that was missing and how many tests were not run for it."""
    missing: Counter[str] = Counter()
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        _, found, rest = reason.partition(MISSING)
        if found:
            missing[rest] += 1
    if missing:
        terminalreporter.write_sep(
            "!", "NOT TESTED: server programs are missing on this machine", red=True, bold=True
        )
        for what, tests in missing.most_common():
            terminalreporter.write_line(f"{tests} tests not run: {what}", red=True)
