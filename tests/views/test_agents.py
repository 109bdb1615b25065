"""The agents side by side, on the simulated stack."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sutaz_tui.probes.exposition import Sample, quantile
from tests.running import Simulated, simulated
from tests.test_show import show


@pytest.fixture
def stack() -> Iterator[Simulated]:
    with simulated() as made:
        yield made


def rows(stack: Simulated) -> dict[str, dict[str, Any]]:
    code, told, errors = show(stack, "agents", "--format", "json")
    assert code == 0, errors
    return {row["agent"]: row for row in json.loads(told)["rows"]}


def test_each_agent_tells_its_model_and_figures_and_sets_nothing_off(stack: Simulated) -> None:
    found = rows(stack)
    asked = {(one["endpoint"], one["path"]) for one in stack.control("GET", "/requests")}
    assert len(found) == 8 and {row["model"] for row in found.values()} == {"tinyllama"}
    letta = found["Letta"]
    assert letta["requests"] >= 1 and letta["errors"] == 0 and 0 < letta["p95"] < 10
    assert letta["state"] == "answers" and "bridge" in letta["known"] and letta["readers"] == 1
    assert "tasks" not in found["Documind"], "it has no queue"
    assert ("letta", "/metrics") in asked and not [path for name, path in asked if name == "ollama-agents"]


def test_what_is_wrong_with_an_agent_stands_in_its_row(stack: Simulated) -> None:
    stack.fault("letta", "refuse")
    stack.control("PUT", "/traits/queues_have_consumers", {"value": False})
    found = rows(stack)
    assert "refused" in found["Letta"]["state"] and "model" not in found["Letta"]
    assert "in trouble" in show(stack, "agents")[1]
    waiting = [row for row in found.values() if row.get("tasks")]
    assert waiting and all("nobody reads" in row["state"] for row in waiting if row["agent"] != "Letta")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"0.1": 0, "1": 100, "+Inf": 100}, 0.955),
        ({"0.1": 100, "1": 100, "+Inf": 100}, 0.095),
        ({"0.1": 0, "+Inf": 10}, 0.1),
        ({"0.1": 0, "+Inf": 0}, None),
        ({"nonsense": 5}, None),
        ({}, None),
    ],
)
def test_a_quantile_is_read_as_prometheus_reads_it(counts: dict[str, float], expected: float | None) -> None:
    found = quantile(0.95, [Sample("x_bucket", count, {"le": bound}) for bound, count in counts.items()])
    assert found == (None if expected is None else pytest.approx(expected))
