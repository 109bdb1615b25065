"""Loki's HTTP API: ready, the jobs that it knows, and the newest line of a stream.

Checked against Loki 3: errors are text/plain with status 400; a log query is refused by the instant endpoint.
"""

import asyncio
import json
import time
from collections import defaultdict
from typing import Any

from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.outlets import Outlets
from sutaz_tui.sources.unexpected import expect_ok

JOBS_FOR = 600.0
NEWEST_FOR = 5.0

SEARCHED = 3600
"""Seconds back that a stream's first newest line is looked for; later ones from the line before it on."""

_BILLION = 1_000_000_000


class LokiApi:
    """The API of one Loki; every method raises SourceError."""

    def __init__(self, outlets: Outlets, source: str, title: str) -> None:
        self.title = title
        self.http = outlets.source_http(source, title)
        self._jobs: tuple[str, ...] = ()
        self._jobs_at = -JOBS_FOR
        self._newest: dict[str, tuple[float, int | None]] = {}
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ready(self, timeout: float) -> HttpAnswer:
        """GET /ready: 200 "ready", or 503 with the part that is not."""
        return await self.http.get("/ready", timeout=timeout)

    async def jobs(self, timeout: float) -> tuple[str, ...]:
        """The values of the label `job` within Loki's own default of six hours, asked every ten minutes."""
        if not self._jobs or time.monotonic() - self._jobs_at >= JOBS_FOR:
            answer = await self.http.get("/loki/api/v1/label/job/values", timeout=timeout)
            # Loki leaves `data` out where there is no value.
            found = self._data(answer) or []
            if not isinstance(found, list) or not all(isinstance(job, str) for job in found):
                raise BadAnswer(
                    self.title, "the values of label job are no list of texts; is this the right port?"
                )
            # JSON can spell lone surrogates, which no request can carry.
            self._jobs = tuple(sorted(job.encode("utf-8", "replace").decode() for job in found))
            self._jobs_at = time.monotonic()
        return self._jobs

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
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise BadAnswer(
                self.title, "the answer to query_range holds no streams; is this the right port?"
            ) from error
        return max(found, default=before)

    def _data(self, answer: HttpAnswer) -> Any:
        found = expect_ok(self.title, answer).json()
        if not isinstance(found, dict) or found.get("status") != "success":
            raise BadAnswer(self.title, "the body is not what Loki sends; is this the right port?")
        return found.get("data")


def loki_api(outlets: Outlets, source: str, title: str) -> LokiApi:
    """The one client of this source."""
    return outlets.shared(f"loki:{source}", lambda: LokiApi(outlets, source, title))
