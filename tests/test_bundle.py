"""`sutaz-tui bundle`: a span of the history as one file for somebody else, without a secret in any file of it."""

import csv
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sutaz_tui.output.archive import Archive
from tests.bundles import (
    HIDDEN_OF_FORMS,
    SECRETS,
    config_file,
    files_in,
    fill,
    made,
    planted,
    tables_in,
    written,
)
from tests.running import LEAK, ROOT, command, environment
from tests.terminal import Terminal


def test_no_secret_is_in_any_file_of_it_however_it_was_written(tmp_path: Path) -> None:
    target = made(tmp_path)
    looked = 0
    for name, data in [*files_in(target), ("the archive", target.read_bytes())]:
        text = data.decode("utf-8", "replace")
        for secret in SECRETS.values():
            for form in written(secret):
                assert form not in text, (name, form)
                assert form not in name
        for form in (*HIDDEN_OF_FORMS, "only-by-its-key"):
            assert form not in text, (name, form)
        looked += 1
    assert looked > 10
    texts = dict(files_in(target))
    assert b"login failed for ***" in texts["timeline.txt"]
    assert b"login failed for ***" in texts["history.jsonl"]
    assert b"***" in texts["config.txt"] and b"login failed for ***" in texts["checks.json"]
    places = {(one["check"], one.get("from", "")) for one in json.loads(texts["checks.json"])}
    assert {("own-0", ""), ("own-0", "berlin")} <= places


def test_what_happened_can_be_read_and_what_was_not_watched_is_told(tmp_path: Path) -> None:
    texts = dict(files_in(made(tmp_path, texts=[])))
    assert "DB ***" in texts["timeline.txt"].decode() and "DOWN" in texts["timeline.txt"].decode()
    changes = json.loads(texts["changes.json"])
    assert [(one["service"], one["to"]) for one in changes["changes"] if one["kind"] == "status"] == [
        ("db", "down"), ("db", "up"),
    ]  # fmt: skip
    assert len(changes["incidents"]) == 1
    # Two hours, of which half an hour between two watches, and the half hour before it was watched.
    assert (
        len(changes["unwatched"]) == 1
        and changes["unwatched"][0]["from"][:4] in texts["not-watched.txt"].decode()
    )
    assert [one["name"] for one in json.loads(texts["alerts.json"])] == ["Other", "Disk"]
    assert json.loads(texts["versions.json"])["services"] == {"db": "7.2.4"}
    pictures = [json.loads(texts[name]) for name in sorted(texts) if name.startswith("snapshots/")]
    assert [one["summary"]["down"] for one in pictures] == [0, 0, 1, 0, 0]
    assert pictures[-1]["summary"]["up"] == 3 and pictures[-1]["summary"]["down"] == 0
    assert "address" in texts["config.txt"].decode()
    assert next(csv.reader(io.StringIO(texts["minutes.csv"].decode())))[:3] == ["at", "minutes", "service"]


def test_it_holds_the_span_and_nothing_of_before_or_after(tmp_path: Path) -> None:
    texts = dict(files_in(made(tmp_path, "--from", "25m", "--to", "22m", texts=["a note"])))
    whole = tables_in(texts["history.jsonl"])
    assert "a note" not in texts["timeline.txt"].decode() and not whole["results"] and not whole["minutes"]
    assert json.loads(texts["changes.json"])["changes"] == []
    assert {row[3] for row in whole["spans"] if row[0] == 1} == {"down"}
    assert [one["name"] for one in json.loads(texts["alerts.json"])] == ["Disk"]


def test_the_file_is_for_its_owner_alone_and_tells_not_who_made_it(tmp_path: Path) -> None:
    target = made(tmp_path, texts=[])
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with tarfile.open(target) as archive:
        assert {(one.uname, one.gname, one.uid, one.isfile()) for one in archive} == {("", "", 0, True)}


def test_what_goes_in_is_listed_and_nothing_is_written_without_a_word(tmp_path: Path) -> None:
    config = config_file(tmp_path)
    fill(config, [])
    target = tmp_path / "x.tar.gz"
    done = command("bundle", "-c", str(config), "-o", str(target), env=SECRETS)
    assert done.returncode == 1 and not target.exists()
    assert "timeline.txt" in done.stdout and "snapshots/" in done.stdout and "config.txt" in done.stdout
    assert "--yes" in done.stderr and "not written" in done.stderr


@pytest.mark.parametrize("answer", ["y", "n"])
def test_at_a_terminal_it_is_written_where_that_was_wanted(tmp_path: Path, answer: str) -> None:
    config = config_file(tmp_path)
    fill(config, [])
    target = tmp_path / "x.tar.gz"
    with Terminal("bundle", "-c", str(config), "-o", str(target), env=SECRETS) as terminal:
        terminal.wait_for("write it? [y/N]")
        terminal.press(f"{answer}\r")
        terminal.wait_for("mode 0600" if answer == "y" else "not written")
    assert target.exists() is (answer == "y")


def test_what_ends_before_it_is_whole_leaves_nothing_and_it_is_private_from_the_first_moment(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.tar.gz"
    with suppress(KeyboardInterrupt), Archive(path, datetime.now(UTC)) as archive:
        archive.add("a", iter([b"b" * 100_000] * 3))
        # Whatever ends the program now, there is no name to clean up.
        assert not [*tmp_path.iterdir()]
        raise KeyboardInterrupt
    assert not [*tmp_path.iterdir()]
    before = os.umask(0)
    try:
        with Archive(path, datetime.now(UTC)) as archive:
            archive.add("a", iter([b"b" * 100_000] * 3))
            size = archive.keep()
    finally:
        os.umask(before)
    assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_size) == (0o600, size)
    assert dict(files_in(path)) == {"a": b"b" * 300_000}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_disk_that_fills_is_told_with_its_room_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    config, small = config_file(tmp_path), tmp_path / "small"
    fill(config, planted())
    small.mkdir()
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c",
         f"mount -t tmpfs -o size=16k tmpfs {small}; {sys.executable} -m sutaz_tui bundle -c {config} --yes"
         f" -o {small}/x.tar.gz; echo $?; ls -A {small}"],
        capture_output=True, text=True, env=environment(SECRETS), cwd=ROOT, timeout=120,
    )  # fmt: skip
    assert done.stdout == "2\n", done
    assert (
        f"not written: {small}/x.tar.gz: No space left on device: 16 kB are free there, too" in done.stderr
    ), done
    assert "-o names another place" in done.stderr and not LEAK.search(done.stderr)


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    target = made(tmp_path, texts=[])
    before = target.read_bytes()
    config = tmp_path / "shop.yaml"
    done = command("bundle", "-c", str(config), "-o", str(target), "--yes", env=SECRETS)
    assert done.returncode == 2 and "is there already" in done.stderr and target.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "nonsense"], "is not a time"),
        (["--from", "1h", "--to", "2h"], "is not before the end"),
        (["-o", "/nowhere/at/all.tar.gz"], "No such file"),
    ],
)
def test_what_cannot_be_is_said_in_words(tmp_path: Path, words: list[str], said: str) -> None:
    config = config_file(tmp_path)
    fill(config, [])
    done = command("bundle", "-c", str(config), "--yes", *words, env=SECRETS)
    assert done.returncode == 2 and said in done.stderr and not LEAK.search(done.stderr)


def test_where_nothing_is_remembered_yet_that_is_said(tmp_path: Path) -> None:
    done = command("bundle", "-c", str(config_file(tmp_path)), "--yes", env=SECRETS)
    assert done.returncode == 2 and "no history of this config yet" in done.stderr


def test_with_logs_the_lines_are_masked_and_what_has_none_is_told(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("".join(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} INFO {text}\n" for text in planted()))
    config = config_file(tmp_path)
    config.write_text(config.read_text().replace("owner: 'ops", f"logs: {{file: '{log}'}}, owner: 'ops"))
    fill(config, [])
    target = tmp_path / "x.tar.gz"
    done = command("bundle", "-c", str(config), "-o", str(target), "--yes", "--with-logs", env=SECRETS)
    assert done.returncode == 0, done.stderr
    texts = {name: data.decode() for name, data in files_in(target)}
    assert texts["logs/web.log"].count("login failed for ***") >= len(SECRETS), texts["logs/web.log"]
    assert "db:" in texts["logs/missing.txt"]
    for secret in SECRETS.values():
        for form in written(secret):
            assert form not in texts["logs/web.log"], form
    for form in HIDDEN_OF_FORMS:
        assert form not in texts["logs/web.log"]


def test_a_board_hands_over_to_the_command_and_comes_back(tmp_path: Path) -> None:
    config = config_file(tmp_path)
    fill(config, [])
    with Terminal("-c", str(config), env=SECRETS, cwd=tmp_path, columns=100, rows=30) as terminal:
        terminal.wait_for("SHOP")
        terminal.type(":bundle 3h")
        terminal.press("\r")
        terminal.wait_for("write it? [y/N]")
        terminal.press("y\r")
        terminal.wait_for("press Enter to go back")
        terminal.press("\r")
        terminal.wait_for("web")
        assert terminal.process.poll() is None
    [handed_over] = tmp_path.glob("sutaz-shop-*.tar.gz")
    # Three hours back somebody had watched already.
    assert len(json.loads(dict(files_in(handed_over))["changes.json"])["unwatched"]) == 2
