"""The systemd unit that `record --unit` prints."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.running import command

STACK = """
env: test
services:
  - {id: db, kind: postgres, address: '127.0.0.1:5432', user: app, password: "${DB_PASSWORD:-}", container: db}
  - {id: docker, kind: docker, source: docker}
sources:
  docker: {url: 'unix:///var/run/docker.sock'}
record: {group: ops}
"""


@pytest.fixture
def unit(tmp_path: Path) -> str:
    path = tmp_path / "my shop.yaml"
    path.write_text(STACK)
    done = command("record", "--unit", "-c", str(path), env={"DB_PASSWORD": "hunter2-hunter2"})
    assert done.returncode == 0, done.stderr
    return done.stdout


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
