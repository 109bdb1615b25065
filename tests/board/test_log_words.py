"""What a log says of itself: at its foot, in its title, and in place of lines."""

from sutaz_tui.errors import WrongQuery
from sutaz_tui.logs.lines import Batch, Gap
from tests.board.logged import NOW, desk, feed_of, logged, selected, shown, some, title, until, word
from tests.logs.scripted_feed import SECOND, ScriptedDesk, ScriptedFeed, line
from widgets.log_title import title_line


def one(service: str, *texts: str) -> ScriptedDesk:
    """A desk with one log, its lines a second apart up to now."""
    return ScriptedDesk(
        ScriptedFeed(service, *(line(NOW - len(texts) + n, text, service) for n, text in enumerate(texts)))
    )


async def test_the_foot_does_not_say_no_later_error_beside_one_that_was_found() -> None:
    async with logged(made=one("postgres", "ERROR: one", "INFO: a", "ERROR: two", "INFO: b")) as board:
        await board.press("l", "e")
        assert "no later error" in board.foot
        await board.press("E")
        assert "two" in selected(board) and "k pause" in board.foot


async def test_no_earlier_warning_says_how_far_back_that_goes() -> None:
    async with logged() as board:
        await board.press("l", "W")
        assert "no earlier warning, back to 30d ago" in board.foot


async def test_esc_shows_all_again_where_a_level_hides_all_and_does_not_close_the_log() -> None:
    async with logged() as board:
        await board.press("l", "L", "L", "L")
        assert "level error and above; Esc shows all" in board.text
        await board.press("escape")
        assert "-- log postgres" in title(board) and "E+" not in title(board)
        assert "postgres says" in board.lines[-2]


async def test_a_wrong_filter_stands_neither_in_the_title_nor_in_the_way_but_is_there_to_mend() -> None:
    async with logged() as board:
        await board.press("l", "ampersand")
        await board.type("/[mt/")
        assert "the regular expression is wrong" in board.foot
        await board.press("j")
        assert "&" not in title(board), "all lines are shown"
        await board.press("L")
        assert "I+" in title(board), "the level works beside it"
        await board.press("ampersand")
        assert "/[mt/" in board.foot


async def test_a_find_right_behind_a_filter_does_not_hide_what_the_filter_has_not_looked_at_yet() -> None:
    async with logged(made=one("postgres", "INFO: a")) as board:
        await board.press("l")
        panel = board.app.log_panel
        assert panel is not None
        many = ["INFO: needle", *(f"INFO: {word(n)}" for n in range(12_000))]
        panel.session.buffer.add(Batch([line(NOW + n, text, "postgres") for n, text in enumerate(many)]))
        panel.filter_now("/ne+dle/", is_entered=True)
        panel.find("klm")
        await until(board, lambda: any("needle" in row for row in shown(board)))


async def test_alike_lines_fold_again_between_keys_once_no_text_is_filtered() -> None:
    async with logged(made=one("postgres", "INFO: a")) as board:
        await board.press("l")
        panel = board.app.log_panel
        assert panel is not None
        buffer = panel.session.buffer
        buffer.add(Batch([line(NOW + n, f"INFO: answer {n}", "postgres") for n in range(6_000)]))
        panel.filter_now("answer")
        panel.filter_now("")
        assert len(buffer.visible) > 1000, "the key was answered before all is folded"
        await until(board, lambda: len(buffer.visible) < 10)


async def test_the_title_says_that_health_lines_are_shown_while_they_are() -> None:
    text = '172.20.0.1 - - [23/Nov/2026:14:00:00 +0000] "GET /health HTTP/1.1" 200 2 "-" "curl/8"'
    async with logged(made=one("postgres", "INFO: a", text, "INFO: b")) as board:
        await board.press("l")
        assert "1 /health lines folded" in title(board)
        await board.press("H")
        assert "1 /health lines shown" in title(board)


async def test_the_title_says_that_times_are_utc() -> None:
    async with logged() as board:
        await board.press("l", "s")
        assert "UTC" in title(board)
        await board.press("s")
        assert "UTC" not in title(board)


async def test_a_long_sentence_in_place_of_lines_is_wrapped() -> None:
    query = ScriptedFeed("", way="loki: query")
    query.error = WrongQuery(
        "Loki", "parse error: unexpected IDENTIFIER, expecting STRING or OPEN or CLOSE here", 1, 3
    )
    async with logged(made=ScriptedDesk(query=query)) as board:
        await board.press("colon")
        await board.type("logs {app=x}")
        assert "CLOSE here" in " ".join(row.strip() for row in shown(board))


async def test_what_gave_way_for_a_long_part_comes_back_where_the_part_became_short() -> None:
    parts = [
        ("heading", ("log backend",), 6),
        ("", ("via loki: container known by its line shape", "loki", ""), 3),
        ("", ("FOLLOW",), 9),
        ("muted", ("12 /health lines folded", "12 folded", ""), 1),
    ]
    assert "12 folded" not in (whole := "".join(text for _, text in title_line(parts, 72)))
    assert "known by its line shape" in whole
    assert "12 /health lines folded" in "".join(text for _, text in title_line(parts, 60))


async def test_a_part_of_a_gap_is_not_called_all_that_the_source_has() -> None:
    async with logged(made=ScriptedDesk(ScriptedFeed("postgres", *some("postgres", 21_000)))) as board:
        await board.press("l")
        lost = Gap("postgres", (NOW - 21_000) * SECOND, (NOW - 250) * SECOND, 20_750, "the tail dropped them")
        feed_of(board, "postgres").come(opened=(lost,))
        await board.run(1)
        await until(board, lambda: "20,750 LOST" in title(board))
        await board.press("g", "enter")
        await until(board, lambda: "fetched" in board.foot)
        assert "20,000 lines fetched; Enter on what is left fetches more" in board.foot


async def test_head_is_where_the_log_begins_however_much_lies_between() -> None:
    async with logged(made=ScriptedDesk(ScriptedFeed("postgres", *some("postgres", 900)))) as board:
        await board.press("l", "T")
        await board.type("head")
        await until(board, lambda: f"says {word(0)}" in selected(board))


async def test_no_moment_says_which_there_are() -> None:
    async with logged() as board:
        await board.press("l", "T")
        assert "1m  5m  15m  1h (ago)  head" in board.foot
        await board.type("foo")
        assert "'foo' is not a time; examples: 1m, 5m, 15m, 1h (ago), head" in board.foot


async def test_what_a_service_said_last_before_it_fell_silent_is_above_where_it_went_down() -> None:
    lines = [line(NOW + n, f"INFO: second {word(n)}.", "redis") for n in range(-600, -300)]
    async with logged(made=ScriptedDesk(ScriptedFeed("redis", *lines))) as board:
        board.refuse("redis")
        await board.run(60)
        await board.press("j", "l")
        await until(board, lambda: f"second {word(-301)}." in board.text)
        assert f"second {word(-304)}." in board.text


async def test_the_saved_title_is_whole_and_does_not_say_unmasked() -> None:
    async with logged(made=desk()) as board:
        await board.press("l", "colon")
        await board.type("unmask")
        assert "UNMASKED" in title(board)
        panel = board.app.log_panel
        assert panel is not None
        saved = "".join(panel.pieces()).splitlines()
        assert saved[0] == "-- log postgres  via docker socket  FOLLOW"


async def test_a_key_that_looks_for_errors_stops_where_lines_were_lost_and_says_their_span() -> None:
    lines = [line(NOW - 7000, "ERROR: early"), *some("postgres", 30), line(NOW - 1, "ERROR: late")]
    async with logged(made=ScriptedDesk(ScriptedFeed("postgres", *lines))) as board:
        await board.press("l")
        panel = board.app.log_panel
        assert panel is not None
        words = "made anew"
        gap = Gap("postgres", (NOW - 6060) * SECOND, (NOW - 40) * SECOND, None, words)
        panel.session.buffer.add(Batch([], opened=(gap,)))
        await board.press("E", "E")
        said = f"{words}: 12:19:00.000 - 13:59:20.000 (1h40m); Enter fetches"
        await until(board, lambda: said in board.foot)
        assert "lines not received" in selected(board)
        await board.press("E")
        assert "early" in selected(board) and said not in board.foot


async def test_a_health_check_that_is_folded_is_not_said_to_match_nothing() -> None:
    texts = [f'INFO:     10.0.0.1:3000 - "GET /health{n}" 200' for n in range(2)]
    health = [f'INFO:     10.0.0.{n}:3000 - "GET /health HTTP/1.1" 200 OK' for n in range(3)]
    async with logged(made=one("postgres", *texts, *health)) as board:
        await board.press("l", "ampersand")
        await board.type("GET /health HTTP")
        assert (
            "none of 2 lines matches & GET /health HTTP; Esc shows all; 3 health checks are folded, H shows them"
            in (" ".join(row.strip() for row in board.lines))
        )
        await board.press("escape", "slash")
        await board.type("/health HTTP")
        assert "no match, back to 30d ago" in board.foot and "health checks: H shows them" in board.foot
        await board.press("H", "N")
        assert "GET /health" in selected(board)
