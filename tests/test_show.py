"""`sutaz-tui show`: the rows of a view without a screen."""

import csv
import io
import json
from collections.abc import Iterator

import pytest

from tests.running import Simulated, command, simulated


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


def show(stack: Simulated, *words: str) -> tuple[int, str, str]:
    done = command("show", *words, "-c", str(stack.demo.path), env=stack.demo.environ)
    return done.returncode, done.stdout, done.stderr


def test_text_json_and_csv_are_the_same_rows(stack: Simulated) -> None:
    code, text, _ = show(stack, "queues")
    assert code == 0 and text.startswith("QUEUES   13   trouble first\n")
    code, told, _ = show(stack, "queues", "--format", "json")
    whole = json.loads(told)
    assert code == 0 and list(whole) == ["name", "at", "trouble", "total", "rows"]
    assert (whole["name"], whole["trouble"], whole["total"]) == ("queues", "", 13)
    assert all(isinstance(row["ready"], int) and isinstance(row["in"], float) for row in whole["rows"])
    code, table, _ = show(stack, "queues", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["name"] for row in rows} == {row["name"] for row in whole["rows"]}
    assert list(rows[0]) == list(whole["rows"][0]), "columns are called the same"
    assert all(row["name"] in text for row in rows)


def test_what_cannot_be_had_is_exit_code_1_and_a_sentence(stack: Simulated) -> None:
    stack.fault("rabbitmq-management", "refuse")
    try:
        code, told, words = show(stack, "queues")
        assert code == 1 and not told and "refused" in words
        code, told, _ = show(stack, "queues", "--format", "json")
        assert code == 1 and "refused" in json.loads(told)["trouble"]
    finally:
        stack.fault("rabbitmq-management", None)


def test_a_view_or_service_that_is_none_is_answered_with_those_that_are(stack: Simulated) -> None:
    code, _, words = show(stack, "queus")
    assert code == 2 and "no view 'queus', expected \"queues\"" in words
    code, _, words = show(stack, "xyz")
    assert code == 2 and "one of queues, consumers, connections, pg-blocking" in words
    code, _, words = show(stack, "queues", "--service", "letta")
    assert code == 2 and "--service takes one of rabbitmq" in words


def test_alerts_are_those_of_all_who_tell_them(stack: Simulated) -> None:
    stack.control("PUT", "/traits/firing_alerts", {"value": ["HighLatency", *["TargetDown"] * 5]})
    try:
        code, told, _ = show(stack, "alerts", "--format", "json")
        rows = {row["name"]: row for row in json.loads(told)["rows"]}
        assert code == 0 and {name: row["count"] for name, row in rows.items()} == {
            "HighLatency": 1,
            "TargetDown": 5,
        }
        assert all(isinstance(row["age"], float) and row["since"].endswith("+00:00") for row in rows.values())
        one = rows["HighLatency"]
        assert (one["expression"], one["sign"], one["threshold"]) == ("node_load1 > 0.1", ">", 0.1)
        assert isinstance(one["value"], float) and one["value"] > 0.1, "what it measures now"
        assert "value" not in rows["TargetDown"], "it has no values for its labels"
        code, text, _ = show(stack, "alerts")
        assert code == 0 and text.startswith("ALERTS   2   6 firing; all: cluster=sutazai\n")
        assert "THRESHOLD" in text and "node_load1 > 0.1" in text
        stack.fault("prometheus", "refuse")
        assert show(stack, "alerts")[0] == 0 and "Prometheus is DOWN" in show(stack, "alerts")[1]
        stack.fault("alertmanager", "503")
        code, text, said = show(stack, "alerts")
        assert (code, text) == (1, "") and said
    finally:
        stack.control("DELETE", "/faults")
        stack.control("PUT", "/scenario", {"scenario": "healthy"})
    assert show(stack, "alerts", "--service", "prometheus")[0] == 2


def test_pg_blocking_is_a_tree_in_text_and_numbers_in_json(stack: Simulated) -> None:
    assert show(stack, "pg-blocking")[1].startswith("BLOCKING   0   nobody waits for a lock, ")
    stack.control("PUT", "/traits/postgres_figures", {"value": ["blocked:2"]})
    try:
        code, text, _ = show(stack, "pg-blocking")
        assert code == 0 and "2 waiting, " in text
        assert [line[:10].rstrip() for line in text.splitlines()[2:]] == ["! 4312", "✗ └ 4313", "✗   └ 4314"]
        rows = json.loads(show(stack, "pg-blocking", "--format", "json")[1])["rows"]
        assert [row["pid"] for row in rows] == [4312, 4313, 4314]
        stack.fault("postgres", "refuse")
        code, text, words = show(stack, "pg-blocking")
        assert code == 1 and not text and "refused" in words
    finally:
        stack.control("DELETE", "/faults")
        stack.control("PUT", "/scenario", {"scenario": "healthy"})


def test_pg_activity_marks_what_waits_and_what_is_idle_in_a_transaction(stack: Simulated) -> None:
    code, text, _ = show(stack, "pg-activity")
    assert code == 0 and "running" in text and " connections   longest transaction first" in text
    stack.control("PUT", "/traits/postgres_figures", {"value": ["idle_in_transaction:1"]})
    try:
        text = show(stack, "pg-activity")[1]
        assert ", 1 idle in transaction   " in text
        marked = [line for line in text.splitlines() if line.startswith("!")]
        assert len(marked) == 1 and "idle in tx" in marked[0]
    finally:
        stack.control("PUT", "/scenario", {"scenario": "healthy"})


def test_pg_databases_are_sizes_as_numbers_in_json(stack: Simulated) -> None:
    code, text, _ = show(stack, "pg-databases")
    assert code == 0 and text.startswith("DATABASES   3   largest first\n") and "jarvis_ai" in text
    rows = json.loads(show(stack, "pg-databases", "--format", "json")[1])["rows"]
    assert all(isinstance(row["size"], int) and row["hits"] <= 100 for row in rows)


def test_redis_slowlog_is_there_in_the_simulated_stack(stack: Simulated) -> None:
    code, text, _ = show(stack, "redis-slowlog")
    assert code == 0 and "newest first" in text.splitlines()[0] and " ms " in text and " ago" not in text


def test_redis_clients_are_told_of_the_simulated_stack(stack: Simulated) -> None:
    code, text, words = show(stack, "redis-clients")
    assert code == 0 and " clients   most memory first" in text, words
    assert len(text.splitlines()) > 5 and "172.20.0.40:51234" in text
