"""Every key of the table does what the table says."""

from pathlib import Path

import pytest

from sutaz_tui.engine.pace import FLOOR
from sutaz_tui.model import Claim, Service
from sutaz_tui.tui.commands import Order, understand
from sutaz_tui.tui.screens.service.screen import ServiceScreen
from tests.board.showing import few, showing
from tests.board.test_shapes import GROUPS, stack
from widgets.prompt import Prompt

ALL = [service.id for service in few()]


async def test_moving_by_one_to_the_ends_and_by_half_a_page() -> None:
    async with showing(*stack(), groups=GROUPS) as board:
        for keys, expected in (
            (["j"], "agents-1"),
            (["down"], "agents-2"),
            (["k"], "agents-1"),
            (["up", "up", "k"], "agents-0"),
            (["G"], "monitoring-8"),
            (["j"], "monitoring-8"),
            (["g"], "agents-0"),
            (["end"], "monitoring-8"),
            (["home"], "agents-0"),
        ):
            await board.press(*keys)
            assert board.selected == expected, keys
        half = board.app.board.map.size.height // 2
        await board.press("ctrl+d")
        assert board.selected == stack()[half].id
        await board.press("ctrl+u")
        assert board.selected == "agents-0"


async def test_tab_and_the_arrows_go_between_groups() -> None:
    async with showing(*stack(), groups=GROUPS) as board:
        for key, expected in (
            ("tab", "databases-0"),
            ("tab", "gateway-0"),
            ("shift+tab", "databases-0"),
            ("right", "gateway-0"),
            ("left", "databases-0"),
            ("left", "agents-0"),
            ("left", "agents-0"),
            ("shift+tab", "monitoring-0"),
            ("tab", "agents-0"),
        ):
            await board.press(key)
            assert board.selected == expected, key


@pytest.mark.parametrize(
    ("key", "written"), [("h", "h"), ("D", "D"), ("f5", "f5"), ("ctrl+b", "ctrl+b"), ("at", "@")]
)
async def test_a_key_that_means_nothing_here_says_so(key: str, written: str) -> None:
    async with showing(*few()) as board:
        before = board.lines[:-1]
        await board.press(key)
        assert board.foot == f" no key {written} here; ? lists the keys"
        assert board.lines[:-1] == before
        board.app.say("the history cannot be written", 8)
        await board.press(key)
        assert "cannot be written" in board.foot, "what matters stays"


async def test_a_field_takes_every_key_and_none_of_them_is_unknown() -> None:
    async with showing(*few()) as board:
        await board.press("slash", "x", "escape", "colon", "D", "escape", "question_mark", "h", "q")
        assert "no key" not in board.foot


async def test_what_was_said_does_not_come_back_behind_a_field() -> None:
    async with showing(*few()) as board:
        await board.press("slash")
        await board.type("no such")
        assert "nothing matches no such" in board.foot
        await board.press("ampersand", *"end", "enter")
        assert "nothing matches" not in board.foot


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("alrts", "no command alrts; did you mean alerts?"),
        ("queue", "no command queue; did you mean queues?"),
        ("ALERT", "no command ALERT; did you mean alerts?"),
        ("log 5", "no command log 5; did you mean logs?"),
        ("pods", "no command pods; ? lists the keys, ctrl+p the commands"),
    ],
)
async def test_a_command_that_there_is_not_says_the_nearest(typed: str, said: str) -> None:
    async with showing(*few()) as board:
        await board.press("colon")
        await board.type(typed)
        assert said in board.foot


async def test_enter_opens_q_and_esc_go_back_and_q_twice_quits() -> None:
    async with showing(*few()) as board:
        for key in ("q", "escape"):
            await board.press("j", "enter")
            assert isinstance(board.app.screen, ServiceScreen)
            await board.press(key)
            assert board.is_open
        await board.press("q")
        assert "q again quits" in board.foot
        assert board.app.is_running and board.app.return_value is None
        await board.press("q")
        assert board.app.return_value == 0


async def test_q_long_after_the_first_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing(*few()) as board:
        await board.press("q")
        key, at, press = board.app._armed
        board.app._armed = key, at - 2.1, press
        await board.press("q")
        assert board.app.return_value is None
        assert "q again quits" in board.foot


@pytest.mark.parametrize("between", [["j"], ["slash", "x", "escape"]])
async def test_q_after_another_key_is_no_second_one(between: list[str]) -> None:
    async with showing(*few()) as board:
        await board.press("q", *between)
        assert "q again quits" not in board.foot, "it no longer does"
        await board.press("q")
        assert board.app.return_value is None and "q again quits" in board.foot
        await board.press("q")
        assert board.app.return_value == 0


async def test_esc_never_quits_however_often_it_is_pressed() -> None:
    async with showing(*few()) as board:
        before = board.text
        await board.press("escape", "escape", "escape")
        assert board.app.return_value is None and board.text == before
        await board.press("q", "escape")
        assert board.app.return_value is None


async def test_ctrl_c_says_that_its_second_quits() -> None:
    async with showing(*few()) as board:
        await board.press("ctrl+c")
        assert board.app.return_value is None and "ctrl+c again quits" in board.foot
        await board.press("q")
        assert board.app.return_value is None, "another key is no second one"
        await board.press("ctrl+c", "ctrl+c")
        assert board.app.return_value == 0


@pytest.mark.parametrize("key", ["Q", "ctrl+q"])
async def test_keys_that_quit(key: str) -> None:
    async with showing(*few()) as board:
        await board.press(key)
        assert board.app.return_value == 0


@pytest.mark.parametrize("key", ["Q", "ctrl+q"])
async def test_keys_that_quit_quit_the_help_too(key: str) -> None:
    async with showing(*few()) as board:
        await board.press("question_mark", key)
        assert board.app.return_value == 0


async def test_ctrl_c_first_gives_up_what_is_typed() -> None:
    async with showing(*few()) as board:
        await board.press("slash", "k", "ctrl+c")
        assert not board.app.screen.query(Prompt)
        assert board.app.return_value is None


async def test_find_and_again_in_both_directions() -> None:
    async with showing(*few()) as board:
        await board.press("slash")
        await board.type("end")
        assert board.selected == "backend"
        await board.press("n")
        assert board.selected == "frontend"
        await board.press("n")
        assert board.selected == "backend"
        await board.press("N")
        assert board.selected == "frontend"
        await board.press("slash")
        await board.type("no such")
        assert "nothing matches no such" in board.foot
        assert board.selected == "frontend"


async def test_find_goes_to_the_match_while_one_types_and_esc_gives_the_place_back() -> None:
    async with showing(*few()) as board:
        await board.press("j", "slash", *"lok")
        assert board.selected == "loki"
        await board.press("x")
        assert board.selected == "redis", "nothing matches: where it began"
        await board.press("backspace")
        assert board.selected == "loki"
        await board.press("escape")
        assert board.selected == "redis" and "lok" not in board.foot
        await board.press("slash")
        await board.type("end")
        assert board.selected == "backend"
        await board.press("slash", *"kong", "escape", "n")
        assert board.selected == "frontend", "what was given up is not what n goes on with"


async def test_a_filter_is_judged_at_each_picture_and_not_only_when_it_is_typed() -> None:
    async with showing(*few()) as board:
        await board.press("ampersand")
        await board.type("refused")
        assert "0 of 7" in board.lines[0]
        selected = board.selected
        board.refuse("loki")
        await board.run(30)
        assert "1 of 7" in board.lines[0] and board.cell("loki").startswith("✗")
        assert board.selected == selected, "nothing moves by itself"
        board.heal("loki")
        await board.run(60)
        assert "0 of 7" in board.lines[0]


async def test_find_looks_into_words_and_summaries() -> None:
    async with showing(*few()) as board:
        board.refuse("loki")
        await board.run(30)
        await board.press("slash")
        await board.type("refused")
        assert board.selected == "loki"


async def test_filter_shows_only_what_matches_and_esc_shows_all() -> None:
    async with showing(*few()) as board:
        await board.press("ampersand", *"end")
        assert "Redis" not in board.text, "it filters while one types"
        await board.press("enter")
        assert "Backend" in board.text and "Frontend" in board.text and "Redis" not in board.text
        assert "& end" in board.lines[0], "a filter is always visible"
        await board.press("escape")
        assert "Redis" in board.text and "& end" not in board.lines[0]
        await board.press("ampersand")
        await board.type("!end")
        assert "Redis" in board.text and "Frontend  " not in board.text


async def test_find_and_filter_take_any_case_and_a_regex() -> None:
    async with showing(*few(), size=(120, 30)) as board:
        await board.press("slash")
        await board.type("LOKI")
        assert board.selected == "loki"
        await board.press("slash")
        await board.type("/^K.ng /")
        assert board.selected == "kong"
        await board.press("ampersand")
        await board.type("!/(front|back)end/")
        assert "5 of 7" in board.lines[0] and "Frontend " not in board.text
        await board.press("ampersand")
        await board.type("/(/")
        assert "the regular expression is wrong" in board.foot


async def test_rows_are_sorted_as_they_are_at_the_key_and_groups_come_back() -> None:
    async with showing(*few(), size=(120, 30)) as board:
        before = board.lines[2:11]
        await board.press("greater_than_sign")
        assert "sorted by service" in board.foot
        titles = [line[2:].split()[0] for line in board.lines[3:10]]
        assert titles == sorted(titles, key=str.casefold)
        await board.press("I")
        assert [line[2:].split()[0] for line in board.lines[3:10]] == titles[::-1]
        board.refuse("loki")
        await board.run(30)
        await board.press("less_than_sign", "greater_than_sign", "greater_than_sign")
        assert "sorted by status" in board.foot and "Loki" in board.lines[3], "the worst first"
        board.heal("loki")
        await board.run(60)
        assert "Loki" in board.lines[3], "nothing moves by itself"
        await board.press("less_than_sign", "less_than_sign")
        assert [line[1:18] for line in board.lines[2:11]] == [line[1:18] for line in before]


async def test_rows_are_sorted_by_the_cpu_and_memory_that_they_show() -> None:
    async with showing(*few(), size=(120, 30)) as board:
        now = board.stand.clock.now()
        for id, cpu, size in (("loki", "9%", 64), ("redis", "148%", 32), ("kong", "70%", 96)):
            facts = {"container_state": "running", "cpu": cpu, "memory": size << 20}
            board.stand.engine.store.records[id].claim(
                Claim(id, "Docker", None, "Docker says running", now, facts)
            )
        await board.run(1)
        await board.press(*["greater_than_sign"] * 5)
        assert "sorted by cpu" in board.foot
        assert [line[2:].split()[0] for line in board.lines[3:6]] == ["Redis", "Kong", "Loki"]
        assert "148%" in board.lines[3]
        await board.press("greater_than_sign")
        assert "sorted by memory" in board.foot
        assert [line[2:].split()[0] for line in board.lines[3:6]] == ["Kong", "Loki", "Redis"]


async def test_without_rows_there_is_nothing_to_sort() -> None:
    async with showing(*few()) as board:
        before = board.lines[:-1]
        await board.press("greater_than_sign")
        assert "there are rows to sort from 100 columns on" in board.foot and board.lines[:-1] == before


async def test_giving_up_a_filter_shows_all() -> None:
    async with showing(*few()) as board:
        await board.press("ampersand", *"end", "escape")
        assert "Redis" in board.text
        assert not board.app.screen.query(Prompt)


async def test_only_trouble_blanks_in_place() -> None:
    async with showing(*few()) as board:
        board.refuse("loki")
        await board.run(30)
        where = [(y, line.index("Loki")) for y, line in enumerate(board.lines[2:10]) if "Loki" in line]
        await board.press("exclamation_mark")
        assert "Redis" not in board.text and "Loki" in board.text
        assert [
            (y, line.index("Loki")) for y, line in enumerate(board.lines[2:10]) if "Loki" in line
        ] == where
        await board.press("exclamation_mark")
        assert "Redis" in board.text


async def test_c_goes_to_the_cause_then_its_victims_and_q_back() -> None:
    async with showing(*few()) as board:
        await board.press("c")
        assert "nothing is down" in board.foot
        await board.run(20)
        board.refuse("postgres")
        board.hang("kong")
        await board.run(40)
        await board.press("G")
        for expected in ("postgres", "kong", "postgres"):
            await board.press("c")
            assert board.selected == expected
        await board.press("q")
        assert board.selected == "mailer"
        assert board.app.return_value is None
        await board.press("c", "j", "q")
        assert board.selected == "redis", "who moved on is not taken back"


@pytest.mark.parametrize("sign", ["/", "&", ":"])
async def test_a_field_shows_the_sign_that_opened_it(sign: str) -> None:
    async with showing(*few()) as board:
        await board.press({"/": "slash", "&": "ampersand", ":": "colon"}[sign])
        assert board.foot.startswith(sign)
        await board.press(*"redis")
        assert board.foot.startswith(f"{sign}redis")
        await board.press("home", "R")
        assert board.foot.startswith(f"{sign}Rredis")


async def test_a_key_goes_to_what_a_service_needs_and_to_who_needs_it() -> None:
    async with showing(*few()) as board:
        await board.press("J")
        assert board.selected == "kong" and "Kong needs PostgreSQL (1 of 3)" in board.foot
        await board.press("J")
        assert board.selected == "backend" and "Backend needs PostgreSQL (2 of 3)" in board.foot
        await board.press("J", "J")
        assert board.selected == "kong", "round the end"
        await board.press("K")
        assert board.selected == "postgres" and "Kong needs PostgreSQL" in board.foot
        await board.press("K")
        assert board.selected == "postgres" and "PostgreSQL needs no other service" in board.foot
        await board.press("colon", *"backend", "enter", "enter")
        assert isinstance(board.app.screen, ServiceScreen)
        await board.press("J")
        assert board.lines[0].split()[0] == "Frontend" and "Frontend needs Backend" in board.foot
        await board.press("J")
        assert "Frontend: no dependents" in board.foot
        await board.press("K", "K")
        assert board.lines[0].split()[0] == "PostgreSQL"


async def test_zoom_gives_the_map_the_whole_screen_and_takes_it_back() -> None:
    async with showing(*stack(), size=(160, 45), groups=GROUPS) as board:
        before = board.text
        assert "SELECTED" in before
        await board.press("z")
        assert "SELECTED" not in board.text
        await board.press("z")
        assert board.text == before
        await board.press("l", "l", "z")
        assert "-- log" not in board.text, "the map alone"
        await board.press("z", "l")
        assert "-- log" in board.text and "AGENTS" in board.text
        await board.press("z")
        assert "AGENTS" not in board.text and board.lines[2].startswith("-- log"), "the log alone"
        await board.press("z")
        assert "AGENTS" in board.text


async def test_freeze_holds_the_picture_and_counts_what_waits() -> None:
    async with showing(*few()) as board:
        await board.press("p")
        assert "frozen 14:00:00" in board.lines[0] or "frozen 14:00:01" in board.lines[0]
        cells = board.lines[2:]
        board.refuse("redis", "loki")
        await board.run(40)
        assert board.lines[2:] == cells
        assert "2 changes pending" in board.lines[0]
        await board.press("p")
        assert "frozen" not in board.lines[0]
        assert "DOWN" in board.cell("redis")


async def test_r_asks_this_one_and_ctrl_r_all() -> None:
    async with showing(*few()) as board:
        asked = {id: len(board.stand[id].asked) for id in ALL}
        await board.press("j", "r")
        assert len(board.stand["redis"].asked) == asked["redis"] + 1
        assert len(board.stand["loki"].asked) == asked["loki"]
        await board.press("ctrl+r")
        assert all(len(board.stand[id].asked) > asked[id] for id in ALL)


async def test_minus_polls_more_slowly_and_plus_faster_than_the_config_to_the_floor() -> None:
    async with showing(*few(), size=(120, 30)) as board:
        await board.press("minus", "minus")
        assert "1/4 RATE" in board.lines[0] and "polling at 1/4 RATE" in board.foot
        await board.press("plus", "plus")
        assert "RATE" not in board.lines[0] and "as in the config" in board.foot
        await board.press("plus")
        assert "2x RATE" in board.lines[0]
        rhythm = board.stand.engine.rhythm
        assert rhythm.interval("redis", 10.0, None, 0.0) == 5
        await board.press(*["plus"] * 10)
        assert rhythm.interval("redis", 10.0, None, 0.0) == FLOOR
        asked = len(board.stand["redis"].asked)
        await board.run(5)
        assert len(board.stand["redis"].asked) >= asked + 4
        await board.press("minus")
        assert rhythm.interval("redis", 10.0, None, 0.0) > FLOOR, "one step back is seen at once"


async def test_save_writes_the_view_privately(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "kept"
    async with showing(*few(), folder=folder) as board:
        board.refuse("loki")
        await board.run(30)
        await board.press("S")
        await board.written()
        [path] = folder.glob("view-*.txt")
        assert path.stat().st_mode & 0o777 == 0o600
        text = path.read_text()
        assert "Loki DOWN since 2026-11-23" in text and "Redis up" in text and "ALL" in text
        assert f"saved to ~/kept/{path.name}" in board.foot


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ("agents", Order("select", "letta")),
        ("go agents", Order("select", "letta")),
        ("go queues", Order("select", "queues")),
        ("queues", Order("run", "queues")),
        ("go Letta", Order("select", "letta")),
        ("go leta", Order("say", "no service leta; did you mean letta?")),
        ("go", Order("say", "go where? go SERVICE")),
        (
            "metrics Letta",
            Order("say", "metrics shows the selected service: :letta selects it, then :metrics"),
        ),
        ("slow letta", Order("say", "slow shows the selected service: :letta selects it, then :slow")),
    ],
)
def test_a_row_is_gone_to_whatever_view_has_its_name(typed: str, order: Order) -> None:
    services = [
        Service(id="letta", title="Letta", group="agents", kind="agent"),
        Service(id="queues", title="Queues", group="shop", kind="http"),
    ]
    assert understand(typed, services, ()) == order
