"""`sutaz-tui open`: somebody else's board as it was. What comes in is a stranger's file: nothing is asked, run or believed."""

import gzip
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.state.bundle import reading
from sutaz_tui.state.bundle.reading import Refused, read
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.tui.keymap import BOARD, SERVICE, rows_of
from tests.bundles import files_in, made, tables_in
from tests.running import LEAK, ROOT, command
from tests.terminal import Terminal

OWN = {".sqlite3", ".sqlite3-wal", ".sqlite3-shm"}
OUTSIDE = (sys.executable, str(ROOT / "tests/programs/seen_from_outside.py"))
ENDING = frozenset(
    {"suspend", "quit", "print", "cancel", "back", "count", "command", "find", "filter", "palette"}
)
# Textual's names of keys, as a terminal sends them.
SENT = {"enter": "\r", "escape": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ", "slash": "/", "colon": ":",
        "less_than_sign": "<", "greater_than_sign": ">", "plus": "+", "minus": "-", "question_mark": "?",
        "exclamation_mark": "!", "left_square_bracket": "[", "right_square_bracket": "]", "left_curly_bracket": "{",
        "right_curly_bracket": "}", "down": "\x1b[B", "up": "\x1b[A"}  # fmt: skip


def opened(bundle: Path, told: Path, **more: Any) -> Terminal:
    return Terminal("open", str(bundle), program=(*OUTSIDE[:2], str(told)), columns=100, rows=30, **more)


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def test_the_board_as_it_was_and_its_time_machine(tmp_path: Path) -> None:
    bundle = made(tmp_path, texts=["a note of mine"])
    told, scratch = tmp_path / "told", tmp_path / "scratch"
    scratch.mkdir()
    with opened(bundle, told, env={"TMPDIR": str(scratch)}) as terminal:
        terminal.wait_for("BUNDLE of shop")
        terminal.wait_for("(its end)")
        terminal.wait_for("2 connections")
        # Back to when DB had come up, and to when it went down.
        terminal.press("{")
        terminal.wait_for("20m before its end")
        terminal.press("{")
        terminal.wait_for("30m before its end")
        terminal.wait_for("refused")
        terminal.press("H")
        terminal.wait_for("a note of mine")
        terminal.press("q")
        terminal.wait_for("before its end")
        terminal.press("\x1b")
        terminal.wait_for("(its end)")
        terminal.press("q")
        terminal.wait_for("q again quits")
        assert terminal.end_by("q") == 0
    assert told.read_text() == ""
    assert not list(scratch.iterdir())


def foot_with(offered: str, refused: str) -> Callable[[str], bool]:
    """Whether the last line has one key and not the other."""

    def holds(text: str) -> bool:
        last = text.splitlines()[-1]
        return offered in last and refused not in last

    return holds


def test_checks_and_logs_are_those_of_the_moment_and_the_foot_offers_only_what_works(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    # DB went down half an hour before the end.
    began = datetime.now(UTC) - timedelta(minutes=40)
    moments = (began + timedelta(seconds=10 * number) for number in range(200))
    log.write_text("".join(f"{at:%Y-%m-%dT%H:%M:%SZ} INFO line of {at:%H:%M}\n" for at in moments))
    bundle = made(tmp_path, "--with-logs", texts=["it was refused"], log=log)
    told = tmp_path / "told"
    with opened(bundle, told) as terminal:
        terminal.wait_for("✗1 0/1")
        terminal.wait_for("T checks")
        terminal.press("T")
        terminal.wait_for("FAIL      own-0")
        terminal.wait_for("from berlin  FAIL, ")
        terminal.wait_for("1 it was refused")
        terminal.wait_for(foot_with("l log", "again"))
        terminal.press("q")
        # Twenty minutes before the check ran nobody knew of it.
        terminal.type(":at 50m")
        terminal.press("\r")
        terminal.wait_for(lambda text: "50m before its end" in text and "none ran yet" in text)
        terminal.press("\x1b")
        terminal.wait_for("(its end)")
        terminal.press("{")
        terminal.wait_for("20m before its end")
        terminal.press("{")
        terminal.wait_for("30m before its end")
        terminal.type(":web")
        terminal.press("\r")
        terminal.press("l")
        terminal.wait_for(f"line of {datetime.now(UTC) - timedelta(minutes=30):%H:%M}")
        terminal.press("q")
        terminal.press("\r")
        terminal.wait_for("Tab view")
        terminal.wait_for(foot_with("l log", "r poll"))
    assert told.read_text() == ""


def test_where_no_log_was_taken_none_is_offered(tmp_path: Path) -> None:
    with Terminal("open", str(made(tmp_path, texts=[]))) as terminal:
        terminal.wait_for(foot_with("H history", "l log"))
        assert "T checks" not in terminal.text
        terminal.press("l")
        terminal.wait_for("bundle --with-logs")


@pytest.mark.parametrize("focus", [BOARD, SERVICE])
def test_no_key_of_it_asks_runs_or_ends_anything(tmp_path: Path, focus: str) -> None:
    """Every key of the board and of a service, with the services' addresses listened at: nobody came."""
    bundle = made(tmp_path, texts=[])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        port = listening.getsockname()[1]
        files = dict(files_in(bundle))
        stack = json.loads(files["stack.json"])
        for service in stack["services"]:
            service["address"] = f"http://127.0.0.1:{port}"
            service["runbook"] = f"http://127.0.0.1:{port}/runbook"
        files["stack.json"] = json.dumps(stack).encode()
        told = tmp_path / "told"
        keys = [key for action in rows_of(focus) if action.id not in ENDING for key in action.keys]
        with opened(packed(tmp_path / "listened.tar.gz", files), told) as terminal:
            terminal.wait_for("(its end)")
            for key in keys:
                if focus == SERVICE:
                    terminal.press("\r")
                    terminal.pump(0.2)
                terminal.press(SENT.get(key, key if len(key) == 1 else ""))
                terminal.pump(0.2)
                # Out of whatever was opened.
                terminal.press("\x1b")
                terminal.pump(0.1)
            for order in (
                "logs db",
                "promql up",
                "charts x",
                "queues",
                "metrics",
                "slow",
                "note x",
                "deploy x",
                "reload",
            ):
                terminal.press("\x1b")
                terminal.wait_for(lambda text: "BUNDLE" in text)
                terminal.type(f":{order}")
                terminal.press("\r")
                terminal.wait_for(lambda text: not text.splitlines()[-1].startswith(":"))
            assert terminal.process.poll() is None, terminal.text
        assert told.read_text() == ""
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_what_the_program_would_send_or_start_all_the_same_is_refused(tmp_path: Path) -> None:
    code = """
import socket, subprocess, os
from sutaz_tui.process.sealed import seal
seal()
for act in (lambda: socket.create_connection(("127.0.0.1", 1)), lambda: socket.getaddrinfo("localhost", 1),
            lambda: subprocess.run(["true"]), lambda: os.system("true"), lambda: os.fork(),
            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))):
    try:
        act()
    except PermissionError as error:
        print(error.strerror)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines() == ["a bundle is open: nothing is asked or run"] * 6, done.stderr


def link(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def named(name: str, size: int = 1) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry


HOSTILE: dict[str, tuple[Callable[[], list[tarfile.TarInfo]], str]] = {
    "a path upwards": (lambda: [named("../../evil")], "no name of a file"),
    "a path upwards within": (lambda: [named("logs/../../evil")], "no name of a file"),
    "a path from the root": (lambda: [named("/etc/evil")], "no name of a file"),
    "a symbolic link": (lambda: [link("stack.json", tarfile.SYMTYPE, "/etc/passwd")], "no plain file"),
    "a hard link": (lambda: [link("stack.json", tarfile.LNKTYPE, "/etc/passwd")], "no plain file"),
    "a device": (lambda: [link("stack.json", tarfile.CHRTYPE, "")], "no plain file"),
    "a pipe": (lambda: [link("stack.json", tarfile.FIFOTYPE, "")], "no plain file"),
    "a name twice": (lambda: [named("logs/a"), named("logs/a")], "no name of a file"),
    "too many files": (
        lambda: [named(f"logs/{n}") for n in range(reading.ENTRIES + 1)],
        "more than 2000 files",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_that_none_of_ours_wrote_is_refused_and_nothing_of_it_lands_anywhere(
    tmp_path: Path, name: str
) -> None:
    entries, said = HOSTILE[name]
    folder, into = tmp_path / "in", tmp_path / "own"
    folder.mkdir()
    path = folder / "x.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for entry in entries():
            archive.addfile(entry, io.BytesIO(b"x" * entry.size))
    with pytest.raises(Refused, match=said) as told:
        read(path, into)
    assert not LEAK.search(str(told.value))
    assert sorted(folder.iterdir()) == [path]
    assert {one.suffix for one in into.iterdir()} <= OWN


def test_a_bomb_ends_at_the_bound_whatever_its_heads_say(tmp_path: Path) -> None:
    lying = tmp_path / "lying.tar.gz"
    with gzip.open(lying, "wb") as out:
        out.write(named("stack.json", 1 << 40).tobuf())
    with pytest.raises(Refused, match="more than 400 MB"):
        read(lying, tmp_path / "own")
    # Headers of names that are long for ever: sizes of entries alone would not tell.
    bomb = tmp_path / "bomb.tar.gz"
    head = tarfile.TarInfo("././@LongLink")
    head.type, head.size = tarfile.GNUTYPE_LONGNAME, reading.UNPACKED + (8 << 20)
    with gzip.open(bomb, "wb", 1) as out:
        out.write(head.tobuf())
        for _ in range(head.size >> 20):
            out.write(b"x" * (1 << 20))
    assert bomb.stat().st_size < 10 << 20
    with pytest.raises(Refused, match="more than 400 MB"):
        read(bomb, tmp_path / "own")


def spoil_stack(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes]], None]:
    def spoil(files: dict[str, bytes]) -> None:
        stack = json.loads(files["stack.json"])
        change(stack)
        files["stack.json"] = json.dumps(stack).encode()

    return spoil


def spoil_rows(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes]], None]:
    def spoil(files: dict[str, bytes]) -> None:
        rows = tables_in(files["history.jsonl"])
        change(rows)
        lines = [one for table, of in rows.items() for one in (table, *of)]
        files["history.jsonl"] = b"".join(json.dumps(one).encode() + b"\n" for one in lines)

    return spoil


SPOILED: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "without a stack": (lambda files: files.pop("stack.json"), "it has no stack.json"),
    "without a history": (lambda files: files.pop("history.jsonl"), "it has no history.jsonl"),
    "no JSON": (lambda files: files.update({"stack.json": b"{"}), "not as a bundle has it"),
    "deep": (lambda files: files.update({"history.jsonl": b"[" * 1_000_000}), "not as a bundle has it"),
    "of a later version": (spoil_stack(lambda stack: stack.update(format=4)), "another version of sutaz-tui"),
    "a service twice": (spoil_stack(lambda stack: stack["services"].append(stack["services"][0])), "ids of their own"),
    "a group that is none": (spoil_stack(lambda stack: stack["services"][0].update(group="zz")), "a group that it has not"),
    "an end before its beginning": (spoil_stack(lambda stack: stack.update(end=stack["begin"])), "its span is none"),
    "a year of none": (spoil_stack(lambda stack: stack.update(end="9999-12-31T23:59:59Z")), "its span is none"),
    "a status that is none": (spoil_rows(lambda rows: rows["spans"][0].__setitem__(3, "fine")), "a status that there is not"),
    "a moment beyond time": (spoil_rows(lambda rows: rows["spans"][0].__setitem__(1, 1 << 62)), "not as a bundle has it"),
    "another type": (spoil_rows(lambda rows: rows["spans"][0].__setitem__(1, "x")), "not as a bundle has it"),
    "another table": (spoil_rows(lambda rows: rows.update(sqlite_master=[])), "no table 'sqlite_master'"),
    "of somebody unknown": (spoil_rows(lambda rows: rows["spans"][0].__setitem__(0, 999)), "does not name"),
    "facts that are none": (spoil_rows(lambda rows: rows["minutes"][0].__setitem__(7, "[1]")), "not as a history has them"),
    "an outcome of none": (spoil_rows(lambda rows: rows["results"][0].__setitem__(2, "won")), "an outcome that there is not"),
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        return dict(files_in(made(folder, texts=["something"])))


@pytest.mark.parametrize("name", SPOILED)
def test_values_that_no_history_holds_are_refused_in_words(
    tmp_path: Path, whole: dict[str, bytes], name: str
) -> None:
    spoil, said = SPOILED[name]
    files = dict(whole)
    spoil(files)
    with pytest.raises(Refused, match=said) as told:
        read(packed(tmp_path / "x.tar.gz", files), tmp_path / "own")
    assert not LEAK.search(str(told.value))


def test_one_of_before_there_were_results_of_other_places_is_read(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    files = dict(whole)
    spoil_stack(lambda stack: stack.update(format=2))(files)
    spoil_rows(lambda rows: rows.pop("results_from"))(files)
    found = read(packed(tmp_path / "x.tar.gz", files), tmp_path / "own")
    counted = "SELECT (SELECT count(*) > 0 FROM results), (SELECT count(*) FROM results_from)"
    assert HistoryFile(found.history).read(lambda database: database.execute(counted).fetchone()) == (1, 0)


def test_texts_of_a_stranger_move_no_cursor(tmp_path: Path, whole: dict[str, bytes]) -> None:
    files = dict(whole)
    nasty = "\x1b]0;owned\x07\x1b[2J[red]bold[/]\u202e\nnext"

    def change(rows: dict[str, Any]) -> None:
        for table in rows.values():
            for row in table:
                for place, one in enumerate(row):
                    if one in ("2 connections", "something"):
                        row[place] = nasty

    spoil_rows(change)(files)
    spoil_stack(lambda stack: [one.update(title=nasty, owner=nasty) for one in stack["services"]])(files)
    found = read(packed(tmp_path / "x.tar.gz", files), tmp_path / "own")
    summaries = HistoryFile(found.history).read(
        lambda database: database.execute("SELECT summary FROM spans").fetchall()
    )
    assert len(summaries) > 5
    for text in (found.stack.services[0].title, *(summary for (summary,) in summaries)):
        assert text.isprintable()
    with Terminal("open", str(tmp_path / "x.tar.gz")) as terminal:
        terminal.wait_for("[red]bold[/]")
        assert b"\x1b]0;owned" not in terminal.raw


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"no archive at all", "no .tar.gz"), (gzip.compress(b"x" * 5000), "no whole .tar.gz"), (b"", "")],
    ids=["text", "packed text", "nothing"],
)
def test_a_file_that_is_no_bundle_is_said_to_be_none(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(data)
    done = command("open", str(path))
    assert done.returncode == 2 and "cannot open x.tar.gz" in done.stderr and said in done.stderr
    assert not LEAK.search(done.stderr)


def test_a_bundle_that_was_cut_and_a_file_that_is_none(tmp_path: Path, whole: dict[str, bytes]) -> None:
    path = packed(tmp_path / "x.tar.gz", whole)
    path.write_bytes(path.read_bytes()[:-200])
    os.mkfifo(tmp_path / "pipe")
    for name, said in (("x.tar.gz", "no whole"), ("nothing", "no such file"), ("pipe", "no regular file")):
        done = command("open", str(tmp_path / name))
        assert done.returncode == 2 and said in done.stderr and not LEAK.search(done.stderr), done.stderr
