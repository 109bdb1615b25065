"""HTTP probes against the real servers: healthy, hanging, stopped, restarted."""

from collections.abc import Callable

import pytest

from sutaz_tui.config import kinds
from sutaz_tui.config.schema import ServiceConfig
from sutaz_tui.model import Status
from tests.probes.conftest import Ask
from tests.servers.alertmanager import Alertmanager
from tests.servers.chromadb import ChromaDB
from tests.servers.http_server import HttpServer
from tests.servers.nginx import Nginx
from tests.servers.node_exporter import NodeExporter

ENTRIES: dict[str, Callable[[str], ServiceConfig]] = {
    "alertmanager": lambda url: kinds.Alertmanager(id="x", title="X", address=url, timeout=1.0),
    "chromadb": lambda url: kinds.Chromadb(id="x", title="X", address=url, timeout=1.0),
    "node_exporter": lambda url: kinds.Exporter(
        id="x", title="X", address=url, metric="node_load1", timeout=5.0, interval=20.0
    ),
    "nginx": lambda url: kinds.Http(
        id="x", title="X", address=url, json_path="status", json_value="ok", timeout=1.0
    ),
}


@pytest.mark.parametrize("name", ENTRIES)
async def test_up_then_hanging_then_up_then_stopped_then_restarted(
    ask: Ask, request: pytest.FixtureRequest, name: str
) -> None:
    server: HttpServer = request.getfixturevalue(name)
    entry = ENTRIES[name](server.url)

    async def status() -> Status:
        reading = (await ask(entry)).readings[0]
        assert (reading.error is None) is (reading.status is Status.UP), reading.error
        return reading.status

    assert await status() is Status.UP
    server.pause()
    assert await status() is Status.DOWN
    server.resume()
    assert await status() is Status.UP
    server.stop()
    assert await status() is Status.DOWN
    server.start()
    assert await status() is Status.UP


async def test_alertmanagers_alert(ask: Ask, alertmanager: Alertmanager) -> None:
    alertmanager.fire("DiskFull", "the disk is full", severity="warning")
    answer = await ask(ENTRIES["alertmanager"](alertmanager.url))
    assert answer.alerts is not None
    (alert,) = answer.alerts
    assert (alert.name, alert.severity, alert.summary) == ("DiskFull", "warning", "the disk is full")
    assert alert.since is not None


async def test_chromadbs_version_and_clock(ask: Ask, chromadb: ChromaDB) -> None:
    for _ in range(3):
        reading = (await ask(ENTRIES["chromadb"](chromadb.url))).readings[0]
        assert reading.status is Status.UP
        assert reading.facts.keys() == {"version"}


async def test_the_node_exporters_series(ask: Ask, node_exporter: NodeExporter) -> None:
    reading = (await ask(ENTRIES["node_exporter"](node_exporter.url))).readings[0]
    assert isinstance(reading.facts["node_load1"], float)
    count = reading.facts["series"]
    assert isinstance(count, int)
    assert count > 300


@pytest.mark.parametrize(
    "kind", sorted({"neo4j", "qdrant", "faiss", "kong", "grafana", "portainer", "ollama"})
)
async def test_nginx_is_none_of_them(ask: Ask, nginx: Nginx, kind: str) -> None:
    entry = kinds.KINDS[kind].struct(id="x", title="X", address=nginx.url)
    assert (await ask(entry)).readings[0].status is Status.DOWN
