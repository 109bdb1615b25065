"""An exporter's probe: the metric that tells of what it exports."""

from typing import Any

import pytest

from sutaz_tui.config.kinds import Exporter, Postgres
from sutaz_tui.model import Answer, Status
from sutaz_tui.sources.http import READ_LIMIT
from tests.loopback import configured, probing, reading
from tests.probes.conftest import Ask
from tests.probes.healthy import METRICS
from tests.web import Web

FILLER = b"".join(b'filler_total{n="%07d"} 1\n' % n for n in range(READ_LIMIT // 20))


async def asked(ask: Ask, web: Web, body: str | bytes, **changes: Any) -> Answer:
    web.answers(200, body)
    keys: dict[str, Any] = {
        "metric": "pg_up",
        "value": 1.0,
        "label": "pg",
        "depends_on": ["postgres"],
    } | changes
    entry = Exporter(id="x", title="Postgres exporter", address=web.url, **keys)
    return await ask(entry, Postgres(id="postgres", title="PostgreSQL", address="127.0.0.1:1"))


async def test_it_reaches_what_it_exports(ask: Ask, web: Web) -> None:
    answer = await asked(ask, web, METRICS)
    reading = answer.readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "pg_up 1, 2 series")
    assert reading.facts == {"pg_up": 1.0, "series": 2}
    assert [(one.service_id, one.by, one.status) for one in answer.claims] == [
        ("postgres", "Postgres exporter", Status.UP)
    ]
    assert web.headers[0]["accept"] == "text/plain"
    assert reading.rule == "pg_up is there and 1"


async def test_it_cannot_reach_what_it_exports(ask: Ask, web: Web) -> None:
    answer = await asked(ask, web, METRICS.replace("pg_up 1", "pg_up 0"))
    reading = answer.readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "pg 0")
    assert reading.error is not None
    assert "cannot reach what it exports" in reading.error
    assert [(one.status, one.words) for one in answer.claims] == [(Status.DOWN, "exporter says pg_up 0")]


async def test_one_bad_series_of_many_is_enough(ask: Ask, web: Web) -> None:
    answer = await asked(ask, web, 'pg_up{server="a"} 1\npg_up{server="b"} 0\n')
    assert answer.readings[0].status is Status.DEGRADED


@pytest.mark.parametrize("value", ["NaN", "Nan", "+Inf", "inf", "2"])
async def test_another_value_is_not_it(ask: Ask, web: Web, value: str) -> None:
    reading = (await asked(ask, web, f"pg_up {value}\n", label="a very long label")).readings[0]
    assert reading.status is Status.DEGRADED
    assert len(reading.word) <= 8
    assert reading.facts["pg_up"] in (2.0, "nan", "inf")


async def test_without_a_metric_any_exposition_will_do(ask: Ask, web: Web) -> None:
    answer = await asked(ask, web, METRICS, metric="", value=None)
    assert (answer.readings[0].status, answer.readings[0].summary, answer.claims) == (
        Status.UP,
        "2 series",
        (),
    )
    assert (await asked(ask, web, "ok", metric="", value=None)).readings[0].status is Status.DOWN


async def test_another_exporter_is_down(ask: Ask, web: Web) -> None:
    reading = (await asked(ask, web, "node_load1 0.5\n")).readings[0]
    assert reading.status is Status.DOWN
    assert reading.summary == "answers without pg_up: node_load1 0.5; is this the right port?"


async def test_it_is_found_behind_the_first_mib_of_an_exporter_of_many_series(ask: Ask, web: Web) -> None:
    reading = (await asked(ask, web, FILLER * 3 + b"pg_up 1\n", timeout=20.0, warn=19.0)).readings[0]
    many = 3 * (READ_LIMIT // 20) + 1
    assert (reading.status, reading.summary) == (Status.UP, f"pg_up 1, {many:,} series")
    assert reading.facts == {"pg_up": 1.0, "series": many}


async def test_behind_all_that_is_searched_it_is_unknown(
    ask: Ask, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sutaz_tui.probes.exporter.MOST", 2 * READ_LIMIT)
    reading = (await asked(ask, web, FILLER * 3 + b"pg_up 1\n", timeout=20.0, warn=19.0)).readings[0]
    assert (reading.status, reading.word) == (Status.UNKNOWN, "?")
    assert "first 2 MiB" in reading.summary
    reading = (await asked(ask, web, b"pg_up 1\n" + FILLER * 3)).readings[0]
    assert reading.status is Status.UP and "over " in reading.summary and "series" not in reading.facts


@pytest.mark.parametrize("value", ["Nan", "nan", "NaN", "+Inf", "-inf"])
async def test_a_figure_that_cannot_be_is_not_up(ask: Ask, web: Web, value: str) -> None:
    reading = (await asked(ask, web, f"node_load1 {value}\n", metric="node_load1", value=None)).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "NaN")
    assert reading.summary == f"node_load1 {float(value):g} is no figure"


async def test_it_is_up_since_its_process_started(web: Web) -> None:
    web.answers(body="process_start_time_seconds 1.7e+09\nup 1\n", content_type="text/plain")
    entry = Exporter(id="x", title="X", address=web.url, metric="up", value=1.0)
    async with probing(configured(entry)) as probe:
        found = await reading(probe)
    assert found.facts["started"] == "2023-11-14T22:13:20+00:00"
    assert found.facts["series"] == 2
