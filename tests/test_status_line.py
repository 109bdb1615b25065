"""`status --line`: what prompts show, read from what a recorder wrote, at next to no cost."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from sutaz_tui.model import Cause, Service, ServiceState, Snapshot, Status
from sutaz_tui.state.line import LineKeeper, counted, name_of, printed
from sutaz_tui.state.writer import Writer
from tests.running import ROOT, Simulated, command, environment, simulated
from tests.servers.waiting import patient

NOW = datetime.now(UTC)


def state(id: str, status: Status, since: float = 38, known: str = "") -> ServiceState:
    service = Service(id=id, title=id.title(), kind="tcp", group="all", address="127.0.0.1:1")
    began = NOW - timedelta(seconds=since)
    return ServiceState(service=service, status=status, summary="", since=began, asked=NOW, known=known)


def snapshot(*states: ServiceState) -> Snapshot:
    return Snapshot(seq=1, at=NOW, services=states)


def kept(folder: Path, shown: Snapshot, path: str = "") -> None:
    writer = Writer(lambda words: pytest.fail(words))
    LineKeeper(path, str(folder / "sutaz-tui")).look(shown, writer)
    assert list(writer.flush(10.0)) == []


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([state("a", Status.UP), state("b", Status.UP)], "✓2"),
        ([state("a", Status.UP), state("db", Status.DOWN)], "✗1 Db"),
        ([state("a", Status.DEGRADED), state("b", Status.DEGRADED)], "!2 A"),
        ([state("a", Status.DOWN, known="disk is ordered"), state("b", Status.UP)], "✓1"),
    ],
)
def test_the_worst_is_counted_and_named(states: list[ServiceState], words: str) -> None:
    assert counted(snapshot(*states))[0] == words


def test_of_several_causes_the_line_names_that_of_the_boards_head() -> None:
    shown = snapshot(state("a", Status.DOWN), state("b", Status.DOWN), state("c", Status.DOWN))
    causes = tuple(Cause(id=id, title=id.title(), since=NOW, words="refused.") for id in ("c", "b"))
    assert counted(replace(shown, causes=causes))[0] == "✗3 C"


def test_the_line_of_a_config_is_found_with_its_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    config = str(tmp_path / "shop.yaml")
    now = datetime.now(UTC)
    kept(tmp_path, replace(snapshot(state("db", Status.DOWN)), at=now), config)
    assert printed(["-c", "shop.yaml"]) == 1
    assert re.fullmatch(r"✗1 Db \d+[sm]\n", capsys.readouterr().out)
    assert printed([]) == 3 and capsys.readouterr().out == "? nothing watches\n"
    kept(tmp_path, replace(snapshot(state("db", Status.UP)), at=now))
    assert printed([]) == 0 and capsys.readouterr().out == "✓1\n"
    old = replace(snapshot(state("db", Status.UP)), at=now - timedelta(minutes=5, seconds=30))
    kept(tmp_path, old)
    assert printed([]) == 1 and capsys.readouterr().out == "✓1 (stale 5m)\n"


def test_two_configs_of_one_checksum_are_not_taken_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "sutaz-tui").mkdir()
    path = str((tmp_path / "a.yaml").resolve())
    (tmp_path / "sutaz-tui" / name_of(path)).write_text(f"/another.yaml\n{time.time():.0f}\n\n✓9\n")
    assert printed(["-c", path]) == 3


def test_the_command_answers_and_refuses_what_it_does_not_know(own_folders: Path) -> None:
    done = command("status", "--line")
    assert (done.returncode, done.stdout) == (3, "? nothing watches\n")
    assert command("status", "--line", "postgres").returncode == 2


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated() as made:
        yield made


def test_nothing_is_asked(stack: Simulated) -> None:
    stack.control("POST", "/counts/reset")
    command("status", "--line", "-c", str(stack.demo.path), env=stack.demo.environ)
    assert stack.control("GET", "/requests") == []


START = (
    "import sys; sys.argv = ['sutaz-tui', 'status', '--line']; from sutaz_tui.__main__ import main; main()"
)


def imported(words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", words],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=patient(60), check=False,
    )  # fmt: skip
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}


def test_it_costs_little_more_than_pythons_own_start() -> None:
    ours = {"sutaz_tui", "sutaz_tui.__main__", "sutaz_tui.state", "sutaz_tui.state.line"}
    more = imported(START) - imported("pass") - ours
    assert not more & {"click", "pathlib", "json", "re", "msgspec", "datetime", "yaml"}, more
    assert not {name for name in more if name.startswith("sutaz_tui")}
