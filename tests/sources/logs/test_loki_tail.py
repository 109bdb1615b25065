"""The live tail of a Loki: what it gives, and how it ends."""

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Event, Ping, Pong, TextMessage

from sutaz_tui.config import Tls
from sutaz_tui.errors import (
    BadAnswer,
    NotListening,
    Refused,
    SourceError,
    TailEnded,
    TimedOut,
    TooMany,
    WrongQuery,
)
from sutaz_tui.sources.logs.loki import LokiLogs
from tests.certificates import certificate
from tests.loopback import Speaker, speaking
from tests.servers.waiting import patient
from tests.simulator.stack import Stack
from tests.sources.logs.asking_loki import DEADLINE, asking, following, pairs, push
from tests.web import RECORDED

SECOND = 10**9
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Server:
    """The other end of a WebSocket, spoken as a test says; `asked` is the request, `heard` what came since."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: str) -> None:
        self._reader = reader
        self.writer = writer
        self.asked = asked
        self._wire = Connection(ConnectionType.SERVER)

    async def send(self, *events: Event) -> None:
        for event in events:
            self.writer.write(self._wire.send(event))
        await self.writer.drain()

    async def hear(self) -> Event:
        """The next event of the client."""
        while True:
            for event in self._wire.events():
                return event
            self._wire.receive_data(await self._reader.read(65_536) or None)


Said = Callable[[Server], Awaitable[None]]


def upgrading(said: Said, after: bytes = b"") -> Callable[..., Awaitable[None]]:
    """A handler that takes the upgrade, sends `after` in the same breath, and goes on as said."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        writer.write(UPGRADED + after)
        await writer.drain()
        await said(Server(reader, writer, asked))

    return handle


def frame(*lines: str, dropped: Any = None) -> TextMessage:
    streams = [{"stream": {"job": "j"}, "values": [["1", text]]} for text in lines]
    return TextMessage(data=json.dumps({"streams": streams, "dropped_entries": dropped}))


async def ending(port: Speaker) -> tuple[list[str], SourceError]:
    """The lines that a tail gave and the error it ended with."""
    async with asking(f"http://{port.address}") as logs, following(logs, "{a=`b`}") as tail:
        with pytest.raises(SourceError) as caught:
            await tail.to_the_end()
    assert caught.value.source == "Loki" and caught.value.words.isprintable()
    return [line.text for line in tail.lines], caught.value


# --- what it gives


async def test_what_was_there_comes_first_then_what_comes(loki: Stack, logs: LokiLogs, job: str) -> None:
    at = time.time_ns() - 60 * SECOND
    lines = [(at + place, f"INFO {place}") for place in range(20)]
    push(loki, {"job": job}, lines[:15])
    async with following(logs, f'{{job="{job}"}} |= "INFO"', at, limit=10) as tail:
        await tail.until(10)
        assert pairs(tail.lines) == lines[5:15]
        push(loki, {"job": job}, lines[15:])
        await tail.until(15)
        # A late line comes when it arrives.
        push(loki, {"job": job}, [(at - SECOND, "INFO late")])
        await tail.until(16)
    assert pairs(tail.lines) == [*lines[5:], (at - SECOND, "INFO late")]
    assert tail.lines[0].service == "shop" and tail.lines[0].labels["job"] == job
    assert tail.lines[0].labels is tail.lines[1].labels
    assert tail.dropped == []


async def test_dropped_entries_are_told(loki: Stack, logs: LokiLogs, job: str) -> None:
    loki.trait("loki_tail_rate", 100)
    at = time.time_ns()
    async with following(logs, f'{{job="{job}"}}', at) as tail:
        push(loki, {"job": job}, [(at, "INFO first")])
        await tail.until(1)
        push(loki, {"job": job}, [(at + place, f"INFO {place}") for place in range(1, 1001)])
        await tail.until(100)
        push(loki, {"job": job}, [(at + 2000, "INFO last")])
        while not tail.dropped:
            await tail.until(len(tail.lines) + 1)
    known = {line.at for line in tail.lines}
    assert known.isdisjoint(tail.dropped) and set(tail.dropped) <= set(range(at + 1, at + 1001))
    # Most of what is missing is told by nobody.
    assert 0 < len(tail.dropped) < 1000 - len(known)


async def test_recorded_frames() -> None:
    answers = json.loads((RECORDED / "loki.json").read_text())["answers"]
    frames = next(answer for answer in answers if answer["name"] == "tail frames")["frames"]
    told = next(answer["example"] for answer in answers if "dropped_entries" in answer)

    async def said(server: Server) -> None:
        await server.send(*(TextMessage(data=json.dumps(each["frame"])) for each in frames))
        await server.send(TextMessage(data=json.dumps({"streams": None, "dropped_entries": told})))
        await server.send(CloseConnection(1000))

    async with (
        speaking(upgrading(said)) as port,
        asking(f"http://{port.address}") as logs,
        following(logs, "{}") as tail,
    ):
        with pytest.raises(BadAnswer, match="closed the tail: code 1000"):
            await tail.to_the_end()
    assert [len(each.lines) for each in tail.frames] == [10, 3, 3, 3, 3, 0]
    assert tail.dropped == [1795359129285302719, 1795359129285438776]
    assert "detected_level" in tail.lines[9].labels and "detected_level" not in tail.lines[10].labels


async def test_what_is_asked_and_who_asks() -> None:
    asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def said(server: Server) -> None:
        asked.set_result(server.asked)

    async with (
        speaking(upgrading(said)) as port,
        asking(f"http://{port.address}/loki", headers={"X-Scope-OrgID": "me"}) as logs,
        following(logs, '{a="b"}', 5, 9) as tail,
    ):
        with pytest.raises(SourceError, match="the tail broke"):
            await tail.to_the_end()
    head = asked.result()
    path = "/loki/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D&start=5&limit=9&delay_for=0"
    assert head.startswith(f"GET {path} HTTP/1.1\r\n") and "x-scope-orgid: me\r\n" in head.lower()


async def test_a_tail_over_tls(tmp_path: Path) -> None:
    file = certificate(tmp_path / "own.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgrading(lambda server: server.send(frame("by TLS"), CloseConnection(1011, "done")))(
            reader, writer
        )
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, asking(url, tls=Tls(ca_file=str(file))) as logs, following(logs, "{}") as tail:
        with pytest.raises(BadAnswer, match="closed the tail: done"):
            await tail.to_the_end()
    assert [line.text for line in tail.lines] == ["by TLS"]
    async with server, asking(url) as stranger, following(stranger, "{}") as tail:
        with pytest.raises(Refused):
            await tail.to_the_end()


async def test_a_frame_in_the_same_breath_as_the_upgrade_is_read() -> None:
    early = Connection(ConnectionType.SERVER).send(frame("early"))

    async def said(server: Server) -> None:
        await server.send(CloseConnection(1011, "x"))

    async with speaking(upgrading(said, early)) as port:
        assert (await ending(port))[0] == ["early"]


async def test_large_frames_and_parts_of_frames_are_put_together() -> None:
    async def said(server: Server) -> None:
        text = frame("x" * 3_000_000).data
        third = len(text) // 3
        for part in (text[:third], text[third : 2 * third]):
            await server.send(TextMessage(data=part, message_finished=False))
            await server.send(Ping(b"between"))
        await server.send(TextMessage(data=text[2 * third :]), CloseConnection(1011, "x"))

    async with (
        speaking(upgrading(said), hangs_up=False) as port,
        asking(f"http://{port.address}") as logs,
        following(logs, "{}") as tail,
    ):
        with pytest.raises(BadAnswer):
            await tail.to_the_end()
    (line,) = tail.lines
    assert len(line.text) + line.cut == 3_000_000


# --- how it ends


async def test_a_tail_that_lasted_as_long_as_it_may_says_so(loki: Stack, logs: LokiLogs) -> None:
    loki.trait("loki_tail_seconds", 0.1)
    async with following(logs, '{job="nobody"}') as tail:
        with pytest.raises(TailEnded, match="as long as tail_max_duration allows"):
            await tail.to_the_end()


async def test_a_restart_breaks_the_tail_and_the_next_one_goes_on(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    at = time.time_ns() - SECOND
    push(loki, {"job": job}, [(at, "INFO before")])
    async with following(logs, f'{{job="{job}"}}', at) as tail:
        await tail.until(1)
        loki.fault("loki", "refuse")
        with pytest.raises(SourceError):
            await tail.to_the_end()
    async with following(logs, "{}") as tail:
        with pytest.raises(NotListening):
            await tail.to_the_end()
    loki.fault("loki", None)
    async with following(logs, f'{{job="{job}"}}', at) as tail:
        await tail.until(1)
    assert pairs(await logs.range(f'{{job="{job}"}}', at, at + 1, 9, False)) == [(at, "INFO before")]


@pytest.mark.parametrize(
    ("reason", "kind", "words"),
    [
        ("reached tail max duration limit", TailEnded, "ended the tail"),
        ("max concurrent tail requests limit exceeded, count > limit (11 > 10)", TooMany, "no tail is free"),
        ("parse error at line 1, col 6: oh", WrongQuery, "at line 1, column 6: oh"),
        ("all ingesters closed the connection \x1b[2J", BadAnswer, "closed the tail: all ingesters closed"),
        ("", BadAnswer, "closed the tail: code 1011"),
    ],
)
async def test_why_it_was_closed(reason: str, kind: type[SourceError], words: str) -> None:
    async def said(server: Server) -> None:
        await server.send(frame("a line"), CloseConnection(1011, reason))

    async with speaking(upgrading(said)) as port:
        lines, error = await ending(port)
    assert lines == ["a line"] and isinstance(error, kind) and words in error.words


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "the tail broke: the connection ended without a word"),
        (b"\xff\xff\xff\xff garbage", "closed the tail"),
        (b"\x81\x05ab", "the tail broke"),
        (b"\x81\x03\xff\xfe\xfd", "closed the tail"),
        (b"\x81\x02[]", "is not what Loki sends"),
        (b"\x81\x05hello", "is not what Loki sends"),
        (b'\x81\x0f{"streams": 15}', "is not what Loki sends"),
        (b'\x81\x1d{"dropped_entries":[{"a": 1}]}'[:31], "is not what Loki sends"),
    ],
)
async def test_what_is_no_tail_of_loki(raw: bytes, words: str) -> None:
    async def said(server: Server) -> None:
        server.writer.write(raw)
        await server.writer.drain()

    async with speaking(upgrading(said)) as port:
        assert words in (await ending(port))[1].words


async def test_a_frame_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sutaz_tui.sources.logs.loki.FRAME_LIMIT", 100_000)

    async def said(server: Server) -> None:
        while True:
            await server.send(TextMessage(data="x" * 10_000, message_finished=False))

    async with speaking(upgrading(said)) as port:
        assert "sends a frame larger than 97 KiB" in (await ending(port))[1].words


async def test_a_silent_server_is_asked_for_a_sign_and_given_up_without_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sutaz_tui.sources.logs.loki.QUIET", 0.1)
    heard: list[type[Event]] = []

    async def said(server: Server) -> None:
        for _ in range(3):
            event = await server.hear()
            heard.append(type(event))
            assert isinstance(event, Ping)
            await server.send(event.response())
        await server.send(frame("still here"))
        while isinstance(event := await server.hear(), Ping):
            heard.append(type(event))

    async with speaking(upgrading(said), hangs_up=False) as port:
        lines, error = await ending(port)
    assert lines == ["still here"] and heard == [Ping] * 4
    assert isinstance(error, TimedOut) and "has been silent for 0.2 s" in error.words


async def test_pings_are_answered() -> None:
    async def said(server: Server) -> None:
        await server.send(Ping(b"are you there"))
        event = await server.hear()
        assert isinstance(event, Pong)
        await server.send(CloseConnection(1011, bytes(event.payload).decode()))

    async with speaking(upgrading(said)) as port:
        assert (await ending(port))[1].words == "closed the tail: are you there"


async def test_hanging_up_says_goodbye_at_once() -> None:
    goodbyes: list[Event] = []

    async def said(server: Server) -> None:
        await server.send(frame("a line"))
        goodbyes.append(await server.hear())

    async with speaking(upgrading(said), hangs_up=False) as port, asking(f"http://{port.address}") as logs:
        async with following(logs, "{}") as tail:
            await tail.until(1)
            assert port.open == 1
        async with asyncio.timeout(patient(DEADLINE)):
            await port.idle.wait()
        assert [type(event) for event in goodbyes] == [CloseConnection]


async def test_a_task_that_is_cancelled_while_it_waits_hangs_up() -> None:
    async def said(server: Server) -> None:
        await server.hear()

    async def follow(logs: LokiLogs) -> None:
        async with following(logs, "{}") as tail:
            await tail.until(1)

    async with speaking(upgrading(said), hangs_up=False) as port, asking(f"http://{port.address}") as logs:
        task = asyncio.create_task(follow(logs))
        async with asyncio.timeout(patient(DEADLINE)):
            await port.busy.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await port.idle.wait()


async def test_a_frame_may_be_awaited_in_one_task_after_another(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    at = time.time_ns()
    async with following(logs, f'{{job="{job}"}}', at) as tail:
        for place in range(3):
            push(loki, {"job": job}, [(at + place, f"INFO {place}")])
            await asyncio.create_task(tail.until(place + 1))
    assert [line.text for line in tail.lines] == ["INFO 0", "INFO 1", "INFO 2"]
