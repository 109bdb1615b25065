"""The board as lines of text: for screen readers, logs and terminals that cannot be drawn on.

One line says how all is, then one each change, each cause and each alert; every five minutes one says that it lives.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sutaz_tui.engine.causes import headline
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import (
    WORDS,
    WORST_FIRST,
    Cause,
    Change,
    ChangeKind,
    ServiceState,
    Snapshot,
    Status,
    cause_title,
)
from sutaz_tui.output.alerts import alert_line
from sutaz_tui.process import output
from sutaz_tui.process.garbage import look_from_now
from sutaz_tui.process.heap import give_back
from sutaz_tui.process.signals import on_ending
from sutaz_tui.text.sanitise import about, ago, one_line
from sutaz_tui.text.units import plural

if TYPE_CHECKING:
    # At run time it would bring SQLite to those who only print.
    from sutaz_tui.state.history.recorder import Recorder

HEARTBEAT = 300.0
LOOK = 5.0
# So long must nothing be due before we say that we have caught up: near the limit it comes and goes.
CAUGHT_UP = 30.0
# What has not answered by then does not keep the rest from being told.
SETTLED_WITHIN = 15.0


AlertKey = tuple[str, str, tuple[str, ...]]
"""Name, severity, and who silenced it."""


class PlainBoard:
    """Turns snapshots into lines; the first call of `lines` that is settled tells the totals and what is not up."""

    def __init__(self, env: str) -> None:
        self._env = one_line(env, 40).upper()
        self._told: dict[str, ServiceState] = {}
        self._causes: dict[str, Cause] = {}
        # What was told last of each row: how many there were.
        self._alerts: dict[AlertKey, int] = {}
        self._last_change: Change | None = None
        self._began: datetime | None = None
        self._is_settled = False
        self._behind_at: datetime | None = None

    def lines(self, snapshot: Snapshot) -> Iterator[str]:
        """What is to be told of a snapshot, given those before it."""
        for words in self._words(snapshot):
            yield f"{snapshot.at.astimezone():%H:%M:%S} {one_line(words, 1000)}"

    def heartbeat(self, snapshot: Snapshot) -> str:
        """The line that says that nothing is wrong with us."""
        last = f"; last answer {snapshot.round_at.astimezone():%H:%M:%S}" if snapshot.round_at else ""
        behind = f"; {behind_words(snapshot)}" if snapshot.behind else ""
        return f"{snapshot.at.astimezone():%H:%M:%S} still watching: {totals(snapshot)}{last}{behind}"

    def _words(self, snapshot: Snapshot) -> Iterator[str]:
        if self._began is None:
            self._began = snapshot.at
            yield f"{self._env}: watching {plural(len(snapshot.services), 'service')}, polling"
        if not self._is_settled:
            asked = all(state.asked is not None for state in snapshot.services)
            confirmed = not any(_is_unconfirmed(state) for state in snapshot.services)
            if not (asked and confirmed) and (snapshot.at - self._began).total_seconds() < SETTLED_WITHIN:
                return
            self._is_settled = True
            self._last_change = snapshot.changes[-1] if snapshot.changes else None
            yield f"{self._env}: {totals(snapshot)}"
            self._told = {
                state.service.id: state
                for state in snapshot.services
                if state.status in (Status.UP, Status.ABSENT)
            }
        yield from self._behind_words(snapshot)
        yield from self._cause_words(snapshot)
        for state in snapshot.services:
            yield from self._service_words(state, snapshot)
        yield from self._change_words(snapshot)
        yield from self._alert_words(snapshot)

    def _service_words(self, state: ServiceState, snapshot: Snapshot) -> Iterator[str]:
        if _is_unconfirmed(state):
            return
        before = self._told.get(state.service.id)
        if before is not None and (before.status, before.known) == (state.status, state.known):
            return
        self._told[state.service.id] = state
        status = WORDS[state.status]
        after = ""
        if before is not None and before.since is not None and state.since is not None:
            lasted = (state.since - before.since).total_seconds()
            at_least = "at least " if before.since_at_least else ""
            after = f" after {at_least}{ago(lasted)} {WORDS[before.status]}" if lasted > 0 else ""
        because = ", ".join(self._title(id, snapshot) for id in state.because)
        words = f"{state.service.title} {status}{after}"
        if state.status is not Status.UP:
            words += f": {state.summary}" + (f"; because of {because}" if because else "")
        yield words + (f"; known: {state.known}" if state.known else "")

    def _behind_words(self, snapshot: Snapshot) -> Iterator[str]:
        if snapshot.behind:
            if self._behind_at is None:
                yield behind_words(snapshot)
            self._behind_at = snapshot.at
        elif self._behind_at is not None and (snapshot.at - self._behind_at).total_seconds() >= CAUGHT_UP:
            self._behind_at = None
            yield "caught up"

    def _cause_words(self, snapshot: Snapshot) -> Iterator[str]:
        causes = {cause.id: cause for cause in snapshot.causes}
        for id, cause in causes.items():
            before = self._causes.get(id)
            is_news = before is None or _without_figures(before.words) != _without_figures(cause.words)
            # A service that nothing hangs on is told by its own line alone.
            if is_news and cause.needed_by:
                yield f"cause: {headline(cause, snapshot.at)}"
        for id, cause in self._causes.items():
            if id not in causes and cause.needed_by:
                yield f"no longer a cause: {cause.title}"
        self._causes = causes

    def _change_words(self, snapshot: Snapshot) -> Iterator[str]:
        fresh: list[Change] = []
        for change in reversed(snapshot.changes):
            if change is self._last_change:
                break
            fresh.append(change)
        if fresh:
            self._last_change = fresh[0]
        for change in reversed(fresh):
            if change.kind is not ChangeKind.STATUS:
                title = self._title(change.service_id, snapshot)
                yield f"{title}: {change.words}" if title else change.words

    def _alert_words(self, snapshot: Snapshot) -> Iterator[str]:
        told: dict[AlertKey, int] = {}
        for alert in snapshot.alerts:
            key = alert.name, alert.severity, alert.silenced_by
            before = self._alerts.get(key, 0)
            # How many there are changes all the time: what doubled is news.
            is_news = alert.count >= 2 * before
            told[key] = alert.count if is_news else before
            if is_news:
                yield f"alert {alert_line(alert, snapshot.at)}"
        names = {name for name, _, _ in told}
        for name in dict.fromkeys(name for name, _, _ in self._alerts if name not in names):
            yield f"alert {name} resolved"
        self._alerts = told

    def _title(self, id: str, snapshot: Snapshot) -> str:
        titles = {state.service.id: state.service.title for state in snapshot.services}
        return cause_title(id, titles)


def _without_figures(words: str) -> str:
    """Words of a cause without what counts in them: how many it hits changes with every poll, and is no news."""
    return re.sub(r"\d+", "", words)


def _is_unconfirmed(state: ServiceState) -> bool:
    """Whether it is not asked yet, or failed once and is being asked again."""
    return (state.asked is None or state.is_remembered) or (
        state.asks > 0 and state.status is Status.DEGRADED
    )


def behind_words(snapshot: Snapshot) -> str:
    """That this program cannot keep up with its own intervals, and what that means for what it shows."""
    return f"behind: {about(snapshot.behind)} due, so older values are shown"


def totals(snapshot: Snapshot) -> str:
    """How many are how, in words."""
    counts = snapshot.totals()
    words = [f"{counts[status]} {WORDS[status]}" for status in WORST_FIRST]
    others = ((snapshot.unchecked_count(), "running, unchecked"), (snapshot.known_count(), "known"))
    return ", ".join([*words, *(f"{count} {word}" for count, word in others if count)])


async def follow(
    engine: Engine, tell: Callable[[str], object], env: str, recorder: "Recorder | None" = None
) -> None:
    """Tell what happens, line by line, until cancelled; an OSError of `tell` ends it and is raised."""
    board = PlainBoard(env)

    async def beat() -> None:
        told = engine.clock.monotonic()
        while True:
            await engine.clock.wait(asyncio.Event(), LOOK)
            # Lines are read as they come or later, so nobody presses keys: that is no reason to ask less often.
            engine.key_pressed()
            # What grows stale does so without an answer.
            for line in board.lines(engine.snapshot()):
                tell(line)
            if engine.clock.monotonic() - told >= HEARTBEAT:
                told = engine.clock.monotonic()
                tell(board.heartbeat(engine.snapshot()))

    async def changes() -> None:
        async for snapshot in engine.snapshots():
            for line in board.lines(snapshot):
                tell(line)

    give_back()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(changes())
            group.create_task(beat())
            if recorder is not None:
                group.create_task(recorder.run())
            await engine.start()
            look_from_now()
    except* OSError as failed:
        raise failed.exceptions[0] from None
    finally:
        if recorder is not None:
            recorder.close()
        await engine.stop()


async def follow_until_stopped(
    engine: Engine,
    tell: Callable[[str], object],
    env: str,
    ready: Callable[[], Awaitable[None]] | None = None,
    fileno: int | None = 1,
    recorder: "Recorder | None" = None,
) -> int:
    """Follow once the stack is `ready` until a signal comes: 128 + its number; 1 once nobody reads `fileno` on, where one
    must."""
    stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def stop(code: int) -> None:
        if not stopped.done():
            stopped.set_result(code)

    on_ending(asyncio.get_running_loop(), stop)

    async def whole() -> None:
        if ready is not None:
            await ready()
        await follow(engine, tell, env, recorder)

    following = asyncio.create_task(whole())
    lost = asyncio.create_task(output.until_lost(fileno)) if fileno is not None else None
    if lost is not None:
        lost.add_done_callback(lambda _: stop(1))
    waiting: set[asyncio.Future[Any]] = {following, stopped}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if lost is not None:
            lost.cancel()
    if not stopped.done():
        try:
            following.result()
        except OSError as error:
            if fileno is None or not output.has_gone(error, fileno):
                raise
            return 1
        return 0
    following.cancel()
    await asyncio.wait({following})
    return stopped.result()
