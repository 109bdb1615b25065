"""Logs from outside that attack: in a real terminal, printed, copied and saved; by a hostile Loki, Docker and disk."""

import asyncio
import base64
import hashlib
import json
import os
import re
import stat
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.config import Source
from sutaz_tui.errors import SourceError
from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.lines import LINE_LIMIT, LogLine
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.rows import Look, Typesetter
from sutaz_tui.logs.shown import HEAD, Safe
from sutaz_tui.output.logs import AsJson
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import docker_api
from sutaz_tui.sources.logs.docker import DockerFeed
from sutaz_tui.sources.logs.file_lines import FileLines
from sutaz_tui.sources.logs.files import FileFeed
from sutaz_tui.sources.logs.frames import FramedLines
from sutaz_tui.sources.logs.loki_answers import LABELS_LIMIT, LokiAnswers
from sutaz_tui.sources.logs.loki_query import selector
from sutaz_tui.text.masking import Secrets
from sutaz_tui.text.patterns import WrongPattern
from tests.hostile import LOG_BYTES, STAMP
from tests.loopback import configured, speaking
from tests.running import LEAK, command
from tests.servers.waiting import patient
from tests.sources.logs.asking_loki import asking
from tests.terminal import Terminal
from tests.web import Reply, Web, web_server

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


def unprintable(said: str) -> set[str]:
    return {char for char in said if not char.isprintable() and char not in "\r\n"}


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
                lambda text: "k unfollow" in text.splitlines()[-1] or "takes" in text or "flags" in text
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


def test_a_line_behind_a_hole_of_any_length_is_kept() -> None:
    reader = FileLines("shop", "shop.log")
    for _ in range(3):
        assert reader.feed(b"\0" * 1_000_000, 5) == []
    assert [line.text for line in reader.feed(b"\0said\n", 5)] == ["said"]


def test_a_message_of_newlines_alone_is_read_at_once() -> None:
    payload = b"2026-11-23T14:07:12.123456789Z " + b"\n" * 120_000
    began = time.perf_counter()
    lines = FramedLines("Docker", "shop", "shop").feed(
        b"\1\0\0\0" + struct.pack(">I", len(payload)) + payload
    )
    assert len(lines) == 120_000
    assert time.perf_counter() - began < patient(0.5)


def test_a_pattern_of_flags_that_exclude_each_other_is_refused_in_words() -> None:
    with pytest.raises(WrongPattern, match="flags"):
        Pattern("/(?V1)a/")


def test_a_query_of_braces_that_never_close_is_read_at_once() -> None:
    began = time.perf_counter()
    for query in ("{" * 50_000, '{"\\"' * 20_000, "`{" * 25_000):
        assert selector(query) == query
    assert time.perf_counter() - began < patient(0.5)


# A hostile Loki


def answer(at: Any, text: str = "x", labels: Any = None, more: Any = None) -> dict[str, Any]:
    entry = [at, text] if more is None else [at, text, more]
    return {
        "data": {"resultType": "streams", "result": [{"stream": labels or {"a": "b"}, "values": [entry]}]}
    }


DEEP = b"[" * 100_000 + b"]" * 100_000
ANSWERS = {
    "bytes": b"\x00\xff" * 99,
    "a moment of infinity": b'{"data":{"resultType":"streams","result":[{"stream":{},"values":[[1e400,"x"]]}]}}',
    "a moment as a power": answer("1e400"),
    "a moment before all": answer("-1"),
    "a moment behind all": answer(str(10**40)),
    "a moment of 5,000 digits": answer("9" * 5000),
    "lists without end": b'{"x":' + DEEP + b',"data":{"resultType":"streams","result":[]}}',
    "a deep entry": b'{"data":{"resultType":"streams","result":[{"stream":{},"values":[["1","x",'
    + DEEP
    + b"]]}]}}",
    "streams of text": {"data": {"resultType": "streams", "result": "abc"}},
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_what_a_hostile_loki_answers_is_told_in_a_sentence(name: str) -> None:
    async with web_server() as web, asking(web.answers(body=ANSWERS[name])) as loki:
        with pytest.raises(SourceError) as told:
            await loki.range('{a="b"}', 0, 10**18, 100, True)
    assert not LEAK.search(str(told.value)), told.value
    assert not unprintable(str(told.value))


@pytest.mark.parametrize("value", ["1e400", "NaN", "1e300", "-5"])
async def test_a_count_that_is_no_number_of_lines_is_refused(value: str) -> None:
    body = {"data": {"result": [{"value": [1, value]}]}}
    async with web_server() as web, asking(web.answers(body=body)) as loki:
        with pytest.raises(SourceError, match="no number"):
            await loki.count('{a="b"}', 0, 10**9)


def test_labels_without_end_are_counted_instead_of_kept() -> None:
    answers = LokiAnswers("Loki", "shop")
    for labels in ({f"label{n}": "value" for n in range(100_000)}, {"a": "x" * 10_000_000, "b": "c"}):
        [line] = answers.lines(json.dumps(answer("1", labels=labels)).encode(), True)
        assert sum(map(len, line.labels.values())) <= LABELS_LIMIT
        assert "more labels" in line.labels["…"]


async def test_a_flood_of_empty_frames_keeps_nothing_from_running() -> None:
    async def flood(reader: Any, writer: Any) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = re.search(rb"(?i)sec-websocket-key: (\S+)", head)
        assert key is not None
        writer.write(upgraded(key[1]) + b"\x01\x00" + b"\x00\x00" * 30_000 + b"\x80\x02{}")
        await writer.drain()

    async with speaking(flood, hangs_up=False) as speaker, asking(f"http://{speaker.address}") as loki:
        async with ticking() as ticks, aclosing(loki.tail('{a="b"}', 0, 10)) as tail:
            assert (await anext(tail)).lines == []
        assert ticks() > 100, "other work was done meanwhile"


def upgraded(key: bytes) -> bytes:
    """The answer that opens a WebSocket (RFC 6455, 4.2.2)."""
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"


@asynccontextmanager
async def ticking() -> AsyncIterator[Callable[[], int]]:
    """Counts how often another task has its turn."""
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(tick())
    try:
        yield lambda: turns
    finally:
        task.cancel()


# A hostile Docker


@asynccontextmanager
async def docker(web: Web) -> AsyncIterator[DockerFeed]:
    clients = Clients(configured(sources={"d": Source(url=web.url)}))
    try:
        yield DockerFeed(docker_api(clients, "d", "Docker"), "shop", "shop")
    finally:
        await clients.aclose()


HEALTHY = {
    "Id": "a",
    "State": {"Status": "running"},
    "Config": {"Tty": False},
    "Created": "2026-11-23T00:00:00Z",
}


@pytest.mark.parametrize(
    ("inspected", "log"),
    [
        (Reply(200, b'{"Id": "a", "State": {"Status": "exited", "ExitCode": 1e400}}'), Reply()),
        (Reply(200, b"[" * 900_000), Reply()),
        (Reply(200, HEALTHY), Reply(200, b"\x01\0\0\0\0\0\0\x08\x1b[2Jsaid")),
        (Reply(200, HEALTHY), Reply(200, b"\x03\0\0\0\0\0\0\x1e\x1b[2J[@click=app.quit] for itself")),
        (Reply(200, HEALTHY), Reply(500, {"message": "\x1b]0;owned\x07"})),
        (Reply(200, HEALTHY), Reply(301, b"", {"Location": "http://evil.example/"})),
        (Reply(200, HEALTHY), Reply(200, b"\0" * 500_000, behave="raw")),
        (Reply(200, HEALTHY), Reply(200, b"-5\r\nx", {"Transfer-Encoding": "chunked"})),
    ],
)
async def test_what_a_hostile_docker_answers_is_told_in_a_sentence(inspected: Reply, log: Reply) -> None:
    async with web_server() as web, docker(web) as feed:
        web.routes = {"/containers/shop/json": inspected, "/containers/shop/logs": log}
        with pytest.raises(SourceError) as told:
            await feed.page(0, 2 * 10**18, 100, False)
    assert not LEAK.search(str(told.value)), told.value
    assert not unprintable(str(told.value))


# A hostile disk


def a_folder(file: Path) -> str:
    file.mkdir()
    return "is a directory"


def a_pipe(file: Path) -> str:
    os.mkfifo(file)
    return "named pipe"


def a_loop(file: Path) -> str:
    file.symlink_to(file.name)
    return "Too many levels"


@pytest.mark.parametrize("make", [a_folder, a_pipe, a_loop])
async def test_a_file_that_is_none_is_told_in_a_sentence(make: Callable[[Path], str], tmp_path: Path) -> None:
    words = make(tmp_path / "shop.log")
    await told_of(str(tmp_path / "shop.log"), words)


@pytest.mark.parametrize(
    ("name", "words"), [("/dev/zero", "is a device"), ("a\0b", "called so"), ("a\ud800b", "called so")]
)
async def test_a_name_that_no_file_can_have_is_told_in_a_sentence(name: str, words: str) -> None:
    await told_of(name, words)


async def told_of(name: str, words: str) -> None:
    feed = FileFeed("shop", name)
    try:
        asked: Awaitable[object] = feed.page(0, 2 * 10**18, 10, True)
        with pytest.raises(SourceError, match=words):
            await asked
        async with aclosing(feed.follow(0)) as batches:
            assert words in (await anext(batches)).trouble
    finally:
        await feed.aclose()
