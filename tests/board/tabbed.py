"""Several scripted stacks in one app, a tab each, all on one clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sutaz_tui.config import Pace
from sutaz_tui.probes.base import Probe
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.opened import Opened
from sutaz_tui.tui.tab import Tab
from sutaz_tui.tui.terminal.capabilities import Terminal
from tests.board.showing import DEADLINE, Board, few
from tests.engine.scripted import Stand
from tests.hand_clock import HandClock
from tests.servers.waiting import patient

NAMES = ("prod", "staging", "homelab")
FAULT = "lab.yaml:3: services.nas.kind: found 'tpc', expected 'tcp'"


class Tabs(Board):
    """A board of several stacks; `stands` are theirs by name."""

    def __init__(self, app: SutazApp, stands: dict[str, Stand], pilot: object) -> None:
        super().__init__(app, next(iter(stands.values())), pilot)  # type: ignore[arg-type]
        self.stands = stands

    async def pass_by(self, seconds: float) -> None:
        """Let so much time pass for all, and show it."""
        await self.stand.run(seconds)
        for tab in self.app.tabs:
            if isinstance(tab, Tab):
                tab.show(tab.engine.snapshot())
                tab.tick()
        await self.settle()

    @property
    def row(self) -> str:
        """The row of tabs."""
        return self.lines[0]

    @property
    def in_view(self) -> str:
        """The name of the tab that is in view."""
        return str(self.app.tab.title)


@asynccontextmanager
async def tabbed(
    size: tuple[int, int] = (80, 24),
    *,
    names: tuple[str, ...] = NAMES,
    folder: Path | None = None,
    fault: str = "",
    held_up: asyncio.Event | None = None,
) -> AsyncIterator[Tabs]:
    """Boards of a stack of seven services each, all asked once; `fault` adds a tab of a config that has it. Where the
    first is `held_up` its probes are loaded only then, and nothing is waited for.
    """
    clock = HandClock(datetime(2026, 11, 23, 13, 40, tzinfo=UTC))
    stands = {name: Stand(*few(), clock=clock, pace=Pace(idle_after=86_400)) for name in names}
    every = []
    for name, stand in stands.items():
        stand.engine.config = stand.config = replace(stand.config, env=name)
        kept = StateFolder(stand.config, folder / name) if folder is not None else None
        every.append(Opened(name, None, stand.config, engine=stand.engine, kept=kept))
    if fault:
        every.append(Opened("lab", fault=fault))
    first = next(iter(stands.values()))
    load = first.engine._probes

    async def late(wanted: frozenset[str] | None) -> AsyncIterator[Probe]:
        assert held_up is not None
        await held_up.wait()
        async for probe in load(wanted):
            yield probe

    if held_up is not None:
        first.engine._probes = late
    app = SutazApp(terminal=Terminal(), every=every)
    async with app.run_test(size=size) as pilot:
        tabs = Tabs(app, stands, pilot)
        async with asyncio.timeout(patient(DEADLINE)):
            while held_up is None and any(isinstance(tab, Tab) and tab._showing is None for tab in app.tabs):
                await tabs.settle()
        if held_up is None:
            await tabs.pass_by(0.5)
        yield tabs
    app.writer.flush(DEADLINE)
    for tab in app.tabs:
        tab.let_go()
