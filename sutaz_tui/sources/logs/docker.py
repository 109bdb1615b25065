"""The log of one container by the Engine API: complete by itself, followed by name through every restart.

Docker's `tail` counts before `until` cuts, so the newest lines of an older span are looked for in spans that widen.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import datetime
from operator import attrgetter
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from sutaz_tui.errors import BadAnswer, SourceError, TimedOut
from sutaz_tui.logs.feed import Unindexed
from sutaz_tui.logs.lines import Batch, Gap, LogLine, Page
from sutaz_tui.sources.docker import READ_LIMIT, DockerApi
from sutaz_tui.sources.http_stream import HttpStream, stream
from sutaz_tui.sources.logs.frames import FramedLines, Lines, RawLines
from sutaz_tui.sources.logs.told import SECOND, Told
from sutaz_tui.sources.unexpected import UnexpectedStatus, expect_ok
from sutaz_tui.text.sanitise import one_line

SPAN_LIMIT = 64 * 1024 * 1024
"""Bytes read of one span before it is asked for in smaller parts."""
FIRST_SPAN = 60 * SECOND
WIDER = 8
LEAST_SPAN = SECOND
# Podman reads a moment as a float, which is true to a quarter of a microsecond.
_SLACK = 1000
_STALL = 15.0
_WITHOUT_LOG = re.compile(r"does not support reading|cannot read logs", re.IGNORECASE)


class Logged(Struct, frozen=True):
    """What a container's own page says that matters to its log; `created` in nanoseconds, 0 unknown."""

    id: str
    is_tty: bool
    driver: str
    state: str
    exit_code: int
    created: int

    @property
    def is_running(self) -> bool:
        return self.state in ("running", "paused")


class DockerFeed(Unindexed):
    """Feed of one container, by its name, for one made anew has another id.

    `pauses` are the least and longest wait between two tries, `quiet` the silence after which the daemon is asked
    whether it is still there; both in seconds. `wall` tells the time in nanoseconds.
    """

    late = 0

    def __init__(
        self,
        api: DockerApi,
        service: str,
        container: str,
        way: str = "docker socket",
        *,
        pauses: tuple[float, float] = (0.5, 5.0),
        quiet: float = 30.0,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        self.service = service
        self.way = way
        self.container = container
        self._api = api
        self._path = f"/containers/{quote(container, safe='')}"
        self._pauses = pauses
        self._quiet = quiet
        self._wall = wall

    async def aclose(self) -> None:
        """Nothing is held open beside what `follow` holds."""

    async def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        """Lines from `after` on for ever; what keeps them from coming is told once, and tried again."""
        told, pause = Told(), self._pauses[0]
        trouble = stuck = ""
        known: Logged | None = None
        broke = False
        while True:
            came, found = False, None
            gaps: tuple[Gap, ...] = ()
            try:
                found = await self._look()
                state = self._state(found)
            except SourceError as error:
                state = str(error)
            if found is not None:
                gaps = self._lost(known, found, told.newest or after) if broke else ()
                known, broke = found, False
            if gaps or (state or stuck) != trouble:
                trouble = state or stuck
                yield Batch([], opened=gaps, trouble=trouble)
            if found is not None:
                try:
                    async with aclosing(self._stream(found, told, after)) as parts:
                        async for lines in parts:
                            stuck, came = "", came or bool(lines)
                            if lines or trouble != state:
                                trouble = state
                                yield Batch(lines, trouble=trouble)
                except BadAnswer as error:
                    stuck = self._words(error, found)
                except SourceError:
                    # A daemon that restarts; the next look says what is the matter, if anything is.
                    broke = True
                if stuck and stuck != trouble:
                    trouble = stuck
                    yield Batch([], trouble=trouble)
            pause = self._pauses[0] if came else min(pause * 2, self._pauses[1])
            if not came or stuck:
                await asyncio.sleep(pause)

    async def _stream(self, found: Logged, told: Told, after: int) -> AsyncGenerator[list[LogLine], None]:
        """The lines that were not reported yet, nothing first; until the log ends or another container took the name."""
        if told.newest:
            told.resume()
        since = told.again_from() if told.newest else after - _SLACK
        # Podman 4.3 sends not even its headers before the first line; the next look tells whether it lives.
        with suppress(TimedOut):
            # One that starts just now must be looked at again, so what an ended one left is not followed.
            async with self._opened(found, since=since, follow=found.is_running) as (answer, lines):
                yield []
                while True:
                    try:
                        async with asyncio.timeout(self._quiet):
                            data = await answer.read()
                    except TimeoutError:
                        beside = await self._look()
                        if beside is None or beside.id != found.id:
                            return
                        continue
                    got = lines.feed(data) if data else lines.finish()
                    fresh = told.fresh(_not_before(got, after) if told.newest < after + SECOND else got)
                    if fresh:
                        yield fresh
                    if not data:
                        return

    def _state(self, found: Logged | None) -> str:
        """Why no line can come; "" while one can."""
        if found is None:
            return f"there is no container {self.container}; waiting for one of that name"
        if found.is_running:
            return ""
        if found.state == "created":
            return f"container {self.container} was never started; waiting for it"
        doing = "restarting" if found.state == "restarting" else "not running"
        return f"container {self.container} is {doing} (exited {found.exit_code}); waiting for it"

    def _words(self, error: SourceError, found: Logged) -> str:
        if isinstance(error, UnexpectedStatus) and _WITHOUT_LOG.search(error.words):
            return (
                f"the log of {self.container} cannot be read: its log driver {found.driver} keeps none; "
                "run it with the driver json-file or local, or name its file or Loki in the config"
            )
        return str(error)

    def _lost(self, known: Logged | None, found: Logged, since: int) -> tuple[Gap, ...]:
        """A container that was made anew while its log could not be read took its lines with it."""
        if known is None or known.id == found.id:
            return ()
        words = "the container was recreated while its log could not be read"
        return (Gap(self.service, since, max(since, found.created), None, words),)

    # Pages

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        """At most `limit` lines of a span; the newest of all by one question, those of older spans by a few."""
        found = await self._look()
        if found is None:
            raise BadAnswer(self._api.title, f"there is no container {self.container}")
        # No line is older than its container, whatever its clock's second says.
        start = max(start, found.created - SECOND)
        try:
            if not newest:
                return await self._oldest(found, start, end, limit)
            if end >= self._wall() - FIRST_SPAN:
                page = await self._tail(found, start, end, limit)
                if page is not None:
                    return page
            return await self._newest(found, start, end, limit)
        except UnexpectedStatus as error:
            raise BadAnswer(self._api.title, self._words(error, found)) from error

    async def _tail(self, found: Logged, start: int, end: int, limit: int) -> Page | None:
        """The last messages of the log; None when some are too young and older ones would be needed for them."""
        got: list[LogLine] = []
        async with self._opened(found, tail=limit) as (answer, lines):
            while data := await self._read(answer):
                got += lines.feed(data)
            got += lines.finish()
        got.sort(key=_moment)
        is_whole = lines.messages < limit or (bool(got) and got[0].at < start)
        if not is_whole and got and got[-1].at >= end:
            return None
        kept = [line for line in got if start <= line.at < end]
        return Page(kept[-limit:], is_whole and len(kept) <= limit)

    async def _oldest(self, found: Logged, start: int, end: int, limit: int) -> Page:
        got: list[LogLine] = []
        async with self._opened(found, since=_floor(start), until=_floor(end) + SECOND) as (answer, lines):
            while len(got) <= limit and (data := await self._read(answer)):
                got += [line for line in lines.feed(data) if start <= line.at < end]
            got += [line for line in lines.finish() if start <= line.at < end]
        got.sort(key=_moment)
        return Page(got[:limit], len(got) <= limit)

    async def _newest(self, found: Logged, start: int, end: int, limit: int) -> Page:
        collected: list[LogLine] = []
        upper, width, is_whole = end, FIRST_SPAN, True
        while upper > start and len(collected) < limit:
            lower = max(start, upper - width)
            part = await self._span(found, lower, upper, limit + 1, width <= LEAST_SPAN)
            if part is None:
                width = max(LEAST_SPAN, width // WIDER)
                continue
            collected = part + collected
            upper, width = lower, width * WIDER
        is_whole = upper <= start and len(collected) <= limit
        return Page(collected[-limit:], is_whole)

    async def _span(
        self, found: Logged, start: int, end: int, limit: int, even_if_large: bool
    ) -> list[LogLine] | None:
        """The newest lines of a span; None when it is larger than what is read at once."""
        kept: deque[LogLine] = deque(maxlen=limit)
        size = 0
        async with self._opened(found, since=_floor(start), until=_floor(end) + SECOND) as (answer, lines):
            while data := await self._read(answer):
                size += len(data)
                if size > SPAN_LIMIT and not even_if_large:
                    return None
                kept.extend(line for line in lines.feed(data) if start <= line.at < end)
            kept.extend(line for line in lines.finish() if start <= line.at < end)
        return sorted(kept, key=_moment)

    async def _read(self, answer: HttpStream) -> bytes:
        try:
            async with asyncio.timeout(_STALL):
                return await answer.read()
        except TimeoutError as error:
            raise TimedOut(self._api.title, f"the log did not go on for {_STALL:g} s") from error

    # Questions

    @asynccontextmanager
    async def _opened(
        self, found: Logged, *, since: int = 0, until: int = 0, tail: int = 0, follow: bool = False
    ) -> AsyncIterator[tuple[HttpStream, Lines]]:
        params: dict[str, str | int] = {"stdout": 1, "stderr": 1, "timestamps": 1}
        if since > 0:
            params["since"] = f"{since // SECOND}.{since % SECOND:09d}"
        if until:
            params["until"] = f"{until // SECOND}.{until % SECOND:09d}"
        if tail:
            params["tail"] = tail
        if follow:
            params["follow"] = 1
        first_byte = self._quiet if follow else _STALL
        path = f"{self._path}/logs"
        async with stream(self._api.http, path, params=params, first_byte=first_byte) as answer:
            # Only Docker from API 1.42 on tells frames from raw text; both were called raw before.
            is_framed = not found.is_tty or "multiplexed" in answer.headers.get("content-type", "")
            kind = FramedLines if is_framed else RawLines
            yield answer, kind(self._api.title, self.service, self.container)

    async def _look(self) -> Logged | None:
        """The container that has the name at present; None when there is none."""
        answer = await self._api.http.request("GET", f"{self._path}/json", read_limit=READ_LIMIT)
        if answer.status == 404:
            return None
        found = expect_ok(self._api.title, answer).json()
        try:
            state, host = found["State"], found.get("HostConfig") or {}
            return Logged(
                id=str(found["Id"]),
                is_tty=(found.get("Config") or {}).get("Tty") is True,
                driver=one_line(str((host.get("LogConfig") or {}).get("Type") or "unknown"), 30),
                state=one_line(str(state["Status"]), 20).lower(),
                exit_code=int(state.get("ExitCode") or 0),
                created=_nanoseconds(found.get("Created")),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            words = "the page of a container lacks its State; is this Docker's socket?"
            raise BadAnswer(self._api.title, words) from error


_moment = attrgetter("at")


def _floor(moment: int) -> int:
    """The whole second of a moment: all that Podman tells of one."""
    return moment // SECOND * SECOND


def _not_before(lines: list[LogLine], after: int) -> list[LogLine]:
    """Lines from a moment on; one whose moment is known to the second only may be from later in it."""
    least = _floor(after)
    return [line for line in lines if line.at >= after or line.at == least]


def _nanoseconds(text: Any) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp()) * SECOND
    except (TypeError, ValueError, OverflowError):
        return 0
