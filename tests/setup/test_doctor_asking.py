"""`doctor --ask`: services found by their own answers, and no login given to anybody."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from sutaz_tui.config import trace
from sutaz_tui.demo.stack import Demo
from sutaz_tui.setup.diagnosis import Diagnosis, diagnosed
from sutaz_tui.setup.mending import mended
from tests.servers.waiting import patient
from tests.setup.test_doctor import AT, SEED, moved, run, stack

__all__ = ["stack"]

SHY = ("postgres", "redis", "rabbitmq")


def told(stack: Demo, text: str, folder: Path) -> tuple[Diagnosis, str]:
    """What asking at the ports of this stack tells where no Docker answers, and the text mended by it."""
    file = folder / "mine.yaml"
    file.write_text(re.sub(r"unix:[^\s\"',}]+", f"unix://{folder}/none.sock", text))
    traced = trace(None, file, stack.environ)
    httpx2.post(f"{stack.control}/control/counts/reset")
    found = asyncio.run(diagnosed(traced.config, {}, True, list(AT.values())))
    change = mended(traced, found.found)
    after = change.files[0].after if change.files else file.read_text()
    return found, re.sub(r"unix:[^\s\"',}]+", "", after)


def counts(stack: Demo) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = httpx2.get(f"{stack.control}/control/counts").json()
    return found


def without_sockets(text: str) -> str:
    return re.sub(r"unix:[^\s\"',}]+", "", text)


def test_without_docker_all_that_the_documents_have_wrong_is_found_by_who_answers(
    stack: Demo, tmp_path: Path
) -> None:
    text = moved(stack.text, {AT[name]: port for name, port in SEED.items()})
    found, after = told(stack, text, tmp_path)
    places = {one.id: one.to.rpartition(":")[2] for one in found.found if one.to}
    assert places == {name.removesuffix("-admin"): str(AT[name]) for name in SEED} | {
        "host": str(AT["node-exporter"])
    }
    assert after == without_sockets(stack.text)


def test_nobody_is_given_a_login_and_who_logs_strangers_is_not_even_dialled(
    stack: Demo, tmp_path: Path
) -> None:
    told(stack, moved(stack.text, {AT[name]: port for name, port in SEED.items()}), tmp_path)
    seen = counts(stack)
    assert {name for name, one in seen.items() if one["credentials"]} == set()
    assert {name for name in SHY if seen.get(name, {}).get("connections")} == set()
    file = tmp_path / "well.yaml"
    file.write_text(stack.text)
    assert run(stack, tmp_path, "status", "-c", str(file)).returncode == 0
    after = counts(stack)
    given = {name for name, one in after.items() if one["credentials"]}
    assert given >= {"postgres", "rabbitmq", "rabbitmq-management"}, "those that are given are counted"


def test_two_agents_that_were_swapped_are_told_by_their_names(stack: Demo, tmp_path: Path) -> None:
    letta, crewai = AT["letta"], AT["crewai"]
    found, after = told(stack, moved(stack.text, {letta: crewai, crewai: letta}), tmp_path)
    assert {one.id for one in found.found} == {"letta", "crewai"}
    assert after == without_sockets(stack.text)


def test_of_two_that_answer_alike_none_is_chosen(stack: Demo, tmp_path: Path) -> None:
    text = moved(stack.text, {AT["ollama"]: 1})
    found, after = told(stack, text, tmp_path)
    [one] = found.found
    assert one.id == "ollama" and (one.to == "" or one.to.endswith(str(AT["ollama"])))
    if not one.to:
        assert "which is meant is not known" in one.words and after == without_sockets(text)


def test_what_docker_publishes_is_asked_for_a_proof(stack: Demo, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    ports = {AT[name]: port for name, port in SEED.items()}
    file.write_text(moved(stack.text, {**ports, AT["postgres"]: 1, AT["redis"]: 2, AT["rabbitmq"]: 3}))
    httpx2.post(f"{stack.control}/control/counts/reset")
    shown = run(stack, tmp_path, "doctor", "--ask", "--write", "-c", str(file))
    assert shown.returncode == 0, shown.stderr
    lines = {line.split()[0]: line for line in shown.stdout.splitlines() if "  -> " in line}
    for name in ("postgres", "redis", "rabbitmq"):
        assert "not asked: by the published port alone" in lines[name]
    for name in ("crewai", "prometheus", "loki", "consul", "kong", "node-exporter"):
        assert "there; it answers there" in lines[name], lines[name]
    assert file.read_text() == stack.text
    assert "it answers there as CrewAI" in lines["crewai"]
    assert "never with a login" in shown.stderr and "asking, without a login" in shown.stderr
    seen = counts(stack)
    assert sum(one["credentials"] for one in seen.values()) == 0
    assert [name for name in SHY if seen.get(name, {}).get("connections")] == []


@pytest.mark.parametrize("who", ["hang", "refuse"])
def test_where_nobody_is_it_says_so_and_changes_nothing(stack: Demo, tmp_path: Path, who: str) -> None:
    httpx2.put(f"{stack.control}/control/faults/crewai", json={"fault": who})
    try:
        text = moved(stack.text, {AT["crewai"]: 1})
        found, after = told(stack, text, tmp_path)
    finally:
        httpx2.delete(f"{stack.control}/control/faults")
    assert [(one.id, one.to) for one in found.found] == [("crewai", "")]
    assert "nobody answers as it" in found.found[0].words and after == without_sockets(text)


def test_what_consul_says_otherwise_is_told_and_not_believed(stack: Demo, tmp_path: Path) -> None:
    consul = f"http://127.0.0.1:{AT['consul']}/v1/agent/service"
    entry = {"ID": "crewai", "Name": "crewai", "Address": "localhost", "Port": AT["letta"]}
    httpx2.put(f"{consul}/register", json=entry)
    try:
        found, _ = told(stack, moved(stack.text, {AT["crewai"]: 8002, AT["consul"]: 8500}), tmp_path)
    finally:
        httpx2.put(f"{consul}/deregister/crewai")
    assert {one.id: one.to.rpartition(":")[2] for one in found.found} == {
        "crewai": str(AT["crewai"]),
        "consul": str(AT["consul"]),
    }
    assert f"consul says that crewai is at {AT['letta']}: letta is there (not used)" in found.notes
    assert not any("says that" in words for words in told(stack, stack.text, tmp_path)[0].notes)


def test_alone_on_a_host_the_command_finds_all_by_what_listens_there(tmp_path: Path) -> None:
    inside = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*inside, "ip link set lo up"], check=False).returncode
    ):
        pytest.skip("no network namespace can be made here")
    program = f"ip link set lo up; exec {sys.executable} -m tests.programs.doctor_alone {tmp_path}"
    ended = subprocess.run(
        [*inside, program], capture_output=True, text=True, timeout=patient(300), check=False
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert set(told["found"]) == {name.removesuffix("-admin") for name in SEED} | {"host"}, told
    assert told["is_mended"] and told["code"] == 0, told
    assert (told["credentials"], told["dialled"]) == (0, [])
