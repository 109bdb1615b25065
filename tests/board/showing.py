"""The whole app in memory over an engine whose probes answer what the test says, on a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from sutaz_tui.config import Group, Pace, ServiceConfig
from sutaz_tui.errors import Refused, TimedOut
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.terminal.capabilities import Terminal
from tests.engine.scripted import Stand, tcp
from tests.hand_clock import HandClock, settle
from tests.servers.waiting import patient

DEADLINE = 10.0


class Board:
    """What a test does with an open board: press keys, let time pass, read the screen."""

    def __init__(self, app: SutazApp, stand: Stand, pilot: Pilot[int]) -> None:
        self.app = app
        self.stand = stand
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys, and let what they start be drawn."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a line into the field that is open, and hand it in."""
        await self.press(*("space" if char == " " else char for char in text), "enter")

    async def run(self, seconds: float) -> None:
        """Let so much time pass for the engine, and draw."""
        await self.stand.run(seconds)
        if self.app.past is None:
            self.app.board.tick(self.stand.engine.snapshot())
        self.app.show(self.stand.engine.snapshot())
        await self.shared()

    async def shared(self) -> None:
        """Let marks be written and those of other boards be taken."""
        await self.written()
        self.app.known.merge()
        await self.written()

    async def written(self) -> None:
        """Let what is to be kept be written."""
        self.app.writer.flush(DEADLINE)
        await self.settle()

    async def until(self, text: str) -> None:
        """Wait until a text stands on the screen: threads take the time that they take."""
        async with asyncio.timeout(patient(DEADLINE)):
            while text not in self.text:
                await self.settle()

    async def settle(self) -> None:
        """Let everything that waits be drawn."""
        await settle()
        await self.pilot.pause()

    @property
    def lines(self) -> list[str]:
        """What stands on the screen."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """What stands on the screen, as one text."""
        return "\n".join(self.lines)

    @property
    def foot(self) -> str:
        """The last line."""
        return self.lines[-1]

    @property
    def is_open(self) -> bool:
        """Whether the board itself is on the screen, and nothing over it."""
        return self.app.screen is self.app.board

    @property
    def selected(self) -> str:
        """The id of the selected service."""
        return self.app.board.map.selected

    def cell(self, id: str) -> str:
        """What stands on the screen where a service has its place."""
        map = self.app.board.map
        place = map._layout_made.places[map._place_of[map._numbers[id]]]
        line = self.app.screen._compositor.render_strips()[map.region.y + place.y - map.scroll_offset.y]
        return line.crop(place.x, place.x + place.width).text

    def refuse(self, *ids: str) -> None:
        """From here on these refuse."""
        for id in ids:
            self.stand[id].error = Refused(self.stand[id].service.title, ":1 refused")

    def hang(self, *ids: str) -> None:
        """From here on these keep silent."""
        for id in ids:
            self.stand[id].error = TimedOut(self.stand[id].service.title, "no answer within 5 s")

    def heal(self, *ids: str) -> None:
        """From here on these answer well."""
        for id in ids:
            self.stand[id].error = None


@asynccontextmanager
async def showing(
    *services: ServiceConfig,
    size: tuple[int, int] = (80, 24),
    keymap: dict[str, str] | None = None,
    groups: tuple[Group, ...] = (Group(id="all", title="All"),),
    folder: Path | None = None,
    clock: HandClock | None = None,
    stand: Stand | None = None,
    is_answered: bool = True,
    pace: Pace | None = None,
    env: str = "test",
) -> AsyncIterator[Board]:
    """A board of these services, all asked once unless told otherwise."""
    stand = stand or Stand(*services, pace=pace, clock=clock)
    stand.engine.config = stand.config = replace(stand.config, keymap=keymap or {}, groups=groups, env=env)
    # The jitter of the polls is the same in every run.
    stand.engine.poller._random.seed(1)
    kept = StateFolder(stand.config, folder) if folder is not None else None
    app = SutazApp(stand.config, engine=stand.engine, kept=kept, terminal=Terminal())
    async with app.run_test(size=size) as pilot:
        board = Board(app, stand, pilot)
        async with asyncio.timeout(patient(DEADLINE)):
            while app.tab._showing is None:
                await board.settle()
        if is_answered:
            await board.run(0.5)
        else:
            await board.settle()
        yield board
    app.writer.flush(DEADLINE)
    if app.recorder is not None:
        app.recorder.let_go()


def few() -> tuple[ServiceConfig, ...]:
    """Seven services: a database, what needs it, and what does not."""
    return (
        tcp("postgres", title="PostgreSQL", host="db"),
        tcp("redis", title="Redis", host="cache"),
        tcp("kong", title="Kong", needs=("postgres",), host="gate"),
        tcp("backend", title="Backend", needs=("postgres",), host="app"),
        tcp("frontend", title="Frontend", needs=("backend",), host="web"),
        tcp("loki", title="Loki", host="log"),
        tcp("mailer", title="Mailer", host="mail", optional=True),
    )
