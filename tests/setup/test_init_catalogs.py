"""`init` from a Consul and a Prometheus of the simulated stack, and `init --ask`."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import yaml

from sutaz_tui.demo.stack import Demo
from sutaz_tui.setup.asked_once import asked_once
from sutaz_tui.setup.entries import entries_of
from sutaz_tui.setup.seen import Seen
from tests.setup.test_init_end_to_end import run
from tests.web import Reply, web_server


@pytest.fixture(scope="module")
def stack() -> Iterator[Demo]:
    with Demo("healthy") as demo:
        demo.wait()
        yield demo


def at(stack: Demo, name: str) -> str:
    return f"http://127.0.0.1:{stack.port(name)}"


def made(tmp_path: Path, *words: str) -> tuple[dict[str, dict[str, object]], str]:
    """The services that `init` writes, and what it says; the config has no fault."""
    file = tmp_path / "made.yaml"
    ended = run(tmp_path, "init", *words, "-o", str(file))
    assert ended.returncode == 0, ended.stderr
    assert "no fault" in run(tmp_path, "config", "check", "-c", str(file)).stdout
    return yaml.safe_load(file.read_text())["services"], ended.stderr


def statuses(tmp_path: Path) -> dict[str, str]:
    shown = run(tmp_path, "status", "-c", str(tmp_path / "made.yaml"), "--format", "json")
    return {one["id"]: one["status"] for one in json.loads(shown.stdout)["services"]}


HOSTILE = 'web"}) or vector(1) #'


def test_the_names_of_a_consul_are_rows_by_its_own_health(stack: Demo, tmp_path: Path) -> None:
    agent = f"{at(stack, 'consul')}/v1/agent/service"
    for name in ("chromadb", "sh -c 'reboot'"):
        entry = {"ID": name, "Name": name, "Address": "127.0.0.1", "Port": stack.port("chromadb")}
        httpx2.put(f"{agent}/register", json=entry)
    try:
        services, said = made(tmp_path, "--from", "consul", at(stack, "consul"))
        assert "nothing was sent to any of them" in said and "by what Consul says" in said
        assert services["consul"]["kind"] == "consul"
        kinds = {one["kind"] for id, one in services.items() if id != "consul"}
        assert kinds == {"consul-service"} and "address" not in services["chromadb"], (
            "its ports are not believed"
        )
        assert "sh -c 'reboot'" in [one.get("service") for one in services.values()]
        assert statuses(tmp_path)["consul"] == "up"
        (tmp_path / "made.yaml").unlink()
        services, _ = made(tmp_path, "--ask", "--from", "consul", at(stack, "consul"))
        assert services["chromadb"]["kind"] == "chromadb", "it was asked, and is it"
        assert statuses(tmp_path)["chromadb"] == "up"
    finally:
        httpx2.put(f"{agent}/deregister/chromadb")


def test_the_jobs_of_a_prometheus_are_rows_by_its_own_up(stack: Demo, tmp_path: Path) -> None:
    services, said = made(tmp_path, "--from", "prometheus", at(stack, "prometheus"))
    assert "by what Prometheus sees" in said and {one["kind"] for one in services.values()} == {
        "prometheus",
        "promql",
    }
    assert len(services) > 3
    found = statuses(tmp_path)
    assert set(found.values()) == {"up"}, found
    httpx2.put(f"{stack.control}/control/faults/node-exporter", json={"fault": "refuse"})
    try:
        job = next(id for id, one in services.items() if "node" in str(one.get("query")))
        for _ in range(60):
            if (found := statuses(tmp_path))[job] != "up":
                break
        assert found[job] == "down", found
    finally:
        httpx2.delete(f"{stack.control}/control/faults")


def test_a_hostile_name_of_a_job_stays_a_label(tmp_path: Path) -> None:
    from sutaz_tui.setup.from_catalogs import from_prometheus

    async def ask() -> list[dict[str, object]]:
        async with web_server() as web:
            result = [
                {"metric": {"job": HOSTILE}, "value": [1, "1"]},
                {"metric": {"job": "a\nb"}, "value": [1, "1"]},
            ]
            body = {"status": "success", "data": {"resultType": "vector", "result": result}}
            web.routes = {"/api/v1/query": Reply(body=body)}
            return [entry.keys for entry in await from_prometheus(web.url)]

    queries = [keys["query"] for keys in asyncio.run(ask()) if "query" in keys]
    assert queries == ['avg(up{job="web\\"}) or vector(1) #"})'], "one that cannot be shown is left out"


def test_a_url_with_a_login_is_not_written_down(tmp_path: Path) -> None:
    ended = run(tmp_path, "init", "--from", "consul", "http://me:secret-word@127.0.0.1:1")
    assert (
        ended.returncode == 2 and "a URL with a login" in ended.stderr and "secret-word" not in ended.stderr
    )
    for words in (["--from", "prometheus"], ["--from", "docker", "x"]):
        assert run(tmp_path, "init", *words).returncode == 2


def test_what_is_down_when_it_is_asked_once_is_watched_by_its_container() -> None:
    async def ask() -> tuple[list[dict[str, object]], list[str], list[str]]:
        async with web_server() as web:
            web.routes = {"/api/health": Reply(body={"database": "ok", "version": "11.0.0"})}
            every = [
                Seen(
                    id=id,
                    image=image,
                    container=id,
                    published={port: ("127.0.0.1", at)},
                    variables=("POSTGRES_PASSWORD",),
                )
                for id, image, port, at in (
                    ("grafana", "grafana/grafana", 3000, web.port),
                    ("meili", "getmeili/meilisearch", 7700, web.port),
                    ("db", "postgres:16", 5432, web.port),
                )
            ]
            found, said = await asked_once(entries_of(every), {}, "unix:///none.sock")
            return [one.keys for one in found], said, web.asked

    (grafana, meili, db), said, asked = asyncio.run(ask())
    assert grafana["kind"] == "grafana"
    assert meili == {"kind": "container", "container": "meili"}
    assert db["kind"] == "postgres", "it is not asked without a login"
    assert (
        said == ["meili: asked once: " + said[0].partition("asked once: ")[2]]
        and "watched by its container" in said[0]
    )
    assert len(asked) == 2 and all(one.startswith("GET /") for one in asked)
