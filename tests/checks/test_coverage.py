"""Every old test of the stack is covered by a check or excused, and the page that says so is current."""

import re
from dataclasses import replace

from sutaz_tui.checks import registry
from tests.coverage import PAGE, REPORTED, current, excuses, faults, old_tests


def test_every_old_test_is_covered_or_excused() -> None:
    assert faults(old_tests(), registry.load(), excuses()) == []


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == current(), "docs/coverage.md is old: run make coverage"


def test_there_are_254_old_tests_and_the_report_counts_as_many() -> None:
    ids = [test.id for test in old_tests()]
    assert len(ids) == len(set(ids)) == sum(REPORTED.values()) == 254
    assert {test.row for test in old_tests()} == set(REPORTED) == {h.id for h in registry.HEADINGS}


def test_every_old_test_stands_on_the_page_with_words() -> None:
    rows = re.findall(r"^\| ([a-z0-9]+-\d+) \| `\w+` \| (.*) \|$", current(), re.M)
    assert [id for id, _ in rows] == sorted((t.id for t in old_tests()), key=[id for id, _ in rows].index)
    assert len(rows) == 254
    assert all(words.strip() for _, words in rows)


def test_gaps_are_seen() -> None:
    tests, checks, excused = old_tests(), registry.load(), excuses()
    blind = [replace(check, covers=tuple(id for id in check.covers if id != "agt-01")) for check in checks]
    assert faults(tests, blind, excused) == ["agt-01: neither covered by a check nor excused"]
    assert faults(tests, checks, {**excused, "mcp-17": " "}) == ["mcp-17: an empty reason"]
    assert faults(tests, checks, {**excused, "agt-99": "gone"}) == ["agt-99: no such old test"]
    few = [check for check in checks if check.category != "load"]
    assert "load: 0 checks, the report counts 4 tests" in faults(tests, few, excused)
