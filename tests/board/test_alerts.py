"""The list of alerts: opened by key and word, kept up to date, its lines copied for amtool."""

import re

from sutaz_tui.config.kinds import Alertmanager
from sutaz_tui.model import Alert, Answer
from tests.board.showing import Board, few, showing
from tests.engine.scripted import tcp

MEMORY = Alert(
    "HighMemory", "warning", "memory is high", None,
    (("alertname", "HighMemory"), ("instance", "it's db"), ("severity", "warning")),
)  # fmt: skip
HELD = Alert(
    "DiskFull", "critical", "", None, (("alertname", "DiskFull"),), ("silenced by ann: new disk comes",)
)


async def fire(board: Board, *alerts: Alert, by: str = "postgres") -> None:
    board.stand.engine.store.put(by, Answer(alerts=alerts))
    await board.run(1)


async def test_the_key_lists_them_and_the_list_follows() -> None:
    async with showing(*few(), size=(160, 24)) as board:
        await fire(board, MEMORY, HELD)
        await board.press("A")
        assert board.lines[0] == " ALERTS   1 firing, 1 silenced"
        assert board.lines[1].split() == [
            "ALERT",
            "COUNT",
            "SEVERITY",
            "AGE",
            "SINCE",
            "LABELS",
            "SILENCED",
            "BY",
        ]
        assert board.lines[2].startswith("!>HighMemory") and "instance=it's db" in board.lines[2]
        assert "silenced by ann: new disk comes" in board.lines[3]
        await fire(board, HELD)
        assert board.lines[0] == " ALERTS   0 firing, 1 silenced" and "HighMemory" not in board.text
        await board.press("q")
        assert board.is_open


async def test_it_opens_over_what_was_open_and_leads_back_there() -> None:
    async with showing(*few()) as board:
        await board.press("enter")
        there = board.app.screen
        await board.press("A", "A")
        assert board.lines[0].startswith(" ALERTS")
        await board.press("q")
        assert board.app.screen is there


async def test_the_word_opens_it_where_a_service_has_that_name() -> None:
    async with showing(*few(), tcp("alerts")) as board:
        await board.press("colon")
        await board.type("alerts")
        assert board.lines[0].startswith(" ALERTS   0 firing")
        assert "nobody tells of alerts" in board.text


async def test_enter_unfolds_an_alert_and_a_filter_hides_the_others() -> None:
    async with showing(*few(), size=(120, 24)) as board:
        await fire(board, MEMORY, HELD)
        await board.press("A", "enter")
        assert "    memory is high" in board.lines and "told by PostgreSQL" in board.text
        await board.press("ampersand")
        await board.type("disk")
        assert "1 of 2" in board.lines[0] and "HighMemory" not in board.text
        await board.press("escape")
        assert "HighMemory" in board.text and not board.is_open


async def test_what_is_copied_silences_it_at_the_alertmanager_that_tells_it() -> None:
    am = Alertmanager(id="am", title="Alertmanager", address="http://127.0.0.1:9093", group="all")
    async with showing(*few(), am) as board:
        await fire(board, MEMORY, by="am")
        await board.press("A")
        assert board.app.here.copied_line == (
            "amtool --alertmanager.url=http://127.0.0.1:9093 silence add --duration=1h --comment=known"
            """ 'alertname="HighMemory"' 'instance="it'"'"'s db"' 'severity="warning"'"""
        )
        await fire(board, by="am")
        await fire(board, MEMORY)
        assert board.app.here.copied_line.startswith("alert HighMemory  count 1"), "no Alertmanager knows it"


async def test_beside_the_map_stand_the_gravest_and_the_key_for_the_others() -> None:
    async with showing(*few(), size=(200, 45)) as board:
        others = [Alert(name, "info", "", labels=(("alertname", name),)) for name in ("Slow", "Old")]
        await fire(board, *others, MEMORY, HELD)
        beside = "\n".join(board.lines)
        assert re.search(r"! HighMemory +memory is high", beside)
        assert "3 alerts   1 silenced" in board.lines[0]
