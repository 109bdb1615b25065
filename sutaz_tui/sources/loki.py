"""Loki's HTTP API: ready, the labels and streams that it knows, and the newest line of a stream.

Checked against Loki 3: errors are text/plain with status 400; a log query is refused by the instant endpoint.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.loki_refusals import expect_answer
from sutaz_tui.sources.unexpected import expect_ok

Made = TypeVar("Made")

JOBS_FOR = 600.0
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
        self._jobs: tuple[str, ...] = ()
        self._jobs_at = -JOBS_FOR
        self._newest: dict[str, tuple[float, int | None]] = {}
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._known: dict[str, tuple[float, Any]] = {}

    async def ready(self, timeout: float) -> HttpAnswer:
        """GET /ready: 200 "ready", or 503 with the part that is not."""
        return await self.http.get("/ready", timeout=timeout)

    async def jobs(self, timeout: float) -> tuple[str, ...]:
        """The values of the label `job` within Loki's own default of six hours, asked every ten minutes."""
        if not self._jobs or time.monotonic() - self._jobs_at >= JOBS_FOR:
            answer = await self.http.get("/loki/api/v1/label/job/values", timeout=timeout)
            # Loki leaves `data` out where there is no value.
            self._jobs = self._texts(self._data(answer) or [], "values of label job")
            self._jobs_at = time.monotonic()
        return self._jobs

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

    async def newest(self, job: str, timeout: float) -> float | None:
        """When the newest line of this job ("": of any) was written, Unix seconds; None: none in SEARCHED.

        An answer serves all who ask within NEWEST_FOR.
        """
        selector = f"{{job={json.dumps(job, ensure_ascii=False)}}}" if job else '{job=~".+"}'
        async with self._turns[selector]:
            asked, newest = self._newest.get(selector, (-NEWEST_FOR, None))
            if time.monotonic() - asked >= NEWEST_FOR:
                newest = await self._ask_newest(selector, newest, timeout)
                self._newest[selector] = (time.monotonic(), newest)
        return newest / _BILLION if newest is not None else None

    async def _ask_newest(self, selector: str, before: int | None, timeout: float) -> int | None:
        now = time.time_ns()
        answer = await self.http.get(
            "/loki/api/v1/query_range",
            params={
                "query": selector,
                "limit": 1,
                "direction": "backward",
                "start": now - SEARCHED * _BILLION if before is None else before,
                # A shipper's clock may be ahead of ours.
                "end": max(now, before or 0) + 60 * _BILLION,
            },
            timeout=timeout,
        )
        data = self._data(answer)
        try:
            found = [int(value[0]) for stream in data["result"] for value in stream["values"]]
            if not all(0 <= at < _LATEST for at in found):
                raise ValueError("no moment that Loki could keep")
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise BadAnswer(
                self.title, "the answer to query_range holds no streams; is this the right port?"
            ) from error
        return max(found, default=before)

    def _data(self, answer: HttpAnswer) -> Any:
        found = expect_ok(self.title, answer).json()
        if not isinstance(found, dict) or found.get("status") != "success":
            raise BadAnswer(self.title, "the body is not what Loki sends; is this the right port?")
        return found.get("data")


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
