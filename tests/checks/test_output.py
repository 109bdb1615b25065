"""A run in every format, read back by what other programs read it with."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sutaz_tui.cli.checks import FORMATS as OFFERED
from sutaz_tui.model import CheckClass, Outcome, Step
from sutaz_tui.output.checks import (
    FORMATS,
    as_json,
    as_junit,
    as_markdown,
    as_prometheus,
    as_tap,
    as_text,
    exit_code,
    listed,
    listed_json,
)
from sutaz_tui.output.report import as_report
from sutaz_tui.probes.exposition import samples
from tests.checks.scripted import AT, check, passes, result, run_of

HARD = 'a|b <c> "d" & \\e # 100 %\x01 \N{SNOWMAN}'
STEP = Step("health", "GET http://127.0.0.1:1/health", "503 down", 0.0125, 'curl -H "X: $TOKEN" http://x/')
RUN = run_of(
    result("agents.letta", Outcome.PASS, service="letta"),
    result("agents.crewai", Outcome.FAIL, service="crewai", found=HARD, message=HARD, steps=(STEP, STEP)),
    result("agents.aider", Outcome.ERROR, service="aider", cause="ollama", left=("sutaztui-key",)),
    result("databases.redis", Outcome.BLOCKED, cause="redis"),
    result("databases.write", Outcome.SKIP, check_class=CheckClass.WRITES, message="not allowed: it writes"),
    result("own.mine", Outcome.PASS),
)
ALL_GREEN = run_of(result("agents.letta", Outcome.PASS), result("agents.x", Outcome.SKIP))


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([Outcome.PASS], 0),
        ([Outcome.PASS, Outcome.SKIP], 0),
        ([Outcome.PASS, Outcome.FAIL], 1),
        ([Outcome.PASS, Outcome.ERROR], 1),
        ([Outcome.PASS, Outcome.BLOCKED], 1),
        ([Outcome.BLOCKED], 1),
        ([Outcome.SKIP], 3),
        ([], 3),
    ],
)
def test_exit_codes(outcomes: list[Outcome], code: int) -> None:
    assert exit_code(run_of(*(result(f"a.{n}", outcome) for n, outcome in enumerate(outcomes)))) == code


def test_json_has_exactly_the_promised_keys() -> None:
    found = json.loads(as_json(RUN))
    assert set(found) == {"at", "summary", "categories", "results"}
    assert found["at"].startswith("2026-11-23T14:00:00")
    assert found["summary"] == {"pass": 2, "fail": 1, "error": 1, "blocked": 1, "skip": 1, "elapsed": 2.0}
    assert found["categories"][0] == {
        "id": "agents", "title": "agents", "key": "1", "pass": 1, "fail": 1, "error": 1, "blocked": 0, "skip": 0,
    }  # fmt: skip
    assert [category["id"] for category in found["categories"]] == ["agents", "databases", "own"]
    assert [entry["id"] for entry in found["results"]] == [one.check_id for one in RUN.results]
    keys = {
        "id", "category", "title", "class", "service", "outcome", "expected", "found", "message", "cause", "elapsed",
        "tries", "steps", "red_with",
    }  # fmt: skip
    assert all(set(entry) == keys for entry in found["results"])
    assert {entry["outcome"] for entry in found["results"]} == {"pass", "fail", "error", "blocked", "skip"}
    red = found["results"][1]
    assert red["found"] == HARD
    assert red["steps"][0] == {
        "what": "health", "request": "GET http://127.0.0.1:1/health", "answer": "503 down", "elapsed": 0.0125,
        "reproduce": 'curl -H "X: $TOKEN" http://x/',
    }  # fmt: skip
    assert found["results"][4]["class"] == "writes"


def test_junit_is_one_suite_a_category() -> None:
    root = ET.fromstring(as_junit(RUN))
    assert root.tag == "testsuites"
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["agents", "databases", "own"]
    counts = [suites["agents"].get(key) for key in ("tests", "failures", "errors", "skipped")]
    assert counts == ["3", "1", "1", "0"]
    assert [suites["databases"].get(key) for key in ("tests", "errors", "skipped")] == ["2", "1", "1"]
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert list(cases["agents.letta"]) == []
    [failure] = cases["agents.crewai"]
    assert (failure.tag, failure.get("type")) == ("failure", "fail")
    assert failure.text is not None and HARD.replace("\x01", " ") in failure.text
    assert [child.tag for child in cases["databases.redis"]] == ["error"]
    [skipped] = cases["databases.write"]
    assert (skipped.tag, skipped.get("message")) == ("skipped", "not allowed: it writes")
    assert float(cases["agents.letta"].get("time", "")) == 0.25


def test_tap_has_its_plan_and_a_line_for_each() -> None:
    lines = as_tap(RUN).splitlines()
    assert lines[:2] == ["TAP version 14", "1..6"]
    points = [line for line in lines if re.match(r"(not )?ok ", line)]
    assert points == [
        "ok 1 - agents.letta",
        "not ok 2 - agents.crewai",
        "not ok 3 - agents.aider",
        "not ok 4 - databases.redis",
        "ok 5 - databases.write # SKIP not allowed: it writes",
        "ok 6 - own.mine",
    ]
    told = next(line for line in lines if line.startswith("  found:"))
    assert json.loads(told.partition(": ")[2]) == HARD


def test_prometheus_lines_can_be_scraped() -> None:
    passing, lasting, ending = (
        "sutaz_check_pass",
        "sutaz_check_duration_seconds",
        "sutaz_checks_finished_timestamp_seconds",
    )
    body = (as_prometheus(RUN) + "\n").encode()
    found = list(samples(body, {passing, lasting, ending}))
    assert {s.labels["id"]: s.value for s in found if s.name == passing} == {
        "agents.letta": 1.0, "agents.crewai": 0.0, "agents.aider": 0.0, "databases.redis": 0.0, "own.mine": 1.0,
    }  # fmt: skip
    # A label that changes with the outcome would begin a new series, and the `for:` of an alert anew.
    assert {frozenset(s.labels) for s in found if s.name == passing} == {frozenset({"id", "category"})}
    assert [s.value for s in found if s.name == lasting] == [0.25] * 5
    assert [s.value for s in found if s.name == ending] == [AT.timestamp() + 2]
    types = re.findall(rb"^# TYPE (\S+) gauge$", body, re.M)
    assert [name.decode() for name in types] == [passing, lasting, ending]
    lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
    assert len(lines) == len(found)


def test_markdown_is_a_table_and_what_did_not_pass() -> None:
    text = as_markdown(RUN)
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert rows == [
        ["category", "checks", "pass", "fail", "error", "blocked", "skip"],
        ["agents", "3", "1", "1", "1", "0", "0"],
        ["databases", "2", "0", "0", "0", "1", "1"],
        ["own", "1", "1", "0", "0", "0", "0"],
    ]
    assert re.findall(r"^## (.*)$", text, re.M) == [
        "FAIL agents.crewai", "ERROR agents.aider", "BLOCKED databases.redis", "Not run",
    ]  # fmt: skip
    assert "<c>" not in text
    assert "- reproduce: `curl" in text


OUTSIDE = [
    "![x](http://evil.example/q.png) [a](javascript:alert(1)) <http://evil.example> <b>bold</b>",
    "a | b \\| c `code` ``x`` *** and *** __init__ ~~gone~~ &copy; &#x41; &amp",
    "# head [a]: http://evil.example 'x' \\![x](y) ![x][a] <!-- gone -->",
]
SIGNS = st.sampled_from(
    [*"\\`*_[]()<>|~&!#:;\"'-+=1. ", "http://x", "javascript:", "&copy;", "***", "word", "ä"]
)


def drawn(text: str) -> list[str]:
    """What a viewer shows of a report, a text for each block; a link, picture or tag fails."""
    shown = []
    for block in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        assert block.type != "html_block", block.content
        if block.type == "inline":
            kinds = {part.type for part in block.children or ()}
            assert kinds <= {"text", "code_inline", "softbreak"}, kinds
            shown.append("".join(part.content for part in block.children or ()))
    return shown


def assert_word_for_word(words: str) -> None:
    found = result(
        "a.x", Outcome.FAIL, expected=f"x {words} y", found=f"x {words} y", left=(f"x {words} y",),
        steps=(Step("x", "GET /", words, 0.1, f"curl {words}"),),
    )  # fmt: skip
    run = run_of(found, result("a.y", Outcome.SKIP, message=f"no {words} y", service="s"))
    titles = {"s": f"x {words} y"}
    for text in (as_markdown(run), as_report(run, titles, "test")):
        shown = drawn(text)
        for field in ("expected", "found"):
            assert f"{field}: x {words} y" in shown
    assert f"x {words} y" in drawn(as_report(run, titles, "test")), "in a table too"


@pytest.mark.parametrize("words", OUTSIDE)
def test_markdown_of_outside_text_fetches_no_picture_and_hides_no_link(words: str) -> None:
    assert_word_for_word(words)


@given(st.lists(SIGNS, max_size=12).map("".join).map(lambda text: " ".join(text.split())))
def test_markdown_shows_any_words_as_they_are(words: str) -> None:
    assert_word_for_word(f"a {words} b")


def test_text_tells_what_to_act_on() -> None:
    lines = as_text(RUN).splitlines()
    assert "FAIL    agents.crewai  agents.crewai is well" in lines
    assert '        reproduce  curl -H "X: $TOKEN" http://x/' in lines
    assert "        cause      ollama" in lines
    assert "        left over  sutaztui-key" in lines
    assert lines[0] == "SKIP    1  not allowed: it writes: databases.write"
    assert lines[-1] == "2 pass, 1 fail, 1 error, 1 blocked, 1 skip in 2.0 s"
    assert not any("agents.letta" in line for line in lines)


def test_what_is_red_stands_last_and_what_was_not_run_in_a_line_a_reason() -> None:
    """Three reds stood at the lines 131 to 183 of 265, before and behind 126 skips of two lines each."""
    skips = [result(f"a.s{n}", Outcome.SKIP, message="not allowed: it writes") for n in range(9)]
    lines = as_text(run_of(result("a.red", Outcome.FAIL), *skips, result("a.ok", Outcome.PASS))).splitlines()
    assert lines[0] == "SKIP    9  not allowed: it writes"
    assert lines[1] == "FAIL    a.red  a.red is well"
    assert lines[-1] == "1 pass, 1 fail, 9 skip in 2.0 s" and len(lines) == 5


def test_one_fault_that_reddens_many_is_told_once() -> None:
    """PostgreSQL was stopped: 44 blocked, and no line that named it as what is wrong."""
    down = result(
        "infrastructure.postgres.itself", Outcome.FAIL, service="postgres", cause="postgres", is_down=True
    )
    waiting = [result(f"pool.c{n}", Outcome.BLOCKED, service="postgres", cause="postgres") for n in range(44)]
    late = result("jwt.late", Outcome.ERROR, service="backend", cause="postgres", found="no end within 10 s")
    own = result("caching.own", Outcome.FAIL)
    run = run_of(*waiting[:20], down, late, *waiting[20:], own)
    heads = [line for line in as_text(run).splitlines() if not line.startswith(" ")]
    assert heads[:-1] == [
        "FAIL    infrastructure.postgres.itself  infrastructure.postgres.itself is well",
        "FAIL    caching.own  caching.own is well",
    ]
    assert "        also       ERROR jwt.late: no end within 10 s" in as_text(run)
    assert "        also       44 BLOCKED: pool.c0, pool.c1, pool.c2, pool.c3, pool.c4, +39 more" in as_text(
        run
    )
    report = as_report(run, {}, "test")
    assert re.findall(r"^### (.*)$", report, re.M) == [
        "FAIL infrastructure.postgres.itself",
        "FAIL caching.own",
    ]
    assert all(one.check_id in report for one in waiting)
    assert re.findall(r"^## (.*)$", as_markdown(run), re.M) == [
        "FAIL infrastructure.postgres.itself",
        "FAIL caching.own",
    ]
    assert "- also failed: ERROR jwt.late: no end within 10 s" in as_markdown(run)
    assert all(one.check_id in as_markdown(run) for one in waiting)
    tap = as_tap(run)
    assert tap.count("not ok ") == 47
    assert tap.count('  red_with: "infrastructure.postgres.itself"') == 45
    [errors] = [suite.get("errors") for suite in ET.fromstring(as_junit(run)) if suite.get("name") == "pool"]
    cases = {
        case.get("name"): case.findtext("system-out")
        for case in ET.fromstring(as_junit(run)).iter("testcase")
    }
    assert errors == "44" and cases["pool.c0"] == "red with infrastructure.postgres.itself"
    assert cases["caching.own"] is None
    told = {one["id"]: one["red_with"] for one in json.loads(as_json(run))["results"]}
    assert told["pool.c0"] == "infrastructure.postgres.itself" and told["caching.own"] == ""


def test_every_format_can_be_asked_for_on_the_command_line() -> None:
    assert set(OFFERED) == set(FORMATS)


def test_a_green_run_is_told_in_every_format() -> None:
    for form, write in FORMATS.items():
        assert "agents" in write(ALL_GREEN) or form == "text", form


def test_the_list_names_class_and_title() -> None:
    checks = [
        check("a", passes),
        check("longer", passes, kind=CheckClass.HEAVY, logs_in=True),
        check("me", passes, logs_in=True),
    ]
    assert listed(checks).splitlines() == [
        "agents.a       reads         a is well",
        "agents.longer  heavy,logins  longer is well",
        "agents.me      logins        me is well",
    ]
    told = json.loads(listed_json(checks))
    assert [(one["class"], one["logs_in"], one["allow"]) for one in told] == [
        ("reads", False, []),
        ("heavy", True, ["heavy", "logins"]),
        ("reads", True, ["logins"]),
    ]


def test_the_report_has_a_result_behind_every_claim() -> None:
    text = as_report(RUN, {"crewai": "CrewAI", "ollama": "Ollama"}, "test")
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    assert heads == [
        "State of the stack (test)", "By category", "Failures", "FAIL agents.crewai", "ERROR agents.aider",
        "BLOCKED databases.redis", "By system", "The 5 slowest of 2.0 s", "Not run: 1",
    ]  # fmt: skip
    assert "6 checks were selected" in text
    assert "- cause: Ollama is in trouble" in text
    assert "| CrewAI | 0 | 1 | 0 |" in text
    assert "- not allowed: it writes: databases.write" in text
    assert "- could not be removed: sutaztui-key" in text
    assert "score" not in text
    assert "%" not in text.replace(HARD.replace("|", "\\|").replace("<", "&lt;")[-9:], "")


def test_a_report_of_a_green_run_says_so() -> None:
    assert "No check that ran failed." in as_report(ALL_GREEN, {}, "test")
