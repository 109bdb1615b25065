"""Logs from outside that attack: in a real terminal, printed, copied and saved."""

import base64
import json
import os
import re
import stat
import time
from pathlib import Path

import pytest

from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.lines import LINE_LIMIT, LogLine
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.rows import Look, Typesetter
from sutaz_tui.logs.shown import HEAD, Safe
from sutaz_tui.output.logs import AsJson
from sutaz_tui.text.masking import Secrets
from sutaz_tui.text.patterns import WrongPattern
from tests.hostile import LOG_BYTES, STAMP, unprintable
from tests.running import command
from tests.servers.waiting import patient
from tests.terminal import Terminal

SECRET = "Xk3v9&QpLr7/sT8"
OPAQUE = "b7Qz91LmPw44xTn0Vr"
PLANTED = [
    f"connecting with {SECRET} by value",
    f'{{"level": "INFO", "message": "go", "dsn": "{SECRET.replace("&", chr(92) + "u0026")}"}}',
    f"connecting to amqp://shop:{OPAQUE}@rabbit:5672/",
    f"GET /confirm?access_token={OPAQUE} 200",
    f"Verification token for bob@example.com: {OPAQUE}",
    f"Authorization: Bearer {OPAQUE}",
    f"Cookie: session={OPAQUE}",
    f"pass\x1b[1mword={OPAQUE[:8]}\x1b[0m{OPAQUE[8:]}",
    "x" * (LINE_LIMIT - 30 - 20) + f" redis://shop:{OPAQUE}@redis",
    STAMP + "x" * (LINE_LIMIT - 50) + SECRET,
]
COSTLY = [
    b"\xf0\x9f\x91\xa9\xe2\x80\x8d" * 8000,
    b"api_key" * 2500,
    b"--a " * 5000,
    b"basic " * 3000,
    b"=" * 20_000,
]
COSTLY += ["\u0301".encode() * 100_000, b"\xff" * 16_384, b'secret\\\\"="' * 1500]


def leaks(said: str) -> list[str]:
    """What stands there of a planted secret: eight characters of it are too many."""
    return [
        piece
        for secret in (SECRET, OPAQUE)
        for n in range(len(secret) - 7)
        if (piece := secret[n : n + 8]) in said
    ]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """The config of a service whose log holds all that is hostile, and secrets."""
    lines = [line for data in LOG_BYTES.values() for line in (b"said before it", data)]
    lines += COSTLY * 3 + [text.encode() for text in PLANTED]
    (tmp_path / "shop.log").write_bytes(b"\n".join([*lines, b"the end of it", b""]))
    (tmp_path / "secret").write_text(SECRET)
    file = tmp_path / "hostile.yaml"
    file.write_text(
        "services:\n  - {id: shop, title: Shop, kind: http, address: 'http://127.0.0.1:1', interval: 300,\n"
        "     optional: true, auth: {type: bearer, token: 'file:secret'}, logs: {file: shop.log}}\n"
    )
    return file


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_printed_log_holds_no_control_character_and_no_secret(hostile: Path, form: str) -> None:
    done = command("logs", "-c", str(hostile), "--since", "2h", "--limit", "0", "--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.split("\n")
    assert len(lines) > len(LOG_BYTES)
    assert not unprintable(done.stdout)
    assert not leaks(done.stdout)
    assert "by value" in done.stdout
    assert leaks("\n".join(PLANTED)) and not leaks("nothing"), "what is planted would be found"
    if form == "json":
        assert all(json.loads(line)["service"] == "shop" for line in lines[:-1])


def test_keys_are_answered_and_no_secret_leaves_while_hostile_lines_are_shown(hostile: Path) -> None:
    with Terminal("-c", str(hostile), columns=160, rows=45) as terminal:
        terminal.wait_for("Shop")
        terminal.press("l")
        terminal.wait_for("the end of it")
        terminal.press("z")
        terminal.pump(0.3)
        worst = 0.0
        for key in "kkkkkkkk\r\r\x15\x15\x04\x17\x17":
            seen, began = terminal.received, time.monotonic()
            terminal.press(key)
            while terminal.received == seen and time.monotonic() - began < patient(2):
                terminal.pump(0.01)
            worst = max(worst, time.monotonic() - began)
            terminal.pump(0.05)
            assert not leaks(terminal.text), repr(key)
        assert worst < patient(1), "a page of the most costly lines"
        for pattern in ("/(a+)+$/", "/(?V1)x/", "!/(x+x+)+y/"):
            terminal.press("&")
            terminal.pump(0.3)
            for number, char in enumerate(pattern):
                terminal.press(char)
                terminal.wait_for(pattern[: number + 1])
            terminal.press("\r")
            terminal.wait_for(
                lambda text: "k pause" in text.splitlines()[-1] or "takes" in text or "flags" in text
            )
        for key, seen_then in (("G", "FOLLOW"), ("k", " below"), ("k", " below"), ("k", " below")):
            terminal.press(key)
            terminal.wait_for(seen_then)
            terminal.pump(0.1)
        terminal.press("y")
        terminal.wait_for("copied")
        terminal.press("S")
        terminal.wait_for("saved to")
        assert memory(terminal.process.pid) < 200, "MB"
        terminal.press("QQ")
        assert terminal.wait_end() == 0
        raw = bytes(terminal.raw)
    copied = [base64.b64decode(data).decode() for data in re.findall(rb"\x1b\]52;c;([^\a]*)\a", raw)]
    assert copied
    said = re.sub(
        r"\x1b\[[<>=?]?[0-9;]*[ $]*[a-zA-Z]|\x1b\][^\a]*\a|\x1b[=>78c]|[\x0e\x0f\b]", "", raw.decode("utf-8")
    )
    assert not unprintable(said) - {"\x1b"}, "no sequence but our own"
    [saved] = Path(os.environ["XDG_STATE_HOME"]).rglob("view-*.txt")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    for text in (said, *copied, saved.read_text("utf-8")):
        assert not leaks(text)


def memory(pid: int) -> int:
    """Megabytes that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


# One line


def test_half_a_secret_at_the_end_of_a_cut_line_is_not_shown() -> None:
    safe = Safe(Secrets([SECRET]))
    text = STAMP + "x" * 100 + " " + SECRET[:10]
    line = LogLine(0, "shop", text, cut=5)
    for look in (Look(400), Look(400, is_wrapped=True)):
        rows = Typesetter(safe).rows(Entry(line), 0, look, None)
        shown = "".join(piece for row in rows for piece, _ in row)
        assert "xxxx" in shown
        assert SECRET[:4] not in shown
    assert SECRET[:4] not in safe.line(text, is_cut=True)
    assert OPAQUE[:4] not in safe.line(f"to redis://shop:{OPAQUE[:9]}", is_cut=True)


def test_a_secret_where_the_shown_beginning_of_a_long_line_ends_is_not_shown() -> None:
    safe = Safe(Secrets([SECRET]))
    for before in range(HEAD - 30, HEAD + 250):
        shown = safe.head("y" * before + SECRET + "z" * 9000)
        assert SECRET[:4] not in shown
        assert len(shown) > HEAD - 300


def test_a_label_that_is_called_a_secret_is_masked_in_json() -> None:
    line = LogLine(0, "shop", "x", {"job": "shop", "db_password": "plain", "api_key": "word"})
    [labels] = [json.loads(one)["labels"] for one in AsJson(Safe(Secrets()).lines)([line]).splitlines()]
    assert labels == {"job": "shop", "db_password": "***", "api_key": "***"}


def test_a_pattern_of_flags_that_exclude_each_other_is_refused_in_words() -> None:
    with pytest.raises(WrongPattern, match="flags"):
        Pattern("/(?V1)a/")
