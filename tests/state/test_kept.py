"""What is kept between runs of the board: found again by its stack, and named so that it tells nothing."""

import dataclasses
import hashlib
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from sutaz_tui.config import Config
from sutaz_tui.model import Known
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.known_file import MarkChange
from tests.checks.scripted import stack

NOW = datetime.now(UTC).replace(microsecond=0)
MARK = Known("postgres", "disk is ordered", NOW + timedelta(days=1), "ann")


def with_login() -> Config:
    config = stack()
    first = replace(config.services[0], address="http://admin:tiger@127.0.0.1:39999")
    return dataclasses.replace(config, services=(first, *config.services[1:]))


def unkeyed(config: Config) -> str:
    words = "\n".join(f"{service.id} {service.address} {service.source}" for service in config.services)
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def test_the_names_of_kept_files_are_no_plain_hash_of_a_login(tmp_path: Path) -> None:
    config = with_login()
    StateFolder(config, tmp_path).known.merge([MarkChange(MARK.service_id, None, MARK)], NOW)
    assert StateFolder(config, tmp_path).known.load(NOW) == {"postgres": MARK}
    assert not [file.name for file in tmp_path.iterdir() if unkeyed(config) in file.name]
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_marks_under_an_old_name_are_taken_over(tmp_path: Path) -> None:
    config = with_login()
    assert MARK.until is not None
    entry = {
        "service": MARK.service_id,
        "reason": MARK.reason,
        "until": MARK.until.isoformat(),
        "by": MARK.by,
    }
    old = tmp_path / f"known-{unkeyed(config)}.json"
    old.write_text(json.dumps({"known": [entry]}))
    assert StateFolder(config, tmp_path).known.load(NOW) == {"postgres": MARK}
    assert not old.exists()


def test_a_folder_that_can_not_be_used_costs_no_more_than_the_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    known = StateFolder(stack(), tmp_path / "file").known
    with pytest.raises(OSError):
        known.merge([MarkChange(MARK.service_id, None, MARK)], NOW)
    assert known.load(NOW) == {}


def test_a_damaged_key_is_set_aside_and_told_until_somebody_removes_it(tmp_path: Path) -> None:
    config = with_login()
    StateFolder(config, tmp_path).known.merge([MarkChange(MARK.service_id, None, MARK)], NOW)
    assert StateFolder(config, tmp_path).notes == ()
    (tmp_path / "key").write_text("not hexadecimal")
    kept = StateFolder(config, tmp_path)
    assert kept.known.load(NOW) == {"postgres": MARK}, "marks do not hang on it"
    assert "was damaged" in kept.notes[0] and "key.damaged" in kept.notes[0]
    assert (tmp_path / "key.damaged").read_text() == "not hexadecimal"
    (tmp_path / "key.damaged").unlink()
    assert StateFolder(config, tmp_path).notes == ()
