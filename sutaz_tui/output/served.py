"""What `serve` answers: the pages, made of the picture that is there. No page asks the stack anything."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from sutaz_tui.engine.causes import headline
from sutaz_tui.errors import CannotStart
from sutaz_tui.model import Snapshot, calm_words
from sutaz_tui.output.history import history_value
from sutaz_tui.output.status import ASCII_GLYPHS, as_value, exit_code, json_text, totals_line
from sutaz_tui.sources.serving.messages import JSON, Answer, Asked, said
from sutaz_tui.state.bundle.hiding import Hidden
from sutaz_tui.state.history.account import Account
from sutaz_tui.state.history.moments import typed_moment
from sutaz_tui.text.masking import Secrets
from sutaz_tui.text.moments import EXPECTED
from sutaz_tui.text.sanitise import one_line

LONGEST_SPAN = timedelta(days=7)
"""Of the history, in one answer."""
MOST_BYTES = 8_000_000
SHORTEST = 100
"""Bytes of a change at least."""
WITHIN = 7.0
"""Seconds that the history is read and written out at most: the connection lives for ten."""
_TYPED = 40
_CAUSES = 5
STALE_AFTER = 10.0
"""Seconds beside three of the shortest interval without any answer, after which the picture is stale."""

Kept = Callable[[datetime, datetime, Callable[[], bool]], Account]


def staleness(snapshot: Snapshot, shortest: float) -> str:
    """Why the picture is not to be believed, "" where it is; `shortest` is that of all intervals, seconds."""
    if snapshot.round_at is None:
        return "no service has been asked yet"
    age = (snapshot.at - snapshot.round_at).total_seconds()
    bound = 3 * shortest + STALE_AFTER
    return f"no service was asked for {age:.0f} s, expected one in {bound:.0f} s" if age > bound else ""


class Served:
    """`kept` reads the history, None where nothing is remembered; it may take long, and CannotStart says why it cannot.

    It gives up once its last argument says so. `within` are the seconds after which nobody waits for it.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        shortest: float,
        secrets: Secrets,
        ids: Collection[str],
        metrics: Callable[[], Awaitable[Answer]],
        kept: Kept | None,
        within: float = WITHIN,
    ) -> None:
        self._snapshot = snapshot
        self._shortest = shortest
        self._secrets = secrets
        self._ids = tuple(ids)
        self._kept = kept
        self._within = within
        self._one_by_one = asyncio.Lock()
        self._pages: Mapping[str, Callable[[Asked], Awaitable[Answer]]] = {
            "/metrics": lambda _: metrics(),
            "/status": self._status,
            "/status.json": self._status_json,
            "/history.json": self._history,
            "/healthz": self._health,
        }

    async def answer(self, asked: Asked) -> Answer:
        """The page that is asked for."""
        page = self._pages.get(asked.path)
        if page is None:
            return said(HTTPStatus.NOT_FOUND, f"no such page; there are {', '.join(self._pages)}")
        if asked.query and asked.path != "/history.json":
            return said(HTTPStatus.BAD_REQUEST, "this page takes no parameters")
        return await page(asked)

    def _json(self, value: dict[str, Any]) -> Answer:
        body = json_text(Hidden(self._secrets, self._ids).value(value)).encode()
        if len(body) > MOST_BYTES:
            return _too_much()
        return Answer(HTTPStatus.OK, body, JSON)

    async def _status_json(self, _: Asked) -> Answer:
        return self._json(as_value(self._snapshot()))

    async def _status(self, _: Asked) -> Answer:
        snapshot = self._snapshot()
        told = [headline(cause, snapshot.at) for cause in snapshot.causes[:_CAUSES]] or [calm_words(snapshot)]
        lines = [totals_line(snapshot, ASCII_GLYPHS), *told]
        stale = staleness(snapshot, self._shortest)
        body = "\n".join(one_line(self._secrets.mask(line), 300) for line in [*lines, *filter(None, [stale])])
        is_well = not stale and exit_code(snapshot) == 0
        return said(HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE, body)

    async def _health(self, _: Asked) -> Answer:
        stale = staleness(self._snapshot(), self._shortest)
        return said(HTTPStatus.SERVICE_UNAVAILABLE if stale else HTTPStatus.OK, stale or "ok")

    async def _history(self, asked: Asked) -> Answer:
        if self._kept is None:
            return said(HTTPStatus.NOT_FOUND, "nothing is remembered here")
        now = self._snapshot().at
        span = _span(asked.query, now)
        if isinstance(span, str):
            return said(HTTPStatus.BAD_REQUEST, span)
        try:
            async with asyncio.timeout(self._within):
                return await self._told(self._kept, *span)
        except TimeoutError:
            words = f"it cannot be told within {self._within:g} s: ask for a shorter span"
            return said(HTTPStatus.SERVICE_UNAVAILABLE, words)
        except CannotStart as error:
            return said(HTTPStatus.SERVICE_UNAVAILABLE, one_line(str(error), 300))

    async def _told(self, kept: Kept, begin: datetime, end: datetime) -> Answer:
        given_up = threading.Event()

        def read() -> Answer:
            found = kept(begin, end, given_up.is_set)
            changes = len(found.changes) + sum(len(one.changes) for one in found.incidents)
            return _too_much() if changes * SHORTEST > MOST_BYTES else self._json(history_value(found))

        # It takes a core for a while: one at a time, however many ask, until its thread has ended and not only who asked.
        await self._one_by_one.acquire()
        reading = asyncio.create_task(asyncio.to_thread(read), name="read the history")
        reading.add_done_callback(self._ended)
        try:
            return await asyncio.shield(reading)
        finally:
            given_up.set()

    def _ended(self, reading: asyncio.Task[Answer]) -> None:
        self._one_by_one.release()
        if not reading.cancelled():
            reading.exception()  # who asked may have gone: nobody is told


def _too_much() -> Answer:
    return said(HTTPStatus.BAD_REQUEST, f"more than {MOST_BYTES // 1_000_000} MB: ask for a shorter span")


def _span(query: str, now: datetime) -> tuple[datetime, datetime] | str:
    """The span that the parameters `since` and `until` mean, or what is wrong with them, without a word of theirs."""
    try:
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=2)
    except ValueError:
        return "the parameters are since and until, each once"
    typed = {"since": "24h", "until": ""} | dict(given)
    if len(typed) > 2 or len(dict(given)) < len(given):
        return "the parameters are since and until, each once"
    since, until = typed["since"], typed["until"]
    if max(len(since), len(until)) > _TYPED:
        return f"expected {EXPECTED}"
    begin, end = typed_moment(since, now), typed_moment(until, now) if until else now
    if begin is None or end is None:
        return f"expected {EXPECTED}"
    # What was typed is cut to a millisecond.
    if not timedelta() < end - begin < LONGEST_SPAN + timedelta(seconds=1):
        return f"since is before until, and at most {LONGEST_SPAN.days} days"
    return begin, end
