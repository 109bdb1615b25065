"""What the board shows of each state: glyph and word, head, cause, panel."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.color import Color

from sutaz_tui.errors import BadAnswer, Unreachable
from sutaz_tui.model import Alert, Answer, Change, ChangeKind, Claim, Status
from sutaz_tui.probes.base import Finding
from tests.board.showing import few, showing
from tests.engine.scripted import Stand, tcp
from tests.hand_clock import HandClock
from widgets.head import change_words
from widgets.map_cells import look_of

SLOW = Finding("slow: 1.2s", Status.DEGRADED, 1.2, "slow")


async def test_what_is_up_shows_its_milliseconds_and_the_head_counts() -> None:
    async with showing(*few()) as board:
        assert board.cell("postgres").startswith("✓>PostgreSQL")
        assert board.cell("redis").split()[-1] == "3"
        assert board.lines[0].startswith(" TEST ")
        assert "✗ 0   ! 0   ? 0   ✓ 7   - 0" in board.lines[0]
        assert board.lines[0].endswith("updated 14:00:00")
        assert board.lines[1] == " All healthy."


async def test_what_runs_without_a_check_is_counted_apart_from_what_is_well() -> None:
    running = Finding("running, no health check", Status.UP, 0.002, "running", {"checked": False})
    async with showing(*few()) as board:
        board.stand["redis"].finding = running
        await board.run(40)
        assert board.cell("redis").startswith("o ") and board.cell("redis").split()[-1] == "running"
        assert "✓ 6 o 1 running, unchecked - 0" in " ".join(board.lines[0].split())
        assert " o1   6/7" in board.lines[2]


async def test_the_head_never_says_a_moment_before_the_program_began() -> None:
    clock = HandClock(datetime(2026, 11, 23, 13, 31, 55, tzinfo=UTC))
    async with showing(*few(), clock=clock) as board:
        at = board.lines[0].rpartition("updated ")[2]
        assert "13:31:55" <= at <= f"{clock.now():%H:%M:%S}"


async def test_the_head_is_no_older_than_its_totals() -> None:
    async with showing(*few()) as board:
        board.refuse("redis")
        await board.run(12)
        assert "✗ 1" in board.lines[0]
        cause = board.stand.engine.snapshot().causes[0]
        assert board.lines[0].rpartition("updated ")[2] >= f"{cause.since.astimezone():%H:%M:%S}"


async def test_a_cause_that_is_too_long_for_the_line_ends_in_an_ellipsis() -> None:
    async with showing(*few()) as board:
        board.stand["postgres"].finding = Finding(
            "container exited 137 (killed), " * 3, Status.DOWN, None, "DOWN"
        )
        await board.run(20)
        assert board.lines[1].startswith(" ✗ PostgreSQL DOWN ") and board.lines[1].endswith("…")


def test_a_change_that_is_too_long_for_the_line_keeps_its_moment() -> None:
    """It read: Redis container restarted (exit 137), restarts 1 ju…"""
    now = datetime.now(UTC)
    change = Change(now, "redis", ChangeKind.RESTART, "container restarted (exit 137), restarts 1")
    assert change_words(change, now, 47) == "container restarted (exit 137), rest… just now."
    assert change_words(change, now, 90) == f"{change.words} just now."


async def test_what_was_not_asked_yet_is_asking_and_not_unknown() -> None:
    async with showing(*few(), is_answered=False) as board:
        assert "? 0 " in board.lines[0] and "asking 7" in board.lines[0]


async def test_no_cause_is_not_all_well_while_something_is_degraded() -> None:
    async with showing(*few()) as board:
        board.stand["redis"].finding = SLOW
        await board.run(40)
        assert board.lines[1].startswith(" 1 degraded: Redis.  Last change: Redis degraded ")
        for id in ("loki", "postgres", "kong"):
            board.stand[id].finding = SLOW
        await board.run(40)
        assert re.match(r" 4 degraded: \w+, \w+ \+2\.  Last change: ", board.lines[1])


async def test_every_trouble_has_a_glyph_and_a_word() -> None:
    async with showing(*few()) as board:
        board.stand["redis"].finding = SLOW
        board.stand["loki"].finding = Finding("redirected", Status.DEGRADED, 0.01, "307")
        board.stand["postgres"].finding = Finding("its model is missing", Status.DEGRADED, 0.01, "model")
        board.stand["kong"].error = Unreachable("Kong", "the name gate does not resolve")
        board.stand["mailer"].finding = Finding("not deployed", Status.ABSENT)
        board.refuse("backend")
        await board.run(40)
        assert board.cell("redis").split() == ["!", "Redis", "slow"]
        assert board.cell("loki").split() == ["!", "Loki", "307"]
        assert board.cell("postgres").split() == ["!>PostgreSQL", "model"]
        assert board.cell("kong").split() == ["?", "Kong", "unknown"]
        assert board.cell("mailer").split() == ["-", "Mailer", "off"]
        assert board.cell("backend").split() == ["✗", "Backend", "DOWN"]


async def test_one_cause_with_its_victims_and_the_sentence_of_the_head() -> None:
    async with showing(*few()) as board:
        await board.run(20)
        board.refuse("postgres")
        board.hang("kong")
        board.stand["backend"].finding = Finding("no database", Status.DEGRADED, 0.003, "db")
        await board.run(38)
        down = board.stand.engine.snapshot().causes[0]
        seconds = int((board.stand.clock.now() - down.since).total_seconds()) // 5 * 5
        words = f" ✗ PostgreSQL DOWN {seconds}s: :1 refused.  3 dependents: 2 failing, 1 up"
        assert board.lines[1].startswith(words)
        assert board.lines[1].endswith(" c")
        assert board.cell("backend").split() == ["!", "Backend", "db<PG"]
        assert board.cell("kong").split() == ["✗", "Kong", "DOWN"]
        assert "ALL" in board.lines[2]


async def test_back_is_told_until_those_behind_it_are_up_too() -> None:
    async with showing(*few()) as board:
        await board.run(20)
        board.refuse("postgres")
        board.hang("kong", "backend")
        await board.run(40)
        board.heal("postgres")
        await board.run(10)
        assert " PostgreSQL back after " in board.lines[1]
        assert "; 2 still catching up (Kong, Backend) " in board.lines[1]
        board.heal("kong")
        await board.run(10)
        assert "; 1 still catching up (Backend) " in board.lines[1]
        board.heal("backend")
        await board.run(10)
        assert board.lines[1].startswith(" All healthy.  Last change: Backend back just now, was down ")
        await board.run(120)
        assert board.lines[1].startswith(" All healthy.  Last change: Backend back 14:0")


async def test_who_vouches_for_what_is_down_lies() -> None:
    backend = tcp("backend", title="Backend", needs=("postgres",), host="app")
    async with showing(tcp("postgres", title="PostgreSQL", host="db"), backend) as board:
        engine = board.stand.engine
        record = engine.store.records["backend"]
        record.service = replace(record.service, kind="backend")
        await board.run(20)
        assert board.cell("backend").startswith("✓")
        board.refuse("postgres")
        await board.run(12)
        board.stand["backend"].claims = (
            Claim("postgres", "Backend", Status.UP, "backend says postgres is up", board.stand.clock.now()),
        )
        await board.run(12)
        assert board.cell("backend").split() == ["!", "Backend", "lies"]
        assert "1 dependent: 1 failing, 0 up" in board.lines[1]
        state = board.app.board.state("backend")
        assert state is not None and state.because == ("postgres",)
        assert state.summary.startswith("reports healthy, but PostgreSQL is DOWN")


async def test_an_old_value_stands_in_brackets_with_its_age_and_then_is_a_question() -> None:
    async with showing(tcp("a", title="Aider", interval=10)) as board:
        board.stand["a"].stuck = asyncio.Event()
        await board.run(10)
        await board.run(15)
        assert "(3) 25s" in board.cell("a")
        assert board.cell("a").startswith("✓")
        await board.run(10)
        assert board.cell("a").startswith("?")
        assert "(3) 35s" in board.cell("a")
        assert "? 1" in board.lines[0]


async def test_a_red_that_nobody_can_ask_any_more_keeps_its_word_in_brackets() -> None:
    async with showing(tcp("a", title="Aider", interval=10)) as board:
        board.stand["a"].error = BadAnswer("Aider", "answers as PostgreSQL")
        await board.run(15)
        board.stand["a"].stuck = asyncio.Event()
        await board.run(40)
        assert board.cell("a").startswith("?")
        assert "(" in board.cell("a")


async def test_nothing_moves_when_statuses_change_and_the_selection_stays() -> None:
    def places(lines: list[str]) -> list[tuple[int, int]]:
        names = ("PostgreSQL", "Redis", "Kong", "Backend", "Frontend", "Loki", "Mailer")
        return [
            next((y, line.index(name)) for y, line in enumerate(lines[2:]) if name in line) for name in names
        ]

    async with showing(*few()) as board:
        await board.press("j", "j")
        before = places(board.lines)
        board.refuse("postgres", "backend", "frontend")
        await board.run(40)
        assert places(board.lines) == before
        assert board.selected == "kong"
        board.heal("postgres", "backend", "frontend")
        await board.run(40)
        assert places(board.lines) == before
        assert board.selected == "kong"


async def test_alerts_and_what_is_idle_stand_in_the_head() -> None:
    async with showing(*few(), size=(120, 30)) as board:
        store = board.stand.engine.store
        disk = Alert(
            "DiskFull", "warning", "", labels=(("alertname", "DiskFull"),), silenced_by=("silenced by ann",)
        )
        memory = [
            Alert(
                "HighMemory",
                "warning",
                "memory is high",
                labels=(("alertname", "HighMemory"), ("instance", name)),
            )
            for name in ("db", "web")
        ]
        for id in ("backend", "postgres"):
            store.put(id, Answer(alerts=(*memory, disk)))
        store.set_idle(True)
        store.touch()
        await board.run(1)
        assert "2 alerts   1 silenced " in board.lines[0]
        assert "IDLE" in board.lines[0]


async def test_the_panel_tells_facts_changes_and_who_needs_it() -> None:
    async with showing(*few()) as board:
        board.stand["postgres"].finding = Finding("16.4 primary", latency=0.003, facts={"connections": 14})
        await board.run(30)
        assert "> PostgreSQL up since before 14:00:00 db:1 3 ms" in board.text.replace("  ", " ")
        assert "16.4 primary" in board.text
        assert "dependents: Kong Backend Frontend" in board.text
        board.refuse("postgres")
        await board.run(30)
        assert "up -> down" in board.text
        assert "> PostgreSQL DOWN since 14:00:" in board.text.replace("  ", " ")


async def test_recovered_is_green_for_a_minute() -> None:
    async with showing(tcp("a", title="Aider", interval=10)) as board:
        board.refuse("a")
        await board.run(20)
        board.heal("a")
        await board.run(10)
        state = board.app.board.state("a")
        assert state is not None
        now = board.stand.clock.now()
        assert look_of(state, now) == "recovered"
        assert look_of(state, now + timedelta(seconds=61)) == ""


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "nord", "sutaz-colour-blind"])
async def test_what_is_muted_can_be_read_in_every_theme(theme: str) -> None:
    def brightness(color: Color | None) -> float:
        assert color is not None
        red, green, blue = color.get_truecolor()
        return 0.3 * red + 0.59 * green + 0.11 * blue

    async with showing(*few()) as board:
        board.app.theme = theme
        await board.settle()
        for widget, look in ((board.app.board.map, "map--muted"), (board.app.board.panel, "text--muted")):
            style = widget.get_component_rich_style(look)
            plain = widget.rich_style
            contrast = abs(brightness(style.color) - brightness(plain.bgcolor))
            assert 60 < contrast < abs(brightness(plain.color) - brightness(plain.bgcolor)), look


async def test_a_name_that_looks_like_markup_or_an_escape_is_text() -> None:
    names = (
        "[b]bold[/b]",
        "\x1b[31mred",
        "[@click=app.leave]x[/]",
        "widе\u0301\u0301\u0301\u0301\u0301\u0301",
        "日本語のサービス",
    )
    services = [tcp(f"s{n}", title=name) for n, name in enumerate(names)]
    for size in ((80, 24), (160, 45), (40, 10)):
        async with showing(*services, size=size) as board:
            for n in range(len(names)):
                board.stand[f"s{n}"].finding = Finding(names[n] * 20, Status.DEGRADED, 0.003, names[n])
            await board.run(20)
            await board.press("enter")
            assert "\x1b" not in board.text
            await board.press("q")
            assert "\x1b" not in board.text
            assert "[b]bold" in board.text
            assert all(cell_len(line) <= size[0] for line in board.lines)
            assert len(board.lines) == size[1]


async def test_a_board_that_cannot_keep_up_says_so_and_blames_no_service() -> None:
    stand = Stand(tcp("stuck"), tcp("redis", title="Redis"), asks=1)
    async with showing(stand=stand) as board:
        stand["stuck"].stuck = asyncio.Event()
        await board.run(120)
        assert "behind: 1 due" in board.lines[0]
        assert re.search(r"✓ Redis +\(3\) 1m", board.text), "its last value, with its age"
        assert "Redis: no answer" not in board.text
        stand["stuck"].stuck.set()
        await board.run(11)
        assert "behind" not in board.lines[0]
