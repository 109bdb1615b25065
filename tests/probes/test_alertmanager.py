"""Alertmanager's probe: ready, and its alerts."""

from datetime import UTC, datetime

import msgspec
import pytest

from sutaz_tui.config.kinds import Alertmanager
from sutaz_tui.model import Alert, Status
from sutaz_tui.sources.alerts import MOST_ALERTS
from tests.probes.conftest import Ask
from tests.probes.healthy import HEALTHY
from tests.servers.waiting import patient
from tests.web import Reply, Web

READY = {"/-/ready": Reply(body="OK")}


def alertmanager(web: Web) -> Alertmanager:
    return Alertmanager(id="am", title="Alertmanager", address=web.url, timeout=1.0)


async def test_the_recorded_alert(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["alertmanager"].routes
    answer = await ask(alertmanager(web))
    assert (answer.readings[0].status, answer.readings[0].summary) == (Status.UP, "1 alert active")
    since = datetime(2026, 11, 22, 14, 1, 5, 977000, UTC)
    summary = "agents on 127.0.0.1:11402 is down"
    (alert,) = answer.alerts or ()
    assert alert == Alert("InstanceDown", "critical", summary, since, alert.labels)
    assert dict(alert.labels)["alertname"] == "InstanceDown"
    assert web.asked[1:] == ["GET /api/v2/alerts"], "nothing is silenced: silences are not asked for"


async def test_none(ask: Ask, web: Web) -> None:
    web.routes = READY | {"/api/v2/alerts": Reply(body=[])}
    answer = await ask(alertmanager(web))
    assert (answer.alerts, answer.readings[0].summary) == ((), "no alerts")


@pytest.mark.parametrize(
    "since", [None, 5, "yesterday", "2026-11-22T14:01:05", "0001-01-01T00:00:00+14:00", "9" * 999]
)
async def test_a_time_that_is_none_and_what_else_may_be_missing(ask: Ask, web: Web, since: object) -> None:
    entry = {"labels": {"alertname": "X", "severity": 3}, "annotations": {"summary": None}, "startsAt": since}
    web.routes = READY | {"/api/v2/alerts": Reply(body=[entry])}
    assert (await ask(alertmanager(web))).alerts == (Alert("X", "", "", None, (("alertname", "X"),)),)


@pytest.mark.parametrize("body", [{}, [1], [{}], [{"labels": {}}], [{"labels": {"alertname": 1}}]])
async def test_unread_alerts_degrade_and_are_not_none(ask: Ask, web: Web, body: object) -> None:
    web.routes = READY | {"/api/v2/alerts": Reply(body=body)}
    answer = await ask(alertmanager(web))
    assert (answer.readings[0].status, answer.readings[0].word) == (Status.DEGRADED, "alerts")
    assert answer.alerts is None


async def test_more_alerts_than_are_read_are_not_told_as_so_many(ask: Ask, web: Web) -> None:
    flood = [{"labels": {"alertname": "X", "n": str(n)}} for n in range(MOST_ALERTS + 1)]
    web.routes = READY | {"/api/v2/alerts": Reply(body=flood)}
    answer = await ask(msgspec.structs.replace(alertmanager(web), timeout=patient(5.0)))
    assert (answer.readings[0].word, answer.alerts) == ("alerts", None)
    assert answer.readings[0].summary == "ready, but its alerts: more than 20,000 of them, not counted"


async def test_prometheus_is_not_alertmanager(ask: Ask, web: Web) -> None:
    web.other = Reply(body="Prometheus Server is Ready.\n")
    reading = (await ask(alertmanager(web))).readings[0]
    assert (reading.status, reading.summary) == (
        Status.DOWN,
        "says Prometheus Server is Ready. instead of OK",
    )
