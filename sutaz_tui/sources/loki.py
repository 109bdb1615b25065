"""Loki's HTTP API: ready, the labels and streams that it knows, and the newest line of a stream.

Checked against Loki 3: errors are text/plain with status 400; a log query is refused by the instant endpoint.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from sutaz_tui.errors import BadAnswer, WrongQuery
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.loki_refusals import expect_answer
from sutaz_tui.sources.prometheus_ranges import Ranges, ranges_of
from sutaz_tui.sources.remembered import Remembered
from sutaz_tui.sources.unexpected import UnexpectedStatus

Made = TypeVar("Made")

NAMES_FOR = 600.0
"""Seconds that it is taken as known which labels name a job here."""

MOST_JOBS = 100
AT_ONCE = 5
"""Newest lines of everything that are asked for: their streams are the freshest jobs."""

LINES_LIMIT = 4 * 1024 * 1024
KNOWN_FOR = 30.0
"""Seconds that labels, their values and streams are taken as known: a container made anew has other ones."""

KNOWN_LIMIT = 16 * 1024 * 1024
NEWEST_FOR = 5.0

SEARCHED = 3600
"""Seconds back that a stream's first newest line is looked for; later ones from the line before it on."""

_BILLION = 1_000_000_000
_LATEST = 1 << 63

_ASIDE = 256 * 1024
"""Bytes from which on an answer is read in a thread, so that keys are answered meanwhile."""


class LokiApi:
    """The API of one Loki; every method raises SourceError."""

    def __init__(self, clients: Clients, source: str, title: str) -> None:
        self.title = title
        self.http = clients.source_http(source, title)
        self._names: Remembered[tuple[str, ...]] = Remembered(NAMES_FOR, ("job",))
        self._asked: dict[str, float] = {}
        self._seen: dict[str, int] = {}
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._known: dict[str, tuple[float, Any]] = {}

    async def ready(self, timeout: float) -> HttpAnswer:
        """GET /ready: 200 "ready", or 503 with the part that is not."""
        return await self.http.get("/ready", timeout=timeout)

    async def labels(self, timeout: float) -> tuple[str, ...]:
        """The names of all labels, sorted; an answer serves for KNOWN_FOR, as those of `values` and `series` do."""
        found = await self._known_data("labels", {}, timeout)
        return await _aside(_size(found), lambda: self._texts(found, "labels"))

    async def values(self, label: str, timeout: float) -> tuple[str, ...]:
        """The values of a label, sorted."""
        found = await self._known_data(f"label/{quote(label, safe='')}/values", {}, timeout)
        return await _aside(_size(found), lambda: self._texts(found, "values of a label"))

    async def series(self, selector: str, timeout: float) -> tuple[Mapping[str, str], ...]:
        """The labels of every stream that a selector lets through; WrongQuery when it cannot be read."""
        found = await self._known_data("series", {"match[]": selector}, timeout)
        return await _aside(_size(found), lambda: self._streams(found))

    def _streams(self, found: Any) -> tuple[Mapping[str, str], ...]:
        if not isinstance(found, list) or not all(isinstance(labels, dict) for labels in found):
            raise BadAnswer(self.title, "the streams are no list of labels; is this the right port?")
        return tuple(
            {_sendable(name): _sendable(str(value)) for name, value in each.items()} for each in found
        )

    async def _known_data(self, what: str, params: Mapping[str, str], timeout: float) -> Any:
        key = f"{what} {params}"
        async with self._turns[key]:
            at, found = self._known.get(key, (-KNOWN_FOR, None))
            if time.monotonic() - at >= KNOWN_FOR:
                answer = await self.http.request(
                    "GET", f"/loki/api/v1/{what}", params=params, timeout=timeout, read_limit=KNOWN_LIMIT
                )
                answer = expect_answer(self.title, answer)
                # Loki leaves `data` out where there is none.
                found = await _aside(len(answer.body), lambda: self._data(answer)) or []
                # What is not there yet may come any moment.
                if found:
                    self._known[key] = (time.monotonic(), found)
            return found

    def _texts(self, found: Any, what: str) -> tuple[str, ...]:
        if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
            raise BadAnswer(self.title, f"the {what} are no list of texts; is this the right port?")
        return tuple(sorted(map(_sendable, found)))

    async def range(self, query: str, start: int, end: int, step: int, timeout: float) -> Ranges:
        """The values of a metric query from `start` to `end` (Unix seconds), one each `step` seconds; WrongQuery."""
        answer = await self.http.request(
            "GET",
            "/loki/api/v1/query_range",
            params={"query": query, "start": start * _BILLION, "end": end * _BILLION, "step": step},
            timeout=timeout,
            read_limit=KNOWN_LIMIT,
        )
        data = self._data(answer)
        kind = data.get("resultType") if isinstance(data, dict) else None
        if kind == "streams":
            words = "a query of lines; count them to draw it: sum(count_over_time({…}[1m]))"
            raise WrongQuery(self.title, words)
        found = data.get("result") if isinstance(data, dict) else None
        return await _aside(len(answer.body), lambda: ranges_of(self.title, found))

    async def newest(self, job: str, enough: float, timeout: float) -> float | None:
        """When the newest line of this job ("": of any) was written, Unix seconds; None: none in SEARCHED.

        Any is judged as `freshest` judges everything, so that two rows of one Loki never say otherwise.

        An answer serves all who ask within NEWEST_FOR.
        """
        if not job:
            return next(iter((await self.freshest(enough, timeout)).values()), None)
        since = self._seen.get(job)
        # A line that everything was just seen to hold needs no question of its own.
        if since is None or time.time_ns() - since >= NEWEST_FOR * _BILLION:
            selector = f"{{job={json.dumps(job, ensure_ascii=False)}}}"
            await self._look(selector, lambda _: job, since, 1, timeout)
        return self._seen[job] / _BILLION if job in self._seen else None

    async def freshest(self, enough: float, timeout: float) -> dict[str, float]:
        """When each job that is known wrote last, Unix seconds, the freshest first; empty: none in SEARCHED.

        Judged over everything that names a job: where that gives nothing as new as `enough` (Unix seconds), by the next
        label that may name one.
        """
        deadline = time.monotonic() + timeout
        for name in await self._names.get(lambda: self._names_of_jobs(timeout)):
            left = max(0.1, deadline - time.monotonic())
            newest = max(self._seen.values(), default=None)
            await self._look(f'{{{name}=~".+"}}', partial(_text_of, name), newest, AT_ONCE, left)
            if max(self._seen.values(), default=0) >= enough * _BILLION:
                break
        return {job: at / _BILLION for job, at in sorted(self._seen.items(), key=lambda one: -one[1])}

    async def _names_of_jobs(self, timeout: float) -> tuple[str, ...]:
        """The labels that name a job: `job`, `service_name` where a shipper sets no other, else any label at all."""
        try:
            labels = await self.labels(timeout)
        except UnexpectedStatus as error:
            # A gateway before it may let queries through alone.
            if error.answer.status != 404:
                raise
            labels = ()
        return tuple(name for name in ("job", "service_name") if name in labels) or labels[:1] or ("job",)

    async def _look(
        self,
        selector: str,
        job_of: Callable[[Mapping[str, Any]], str],
        since: int | None,
        limit: int,
        timeout: float,
    ) -> None:
        """See how new the newest lines of a selector are; `since` is the newest that is known, in nanoseconds."""
        async with self._turns[selector]:
            if time.monotonic() - self._asked.get(selector, -NEWEST_FOR) < NEWEST_FOR:
                return
            now = time.time_ns()
            answer = await self.http.request(
                "GET",
                "/loki/api/v1/query_range",
                params={
                    "query": selector,
                    "limit": limit,
                    "direction": "backward",
                    "start": now - SEARCHED * _BILLION if since is None else since,
                    # A shipper's clock may be ahead of ours.
                    "end": max(now, since or 0) + 60 * _BILLION,
                },
                timeout=timeout,
                read_limit=LINES_LIMIT,
            )
            data = self._data(answer)
            try:
                for stream in data["result"]:
                    job = job_of(stream["stream"])
                    for at in (int(value[0]) for value in stream["values"]):
                        if not 0 <= at < _LATEST:
                            raise ValueError("no time that Loki could keep")
                        self._seen[job] = max(at, self._seen.get(job, 0))
            except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError) as error:
                raise BadAnswer(
                    self.title, "the answer to query_range holds no streams; is this the right port?"
                ) from error
            for oldest in sorted(self._seen, key=lambda one: -self._seen[one])[MOST_JOBS:]:
                del self._seen[oldest]
            self._asked[selector] = time.monotonic()

    def _data(self, answer: HttpAnswer) -> Any:
        found = expect_answer(self.title, answer).json()
        if not isinstance(found, dict) or found.get("status") != "success":
            raise BadAnswer(self.title, "the body is not what Loki sends; is this the right port?")
        return found.get("data")


def _text_of(name: str, labels: Mapping[str, Any]) -> str:
    return str(labels.get(name, "?"))


async def _aside(size: int, read: Callable[[], Made]) -> Made:
    """What `read` gives, in a thread where so many bytes take long."""
    return read() if size < _ASIDE else await asyncio.to_thread(read)


def _size(found: Any) -> int:
    """About how many bytes a list of names or labels had."""
    return 100 * len(found) if isinstance(found, list) else 0


def _sendable(text: str) -> str:
    """JSON can spell lone surrogates, which no request can carry."""
    return text.encode("utf-8", "replace").decode()


def loki_api(clients: Clients, source: str, title: str) -> LokiApi:
    """The one client of this source."""
    return clients.shared(f"loki:{source}", lambda: LokiApi(clients, source, title))
