"""Own checks that are functions in files of the user."""

from pathlib import Path

import pytest

from sutaz_tui.errors import ConfigError
from sutaz_tui.model import CheckClass
from sutaz_tui.wiring.checks import load_checks
from tests.checks.own import OWN, results
from tests.config.faults import read
from tests.running import command
from tests.web import web_server

FILE = """
from sutaz_tui.checks.own import check

@check("answers", "it answers", "a")
async def answers(ask):
    answer = await ask.url("GET", URL)
    ask.expect(answer.status == 200, "200", answer.status)
    return "answers"

@check("wordless", "it says nothing")
async def wordless(ask):
    ask.expect(True, "well", "ill")

@check("writes", "it writes", does="writes")
async def writes(ask):
    ask.expect(False, "a value", "none")
"""


async def test_functions_in_files_are_checks(tmp_path: Path) -> None:
    async with web_server() as web:
        (tmp_path / "mine.py").write_text(FILE + f"\nURL = '{web.answers(200, b'{}')}/x'\n")
        found = await results(read(tmp_path, OWN + "checks: {files: [mine.py]}\n"))
    assert {id: found.message for id, found in found.items()} == {
        "answers": "answers",
        "wordless": "as expected",
        "writes": "expected a value; found none",
    }
    assert found["writes"].check_class is CheckClass.WRITES
    assert found["answers"].service == "a"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = 1\nboom(\n", 2, "SyntaxError"),
        ("x = 1\ny = x / 0\n", 2, "ZeroDivisionError: division by zero"),
        ("x = 1\n", 0, "no @check function, expected at least one"),
        (FILE.replace("async def wordless", "def wordless"), 10, "expected an async function"),
        (FILE.replace('"wordless", ', '"answers", '), 10, "two checks are called own.answers"),
        (FILE.replace('"writes")', '"harm")'), 14, "'harm' is not a valid CheckClass"),
        ("x = 1\nopen('/nowhere/at/all')\n", 2, "FileNotFoundError"),
        ("import sys\nsys.exit(3)\n", 2, "SystemExit: 3"),
        (None, 0, "no such file"),
    ],
)
def test_a_file_that_can_not_be_used_is_told_with_its_line(
    tmp_path: Path, text: str | None, line: int, words: str
) -> None:
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    config = read(tmp_path, OWN + "checks: {files: [mine.py]}\n")
    with pytest.raises(ConfigError) as caught:
        load_checks(config)
    told = str(caught.value)
    assert told.startswith(f"{file}:{line}:" if line else f"{file}")
    assert words in told


def test_a_file_is_loaded_from_the_folder_of_the_config(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(FILE)
    config = read(tmp_path, OWN + "checks: {files: [mine.py]}\n")
    assert config.checks.files == [str(tmp_path / "mine.py")]
    own = [check.id for check in load_checks(config) if check.category == "own"]
    assert own == ["own.answers", "own.wordless", "own.writes"]


def test_its_line_is_told_where_the_config_is_named_from_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("x = 1\nimport no_such_module\n")
    (tmp_path / "shop.yaml").write_text(OWN + "checks: {files: [mine.py]}\n")
    done = command("check", "--list", "-c", "shop.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("mine.py:2: found ModuleNotFoundError: No module named 'no_such_module'")
