"""What one operator marks, notes and runs, the others see with the name; one at a time writes."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.config import Config, load
from sutaz_tui.model import Known, Status
from sutaz_tui.sources.recorder import messages
from sutaz_tui.sources.recorder.peers import user_name
from sutaz_tui.state.history.file import HistoryFile, Unusable
from tests.recorders import Recorder, board, recording, until
from tests.running import Simulated


async def test_a_mark_of_one_board_is_on_all_with_the_name_that_the_kernel_gives(
    config: Config, recorder: Recorder, tmp_path: Path
) -> None:
    async with board(config) as one, board(config) as two:
        await one.watched.until_state("till", lambda s: s.status is Status.DOWN, "down")
        assert one.engine.link is not None
        one.engine.link.mark("till", Known("till", "being mended", None, "somebody else", None, Status.DOWN))
        state = await two.watched.until_state("till", lambda s: s.known, "known")
        assert state.known == "being mended"
        assert two.engine.store.known["till"].by == user_name()
        history = HistoryFile(tmp_path / "history-test.sqlite3")

        def kept() -> list[Any]:
            with suppress(FileNotFoundError):
                return history.read(
                    lambda database: database.execute("SELECT service, reason, by FROM known").fetchall()
                )
            return []

        await until(lambda: kept() == [("till", "being mended", user_name())], "kept in the history")
        one.engine.link.mark("till", None)
        await two.watched.until_state("till", lambda s: not s.known, "no longer known")


async def test_a_note_of_a_board_is_in_the_recorders_history(
    config: Config, recorder: Recorder, tmp_path: Path
) -> None:
    async with board(config) as one:
        assert one.engine.link is not None
        now = one.engine.clock.now()
        one.engine.link.note(now, "till", "drawer jammed", "note")
        one.engine.link.note(now, "nowhere", "of nothing here", "note")
        await until(lambda: one.said, "told of a service that is none")
        assert one.said == ["the recorder does not know that service"]

    history = HistoryFile(tmp_path / "history-test.sqlite3")

    def notes() -> list[Any]:
        with suppress(FileNotFoundError):
            return history.read(lambda database: database.execute("SELECT * FROM changes").fetchall())
        return []

    await until(lambda: any("drawer jammed" in row for row in notes()), "the note is kept")
    assert not any("of nothing here" in row for row in notes())


async def test_what_one_board_runs_the_others_see_and_only_one_writes(
    config: Config, recorder: Recorder
) -> None:
    async with board(config) as two:
        async with board(config) as one:
            first, second = one.engine.link, two.engine.link
            assert first is not None and second is not None
            assert await first.begin("e2e", True) == ""
            await until(lambda: second.runs, "the run is seen")
            assert [(run.who, run.scope, run.process) for run in second.runs] == [
                (user_name(), "e2e", os.getpid())
            ]
            assert f"{user_name()} runs e2e, which writes" in await second.begin("pool", True)
            assert await second.begin("agents", False) == ""
        await until(
            lambda: [run.scope for run in second.runs] == ["agents"], "what ran on a board that left is over"
        )
        assert await second.begin("pool", True) == ""
        second.end("pool")


async def test_how_checks_of_one_board_ended_is_kept_by_the_recorder_for_all_once(
    config: Config, recorder: Recorder, tmp_path: Path
) -> None:
    kept = HistoryFile(tmp_path / "history-test.sqlite3")

    asked_of_it = "SELECT check_id, outcome, message, steps FROM results"

    def rows() -> list[Any]:
        # Also what the recorder has only just begun to make.
        with suppress(*Unusable):
            return kept.read(lambda database: database.execute(asked_of_it).fetchall())
        return []

    now = recorder.engine.clock.now()
    steps = '[{"what": "GET", "request": "GET /", "answer": "502"}]'
    found = [messages.Checked(f"own.{n}", now, "fail", 0.1, "refused", steps) for n in range(300)]
    never = messages.Checked("own.x", now, "won", 0.1, "", "[]")
    odd = messages.Checked("own.odd", now, "pass", 0.1, "well", '[{"request": "no more"}]')
    async with board(config) as one:
        link = one.engine.link
        assert link is not None
        # Of what it does not run a board tells nothing.
        await link.share([messages.Checked("own.none", now, "pass", 0.1, "", "[]")])
        assert await link.begin("own", False) == ""
        await link.share([*found, never, odd])
        await link.share(found)
        link.end("own")
        await until(lambda: len(rows()) == 301, "kept")
        assert one.said == [] and recorder.told[1:] == []
    by_id = {id: rest for id, *rest in rows()}
    assert by_id["own.0"][:2] == ["fail", "refused"] and "502" in by_id["own.0"][2]
    assert by_id["own.odd"] == ["pass", "well", "[]"] and len(by_id) == 301


async def test_a_check_that_writes_waits_for_nobody_but_says_who_writes(
    stack: Simulated, tmp_path: Path
) -> None:
    config = load(None, stack.demo.path, {**os.environ, **stack.demo.environ})
    async with recording(config, tmp_path, polls=False), board(config) as one:
        assert one.engine.link is not None
        assert await one.engine.link.begin("e2e", True) == ""
        words = ("check", "caching", "--allow", "writes", "-c", str(stack.demo.path))
        done = await asyncio.to_thread(_command, words, stack)
        assert done.returncode == 1
        assert "nothing was run: " in done.stderr and "runs e2e, which writes" in done.stderr
        one.engine.link.end("e2e")
        done = await asyncio.to_thread(_command, words, stack)
        assert "nothing was run" not in done.stderr


def _command(words: tuple[str, ...], stack: Simulated) -> Any:
    from tests.running import command

    return command(*words, env=stack.demo.environ, within=120)


async def test_a_turn_that_a_slow_recorder_gave_too_late_is_given_back_and_is_nobody_elses(
    config: Config, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others were told for ever that somebody writes whose checks never ran."""
    async with board(config) as one, board(config) as two:
        first, second = one.engine.link, two.engine.link
        assert first is not None and second is not None
        with monkeypatch.context() as patched:
            patched.setattr("sutaz_tui.engine.attached.ANSWERED_WITHIN", 0.0)
            assert await first.begin("pool", True) == "the recorder gives no answer"
        assert await second.begin("e2e", True) == ""
        assert f"{user_name()} runs e2e" in await first.begin("pool", True)
        assert [run.scope for run in second.runs] in ([], ["e2e"])
