"""Prometheus by prometheus-api-client; readiness, alerts and the version, which it lacks, by plain HTTP."""

import asyncio
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from urllib3.util.retry import Retry

from sutaz_tui.errors import BadAnswer, SourceError
from sutaz_tui.model import Alert
from sutaz_tui.sources.alerts import MOST_ALERTS, READ_LIMIT, alert_of, cleaner, moment
from sutaz_tui.sources.blocking import BlockingOrigin, TooLarge
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.prometheus_ranges import Ranges, ranges_of, wrong_query
from sutaz_tui.sources.remembered import Remembered
from sutaz_tui.sources.unexpected import UnexpectedStatus, expect_ok
from sutaz_tui.text.sanitise import one_line

VERSION_FOR = 3600.0
# Prometheus' own default, where a release before 2.29 does not say it of a target.
DEFAULT_INTERVAL = 60.0

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}


@dataclass(frozen=True, slots=True)
class Sample:
    """One series' value at one time (Unix seconds)."""

    labels: Mapping[str, str]
    value: float
    at: float


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What one instant query gave; `latency` in seconds."""

    samples: tuple[Sample, ...]
    warnings: tuple[str, ...]
    latency: float


@dataclass(frozen=True, slots=True)
class Target:
    """One scrape target: `health` is up, down or unknown; `age` of its last scrape and `interval` in seconds."""

    pool: str
    instance: str
    url: str
    health: str
    error: str
    age: float | None
    interval: float


@dataclass(frozen=True, slots=True)
class Pool:
    """One job's targets by their last scrape, as the metric `up` counts them."""

    name: str
    targets: int
    down: int


class PrometheusApi:
    """The API of one Prometheus; every method raises SourceError."""

    def __init__(self, clients: Clients, source: str, title: str) -> None:
        settings = clients.config.sources[source]
        self.title = title
        self.http = clients.source_http(source, title)
        self._origin = BlockingOrigin(self.http, (PrometheusApiClientException,))
        self._client = PrometheusConnect(
            self._origin.url,
            session=self._origin.session,
            retry=Retry(0),
            timeout=math.ceil(settings.timeout),
        )
        self._origin.guard()
        self._version = Remembered(VERSION_FOR, "")

    async def ready(self, timeout: float) -> HttpAnswer:
        """GET /-/ready: 503 while it starts and while it ends."""
        return await self.http.get("/-/ready", timeout=timeout)

    async def targets(self, timeout: float) -> tuple[Target, ...]:
        """The active scrape targets."""
        found, answer = await self._origin.ask(
            lambda: _raw_targets(self._client.get_targets("active")), timeout
        )
        now = _date(answer)
        return tuple(_target(entry, now) for entry in found)

    async def targets_of(self, pool: str, timeout: float) -> tuple[Target, ...]:
        """The active scrape targets of one pool, as Prometheus from 2.42 on picks them itself."""
        params = {"state": "active", "scrapePool": pool}
        found, answer = await self._data("/api/v1/targets", params, timeout)
        try:
            now = _date(answer)
            return tuple(_target(entry, now) for entry in _raw_targets(found))
        except (KeyError, TypeError) as error:
            raise BadAnswer(
                self.title, "/api/v1/targets holds no targets; is this the right port?"
            ) from error

    async def rules(self, timeout: float) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Every rule with the name of its group."""
        found, _ = await self._data("/api/v1/rules", {}, timeout)
        try:
            return tuple(
                (str(group.get("name", "")), rule)
                for group in found["groups"]
                for rule in group["rules"]
                if isinstance(rule, dict)
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise BadAnswer(self.title, "/api/v1/rules holds no rules; is this the right port?") from error

    async def metric_names(self, timeout: float) -> tuple[str, ...] | None:
        """The names of all metrics that it holds; None where they are too many."""
        try:
            found, _ = await self._data("/api/v1/label/__name__/values", {}, timeout)
        except TooLarge:
            return None
        return tuple(str(name) for name in found) if isinstance(found, list) else None

    async def _data(self, path: str, params: Mapping[str, str], timeout: float) -> tuple[Any, HttpAnswer]:
        answer = await self.http.request("GET", path, params=params, timeout=timeout, read_limit=READ_LIMIT)
        if answer.is_cut:
            raise TooLarge(self.title, f"{path} holds more than {READ_LIMIT >> 20} MiB")
        body = expect_ok(self.title, answer).json()
        if not isinstance(body, dict) or "data" not in body:
            raise BadAnswer(self.title, f"{path} holds no data; is this the right port?")
        return body["data"], answer

    async def query(self, expression: str, timeout: float, at: float | None = None) -> QueryResult:
        """An instant query of PromQL: a vector's series, or a scalar as one sample without labels; `at` epoch seconds."""
        params = None if at is None else {"time": f"{at:.3f}"}
        found, answer = await self._origin.ask(lambda: self._client.custom_query(expression, params), timeout)
        return QueryResult(_samples(self.title, found), _warnings(answer), answer.latency)

    async def query_many(self, expression: str, timeout: float) -> QueryResult:
        """The same of thousands of series; TooLarge where they are more than are read."""
        found, answer = await self._data("/api/v1/query", {"query": expression}, timeout)
        result = found.get("result") if isinstance(found, dict) else found
        samples = await asyncio.to_thread(_samples, self.title, result)
        return QueryResult(samples, _warnings(answer), answer.latency)

    async def range(self, expression: str, start: int, end: int, step: int, timeout: float) -> Ranges:
        """The values of PromQL from `start` to `end` (Unix seconds), one each `step` seconds; WrongQuery where it is at fault."""
        begin, until = (datetime.fromtimestamp(at, UTC) for at in (start, end))

        def question() -> Any:
            return self._client.custom_query_range(expression, begin, until, str(step))

        try:
            found, _ = await self._origin.ask(question, timeout)
        except UnexpectedStatus as error:
            raise wrong_query(self.title, error) from None
        return await asyncio.to_thread(ranges_of, self.title, found)

    async def label_names(self, metric: str, timeout: float) -> tuple[str, ...]:
        """The names of the labels of a metric, of all where it is ""."""
        return await self._names("/api/v1/labels", metric, timeout)

    async def label_values(self, label: str, metric: str, timeout: float) -> tuple[str, ...]:
        """The values of a label of a metric."""
        return await self._names(f"/api/v1/label/{quote(label, safe='')}/values", metric, timeout)

    async def _names(self, path: str, metric: str, timeout: float) -> tuple[str, ...]:
        params = {"match[]": metric} if metric else {}
        try:
            found, _ = await self._data(path, params, timeout)
        except TooLarge:
            return ()
        return tuple(str(name) for name in found) if isinstance(found, list) else ()

    async def pools(self, timeout: float) -> tuple[tuple[Pool, ...], tuple[str, ...]]:
        """The targets counted by job, and warnings: for servers of so many that no list holds them, or with none to show."""
        every = await self.query("count by (job) (up)", timeout)
        left = max(0.1, timeout - every.latency)
        lost = await self.query("count by (job) (up == 0)", left)
        down = {one.labels.get("job", ""): one.value for one in lost.samples}
        named = ((one.labels.get("job", ""), one.value) for one in every.samples if math.isfinite(one.value))
        found = (Pool(one_line(job, 80) or "?", int(n), int(down.get(job, 0))) for job, n in named)
        return tuple(sorted(found, key=lambda pool: (-pool.down, pool.name))), every.warnings

    async def alerts(self, timeout: float) -> tuple[Alert, ...]:
        """The alerts that fire, as /api/v1/alerts tells them: since they are pending. TooLarge where they are too many."""
        answer = await self.http.request("GET", "/api/v1/alerts", timeout=timeout, read_limit=READ_LIMIT)
        if answer.is_cut:
            raise TooLarge(self.title, f"more alerts than {READ_LIMIT >> 20} MiB hold")
        clean = cleaner()
        try:
            entries = expect_ok(self.title, answer).json()["data"]["alerts"]
            firing = [entry for entry in entries if entry["state"] == "firing"]
            if len(firing) > MOST_ALERTS:
                raise TooLarge(self.title, f"more than {MOST_ALERTS:,} alerts fire")
            return tuple(alert_of(entry, "activeAt", clean) for entry in firing)
        except (KeyError, TypeError, AttributeError) as error:
            raise BadAnswer(
                self.title, "/api/v1/alerts does not hold alerts; is this the right port?"
            ) from error

    async def version(self, timeout: float) -> str:
        """Its version, asked once an hour; "" when it does not tell."""

        async def ask() -> str:
            answer = await self.http.get("/api/v1/status/buildinfo", timeout=timeout)
            try:
                return one_line(str(answer.json()["data"]["version"]), 20)
            except (BadAnswer, KeyError, TypeError):
                return ""  # it answers, and does not tell

        try:
            return await self._version.get(ask)
        except SourceError:
            return self._version.value

    async def aclose(self) -> None:
        """Close the blocking client; the plain one is closed by its clients."""
        await self._origin.aclose()


def prometheus_api(clients: Clients, source: str, title: str) -> PrometheusApi:
    """The one client of this source."""
    return clients.shared(f"prometheus:{source}", lambda: PrometheusApi(clients, source, title))


def duration(text: Any) -> float:
    """Prometheus' `1h30m` in seconds; DEFAULT_INTERVAL for anything else."""
    if not isinstance(text, str) or not re.fullmatch(r"(?:[0-9]{1,9}(?:ms|[smhdwy])){1,7}", text):
        return DEFAULT_INTERVAL
    return (
        sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"([0-9]+)(ms|[smhdwy])", text))
        or DEFAULT_INTERVAL
    )


def _date(answer: HttpAnswer) -> datetime:
    """The server's own clock where it tells it: its ages must not depend on ours."""
    try:
        found = parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError, OverflowError, IndexError):
        return datetime.now(UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _raw_targets(found: Any) -> list[dict[str, Any]]:
    entries = found["activeTargets"]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TypeError("activeTargets is no list of objects")
    return entries


def _target(entry: dict[str, Any], now: datetime) -> Target:
    labels = entry.get("labels")
    instance = labels.get("instance") if isinstance(labels, dict) else None
    url = entry.get("scrapeUrl")
    scraped = moment(entry.get("lastScrape"))
    return Target(
        pool=one_line(str(entry.get("scrapePool") or ""), 80),
        instance=one_line(str(instance or url or "?"), 120),
        url=url if isinstance(url, str) else "",
        health=one_line(str(entry.get("health") or "unknown"), 20),
        error=one_line(str(entry.get("lastError") or ""), 160),
        age=max(0.0, (now - scraped).total_seconds()) if scraped else None,
        interval=duration(entry.get("scrapeInterval")),
    )


def _samples(title: str, found: Any) -> tuple[Sample, ...]:
    try:
        if found and isinstance(found, list) and not isinstance(found[0], dict):
            return (Sample({}, float(found[1]), float(found[0])),)
        if found and all("histogram" in entry and "value" not in entry for entry in found):
            words = "the query gives a native histogram; wrap it in histogram_quantile() or histogram_count()"
            raise BadAnswer(title, words)
        # Of floats and histograms the floats are held against the limits.
        floats = [entry for entry in found if "histogram" not in entry]
        return tuple(Sample(_labels(entry["metric"]), *_pair(entry["value"])) for entry in floats)
    except KeyError as error:
        raise BadAnswer(
            title, "the query gives ranges of values; write one that gives one value each"
        ) from error
    except (TypeError, ValueError, IndexError) as error:
        raise BadAnswer(title, "the answer to the query holds no numbers; is this the right port?") from error


def _labels(found: Any) -> dict[str, str]:
    if not isinstance(found, dict):
        raise TypeError("metric is no object")
    return {str(name): str(value) for name, value in found.items()}


def _pair(value: Sequence[Any]) -> tuple[float, float]:
    return float(value[1]), float(value[0])


def _warnings(answer: HttpAnswer) -> tuple[str, ...]:
    """The warnings that prometheus-api-client 0.7 drops, and VictoriaMetrics' word for the same."""
    if b'"warnings"' not in answer.body and b'"isPartial"' not in answer.body:
        return ()
    body = answer.json()
    found = body.get("warnings")
    told = [one_line(str(words), 160) for words in found[:5]] if isinstance(found, list) else []
    return (*(["partial answer: a storage node is missing"] if body.get("isPartial") is True else []), *told)
