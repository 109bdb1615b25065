"""What a program that watches leaves behind, and what the next one makes of it."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from sutaz_tui.model import Status
from tests.hand_clock import HandClock
from tests.state.history.remembering import seconds, watching


async def test_an_outage_is_a_span_from_its_first_failure_to_its_end(tmp_path: Path) -> None:
    clock = HandClock()
    start = clock.now()
    async with watching(tmp_path, clock) as board:
        await board.run(30)
        board.refuse()
        await board.run(30)
        board.heal()
        await board.run(30)
        board.stop()
        found = board.spans()
    assert [span.status for span in found] == ["up", "down", "up"]
    assert [before.ended for before in found[:-1]] == [after.began for after in found[1:]]
    assert found[1].summary == "refused"
    assert 30 <= seconds(start, found[1].began) <= 41
    assert seconds(start, found[-1].ended) == pytest.approx(90.5, abs=1)


async def test_a_reopened_board_knows_since_when_it_is_down(tmp_path: Path) -> None:
    clock = HandClock()
    async with watching(tmp_path, clock) as board:
        await board.run(20)
        board.refuse()
        await board.run(30)
        board.stop()
        since = board.stand.state("redis").since
    await clock.advance(8)
    async with watching(tmp_path, clock, down=True) as board:
        await board.run(5)
        state = board.stand.state("redis")
        assert (state.status, state.since, state.since_at_least) == (Status.DOWN, since, False)
        board.stop()


async def test_a_killed_board_leaves_what_it_saw(tmp_path: Path) -> None:
    clock = HandClock()
    async with watching(tmp_path, clock) as board:
        await board.run(60)
        board.kill()
        told = board.watches()
    await clock.advance(600)
    async with watching(tmp_path, clock) as board:
        await board.run(20)
        assert [watch.why for watch in board.watches()] == ["", ""]
        assert board.watches()[0] == told[0]
        spans = board.spans()
        board.stop()
    assert len(spans) == 2
    assert spans[0].ended == told[0].ended, "nobody watched after the last write"
    assert spans[1].since_at_least


async def test_a_reopened_board_shows_the_last_hour_that_an_earlier_one_saw(tmp_path: Path) -> None:
    clock = HandClock()
    async with watching(tmp_path, clock) as board:
        await board.run(120)
        board.refuse()
        await board.run(120)
        board.heal()
        await board.run(60)
        board.stop()
        seen = board.stand.state("redis").minutes
    assert None in seen
    await clock.advance(600)
    async with watching(tmp_path, clock) as board:
        await board.run(60)
        minutes = board.stand.state("redis").minutes
        board.stop()
    assert len(minutes) == 60
    failed = [at for at, value in enumerate(reversed(minutes)) if value is None]
    assert len(failed) == seen.count(None)
    assert 10 <= failed[0] <= 13, "ten minutes of which nothing is known lie between"


async def test_a_file_that_was_begun_anew_under_a_board_is_read_by_the_next_one(tmp_path: Path) -> None:
    clock = HandClock()
    async with watching(tmp_path, clock) as board:
        await board.run(20)
        board.refuse()
        await board.run(30)
        board.kill()
    # What it was removed from knows the spans, and nobody who watched.
    assert board.memory.path is not None
    with closing(sqlite3.connect(board.memory.path)) as database, database:
        database.execute("DELETE FROM watches")
    async with watching(tmp_path, clock) as board:
        assert board.recall_fault == ""
        await board.run(5)


async def test_only_one_program_writes_and_another_takes_over(tmp_path: Path) -> None:
    clock = HandClock()
    async with watching(tmp_path, clock) as board, watching(tmp_path, clock) as other:
        await board.run(10)
        other.look()
        assert len(board.watches()) == 1
        board.stop()
        await other.run(40)
        assert [watch.why for watch in other.watches()] == ["stop", ""]
        other.stop()


async def test_time_in_which_the_program_was_stopped_was_not_watched(tmp_path: Path) -> None:
    clock = HandClock()
    async with watching(tmp_path, clock) as board:
        await board.run(30)
        clock.freeze(300)
        await board.run(30)
        board.stop()
        first, second = board.watches()
        assert first.why == "suspended"
        assert seconds(first.ended, second.began) == pytest.approx(301, abs=1)
        assert [span.ended for span in board.spans()] == [first.ended, second.ended]


async def test_after_a_pause_nothing_is_unknown_that_answers_then(tmp_path: Path) -> None:
    """Each service read "up → unknown → up" in the history whenever the board had been suspended."""
    clock = HandClock()
    async with watching(tmp_path, clock) as board:
        await board.run(30)
        clock.freeze(300)
        # What was answered before is old, and the next answer takes a moment.
        board.look()
        clock.freeze(0.4)
        await board.run(60)
        board.stop()
        assert [span.status for span in board.spans()] == ["up", "up"]


@pytest.mark.parametrize("by", [-3600, 3600])
async def test_a_clock_that_is_set_changes_no_duration(tmp_path: Path, by: int) -> None:
    clock = HandClock()
    async with watching(tmp_path, clock) as board:
        await board.run(60)
        lasted = seconds(board.watches()[0].began, board.watches()[0].ended)
        clock.set(by)
        await board.run(60)
        board.stop()
        (watch,) = board.watches()
        assert seconds(watch.began, watch.ended) == pytest.approx(lasted + 60, abs=1)
        assert sum(span.seconds for span in board.spans()) == pytest.approx(lasted + 60, abs=1)
        state = board.stand.state("redis")
        assert state.since is not None and seconds(state.since, clock.now()) == pytest.approx(120, abs=2)
        assert board.memory.path is not None
        with closing(sqlite3.connect(board.memory.path)) as database:
            told = database.execute("SELECT words FROM changes").fetchall()
        assert told == [(f"the clock was set by {'-' if by < 0 else '+'}1h00m",)]


async def test_the_file_is_the_users_alone(tmp_path: Path) -> None:
    def modes() -> list[int]:
        return [stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()]

    async with watching(tmp_path, HandClock()) as board:
        await board.run(3)
        assert {*modes()} == {0o600} and len(modes()) >= 4, "the file, its log, what readers share, the lock"
        board.stop()
