"""Engines whose services answer what a test says, and the history that they leave in a folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sutaz_tui.errors import Refused
from sutaz_tui.state.history.memory import Memory
from sutaz_tui.state.history.recorder import Recorder
from sutaz_tui.state.history.spans import Span, Watch, spans, watches
from sutaz_tui.state.writer import Writer
from tests.engine.scripted import Stand, tcp
from tests.hand_clock import HandClock
from tests.servers.waiting import patient

ALWAYS = timedelta(days=3650)
FLUSHED = patient(10)


class Watched:
    """One run of a program that watches and remembers."""

    def __init__(self, folder: Path, clock: HandClock, *ids: str) -> None:
        self.stand = Stand(*(tcp(id) for id in ids or ("redis",)), clock=clock)
        self.memory = Memory(self.stand.config, "board", folder, folder / "nowhere")
        self.told: list[str] = []
        self.writer = Writer(self.told.append)
        self.recall_fault = self.memory.recall(self.stand.engine.store)
        recorder = self.memory.recorder(self.stand.engine, self.writer)
        assert recorder is not None
        self.recorder: Recorder = recorder

    async def run(self, seconds: float) -> None:
        """Let so much time pass, looking each second."""
        for _ in range(round(seconds)):
            await self.stand.run(1)
            self.look()

    def look(self) -> None:
        """What the program does each second; all that it has to write is written."""
        self.recorder.look()
        self.writer.flush(FLUSHED)

    def refuse(self, id: str = "redis") -> None:
        self.stand[id].error = Refused(id, "refused")

    def heal(self, id: str = "redis") -> None:
        self.stand[id].error = None

    def stop(self) -> None:
        """End it as a person does."""
        self.recorder.close()
        self.writer.flush(FLUSHED)
        self.recorder.let_go()

    def kill(self) -> None:
        """End it as SIGKILL does: nothing is written any more, and the lock is free."""
        self.recorder.let_go()

    def spans(self, id: str = "redis") -> list[Span]:
        assert self.memory.file is not None
        now = self.stand.clock.now()
        return self.memory.file.read(lambda db: spans(db, now - ALWAYS, now + ALWAYS, "service", id))

    def watches(self) -> list[Watch]:
        assert self.memory.file is not None
        now = self.stand.clock.now()
        return self.memory.file.read(lambda db: watches(db, now - ALWAYS, now + ALWAYS))


@asynccontextmanager
async def watching(folder: Path, clock: HandClock, *ids: str, down: bool = False) -> AsyncIterator[Watched]:
    """A program that watches until the block ends; how it ends is for the test to say. `down`: from its first ask on."""
    watched = Watched(folder, clock, *ids)
    if down:
        watched.refuse()
    async with watched.stand:
        watched.look()
        yield watched


def seconds(start: datetime, at: datetime) -> float:
    """Seconds between two moments."""
    return (at - start).total_seconds()


def moment(start: datetime, at: datetime | None) -> float:
    """Seconds from a start to a moment that must be told."""
    assert at is not None
    return seconds(start, at)


def assert_gapless(spans: list[Span], watches: list[Watch]) -> None:
    """Each watch is filled from the first answer to its end, in order, by spans that touch and do not overlap; their sum is
    the time that was watched."""
    assert all(before.ended <= after.began for before, after in pairwise(spans))
    assert all(before.ended <= after.began for before, after in pairwise(watches))
    assert all(span.began < span.ended or span.goes_on for span in spans)
    total = 0.0
    for watch in watches:
        inside = [span for span in spans if span.began < watch.ended and span.ended > watch.began]
        if inside:
            assert inside[0].began >= watch.began
            assert inside[-1].ended == watch.ended, (inside[-1], watch)
            assert all(before.ended == after.began for before, after in pairwise(inside))
            total += (watch.ended - inside[0].began).total_seconds()
    assert abs(sum(span.seconds for span in spans) - total) < 0.001
    assert timedelta(seconds=total) < ALWAYS
