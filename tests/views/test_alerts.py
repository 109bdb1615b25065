"""The rows of alerts: what a row says, what all of them share, and what is not known."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from sutaz_tui.model import Alert, Service, ServiceState, Snapshot, Status
from sutaz_tui.text.table import text_of
from sutaz_tui.views.alerts import ALERTS, alert_rows, silence_line
from tests.hostile import STRINGS

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANN = ("silenced by ann until 23 Nov 14:00: deploy",)


def state(kind: str, status: Status = Status.UP) -> ServiceState:
    return ServiceState(Service(kind, kind.title(), kind, "all"), status, "as it is")


def alert(name: str, severity: str = "warning", by: tuple[str, ...] = (), **labels: str) -> Alert:
    every = {"alertname": name, "severity": severity, **labels}
    return Alert(
        name,
        severity,
        f"{name} fires",
        NOON - timedelta(minutes=12),
        tuple(sorted(every.items())),
        by,
        ("prometheus",),
    )


def seen(*alerts: Alert, services: tuple[ServiceState, ...] = ()) -> Snapshot:
    return Snapshot(1, NOON, services or (state("prometheus"), state("alertmanager")), alerts=alerts)


def test_a_row_says_name_severity_age_labels_and_who_silenced_it() -> None:
    rows = alert_rows(
        seen(
            alert("DiskFull", "critical", instance="db"), alert("HighLoad", by=ANN, instance="web", zone="a")
        )
    )
    lines = text_of(ALERTS.columns, rows.rows)
    assert lines[0].split() == ["ALERT", "COUNT", "SEVERITY", "AGE", "SINCE", "LABELS", "SILENCED", "BY"]
    assert lines[1].startswith("✗ DiskFull") and " critical " in lines[1] and " 12m " in lines[1]
    assert lines[1].endswith("instance=db")
    assert "instance=web zone=a" in lines[2] and lines[2].endswith(ANN[0])
    assert (rows.about, rows.total, rows.missing) == ("1 firing, 1 silenced", 2, "")
    assert rows.rows[0].values["since"] == "2026-11-23T11:48:00+00:00"


def test_an_alert_dated_by_a_clock_ahead_of_ours_is_not_minus_an_hour_old() -> None:
    ahead = replace(alert("Ahead"), since=NOON + timedelta(hours=1))
    row = alert_rows(seen(ahead)).rows[0]
    assert row.values["age"] == 0.0 and row.values["since"] == "2026-11-23T13:00:00+00:00"


def test_labels_that_all_share_are_told_once() -> None:
    rows = alert_rows(
        seen(alert("A", cluster="prod", env="live", job="x"), alert("B", cluster="prod", env="live"))
    )
    assert rows.about == "2 firing; all: cluster=prod env=live"
    assert rows.rows[0].values["labels"] == "job=x"
    assert "labels" not in rows.rows[1].values
    assert any("cluster=prod" in line for line in rows.rows[0].detail), "unfolded it is whole"


def test_of_two_thousand_the_newest_are_named_and_the_others_counted() -> None:
    many = Alert(
        "TargetDown", "critical", "", NOON, (("alertname", "TargetDown"), ("job", "node")), count=2000,
        instances=tuple((("instance", f"h{n}"),) for n in range(100)), by=("prometheus",),
    )  # fmt: skip
    (row,) = alert_rows(seen(many)).rows
    assert row.values["count"] == 2000
    assert row.values["labels"] == "job=node  instance h0, h1, h2 and 1,997 more"
    assert row.detail[-1] == "  and 1,900 more" and "  instance=h99" in row.detail
    assert alert_rows(seen(many)).about == "2,000 firing"


def test_whose_alerts_are_old_is_said() -> None:
    down = (state("prometheus", Status.DOWN), state("alertmanager", Status.ABSENT))
    assert (
        alert_rows(seen(services=down)).missing == "Prometheus is DOWN: its alerts are as it told them last"
    )
    one_down = (state("prometheus"), state("alertmanager", Status.DOWN))
    assert (
        alert_rows(seen(services=one_down)).missing
        == "Alertmanager is DOWN: what it alone tells is not known"
    )
    for nobody in ((state("tcp"),), (state("alertmanager", Status.ABSENT),)):
        assert "only this monitor's own alerts" in alert_rows(seen(services=nobody)).missing


@pytest.mark.parametrize("name", STRINGS)
def test_a_silence_is_one_line_of_words_for_the_shell(name: str) -> None:
    odd = Alert("X", "", "", labels=((STRINGS[name] or "a", STRINGS[name]), ("b", "$(rm -rf ~)")))
    line = silence_line(odd, "http://127.0.0.1:9093")
    assert line.startswith("amtool --alertmanager.url=http://127.0.0.1:9093 silence add ")
    assert "'b=\"$(rm -rf ~)\"'" in line and not line.endswith("\n")
