"""Formats of log lines that a config names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaz_tui.cli.main import run
from sutaz_tui.logs.lines import Level, LogLine
from sutaz_tui.logs.parsing import own_formats
from sutaz_tui.logs.parsing.levels import level_of
from sutaz_tui.logs.parsing.shapes import read
from sutaz_tui.logs.parsing.times import time_of

AT = 1795442832 * 10**9
REGEX = r"#(?P<level>\w+)~(?P<time>[^~]+)~(?P<logger>\w+)~(?P<unit>\w*)~(?P<message>.*)"
LINE = "#WARNING~2026-11-23T14:07:12Z~pump~north~pressure 9 bar, no ERROR"


@pytest.fixture(autouse=True)
def _none_after() -> Iterator[None]:
    yield
    own_formats.use([])


def test_a_line_of_a_named_format_has_its_time_level_logger_message_and_fields() -> None:
    before = read(LogLine(1, "a", LINE))
    assert before.message == LINE and level_of(LINE) is not Level.WARN
    own_formats.use([REGEX])
    fields = read(LogLine(1, "a", LINE))
    assert (fields.at, fields.level, fields.logger, fields.message, fields.more) == (
        AT,
        Level.WARN,
        "pump",
        "pressure 9 bar, no ERROR",
        {"unit": "north"},
    )
    assert time_of(LINE) == AT and level_of(LINE) is Level.WARN
    other = "2026-11-23 14:07:12,044 - app - ERROR - lost"
    assert level_of(other) is Level.ERROR and read(LogLine(1, "a", other)).shape == "python"


def test_a_format_whose_time_is_all_of_the_line_ends() -> None:
    own_formats.use([r"(?P<time>.*)(?P<message>)"])
    assert time_of("2026-11-23T14:07:12Z") == AT
    assert time_of("no time at all") is None


def test_a_format_that_takes_for_ever_is_put_out_of_force() -> None:
    own_formats.use([r"(?P<message>(?:a|aa)+)$", REGEX])
    assert read(LogLine(1, "a", "a" * 200 + "b")).message == "a" * 200 + "b"
    assert read(LogLine(1, "a", LINE)).logger == "pump"


@pytest.mark.parametrize(
    ("formats", "told"),
    [
        ("[{regex: '('}]", "logs.formats[0].regex: the regular expression is wrong"),
        ("[{regex: '(?P<text>.*)'}]", "found no group message"),
        ("[{regex: 'x(?P<message>.*)', samples: [xy, ay]}]", 'logs.formats[0].samples[1]: found "ay"'),
        ("[{samples: [a]}]", "regex"),
    ],
)
def test_a_wrong_format_is_told_with_its_place(
    formats: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"services:\n- {{id: a, kind: tcp, address: 'a:1'}}\nlogs: {{formats: {formats}}}\n")
    code = run(["config", "check", "-c", str(file)])
    written = capsys.readouterr()
    assert code == 2 and told in written.out + written.err
