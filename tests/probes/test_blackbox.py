"""The `blackbox` kind: on answers as Prometheus gives them, and on a real one with two real exporters."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sutaz_tui.config import load
from sutaz_tui.config.kinds import Blackbox as Entry
from sutaz_tui.config.schema import Source
from sutaz_tui.model import Reading, Status
from tests.loopback import configured, probing, reading, until
from tests.running import ROOT
from tests.servers.blackbox import Blackbox
from tests.servers.prometheus import Prometheus
from tests.web import Reply, Web

PAGE = ROOT / "docs" / "many-hosts.md"
TARGET = "https://shop.example/"


def series(name: str, value: int, **labels: str) -> Any:
    return {"metric": {"__name__": name, "instance": TARGET, **labels}, "value": [1.0, str(value)]}


def seen(vantage: str, success: int | None, up: int = 1) -> list[Any]:
    labels = {"vantage": vantage, "job": f"blackbox-{vantage}"}
    told = [series("up", up, **labels)]
    return told if success is None else [*told, series("probe_success", success, **labels)]


async def read(url: str, least: int = 1, instance: str = TARGET, label: str = "vantage") -> Reading:
    entry = Entry(
        id="shop",
        title="Shop",
        source="p",
        instance=instance,
        least=least,
        label=label,
        timeout=5.0,
        interval=60.0,
    )
    async with probing(configured(entry, sources={"p": Source(url=url)})) as probe:
        return await reading(probe)


@pytest.mark.parametrize(
    ("told", "least", "status", "words"),
    [
        ([*seen("paris", 1), *seen("berlin", 1)], 1, Status.UP, "seen from 2 of 2"),
        ([*seen("paris", 1), *seen("berlin", 0)], 1, Status.DEGRADED, "seen from 1 of 2: not from berlin"),
        ([*seen("paris", 1), *seen("berlin", 0)], 2, Status.DOWN, "seen from 1 of 2: not from berlin"),
        ([*seen("paris", 0), *seen("berlin", 0)], 1, Status.DOWN, "seen from 0 of 2: not from berlin, paris"),
        (
            [*seen("paris", 1), *seen("berlin", None, up=0)],
            1,
            Status.DEGRADED,
            "seen from 1 of 1; nothing known from berlin: its exporter is not scraped",
        ),
        (
            [*seen("paris", 0), *seen("berlin", None, up=0)],
            1,
            Status.UNKNOWN,
            "seen from 0 of 1: not from paris; nothing known from berlin: its exporter is not scraped",
        ),
        (seen("berlin", 1, up=0), 1, Status.UNKNOWN, "no exporter is scraped: berlin"),
        ([], 1, Status.UNKNOWN, f"no probe_success of {TARGET}"),
    ],
)
async def test_who_sees_it_and_whose_exporter_is_in_trouble(
    web: Web, told: list[Any], least: int, status: Status, words: str
) -> None:
    web.routes = {
        "/api/v1/query": Reply(body={"status": "success", "data": {"resultType": "vector", "result": told}})
    }
    found = await read(web.url, least)
    assert (found.status, found.summary) == (status, words)


async def test_two_real_exporters_that_see_it_or_do_not(
    prometheus: Prometheus, web: Web, tmp_path: Path
) -> None:
    """By the two configs of docs/many-hosts.md, as they stand there."""
    web.answers(200)
    with Blackbox() as paris, Blackbox() as berlin:
        jobs, config = (
            yaml.safe_load(
                block.replace(TARGET, web.url)
                .replace("paris.example:9115", f"{paris.host}:{paris.port}")
                .replace("berlin.example:9115", f"{berlin.host}:{berlin.port}")
                .replace("http://prometheus.example:9090", prometheus.url)
            )
            for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[:2]
        )
        (tmp_path / "shop.yaml").write_text(yaml.safe_dump(config))
        entry = load(None, tmp_path / "shop.yaml", {}).services[0]
        assert isinstance(entry, Entry) and (entry.instance, entry.least) == (web.url, 1)
        prometheus.scrape(jobs["scrape_configs"])

        async def says(words: str) -> bool:
            return (await read(prometheus.url, instance=web.url)).summary == words

        await until(lambda: says("seen from 2 of 2"), within=30.0)
        await asyncio.to_thread(berlin.stop)
        gone = "seen from 1 of 1; nothing known from berlin: its exporter is not scraped"
        await until(lambda: says(gone), within=30.0)
        web.answers(503)
        await until(lambda: says(gone.replace("from 1 of 1", "from 0 of 1: not from paris")), within=30.0)
    prometheus.configure()
