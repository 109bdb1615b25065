"""Ten minutes after a deploy it is told what followed, by whoever records."""

import re
from pathlib import Path

from sutaz_tui.model import Answer, Change, ChangeKind
from sutaz_tui.probes.base import Finding
from tests.hand_clock import HandClock
from tests.state.history.remembering import Watched, watching


def told(board: Watched) -> list[str]:
    assert board.memory.file is not None
    rows = board.memory.file.read(
        lambda db: db.execute("SELECT words FROM changes WHERE kind = 'deployed'").fetchall()
    )
    return [words for (words,) in rows]


async def test_what_followed_is_told_after_ten_minutes(tmp_path: Path) -> None:
    async with watching(tmp_path, HandClock(), "redis", "postgres") as board:
        board.stand["redis"].finding = Finding("well", latency=0.010)
        await board.run(660)
        clock = board.stand.clock
        board.memory.note(clock.now(), "redis", "redis 8", "deploy")
        board.memory.note(clock.now(), "", "the lot", "deploy")
        board.memory.note(clock.now(), "postgres", "same", "deploy")
        board.stand["redis"].finding = Finding("well", latency=0.031)
        await board.run(300)
        board.refuse("redis")
        await board.run(60)
        board.heal("redis")
        restart = Change(clock.now(), "redis", ChangeKind.RESTART, "restarted")
        board.stand.engine.store.put("redis", Answer(changes=(restart,)))
        assert told(board) == []
        await board.run(480)
        one, all_of_them, same = told(board)
        assert one.startswith("10m after deploy redis 8: p95 x3.1 (10 ms → 31 ms), failures 0 → ")
        assert re.search(r"/min, down 1m0\ds, 1 restart$", one), one
        assert all_of_them.startswith("10m after deploy the lot: redis p95 x3.1")
        assert same == "10m after deploy same: nothing moved"
        await board.run(120)
        assert len(told(board)) == 3, "once each"
        board.stop()


async def test_of_a_time_that_nobody_watched_nothing_is_said(tmp_path: Path) -> None:
    clock = HandClock()
    async with watching(tmp_path, clock) as board:
        await board.run(10)
        board.memory.note(clock.now(), "redis", "redis 8", "deploy")
        board.stop()
    await clock.advance(3600)
    async with watching(tmp_path, clock) as board:
        await board.run(10)
        assert told(board) == ["10m after deploy redis 8: not watched"]
        board.stop()


async def test_p95_is_told_of_many_answers_and_the_median_of_few(tmp_path: Path) -> None:
    async with watching(tmp_path, HandClock(), "redis") as board:
        assert board.memory.file is not None
        clock = board.stand.clock
        board.stand["redis"].finding = Finding("well", latency=0.010)
        await board.run(660)
        board.memory.note(clock.now(), "redis", "slow tail", "deploy")
        for _ in range(10):
            # Of the answers in a minute one is slow: no median shows it.
            board.stand["redis"].finding = Finding("well", latency=0.200)
            await board.run(15)
            board.stand["redis"].finding = Finding("well", latency=0.010)
            await board.run(45)
        await board.run(240)
        (words,) = told(board)
        assert words == "10m after deploy slow tail: p95 x20 (10 ms → 200 ms)"
        # Asked seldom, as it was over night: ten answers have no 95th percentile of their own.
        board.memory.file.write(
            [("UPDATE latencies SET each = ' 10'", ()), ("UPDATE minutes SET median = 0.01", ())]
        )
        board.memory.file.write([("DELETE FROM changes WHERE kind = 'deployed'", ())])
        await board.run(60)
        assert told(board) == ["10m after deploy slow tail: nothing moved"]
        board.stop()
