"""From one line to others: what stood around it, what has its value, each alike one."""

from tests.board.logged import NOW, logged, selected, some, title, until
from tests.board.showing import few
from tests.logs.scripted_feed import ScriptedDesk, ScriptedFeed, line


def mixed() -> ScriptedDesk:
    lines = [line(NOW - 200 + n, f"INFO: {'abcdefgh'[n % 8] * (n % 9 + 1)}", "postgres") for n in range(190)]
    lines.append(line(NOW - 100.5, "ERROR: lost it", "postgres"))
    lines.append(line(NOW - 101.5, 'INFO:     10.0.0.1:3000 - "GET /health HTTP/1.1" 200 OK', "postgres"))
    for ago, text in ((90.5, "begin"), (60.5, "middle"), (30.5, "end")):
        lines.append(
            line(
                NOW - ago, f'{{"message": "{text}", "request_id": "r-{ago:.0f}", "user": "ada"}}', "postgres"
            )
        )
    lines.append(
        line(NOW - 20.5, '{"message": "once more", "request_id": "r-60", "user": "bob"}', "postgres")
    )
    return ScriptedDesk(ScriptedFeed("postgres", *sorted(lines, key=lambda one: one.at)))


async def test_o_shows_what_stood_around_a_line_that_the_filter_left_alone_and_o_goes_back() -> None:
    async with logged((100, 40), made=mixed()) as board:
        await board.press("l", "L", "L", "L", "k")
        await until(board, lambda: "lost it" in selected(board))
        await board.press("o")
        await until(board, lambda: "GET /health" in board.text)
        assert "lost it" in selected(board) and "E+" not in title(board)
        await board.press("j", "j", "o")
        await until(board, lambda: "E+" in title(board))
        assert "lost it" in selected(board), "back to where it was"
        assert "GET /health" not in board.text


async def test_equals_keeps_the_lines_of_one_request_and_equals_again_shows_all() -> None:
    async with logged((100, 40), made=mixed()) as board:
        await board.press("l", "slash")
        await board.type("middle")
        await until(board, lambda: "middle" in selected(board))
        await board.press("equals_sign")
        await until(board, lambda: "& r-60" in title(board))
        assert "once more" in board.text and "begin" not in board.text
        await board.press("equals_sign")
        await until(board, lambda: "& r-60" not in title(board))
        assert sum(" I  uvicorn " in row for row in board.lines) > 4, "the others are back"


async def test_equals_on_a_field_keeps_its_value() -> None:
    async with logged((100, 40), made=mixed()) as board:
        await board.press("l", "slash")
        await board.type("once more")
        await until(board, lambda: "once more" in selected(board))
        await board.press("enter")
        while "user: bob" not in selected(board):
            await board.press("j")
        await board.press("equals_sign")
        await until(board, lambda: "& bob" in title(board))
        assert "only this user" in board.foot
        await board.press("escape")
        assert "& bob" not in title(board)


async def test_equals_without_an_id_says_what_it_does() -> None:
    async with logged((100, 40), made=mixed()) as board:
        await board.press("l", "k", "equals_sign")
        assert "no request or trace id" in board.foot


async def test_v_shows_each_of_alike_lines_and_folds_them_again() -> None:
    lines = [
        *some("postgres", 20, NOW - 70),
        *(line(NOW - 60 + n, f"INFO: tick {n}", "postgres") for n in range(50)),
    ]
    async with logged((100, 40), made=ScriptedDesk(ScriptedFeed("postgres", *lines))) as board:
        await board.press("l")
        assert "50 times:" in board.text
        await board.press("v")
        assert "50 times:" not in board.text and "tick 48" in board.text and "tick 49" in board.text
        desk = board.app.log_feeds
        assert isinstance(desk, ScriptedDesk)
        desk["postgres"].come(line(NOW - 1, "INFO: tick 50", "postgres"))
        await until(board, lambda: "tick 50" in board.text)
        await board.press("v")
        assert "51 times:" in board.text


async def test_under_a_filter_no_two_lines_of_different_ids_fold() -> None:
    lines = [
        *some("postgres", 20, NOW - 70),
        *(line(NOW - 60 + n, f"INFO: order {n} paid", "postgres") for n in range(50)),
    ]
    async with logged((100, 40), made=ScriptedDesk(ScriptedFeed("postgres", *lines))) as board:
        await board.press("l", "z")
        assert "50 times: order 0 paid" in board.text
        await board.press("ampersand")
        await board.type("paid")
        await until(board, lambda: "order 49 paid" in board.text and "order 48 paid" in board.text)
        assert "x50" not in board.text
        await board.press("v")
        assert "every line" in board.foot
        await board.press("v")
        assert "once no text is filtered" in board.foot and "x50" not in board.text
        await board.press("escape")
        await until(board, lambda: "50 times: order 0 paid" in board.text)


async def test_a_request_is_shown_across_all_services() -> None:
    def of(service: str, *words: tuple[float, str]) -> ScriptedFeed:
        lines = some(service, 20, NOW - 30)
        lines += [
            line(NOW - ago, f'{{"message": "{text}", "trace_id": "t-77"}}', service) for ago, text in words
        ]
        return ScriptedFeed(service, *sorted(lines, key=lambda one: one.at))

    made = ScriptedDesk(
        of("postgres", (25.5, "asked"), (24.5, "answered")),
        of("redis", (25.1, "looked up")),
        *(
            ScriptedFeed(service.id, *some(service.id, 5))
            for service in few()
            if service.id not in ("postgres", "redis")
        ),
    )
    async with logged((100, 40), made=made) as board:
        await board.press("l", "slash")
        await board.type("answered")
        await until(board, lambda: "answered" in selected(board))
        await board.press("O")
        await until(board, lambda: "log trace_id t-77" in title(board) and "looked up" in board.text)
        rows = [row for row in board.lines if any(word in row for word in ("asked", "looked up", "answered"))]
        assert [("redis" in row) for row in rows[:3]] == [False, True, False], "by time"
        assert "says" not in board.text, "no other lines"


async def test_a_line_without_a_request_says_so() -> None:
    async with logged((100, 40), made=mixed()) as board:
        await board.press("l", "k", "O")
        assert "no request or trace id in this line" in board.foot
