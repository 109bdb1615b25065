"""One service whole: everything that is known of it, and the line that repeats the question."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sutaz_tui.config import ServiceConfig
from sutaz_tui.model import Answer, Change, ChangeKind, Claim, Reading, Status, Step, Timing
from tests.board.showing import Board, few, showing
from tests.engine.scripted import tcp
from tests.hand_clock import HandClock

AGAIN = 'curl -sS -H "Authorization: Bearer $BACKEND_TOKEN" http://127.0.0.1:10200/health'


def services() -> tuple[ServiceConfig, ...]:
    return (
        *few()[:3],
        tcp(
            "backend",
            title="Backend",
            needs=("postgres",),
            runbook="https://wiki.example/backend",
            owner="platform team",
            container="sutazai-backend",
            interval=3600,
        ),
        tcp("frontend", title="Frontend", needs=("backend",), host="web"),
    )


def answer(at: HandClock, status: Status, reused: bool = False) -> Answer:
    timing = Timing(None, None, 0.011, 0.014, reused=True) if reused else Timing(0.001, 0.006, 0.011, 0.0184)
    step = Step(
        "health",
        "GET http://127.0.0.1:10200/health",
        'HTTP/1.1 503\nserver: uvicorn\n\n{"detail": "no database"}',
        0.0184,
        AGAIN,
        timing,
    )
    word = "" if status is Status.UP else "DOWN"
    reading = Reading(
        "backend", "http", status, "says 8 of 9 healthy", at.now(), 0.0184, word, {"version": "24.0.1"},
        rule="status 200 and 'healthy'", steps=(step,),
    )  # fmt: skip
    return Answer((reading,))


@asynccontextmanager
async def opened(size: tuple[int, int] = (100, 70)) -> AsyncIterator[Board]:
    async with showing(*services(), size=size, pace=None) as board:
        store, clock = board.stand.engine.store, board.stand.clock
        store.put("backend", answer(clock, Status.UP))
        await board.run(130)
        for _ in range(2):
            store.put("backend", answer(clock, Status.DOWN))
        store.records["backend"].claim(
            Claim("backend", "Consul", Status.UP, "Consul says passing", clock.now())
        )
        store.records["backend"].claim(
            Claim("backend", "Docker", None, "Docker says running", clock.now(), {"restarts": 2})
        )
        # Consul's word lies between two of our answers: that is what differs.
        store.put("backend", answer(clock, Status.DOWN))
        at = clock.now() - timedelta(seconds=60)
        for kind, words in (
            (ChangeKind.RESTART, "restarted, 2 in all"),
            (ChangeKind.IMAGE, "image 24.0.0 -> 24.0.1"),
            (ChangeKind.OOM, "killed: out of memory"),
        ):
            store.records["backend"].note(Change(at, "backend", kind, words))
        board.app.show(board.stand.engine.snapshot())
        await board.press("j", "j", "j", "enter")
        yield board


async def test_everything_that_is_known_stands_there() -> None:
    async with opened() as board:
        await board.press("o")
        text = board.text
        for words in (
            "Backend  DOWN since 14:02:10",
            "says 8 of 9 healthy",
            "rule       status 200 and 'healthy'",
            "request    GET http://127.0.0.1:10200/health",
            "took       connect 1 ms, TLS 6 ms, first byte 11 ms, total 18 ms",
            "HTTP/1.1 503",
            '{"detail": "no database"}',
            "Bearer $BACKEND_TOKEN",
            "version                    24.0.1",
            "Consul says passing",
            "restarts                   2",
            "differs: Consul says passing; own probe: down",
            "up -> down: says 8 of 9 healthy   (was up for 2m10s)",
            "restarted, 2 in all",
            "image 24.0.0 -> 24.0.1",
            "killed: out of memory",
            "runbook      https://wiki.example/backend",
            "owner        platform team",
            "container    sutazai-backend",
            "needs        PostgreSQL",
            "dependents   Frontend",
            "failed; min/median/max ",
        ):
            assert words in text, words


async def test_facts_come_first_and_raw_answers_are_folded() -> None:
    async with opened() as board:
        text = board.text
        headings = [
            line for line in board.lines if line.startswith(("facts", "other", "why", "history", "the serv"))
        ]
        assert [words.split()[0] for words in headings] == ["facts", "other", "why", "history", "the"]
        assert "no database" not in text and "+ answer, 4 lines" in text
        assert f"reproduce  {AGAIN}" in text, "it fits"
        await board.press("o")
        assert "no database" in board.text and "o folds the answers" in board.text
        await board.press("o")
        assert board.text == text


async def test_the_line_that_repeats_a_question_is_cut_at_the_screen_and_copied_whole() -> None:
    async with opened((60, 40)) as board:
        [line] = [line for line in board.lines if "reproduce" in line]
        assert line.endswith("…") and len(line) <= 60
        assert board.app.here.copied_line == AGAIN


async def test_a_sentence_stands_once() -> None:
    async with showing(*services(), size=(100, 40)) as board:
        now = board.stand.clock.now()
        words = "its model tinyllama is unreachable"
        reading = Reading(
            "backend", "http", Status.DEGRADED, f"answers, but {words}", now, 0.01, "model",
            error=f"Backend: {words}; look at Ollama",
        )  # fmt: skip
        board.stand.engine.store.put("backend", Answer((reading,)))
        board.app.show(board.stand.engine.snapshot())
        await board.press("j", "j", "j", "enter")
        assert board.text.partition("history")[0].count(words) == 1 and "look at Ollama" in board.text
        await board.press("q")
        assert sum(words in line for line in board.lines if line.startswith("  ")) <= 1


async def test_one_answer_has_no_median() -> None:
    async with showing(*services(), size=(100, 60), is_answered=False) as board:
        board.stand.engine.store.put("backend", answer(board.stand.clock, Status.UP))
        board.app.show(board.stand.engine.snapshot())
        await board.press("j", "j", "j", "enter")
        assert "last 1: 0 failed; 18 ms" in board.text and "median" not in board.text


async def test_a_kept_connection_is_called_reused() -> None:
    async with opened() as board:
        board.stand.engine.store.put("backend", answer(board.stand.clock, Status.UP, reused=True))
        board.app.show(board.stand.engine.snapshot())
        await board.settle()
        await board.press("o")
        assert "connection reused, first byte 11 ms, total 14 ms" in board.text


async def test_y_copies_the_line_that_runs_and_the_arrows_go_on() -> None:
    async with opened() as board:
        assert board.app.here.copied_line == AGAIN
        await board.press("right")
        assert board.lines[1].startswith("Frontend")
        await board.press("left", "left")
        assert board.lines[1].startswith("Kong")
        await board.press("right", "r")
        assert "polling backend" in board.foot
        await board.press("q")
        assert board.is_open
        assert board.selected == "backend"


async def test_it_scrolls_and_wraps_at_eighty_columns() -> None:
    async with opened((80, 24)) as board:
        first = board.text
        assert first.splitlines()[1].startswith("Backend")
        await board.press("G")
        assert "runbook" in board.text
        await board.press("g")
        assert board.text == first
        await board.press("j")
        assert board.lines[1] == first.splitlines()[2]
        await board.press("space", "ctrl+u", "k")
        assert board.text == first


async def test_the_head_the_panel_and_the_page_agree_on_who_needs_it() -> None:
    inside = tuple(tcp(f"in{n}", title=f"Inside {n}", host=f"h{n}", needs=("db",)) for n in range(3))
    outside = tcp("outside", title="Outside", needs=("in0",), host="out")
    async with showing(tcp("db", title="DB", host="db"), *inside, outside, size=(120, 60)) as board:
        board.refuse("db")
        await board.run(20)
        assert "4 dependents" in board.text
        assert "dependents: Inside-0 Inside-1 Inside-2 Outside" in board.text
        await board.press("enter")
        assert "dependents   Inside-0 Inside-1 Inside-2 Outside" in board.text
        await board.press("right")
        assert "needs        DB" in board.text
