"""The list of alerts: opened by key and word, kept up to date, its lines copied for amtool."""

import re
import time

from sutaz_tui.config import kinds
from sutaz_tui.config.kinds import Alertmanager
from sutaz_tui.config.schema import Source
from sutaz_tui.model import Alert, Answer
from sutaz_tui.sources.notify.item import OURS
from sutaz_tui.tui.screens.alerts.screen import AlertsScreen
from sutaz_tui.wiring.alert_rules import AlertDesk
from sutaz_tui.wiring.charts import ChartDesk, Window
from sutaz_tui.wiring.clients import SharedClients
from tests.board.showing import Board, few, showing
from tests.board.test_check_screens import opened
from tests.engine.scripted import tcp
from tests.loopback import configured
from tests.running import simulated
from tests.servers.prometheus import Prometheus
from tests.servers.waiting import patient

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
        assert "only this monitor's own alerts" in board.text


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


async def test_nothing_is_asked_while_the_help_stands_above_whatever_fires_meanwhile() -> None:
    """Each alert that came or went below the help had its rule asked for again, every few seconds."""
    async with showing(*few()) as board:
        await fire(board, MEMORY)
        await board.press("A")
        screen = board.app.screen
        assert isinstance(screen, AlertsScreen) and screen.rule.query_now._task is not None
        await board.press("question_mark")
        await fire(board, HELD)
        assert screen.rule.query_now._task is None
        await board.press("q")
        assert screen.rule.query_now._task is not None


async def test_the_rule_of_the_selected_alert_is_shown_beside_what_it_measures_now() -> None:
    with simulated("healthy") as stack:
        stack.fault("crewai", "refuse")
        async with opened(stack, (120, 40)) as keys:
            await keys.press("A")
            await keys.until(lambda: "InstanceDown" in keys.text, "it fires")
            await keys.until(lambda: "now 0 == 0" in keys.text, "it is evaluated")
            assert " up == 0 for 30s" in keys.text.splitlines()
            assert "■ sutazai-crewai:8000 " in keys.text and "┤" in keys.text, "and drawn"
            screen = keys.app.screen
            assert isinstance(screen, AlertsScreen) and screen.rule.query_now._task is not None
            await keys.press("question_mark")
            await keys.until(
                lambda: screen.rule.query_now._task is None, "nobody looks while the help stands above"
            )
            await keys.press("q")
            stack.fault("prometheus", "refuse")
            await keys.press("r")
            await keys.until(lambda: "its rule cannot be asked for" in keys.text, "who has it is gone")
            await keys.press("q")
            await keys.until(lambda: screen.rule.query_now._task is None, "nor once it is left")


async def test_a_real_prometheus_has_the_rule_with_its_threshold_and_values(prometheus: Prometheus) -> None:
    high = {"alert": "High", "expr": "vector(96.25) > 90", "labels": {"severity": "page"}}
    prometheus.configure(rules=[high])
    config = configured(
        kinds.Prometheus(id="p", title="P", source="p"), sources={"p": Source(url=prometheus.url)}
    )
    clients = SharedClients(config)
    desk = AlertDesk(config, ChartDesk(config, clients))
    try:
        window = Window.of(time.time(), 300)
        found = await desk.watched(Alert("High", "page", ""), window, patient(5.0))
        assert (found.expression, found.now) == ("vector(96.25) > 90", (("value", 96.25),))
        assert found.compared.number == 90.0 and found.lines[0].points[-1][1] == 96.25
        unknown = await desk.watched(Alert("Nowhere", "", ""), window, patient(5.0))
        own = await desk.watched(Alert("notifier x fails", "", "", None, (OURS,)), window, patient(5.0))
        assert own.note == "this monitor tells it itself: it has no rule", "no Prometheus has it"
        assert "at no Prometheus" in unknown.note and not unknown.lines
    finally:
        await clients.aclose()
