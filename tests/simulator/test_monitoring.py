"""Prometheus, Loki, Alertmanager and the exporters follow what is true of the rest of the stack."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sutaz_tui.simulator.promql import Parser
from sutaz_tui.simulator.promql_values import Labels, PromQlError, Vector
from tests.servers.waiting import Deadline, patient
from tests.simulator.stack import DEADLINE, Stack


def query(stack: Stack, words: str) -> list[dict[str, Any]]:
    answer = stack.get("prometheus", "/api/v1/query", params={"query": words})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
    return found


def wait_for(claim: Any) -> None:
    deadline = Deadline(DEADLINE)
    while not claim():
        assert not deadline.is_over()


def test_up_follows_the_faults(stack: Stack) -> None:
    wait_for(lambda: query(stack, "count(up == 1)")[0]["value"][1] == "17")
    stack.fault("crewai", "refuse")
    wait_for(lambda: query(stack, "count(up == 1)")[0]["value"][1] == "16")
    down = query(stack, "up == 0")
    assert [series["metric"]["instance"] for series in down] == ["sutazai-crewai:8000"]
    assert query(stack, 'ALERTS{alertstate="firing"}')[0]["metric"]["alertname"] == "InstanceDown"
    targets = stack.get("prometheus", "/api/v1/targets?state=active").json()["data"]["activeTargets"]
    assert len(targets) == 17
    assert [target["scrapePool"] for target in targets if target["health"] == "down"] == ["ai-agents"]
    alerts = stack.get("alertmanager", "/api/v2/alerts").json()
    assert [alert["labels"]["instance"] for alert in alerts] == ["sutazai-crewai:8000"]


def test_the_dashboards_queries_have_values(stack: Stack) -> None:
    idle = '100 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) * 100'
    assert 0 < float(query(stack, idle)[0]["value"][1]) < 100
    memory = "(1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes) * 100"
    assert 40 < float(query(stack, memory)[0]["value"][1]) < 70
    wait_for(lambda: query(stack, "sum(mcp_bridge_agent_status)")[0]["value"][1] == "15")
    assert query(stack, 'pg_stat_database_numbackends{datname="jarvis_ai"}')
    assert query(stack, 'backend_service_status{exported_service="redis"}')[0]["value"][1] == "1"
    assert query(stack, "redis_connected_clients") and query(stack, "rabbitmq_connections")


def test_a_range_has_a_value_for_each_step(stack: Stack) -> None:
    now = time.time()
    params = {"query": "up", "start": now - 60, "end": now, "step": "15s"}
    found = stack.get("prometheus", "/api/v1/query_range", params=params).json()["data"]
    assert found["resultType"] == "matrix"
    assert {len(series["values"]) for series in found["result"]} == {5}


class Fixed:
    """Three series that never move."""

    def select(self, matches: Any, at: float) -> Vector:
        series: list[tuple[Labels, float]] = [
            ({"__name__": "a", "job": "x"}, 4.0),
            ({"__name__": "a", "job": "y"}, 6.0),
            ({"__name__": "b", "job": "x"}, 2.0),
        ]
        return [pair for pair in series if matches(pair[0])]

    def over(self, function: str, matches: Any, at: float, seconds: float) -> Vector:
        return [({"job": labels["job"]}, value / seconds) for labels, value in self.select(matches, at)]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("sum(a)", [({}, 10.0)]),
        ("count(a > 5)", [({}, 1.0)]),
        ("a > 5", [({"__name__": "a", "job": "y"}, 6.0)]),
        ('a{job=~"x|z"} / b', [({"job": "x"}, 2.0)]),
        ("sum by (job) (a)", [({"job": "x"}, 4.0), ({"job": "y"}, 6.0)]),
        ("max(a) by (job) > bool 5", [({"job": "x"}, 0.0), ({"job": "y"}, 1.0)]),
        ("rate(a[1m])", [({"job": "x"}, 4 / 60), ({"job": "y"}, 0.1)]),
        ("absent(nothing)", [({}, 1.0)]),
        ("a unless b", [({"__name__": "a", "job": "y"}, 6.0)]),
        ("-scalar(b)", -2.0),
    ],
)
def test_promql(words: str, value: Any) -> None:
    assert Parser(words, Fixed(), 0.0).evaluate() == value


@pytest.mark.parametrize("words", ["", "up{", "sum(", "rate(up)", 'up{job="x"', "up up", "nonsense(up)"])
def test_promql_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(PromQlError, match="parse error"):
        Parser(words, Fixed(), 0.0).evaluate()
    with pytest.raises(PromQlError, match="invalid expression type"):
        Parser("up[5m]", Fixed(), 0.0).evaluate()


def lines(stack: Stack, words: str, **more: Any) -> list[str]:
    found = stack.get("loki", "/loki/api/v1/query_range", params={"query": words, **more})
    assert found.status_code == 200, found.text
    return [text for stream in found.json()["data"]["result"] for _, text in stream["values"]]


def test_loki_has_a_fresh_line_of_each_job(stack: Stack) -> None:
    for job in ("docker", "varlogs"):
        found = stack.get(
            "loki", "/loki/api/v1/query_range", params={"query": f'{{job="{job}"}}', "limit": 1}
        )
        at = int(found.json()["data"]["result"][0]["values"][0][0])
        assert time.time_ns() - at < 60 * 10**9
    jobs = stack.get("loki", "/loki/api/v1/label/job/values").json()["data"]
    # Other tests may have pushed lines of theirs.
    assert {"docker", "varlogs"} <= set(jobs) and jobs == sorted(jobs)


def test_the_backend_logs_its_errors(stack: Stack) -> None:
    before = len(lines(stack, '{job="docker"} |= "OperationalError"', limit=1000))
    stack.fault("postgres", "refuse")
    refused = stack.post("backend", "/api/v1/auth/login", data={"username": "x", "password": "y"})
    assert refused.status_code == 500
    found = lines(stack, '{job="docker"} |= "OperationalError"', limit=1000)
    assert len(found) == before + 1
    assert {json.loads(line)["level"] for line in found} == {"ERROR"}


def test_what_is_pushed_is_found_and_counted(stack: Stack) -> None:
    now = time.time_ns()
    values = [[str(now - place), f"level=warn line {place}"] for place in range(7)]
    body = {"streams": [{"stream": {"job": "pushed"}, "values": values}]}
    assert stack.post("loki", "/loki/api/v1/push", json=body).status_code == 204
    assert len(lines(stack, '{job="pushed"}')) == 7
    assert lines(stack, '{job="pushed"} |~ "line [12]$"', direction="forward") == [
        "level=warn line 2",
        "level=warn line 1",
    ]
    found = stack.get(
        "loki", "/loki/api/v1/query", params={"query": 'sum(count_over_time({job="pushed"}[1m]))'}
    )
    assert found.json()["data"]["result"][0]["value"][1] == "7"


@pytest.mark.parametrize(
    ("labels", "at", "text", "words"),
    [
        ({}, 0, "x", "at least one label pair is required"),
        ({"job": "late"}, -8 * 86_400, "x", "has timestamp too old"),
        ({"job": "early"}, 3_600, "x", "has timestamp too new"),
        (
            {"job": "long"},
            0,
            "x" * 300_000,
            "Max entry size '262144' bytes exceeded for stream '{job=\"long\"}'",
        ),
    ],
)
def test_what_is_beyond_its_limits_is_refused_and_the_rest_stays(
    stack: Stack, labels: dict[str, str], at: int, text: str, words: str
) -> None:
    good, moment = str(time.time_ns()), str(time.time_ns() + at * 10**9)
    values = [[good, "beside"], [moment, text]]
    body = {"streams": [{"stream": labels, "values": values}]}
    refused = stack.post("loki", "/loki/api/v1/push", json=body)
    assert refused.status_code == 400 and words in refused.text
    assert not labels or lines(stack, f'{{job="{labels["job"]}"}}') == ["beside"]


@pytest.fixture
def tail(stack: Stack) -> Iterator[Any]:
    with stack.client.websocket(
        stack.url("loki").replace("http", "ws") + "/loki/api/v1/tail", params={"query": '{job="tailed"}'}
    ) as socket:
        yield socket


def test_the_tail_delivers_what_is_pushed(stack: Stack, tail: Any) -> None:
    body = {"streams": [{"stream": {"job": "tailed"}, "values": [[str(time.time_ns()), "seen"]]}]}
    assert stack.post("loki", "/loki/api/v1/push", json=body).status_code == 204
    frame = json.loads(tail.receive_text(timeout=patient(DEADLINE)))
    assert frame["dropped_entries"] is None
    assert frame["streams"][0]["values"][0][1] == "seen"


def test_the_backends_socket_answers_a_ping(stack: Stack) -> None:
    with stack.client.websocket(stack.url("backend").replace("http", "ws") + "/ws") as socket:
        assert json.loads(socket.receive_text(timeout=patient(DEADLINE)))["type"] == "connection"
        socket.send_text('{"type": "ping"}')
        assert json.loads(socket.receive_text(timeout=patient(DEADLINE)))["type"] == "pong"


def test_figures_move(stack: Stack) -> None:
    first = stack.get("node-exporter", "/metrics").text
    wait_for(lambda: stack.get("node-exporter", "/metrics").text != first)


def test_all_listen_within_the_bound(stack: Stack) -> None:
    """Every HTTP service of the table answers some path with 200."""
    paths = {
        "grafana": "/api/health",
        "cadvisor": "/healthz",
        "redis-exporter": "/metrics",
        "frontend": "/_stcore/health",
        "portainer": "/api/status",
        "ollama": "/api/tags",
        "neo4j": "/",
        "qdrant": "/readyz",
    }
    assert {name: stack.get(name, path).status_code for name, path in paths.items()} == dict.fromkeys(
        paths, 200
    )


class Buckets:
    """The buckets of one histogram: 10 below 0.1, 40 below 0.5, 80 below 1, 100 in all."""

    def select(self, matches: Any, at: float) -> Vector:
        counts = {"0.1": 10.0, "0.5": 40.0, "1": 80.0, "+Inf": 100.0}
        return [
            ({"__name__": "took_bucket", "job": "api", "le": bound}, count) for bound, count in counts.items()
        ]

    def over(self, function: str, matches: Any, at: float, seconds: float) -> Vector:
        return self.select(matches, at)


@pytest.mark.parametrize(("share", "expected"), [("0.05", 0.05), ("0.5", 0.625), ("0.8", 1.0), ("0.99", 1.0)])
def test_histogram_quantile_interpolates_as_prometheus_does(share: str, expected: float) -> None:
    words = f"histogram_quantile({share}, sum by (job, le) (rate(took_bucket[5m])))"
    assert Parser(words, Buckets(), 0.0).evaluate() == [({"job": "api"}, pytest.approx(expected))]


def test_histogram_quantile_wants_a_number_first() -> None:
    with pytest.raises(PromQlError, match="expected type scalar"):
        Parser("histogram_quantile(took_bucket, 0.5)", Buckets(), 0.0).evaluate()


def test_requests_of_a_slow_backend_took_long_and_stay_in_its_histogram(stack: Stack) -> None:
    def below(bound: str) -> float:
        (series,) = query(stack, f'http_request_duration_seconds_bucket{{le="{bound}"}}')
        return float(series["value"][1])

    stack.get("backend", "/health")
    wait_for(lambda: below("+Inf") > 0)
    stack.fault("backend", "slow=1")
    before = below("0.5"), below("+Inf")
    for _ in range(8):
        stack.get("backend", "/health")
    wait_for(lambda: below("+Inf") >= before[1] + 8)
    assert below("0.5") - before[0] < 8 / 2, "most of them took longer"
    stack.fault("backend", None)
    after = below("+Inf")
    wait_for(lambda: below("+Inf") >= after)
    assert below("0.5") >= before[0], "a counter never falls"
