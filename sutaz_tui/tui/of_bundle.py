"""A tab of a bundle: the board as it was, with the time machine, and nobody to ask."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sutaz_tui.clock import SystemClock
from sutaz_tui.config import Config, Group, Limits, Pace
from sutaz_tui.engine.engine import Engine
from sutaz_tui.engine.store import Store
from sutaz_tui.model import Snapshot
from sutaz_tui.process.sealed import SEALED
from sutaz_tui.state.bundle.reading import Bundle
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.limited_tab import LimitedTab, of_app
from sutaz_tui.tui.opened import Opened
from widgets.past_line import bundle_words

if TYPE_CHECKING:
    from sutaz_tui.probes.base import Probe
    from sutaz_tui.wiring.logs import LogFeeds

INSTANT = timedelta(milliseconds=1)
NO_LOGS = "no log is in this bundle: `bundle --with-logs` puts them in"
HINT = "a bundle: nothing is asked or run; [ ] { } go through its time, H tells what changed, q twice quits"
OF_LOGS = of_app("log", "log_close", "request")
"""What it can do besides where the bundle has logs."""


class Stopped(SystemClock):
    """The machine's clock, whose now is the end of a bundle."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


class BundleEngine(Engine):
    """Shows one picture and asks nobody; there is nothing by which it could."""

    def __init__(self, config: Config, bundle: Bundle, last: Snapshot) -> None:
        super().__init__(config, _no_probes, _nothing, Stopped(bundle.stack.end))
        self.bundle = bundle
        self.services = tuple(bundle.stack.services)
        self.store = Store(self.services, {}, self.clock)
        self.store.take_picture(last, ())

    async def start(self) -> None:
        """There is nothing to begin."""


async def _no_probes(wanted: frozenset[str] | None) -> "AsyncIterator[Probe]":
    del wanted
    nobody: tuple[Probe, ...] = ()
    for probe in nobody:
        yield probe


async def _nothing() -> None:
    return None


class BundleTab(LimitedTab):
    """The end of its span is its now, and that is the past too."""

    engine: BundleEngine
    allowed = of_app(
        "back", "out", "keys_help", "command", "palette", "run_command", "alerts", "change", "minute", "diff", "history",
        "uptime", "copy", "print", "leave", "mouse", "repaint", "suspend_process", "cancel", "count", "open", "checks",
    ) | {":at", ":diff", ":select", ":theme", ":find", ":filter", ":say", ":env"}  # fmt: skip

    def why_not(self, name: str) -> str:
        if name in OF_LOGS and self.engine.bundle.logs:
            return ""
        return super().why_not(name)

    def words_of(self, name: str) -> str:
        """Nothing is asked or run, whatever it is."""
        return NO_LOGS if name in OF_LOGS else SEALED

    @cached_property
    def log_feeds(self) -> "LogFeeds":
        from sutaz_tui.wiring.bundle_logs import BundleLogs

        return BundleLogs(self.config, self.engine.bundle.logs)

    async def begin(self) -> None:
        """Show the end."""
        await asyncio.to_thread(self._recall)
        self.show_now()
        self.say(HINT, 12)
        if found := self.engine.bundle.stack.checks:
            await self.checks.open_kept(found, self.kept.folder)
            self.show_now()

    def _recall(self) -> str:
        from sutaz_tui.state.history.memory import Memory

        folder = self.kept.folder
        # There is no recorder of it, and nobody goes on with it.
        self.memory = Memory(self.config, "open", folder, folder)
        return ""

    def _badges(self) -> tuple[str, ...]:
        return ("BUNDLE",)

    def show_now(self) -> None:
        """Show the end of the span."""
        self.show_past(self.engine.snapshot())
        if self.has_checks:
            self.checks.show_now()
            self._show_checks()

    def _tell_past(self, now: Snapshot) -> None:
        assert self.past is not None
        words = bundle_words(self.past, now.at, one_line(self.title, 30), self.size.width)
        self.board.tell_past(words)
        if self.here.is_of_moment:
            self.here.tell_past(words)

    async def open_diff(self, at: datetime, since: str = "") -> None:
        """What differs between a moment and the end."""
        if at >= self.engine.snapshot().at:
            self.say("this is the end of the bundle: [ or { goes back, d there compares with the end")
        else:
            await super().open_diff(at, since)

    @property
    def _is_at_end(self) -> bool:
        return self.past is None or self.past.at >= self.engine.snapshot().at

    async def action_out(self) -> None:
        """The end instead of another moment, else one step out; on the board there is none."""
        if self._is_at_end:
            await self._step_out()
        else:
            await super().action_out()

    async def _step_out(self) -> bool:
        if len(self.screen_stack) == 1 and self._is_at_end:
            return await self.here.back()
        return await super()._step_out()

    def offer_category(self, category: str) -> None:
        """Nothing runs: how they ended is shown."""
        self._open(category)


def opened_bundle(bundle: Bundle, path: Path, folder: Path) -> Opened:
    """What a board of a bundle is opened of; its history stands in `folder`."""
    from sutaz_tui.state.history.file import HistoryFile
    from sutaz_tui.state.history.moment import snapshot_at

    stack = bundle.stack
    config = Config(
        env=stack.env or "bundle",
        # Without services and sources nothing in the program knows an address.
        services=(),
        sources={},
        groups=tuple(Group(id=one.id, title=one.title) for one in stack.groups),
        pace=Pace(),
        limits=Limits(),
        theme="textual-dark",
        keymap={},
        path=path,
    )
    at = stack.end - INSTANT
    last = HistoryFile(bundle.history).read(lambda database: snapshot_at(database, at, stack.services))
    engine = BundleEngine(config, bundle, replace(last, at=at))
    return Opened(
        title=stack.env, config=config, engine=engine, kept=StateFolder(config, folder), tab=BundleTab
    )
