"""WebSockets of an origin: text within a deadline, kept as evidence, and what stands there instead of one."""

import asyncio

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, TextMessage

from sutaz_tui.errors import BadAnswer, Refused, TimedOut
from sutaz_tui.sources.evidence import recording
from sutaz_tui.sources.websocket import NoUpgrade, websocket
from sutaz_tui.text.sanitise import Secrets
from tests.loopback import Speaker, speaking
from tests.servers.waiting import patient
from tests.sources.asking import origin
from tests.web import web_server

UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
NOBODY = Secrets(())


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say every text again, as bytes where it asks for them; hang up at `bye`, without a word at `gone`."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(UPGRADED)
    wire = Connection(ConnectionType.SERVER)
    while data := await reader.read(65_536):
        wire.receive_data(data)
        for event in wire.events():
            if isinstance(event, CloseConnection):
                return
            assert isinstance(event, TextMessage)
            if event.data == "gone":
                return
            if event.data == "bye":
                writer.write(wire.send(CloseConnection(4000, "you said \x1b[2Jso")))
            else:
                kind = BytesMessage(event.data.encode()) if "bytes" in event.data else event
                writer.write(wire.send(kind))


def url(port: Speaker) -> str:
    return f"http://{port.address}"


async def test_texts_come_back_and_leave_their_steps() -> None:
    async with speaking(echo) as port:
        with recording() as steps:
            async with websocket(origin(url(port)), "/ws", Secrets(("pa55word!",))) as frames:
                for text in ("one", "as bytes", "with pa55word! inside"):
                    await frames.send(text)
                    assert await frames.receive() == text
        assert [step.answer for step in steps[:2]] == ["one", "as bytes"]
        assert "pa55word" not in steps[2].answer and steps[2].request == f"frame of ws://{port.address}/ws"


async def test_silence_is_given_up() -> None:
    async with speaking(echo) as port, websocket(origin(url(port)), "/ws", NOBODY) as frames:
        with pytest.raises(TimedOut, match=r"no frame within 0\.05 s"):
            await frames.receive(0.05)
        # The socket is still good.
        await frames.send("again")
        assert await frames.receive() == "again"


async def test_the_other_end_s_goodbye() -> None:
    async with speaking(echo) as port, websocket(origin(url(port)), "/ws", NOBODY) as frames:
        await frames.send("bye")
        with pytest.raises(BadAnswer, match="closed the WebSocket: you said ␛"):
            await frames.receive()
        with pytest.raises(BadAnswer, match="closed the WebSocket"):
            await frames.send("more")


async def test_an_end_without_goodbye() -> None:
    async with speaking(echo) as port, websocket(origin(url(port)), "/ws", NOBODY) as frames:
        await frames.send("gone")
        with pytest.raises(BadAnswer, match="closed the WebSocket: the connection ended without a word"):
            await frames.receive()


async def test_a_frame_beyond_the_limit_is_refused() -> None:
    async with (
        speaking(echo, hangs_up=False) as port,
        websocket(origin(url(port)), "/ws", NOBODY, frame_limit=10_240) as frames,
    ):
        await frames.send("x" * 10_240)
        assert len(await frames.receive()) == 10_240
        await frames.send("x" * 10_241)
        with pytest.raises(BadAnswer, match="sends a frame larger than 10 KiB"):
            await frames.receive()


async def test_an_answer_in_plain_http_is_kept() -> None:
    async with web_server() as web:
        web.answers(404, "x" * 10_000, content_type="text/plain")
        with pytest.raises(NoUpgrade, match="answers 404 instead of a WebSocket") as caught:
            async with websocket(origin(web.url), "/ws", NOBODY):
                pass
        assert (caught.value.status, caught.value.kind, len(caught.value.body)) == (404, "text/plain", 4096)
        web.answers(behave="reset")
        with pytest.raises(Refused):
            async with websocket(origin(web.url), "/ws", NOBODY):
                pass


async def test_an_error_of_the_reader_passes_and_hangs_up() -> None:
    async with speaking(echo) as port:
        with pytest.raises(ZeroDivisionError):
            async with websocket(origin(url(port)), "/ws", NOBODY):
                raise ZeroDivisionError
        async with asyncio.timeout(patient(5)):
            await port.idle.wait()
