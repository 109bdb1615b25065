"""All notifiers of one program: each second they see what is wrong, and tell what is theirs to tell."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from sutaz_tui.config import Config
from sutaz_tui.config.notifiers import LogRule, NotifierConfig, ToAlertmanager, ToTerminal, is_of_board
from sutaz_tui.engine.engine import Engine
from sutaz_tui.engine.news.disk import Disks
from sutaz_tui.engine.news.items import Items, items_of, items_of_checks, not_well
from sutaz_tui.engine.news.telling import Message
from sutaz_tui.model import Alert, CheckClass, CheckResult, Outcome, Snapshot
from sutaz_tui.sources.notify.item import OURS, Item
from sutaz_tui.sources.notify.texts import Texts, texts
from sutaz_tui.state.history.file import HistoryFile, Unusable
from sutaz_tui.state.notify.log_watch import LogWatch
from sutaz_tui.state.notify.outbox import Outbox
from sutaz_tui.state.notify.runner import AlertmanagerRunner, QueueRunner, Runner
from sutaz_tui.text.units import first_of, plural

if TYPE_CHECKING:
    from pathlib import Path

LOOK = 1.0
SETTLED_WITHIN = 30.0
"""Seconds from the start after which what was not asked yet keeps nothing from being told."""
RESULTS_EVERY = 15.0
RED_FOR = timedelta(days=1)
"""How old a red result may be that is told."""
TITLES = 20
STEP = timedelta(seconds=2)
"""So far the clock may run ahead or behind between two looks without having been set."""


class Watching(Struct):
    """What notifiers are told by, besides the engine: who may send, what checks ended with, and how to ring a terminal."""

    is_ours: Callable[[], bool] = lambda: True
    results: Callable[[], Mapping[str, CheckResult]] = dict
    ring: Callable[[str], object] = lambda _: None


class Notifying:
    """The notifiers of a config that this program is to serve; `tell` hears, in words, of what cannot be told.

    `path` is the history's, None for none. A board serves those that are `from: board`, a recorder the others.
    """

    def __init__(
        self,
        config: Config,
        engine: Engine,
        path: "Path | None",
        is_board: bool,
        tell: Callable[[str], object],
        watching: Watching,
    ) -> None:
        self._config = config
        self._engine = engine
        self._path = path
        self._tell = tell
        self._by = watching
        self._titles = {service.id: service.title for service in engine.services}
        self._mine = [one for one in config.notify if is_of_board(one) is is_board]
        self._runners: list[Runner] = [self._runner(one) for one in self._mine]
        self._failing: dict[str, str] = {}
        self._disks = Disks()
        self._logs: dict[str, LogWatch] = {}
        self._kept: dict[str, CheckResult] = {}
        self._looked = float("-inf")
        self._clock_was: tuple[datetime, float] | None = None

    async def run(self) -> None:
        """Tell people until cancelled, while that is for us."""
        try:
            while True:
                while not self._by.is_ours():
                    await self._engine.clock.wait(asyncio.Event(), LOOK)
                await self._while_ours()
        finally:
            await asyncio.gather(*(runner.aclose() for runner in self._runners), return_exceptions=True)

    async def say_left(self) -> None:
        """Say what an earlier config's notifiers left, which nobody sends any more."""
        if self._path is None:
            return
        box = Outbox(HistoryFile(self._path), "")
        left: Mapping[str, list[str]] = {}
        with suppress(*Unusable):
            left = await asyncio.to_thread(box.take_left, [one.name for one in self._config.notify])
        for name, titles in left.items():
            words = f"notify {name} is no longer in the config: {plural(len(titles), 'message')} not sent: "
            self._tell(self._config.secrets.mask(words + first_of([*map(repr, titles)], 3)))

    async def _while_ours(self) -> None:
        await self.say_left()
        for runner in self._runners:
            with suppress(OSError):
                await runner.load()
        async with asyncio.TaskGroup() as group:
            working = [
                group.create_task(runner.run(), name=f"notify {runner.to.name}") for runner in self._runners
            ]
            working += [group.create_task(watch.run(), name="watch a log") for watch in self._watches()]
            try:
                await self._look_on()
            finally:
                for task in working:
                    task.cancel()

    async def _look_on(self) -> None:
        clock = self._engine.clock
        began = clock.monotonic()
        while self._by.is_ours():
            self._follow_clock()
            snapshot = self._engine.snapshot()
            is_late = clock.monotonic() - began >= SETTLED_WITHIN
            if is_late or not snapshot.asking_count():
                await self._read_results()
                await self._look(snapshot)
            await clock.wait(asyncio.Event(), LOOK)

    def _follow_clock(self) -> None:
        """Where the clock was set, what was seen by it moves with it: else nothing would last until it is there again."""
        now, mono = self._engine.clock.now(), self._engine.clock.monotonic()
        then, before = self._clock_was or (now, mono)
        self._clock_was = now, mono
        step = now - then - timedelta(seconds=mono - before)
        if abs(step) >= STEP:
            self._disks.move(step)
            for runner in self._runners:
                runner.move(step)
            for watch in self._logs.values():
                watch.move(step)

    async def _look(self, snapshot: Snapshot) -> None:
        self._disks.see(snapshot)
        now, waiting = snapshot.at, not_well(snapshot)
        for runner in self._runners:
            await runner.look(self._items(runner.to, snapshot), now, waiting)

    def _items(self, to: NotifierConfig, snapshot: Snapshot) -> Items:
        wanted = None
        if to.services or to.groups:
            wanted = {
                service.id
                for service in self._engine.services
                if service.id in to.services or service.group in to.groups
            }
        found = items_of(snapshot, to.on, wanted)
        states = {
            state.service.id: state
            for state in snapshot.services
            if wanted is None or state.service.id in wanted
        }
        if to.disk:
            found |= self._disks.items(states, to.disk, snapshot.at)
        if "checks" in to.on:
            results = [*({**self._kept, **self._by.results()}).values()]
            checks = items_of_checks(self._fresh(results, snapshot.at), self._titles, snapshot.at)
            found |= {
                key: item for key, item in checks.items()
                if wanted is None or not wanted.isdisjoint(item.services)
            }  # fmt: skip
        for rule in to.logs:
            found |= self._logs[rule.service].items([rule], snapshot.at)
        return found

    @staticmethod
    def _fresh(results: Iterable[CheckResult], now: datetime) -> list[CheckResult]:
        return [result for result in results if now - result.started <= RED_FOR]

    async def _read_results(self) -> None:
        """What other programs' checks ended with, as the history has it."""
        now = self._engine.clock.monotonic()
        if self._path is None or now - self._looked < RESULTS_EVERY:
            return
        self._looked = now
        if any("checks" in to.on for to in self._mine):
            from sutaz_tui.state.results import Results

            rows = await asyncio.to_thread(Results(self._config, self._path.parent).ended)
            self._kept = {id: _result(id, at, outcome, message) for id, at, outcome, message in rows}

    def _watches(self) -> list[LogWatch]:
        rules: dict[str, list[LogRule]] = {}
        for to in self._mine:
            for rule in to.logs:
                rules.setdefault(rule.service, []).append(rule)
        if rules:
            from sutaz_tui.wiring.logs import LogFeeds

            feeds = LogFeeds(self._config, self._engine.clock)
            services = {service.id: service for service in self._engine.services}
            for id, of in rules.items():
                failed = self._failed_for(f"log:{id}", f"log of {self._titles[id]} is not watched")
                self._logs[id] = LogWatch(
                    services[id], of, feeds, self._engine.clock.now, self._config.secrets.mask, failed
                )
        return [*self._logs.values()]

    def _runner(self, to: NotifierConfig) -> Runner:
        from sutaz_tui.wiring.notify import poster, sender

        # Each board rings its own terminal; what goes elsewhere one program alone sends.
        is_shared = self._path is not None and not isinstance(to, ToTerminal)
        outbox = Outbox(HistoryFile(self._path) if is_shared and self._path is not None else None, to.name)
        clock, failed = self._engine.clock, self._failed_for(f"notify:{to.name}", f"notifier {to.name} fails")
        if isinstance(to, ToAlertmanager):
            made = poster(to, self._config, self._title)
            return AlertmanagerRunner(to, made, outbox, clock, failed, self._is_there)
        sends = sender(to, self._config.secrets, self._by.ring)
        return QueueRunner(to, sends, outbox, clock, failed, self._is_there, self.texts, self._tell)

    def texts(self, message: Message) -> Texts:
        """What is sent of a message."""
        return texts_of(message, self._config, self._title)

    def _is_there(self, item: Item) -> bool:
        """Whether the config still has what was told of: what was taken out of it has not recovered."""
        return not item.service or item.service in self._titles

    def _title(self, id: str) -> str:
        return self._titles.get(id, id)

    def _failed_for(self, key: str, name: str) -> Callable[[str], None]:
        """Takes why something fails, "" once it does not: a row among the alerts, and a line, each once."""

        since: datetime | None = None

        def failed(words: str) -> None:
            nonlocal since
            before, words = self._failing.get(key, ""), self._config.secrets.mask(words)
            if words == before:
                return
            self._failing[key] = words
            alert = None
            if words:
                since = since if before and since is not None else self._engine.clock.now()
                alert = Alert(name, "warning", words, since, (OURS,), (), ("sutaz-tui",))
            self._engine.store.set_own_alert(key, alert)
            if bool(words) is not bool(before):
                self._tell(f"{name}: {words}" if words else f"{name} no longer")

        return failed


def texts_of(message: Message, config: Config, title: Callable[[str], str]) -> Texts:
    """What is sent of a message, made safe; `title` names services."""
    item = message.item
    values = {
        "id": message.id,
        "state": str(message.state),
        "title": f"{config.env.upper()}: {message.title}",
        "words": item.words,
        "severity": item.severity,
        "service": item.service,
        "services": ", ".join(map(title, item.services[:TITLES])),
        "since": item.since.astimezone().isoformat(timespec="seconds"),
        "at": message.at.astimezone().isoformat(timespec="seconds"),
        "owner": item.owner,
        "runbook": item.runbook,
        "env": config.env,
    }
    return texts(values, message.lines, config.secrets.mask)


def _result(id: str, at: datetime, outcome: str, message: str) -> CheckResult:
    return CheckResult(
        id, id.partition(".")[0], id, CheckClass.READS, "", Outcome(outcome), "", message, message, at, 0.0, is_kept=True
    )  # fmt: skip
