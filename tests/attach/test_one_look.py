"""Several operators cost one look at the stack, at the pace of the one who wants it fastest."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path

from sutaz_tui.config import load
from sutaz_tui.sources.recorder.peers import user_name
from tests.recorders import NEVER, asked, board, recording, settled, till, until
from tests.running import Simulated, hurried


async def test_three_boards_and_status_cost_the_requests_of_one_recorder(
    stack: Simulated, tmp_path: Path
) -> None:
    config = hurried(stack.config, interval=NEVER)
    async with recording(config, tmp_path) as recorder, AsyncExitStack() as boards:
        of_one = await settled(stack, recorder)
        attached = [await boards.enter_async_context(board(config)) for _ in range(3)]
        for one in attached:
            await one.watched.until(
                lambda shown: shown.answered_count() == len(shown.services), "the picture"
            )
            assert one.engine.link is not None and one.engine.link.whose == user_name()
        told = await asyncio.to_thread(stack.status)
        assert "recorder sees it" in told.stderr
        assert told.returncode == 0, told.stdout
        theirs = [
            [
                (s.service, s.status, s.summary, s.since, s.asked, s.latency)
                for s in one.engine.snapshot().services
            ]
            for one in (*attached, recorder)
        ]
        assert theirs[0] == theirs[1] == theirs[2] == theirs[3]
        assert asked(stack) == of_one
        # The count can grow: a board that is asked to poll by itself does.
        await asyncio.to_thread(stack.status, "--ask")
        assert sum(asked(stack).values()) > sum(of_one.values())


async def test_r_of_all_boards_within_a_second_is_one_poll(stack: Simulated, tmp_path: Path) -> None:
    config = hurried(stack.config, "ollama", interval=NEVER)
    async with recording(config, tmp_path) as recorder, board(config) as one, board(config) as two:
        of_one = await settled(stack, recorder)
        for each in (one, two):
            await each.watched.until_state("ollama", lambda s: s.asked, "asked")
        for _ in range(5):
            one.engine.ask_now("ollama")
            two.engine.ask_all()
        before = one.watched.state("ollama").asked
        await two.watched.until_state("ollama", lambda s: s.asked != before, "asked again")
        assert (await settled(stack, recorder))["ollama"] - of_one["ollama"] == of_one["ollama"]


async def test_the_fastest_board_sets_the_pace_of_all_and_takes_it_with_it(tmp_path: Path) -> None:
    config = hurried(load(None, till(tmp_path), os.environ))
    async with recording(config, tmp_path) as recorder:
        rhythm = recorder.engine.rhythm
        async with board(config) as slow:
            async with board(config) as fast:
                for one, stretch in ((slow, 4.0), (fast, 0.25)):
                    one.engine.rhythm.stretch = stretch
                    one.engine.reconsider()
                fast.engine.select("till")
                await until(
                    lambda: (rhythm.stretch, rhythm.selected) == (0.25, "till"), "the pace of the fastest"
                )
            await until(lambda: rhythm.stretch == 1.0, "the config's pace, for the other wants it slower")


async def test_a_key_that_is_held_down_floods_nobody(tmp_path: Path) -> None:
    config = load(None, till(tmp_path), os.environ)
    async with recording(config, tmp_path) as recorder, board(config) as one:
        await one.watched.until_state("till", lambda s: s.asked, "asked")
        for number in range(1000):
            one.engine.select("till" if number % 2 else "")
            one.engine.ask_now("till")
            one.engine.ask_all()
            if not number % 50:
                await asyncio.sleep(0.01)
        await until(lambda: recorder.engine.rhythm.selected == "till", "where the cursor came to rest")
        assert one.engine.link is not None and one.said == []
        assert len(recorder.told) == 1, "only where it listens"
