"""`doctor` on the simulated stack's Docker: what is not where the config says, and the config mended."""

import asyncio
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sutaz_tui.config import trace
from sutaz_tui.demo.stack import Demo
from sutaz_tui.setup.docker_here import services_by_source
from sutaz_tui.setup.mending import Changed, mended, write
from sutaz_tui.setup.misplaced import misplaced
from sutaz_tui.setup.seen import Seen
from sutaz_tui.simulator.ports import PORTS
from tests.servers.waiting import patient

SEED = {
    "prometheus": 9090, "grafana": 3000, "loki": 3100, "node-exporter": 9100, "consul": 8500, "kong-admin": 8001,
    "letta": 8001, "crewai": 8002, "aider": 8003, "langchain": 8004, "finrobot": 8005, "shellgpt": 8006,
    "documind": 8007, "gpt-engineer": 8008,
}  # fmt: skip
"""Ports that a stack's own documents named, and nobody published."""

AT: dict[str, int] = {}
"""Where the endpoints of the stack listen."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Demo]:
    demo = Demo("healthy")
    AT.update({name: demo.port(name) for name, own in PORTS.items() if own})
    with demo:
        demo.wait()
        yield demo


@pytest.fixture(scope="module")
def seen(stack: Demo) -> list[Seen]:
    told = asyncio.run(services_by_source(stack.config(), {}))
    assert len(told) == 1 and isinstance(told[0].services, list)
    return told[0].services


def moved(text: str, ports: dict[int, int]) -> str:
    """A config with other ports at this host."""
    return re.sub(
        r"127\.0\.0\.1:(\d+)", lambda found: f"127.0.0.1:{ports.get(int(found[1]), int(found[1]))}", text
    )


def run(stack: Demo, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {
        **os.environ,
        **stack.environ,
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "HOME": str(tmp_path),
    }
    command = [sys.executable, "-m", "sutaz_tui", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=patient(120), env=environ, cwd=tmp_path, check=False
    )


def asked(stack: Demo) -> set[str]:
    """The endpoints that somebody opened a connection to or asked."""
    counts = httpx2.get(f"{stack.control}/control/counts").json()
    return {name for name, count in counts.items() if count["connections"] or count["requests"]}


def test_a_stack_at_the_ports_of_its_documents_is_mended_without_a_packet_to_it(
    stack: Demo, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(moved(stack.text, {AT[name]: port for name, port in SEED.items()}))
    httpx2.post(f"{stack.control}/control/counts/reset")
    shown = run(stack, tmp_path, "doctor", "-c", str(file))
    assert shown.returncode == 1, shown.stderr
    told = {tuple(line.split()[:4]) for line in shown.stdout.splitlines() if "  -> " in line}
    wanted = {
        (name.removesuffix("-admin"), f"127.0.0.1:{port}", "->", f"{AT[name]}") for name, port in SEED.items()
    }
    assert told == wanted | {("host", "127.0.0.1:9100", "->", f"{AT['node-exporter']}")}
    assert "Docker publishes sutazai-crewai:8000 there" in shown.stdout
    assert file.read_text() != stack.text
    written = run(stack, tmp_path, "doctor", "-c", str(file), "--write")
    assert written.returncode == 0, written.stderr
    assert asked(stack) == {"docker", "control"}, "no service was asked"
    assert file.read_text() == stack.text, "no other text is touched"
    assert "no fault" in run(stack, tmp_path, "config", "check", "-c", str(file)).stdout
    assert run(stack, tmp_path, "status", "-c", str(file)).returncode == 0
    assert set(SEED) < asked(stack), "what asks them is counted"
    again = run(stack, tmp_path, "doctor", "-c", str(file))
    assert again.returncode == 0 and "no address is wrong" in again.stderr


def test_a_red_row_says_where_docker_publishes_it(stack: Demo, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(moved(stack.text, {AT["crewai"]: 8002, AT["prometheus"]: 9090}))
    shown = run(stack, tmp_path, "status", "-c", str(file), "--format", "json")
    rows = {row["id"]: row["summary"] for row in json.loads(shown.stdout)["services"]}
    assert rows["crewai"].endswith(f"; Docker publishes it at :{AT['crewai']}")
    assert rows["prometheus"].endswith(f"; Docker publishes it at :{AT['prometheus']}")
    assert sum("publishes it" in summary for summary in rows.values()) == 2


def test_who_needs_whom_otherwise_than_compose_says_is_told(stack: Demo, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(stack.text)
    well = run(stack, tmp_path, "doctor", "-c", str(file))
    assert well.returncode == 0 and "compose says" not in well.stderr
    without = stack.text.replace("depends_on: [prometheus, loki]", "depends_on: [prometheus]")
    turned = without.replace(
        "    source: loki\n    container:", "    source: loki\n    depends_on: [promtail]\n    container:"
    )
    file.write_text(turned.replace("    depends_on: [loki]\n", ""))
    told = run(stack, tmp_path, "doctor", "-c", str(file)).stderr
    assert "grafana: compose says that it needs loki, its depends_on does not" in told
    assert "promtail: compose says that it needs loki, its depends_on has it the other way round" in told
    assert told.count("compose says") == 2 and "no health check: " in told


def test_two_agents_that_were_swapped_are_put_back(stack: Demo, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    letta, crewai = AT["letta"], AT["crewai"]
    file.write_text(moved(stack.text, {letta: crewai, crewai: letta}))
    written = run(stack, tmp_path, "doctor", "-c", str(file), "--write")
    assert written.returncode == 0 and written.stdout.count("  -> ") == 2, written.stdout
    assert file.read_text() == stack.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("neo4j", "neo4j-bolt"),
        ("kong", "kong-admin"),
        ("qdrant", "qdrant-grpc"),
        ("rabbitmq", "rabbitmq-management"),
    ],
)
def test_two_ports_of_one_container_that_were_swapped_are_put_back(
    stack: Demo, seen: list[Seen], tmp_path: Path, one: str, other: str
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(moved(stack.text, {AT[one]: AT[other], AT[other]: AT[one]}))
    traced = trace(None, file, stack.environ)
    found = misplaced(traced.config, seen, "127.0.0.1", "Docker").found
    assert len(found) == 2, found
    assert mended(traced, found).files[0].after == stack.text


def test_a_host_whose_exporter_stands_in_anothers_place_is_found_with_it(
    stack: Demo, seen: list[Seen], tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(moved(stack.text, {AT["node-exporter"]: AT["postgres-exporter"]}))
    traced = trace(None, file, stack.environ)
    found = misplaced(traced.config, seen, "127.0.0.1", "Docker").found
    assert {one.id for one in found} == {"node-exporter", "host"}
    assert mended(traced, found).files[0].after == stack.text


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_ports_that_were_moved_at_random_are_all_found(
    stack: Demo, seen: list[Seen], tmp_path: Path, data: st.DataObject
) -> None:
    own = {port: {p for _, p in one.published.values()} for one in seen for _, port in one.published.values()}
    there = sorted(set(map(int, re.findall(r"127\.0\.0\.1:(\d+)", stack.text))) & set(own))
    chosen = data.draw(st.lists(st.sampled_from(there), unique=True, min_size=1))
    to = st.sampled_from(there) | st.integers(1, 65535)
    drawn = data.draw(st.lists(to, unique=True, min_size=len(chosen), max_size=len(chosen)))
    # A port of its own container's may be meant, unless all that is asked there is known to be otherwise.
    both = {old for old in chosen if len(own[old] & set(there)) > 1}
    ports = {
        old: new
        for old, new in zip(chosen, drawn, strict=True)
        if new != old and (new not in own[old] or old in both)
    }
    file = tmp_path / "moved.yaml"
    file.write_text(moved(stack.text, ports))
    traced = trace(None, file, stack.environ)
    found = misplaced(traced.config, seen, "127.0.0.1", "Docker").found
    change = mended(traced, found)
    assert change.by_hand == () and all(one.to for one in found)
    text = change.files[0].after if change.files else file.read_text()
    assert text == stack.text
    assert bool(found) == bool(ports)


COMPOSE = """services:
  web: {image: nginx, ports: ["8080:80"]}
  db: {image: postgres, ports: ["127.0.0.1:15432:5432"]}
  two: {image: own, ports: ["7001:1", "7002:2"]}
  proxy: {image: "traefik:v3", ports: ["80:80"]}
"""


def told(tmp_path: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`doctor` on a config, by a compose file alone."""
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    with (tmp_path / "mine.yaml").open("w", newline="") as file:
        file.write(text)
    environ = {**os.environ, "HOME": str(tmp_path), "DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    return subprocess.run(
        [sys.executable, "-m", "sutaz_tui", "doctor", "-c", "mine.yaml", *words],
        capture_output=True, text=True, timeout=patient(120), env=environ, cwd=tmp_path, check=False,
    )  # fmt: skip


def test_where_no_docker_answers_the_compose_file_tells_and_the_writing_stays(tmp_path: Path) -> None:
    text = (
        "services:  # mine\r\n  web: {kind: http, address: 'http://localhost:81/a?b=1'} # why\r\n"
        '  db: {kind: postgres,   address: "127.0.0.1:5432"}\r\n'
    )
    ended = told(tmp_path, text, "--write")
    assert ended.returncode == 0, ended.stderr
    assert "db   127.0.0.1:5432  -> 15432  compose.yaml publishes db:5432 there" in ended.stdout
    assert "none.sock" in ended.stderr, "that Docker did not answer is said"
    with (tmp_path / "mine.yaml").open(newline="") as file:
        assert file.read() == text.replace("localhost:81", "localhost:8080").replace(":5432", ":15432")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            "web: {kind: http, address: 'http://127.0.0.1:${PORT:-81}/'}",
            "by hand: line 2 takes it from outside",
        ),
        ("two: {kind: http, address: 'http://127.0.0.1:7003/'}", "which of them is meant is not known"),
    ],
)
def test_what_cannot_be_mended_for_sure_is_told_and_left(tmp_path: Path, entry: str, words: str) -> None:
    text = f"services:\n  {entry}\n"
    ended = told(tmp_path, text, "--write")
    assert ended.returncode == 1 and words in ended.stdout + ended.stderr
    assert (tmp_path / "mine.yaml").read_text() == text


@pytest.mark.parametrize("address", ["https://web.example/", "http://192.0.2.7:81/", "http://127.0.0.1/web"])
def test_an_address_that_may_lead_there_by_another_way_is_let_be(tmp_path: Path, address: str) -> None:
    db = "  db: {kind: postgres, address: '127.0.0.1:15432'}\n"
    ended = told(tmp_path, f"services:\n  web: {{kind: http, address: '{address}'}}\n{db}")
    assert ended.returncode == 0 and ended.stdout == "", ended.stdout
    assert "not compared: web" in ended.stderr and "no address is wrong: 1 service compared" in ended.stderr


def test_where_nothing_could_be_compared_nothing_is_called_well(tmp_path: Path) -> None:
    ended = told(tmp_path, "services: [{id: shop, kind: http, address: 'https://shop.example'}]\n")
    assert ended.returncode == 2 and "nothing could be compared" in ended.stderr


def test_what_an_included_file_says_is_mended_there(tmp_path: Path) -> None:
    (tmp_path / "db.yaml").write_text(
        'services: [{id: db, kind: postgres, address: "127.0.0.1:5432"}]  # own\n'
    )
    text = "include: db.yaml\nservices: [{id: web, kind: http, address: 'http://127.0.0.1:8080'}]\n"
    ended = told(tmp_path, text, "--write")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (tmp_path / "mine.yaml").read_text() == text
    assert ":15432" in (tmp_path / "db.yaml").read_text()


def test_a_text_that_stands_for_several_services_is_left_to_people(tmp_path: Path) -> None:
    text = (
        "x-base: &base {kind: http, address: 'http://127.0.0.1:81/'}\n"
        "services:\n  web: {<<: *base}\n  other: {<<: *base}\n"
    )
    ended = told(tmp_path, text, "--write")
    assert ended.returncode == 1 and "stands for several services" in ended.stderr
    assert (tmp_path / "mine.yaml").read_text() == text


def test_a_config_that_changed_since_it_was_read_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine: new\n")
    with pytest.raises(OSError, match="look again"):
        write(Changed(file, "mine: old\n", "mine: other\n"))
    assert file.read_text() == "mine: new\n" and len(list(tmp_path.iterdir())) == 1


def test_at_a_terminal_it_asks_before_it_writes(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    file = tmp_path / "mine.yaml"
    text = "services:\n  db: {kind: postgres, address: '127.0.0.1:5432'}\n"
    environ = {**os.environ, "HOME": str(tmp_path), "DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    for answer, wanted, code in (("n", text, 1), ("y", text.replace(":5432", ":15432"), 0)):
        file.write_text(text)
        ours, theirs = pty.openpty()
        os.write(ours, f"{answer}\n".encode())
        command = [sys.executable, "-m", "sutaz_tui", "doctor", "-c", str(file)]
        with subprocess.Popen(
            command, cwd=tmp_path, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
        ) as process:
            os.close(theirs)
            said = _all_of(ours)
        assert process.returncode == code and "apply 1 change? [y/N]" in said, said
        assert file.read_text() == wanted


def _all_of(terminal: int) -> str:
    said = b""
    with suppress(OSError):  # so a terminal ends that nobody has open any more
        while data := os.read(terminal, 4096):
            said += data
    os.close(terminal)
    return said.decode()


@pytest.mark.parametrize("command", ["doctor", "discover"])
def test_the_docker_of_a_config_that_nobody_trusted_is_not_asked(tmp_path: Path, command: str) -> None:
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
    ssh.chmod(0o755)
    text = (
        "sources: {docker: {url: ssh://elsewhere}}\nservices: [{id: docker, kind: docker, source: docker}]\n"
    )
    (tmp_path / "sutaz-tui.yaml").write_text(text)
    path = f"{ssh.parent}:{os.environ['PATH']}"
    environ = {**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "PATH": path}
    words = [sys.executable, "-m", "sutaz_tui", command]
    ended = subprocess.run(
        words, capture_output=True, text=True, timeout=patient(120), env=environ, cwd=tmp_path, check=False
    )
    assert ended.returncode == 2 and "not trusted" in ended.stderr
    assert not (tmp_path / "was-run").exists()
