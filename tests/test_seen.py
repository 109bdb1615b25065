"""What newcomers and attackers saw happen, and must not see again."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sutaz_tui.config import load
from sutaz_tui.config.files import find
from sutaz_tui.config.outside import looks_secret
from sutaz_tui.engine.engine import Engine
from sutaz_tui.errors import ConfigError
from sutaz_tui.probes.base import Probe
from tests.running import ROOT, command, environment
from tests.servers.waiting import patient

TILL = "services:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n"


@pytest.mark.parametrize("words", ["status -c {}", "config check -c {}", "-c {}"])
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&-"])
def test_closed_streams_end_with_the_usual_code_and_no_crash(words: str, closed: str, tmp_path: Path) -> None:
    file = tmp_path / "till.yaml"
    file.write_text(TILL, "utf-8")
    line = f"exec {sys.executable} -m sutaz_tui {words.format(file)} {closed}"
    done = subprocess.run(
        ["sh", "-c", line], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=patient(60)
    )
    assert done.stdout + done.stderr == ""
    assert done.returncode == (0 if "check" in words else 1)


@pytest.mark.parametrize("words", ["status --demo", "config schema"])
def test_a_full_disk_is_no_fault_of_the_program(words: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sutaz_tui", *words.split()],
            cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
            text=True, timeout=patient(60),
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Error: the disk is full")


def test_a_pipe_in_this_folder_does_not_hold_up_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("sutaz-tui.yaml", 0o600)
    with pytest.raises(ConfigError, match="found a pipe"):
        find(None, None, {})


def test_a_link_of_somebody_else_in_this_folder_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(TILL, "utf-8")
    Path("sutaz-tui.yaml").symlink_to("mine.yaml")
    assert find(None, None, {}).data == TILL.encode()
    link = list(os.lstat("sutaz-tui.yaml"))
    link[stat.ST_UID] = os.getuid() + 1
    # Only root may give a link away.
    monkeypatch.setattr(Path, "lstat", lambda path: os.stat_result(link))
    with pytest.raises(ConfigError, match="belongs to somebody else"):
        find(None, None, {})


def test_options_before_the_command_are_told_where_they_belong(tmp_path: Path) -> None:
    done = command("-c", str(tmp_path / "x.yaml"), "status")
    assert done.returncode == 2
    assert f"options stand behind the command: sutaz-tui status -c {tmp_path}/x.yaml" in done.stderr


async def test_the_engine_says_when_no_client_library_is_being_imported_any_more(tmp_path: Path) -> None:
    ready, asked = asyncio.Event(), []

    async def probes(wanted: frozenset[str] | None = None) -> AsyncIterator[Probe]:
        await ready.wait()
        asked.append(wanted)
        for probe in list[Probe]():
            yield probe

    async def close() -> None:
        return

    file = tmp_path / "till.yaml"
    file.write_text(TILL, "utf-8")
    engine = Engine(load(None, file, {}), probes, close)
    await engine.start()
    loaded = asyncio.create_task(engine.loaded())
    await asyncio.sleep(0)
    assert not loaded.done()
    ready.set()
    async with asyncio.timeout(patient(5)):
        await loaded
    assert asked == [None]
    await engine.stop()


def test_the_folder_that_the_shell_is_in_is_no_secret() -> None:
    assert [name for name in ("PWD", "OLDPWD", "DB_PWD", "POSTGRES_PASSWORD") if looks_secret(name)] == [
        "DB_PWD",
        "POSTGRES_PASSWORD",
    ]
