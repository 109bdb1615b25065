"""A recorder that has gone, hangs or lies: each board goes on by itself, says so, and comes back."""

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.same import config_hash
from sutaz_tui.engine.hub import BEAT
from sutaz_tui.model import Status
from sutaz_tui.sources.recorder import messages
from sutaz_tui.sources.recorder.peers import user_name
from tests.recorders import NEVER, Recorder, board, recording, till, until
from tests.running import Simulated, begun, hurried


async def test_once_the_recorder_has_gone_a_board_polls_by_itself_and_comes_back(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sutaz_tui.engine.attached.RETRY", 0.2)
    async with AsyncExitStack() as closing_both:
        async with recording(config, tmp_path):
            one = await closing_both.enter_async_context(board(config))
            down = await one.watched.until_state("till", lambda s: s.status is Status.DOWN, "down")
        await until(lambda: one.engine.link is None, "noticed")
        assert one.said == [f"{user_name()}'s recorder has gone: this board polls by itself"]
        state = await one.watched.until_state(
            "till", lambda s: s.asked and s.asked > down.asked, "polled by itself"
        )
        assert (state.status, state.since) == (Status.DOWN, down.since)
        async with recording(config, tmp_path):
            await until(lambda: one.engine.link is not None, "attached again")
            await until(lambda: not one.engine.poller._loops, "it polls no more")


async def test_a_board_that_attaches_again_lets_go_of_what_it_polled_by(
    stack: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It kept three dozen connections open for as long as their servers let it."""
    monkeypatch.setattr("sutaz_tui.engine.attached.RETRY", 0.2)
    config = hurried(stack.config, interval=NEVER)

    def connected() -> int:
        return sum(stack.control("GET", "/connections").values())

    none = connected()
    async with board(config) as one:
        await one.watched.until(lambda shown: shown.answered_count() == len(shown.services), "all asked", 60)
        assert await asyncio.to_thread(connected) > none + 10
        async with recording(config, tmp_path, polls=False):
            await until(lambda: one.engine.link is not None, "attached")
            for _ in range(100):
                if (left := await asyncio.to_thread(connected)) <= none:
                    break
                await asyncio.sleep(0.05)
            assert left <= none, {k: v for k, v in stack.control("GET", "/connections").items() if v}


async def test_a_board_that_was_only_dropped_attaches_again_and_polls_nothing(
    config: Config, recorder: Recorder
) -> None:
    async with board(config) as one:
        await one.watched.until_state("till", lambda s: s.status is Status.DOWN, "down")
        first = one.engine.link
        assert first is not None
        first._line._writer.transport.abort()
        await until(lambda: one.engine.link not in (None, first), "attached again")
        await until(lambda: one.engine.link and one.engine.link.whose, "by a new line")
        assert one.said == [] and not one.engine.poller._loops
        assert one.watched.state("till").status is Status.DOWN


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no such signal")
async def test_a_recorder_that_hangs_is_gone_after_two_intervals(config: Config, tmp_path: Path) -> None:
    file = till(tmp_path)
    with begun("record", "-c", str(file)) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert await asyncio.to_thread(lambda: next(line for line in lines if "boards attach at" in line))
        async with board(config) as one:
            await one.watched.until_state("till", lambda s: s.status is Status.DOWN, "down")
            assert one.engine.link is not None
            process.send_signal(signal.SIGSTOP)
            await until(lambda: one.engine.link is None, "noticed", 4 * BEAT)
            assert "has sent nothing for 10 s: this board polls by itself" in one.said[0]


async def test_what_a_recorder_sends_that_is_none_of_ours_ends_the_attachment(
    config: Config, tmp_path: Path
) -> None:
    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(messages.BEGINNING + messages.frame(messages.Hello(config_hash(config))))
        writer.write((100 << 20).to_bytes(4, "big"))
        await reader.read(1000)

    from sutaz_tui.sources.recorder.places import own_places

    place = own_places(config)[0]
    place.parent.mkdir(parents=True)
    async with await asyncio.start_unix_server(lie, str(place)), board(config) as one:
        await until(lambda: one.said, "told")
        assert "sent a message of 104,857,600 bytes" in one.said[0]
        await one.watched.until_state("till", lambda s: s.asked, "polled by itself")
