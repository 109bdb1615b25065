"""What `init` writes of the simulated stack, beside the built-in config: the same status of every container's service."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from sutaz_tui.config import load
from sutaz_tui.demo.stack import Demo
from tests.setup.test_doctor import run


@pytest.fixture(scope="module")
def stack() -> Iterator[Demo]:
    with Demo("healthy") as demo:
        demo.wait()
        yield demo


def statuses(stack: Demo, folder: Path, file: Path) -> dict[str, str]:
    shown = run(stack, folder, "status", "-c", str(file), "--format", "json")
    return {one["id"]: one["status"] for one in json.loads(shown.stdout)["services"]}


@pytest.mark.parametrize(
    "faults",
    [
        {},
        {
            "redis": "refuse",
            "crewai": "refuse",
            "grafana": "refuse",
            "qdrant": "refuse",
            "rabbitmq": "refuse",
        },
        {"postgres": "hang", "letta": "hang", "loki": "hang", "consul": "hang", "frontend": "hang"},
        {
            "aider": "500",
            "prometheus": "500",
            "alertmanager": "503",
            "kong-admin": "500",
        },
    ],
)
def test_every_status_is_that_of_the_built_in_config(
    stack: Demo, tmp_path: Path, faults: dict[str, str]
) -> None:
    own, made = tmp_path / "own.yaml", tmp_path / "made.yaml"
    own.write_text(stack.text)
    docker = next(one.url for one in stack.config().sources.values() if one.url.startswith("unix:"))
    assert run(stack, tmp_path, "init", "--docker", docker, "-o", str(made)).returncode == 0
    rows = {one.container: one.id for one in load(None, own, stack.environ).services if one.container}
    config = load(None, made, {})
    pairs = {
        one.id: rows[one.container or f"sutazai-{getattr(one, 'service', '')}"]
        for one in config.services
        if one.id != "docker"
    }
    assert len(pairs) == 31
    for endpoint, fault in faults.items():
        httpx2.put(f"{stack.control}/control/faults/{endpoint}", json={"fault": fault}).raise_for_status()
    try:
        wanted, found = statuses(stack, tmp_path, own), statuses(stack, tmp_path, made)
    finally:
        httpx2.delete(f"{stack.control}/control/faults")
    differing = {id: (found[id], wanted[other]) for id, other in pairs.items() if found[id] != wanted[other]}
    assert differing == {}
    assert bool(faults) == any(status != "up" for status in found.values())
