"""The lines that Loki keeps: pages of history, the live tail, and counts.

Checked against Loki 3. A query_range gives [start, end). A range vector at time t covers (t - range, t], both ends
to the nanosecond while the range itself is written in milliseconds at the finest. The tail drops lines under load
and tells of some of them only. index/stats does not know what is still in the ingesters' memory.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from sutaz_tui.errors import BadAnswer, NoTail, SourceError, TooMany
from sutaz_tui.logs.feed import PAGE_LIMIT, Counted, Frame, Patterned
from sutaz_tui.logs.lines import LogLine, Page
from sutaz_tui.logs.paging import Rest, next_page
from sutaz_tui.logs.parsing.levels import level_named
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.logs.loki_answers import LokiAnswers
from sutaz_tui.sources.logs.loki_labels import volumes
from sutaz_tui.sources.logs.loki_query import (
    COUNT_BEFORE,
    LEVELS_BEFORE,
    by_streams,
    counting,
    counting_levels,
    selector,
)
from sutaz_tui.sources.logs.loki_tails import ended_tail, refused_tail
from sutaz_tui.sources.loki import LokiApi
from sutaz_tui.sources.loki_refusals import TooLongSpan, TooManyEntries, expect_answer
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.sources.websocket import Closed, NoUpgrade, websocket
from sutaz_tui.text.sanitise import Secrets
from sutaz_tui.text.units import ago

Received = TypeVar("Received", str, bytes)
Made = TypeVar("Made")

ANSWER_LIMIT = 32 * 1024 * 1024
FRAME_LIMIT = 32 * 1024 * 1024
"""A frame holds at most 100 entries, each of at most 256 KiB unless Loki is told otherwise."""

ASIDE = 256 * 1024
"""Bytes from which on an answer is read in a thread."""

DEADLINE = 20.0
OPENING = 5.0
QUIET = 10.0
"""Seconds of silence after which a tail is asked for a sign of life, and given up after as many more."""

MOST_PARTS = 48
"""Questions for one span: of a Loki that answers for two hours at once those of four days."""

FEWER = 8
"""An answer that is too large is asked for again in so many parts."""

PATIENT, PATIENT_TIMES = 10.0, 3
"""Seconds that a Loki may ask to wait before the same question, and how often for one."""

MILLISECOND = 1_000_000

_TOO_LARGE = re.compile(r"larger than max|ResourceExhausted")
_NO_SECRETS = Secrets(())


class LokiLogs:
    """Asks one Loki about the lines of `service` (""): see LokiQueries; every method raises SourceError.

    Denied: login or tenant; TooMany: asked too often; NoTail: no WebSocket here; TailEnded: the tail's time is over.
    """

    def __init__(self, api: LokiApi, service: str, timeout: float = DEADLINE) -> None:
        self._api = api
        self._timeout = timeout
        self._answers = LokiAnswers(api.title, service)
        self.page_limit = PAGE_LIMIT
        """Entries that this Loki gives in one answer; learned from its refusals."""
        self.span_limit = 1 << 62
        """Nanoseconds that one question to this Loki may span; learned likewise."""

    async def range(self, query: str, start: int, end: int, limit: int, newest: bool) -> list[LogLine]:
        """At most `limit` lines of [start, end), its newest or oldest ones, oldest first.

        One request, unless Loki gives less at once: then as many as it takes, no line twice.
        """
        lines: list[LogLine] = []
        asked = Rest(start, end, newest)
        while asked.start < asked.end and len(lines) < limit:
            parts = -(-(asked.end - asked.start) // self.span_limit)
            if parts > MOST_PARTS:
                words = f"gives {ago(self.span_limit / 1e9)} at once: {parts:,} questions for so long a span are too many"
                raise BadAnswer(self._api.title, f"{words}; its limit is max_query_length")
            first = asked.part(self.span_limit)
            try:
                more = await self._lines(query, first, limit - len(lines))
            except TooLongSpan as error:
                if not 0 < error.most < first.end - first.start:
                    raise
                self.span_limit = error.most
                continue
            lines = more + lines if newest else lines + more
            asked = asked.without(first)
        return lines

    async def _lines(self, query: str, span: Rest, limit: int) -> list[LogLine]:
        """Those of a span that can be asked for at once."""
        newest = span.newest
        lines: list[LogLine] = []
        rest: Rest | None = span
        while rest and rest.start < rest.end and len(lines) < limit:
            page = await next_page(partial(self._page, query), rest, limit - len(lines))
            lines = page.lines + lines if newest else lines + page.lines
            rest = page.rest
            if rest and not page.lines:
                words = f"holds more than {len(rest.given)} lines of one nanosecond, which cannot be asked for in parts"
                raise BadAnswer(self._api.title, words)
        return lines[-limit:] if newest else lines[:limit]

    async def _page(self, query: str, start: int, end: int, limit: int, newest: bool) -> Page:
        """The lines of one request, of as many as this Loki gives at once; whole if there are fewer."""
        asked = min(limit, self.page_limit)
        while True:
            params: dict[str, str | int] = {"query": query, "start": start, "end": end, "limit": asked}
            params["direction"] = "backward" if newest else "forward"
            try:
                answer = await self._ask("query_range", params)
                if not answer.is_cut:
                    lines = await _aside(answer.body, lambda body: self._answers.lines(body, newest))
                    return Page(lines, len(lines) < asked)
                failure: SourceError = BadAnswer(
                    self._api.title, f"sends a line larger than {ANSWER_LIMIT >> 20} MiB"
                )
            except TooManyEntries as error:
                if not 0 < error.most < asked:
                    raise
                self.page_limit = asked = error.most
                continue
            except UnexpectedStatus as error:
                # Loki's own parts send each other messages of 4 MiB at most by default.
                if not _TOO_LARGE.search(error.answer.text()):
                    raise
                failure = error
            if asked == 1:
                try:
                    raise failure
                finally:
                    del failure  # see failures.py
            asked = max(1, asked // FEWER)

    async def tail(self, query: str, start: int, limit: int) -> AsyncGenerator[Frame, None]:
        """Frames as they come, the first ones with the newest `limit` lines since `start`; never ends by itself.

        Close the iterator to hang up.
        """
        http = self._api.http
        if http.address.startswith("/"):
            raise NoTail(self._api.title, "no tail: it is asked by a socket file")
        params = {"query": query, "start": start, "limit": limit, "delay_for": 0}
        path = f"/loki/api/v1/tail?{urlencode(params)}"
        try:
            async with websocket(http, path, _NO_SECRETS, timeout=OPENING, frame_limit=FRAME_LIMIT) as frames:
                while True:
                    yield await _aside(await frames.read(QUIET), self._answers.frame)
        except NoUpgrade as error:
            raise refused_tail(error) from error
        except Closed as error:
            raise ended_tail(error) from error

    async def count(self, query: str, start: int, end: int) -> int:
        """How many lines [start, end) holds; exact, also where the span is no whole number of milliseconds."""
        rest = (end - start) % MILLISECOND if end > start else 0
        # What is finer than a range can be written is so short that its lines can be asked for.
        total = await self._few(query, start, start + rest) if rest else 0
        return total + (await self._counted(query, end - start - rest, end) if end - start > rest else 0)

    async def _few(self, query: str, start: int, end: int) -> int:
        """The count of less than a millisecond, by its lines; of more than one answer holds by what lies beside them."""
        limit = self.page_limit
        lines = await self.range(query, start, end, limit, False)
        if len(lines) < limit:
            return len(lines)
        beside = await self.range(query, end - MILLISECOND, start, limit, False)
        if len(beside) >= limit:
            raise BadAnswer(
                self._api.title, f"holds more than {limit} lines of one millisecond beside those counted"
            )
        return await self._counted(query, MILLISECOND, end) - len(beside)

    async def _counted(self, query: str, span: int, end: int) -> int:
        """Loki's own count of a span of whole milliseconds up to `end`."""
        asked = {"query": counting(query, span // MILLISECOND), "time": end - 1}
        found = _json(self._api.title, await self._ask("query", asked, len(COUNT_BEFORE)))
        try:
            counted = sum(int(float(series["value"][1])) for series in found["data"]["result"])
            if not 0 <= counted < 1 << 63:
                raise ValueError("no number of lines")
            return counted
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise BadAnswer(self._api.title, "the answer to a count holds no number") from error

    async def counts(self, query: str, start: int, end: int, step: int) -> list[Counted]:
        """The lines of each step of [start, end) by the level in their labels, in one question.

        `step` is whole milliseconds; a count at time t covers (t - step, t].
        """
        params: dict[str, str | int] = {
            "query": counting_levels(query, step // MILLISECOND),
            "start": start + step,
            "end": end,
            "step": f"{step // MILLISECOND}ms",
        }
        found = _json(self._api.title, await self._ask("query_range", params, len(LEVELS_BEFORE)))
        counts = []
        try:
            for series in found["data"]["result"]:
                metric = series["metric"]
                level = level_named(str(metric.get("level") or metric.get("detected_level") or ""))
                for at, value in series["values"]:
                    lines = int(float(value))
                    if not 0 <= lines < 1 << 63:
                        raise ValueError("no number of lines")
                    counts.append(Counted(round(float(at) * 1000) * MILLISECOND - step, level, lines))
        except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError) as error:
            raise BadAnswer(self._api.title, "the answer to a count by steps holds no numbers") from error
        return counts

    async def patterns(self, query: str, start: int, end: int, step: int) -> list[Patterned] | None:
        """What its pattern ingester found of a selector's lines; None where that is off, or the query has stages."""
        if query.strip() != selector(query):
            return None
        params: dict[str, str | int] = {
            "query": query,
            "start": start,
            "end": end,
            "step": f"{step / 1e9:g}s",
        }
        answer = await self._api.http.request(
            "GET", "/loki/api/v1/patterns", params=params, timeout=self._timeout, read_limit=ANSWER_LIMIT
        )
        if answer.status == 404:
            return None
        found = _json(self._api.title, expect_answer(self._api.title, answer))
        try:
            return [
                Patterned(
                    str(each["pattern"]),
                    level_named(str(each.get("level") or "")),
                    tuple((int(at) * 10**9, int(lines)) for at, lines in each["samples"]),
                )
                for each in found.get("data") or ()
            ]
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise BadAnswer(self._api.title, "the answer to patterns holds none") from error

    async def size(self, query: str, start: int, end: int) -> int:
        """About how many bytes a count of [start, end) would read.

        By index/stats; where the index knows nothing yet, by index/volume, which also asks the ingesters.
        """
        params: dict[str, str | int] = {"query": selector(query), "start": start, "end": end}
        try:
            found = _json(self._api.title, await self._ask("index/stats", params))
            if stored := int(found["bytes"]):
                return stored
            answer = await self._api.http.get(
                "/loki/api/v1/index/volume", params=params, timeout=self._timeout
            )
            if answer.status != 200:
                # It can be turned off.
                return 0
            return sum(int(each["value"][1]) for each in answer.json()["data"]["result"])
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise BadAnswer(self._api.title, "the answer to index/stats holds no bytes") from error

    async def labels(self) -> tuple[str, ...]:
        """The names of all labels, sorted."""
        return await self._api.labels(self._timeout)

    async def values(self, label: str) -> tuple[str, ...]:
        """The values of a label, sorted."""
        return await self._api.values(label, self._timeout)

    async def streams(self, query: str) -> list[str]:
        """The query for each of its streams alone."""
        return by_streams(query, await self.series(selector(query)))

    async def volumes(self, label: str, start: int, end: int) -> Mapping[str, int] | None:
        """Bytes that were written under each value of a label, None where this Loki keeps no volumes."""
        return await volumes(self._api, label, start, end, self._timeout)

    async def series(self, selector: str) -> tuple[Mapping[str, str], ...]:
        """The labels of every stream that a selector lets through."""
        return await self._api.series(selector, self._timeout)

    async def _ask(self, what: str, params: Mapping[str, Any], shift: int = 0) -> HttpAnswer:
        """Its answer; where it says after how many seconds it may be asked again, that is waited for."""
        for _ in range(PATIENT_TIMES):
            try:
                return await self._ask_once(what, params, shift)
            except TooMany as error:
                if not 0 < error.after <= PATIENT:
                    raise
                await asyncio.sleep(error.after)
        return await self._ask_once(what, params, shift)

    async def _ask_once(self, what: str, params: Mapping[str, Any], shift: int) -> HttpAnswer:
        answer = await self._api.http.request(
            "GET",
            f"/loki/api/v1/{what}",
            params=params,
            timeout=self._timeout,
            read_limit=ANSWER_LIMIT,
        )
        return expect_answer(self._api.title, answer, shift)


def _json(source: str, answer: HttpAnswer) -> Any:
    found = answer.json()
    if not isinstance(found, dict):
        raise BadAnswer(source, "the body is not what Loki sends; is this the right port?")
    return found


async def _aside(content: Received, read: Callable[[Received], Made]) -> Made:
    """What `read` makes of `content`, in a thread where that takes long."""
    if len(content) < ASIDE:
        return read(content)
    return await asyncio.to_thread(read, content)
