"""Each alert is counted once, whoever tells it, and a flood of them is one row."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sutaz_tui.engine.alerts import INSTANCES, distinct, gathered
from sutaz_tui.model import Alert

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def fires(
    name: str, minutes: int = 0, severity: str = "warning", by: tuple[str, ...] = (), **labels: str
) -> Alert:
    """An alert since so many minutes after noon; `by` is who silenced it."""
    all_labels = {"alertname": name, "severity": severity, **labels}
    since = NOON + timedelta(minutes=minutes)
    return Alert(name, severity, f"{name} fires", since, tuple(sorted(all_labels.items())), by)


def rows(*told: tuple[Alert, ...]) -> list[tuple[str, int]]:
    return [
        (row.title, len(row.by))
        for row in gathered(dict(zip(("prometheus", "alertmanager"), told, strict=False)))
    ]


def test_three_alerts_that_prometheus_and_alertmanager_tell_are_not_six() -> None:
    three = (fires("A"), fires("B"), fires("C", instance="x"))
    assert rows(three, three) == [("A", 2), ("B", 2), ("C", 2)]


def test_the_labels_that_prometheus_adds_for_alertmanager_make_no_second_alert() -> None:
    told = (fires("A", instance="x"), fires("A", instance="y"), fires("B", job="j"))
    sent = tuple(fires(a.name, 5, cluster="prod", replica="1", **dict(a.labels[1:-1])) for a in told)
    found = distinct({"prometheus": told, "alertmanager": sent})
    assert [dict(alert.labels)["cluster"] for alert in found] == ["prod"] * 3
    assert {alert.since for alert in found} == {NOON + timedelta(minutes=5)}, "not since it was pending"
    assert {alert.by for alert in found} == {("alertmanager", "prometheus")}
    # alert_relabel_configs may take labels away.
    assert len(distinct({"prometheus": sent, "alertmanager": told})) == 3


def test_alerts_of_one_source_stay_apart_though_one_has_all_labels_of_the_other() -> None:
    some = (fires("A", job="j"), fires("A", job="j", instance="x"))
    assert len(distinct({"prometheus": some})) == 2
    assert len(distinct({"prometheus": some, "alertmanager": some})) == 2
    sent = tuple(fires("A", cluster="c", **dict(a.labels[1:-1])) for a in some)
    assert len(distinct({"prometheus": some, "alertmanager": sent})) == 2
    assert len(distinct({"prometheus": some[:1], "alertmanager": (fires("A", job="k", cluster="c"),)})) == 2


def test_two_thousand_targets_down_are_one_row_that_counts_them() -> None:
    down = tuple(fires("TargetDown", n % 7, "critical", job="node", instance=f"h{n}") for n in range(2000))
    (row,) = gathered({"prometheus": down, "alertmanager": down})
    assert (row.title, row.count, row.since) == ("TargetDown x2,000", 2000, NOON)
    assert dict(row.labels) == {"alertname": "TargetDown", "severity": "critical", "job": "node"}
    assert len(row.instances) == INSTANCES
    assert row.instances[0] == (("instance", "h6"),), "the newest first"


def test_what_is_silenced_is_a_row_of_its_own_at_the_end() -> None:
    ann = ("silenced by ann until 14:00: deploy",)
    told = (fires("A", instance="x"), fires("A", instance="y"), fires("A", instance="z"))
    held = (fires("A", by=ann, instance="x"), *told[1:])
    found = gathered({"prometheus": told, "alertmanager": held})
    assert [(row.title, row.silenced_by) for row in found] == [("A x2", ()), ("A", ann)]


def test_the_gravest_come_first_then_the_newest() -> None:
    alerts = (
        *(fires("old"), fires("new", 9), fires("info", 99, "info"), fires("odd", 3, "banana")),
        *(fires("page", 0, "page"), fires("held", 50, "critical", ("inhibited by page",))),
    )
    assert [row.name for row in gathered({"am": alerts})] == ["page", "new", "odd", "old", "info", "held"]


labels = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=3)


@given(st.lists(labels, max_size=8), st.booleans())
def test_whatever_fires_is_counted_once_by_its_labels(each: list[dict[str, str]], is_sent_on: bool) -> None:
    told = tuple(fires("A", **one) for one in each)
    sent = tuple(fires("A", cluster="c", **one) for one in each) if is_sent_on else told
    found = gathered({"prometheus": told, "alertmanager": sent})
    assert sum(row.count for row in found) == len({alert.labels for alert in told})
