"""Which checks keep what the stack's own 254 tests promised: writes docs/coverage.md (`python -m tests.coverage`)."""

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sutaz_tui.checks import registry
from sutaz_tui.checks.base import Check

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "coverage.md"
OLD_TESTS = Path(__file__).parent / "old_tests.json"
# How many tests the report of 2025-11-16 counts in each of its rows.
REPORTED = {
    "agents": 23,
    "api": 21,
    "databases": 19,
    "infrastructure": 29,
    "mcp": 5,
    "messaging": 18,
    "monitoring": 8,
    "vectors": 42,
    "caching": 13,
    "security": 19,
    "jwt": 18,
    "e2e": 12,
    "pool": 13,
    "load": 4,
    "performance": 10,
}


@dataclass(frozen=True, slots=True)
class OldTest:
    """One of the stack's own tests, and the category of the row that counted it."""

    id: str
    name: str
    row: str


def old_tests() -> list[OldTest]:
    """The stack's own tests."""
    return [OldTest(**entry) for entry in json.loads(OLD_TESTS.read_text("utf-8"))]


def excuses() -> dict[str, str]:
    """Why no check of its category covers an old test, in the words of the categories' modules."""
    found: dict[str, str] = {}
    for heading in registry.HEADINGS:
        module = importlib.import_module(f"sutaz_tui.checks.{heading.id}")
        found |= module.NOT_COVERED
    return found


def faults(tests: Sequence[OldTest], checks: Sequence[Check], excused: Mapping[str, str]) -> list[str]:
    """What is wrong with the map: an old test without check and reason, an empty reason, an id that does not exist,
    a category with fewer checks than its row counted tests."""
    known = {test.id for test in tests}
    covered = {id for check in checks for id in check.covers}
    wrong = [f"{id}: neither covered by a check nor excused" for id in sorted(known - covered - set(excused))]
    wrong += [f"{id}: an empty reason" for id, words in excused.items() if not words.strip()]
    wrong += [f"{id}: no such old test" for id in sorted((covered | set(excused)) - known)]
    for category, least in REPORTED.items():
        count = sum(check.category == category for check in checks)
        if count < least:
            wrong.append(f"{category}: {count} checks, the report counts {least} tests")
    return wrong


def page(tests: Sequence[OldTest], checks: Sequence[Check], excused: Mapping[str, str]) -> str:
    """The page: a summary by category, then every old test with its checks or the reason."""
    by_old: dict[str, list[str]] = {}
    for check in checks:
        for id in check.covers:
            by_old.setdefault(id, []).append(check.id)
    lines = [
        "# What became of the stack's own tests",
        "",
        "Written by `make coverage`; a test compares it with the checks. The stack's own report counts "
        f"{sum(REPORTED.values())} tests. Each stands here with the checks that keep its promise, or with the reason "
        "why none does.",
        "",
        "| category | key | tests in the report | checks here |",
        "|---|---|--:|--:|",
    ]
    for heading in registry.HEADINGS:
        count = sum(check.category == heading.id for check in checks)
        key = heading.digit or heading.letter
        lines.append(f"| {heading.id} | `{key}` | {REPORTED[heading.id]} | {count} |")
    lines.append(f"| all | | {sum(REPORTED.values())} | {len(checks)} |")
    for heading in registry.HEADINGS:
        lines += ["", f"## {heading.id}", "", "| old test | its name | checks |", "|---|---|---|"]
        for test in tests:
            if test.row == heading.id:
                ids = ", ".join(f"`{id}`" for id in by_old.get(test.id, []))
                words = "; ".join(part for part in (ids, excused.get(test.id, "")) if part)
                lines.append(f"| {test.id} | `{test.name}` | {words} |")
    return "\n".join(lines) + "\n"


def current() -> str:
    """The page as the checks of this tree make it."""
    return page(old_tests(), registry.load(), excuses())


if __name__ == "__main__":
    PAGE.write_text(current(), "utf-8")
