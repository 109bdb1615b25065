"""Loki's HTTP API over the containers' lines: push, queries, labels, statistics and the tail."""

import gzip
import json
import re
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from sutaz_tui.simulator import logql, loki_push, loki_tail
from sutaz_tui.simulator.exposition import gauge, response
from sutaz_tui.simulator.logql import Count, Entry, LogQlError
from sutaz_tui.simulator.logs import Labels
from sutaz_tui.simulator.web import application, think
from sutaz_tui.simulator.world import World

HOUR = 3600 * 10**9
JSON_TYPE = "application/json; charset=UTF-8"
ERA = 2**62


def answer(data: Any) -> Response:
    return Response(json.dumps({"status": "success", "data": data}), headers={"content-type": JSON_TYPE})


def plain(value: Any) -> Response:
    return Response(json.dumps(value), headers={"content-type": JSON_TYPE})


def stats(lines: int) -> dict[str, Any]:
    figures = {
        "bytesProcessedPerSecond": lines * 90_000,
        "linesProcessedPerSecond": lines * 900,
        "execTime": 0.001,
    }
    totals = {"totalBytesProcessed": lines * 100, "totalLinesProcessed": lines, "totalEntriesReturned": lines}
    return {"summary": {**figures, **totals, "queueTime": 0.0001, "subqueries": 0}}


class Loki:
    def __init__(self, world: World) -> None:
        self.world = world
        self.pages = 0

    def now(self) -> int:
        self.world.tick()
        return int(self.world.epoch() * 1e9)

    def newest(self) -> int:
        """The end of what is shown: a store that is not fresh stopped ten minutes ago."""
        return ERA if self.world.traits.loki_is_fresh else self.now() - 600 * 10**9

    def range(self, request: Request) -> tuple[int, int]:
        query = request.query_params
        end = _time(query.get("end"), self.now())
        start = _time(query.get("start"), end - HOUR)
        if "since" in query:
            start = end - logql.duration(query["since"])
        if end <= start:
            raise LogQlError("end timestamp must not be before or equal to start time")
        return start, min(end, self.newest())

    def labels(self, request: Request, name: str | None = None) -> list[str]:
        found: set[str] = set()
        for labels, stream in self.world.logs.streams.items():
            if stream.times:
                known = dict(labels)
                found |= set(known) if name is None else {known[name]} if name in known else set()
        return sorted(found)

    async def query_range(self, request: Request) -> Response:
        await think(self.world, 0.004)
        query = logql.parse(request.query_params.get("query", ""))
        start, end = self.range(request)
        if isinstance(query, Count):
            step = _step(request.query_params.get("step"), end - start)
            series: dict[Labels, list[list[Any]]] = {}
            first = -(-start // step) * step
            for at in range(first, end + 1, step):
                for labels, value in logql.count(self.world.logs, query, at).items():
                    series.setdefault(labels, []).append([at // 10**9, f"{value:g}"])
            matrix = [{"metric": dict(labels), "values": values} for labels, values in sorted(series.items())]
            return answer({"resultType": "matrix", "result": matrix, "stats": stats(len(matrix))})
        longest = self.world.traits.loki_max_query_length
        if end - start > longest * 10**9:
            words = f"query length: {(end - start) // 10**9 // 3600}h0m0s, limit: {longest // 3600}h"
            raise LogQlError(f"the query time range exceeds the limit ({words})")
        limit, most = int(request.query_params.get("limit", "100")), self.world.traits.loki_max_entries
        if limit > most:
            words = f"max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {most})"
            raise LogQlError(words)
        backward = request.query_params.get("direction", "backward").lower() != "forward"
        self.pages += 1
        refused = self.world.traits.loki_refuses_every
        if refused and self.pages % refused == 0:
            return PlainTextResponse("too many outstanding requests\n", 429)
        found = logql.select(self.world.logs, query, start, end, limit, newest=backward)
        if backward:
            found.reverse()
        return answer({"resultType": "streams", "result": _streams(found), "stats": stats(len(found))})

    async def query(self, request: Request) -> Response:
        query = logql.parse(request.query_params.get("query", ""))
        if not isinstance(query, Count):
            words = "log queries are not supported as an instant query type, please change your query to a range query"
            raise LogQlError(f"{words} type")
        at = _time(request.query_params.get("time"), self.now())
        found = logql.count(self.world.logs, query, at)
        vector = [
            {"metric": dict(labels), "value": [round(at / 1e9, 3), f"{value:g}"]}
            for labels, value in sorted(found.items())
        ]
        return answer({"resultType": "vector", "result": vector, "stats": stats(len(vector))})

    async def series(self, request: Request) -> Response:
        selections = [logql.parse_selection(query) for query in request.query_params.getlist("match[]")]
        known = [dict(labels) for labels, stream in self.world.logs.streams.items() if stream.times]
        return answer(
            [labels for labels in known if not selections or any(each.matches(labels) for each in selections)]
        )

    async def volume(self, request: Request) -> Response:
        selection = logql.parse_selection(request.query_params.get("query", ""))
        start, end = self.range(request)
        target = request.query_params.get("targetLabels", "job")
        sizes: dict[str, int] = {}
        for entry in logql.select(self.world.logs, selection, start, end):
            value = dict(entry.labels).get(target, "")
            sizes[value] = sizes.get(value, 0) + len(entry.text.encode())
        at = round(end / 1e9, 3)
        largest = sorted(sizes.items(), key=lambda pair: -pair[1])[
            : int(request.query_params.get("limit", "100"))
        ]
        vector = [{"metric": {target: value}, "value": [at, str(size)]} for value, size in largest]
        return answer({"resultType": "vector", "result": vector, "stats": stats(len(vector))})

    async def index_stats(self, request: Request) -> Response:
        selection = logql.parse_selection(request.query_params.get("query", ""))
        start, end = self.range(request)
        if lag := self.world.traits.loki_index_lag:
            end = min(end, self.now() - int(lag * 1e9))
        entries = logql.select(self.world.logs, selection, start, end)
        streams = len({entry.labels for entry in entries})
        size = sum(len(entry.text.encode()) for entry in entries)
        return plain({"streams": streams, "chunks": streams, "bytes": size, "entries": len(entries)})

    async def detected(self, request: Request) -> Response:
        if request.url.path.endswith("labels"):
            names = [
                {"label": name, "cardinality": len(self.labels(request, name))}
                for name in self.labels(request)
            ]
            return plain({"detectedLabels": names})
        fields = [
            {
                "label": "level",
                "type": "string",
                "cardinality": 3,
                "parsers": ["json"],
                "jsonPath": ["level"],
            },
            {"label": "detected_level", "type": "string", "cardinality": 3, "parsers": None},
        ]
        return plain({"fields": fields, "limit": 1000})

    async def patterns(self, request: Request) -> Response:
        """What the pattern ingester makes of a selector's lines; not there unless it is on."""
        if not self.world.traits.loki_finds_patterns:
            raise HTTPException(404)
        selection = logql.parse_selection(request.query_params.get("query", ""))
        if selection.has_stages:
            raise LogQlError("only label matchers are supported")
        start, end = self.range(request)
        step = _step(request.query_params.get("step"), end - start)
        found: dict[tuple[str, str], dict[int, int]] = {}
        for entry in logql.select(self.world.logs, selection, start, end):
            key = re.sub(r"\d[\d.,:-]*", "<_>", entry.text.rstrip("\n")), logql.level_of(entry.text)
            at = entry.at // step * step // 10**9
            samples = found.setdefault(key, {})
            samples[at] = samples.get(at, 0) + 1
        return answer(
            [
                {"pattern": text, "level": level, "samples": sorted(map(list, samples.items()))}
                for (text, level), samples in found.items()
            ]
        )

    async def push(self, request: Request) -> Response:
        raw = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            raw = gzip.decompress(raw)
        streams, fault = loki_push.taken(raw, self.now())
        for labels, lines in streams if self.world.traits.loki_keeps_lines else ():
            self.world.logs.extend(labels, lines)
        if fault:
            return PlainTextResponse(f"{fault}\n", 400)
        return Response(status_code=204)

    async def tail(self, socket: WebSocket) -> None:
        refused = loki_tail.refusal(self.world, socket)
        now = self.now()
        try:
            if refused is None:
                asked = loki_tail.asked(
                    socket.query_params, _time(socket.query_params.get("start"), now - HOUR)
                )
        except LogQlError as error:
            refused = PlainTextResponse(str(error), 400)
        if refused is not None:
            await socket.send_denial_response(refused)
        else:
            await loki_tail.Tail(self.world, socket, asked).run(now)


class Tenants:
    """Refuses who names no tenant, where there are tenants."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wants = self._world.traits.loki_has_tenants and scope["path"].startswith("/loki/")
        named = b"x-scope-orgid" in {name for name, _ in scope["headers"]}
        answer: ASGIApp = PlainTextResponse("no org id\n", 401) if wants and not named else self._app
        await answer(scope, receive, send)


def app(world: World) -> Starlette:
    loki = Loki(world)

    async def ready(_: Request) -> Response:
        return PlainTextResponse("ready\n")

    async def buildinfo(_: Request) -> Response:
        names = ("version", "revision", "branch", "buildUser", "buildDate")
        return JSONResponse(dict.fromkeys(names, "") | {"version": "3.5.8", "goVersion": "go1.24.9"})

    async def labels(request: Request) -> Response:
        return answer(loki.labels(request))

    async def values(request: Request) -> Response:
        return answer(loki.labels(request, request.path_params["name"]))

    async def metrics(_: Request) -> Response:
        return response([gauge("loki_build_info", "Build", ({"version": "3.5.8"}, 1.0))])

    async def upgrade_wanted(_: Request) -> Response:
        return PlainTextResponse("Bad Request\n", 400)

    async def refused(_: Request, error: Exception) -> Response:
        return PlainTextResponse(str(error), 400)

    async def missing(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        empty = request.url.path.endswith("/patterns")
        return PlainTextResponse("" if empty else "404 page not found\n", error.status_code)

    base = "/loki/api/v1"
    served = application(
        routes=[
            Route("/ready", ready),
            Route("/metrics", metrics),
            Route(f"{base}/status/buildinfo", buildinfo),
            Route(f"{base}/push", loki.push, methods=["POST"]),
            Route(f"{base}/labels", labels),
            Route(f"{base}/label/{{name}}/values", values),
            Route(f"{base}/series", loki.series),
            Route(f"{base}/query_range", loki.query_range),
            Route(f"{base}/query", loki.query),
            Route(f"{base}/index/stats", loki.index_stats),
            Route(f"{base}/index/volume", loki.volume),
            Route(f"{base}/index/volume_range", loki.volume),
            Route(f"{base}/detected_fields", loki.detected),
            Route(f"{base}/detected_labels", loki.detected),
            Route(f"{base}/patterns", loki.patterns),
            WebSocketRoute(f"{base}/tail", loki.tail),
            Route(f"{base}/tail", upgrade_wanted),
        ],
        handlers={LogQlError: refused, HTTPException: missing},
    )
    served.add_middleware(Tenants, world=world)
    return served


def _streams(entries: list[Entry]) -> list[dict[str, Any]]:
    """Entries as Loki groups them: by labels and detected level, each group in the order asked for."""
    groups: dict[tuple[Labels, str], list[list[str]]] = {}
    first: dict[tuple[Labels, str], Entry] = {}
    for entry in entries:
        key = entry.labels, logql.level_of(entry.text)
        if key not in groups:
            groups[key], first[key] = [], entry
        groups[key].append([str(entry.at), entry.text])
    return [{"stream": loki_tail.stream_labels(first[key]), "values": found} for key, found in groups.items()]


def _time(words: str | None, default: int) -> int:
    """Nanoseconds of a time as Loki takes it: nanoseconds, seconds with a fraction, or RFC 3339."""
    if not words:
        return default
    try:
        if words.isdecimal():
            # A number of ten digits or fewer is seconds.
            return int(words) if len(words) > 10 else int(words) * 10**9
        return int(float(words) * 1e9)
    except ValueError:
        pass
    try:
        return int(datetime.fromisoformat(words).timestamp() * 1e9)
    except ValueError:
        raise LogQlError(f"could not parse {words!r} as a time") from None


def _step(words: str | None, span: int) -> int:
    if not words:
        return max(10**9, span // 250 // 10**9 * 10**9)
    step = int(float(words) * 1e9) if words.replace(".", "", 1).isdecimal() else logql.duration(words)
    if step <= 0:
        raise LogQlError("zero or negative query resolution step widths are not accepted")
    return step
