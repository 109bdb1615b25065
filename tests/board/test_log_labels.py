"""Labels of Loki: what there is, how much of it, and completion while a query is typed."""

from pathlib import Path

from tests.board.logged import logged, title, until
from tests.board.showing import Board
from tests.logs.scripted_feed import ScriptedDesk, ScriptedFeed, line
from widgets.prompt import Prompt

NOW = 1795442400


def desk() -> ScriptedDesk:
    made = ScriptedDesk(query=ScriptedFeed("", line(NOW - 5, "INFO: asked"), way="loki: query"))
    made.known = {
        "container": {"api": 2_000_000, "worker": 5_000},
        "job": {'d"q': 7, "docker": 2_005_000},
    }
    return made


def suggestion(board: Board) -> str:
    return board.app.screen.query_one(Prompt)._suggestion


async def test_labels_shows_values_by_volume_and_enter_opens_their_log() -> None:
    made = desk()
    async with logged((100, 24), made=made) as board:
        await board.press("colon")
        await board.type("labels")
        await until(board, lambda: "2 labels" in board.text)
        rows = [row[2:] for row in board.lines[2:8]]
        assert [row.split("  ")[0].strip() for row in rows] == [
            "container",
            "└ api",
            "└ worker",
            "job",
            "└ docker",
            '└ d"q',
        ]
        assert "2.0 MB" in board.lines[3]
        await board.press("G", "enter")
        await until(board, lambda: title(board) != "" and "asked" in board.text)
        assert made.queries == ['{job="d\\"q"}']


async def test_of_long_values_that_differ_at_their_ends_both_ends_are_seen() -> None:
    made = desk()
    ids = ["pod-" + "0" * 90 + end for end in ("a1", "b2")]
    made.known = {"pod": dict.fromkeys(ids, 5)}
    async with logged((100, 24), made=made) as board:
        await board.press("colon")
        await board.type("labels")
        await until(board, lambda: "1 label" in board.text)
        names = [row.split("  ")[1].strip() for row in board.lines[3:5]]
        assert [(name[:7], name[-4:]) for name in names] == [("└ pod-0", "00a1"), ("└ pod-0", "00b2")]


async def test_a_query_is_completed_behind_braces() -> None:
    async with logged((100, 24), made=desk()) as board:
        await board.press("colon", *"logs", "space", "left_curly_bracket", *"co")
        await until(board, lambda: suggestion(board) == 'logs {container="')
        await board.press("tab", "w")
        await until(board, lambda: suggestion(board) == 'logs {container="worker"')
        await board.press("tab", "comma", "j")
        await until(board, lambda: suggestion(board) == 'logs {container="worker",job="')
        await board.press("escape", "colon", *"ALE")
        await until(board, lambda: suggestion(board).startswith("ale"))


async def test_a_query_that_the_config_names_is_opened_by_its_name(tmp_path: Path) -> None:
    made = desk()
    async with logged((100, 24), made=made) as board:
        board.app.config.logs.queries["lost"] = '{job="docker"} |= "lost"'
        await board.press("colon", *"logs", "space", *"los")
        await until(board, lambda: suggestion(board) == "logs lost")
        await board.press("tab", "enter")
        await until(board, lambda: made.queries == ['{job="docker"} |= "lost"'])
