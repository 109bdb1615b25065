"""The plugin that sutaz-tui hands to a suite's own pytest: it tells what is collected and how each test ends.

It runs by the suite's interpreter, which may be an old one with nothing of ours: it imports no more than what Python
brings. Told are lines of JSON on the file descriptor of $SUTAZ_TUI_TELL. Run are the node ids in the file
$SUTAZ_TUI_ONLY, one a line, else all.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

MOST = 20000
"""Characters of a report: its end says what went wrong."""


def _tell(**event: Any) -> None:
    # Nobody listens any more where a run was given up: it is being ended.
    with suppress(OSError):
        os.write(int(os.environ["SUTAZ_TUI_TELL"]), json.dumps(event).encode() + b"\n")


def _cut(words: Any) -> str:
    words = str(words)
    return words if len(words) <= MOST else f"… {len(words) - MOST} more characters\n{words[-MOST:]}"


def pytest_configure(config: Any) -> None:
    # Of pytest-xdist only the one that hands out the tests tells of them.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Teller(config), "sutaz-tui-teller")


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    path = os.environ.get("SUTAZ_TUI_ONLY")
    if not path:
        return
    wanted = set(Path(path).read_text(encoding="utf-8").split("\n"))
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
    items[:] = [item for item in items if item.nodeid in wanted]


class Teller:
    """Tells of one run."""

    def __init__(self, config: Any) -> None:
        self._ended: set[str] = set()
        _tell(is_="start", root=str(getattr(config, "rootpath", None) or config.rootdir))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            _tell(is_="broken", id=report.nodeid, words=_cut(report.longrepr))

    def pytest_itemcollected(self, item: Any) -> None:
        document = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip().split("\n")
        tags = sorted({mark.name for mark in item.iter_markers()})
        _tell(is_="test", id=item.nodeid, tags=tags, about=document[0])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        _tell(is_="begin", id=nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        how, words = _how(report)
        if how is None or (report.nodeid in self._ended and how == "skip"):
            return
        self._ended.add(report.nodeid)
        sections = [[name, _cut(text)] for name, text in report.sections]
        _tell(
            is_="end",
            id=report.nodeid,
            how=how,
            words=_cut(words),
            seconds=report.duration,
            sections=sections,
        )


def _how(report: Any) -> tuple[str | None, Any]:
    """How a phase of a test ends it, None where it goes on; and the words of it."""
    is_xfail = hasattr(report, "wasxfail")
    if report.failed:
        return ("fail" if report.when == "call" else "error"), report.longrepr
    if report.skipped:
        told = report.longrepr
        reason = told[2] if isinstance(told, tuple) and len(told) == 3 else told
        return "skip", f"xfail: {report.wasxfail}".rstrip(": ") if is_xfail else reason
    if report.when == "call":
        return "pass", f"passes, though it is marked xfail: {report.wasxfail}" if is_xfail else ""
    return None, ""
