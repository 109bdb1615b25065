"""What is left of a crash: a private report without secrets, and words without a traceback."""

from pathlib import Path

import click
import pytest

from sutaz_tui.cli.main import cli, run
from sutaz_tui.output import crash
from sutaz_tui.text.sanitise import Secrets

SECRET = "correct-horse-battery"


def failed() -> Exception:
    local = f"{SECRET} as a local value"
    try:
        raise ValueError(f"no good: {SECRET} password=hunter2hunter2 \x1b]52;c;eA==\x07{len(local)}")
    except ValueError as error:
        return error


def test_the_report_is_private_and_without_secrets(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "state"
    path = crash.report(failed(), folder, Secrets([SECRET]), {"TERM": "xterm-\x1b[2J", "TMUX": "x"})
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    text = path.read_text()
    assert SECRET not in text
    assert "hunter2" not in text
    assert "\x1b" not in text
    assert "Traceback" in text
    assert "ValueError: no good: ***" in text
    for fact in ("sutaz-tui ", "python ", "textual ", "TERM ", "between   tmux", "size "):
        assert fact in text


def test_the_words_say_what_where_and_what_to_do(tmp_path: Path) -> None:
    words = crash.words(failed(), tmp_path, Secrets([SECRET]))
    [path] = tmp_path.glob("crash-*.txt")
    assert str(path) in words
    assert "ValueError: no good: ***" in words
    assert "please send it" in words
    for wrong in (SECRET, "hunter2", "\x1b", "Traceback", "File "):
        assert wrong not in words


def test_a_report_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = crash.words(failed(), tmp_path / "file" / "state", Secrets())
    assert "could not be written" in words
    assert "Not a directory" in words
    assert "Traceback" not in words


def test_only_the_newest_reports_are_kept(tmp_path: Path) -> None:
    paths = [crash.report(failed(), tmp_path, Secrets()) for _ in range(crash.KEPT + 3)]
    assert sorted(tmp_path.glob("crash-*.txt")) == sorted(paths[-crash.KEPT :])


def test_a_fault_of_ours_in_a_command_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MADE_PASSWORD", SECRET)

    def broken() -> None:
        raise failed()

    monkeypatch.setitem(cli.commands, "break", click.Command("break", callback=broken))
    assert run(["break"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert SECRET not in err
    [path] = (tmp_path / "state" / "sutaz-tui").glob("crash-*.txt")
    assert str(path) in err
    assert SECRET not in path.read_text()
