"""The log below the board: its keys, what gives way for it, what its title says."""

import pytest
from textual.widgets import Input

from sutaz_tui.logs.lines import Gap
from sutaz_tui.tui.keymap import ACTIONS, LOG, rows_of
from tests.board.logged import NOW, feed_of, logged, selected, shown, some, title, until, word
from tests.board.pictures import healthy
from tests.logs.scripted_feed import SECOND, ScriptedDesk, ScriptedFeed, line
from widgets.prompt import Prompt


async def test_l_opens_the_log_of_the_selected_service_and_follows() -> None:
    async with logged() as board:
        await board.press("j", "l")
        assert board.lines[0].startswith(" TEST"), "the head stays"
        assert title(board).startswith("-- log redis  via docker socket  FOLLOW")
        assert "redis says mtt" in board.lines[-2]
        assert "redis says mtp" in board.text and "l board" in board.foot
        feed_of(board, "redis").come(line(NOW, "INFO: one more", "redis"))
        await board.run(1)
        assert "one more" in board.lines[-2]


async def test_where_a_large_map_leaves_no_room_it_becomes_one_line_while_the_log_has_the_keys() -> None:
    async with healthy((80, 24)) as board:
        board.app.tab.log_feeds = ScriptedDesk(ScriptedFeed("postgres", *some("postgres", end=NOW - 1)))
        whole = board.text
        await board.press("l")
        assert board.lines[:2] == whole.splitlines()[:2], "the cause never leaves"
        assert board.lines[2] == " AGENTS 8/8   DATABASES 6/6   GATEWAY 5/5   PLATFORM 3/3   MONITORING 4/4"
        assert board.lines[3].startswith("-- log postgres")
        assert len(shown(board)) == 19
        await board.press("l")
        assert board.lines[2:11] == whole.splitlines()[2:11], "with the keys the map is back"
        assert "-- log postgres" in board.text
        await board.press("l", "z")
        assert board.lines[2].startswith("-- log postgres")
        await board.press("z", "q")
        assert board.text == whole


async def test_l_goes_out_of_the_log_and_into_it_again_and_to_another_service() -> None:
    async with logged() as board:
        await board.press("j", "l", "l")
        assert "Redis" in board.text and "-- log redis" in board.text, "both are seen, the board has the keys"
        await board.press("k")
        assert board.selected == "postgres"
        await board.press("l")
        assert "-- log postgres" in title(board)
        assert feed_of(board, "redis").is_closed
        await board.press("l", "l")
        assert "l board" in board.foot, "the same service: back into its log"
        assert len(feed_of(board, "postgres").asked) == len(feed_of(board, "redis").asked), "not read anew"


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_q_and_esc_close_it_and_nothing_is_asked_any_more(key: str) -> None:
    async with logged() as board:
        before = board.text
        await board.press("l")
        feed = feed_of(board, "postgres")
        assert feed.is_followed
        await board.press(key)
        await board.run(1)
        assert feed.is_closed and not feed.is_followed
        assert board.lines[2:] == before.splitlines()[2:]
        await board.press("j")
        assert board.selected == "redis", "the board has the keys again"


async def test_q_on_the_board_closes_the_log_below_it_before_it_speaks_of_quitting() -> None:
    async with logged() as board:
        before = board.text
        await board.press("l", "l", "j", "k", "q")
        assert board.lines[2:] == before.splitlines()[2:], "the log is closed, and q says nothing"
        assert feed_of(board, "postgres").is_closed
        await board.press("q")
        assert "q again quits" in board.foot


async def test_on_a_large_screen_the_map_keeps_its_place() -> None:
    async with logged((160, 45)) as board:
        before = board.lines
        await board.press("l")
        assert board.lines[: 45 - 13] == before[: 45 - 13]
        assert "-- log postgres" in board.lines[45 - 13]
        await board.press("plus")
        assert "-- log postgres" in board.lines[45 - 15] and "14 lines" in board.foot
        await board.press("minus", "minus")
        assert "-- log postgres" in board.lines[45 - 11]
        await board.press("z")
        assert "-- log postgres" in board.lines[2]
        assert board.lines[:2] == before[:2], "the cause never leaves"
        await board.press("z")
        assert "-- log postgres" in board.lines[45 - 11]
        await board.press("q", "l")
        assert "-- log postgres" in board.lines[45 - 11], "remembered as long as it runs"
        await board.press("colon")
        await board.type("log-height 20")
        assert "-- log postgres" in board.lines[45 - 21]


async def test_what_comes_never_moves_the_text_under_the_eye() -> None:
    async with logged() as board:
        await board.press("l", "k", "k")
        assert "FOLLOW" not in title(board) and "+0 below" in title(board)
        before = shown(board)
        feed = feed_of(board, "postgres")
        for n in range(40):
            feed.come(line(NOW + n, f"INFO: later {word(n)}", "postgres"))
        await board.run(2)
        assert shown(board) == before
        assert "+40 below" in title(board)
        await board.press("G")
        assert "FOLLOW" in title(board) and f"later {word(39)}" in board.lines[-2]
        await board.press("p")
        assert "+0 below" in title(board)
        await board.press("p")
        assert "FOLLOW" in title(board)


async def test_a_filter_applies_as_typed_is_in_the_title_and_goes_first() -> None:
    async with logged() as board:
        await board.press("l", "ampersand", *"says mt")
        await until(board, lambda: "says msl" not in board.text)
        await board.press("enter")
        assert "& says mt" in title(board)
        assert [row[-3:] for row in shown(board) if row] == [word(n) for n in range(290, 300)]
        await board.press("ampersand")
        field = board.app.focused
        assert isinstance(field, Input) and field.value == "says mt", "what is active is recalled"
        await board.press("escape")
        assert " & " not in title(board) and "says mst" in board.text
        await board.press("ampersand")
        await board.type("!says m")
        assert "says ltt" in board.lines[-2]
        await board.press("q")
        assert "-- log" in board.text and "says mtt" in board.lines[-2]
        await board.press("ampersand")
        await board.type("no such")
        assert "none of 200 lines matches & no such" in board.text
        await board.press("escape", "escape")
        assert "-- log" not in board.text


async def test_find_and_again() -> None:
    async with logged() as board:
        await board.press("l", "slash")
        await board.type("says m.p/")
        assert "no match, back to 30d ago" in board.foot
        await board.press("slash")
        await board.type("/says m.p$/")
        assert "says mtp" in selected(board)
        assert "//says m.p$/" in title(board)
        await board.press("N")
        assert "says msp" in selected(board)
        await board.press("n")
        assert "says mtp" in selected(board)
        await board.press("n")
        assert "no later match" in board.foot
        await board.press("slash", "escape")
        assert "//says" in title(board), "giving up changes nothing"


async def test_the_log_is_searched_while_typing_and_giving_up_leads_back() -> None:
    async with logged() as board:
        await board.press("l", "k", "k")
        before = selected(board)
        await board.press("slash", *"says msp")
        await until(board, lambda: "says msp" in selected(board))
        await board.press("backspace", "backspace")
        await board.press(*"tp")
        await until(board, lambda: "says mtp" in selected(board))
        await board.press("escape")
        assert selected(board) == before and "/says" not in title(board)
        await board.press("G", "slash", *"says msp")
        await until(board, lambda: "says msp" in selected(board))
        await board.press("escape")
        assert "FOLLOW" in title(board), "who followed follows again"
        await board.press("slash", *"/says (")
        await until(board, lambda: "FOLLOW" in title(board))
        await board.press("escape")


async def test_the_title_names_the_service_whose_log_the_key_would_open() -> None:
    async with logged((160, 45)) as board:
        await board.press("l")
        assert "l opens" not in title(board)
        await board.press("l")
        assert "l opens" not in title(board), "its own"
        await board.press("j")
        assert "l opens Redis" in title(board)
        await board.press("l")
        assert "-- log redis" in title(board) and "l opens" not in title(board)
        await board.press("l", "q")
        assert "-- log" not in board.text and "again quits" not in board.foot, "q closes it first"


async def test_levels_and_the_next_error() -> None:
    feed = ScriptedFeed(
        "postgres",
        line(NOW - 9, "ERROR: the first", "postgres"),
        *some("postgres", 5, NOW - 3),
        line(NOW - 2, "WARNING: odd", "postgres"),
        line(NOW - 1, "INFO: fine", "postgres"),
    )
    async with logged(made=ScriptedDesk(feed)) as board:
        await board.press("l", "e")
        assert "no later error" in board.foot
        await board.press("E")
        assert "the first" in selected(board)
        await board.press("w")
        assert "odd" in selected(board)
        await board.press("G", "L", "L")
        assert "W+" in title(board) and "says" not in board.text and "odd" in board.text
        await board.press("L")
        assert "E+" in title(board) and "odd" not in board.text and "the first" in board.text
        await board.press("L")
        assert "fine" in board.text


async def test_a_gap_is_a_line_and_enter_fetches_it_there() -> None:
    async with logged() as board:
        feed = feed_of(board, "postgres")
        await board.press("l")
        gap = Gap("postgres", NOW * SECOND, (NOW + 2) * SECOND, 2, "the tail dropped them")
        feed.come(line(NOW + 3, "INFO: behind it", "postgres"), opened=(gap,))
        await board.run(1)
        await until(board, lambda: "2 lines not received" in board.text)
        assert "2 LOST" in title(board)
        feed.lines += [line(NOW + n, f"INFO: found {word(n)}", "postgres") for n in range(2)]
        await board.press("k")
        assert "not received" in selected(board)
        await board.press("enter")
        await until(board, lambda: "found l" in board.text)
        assert "2 lines fetched" in board.foot
        assert "LOST" not in title(board) and "not received" not in board.text
        await board.press("G")
        at = [index for index, row in enumerate(board.lines) if "found" in row or "behind it" in row]
        assert at == sorted(at) and len(at) == 3


async def test_past_the_top_older_lines_are_fetched_once_at_a_time() -> None:
    async with logged() as board:
        feed = feed_of(board, "postgres")
        await board.press("l", "g")
        await until(board, lambda: "start of the log" in board.foot)
        asked = len(feed.asked)
        await board.press("g")
        assert "says k" in board.text
        assert len(feed.asked) == asked, "nothing is asked where nothing is"


async def test_a_moment() -> None:
    async with logged() as board:
        await board.press("l", "T")
        await board.type("13:59:10")
        assert "says mpk" in selected(board)
        await board.press("T")
        await board.type("-2m")
        assert "13:58:0" in selected(board)
        await board.press("T")
        await board.type("13:55:30")
        await until(board, lambda: "13:55:30" in selected(board))
        await board.press("T")
        await board.type("soon")
        assert "'soon' is not a time" in board.foot


async def test_secrets_are_shown_for_a_minute_and_never_copied() -> None:
    feed = ScriptedFeed("postgres", line(NOW - 1, "INFO: login with password=hunter22", "postgres"))
    async with logged(made=ScriptedDesk(feed)) as board:
        await board.press("l")
        assert "password=***" in board.text
        await board.press("colon")
        await board.type("unmask")
        assert "hunter22" in board.text and "UNMASKED 60s" in title(board)
        await board.press("y")
        assert "hunter22" not in board.foot and "password=***" in board.foot
        await board.run(61)
        feed.come(line(NOW + 61, "INFO: later", "postgres"))
        await board.run(1)
        assert "hunter22" not in board.text and "UNMASKED" not in board.text


async def test_keys_of_the_board_are_not_those_of_the_log() -> None:
    async with logged((160, 45)) as board:
        await board.press("l", "tab", "right", "c", "exclamation_mark", "M", "h")
        assert board.selected == "postgres"
        assert not board.app.screen.query(Prompt)
        await board.press("1")
        assert board.foot.strip() == "1" and not board.app.checks.runs.is_running, "a digit is a count here"


async def test_help_tells_the_keys_of_the_log() -> None:
    async with logged((110, 200)) as board:
        await board.press("l", "question_mark")
        for action in ACTIONS.values():
            is_told = any(row.endswith(f" {action.id}") for row in board.lines)
            assert is_told is (action in rows_of(LOG)), action.id
        await board.press("q")
        assert "-- log postgres" in board.text
        await board.press("k")
        assert "below" in board.text, "the log has the keys again"


async def test_lines_that_would_stand_empty_above_the_log_are_the_logs_until_its_height_is_chosen() -> None:
    async with logged((80, 44)) as board:
        await board.press("l")
        tall = len(shown(board))
        assert tall > 20, "the map needs few lines"
        above = board.lines[: board.lines.index(title(board))]
        assert sum(not row.strip() for row in above) <= 4
        await board.press("minus")
        assert len(shown(board)) == tall - 2, "from what it takes, not from what the config says"
        await board.press("plus", "plus")
        assert len(shown(board)) == tall + 2
