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
from sutaz_tui.model import Known, Status
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.known_file import MarkChange
from sutaz_tui.state.left import Left
from sutaz_tui.state.stack_name import stack_name
from sutaz_tui.state.writer import Writer
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


def test_a_damaged_key_is_told_until_somebody_removes_it(tmp_path: Path) -> None:
    config = with_login()
    StateFolder(config, tmp_path).known.merge([MarkChange(MARK.service_id, None, MARK)], NOW)
    assert StateFolder(config, tmp_path).notes == ()
    (tmp_path / "key").write_text("not hexadecimal")
    for _ in range(2):
        kept = StateFolder(config, tmp_path)
        assert kept.known.load(NOW) == {"postgres": MARK}, "marks do not hang on it"
        assert "is damaged" in kept.notes[0] and "earlier versions" in kept.notes[0]
    (tmp_path / "key").unlink()
    assert StateFolder(config, tmp_path).notes == ()


def test_what_is_left_of_an_earlier_version_is_found_by_its_key(tmp_path: Path) -> None:
    config = stack()
    (tmp_path / "key").write_text("07" * 32)
    words = "\n".join(f"{service.id} {service.address} {service.source}" for service in config.services)
    name = stack_name(tmp_path, words)[:12]
    picture = {
        "at": NOW.isoformat(),
        "services": [
            {"id": config.services[0].id, "status": "down", "word": "DOWN", "summary": "refused",
             "latency": None, "since": NOW.isoformat(), "since_at_least": False},
            {"id": "gone", "status": "up", "word": "", "summary": "", "latency": 0.1, "since": None},
        ],
    }  # fmt: skip
    (tmp_path / f"picture-{name}.json").write_text(json.dumps(picture))
    (tmp_path / f"left-{name}.json").write_text(json.dumps({"filter": "end", "is_zoomed": True}))
    for _ in range(2):
        kept = StateFolder(config, tmp_path)
        assert kept.notes == ()
        assert kept.load_left() == Left(filter="end", is_zoomed=True)
        found = kept.load_picture()
        assert found is not None and found[1] == NOW
        [state] = found[0]
        assert (state.status, state.summary, state.since, state.since_at_least) == (
            Status.DOWN,
            "refused",
            NOW,
            False,
        )
        assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize("kind", ["picture", "left"])
@pytest.mark.parametrize("text", ["", "7", '{"services": 3, "filter": 3}'])
def test_a_damaged_file_of_an_earlier_version_is_kept_aside_and_told_once(
    tmp_path: Path, kind: str, text: str
) -> None:
    config = stack()
    (tmp_path / f"{kind}-{unkeyed(config)}.json").write_text(text)
    kept = StateFolder(config, tmp_path)
    [note] = kept.notes
    [aside] = tmp_path.glob(f"{kind}-*.damaged-1")
    assert aside.read_text() == text and aside.name in note
    assert kept.load_picture() is None and kept.load_left() == Left()
    assert StateFolder(config, tmp_path).notes == ()


def test_what_is_newer_is_not_replaced_by_what_an_earlier_version_kept(tmp_path: Path) -> None:
    config = stack()
    writer = Writer(print)
    StateFolder(config, tmp_path).save_left(Left(filter="ours"), writer)
    assert writer.flush(20) == []
    old = tmp_path / f"left-{unkeyed(config)}.json"
    old.write_text(json.dumps({"filter": "theirs"}))
    assert StateFolder(config, tmp_path).load_left() == Left(filter="ours")
    assert not old.exists()
