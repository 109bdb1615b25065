"""One notifier at work: what it is to tell goes out in order, is tried again until it went, and is never told twice."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sutaz_tui.clock import Clock
from sutaz_tui.config.notifiers import NotifierConfig
from sutaz_tui.engine.news.items import Items
from sutaz_tui.engine.news.telling import Message, Rationed, Teller
from sutaz_tui.errors import NotTaken, SourceError, TooMany
from sutaz_tui.sources.notify.alertmanager import AlertmanagerPoster
from sutaz_tui.sources.notify.item import Item
from sutaz_tui.sources.notify.senders import Sender
from sutaz_tui.sources.notify.texts import Texts
from sutaz_tui.state.history.file import Unusable
from sutaz_tui.state.notify.outbox import BEGUN, DUE, SENT, Kept, Outbox
from sutaz_tui.state.writer import trouble
from sutaz_tui.text.units import plural

PAUSES = (5.0, 15.0, 60.0, 120.0, 300.0)
"""Seconds before each further try; the last again and again."""
LONGEST_PAUSE = 3600.0
"""So long a receiver may ask to be left alone."""
REFUSALS = 3
"""So often a message may be refused for what it is, until it is given up."""
POST_EVERY = 60.0
MOST = 500
"""Messages that wait; the oldest of more are given up, and that is said."""


class Runner(Protocol):
    """What tells people by one notifier."""

    to: NotifierConfig

    async def load(self) -> None:
        """Take what earlier runs left."""

    async def look(self, items: Items, now: datetime, not_well: Collection[str]) -> None:
        """See what is wrong now."""

    def move(self, step: timedelta) -> None:
        """The clock was set by so much."""

    async def run(self) -> None:
        """Send what is to be sent, until cancelled."""

    async def aclose(self) -> None:
        """Let go of its connections."""


class _Keeping:
    """The part of both runners that keeps: `failed` hears why it is not kept or not sent, "" once it is; `is_there` says
    whether the config still has what an earlier run told of."""

    def __init__(
        self,
        to: NotifierConfig,
        outbox: Outbox,
        clock: Clock,
        failed: Callable[[str], object],
        is_there: Callable[[Item], bool],
    ) -> None:
        self.to = to
        self._outbox = outbox
        self._clock = clock
        self._failed = failed
        self._is_there = is_there
        self._teller = Teller(to.name, to.after, to.recovery)

    async def _load(self) -> Kept:
        kept = await asyncio.to_thread(self._outbox.load)
        told = filter(self._is_there, kept.told)
        self._teller = Teller(self.to.name, self.to.after, self.to.recovery, told)
        return kept

    def move(self, step: timedelta) -> None:
        """The clock was set by so much: what was seen moves with it."""
        self._teller.move(step)

    def _told(self) -> list[Item]:
        return [one.item for one in self._teller.open.values()]


class QueueRunner(_Keeping):
    """Sends one message after another; `texts` makes of each what is sent, `say` hears of what may be lost."""

    def __init__(
        self,
        to: NotifierConfig,
        sender: Sender,
        outbox: Outbox,
        clock: Clock,
        failed: Callable[[str], object],
        is_there: Callable[[Item], bool],
        texts: Callable[[Message], Texts],
        say: Callable[[str], object],
    ) -> None:
        super().__init__(to, outbox, clock, failed, is_there)
        self._sender = sender
        self._texts = texts
        self._say = say
        self._ration = Rationed(to.name)
        self._queue: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._unmarked: dict[str, tuple[Message, str]] = {}
        self._is_unkept = False

    def move(self, step: timedelta) -> None:
        super().move(step)
        self._ration.move(step)

    async def load(self) -> None:
        kept = await self._load()
        # What was sent before the clock was set back counts for nothing, rather than for all that time.
        now = self._clock.now()
        self._ration = Rationed(self.to.name, [at for at in kept.sent if at <= now])
        self._ration.held = list(kept.held)
        self._queue.extend(kept.due)
        for message in kept.begun:
            # It may have gone: twice is worse than a word here.
            self._failed(f"ended while sending {message.title!r}: whether it went is not known")
            await self._mark(message, SENT)
        self._wake.set()

    async def look(self, items: Items, now: datetime, not_well: Collection[str]) -> None:
        if self._unmarked:
            await self._mark_again()
        told = set(self._teller.open)
        made = self._teller.look(items, now, not_well)
        passed = self._ration.pass_on(made, now)
        if not made and not passed and told == set(self._teller.open) and not self._is_unkept:
            return
        keep, due = self._outbox.keep, [*self._queue, *passed] if self._is_unkept else passed
        try:
            kept = await asyncio.to_thread(keep, self._told(), list(self._ration.held), due, now)
        except Unusable as error:
            # Told all the same: who is not told of a full disk learns it too late.
            if not self._is_unkept:
                self._say(f"notify {self.to.name}: what is told is not kept: {_why(error)}; trying again")
            self._is_unkept = True
        else:
            passed = [message for message in passed if message in kept]
            self._is_unkept = False
        self._queue.extend(passed)
        if (over := len(self._queue) - MOST) > 0:
            for _ in range(over):
                del self._queue[1]
            self._say(f"notify {self.to.name}: {plural(over, 'message')} given up: {MOST} wait already")
        self._wake.set()

    async def run(self) -> None:
        tries = refusals = 0
        while True:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
                continue
            message = self._queue[0]
            await self._mark(message, BEGUN)
            try:
                await self._sender.send(self._texts(message))
            except SourceError as error:
                await self._mark(message, DUE)
                waiting = f"; {plural(len(self._queue), 'message')} wait" if len(self._queue) > 1 else ""
                refusals += isinstance(error, NotTaken)
                if refusals >= REFUSALS:
                    # No other try will do, and all behind it would wait for ever.
                    self._failed(f"{error.words}; given up: {message.title!r}{waiting}")
                    self._queue.popleft()
                    await self._mark(message, SENT)
                    tries = refusals = 0
                    continue
                self._failed(f"{error.words}{waiting}; trying again")
                pause = PAUSES[min(tries, len(PAUSES) - 1)]
                if isinstance(error, TooMany):
                    pause = max(pause, min(error.after, LONGEST_PAUSE))
                await self._clock.wait(asyncio.Event(), pause)
                tries += 1
            else:
                self._queue.popleft()
                await self._mark(message, SENT)
                tries = refusals = 0
                self._failed("")

    async def _mark(self, message: Message, state: str) -> None:
        try:
            await asyncio.to_thread(self._outbox.mark, message, state)
        except Unusable as error:
            if not self._unmarked:
                self._say(f"notify {self.to.name}: what was sent is not kept: {_why(error)}; trying again")
            self._unmarked[message.id] = message, state
        else:
            self._unmarked.pop(message.id, None)

    async def _mark_again(self) -> None:
        """Keep what a full disk did not take: another run would send it a second time."""
        for message, state in [*self._unmarked.values()]:
            try:
                await asyncio.to_thread(self._outbox.mark, message, state)
            except Unusable:
                return
            if self._unmarked.get(message.id) == (message, state):
                del self._unmarked[message.id]

    async def aclose(self) -> None:
        await self._sender.aclose()


class AlertmanagerRunner(_Keeping):
    """Posts all that is wrong each minute and whenever it changes: the Alertmanager groups and counts."""

    def __init__(
        self,
        to: NotifierConfig,
        poster: AlertmanagerPoster,
        outbox: Outbox,
        clock: Clock,
        failed: Callable[[str], object],
        is_there: Callable[[Item], bool],
    ) -> None:
        super().__init__(to, outbox, clock, failed, is_there)
        self._poster = poster
        self._over: dict[str, Item] = {}
        self._wake = asyncio.Event()

    async def load(self) -> None:
        await self._load()
        self._wake.set()

    async def look(self, items: Items, now: datetime, not_well: Collection[str]) -> None:
        before = {item.key: item for item in self._told()}
        self._teller.look(items, now, not_well)
        after = self._teller.open
        if before.keys() == after.keys():
            return
        self._over |= {key: item for key, item in before.items() if key not in after}
        for key in after:
            self._over.pop(key, None)
        self._wake.set()
        try:
            await asyncio.to_thread(self._outbox.keep, self._told(), [], [], now)
        except Unusable as error:
            self._failed(f"what is told is not kept: {_why(error)}")

    async def run(self) -> None:
        tries = 0
        while True:
            self._wake.clear()
            over = dict(self._over)
            try:
                await self._poster.post(self._told(), over.values(), self._clock.now())
            except SourceError as error:
                self._failed(f"{error.words}; trying again")
                await self._clock.wait(self._wake, PAUSES[min(tries, 2)])
                tries += 1
                continue
            tries = 0
            self._failed("")
            for key, item in over.items():
                if self._over.get(key) is item:
                    del self._over[key]
            await self._clock.wait(self._wake, POST_EVERY)

    async def aclose(self) -> None:
        await self._poster.aclose()


def _why(error: BaseException) -> str:
    return trouble(Path("the history"), error)
