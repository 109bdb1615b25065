"""Logs that are followed because somebody wants to be told of them: of a pattern, or of silence."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field

from sutaz_tui.config.notifiers import LogRule
from sutaz_tui.engine.news.items import WARNING, Items
from sutaz_tui.engine.news.telling import shift
from sutaz_tui.errors import SutazError
from sutaz_tui.model import Service
from sutaz_tui.sources.notify.item import Item
from sutaz_tui.text.patterns import Expression, TooSlow
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import ago, plural

if TYPE_CHECKING:
    from sutaz_tui.logs.feed import Feed
    from sutaz_tui.logs.lines import Batch
    from sutaz_tui.wiring.logs import LogFeeds

AGAIN = 60.0
"""Seconds until a log that cannot be followed is looked for again."""


class Watched(Struct):
    """What one rule saw: when lines matched, the newest of them, and when anything was written last."""

    rule: LogRule
    expression: Expression | None
    hits: deque[datetime] = field(default_factory=deque)
    last: str = ""
    heard: datetime | None = None


class LogWatch:
    """Follows the log of one service for its rules; `mask` hides secrets in its lines, `trouble` hears why it cannot."""

    def __init__(
        self,
        service: Service,
        rules: Iterable[LogRule],
        feeds: "LogFeeds",
        now: Callable[[], datetime],
        mask: Callable[[str], str],
        trouble: Callable[[str], object],
    ) -> None:
        self._service = service
        self._feeds = feeds
        self._now = now
        self._mask = mask
        self._trouble = trouble
        self._watched = [
            Watched(rule, Expression(rule.pattern) if rule.pattern else None, deque(maxlen=rule.count))
            for rule in rules
        ]

    async def run(self) -> None:
        """Follow it until cancelled, from now on."""
        while True:
            try:
                feeds = await self._feeds.feeds([self._service.id])
                if feeds:
                    await self._follow(feeds[0])
                problem = self._feeds.problems.get(self._service.id)
                self._told(str(problem) if problem is not None else "it ended")
            except SutazError as error:
                self._told(str(error))
            await asyncio.sleep(AGAIN)

    async def _follow(self, feed: "Feed") -> None:
        began = self._now()
        for one in self._watched:
            one.heard = began
        async for batch in feed.follow(time.time_ns()):
            self._told(batch.trouble)
            self.take(batch)

    def _told(self, words: str) -> None:
        if words:
            # Of a log that cannot be read nobody knows whether it is silent.
            for one in self._watched:
                one.heard = None
        else:
            for one in self._watched:
                one.heard = one.heard or self._now()
        self._trouble(words)

    def take(self, batch: "Batch") -> None:
        """See its lines."""
        now = self._now()
        for one in self._watched:
            if batch.lines:
                one.heard = now
            if one.expression is None:
                continue
            for line in batch.lines:
                try:
                    if one.expression.finds(line.text):
                        one.hits.append(now)
                        one.last = line.text
                except TooSlow as error:
                    self._trouble(f"{one.rule.pattern}: {error}")

    def move(self, step: timedelta) -> None:
        """The clock was set by so much."""
        for one in self._watched:
            shift(one.hits, step)
            one.heard = one.heard and one.heard + step

    def items(self, rules: Iterable[LogRule], now: datetime) -> Items:
        """What of these rules holds now."""
        wanted, found = list(rules), {}
        for one in self._watched:
            if one.rule in wanted and (item := self._item(one, now)) is not None:
                found[item.key] = item
        return found

    def _item(self, one: Watched, now: datetime) -> Item | None:
        rule, service = one.rule, self._service
        title = service.title
        if one.expression is None:
            if one.heard is None or (now - one.heard).total_seconds() < rule.silent:
                return None
            key, since = f"silence:{service.id}", one.heard
            title += f": nothing logged for {ago((now - one.heard).total_seconds())}"
            words = f"nothing since {one.heard.astimezone():%H:%M:%S}"
        else:
            within = timedelta(seconds=rule.within)
            if len(one.hits) < rule.count or now - one.hits[0] > within:
                return None
            pattern = one_line(rule.pattern, 60)
            key, since = f"log:{service.id}:{pattern}", one.hits[0]
            title += f": {plural(rule.count, 'line')} with {pattern} within {ago(rule.within)}"
            words = one_line(self._mask(one.last), 300)
        return Item(
            key, title, words, WARNING, since, service.id, (service.id,), service.owner, service.runbook
        )
