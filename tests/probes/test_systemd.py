"""The `systemd` kind, on a stand-in for `systemctl show` with the answers that its manual describes."""

from pathlib import Path

import pytest

from sutaz_tui.config.kinds import Systemd
from sutaz_tui.model import Reading, Status
from tests.loopback import configured, probing, reading

ACTIVE = {
    "LoadState": "loaded", "ActiveState": "active", "SubState": "running", "Result": "success", "Type": "notify",
    "NRestarts": "0", "ExecMainStatus": "0", "MemoryCurrent": "52428800", "UnitFileState": "enabled",
}  # fmt: skip


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose `systemctl` prints the file `said` and keeps how it was called in `called`."""
    script = f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/called\ncat {tmp_path}/said\nexit $(cat {tmp_path}/code)\n'
    program = tmp_path / "systemctl"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def says(folder: Path, code: int = 0, **changes: str) -> None:
    (folder / "said").write_text("".join(f"{key}={value}\n" for key, value in (ACTIVE | changes).items()))
    (folder / "code").write_text(str(code))


async def read(optional: bool = False, user: bool = False) -> Reading:
    entry = Systemd(
        id="nginx",
        title="nginx",
        unit="nginx.service",
        user=user,
        optional=optional,
        timeout=10.0,
        interval=60.0,
    )
    async with probing(configured(entry)) as probe:
        return await reading(probe)


async def test_an_active_unit_is_up(systemctl: Path) -> None:
    says(systemctl)
    found = await read(user=True)
    assert (found.status, found.summary) == (Status.UP, "active (running), 50M")
    called = (systemctl / "called").read_text().splitlines()
    assert called[:3] == ["--user", "show", "--no-pager"] and called[-2:] == ["--", "nginx.service"]


@pytest.mark.parametrize(
    ("changes", "status", "word", "words"),
    [
        (
            {"ActiveState": "failed", "SubState": "failed", "Result": "exit-code", "ExecMainStatus": "1"},
            Status.DOWN, "DOWN", "failed (failed), exit-code, exit 1",
        ),
        ({"ActiveState": "inactive", "SubState": "dead"}, Status.DOWN, "DOWN", "inactive (dead)"),
        (
            {"ActiveState": "inactive", "SubState": "dead", "Type": "oneshot"},
            Status.UP, "ended", "inactive (dead), a oneshot that ended well",
        ),
        (
            {"ActiveState": "activating", "SubState": "auto-restart", "Result": "signal"},
            Status.DOWN, "loop", "activating (auto-restart): it ends again and again, signal",
        ),
        ({"ActiveState": "activating", "SubState": "start"}, Status.UP, "starting", "activating (start), 50M"),
        ({"LoadState": "not-found", "ActiveState": "inactive"}, Status.DOWN, "DOWN", "systemd has no unit nginx.service"),
        ({"LoadState": "masked", "ActiveState": "inactive"}, Status.DOWN, "DOWN", "the unit nginx.service is masked"),
        ({"MemoryCurrent": "18446744073709551615"}, Status.UP, "", "active (running)"),
    ],
)  # fmt: skip
async def test_what_the_states_of_a_unit_mean(
    systemctl: Path, changes: dict[str, str], status: Status, word: str, words: str
) -> None:
    says(systemctl, **changes)
    found = await read()
    assert (found.status, found.word, found.summary) == (status, word, words)


async def test_a_unit_that_systemd_restarted_is_degraded_once(systemctl: Path) -> None:
    says(systemctl)
    entry = Systemd(id="nginx", title="nginx", unit="nginx.service", timeout=10.0, interval=60.0)
    async with probing(configured(entry)) as probe:
        assert (await reading(probe)).status is Status.UP
        says(systemctl, NRestarts="3")
        found = await reading(probe)
        assert (found.status, found.word) == (Status.DEGRADED, "restart")
        assert "restarted, 3 times in all" in found.summary
        assert (await reading(probe)).status is Status.UP


async def test_an_optional_unit_that_is_missing_is_not_deployed(systemctl: Path) -> None:
    says(systemctl, LoadState="not-found", ActiveState="inactive")
    assert (await read(optional=True)).status is Status.ABSENT


async def test_a_host_without_systemd_says_nothing_of_the_unit(
    systemctl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (systemctl / "said").write_text("System has not been booted with systemd as init system (PID 1).\n")
    (systemctl / "code").write_text("1")
    found = await read()
    assert found.status is Status.UNKNOWN and "has not been booted with systemd" in found.summary
    monkeypatch.setenv("PATH", "/nowhere")
    found = await read()
    assert found.status is Status.UNKNOWN and "is not there" in found.summary
