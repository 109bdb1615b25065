"""Own charts: what is at fault with its line, which set a service has, and queries filled in for it."""

from pathlib import Path

import pytest

from sutaz_tui.config.charts import PLACES, UNITS, built_in, filled, set_of
from sutaz_tui.config.kinds import KINDS, Http
from tests.config.faults import HTTP, faults, read

ONE_FAULT = {
    "a unit that is none": (
        "charts: {x: [{title: t, lines: {a: up}, unit: ms}]}\n" + HTTP,
        '1: charts.x[0].unit: found "ms", expected one of s, B, %, /s, or none',
    ),
    "a source that is not there": (
        "sources: {prom: {url: 'http://h'}}\ncharts: {x: [{title: t, lines: {a: up}, source: pron}]}\n"
        + HTTP,
        '2: charts.x[0].source: found "pron", expected "prom" of `sources`',
    ),
    "no lines": (
        "charts: {x: [{title: t, lines: {}}]}\n" + HTTP,
        "1: charts.x[0].lines: found no lines, expected at least one query by its name",
    ),
    "an empty query": (
        "charts: {x: [{title: t, lines: {a: ' '}}]}\n" + HTTP,
        "1: charts.x[0].lines.a: found nothing, expected PromQL",
    ),
    "a place that nothing fills": (
        "charts: {x: [{title: t, lines: {a: 'up{x=\"{{containr}}\"}'}}]}\n" + HTTP,
        '1: charts.x[0].lines.a: found {{containr}}, expected "container" in the brackets',
    ),
    "no charts": ("charts: {x: []}\n" + HTTP, "1: charts.x: found 0 charts, expected 1 to 12"),
    "a name that is no word": (
        "charts: {'a b': [{title: t, lines: {a: up}}]}\n" + HTTP,
        '1: charts.a b: found "a b", expected letters, digits, . _ or -, at most 64',
    ),
}


@pytest.mark.parametrize("name", ONE_FAULT)
def test_a_fault_names_its_line_its_key_and_what_was_expected(name: str, tmp_path: Path) -> None:
    text, expected = ONE_FAULT[name]
    assert faults(tmp_path, text) == [expected]


def test_the_set_of_a_service_goes_before_its_kinds_and_that_before_the_shipped_one(tmp_path: Path) -> None:
    text = "charts:\n  a: [{title: own, lines: {x: up}}]\n  http: [{title: kind, lines: {x: up}}]\n" + HTTP
    own = read(tmp_path, text).charts
    assert [chart.title for chart in set_of(own, "a", "http")] == ["own"]
    assert [chart.title for chart in set_of(own, "b", "http")] == ["kind"]
    assert set_of(own, "b", "redis") is built_in()["redis"]
    assert set_of(own, "b", "faiss") is built_in()["default"]


def test_the_shipped_sets_are_of_kinds_with_units_and_places_that_there_are() -> None:
    for kind, charts in built_in().items():
        assert kind == "default" or kind in KINDS
        assert charts and all(chart.unit in UNITS and chart.title for chart in charts)
        for query in (query for chart in charts for query in chart.lines.values()):
            service = Http(id="a", address="http://h:1", container="c")
            assert "{{" not in (filled(query, service, 120) or "{{"), query
    assert set(PLACES) == {"at", "container", "id", "range"}


def test_a_target_is_that_of_its_container_or_its_address() -> None:
    service = Http(id="a", address="https://shop.example/health", container='we.b"x')
    assert filled("up{{{at}}}", service, 60) == 'up{instance=~"we[.]bx(:[0-9]+)?|shop[.]example:443"}'
    assert filled('x{name="{{container}}"}[{{range}}]', service, 60) == 'x{name="we.b\\"x"}[60s]'
    bare = Http(id="a", address="http://127.0.0.1:80")
    assert filled('x{name="{{container}}"}', bare, 60) is None, "it has no container"
    assert filled("up{{{at}}}", None, 60) is None and filled("up", None, 60) == "up"
