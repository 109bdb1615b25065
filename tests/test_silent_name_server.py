"""A name server that does not answer: nothing is called down for it, and neither keys nor the exit wait for it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.programs.silent_names import PORT
from tests.running import ROOT, environment
from tests.servers.waiting import patient
from tests.terminal import Terminal

ALONE = ("unshare", "--user", "--map-root-user", "--net", "--mount")
PROGRAM = (*ALONE, sys.executable, "-m", "tests.programs.silent_names", sys.executable, "-m", "sutaz_tui")
# Less than the ten seconds that a lookup hangs; a slow machine makes nobody degraded.
SHORT = {"interval": 12, "timeout": 8, "warn": 8}

# One of every way to connect: httpx2, streams, asyncpg, redis-py, AMQP, TLS, and the blocking clients.
OF_EVERY_CLIENT: list[dict[str, Any]] = [
    {"kind": "http", "address": "https://{}:8001"},
    {"kind": "tcp", "address": "{}:8001"},
    {"kind": "tls", "address": "{}:8001"},
    {"kind": "postgres", "address": "{}:5432"},
    {"kind": "postgres", "address": "{}:5432", "user": "u", "password": "${PW}"},
    {"kind": "redis", "address": "{}:6379"},
    {"kind": "rabbitmq", "address": "{}:5672", "source": "rabbitmq"},
    {"kind": "kong", "address": "http://{}:8001"},
    {"kind": "consul", "source": "consul"},
    {"kind": "prometheus", "source": "prometheus"},
    {"kind": "loki", "source": "loki"},
    {"kind": "rabbitmq-queue", "source": "rabbitmq", "queue": "q"},
]


def services() -> list[dict[str, Any]]:
    near = [
        {"id": f"{host[0]}{number}", "kind": "http", "address": f"http://{host}:{PORT}/"}
        for host in ("localhost", "127.0.0.1")
        for number in range(5)
    ]
    far = [
        {
            "id": f"n{number}",
            **one,
            **({"address": one["address"].format(f"n{number}.test")} if "address" in one else {}),
        }
        for number, one in enumerate(OF_EVERY_CLIENT)
    ]
    far += [
        {"id": f"m{number}", "kind": "http", "address": f"http://m{number}.test:{PORT}/"}
        for number in range(25 - len(far))
    ]
    return [{**one, "title": one["id"].upper(), **SHORT} for one in (*far, *near)]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    kinds = {"consul": 8500, "prometheus": 9090, "loki": 3100, "rabbitmq": 15672}
    sources = {kind: {"url": f"http://{kind}.test:{port}"} for kind, port in kinds.items()}
    path = tmp_path / "names.yaml"
    path.write_text(yaml.safe_dump({"env": "prod", "sources": sources, "services": services()}))
    path.chmod(0o600)
    return path


def test_status_calls_nobody_down_and_names_the_one_cause(config: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "status", "--format", "json", "-c", str(config)],
        cwd=ROOT, env=environment({"PW": "sesame"}), capture_output=True, text=True, timeout=patient(60), check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    found = {one["id"]: (one["status"], one["summary"]) for one in told["services"]}
    near = {id: one for id, one in found.items() if id[0] in "l1"}
    far = {id: one for id, one in found.items() if id not in near}
    assert len(near) == 10 and len(far) == 25
    assert {status for status, _ in near.values()} == {"up"}, near
    assert {id: one for id, one in far.items() if one[0] != "unknown"} == {}
    assert {id: one for id, one in far.items() if "the name server does not answer" not in one[1]} == {}
    [cause] = told["causes"]
    assert (cause["id"], set(cause["affected"])) == ("dns:name server", set(far))


def test_keys_are_heard_and_it_ends_at_once_while_names_hang(config: Path) -> None:
    with Terminal("-c", str(config), columns=140, rows=45, env={"PW": "sesame"}, program=PROGRAM) as terminal:
        terminal.wait_for("✓ 10")
        terminal.wait_for("? 25")
        text = terminal.wait_for("the name server does not answer since")
        assert "✗ 0" in text.split("\n")[0]
        before = [row for row in text.split("\n") if ">" in row]
        terminal.press("j")
        # The lookups hang for ten seconds: what is heard before the deadline of this wait does not wait for them.
        terminal.wait_for(lambda text: [row for row in text.split("\n") if ">" in row] != before, 4)
        terminal.press("Q")
        assert terminal.wait_end(4) == 0
