"""The systemd unit that `record --unit` prints."""

import grp
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from sutaz_tui.config import Config, load
from sutaz_tui.errors import CannotStart
from sutaz_tui.output.unit import unit_text
from tests.running import command

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a folder beside /tmp")

STACK = """
env: test
services:
  - {id: db, kind: postgres, address: '127.0.0.1:5432', user: app, password: "${DB_PASSWORD:-}", container: db}
  - {id: docker, kind: docker, source: docker}
sources:
  docker: {url: 'unix:///var/run/docker.sock'}
record: {group: ops}
"""


PLACE = Path("/etc/sutaz-tui/my shop.yaml")
PROGRAM = Path("/bin/true")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "my shop.yaml"
    path.write_text(STACK)
    return load(None, path, {"DB_PASSWORD": "hunter2-hunter2"})


@pytest.fixture
def unit(config: Config) -> str:
    return unit_text(replace(config, path=PLACE), PROGRAM)


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder that is not below /tmp, where pytest's own are."""
    with tempfile.TemporaryDirectory(dir="/var/lib") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_config_that_a_unit_could_not_see_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(STACK)
    done = command("record", "--unit", "-c", str(path), env={"DB_PASSWORD": "hunter2-hunter2"})
    assert done.returncode == 2 and done.stdout == ""
    assert "would not run in a unit" in done.stderr or "a unit could not read" in done.stderr


def test_a_config_below_tmp_is_refused(config: Config) -> None:
    with pytest.raises(CannotStart, match=r"a unit has a /tmp of its own.*install -D -m 644"):
        unit_text(config, PROGRAM)


@needs_root
def test_a_config_or_program_that_the_unit_s_user_may_not_reach_is_refused(
    config: Config, elsewhere: Path
) -> None:
    path, program = elsewhere / "in" / "shop.yaml", elsewhere / "in" / "sutaz-tui"
    path.parent.mkdir(mode=0o755)
    path.write_text(STACK)
    program.write_text("#!/bin/sh\n")
    path.chmod(0o644)
    program.chmod(0o755)
    there = replace(config, path=path)
    assert f"record -c {path}" in unit_text(there, program)
    path.chmod(0o600)
    with pytest.raises(CannotStart, match=f"its own user may not read {path}"):
        unit_text(there, program)
    path.parent.chmod(0o700)
    with pytest.raises(CannotStart, match=f"its own user may not enter {path.parent}; install it where"):
        unit_text(there, program)
    # What all may not, the group of record.group may.
    staff = replace(config, path=path, record=changed(config.record, group=grp.getgrgid(50).gr_name))
    for part in (path.parent, path, program):
        os.chown(part, -1, 50)
        part.chmod(0o750)
    assert "Group=staff" in unit_text(staff, program)


def test_it_names_what_it_needs_and_no_secret(unit: str) -> None:
    lines = unit.splitlines()
    assert (
        "SupplementaryGroups=docker" in lines and "Group=ops" in lines and "StateDirectoryMode=0750" in lines
    )
    assert any(line.startswith("ExecStart=") and '"' in line and "my shop.yaml" in line for line in lines)
    assert "#LoadCredential=DB_PASSWORD:/etc/sutaz-tui/DB_PASSWORD" in lines
    assert "hunter2" not in unit
    assert "/var/lib/sutaz-tui/history-my-shop-" in unit, "where operators' boards find it"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_takes_it(unit: str, tmp_path: Path) -> None:
    path = tmp_path / "sutaz-tui-record.service"
    path.write_text(unit)
    done = subprocess.run(
        ["systemd-analyze", "verify", str(path)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "sutaz-tui-record.service" not in done.stderr
