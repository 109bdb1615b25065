"""The simulated Prometheus refuses what a real one refuses, in its words and at its place, and answers what that answers."""

import re
import time
from typing import Any

import pytest

from tests.servers.prometheus import Prometheus
from tests.simulator.stack import Stack

REFUSED = (
    *("up)", "sum(up", "rate(up)", "foo bar", "", "up{job=}", 'up{job="a"', "nofunc(up)", "1 +", "up > bool"),
    *("sum by (job (up)", "histogram_quantile(up, up)", "{}", "up offset", "scalar(1)", "vector(up)", "$x"),
    *("up[5m]", '"x"', "1 > 2", "up and 1", "rate(up[5x])", "sum(1)", "topk(up, up)", "-up[5m]"),
)


def asked(server: Any, **params: object) -> tuple[int, str, str]:
    """Status, kind of error and its words, without the parameter's name that releases before 2.5x leave out."""
    answer = (
        server.get("prometheus", "/api/v1/query_range", params=params) if isinstance(server, Stack) else None
    )
    if answer is not None:
        status, body = answer.status_code, answer.json()
    else:
        from urllib.parse import urlencode

        real = server.call("/api/v1/query_range?" + urlencode(params))
        status, body = real.status, real.json()
    words = str(body.get("error", "")).removeprefix('invalid parameter "query": ')
    return status, body.get("errorType", ""), words


@pytest.mark.parametrize("query", REFUSED)
def test_what_a_real_one_refuses_is_refused_in_its_words(
    stack: Stack, prometheus: Prometheus, query: str
) -> None:
    now = int(time.time())
    params = {"query": query, "start": now - 10, "end": now, "step": 5}
    real, ours = asked(prometheus, **params), asked(stack, **params)
    assert real[:2] == ours[:2] == (400, "bad_data")
    place = re.compile(r"1:\d+: parse error: \w+")
    assert place.findall(ours[2]) == place.findall(real[2]), (ours, real)
    assert place.match(real[2]) or ours[2] == real[2]


@pytest.mark.parametrize(
    "changed",
    [{"start": None}, {"end": None}, {"step": None}, {"step": 0}, {"end": 5}, {"step": "x"}, {"start": 5}],
)
def test_spans_are_refused_as_a_real_one_does(
    stack: Stack, prometheus: Prometheus, changed: dict[str, object]
) -> None:
    now = int(time.time())
    params: dict[str, object] = {"query": "up", "start": now - 10, "end": now, "step": 5, **changed}
    given = {name: value for name, value in params.items() if value is not None}
    assert asked(stack, **given) == asked(prometheus, **given)
    assert asked(stack, **given)[0] == 400


def test_a_moment_at_which_series_cannot_be_told_apart_fails_as_it_is_run(
    stack: Stack, prometheus: Prometheus
) -> None:
    now = time.time()
    for server, names in (
        (prometheus, "prometheus_build_info|process_start_time_seconds"),
        (stack, "process_open_fds|process_max_fds"),
    ):
        found = asked(server, query=f'rate({{__name__=~"{names}"}}[5m])', start=now - 1, end=now, step=1)
        if server is prometheus and found[0] == 200:
            continue  # a single scrape so far: nothing has a rate yet
        assert found[:2] == (422, "execution") and "same labelset" in found[2]


def test_before_the_first_scrape_it_tells_a_past_in_which_counters_only_grow(stack: Stack) -> None:
    now = time.time()
    params = {"query": "node_cpu_seconds_total", "start": now - 3600, "end": now, "step": 60}
    found = stack.get("prometheus", "/api/v1/query_range", params=params).json()["data"]["result"]
    assert found and {len(series["values"]) for series in found} == {61}
    for series in found:
        values = [float(value) for _, value in series["values"]]
        assert values == sorted(values) and values[0] < values[-1]
    params = {"query": "pg_up", "start": now - 40_000, "end": now, "step": 1000}
    (series,) = stack.get("prometheus", "/api/v1/query_range", params=params).json()["data"]["result"]
    assert 5 <= len(series["values"]) <= 12, "before the service began there is nothing"
