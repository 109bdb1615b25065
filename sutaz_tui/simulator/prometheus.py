"""Prometheus' HTTP API: queries, targets, rules, alerts and status."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator import exposition
from sutaz_tui.simulator.alerts import firing
from sutaz_tui.simulator.promql import Parser
from sutaz_tui.simulator.promql_values import Expression, Labels, Matcher, PromQlError, Vector, as_vector
from sutaz_tui.simulator.scraping import FRESH, TARGETS, Target, scraper
from sutaz_tui.simulator.web import application, think
from sutaz_tui.simulator.world import World

MOST_POINTS = 11_000
NOTHING, EVERYTHING = Matcher("nothing", (lambda _: False,)), Matcher("everything", ())


class Prometheus:
    def __init__(self, world: World) -> None:
        self.world = world
        self.scraper = scraper(world)

    def select(self, matches: Matcher, at: float) -> Vector:
        """Alerts are series of their own; the rest was scraped."""
        found = []
        name = matches.text.partition("\0")[0]
        for alert in firing(self.world) if name in ("", "ALERTS", EVERYTHING.text) else ():
            labels = {"__name__": "ALERTS", "alertstate": "firing", **alert["labels"]}
            if at + FRESH >= datetime.fromisoformat(alert["activeAt"]).timestamp() and matches(labels):
                found.append((labels, 1.0))
        return found + self.scraper.select(matches, at)

    def over(self, function: str, matches: Matcher, at: float, seconds: float) -> Vector:
        return self.scraper.over(function, matches, at, seconds)

    async def query(self, request: Request) -> Response:
        await think(self.world, 0.003)
        given = await parameters(request)
        at = moment(given.get("time"), self.world.epoch(), "time")
        found = Parser(given.get("query", ""), self).parse()
        if found.kind == "range vector":
            return success({"resultType": "matrix", "result": self._raw(found, at)})
        value = found.value(at)
        if isinstance(value, float):
            return success({"resultType": "scalar", "result": [at, number(value)]})
        result = [{"metric": labels, "value": [round(at, 3), number(each)]} for labels, each in value]
        return success({"resultType": "vector", "result": result})

    def _raw(self, found: Expression, at: float) -> list[dict[str, Any]]:
        """The samples themselves of a selector with a range."""
        assert found.matches is not None
        series = self.scraper.raw(found.matches, at - found.offset, found.seconds)
        return [
            {"metric": labels, "values": [[round(when, 3), number(value)] for when, value in points]}
            for labels, points in series
        ]

    async def query_range(self, request: Request) -> Response:
        await think(self.world, 0.003)
        given = await parameters(request)
        start, end = moment(given.get("start", ""), None, "start"), moment(given.get("end", ""), None, "end")
        if end < start:
            raise PromQlError("end timestamp must not be before start time", "end")
        step = seconds(given.get("step", ""))
        if step <= 0:
            words = "zero or negative query resolution step widths are not accepted. Try a positive integer"
            raise PromQlError(words, "step")
        if (end - start) / step > MOST_POINTS:
            words = "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution"
            raise PromQlError(f"{words} (?step=XX)", "whole")
        found = Parser(given.get("query", ""), self).parse("scalar", "instant vector")
        series: dict[tuple[tuple[str, str], ...], list[list[Any]]] = {}
        for place in range(int((end - start) / step + 1e-9) + 1):
            at = start + place * step
            for labels, value in as_vector(found.value(at)):
                series.setdefault(tuple(sorted(labels.items())), []).append([round(at, 3), number(value)])
        matrix = [{"metric": dict(key), "values": values} for key, values in sorted(series.items())]
        return success({"resultType": "matrix", "result": matrix})

    async def targets(self, _: Request) -> Response:
        self.scraper.select(NOTHING, self.world.epoch())
        return success({"activeTargets": [self._target(target) for target in TARGETS], "droppedTargets": []})

    def _target(self, target: Target) -> dict[str, Any]:
        up = self.scraper.is_up(target)
        url = f"http://{target.instance}/metrics"
        discovered = {"__address__": target.instance, "__metrics_path__": "/metrics", "__scheme__": "http"}
        discovered |= {"__scrape_interval__": "15s", "__scrape_timeout__": "10s", "job": target.job}
        return {
            "discoveredLabels": discovered,
            "labels": target.labels(),
            "scrapePool": target.job,
            "scrapeUrl": url,
            "globalUrl": url,
            "lastError": "" if up else f'Get "{url}": dial tcp 172.20.0.40:8000: connect: connection refused',
            "lastScrape": stamp(self.scraper.scraped_at),
            "lastScrapeDuration": 0.008 if up else 0.0006,
            "health": "up" if up else "down",
            "scrapeInterval": "15s",
            "scrapeTimeout": "10s",
        }

    async def alerts(self, _: Request) -> Response:
        shown = [{key: alert[key] for key in alert if key != "fingerprint"} for alert in firing(self.world)]
        return success({"alerts": shown})

    async def rules(self, _: Request) -> Response:
        if not self.world.traits.prometheus_has_rules:
            return success({"groups": []})
        shown = [{key: alert[key] for key in alert if key != "fingerprint"} for alert in firing(self.world)]
        checked = {"evaluationTime": 0.0006, "lastEvaluation": stamp(self.world.epoch())}
        rule = {
            "state": "firing" if shown else "inactive",
            "name": "InstanceDown",
            "query": "up == 0",
            "duration": 30,
            "keepFiringFor": 0,
            "labels": {"severity": "critical"},
            "annotations": {"summary": "{{ $labels.job }} on {{ $labels.instance }} is down"},
            "alerts": shown,
            "health": "ok",
            "type": "alerting",
            **checked,
        }
        named = [
            {
                **rule,
                "name": name,
                "query": "node_load1 > 0.1",
                "labels": {"severity": "warning"},
                "annotations": {"summary": f"{name} fires"},
                "alerts": [alert for alert in shown if alert["labels"]["alertname"] == name],
                "state": "firing",
            }
            for name in dict.fromkeys(self.world.traits.firing_alerts)
        ]
        group = {
            "name": "stack",
            "file": "/etc/prometheus/alerts/stack.yml",
            "rules": [rule, *named],
            "interval": 15,
        }
        return success({"groups": [{**group, "limit": 0, **checked}]})

    async def names(self, request: Request) -> Response:
        name = request.path_params.get("name")
        given = request.query_params.getlist("match[]")
        series = self._matching(given) if given else self.select(EVERYTHING, self.world.epoch())
        if name is None:
            return success(sorted({key for labels, _ in series for key in labels}))
        return success(sorted({labels[name] for labels, _ in series if name in labels}))

    async def series(self, request: Request) -> Response:
        given = request.query_params.getlist("match[]")
        if not given:
            raise PromQlError("no match[] parameter provided", "whole")
        return success([labels for labels, _ in self._matching(given)])

    def _matching(self, selectors: list[str]) -> Vector:
        """The series of selectors, each once."""
        found: dict[tuple[tuple[str, str], ...], tuple[Labels, float]] = {}
        for query in selectors:
            selector = Parser(query, self).parse()
            if selector.matches is None:
                raise PromQlError(f"1:{selector.place + 1}: parse error: unexpected expression", "match[]")
            for labels, value in self.select(selector.matches, self.world.epoch()):
                found[tuple(sorted(labels.items()))] = (labels, value)
        return list(found.values())

    async def tsdb(self, _: Request) -> Response:
        series = self.select(EVERYTHING, self.world.epoch())
        head = {"numSeries": len(series), "numLabelPairs": 1098, "chunkCount": len(series) * 10}
        head |= {"minTime": int(self.world.born_wall * 1000), "maxTime": int(self.world.epoch() * 1000)}
        counts: dict[str, int] = {}
        for labels, _value in series:
            counts[labels["__name__"]] = counts.get(labels["__name__"], 0) + 1
        most = [
            {"name": name, "value": count}
            for name, count in sorted(counts.items(), key=lambda pair: -pair[1])[:10]
        ]
        others = ("labelValueCountByLabelName", "memoryInBytesByLabelName", "seriesCountByLabelValuePair")
        return success({"headStats": head, "seriesCountByMetricName": most, **dict.fromkeys(others, most)})


def app(world: World) -> Starlette:
    prometheus = Prometheus(world)

    async def ready(_: Request) -> Response:
        return PlainTextResponse("Prometheus Server is Ready.\n")

    async def healthy(_: Request) -> Response:
        return PlainTextResponse("Prometheus Server is Healthy.\n")

    async def buildinfo(_: Request) -> Response:
        built = {"branch": "HEAD", "buildUser": "root@simulated", "buildDate": "20250714-00:00:00"}
        return success({"version": "3.5.0", "revision": "8be3a9560fbdd18a", "goVersion": "go1.24.5", **built})

    async def alertmanagers(_: Request) -> Response:
        known = (
            [] if world.is_absent("alertmanager") else [{"url": f"{world.url('alertmanager')}/api/v2/alerts"}]
        )
        return success({"activeAlertmanagers": known, "droppedAlertmanagers": []})

    async def metadata(request: Request) -> Response:
        known = {"up": [{"type": "gauge", "help": "Whether a target answered.", "unit": ""}]}
        known["go_memstats_heap_inuse_bytes"] = [{"type": "gauge", "help": "Heap in use.", "unit": ""}]
        known["prometheus_tsdb_head_samples_appended_total"] = [
            {"type": "counter", "help": "Samples.", "unit": ""}
        ]
        limit = int(request.query_params.get("limit", "-1"))
        return success(dict(list(known.items())[-limit:] if limit > 0 else known))

    async def metrics(_: Request) -> Response:
        return exposition.response(
            [exposition.gauge("prometheus_build_info", "Build", ({"version": "3.5.0"}, 1.0))]
        )

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, PromQlError)
        if not error.parameter:
            return JSONResponse({"status": "error", "errorType": "execution", "error": error.words}, 422)
        whole = error.parameter == "whole"
        words = error.words if whole else f'invalid parameter "{error.parameter}": {error.words}'
        return JSONResponse({"status": "error", "errorType": "bad_data", "error": words}, 400)

    both = ["GET", "POST"]
    return application(
        routes=[
            Route("/-/ready", ready),
            Route("/-/healthy", healthy),
            Route("/metrics", metrics),
            Route("/api/v1/query", prometheus.query, methods=both),
            Route("/api/v1/query_range", prometheus.query_range, methods=both),
            Route("/api/v1/targets", prometheus.targets),
            Route("/api/v1/alerts", prometheus.alerts),
            Route("/api/v1/rules", prometheus.rules),
            Route("/api/v1/labels", prometheus.names),
            Route("/api/v1/label/{name}/values", prometheus.names),
            Route("/api/v1/series", prometheus.series),
            Route("/api/v1/metadata", metadata),
            Route("/api/v1/alertmanagers", alertmanagers),
            Route("/api/v1/status/buildinfo", buildinfo),
            Route("/api/v1/status/tsdb", prometheus.tsdb),
        ],
        handlers={PromQlError: refused},
    )


def success(data: Any) -> Response:
    return JSONResponse({"status": "success", "data": data})


async def parameters(request: Request) -> dict[str, str]:
    """A query's parameters, from the address or a form."""
    form = (
        dict(parse_qsl((await request.body()).decode("utf-8", "replace"))) if request.method == "POST" else {}
    )
    return {**dict(request.query_params), **form}


def number(value: float) -> str:
    """A value as Prometheus writes it."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else repr(value)


def moment(words: str | None, default: float | None, parameter: str) -> float:
    if not words and default is not None:
        return default
    words = words or ""
    try:
        return float(words)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(words).timestamp()
    except ValueError:
        raise PromQlError(f'cannot parse "{words}" to a valid timestamp', parameter) from None


def seconds(words: str) -> float:
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    for unit in ("ms", "s", "m", "h", "d"):
        if words.endswith(unit) and words.removesuffix(unit).isdecimal():
            return int(words.removesuffix(unit)) * units[unit]
    try:
        return float(words)
    except ValueError:
        raise PromQlError(f'cannot parse "{words}" to a valid duration', "step") from None


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
