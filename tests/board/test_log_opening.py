"""Which log is opened, where it stands, what is told when there is none, and that it lets go of its sources."""

from pathlib import Path

from sutaz_tui.errors import Refused, WrongQuery
from sutaz_tui.tui.screens.service.screen import ServiceScreen
from tests.board.logged import NOW, desk, feed_of, logged, selected, some, title, word
from tests.board.showing import few, showing
from tests.logs.scripted_feed import ScriptedDesk, ScriptedFeed, line


async def test_several_logs_all_and_a_query() -> None:
    query = ScriptedFeed("", line(NOW - 1, "INFO: asked for", ""), way="loki: query")
    made = ScriptedDesk(*(ScriptedFeed(id, *some(id, 5)) for id in ("redis", "kong")), query=query)
    async with logged(made=made) as board:
        await board.press("colon")
        await board.type("logs redis Kong")
        assert "-- log redis, kong" in title(board)
        assert " redis " in board.text and " kong " in board.text and "redis says o" in board.text
        await board.press("colon")
        await board.type("logs all")
        assert "-- log all" in title(board) and "no log of postgres, backend" in title(board)
        await board.press("colon")
        await board.type('logs {app="x"} |= "y"')
        assert made.queries == ['{app="x"} |= "y"']
        assert "asked for" in board.text and "via loki: query" in title(board)
        await board.press("colon")
        await board.type("logs nobody")
        assert "no service or group is called 'nobody'" in board.foot
        assert "asked for" in board.text


async def test_a_fetch_that_takes_long_says_for_how_long() -> None:
    made = desk()
    made["postgres"].hold()
    async with logged((160, 45), made=made) as board:
        await board.press("l")
        assert "asking" in title(board) and "asking 3s" not in title(board)
        await board.stand.clock.advance(3)
        await board.settle()
        assert "asking 3s" in title(board)
        made["postgres"].let_go()
        await board.settle()
        assert "asking" not in title(board)


async def test_an_error_of_a_query_stands_under_its_place() -> None:
    query = ScriptedFeed("", way="loki: query")
    query.error = WrongQuery("Loki", "parse error: unexpected }", 1, 8)
    async with logged(made=ScriptedDesk(query=query)) as board:
        await board.press("colon")
        await board.type('logs {app="x}')
        rows = board.lines
        at = next(y for y, row in enumerate(rows) if '{app="x}' in row and "--" not in row)
        assert rows[at + 1].index("^") == rows[at].index("{") + 7
        assert "Loki: parse error: unexpected }" in rows[at + 2]
        assert not query.is_followed


async def test_why_nothing_comes_is_told() -> None:
    made = ScriptedDesk(ScriptedFeed("postgres"))
    made["postgres"].error = Refused("docker socket", "permission denied")
    async with logged(made=made) as board:
        await board.press("l")
        assert "docker socket: permission denied" in title(board)
        await board.press("l", "j", "l")
        assert "redis: no log is known; give it logs: in the config" in board.text


async def test_a_service_that_is_down_opens_where_it_went_down() -> None:
    lines = [line(NOW + n, f"INFO: second {word(n)}.", "redis") for n in range(-600, 60)]
    async with logged(made=ScriptedDesk(ScriptedFeed("redis", *lines))) as board:
        board.refuse("redis")
        await board.run(60)
        state = board.app.board.state("redis")
        assert state is not None and state.since is not None
        since = state.since
        await board.press("j", "l")
        await board.run(1)
        down = round(since.timestamp()) - NOW
        assert any(f"second {word(down - 30 + n)}." in selected(board) for n in range(2))
        assert "FOLLOW" not in title(board) and " below" in title(board)
        await board.press("G")
        assert f"second {word(59)}." in board.lines[-2]


async def test_the_log_of_a_service_on_a_screen_of_its_own() -> None:
    async with logged() as board:
        await board.press("j", "enter", "l")
        assert "Redis up" in board.lines[0] and "-- log redis" in board.lines[1]
        assert "redis says mtt" in board.lines[-2]
        feed = feed_of(board, "redis")
        await board.press("z")
        assert "full screen" in board.foot
        await board.press("q")
        assert isinstance(board.app.screen, ServiceScreen)
        await board.settle()
        assert feed.is_closed
        await board.press("q")
        assert board.is_open


async def test_it_is_saved_privately_and_masked(tmp_path: Path) -> None:
    feed = ScriptedFeed("postgres", line(NOW - 1, "INFO: token=abcdef0123456789", "postgres"))
    async with showing(*few(), folder=tmp_path / "kept") as board:
        board.app.tab.log_feeds = ScriptedDesk(feed)
        await board.press("l", "S")
        [path] = (tmp_path / "kept").glob("view-*.txt")
        assert path.stat().st_mode & 0o777 == 0o600
        assert "abcdef" not in path.read_text() and "token=***" in path.read_text()


async def test_leaving_the_program_lets_go_of_the_sources() -> None:
    made = desk()
    async with logged(made=made) as board:
        await board.press("l")
        assert made["postgres"].is_followed
    assert made["postgres"].is_closed and made.is_closed and not made["postgres"].is_followed


async def test_commands_of_the_log_say_when_there_is_none() -> None:
    async with logged() as board:
        await board.press("colon")
        await board.type("unmask")
        assert "no log is open" in board.foot
        await board.press("colon")
        await board.type("logs")
        assert "-- log postgres" in board.text
        await board.press("colon")
        await board.type("log-close")
        assert "-- log postgres" not in board.text
