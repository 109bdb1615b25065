"""Many services behind one Prometheus: one query for all whose questions differ in nothing but values."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sutaz_tui.config import Config, load
from sutaz_tui.config.cost import cost, total
from sutaz_tui.config.selectors import Selector, selector_of, together_key
from sutaz_tui.model import Status
from sutaz_tui.probes import together
from sutaz_tui.sources import prometheus as source
from tests.recorders import NEVER
from tests.running import ROOT, watching
from tests.servers.ports import free_port
from tests.servers.prometheus import Prometheus
from tests.servers.waiting import eventually

WEIRD = 'we"ird\\(x|.*'
UP = [*(f"host-{number}" for number in range(17)), WEIRD]
GONE, ABSENT = "gone", "absent"


@pytest.fixture
def scraping(prometheus: Prometheus) -> Iterator[Prometheus]:
    """Each of UP is scraped, GONE cannot be, and nobody knows of ABSENT."""
    own = f"{prometheus.host}:{prometheus.port}"
    places = [*((name, own) for name in UP), (GONE, f"127.0.0.1:{free_port()}")]
    targets = [{"targets": [place], "labels": {"instance": name}} for name, place in places]
    prometheus.scrape([{"job_name": "node", "static_configs": targets}])
    eventually(lambda: len(prometheus.query('up{job="node"}')) == len(places), "all were scraped", 30)
    yield prometheus


def rows(prometheus: Prometheus, folder: Path) -> Config:
    """A row for each, and two that no other is like."""
    services = [
        {"id": f"t{number}", "query": f'up{{instance={yaml_text(name)}, job="node"}}'}
        for number, name in enumerate([*UP, GONE, ABSENT])
    ]
    services += [{"id": "count", "query": 'count(up{job="node"})'}, {"id": "own", "query": "up{job='node'}"}]
    whole = {
        "env": "test",
        # What is down would be asked again by itself.
        "pace": {"failing": NEVER},
        "sources": {"p": {"url": prometheus.url}},
        "defaults": {"kinds": {"promql": {"source": "p", "bad": "under", "down_at": 0, "interval": NEVER}}},
        "services": [{"kind": "promql", "title": one["id"], **one} for one in services],
    }
    path = folder / "rows.yaml"
    path.write_text(yaml.safe_dump(whole), "utf-8")
    return load(None, path, os.environ)


def yaml_text(name: str) -> str:
    """A label's value as PromQL writes it."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def heard(prometheus: Prometheus) -> int:
    """How many queries it has answered."""
    page = prometheus.call("/metrics").body.decode()
    counts = [
        line for line in page.splitlines() if 'requests_total{code="200",handler="/api/v1/query"}' in line
    ]
    return sum(int(float(line.rpartition(" ")[2])) for line in counts)


async def told(config: Config, prometheus: Prometheus) -> tuple[dict[str, tuple[Status, str]], int]:
    """How each row is shown, and how many queries one more round takes."""
    async with watching(config) as board:
        await board.until(lambda shown: shown.answered_count() == len(shown.services), "all were asked")
        await board.until_state(f"t{len(UP)}", lambda state: state.status is Status.DOWN, "is down")
        before, asked = heard(prometheus), board.state("t0").asked
        board.engine.ask_now("t3")
        await board.until_state("t0", lambda state: state.asked != asked, "was asked again")
        for state in board.engine.snapshot().services[: len(UP) + 2]:
            assert state.asked == board.state("t0").asked or state.asked > asked, "all by that one query"
        queries = heard(prometheus) - before
        return {s.service.id: (s.status, s.summary) for s in board.engine.snapshot().services}, queries


async def test_twenty_rows_are_filled_by_one_query_and_the_absent_one_is_not_up(
    scraping: Prometheus, tmp_path: Path
) -> None:
    shown, queries = await told(rows(scraping, tmp_path), scraping)
    assert queries == 1
    assert total(cost(rows(scraping, tmp_path))).requests == pytest.approx(3 * 60 / NEVER)
    assert [shown[f"t{number}"][0] for number in range(len(UP))] == [Status.UP] * len(UP)
    assert shown[f"t{len(UP)}"] == (Status.DOWN, "0, limit 0")
    assert shown[f"t{len(UP) + 1}"] == (Status.UNKNOWN, "the query gives nothing")
    assert shown["count"][1] == f"{len(UP) + 1}"
    assert shown["own"][0] is Status.DOWN, "the worst of all that it gives"


async def test_where_more_has_the_label_than_is_read_each_query_names_what_it_is_about(
    scraping: Prometheus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "NAMED", 5)
    monkeypatch.setattr(source, "READ_LIMIT", 1500)
    shown, queries = await told(rows(scraping, tmp_path), scraping)
    assert queries == 4
    assert [shown[f"t{number}"][0] for number in range(len(UP) + 2)] == [
        *[Status.UP] * len(UP), Status.DOWN, Status.UNKNOWN,
    ]  # fmt: skip


def test_the_rows_of_the_page_are_asked_together(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "many-hosts.md").read_text("utf-8")
    whole = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[2])
    path = tmp_path / "page.yaml"
    path.write_text(
        yaml.safe_dump({"sources": {"prometheus": {"url": "http://127.0.0.1:1"}}, **whole}), "utf-8"
    )
    first, second = load(None, path, {}).services
    assert together_key(first) is not None
    assert together_key(first) == together_key(second)


@pytest.mark.parametrize(
    "query",
    ["up", "up{}", 'up{instance=~"a"}', 'up{instance!="a"}', 'sum(up{instance="a"})', 'up{instance="a"} == 0',
     'up{instance="a", instance="b"}', 'up{__name__="a"}', 'up{instance="a"}[5m]', 'up{instance="\\a"}',
     'up{instance="a"} offset 5m', 'up{instance="a"} or up{instance="b"}'],
)  # fmt: skip
def test_a_query_that_is_more_than_a_selector_is_asked_by_itself(query: str) -> None:
    assert selector_of(query) is None


def test_what_a_selector_is_about_does_not_hang_on_how_it_is_written() -> None:
    asked = selector_of('  up { job = "node",instance="a\\"b" ,} ')
    assert asked == Selector('__name__="up"', (("instance", 'a"b'), ("job", "node")))
