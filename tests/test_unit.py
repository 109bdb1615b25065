"""The systemd units that `record --unit`, `serve --unit` and `worker --unit` print."""

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
from sutaz_tui.config.serving import ServingTls
from sutaz_tui.errors import CannotStart
from sutaz_tui.output.unit import serve_unit_text, unit_text, worker_unit_text
from tests.running import command
from tests.servers.waiting import patient

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


def test_a_program_below_tmp_is_told_how_to_install_it_from_its_source(
    config: Config, tmp_path: Path
) -> None:
    """It said to install it from an index, which has none by its name."""
    with pytest.raises(CannotStart, match=r"in the folder of its source .*/bin/pip install \.$"):
        unit_text(config, tmp_path / "sutaz-tui")


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


def test_one_that_serves_is_the_recorder_s_user_or_has_nothing_of_its(config: Config) -> None:
    whole = replace(config, path=PLACE)
    lines = serve_unit_text(whole, "127.0.0.1:99", PROGRAM).splitlines()
    assert 'ExecStart=/bin/true serve --listen 127.0.0.1:99 -c "/etc/sutaz-tui/my shop.yaml"' in lines
    assert {"User=sutaz-tui", "Group=ops", "StateDirectory=sutaz-tui"} < {*lines}
    assert "After=network-online.target sutaz-tui-record.service" in lines
    assert any("Its token: /var/lib/sutaz-tui/serve.token." in line for line in lines)
    alone = replace(whole, record=changed(config.record, group=""))
    for text, word in (
        (serve_unit_text(alone, "", PROGRAM), "serve"),
        (worker_unit_text(whole, "x", PROGRAM), "worker"),
    ):
        assert {f"StateDirectory=sutaz-tui-{word}", "DynamicUser=yes"} < {*text.splitlines()}
        assert f"XDG_STATE_HOME=/var/lib/sutaz-tui-{word} " in text
        assert "RuntimeDirectory" not in text, "its end would take the recorder's socket away"
    assert "/var/lib/sutaz-tui-serve/sutaz-tui/serve.token" in serve_unit_text(alone, "", PROGRAM)


def test_a_certificate_that_the_unit_could_not_read_is_told_with_what_to_do(config: Config) -> None:
    key = config.path and config.path.with_name("serve.key")
    assert key is not None
    key.write_text("")
    tls = ServingTls(cert_file="/etc/hostname", key_file=str(key))
    whole = replace(config, path=PLACE, serve=changed(config.serve, tls=tls))
    with pytest.raises(CannotStart, match=rf"could not read {key}: .*LoadCredential=serve\.key:{key}"):
        serve_unit_text(whole, "", PROGRAM)
    there = "/run/credentials/sutaz-tui-serve.service/serve.key"
    taken = changed(tls, key_file=there)
    assert serve_unit_text(replace(whole, serve=changed(config.serve, tls=taken)), "", PROGRAM)


def test_the_command_prints_none_for_the_demo_or_an_open_port(config: Config) -> None:
    for words, said in (
        (("--demo",), "not for the demo"),
        (("-c", str(config.path), "--listen", "0.0.0.0:1"), "a token would cross the network in clear"),
        (("-c", str(config.path)), "in a unit"),
    ):
        done = command("serve", "--unit", *words)
        assert done.returncode == 2 and done.stdout == "" and said in done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_takes_them(unit: str, config: Config, tmp_path: Path) -> None:
    whole = replace(config, path=PLACE)
    units = {
        "record": unit,
        "serve": serve_unit_text(whole, "", PROGRAM),
        "worker": worker_unit_text(whole, "berlin", PROGRAM),
    }
    paths = [tmp_path / f"sutaz-tui-{word}.service" for word in units]
    for path, text in zip(paths, units.values(), strict=True):
        path.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, paths)], capture_output=True, text=True, timeout=patient(120)
    )
    assert done.returncode == 0 and "sutaz-tui-" not in done.stderr, done.stderr
