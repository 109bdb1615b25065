"""Several boards of one user over one file of known marks: none erases what another did, each sees it."""

import multiprocessing
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from sutaz_tui.errors import Refused
from sutaz_tui.model import Known
from sutaz_tui.state.history.file import HistoryFile, Unusable
from sutaz_tui.state.known import KnownMarks
from sutaz_tui.state.known_file import KnownFile, MarkChange
from sutaz_tui.state.writer import Writer
from tests.engine.scripted import Stand, tcp
from tests.hand_clock import HandClock

DEADLINE = 60.0
NAME = "history-test.sqlite3"
SERVICES = ("alpha", "beta", "gamma")


def marks_in(folder: Path) -> KnownFile:
    return KnownFile(HistoryFile(folder / NAME), str)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another program writes."""
    with closing(sqlite3.connect(folder / NAME, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


class Side:
    """One board without its screen: an engine, and the marks of its user."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        self.stand = Stand(*(tcp(id) for id in SERVICES), clock=clock)
        self.told: list[str] = []
        self.writer = Writer(self.told.append)
        self.marks = KnownMarks(self.stand.engine, marks_in(folder), self.writer, "op")
        self.marks.load()

    def refuse(self, *ids: str) -> None:
        for id in ids:
            self.stand[id].error = Refused(id, ":1 refused")

    def mark(self, id: str, until: str = "2h", reason: str = "being mended") -> None:
        state = next(s for s in self.stand.engine.snapshot().services if s.service.id == id)
        question, words = self.marks.toggle(state)
        assert question, words
        self.marks.because(reason)
        assert "known until" in self.marks.until(until)

    def unmark(self, id: str) -> None:
        state = next(s for s in self.stand.engine.snapshot().services if s.service.id == id)
        assert state.known
        _, words = self.marks.toggle(state)
        assert "no longer marked" in words

    def tick(self) -> None:
        """What the app does each second, and what it does with each snapshot."""
        self.stand.engine.snapshot()
        self.marks.keep()
        self.marks.merge()
        assert self.writer.flush(DEADLINE) == []

    @property
    def known(self) -> set[str]:
        return {state.service.id for state in self.stand.engine.snapshot().services if state.known}


class Two:
    """Two boards of one user on one clock, and their file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.sides = [Side(folder, self.clock), Side(folder, self.clock)]

    async def run(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        self.tick()

    def tick(self) -> None:
        for side in (*self.sides, *self.sides):
            side.tick()

    @property
    def kept(self) -> set[str]:
        with closing(sqlite3.connect(self.folder / NAME)) as database:
            return {service for (service,) in database.execute("SELECT service FROM known")}


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    boards = Two(tmp_path)
    async with AsyncExitStack() as stack:
        for side in boards.sides:
            await stack.enter_async_context(side.stand)
            side.refuse(*SERVICES)
        await boards.run(60)
        yield boards


async def test_each_boards_mark_stays_when_the_other_marks(two: Two) -> None:
    a, b = two.sides
    a.mark("alpha")
    b.mark("beta")
    two.tick()
    assert two.kept == a.known == b.known == {"alpha", "beta"}


async def test_unmarking_on_one_board_takes_that_mark_alone_and_from_both(two: Two) -> None:
    a, b = two.sides
    a.mark("alpha")
    b.mark("beta")
    two.tick()
    b.unmark("alpha")
    two.tick()
    assert two.kept == a.known == b.known == {"beta"}


async def test_the_later_word_about_one_service_holds(two: Two) -> None:
    a, b = two.sides
    a.mark("alpha", reason="first")
    a.tick()
    b.mark("alpha", reason="second")
    two.tick()
    reasons = {side.stand.engine.store.known["alpha"].reason for side in two.sides}
    assert reasons == {"second"}


async def test_unmarking_does_not_take_the_mark_that_replaced_it(two: Two) -> None:
    a, b = two.sides
    a.mark("alpha", reason="first")
    two.tick()
    b.unmark("alpha")
    b.tick()
    b.mark("alpha", reason="second")
    b.tick()
    a.unmark("alpha")
    two.tick()
    assert two.kept == a.known == b.known == {"alpha"}


async def test_a_board_that_has_not_asked_since_does_not_end_the_others_mark(two: Two) -> None:
    a, b = two.sides
    for id in SERVICES:
        b.stand[id].error = None
    await two.run(60)
    assert b.known == set()
    b.refuse("alpha")
    # b still shows the answer from before: up. a knows better.
    a.mark("alpha")
    two.tick()
    assert two.kept == a.known == b.known == {"alpha"}
    await two.run(60)
    assert two.kept == {"alpha"}


async def test_a_mark_ends_for_both_when_its_service_is_up_again(two: Two) -> None:
    a, b = two.sides
    a.mark("alpha")
    b.mark("beta")
    two.tick()
    for side in two.sides:
        side.stand["alpha"].error = None
    await two.run(60)
    assert two.kept == a.known == b.known == {"beta"}


async def test_a_mark_that_was_prolonged_elsewhere_does_not_end_when_the_old_one_is_over(two: Two) -> None:
    a, b = two.sides
    a.mark("alpha", until="30m")
    two.tick()
    b.unmark("alpha")
    b.mark("alpha", until="3h")
    b.tick()
    await two.clock.advance(1801)
    two.tick()
    assert two.kept == a.known == b.known == {"alpha"}
    await two.clock.advance(3 * 3600)
    two.tick()
    assert two.kept == a.known == b.known == set()


async def test_marks_made_while_the_file_is_locked_are_seen_at_once_and_kept_afterwards(two: Two) -> None:
    a, b = two.sides
    a.mark("gamma")
    a.unmark("gamma")
    two.tick()
    with held(two.folder):
        a.mark("alpha")
        a.mark("beta")
        a.unmark("beta")
        assert a.known == {"alpha"}
    two.tick()
    assert two.kept == a.known == b.known == {"alpha"}


def _mark_many(folder: Path, prefix: str, count: int) -> None:
    clock = HandClock()
    file = marks_in(folder)
    for number in range(count):
        mark = Known(f"{prefix}{number}", "why", clock.now() + timedelta(hours=1), "op", clock.now())
        change = MarkChange(mark.service_id, None, mark)
        while True:
            try:
                file.merge([change], clock.now())
                break
            except Unusable:
                continue


def test_processes_that_mark_at_the_same_time_lose_no_mark(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_mark_many, args=(tmp_path, id, 30)) for id in ("a", "b", "c")]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    marks = marks_in(tmp_path).load(HandClock().now())
    assert set(marks) == {f"{id}{number}" for id in ("a", "b", "c") for number in range(30)}
