"""`config check` tells a keymap or theme that the board could not follow, and says nothing of one that it can."""

import re
from pathlib import Path

import pytest

from sutaz_tui.cli.main import run

SERVICES = "services:\n  - {id: a, kind: tcp, address: 'h:1'}\n"


def checked(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    path = folder / "x.yaml"
    path.write_text(text + SERVICES)
    code = run(["config", "check", "-c", str(path)])
    told = capsys.readouterr()
    return code, (told.out + told.err).replace(f"{path}", "x.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("keymap: {refresh: f5}\n", "x.yaml:1: keymap.refresh: there is no action 'refresh'"),
        ("env: test\nkeymap:\n  ask: u\n  freez: f5\n", "x.yaml:4: keymap.freez: there is no action 'freez'; did you"),
        ("keymap: {freeze: c}\n", "x.yaml:1: keymap.freeze: c is both cause and freeze (board)"),
        ("keymap: {freeze: ctrl-f}\n", "x.yaml:1: keymap.freeze: no key is called ctrl-f"),
        ("keymap: {freeze: '5'}\n", "x.yaml:1: keymap.freeze: freeze may not take 5"),
        ("theme: nrd\n", "x.yaml:1: theme: there is no theme 'nrd'; there are "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    code, words = checked(tmp_path, text, capsys)
    assert code == 2 and told in words and "no fault" not in words


def test_what_is_right_passes_and_an_id_of_0_1_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, words = checked(tmp_path, "theme: nord\nkeymap: {ask: f5, log.down: 'f6, ?'}\n", capsys)
    assert code == 2 and "? is both" in words, "taken by help"
    code, words = checked(tmp_path, "theme: nord\nkeymap: {ask: f5, log.down: f6}\n", capsys)
    assert code == 0 and "no fault" in words
    assert "warning: keymap: log.down is called move.down now" in words


def test_the_keymap_of_the_example_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = (Path(__file__).parents[2] / "config.example.yaml").read_text()
    [shown] = re.findall(r"`action: key`, such as (\{.*?\})", example)
    code, words = checked(tmp_path, f"keymap: {shown}\n", capsys)
    assert code == 0, words
