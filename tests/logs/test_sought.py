"""What is sought in a whole log: as Loki is asked for it, and as lines are held against it."""

import json
import re

import pytest

from sutaz_tui.logs.lines import Level, LogLine
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.parsing.levels import level_of
from sutaz_tui.logs.sought import Sought, line_filter
from tests.logs.formats import FORMATS
from tests.logs.more_formats import MORE

TEXTS = (
    "plain words",
    "Plain WORDS",
    'a "quoted" \\ path',
    "price 3.5$ (net)",
    "",
    "umlaut ÄÖ äö",
    "tab\there",
)


def passes(stage: str, text: str) -> bool:
    """Whether a line filter lets a text through, by RE2's rules as far as Python's are the same."""
    found = re.fullmatch(r'(\|=|\|~|!=|!~) ("(?:[^"\\]|\\.)*")', stage)
    assert found, stage
    operator, wanted = found[1], json.loads(found[2])
    is_in = re.search(wanted, text) is not None if "~" in operator else wanted in text
    return is_in is operator.startswith("|")


@pytest.mark.parametrize(
    "typed",
    ["words", "WORDS", "!words", "!WORDS", '"quoted" \\', "3.5$ (net)", "/w.rds$/", "/^pl/", "äö", "Ä"],
)
def test_loki_lets_through_every_line_that_a_pattern_matches(typed: str) -> None:
    pattern = Pattern(typed)
    stage = line_filter(pattern)
    assert stage
    for text in TEXTS:
        if pattern.finds(text) is not pattern.is_inverse:
            assert passes(stage, text) and passes(stage, text + "\n" if "$" in typed else text), (stage, text)
    assert any(not passes(stage, text) for text in TEXTS), "it narrows"


def test_what_loki_cannot_tell_is_read_here() -> None:
    assert [line_filter(Pattern(typed)) for typed in ("!/a/", "!äö", "tab\there")] == ["", "", ""]
    assert Sought((Pattern("!/a/"),)).stages == ("",)


SAMPLES = [
    (text, Level[level])
    for samples in (*FORMATS.values(), *MORE.values())
    for text, _, level in samples
    if Level[level] >= Level.WARN
]


@pytest.mark.parametrize(("text", "level"), SAMPLES, ids=[text[:60] for text, _ in SAMPLES])
def test_every_grave_line_of_every_format_holds_what_loki_is_asked_for(text: str, level: Level) -> None:
    assert level_of(text) is level
    for least in (Level.WARN, Level.ERROR):
        if level >= least:
            stage, _ = Sought(least=least).stages
            assert passes(stage, text)


def test_lines_of_a_level_alone_and_health_checks() -> None:
    def of(text: str) -> LogLine:
        return LogLine(1, "shop", text)

    health = of('INFO:     10.0.0.1:3000 - "GET /health HTTP/1.1" 200 OK')
    assert not Sought((Pattern("GET"),)).finds(health)
    assert Sought((Pattern("GET"),), with_health=True).finds(health)
    assert Sought(least=Level.ERROR).finds(of("ERROR: x")) and Sought(least=Level.ERROR).finds(of("FATAL: x"))
    assert not Sought(least=Level.WARN, exactly=True).finds(of("ERROR: x"))
    assert Sought(least=Level.WARN, exactly=True).finds(of("WARNING: x"))
    assert not Sought((Pattern("y"),), Level.ERROR).finds(of("ERROR: x"))
