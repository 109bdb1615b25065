"""Alerts of a real Prometheus and a real Alertmanager: counted once, silenced and inhibited by whom."""

import asyncio
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sutaz_tui.config import kinds
from sutaz_tui.config.schema import Source
from sutaz_tui.engine.alerts import gathered
from sutaz_tui.model import Alert, Status
from sutaz_tui.views.alerts import silence_line
from tests.loopback import configured, probing, until
from tests.probes.conftest import Ask
from tests.servers.alertmanager import Alertmanager
from tests.servers.prometheus import ALWAYS_FIRING, Prometheus
from tests.servers.waiting import patient

ON_HOSTS: dict[str, Any] = {
    "alert": "TargetDown",
    "expr": 'label_replace(vector(1), "host", "a", "", "") or label_replace(vector(1), "host", "b", "", "")',
    "labels": {"severity": "critical"},
}


def alertmanager_entry(url: str) -> kinds.Alertmanager:
    return kinds.Alertmanager(id="am", title="Alertmanager", address=url, timeout=5.0)


async def alerts_of(ask: Ask, server: Alertmanager) -> tuple[Alert, ...]:
    answer = await ask(alertmanager_entry(server.url))
    assert answer.alerts is not None, answer.readings[0].error
    return answer.alerts


async def eventually(found: Callable[[], Awaitable[bool]]) -> None:
    await until(found, within=30.0)


@pytest.fixture
def fresh() -> Any:
    """An Alertmanager of the test's own: silences stay."""
    with Alertmanager() as server:
        yield server


async def test_three_alerts_stay_three_where_prometheus_and_alertmanager_both_tell_them(
    ask: Ask, prometheus: Prometheus, fresh: Alertmanager
) -> None:
    rules = [*ALWAYS_FIRING, ON_HOSTS]
    await asyncio.to_thread(prometheus.configure, rules=rules, alertmanagers=[fresh.target])
    entry = kinds.Prometheus(id="prometheus", title="Prometheus", source="p", timeout=5.0)
    told: dict[str, tuple[Alert, ...]] = {}
    async with probing(configured(entry, sources={"p": Source(url=prometheus.url)})) as probe:

        async def both_tell_three() -> bool:
            told["am"] = await alerts_of(ask, fresh)
            told["prometheus"] = (await probe.ask()).alerts or ()
            return len(told["am"]) == len(told["prometheus"]) == 3

        await eventually(both_tell_three)
    rows = gathered(told)
    assert [(row.title, row.by) for row in rows] == [
        ("TargetDown x2", ("am", "prometheus")),
        ("AlwaysFiring", ("am", "prometheus")),
    ]
    assert ("cluster", "tests") in rows[0].labels, (
        "it is the one that Prometheus sent with its external labels"
    )
    assert {dict(labels)["host"] for labels in rows[0].instances} == {"a", "b"}
    assert rows[0].since is not None and abs(datetime.now(UTC) - rows[0].since) < timedelta(minutes=5)


async def test_two_thousand_alerts_are_counted(ask: Ask, fresh: Alertmanager) -> None:
    down = [{"labels": {"alertname": "TargetDown", "instance": f"h{n}"}} for n in range(2000)]
    assert fresh.call("/api/v2/alerts", "POST", down, within=30.0).status == 200

    async def all_told() -> bool:
        return len(await alerts_of(ask, fresh)) == 2000

    await eventually(all_told)
    (row,) = gathered({"am": await alerts_of(ask, fresh)})
    assert row.title == "TargetDown x2,000"


async def test_by_whom_an_alert_is_silenced_or_inhibited(ask: Ask, fresh: Alertmanager) -> None:
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    silence = {
        "matchers": [{"name": "alertname", "value": "DiskFull", "isRegex": False, "isEqual": True}],
        "startsAt": datetime.now(UTC).isoformat(), "endsAt": ends, "createdBy": "ann", "comment": "new disk comes",
    }  # fmt: skip
    assert fresh.call("/api/v2/silences", "POST", silence).status == 200
    fresh.fire("DiskFull", severity="page")
    fresh.fire("NodeDown", severity="critical", host="a")
    fresh.fire("HighLoad", severity="warning", host="a")
    fresh.fire("Other", severity="warning", host="b")
    found: dict[str, Alert] = {}

    async def is_settled() -> bool:
        found.update({alert.name: alert for alert in await alerts_of(ask, fresh)})
        return bool(len(found) == 4 and found["HighLoad"].silenced_by and found["DiskFull"].silenced_by)

    await eventually(is_settled)
    (words,) = found["DiskFull"].silenced_by
    assert words.startswith("silenced by ann until ") and words.endswith(": new disk comes")
    assert found["HighLoad"].silenced_by == ("inhibited by NodeDown",)
    assert found["NodeDown"].silenced_by == found["Other"].silenced_by == ()
    reading = (await ask(alertmanager_entry(fresh.url))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "2 alerts active, 2 silenced")


@pytest.mark.skipif(shutil.which("amtool") is None, reason="no amtool")
async def test_the_copied_line_silences_what_it_was_copied_from_and_nothing_else(
    ask: Ask, fresh: Alertmanager
) -> None:
    odd = 'it\'s "odd" $HOME `id` \\ ; rm -rf *'
    fresh.fire("Odd", severity="page", path=odd)
    fresh.fire("Odd", severity="page", path="another")

    async def both() -> bool:
        return len(await alerts_of(ask, fresh)) == 2

    await eventually(both)
    (alert,) = (one for one in await alerts_of(ask, fresh) if ("path", odd) in one.labels)
    line = silence_line(alert, fresh.url)
    assert line == line.strip() and fresh.url in line
    done = await asyncio.to_thread(
        subprocess.run, line, shell=True, capture_output=True, text=True, timeout=patient(30)
    )
    assert done.returncode == 0, done.stderr

    async def is_silenced() -> bool:
        return [
            bool(one.silenced_by) for one in await alerts_of(ask, fresh) if one.labels == alert.labels
        ] == [True]

    await eventually(is_silenced)
    assert sum(bool(one.silenced_by) for one in await alerts_of(ask, fresh)) == 1
