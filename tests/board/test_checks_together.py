"""Checks that run without a key: on the timer of an open board, and in another program of the same config."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace as replaced

from sutaz_tui.config import Config
from sutaz_tui.model import Outcome
from sutaz_tui.state.history.file import HistoryFile, name_of
from sutaz_tui.state.history.spans import events
from sutaz_tui.state.history.whose import Whose
from sutaz_tui.state.results import Results
from tests.board.showing import Board, showing
from tests.checks.scripted import result, run_of
from tests.config.faults import read
from tests.engine.scripted import Stand, tcp
from tests.hand_clock import HandClock
from tests.servers.waiting import Deadline
from tests.web import Reply, web_server

SHOP = """\
services:
  - {id: shop, kind: tcp, address: "127.0.0.1:1"}
checks:
  every: {own: 60s}
  own:
    - {id: depth, kind: http, url: "URL/health", conditions: ["json.depth < 5"]}
"""
WHOLE = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
NOBODY = "http://127.0.0.1:1"


def stand_of(folder: Path, url: str) -> Stand:
    # How long ago a check ran is told by the wall's clock.
    stand = Stand(tcp("shop", interval=600), clock=HandClock(datetime.now(UTC)))
    config = read(folder, SHOP.replace("URL", url))
    stand.engine.config = stand.config = replace(stand.config, checks=config.checks, path=config.path)
    return stand


async def until(board: Board, holds: Callable[[], bool]) -> None:
    """Let seconds pass until it is so."""
    deadline = Deadline(20)
    while not holds():
        assert not deadline.is_over(), board.text
        await board.run(1)
        await asyncio.sleep(0.01)


async def test_an_open_board_asks_on_its_timer_and_what_turned_red_is_in_the_history(tmp_path: Path) -> None:
    async with web_server() as web:
        web.routes["/health"] = Reply(200, {"depth": 3})
        async with showing(stand=stand_of(tmp_path, web.url), size=(120, 40), folder=tmp_path) as board:
            runs, recorder = board.app.checks.runs, board.app.recorder
            await until(board, lambda: bool(runs.checks) and recorder is not None and recorder.is_writing)
            await board.run(50 - board.stand.clock.monotonic())
            assert runs.results == {}, "a board that was just opened asks enough"
            await until(board, lambda: "own.depth" in runs.results)
            assert board.stand.clock.monotonic() >= 60
            assert runs.results["own.depth"].outcome is Outcome.PASS
            web.routes["/health"] = Reply(200, {"depth": 7})
            await until(board, lambda: runs.results["own.depth"].outcome is Outcome.FAIL)
            cell = next(line for line in board.lines if "1 own" in line)
            assert "1 ✗" in cell or "✗1" in cell or "1 red" in cell, cell
            file = HistoryFile(tmp_path / name_of(board.stand.config.path))

            def told() -> list[str]:
                found = file.read(lambda database: events(database, *WHOLE))
                return [one.words for one in found if one.kind == "checks"]

            await until(board, lambda: bool(told()))
            assert told() == ["checks of own: 1 red: own.depth"]


def kept(config: Config, folder: Path, outcome: Outcome, seconds: float) -> None:
    """What another program of this config found out, so many seconds from now."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    Results(config, folder).keep(run_of(result("own.depth", outcome, started=at)))


@pytest.mark.parametrize("is_of_recorder", [False, True])
async def test_what_another_program_finds_out_is_seen_by_the_open_board(
    tmp_path: Path, is_of_recorder: bool
) -> None:
    """Another board of the same user, or a recorder that keeps a file of its own."""
    stand, own = stand_of(tmp_path, NOBODY), tmp_path / "state" / "sutaz-tui"
    folder = tmp_path / "recorded" if is_of_recorder else own
    kept(stand.config, folder, Outcome.PASS, -3600)
    async with showing(stand=stand, size=(120, 40), folder=own) as board:
        runs = board.app.checks.runs
        await until(board, lambda: bool(runs.checks))
        # The board itself follows the file that its history is read of.
        recorded = Whose(HistoryFile(folder / name_of(stand.config.path)))
        more = [board.app.checks.follow(lambda: recorded)] if is_of_recorder else []
        following = [asyncio.create_task(one) for one in more]
        try:
            await until(board, lambda: "own.depth" in runs.results)
            assert runs.results["own.depth"].outcome is Outcome.PASS
            for outcome, at in ((Outcome.FAIL, -20), (Outcome.PASS, -10)):
                kept(stand.config, folder, outcome, at)
                await until(board, lambda wanted=outcome: runs.results["own.depth"].outcome is wanted)
            kept(stand.config, folder, Outcome.FAIL, -4000)
            await board.run(10)
            assert runs.results["own.depth"].outcome is Outcome.PASS, "an older one changes nothing"
        finally:
            for task in following:
                task.cancel()


async def test_what_other_places_find_stands_beside_what_was_found_here(tmp_path: Path) -> None:
    stand, own = stand_of(tmp_path, NOBODY), tmp_path / "state" / "sutaz-tui"
    kept(stand.config, own, Outcome.PASS, -7200)
    async with showing(stand=stand, size=(120, 40), folder=own) as board:
        runs = board.app.checks.runs
        await until(board, lambda: "own.depth" in runs.results)
        await board.press("T")
        assert "PLACES" not in board.text
        now = datetime.now(UTC)
        found = [
            result(f"own.depth@{place}", outcome, started=now, seen_from=place, message="timed out")
            for place, outcome in (("berlin", Outcome.PASS), ("oslo", Outcome.FAIL), ("paris", Outcome.PASS))
        ]
        run = run_of(*found)
        Results(stand.config, own).keep(replaced(run, started=now, finished=now))
        await until(board, lambda: "PLACES" in board.text)
        [row] = [line for line in board.lines if "own.depth" in line and "2/3" in line]
        assert row.lstrip(" >").startswith("ok "), row
        told = [line.strip() for line in board.lines if " from " in line]
        assert told[0].startswith("from oslo  FAIL, ") and told[0].endswith(": timed out"), told
        assert [one[:16] for one in told[1:]] == ["from berlin  ok,", "from paris  ok, "]
        past = replaced(board.stand.engine.snapshot(), at=now - timedelta(hours=1))
        await board.app.checks.show_past(past)
        board.app.checks_changed()
        await board.settle()
        assert "2/3" not in board.text and "own.depth" in board.text, "then only this host had looked"
