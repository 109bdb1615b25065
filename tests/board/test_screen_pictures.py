"""Help, a service and a check's evidence as text and as SVG, compared with stored pictures."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

import pytest

from sutaz_tui.model import Answer, CheckClass, CheckResult, Outcome, Reading, Status, Step, Timing
from sutaz_tui.tui.screens.checks.screen import ChecksScreen
from tests.board.pictures import healthy, one_cause
from tests.board.showing import Board
from tests.board.test_pictures import FOLDER, SIZES, compare, named, pictures
from widgets.check_words import evidence_lines, result_row

Opened = Callable[[tuple[int, int]], AbstractAsyncContextManager[Board]]
PASSED, FAILED = "jwt.login.form", "jwt.me.returns_own_user"
LOGIN = (
    'SUTAZ_TOKEN=$(curl -sS -X POST --data-binary "username=sre&password=$SUTAZ_TUI_PASSWORD"'
    " http://127.0.0.1:10200/api/v1/auth/login | jq -r .access_token)"
)
PSQL = "psql -h 127.0.0.1 -p 10000 -Atc 'SELECT 1'"
AGAIN = 'curl -sS -i -H "Authorization: Bearer $SUTAZ_TOKEN" http://127.0.0.1:10200/api/v1/auth/me'


@asynccontextmanager
async def helped(size: tuple[int, int]) -> AsyncIterator[Board]:
    async with healthy(size) as board:
        await board.press("question_mark")
        yield board


@asynccontextmanager
async def service(size: tuple[int, int]) -> AsyncIterator[Board]:
    """PostgreSQL down, with what Docker knows of it and the question that was refused."""
    async with one_cause(size) as board:
        store, clock = board.stand.engine.store, board.stand.clock
        steps = (
            Step("postgres", "GET http://127.0.0.1:10000/health", "refused", 0.0012, PSQL, Timing(0.001, None, None, 0.0012)),
            Step("docker", "GET http://localhost/containers/json?all=1", "200\n[{}]\n" * 20, 0.009),
        )  # fmt: skip
        reading = Reading(
            "postgres", "postgres", Status.DOWN, ":10000 refused", clock.now(), word="DOWN",
            facts={"memory": 268_435_456, "oldest_transaction": 1.92, "hit_ratio": 0.926},
            error="PostgreSQL: :10000 refused; look at its container", rule="refused or reset is down", steps=steps,
        )  # fmt: skip
        store.put("postgres", Answer((reading,)))
        board.app.show(board.stand.engine.snapshot())
        await board.press("enter")
        yield board


class Told(NamedTuple):
    """Evidence without the runs that it is found in."""

    lines: Callable[[str], list[tuple[str, str]]]


@asynccontextmanager
async def evidence(size: tuple[int, int]) -> AsyncIterator[Board]:
    """One check that failed beside one that passed."""
    async with healthy(size) as board:
        now = board.stand.clock.now()
        at = now - timedelta(seconds=12)
        step = Step("Backend", "GET /api/v1/auth/me", "500\n\nInternal Server Error", 0.012, AGAIN)
        results = {
            FAILED: CheckResult(
                FAILED, "jwt", "GET /auth/me returns the logged-in user", CheckClass.READS, "backend",
                Outcome.FAIL, "200 and the user that logged in", "500: Internal Server Error", "500", at, 0.012, (step,),
            ),
            PASSED: CheckResult(
                PASSED, "jwt", "a login by form", CheckClass.READS, "backend", Outcome.PASS, "200", "200", "200", at, 0.184
            ),
        }  # fmt: skip
        screen = ChecksScreen(
            "jwt",
            lambda: " CHECKS jwt   ran 14:00:00   1 ok   1 FAIL",
            lambda: [result_row(key, key, result, False, (), "") for key, result in results.items()],
            lambda: Told(lambda key: evidence_lines(results[key], {"backend": "Backend"}, [], now, LOGIN)),
        )
        await board.app.push_screen(screen)
        await board.settle()
        yield board


@pytest.mark.parametrize("state", [helped, service, evidence], ids=lambda state: state.__name__)
async def test_the_whole_screen(state: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch)
    found: dict[str, str] = {}
    async with state(SIZES[0]) as board:
        for size in SIZES:
            await board.pilot.resize_terminal(*size)
            await board.settle()
            found |= pictures(board, state.__name__)
    for file, content in found.items():
        compare(FOLDER / file, content)
