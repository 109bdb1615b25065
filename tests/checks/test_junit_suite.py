"""The results that another runner wrote as a JUnit file, as a category with an age."""

import os
import time
from pathlib import Path

import pytest

from sutaz_tui.checks.suites.junit import JunitSuite
from sutaz_tui.config.suites import JunitFile
from sutaz_tui.model import CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking
from tests.config.faults import HTTP, read

JEST = """<testsuites><testsuite name="jest">
<testcase classname="cart" name="adds" time="0.25"/>
<testcase classname="cart" name="pays" time="1,000.5"><failure message="">
expected 200 \u001b[31m got 502</failure><system-out>POST /pay</system-out></testcase>
<testcase classname="cart" name="adds"><error message="TypeError: x"/></testcase>
<testcase name="later"><skipped/></testcase>
</testsuite></testsuites>"""


async def read_in(
    tmp_path: Path, text: str | None, age: float = 0.0, within: float = 0.0
) -> dict[str, CheckResult]:
    file = tmp_path / "junit.xml"
    if text is not None:
        file.write_text(text.replace("\x1b", "?"), "utf-8")
        os.utime(file, (time.time() - age,) * 2)
    suite = JunitSuite(JunitFile(id="jest", file=str(file), within=within))
    checking = Checking(read(tmp_path, HTTP))
    try:
        run = await checking.run([suite.reading(), *await suite.collect()])
    finally:
        await checking.aclose()
    return {result.check_id.removeprefix("jest."): result for result in run.results}


async def test_each_case_is_a_check_with_the_runners_words_and_an_age(tmp_path: Path) -> None:
    found = await read_in(tmp_path, JEST, age=3 * 3600 + 125)
    assert {id: (result.outcome, result.message) for id, result in found.items()} == {
        "file": (Outcome.PASS, "4 tests, 2 red, 3h02m old"),
        "cart::adds": (Outcome.PASS, "passes, 3h02m ago"),
        "cart::pays": (Outcome.FAIL, "expected 200 ?[31m got 502, 3h02m ago"),
        "cart::adds#2": (Outcome.ERROR, "TypeError: x, 3h02m ago"),
        "later": (Outcome.SKIP, "skipped, 3h02m ago"),
    }
    assert found["cart::adds"].elapsed == 0.25
    assert found["cart::pays"].elapsed == 1000.5
    assert "POST /pay" in found["cart::pays"].steps[0].answer


async def test_results_that_are_too_old_are_red(tmp_path: Path) -> None:
    found = await read_in(tmp_path, JEST, age=7200, within=3600)
    assert found["file"].message == "expected results of the last 1h00m; found 2h00m old"
    assert found["cart::adds"].outcome is Outcome.ERROR


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read: no such file or directory"),
        ("garbage", ":1 is no XML: "),
        ("<testsuites>\n<testcase>", ":2 is no XML: "),
        ("<html></html>", "is no JUnit file: its root is <html>"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><testsuites>&a;</testsuites>', "with a document type"),
    ],
)
async def test_a_file_that_is_none_says_why(tmp_path: Path, text: str | None, words: str) -> None:
    found = await read_in(tmp_path, text)
    assert list(found) == ["file"]
    assert found["file"].outcome is Outcome.ERROR
    assert words in found["file"].message
