"""`init` and `discover` as commands, on the Docker of the simulated stack."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaz_tui.config import load
from sutaz_tui.demo.stack import Demo
from sutaz_tui.setup.differing import difference
from sutaz_tui.setup.entries import entries_of
from sutaz_tui.setup.seen import Seen
from sutaz_tui.setup.writing import config_text
from tests.servers.waiting import patient


@pytest.fixture(scope="module")
def docker() -> Iterator[str]:
    """The URL of the simulated stack's Docker."""
    stack = Demo("healthy")
    try:
        url = next(source.url for source in stack.config().sources.values() if source.url.startswith("unix:"))
        stack.start()
        asyncio.run(stack.listening())
        yield url
    finally:
        stack.close()


def run(tmp_path: Path, *words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path)}
    environ.pop("DOCKER_HOST", None)
    command = [sys.executable, "-m", "sutaz_tui", *words]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=patient(120),
        env=environ,
        cwd=folder or tmp_path,
        check=False,
    )


def test_a_board_of_what_docker_runs_is_true_without_a_line_of_yaml(docker: str, tmp_path: Path) -> None:
    made = tmp_path / "made.yaml"
    ended = run(tmp_path, "init", "--docker", docker, "-o", str(made))
    assert ended.returncode == 0, ended.stderr
    assert "31 services of projects agents, mcp-bridge, sutazaiapp" in ended.stderr
    assert "nothing was sent to any of them" in ended.stderr
    assert made.stat().st_mode & 0o777 == 0o600
    assert "no fault" in run(tmp_path, "config", "check", "-c", str(made)).stdout
    states = json.loads(run(tmp_path, "status", "-c", str(made), "--format", "json").stdout)["services"]
    assert len(states) == 32
    assert {one["id"]: one["status"] for one in states if one["status"] != "up"} == {}
    of_stack = ("api", "databases", "infrastructure", "mcp", "messaging")
    checked = json.loads(run(tmp_path, "check", "-c", str(made), *of_stack, "--format", "json").stdout)[
        "results"
    ]
    assert len(checked) > 100
    assert [(one["id"], one["message"]) for one in checked if one["outcome"] in ("fail", "error")] == []
    skipped = {one["id"]: one["message"] for one in checked if one["outcome"] == "skip"}
    assert skipped["api.flag.rabbitmq"] == "no address of rabbitmq in this config"
    assert (
        skipped["messaging.kong.unknown"] == "no address of its proxy: set services.kong.proxy in the config"
    )
    text = made.read_text()
    assert "depends_on: [ollama]" in text and "depends_on: [prometheus, loki]" in text
    assert "{id: agents, title: agents}" in text
    same = run(tmp_path, "discover", "-c", str(made))
    assert same.returncode == 0 and "nothing differs" in same.stderr
    again = run(tmp_path, "init", "--docker", docker, "-o", str(made))
    assert again.returncode == 2 and "is there already" in again.stderr


@pytest.mark.parametrize("is_list", [True, False])
def test_what_runs_and_is_not_in_a_config_is_a_diff_that_write_applies(
    docker: str, tmp_path: Path, is_list: bool
) -> None:
    made = tmp_path / "made.yaml"
    mine = (
        "id: engine, kind: docker, source: docker",
        "id: redis, kind: container, container: sutazai-redis",
    )
    if is_list:
        own = "".join(f"  - {{{one}}}  # mine\n" for one in mine)
        own += "  - id: gone\n    kind: container\n    container: was-here\n"
    else:
        own = "".join(f"  {one[4:].replace(', ', ': {', 1)}}}  # mine\n" for one in mine)
        own += "  gone:\n    kind: container\n    container: was-here\n"
    text = f"# my own words\nsources:\n  docker: {{url: '{docker}'}}\nservices:\n{own}\n# the end\nlogs: {{height: 10}}\n"
    made.write_text(text)
    shown = run(tmp_path, "discover", "-c", str(made))
    assert shown.returncode == 1, shown.stderr
    assert "gone: its container is gone" in shown.stderr and made.read_text() == text
    added = [
        line for line in shown.stdout.splitlines() if line.startswith("+") and not line.startswith("+++")
    ]
    taken = [
        line for line in shown.stdout.splitlines() if line.startswith("-") and not line.startswith("---")
    ]
    assert taken == [] and any("sutazai-letta" in line for line in added)
    assert not any("sutazai-redis," in line or "sutazai-redis}" in line for line in added)
    assert run(tmp_path, "discover", "-c", str(made), "--write").returncode == 0
    after = made.read_text()
    for line in text.splitlines():
        assert line in after.splitlines(), "nobody's line is touched"
    assert "no fault" in run(tmp_path, "config", "check", "-c", str(made)).stdout, after


def test_where_nothing_is_found_it_says_where_to_look(tmp_path: Path) -> None:
    if Path("/var/run/docker.sock").is_socket() or Path("/run/podman/podman.sock").is_socket():
        pytest.skip("this machine runs a Docker of its own")
    nothing = run(tmp_path, "init")
    assert nothing.returncode == 2 and "--from compose FILE" in nothing.stderr
    (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx, ports: ['8080:80']}}\n")
    found = run(tmp_path, "init")
    assert f"1 service of project {tmp_path.name}: " in found.stderr
    assert found.returncode == 0 and "http://127.0.0.1:8080/" in found.stdout
    refused = run(tmp_path, "init", "--docker", "unix:///nowhere.sock")
    assert refused.returncode == 2 and "Traceback" not in refused.stderr


def test_of_several_dockers_each_is_compared_with_its_own_rows(tmp_path: Path) -> None:
    text = (
        "sources: {a: {url: 'unix:///a.sock'}, b: {url: 'unix:///b.sock'}}\n"
        "services:\n"
        "  docker-a: {kind: docker, source: a}\n"
        "  docker-b: {kind: docker, source: b}\n"
        "  web: {kind: container, container: web, docker: a}\n"
        "  old: {kind: container, container: old, docker: b}\n"
        "  spare: {kind: tcp, address: 'docker://spare:25', docker: b, optional: true}\n"
        "  page: {kind: http, address: 'http://127.0.0.1:8080'}\n"
    )
    file = tmp_path / "two.yaml"
    file.write_text(text)
    config = load(None, file, {})
    web, page = (
        Seen(id=name, image="own", container=name, network="shop", published=ports)
        for name, ports in (("web", {}), ("other", {80: ("127.0.0.1", 8080)}))
    )
    at_a, at_b = difference(config, [web], "a"), difference(config, [web, page], "b")
    assert at_a.missing == () and at_a.gone == ()
    assert [one.id for one in at_b.missing] == ["web"] and at_b.gone == ("old",)
    assert [entry.keys["docker"] for entry in at_b.entries([web, page], "b")] == ["b"]


def test_containers_of_no_project_stand_under_their_network(tmp_path: Path) -> None:
    every = [
        Seen(id="a", image="own", container="a", network="shop net"),
        Seen(id="b", image="own", container="b"),
    ]
    file = tmp_path / "made.yaml"
    file.write_text(config_text(entries_of(every), "unix:///var/run/docker.sock", "made"))
    config = load(None, file, {})
    assert {service.id: service.group for service in config.services} == {
        "docker": "shop-net",
        "a": "shop-net",
        "b": "services",
    }
