"""Whose turn it is to ask."""

import asyncio

from sutaz_tui.engine.slots import LATE, Slots, Turn
from tests.hand_clock import settle


class Queue:
    """Turns that wait for slots, and the names of those that have one, in the order in which they got it."""

    def __init__(self, count: int) -> None:
        self.slots = Slots(count)
        self.given: list[str] = []
        self.turns: dict[str, Turn] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def wants(self, name: str, due: float, *, silent: bool = False) -> None:
        turn = self.turns[name] = Turn(due, silent)
        self.tasks[name] = asyncio.create_task(self._take(name, turn))
        await settle()

    async def _take(self, name: str, turn: Turn) -> None:
        await self.slots.take(turn)
        self.given.append(name)

    async def done(self, name: str) -> None:
        self.slots.release(self.turns[name])
        await settle()


async def test_the_oldest_due_is_next() -> None:
    queue = Queue(1)
    await queue.wants("now", 0)
    await queue.wants("young", 9)
    await queue.wants("old", 3)
    await queue.done("now")
    assert queue.given == ["now", "old"]


async def test_a_slot_that_is_free_is_taken_at_once_by_what_kept_silent_too() -> None:
    slots = Slots(4)
    assert [slots.take_free(Turn(0, was_silent=True)) for _ in range(3)] == [True, True, False]
    assert [slots.take_free(Turn(0)) for _ in range(3)] == [True, True, False]


async def test_what_kept_silent_last_time_holds_at_most_half_of_the_slots() -> None:
    queue = Queue(4)
    for number in range(4):
        await queue.wants(f"silent{number}", number, silent=True)
    assert queue.given == ["silent0", "silent1"]
    await queue.wants("well", 100)
    assert queue.given[-1] == "well", "a slot was left for what answers"
    await queue.done("silent0")
    assert queue.given[-1] == "silent2"


async def test_one_slot_serves_the_silent_too() -> None:
    queue = Queue(1)
    await queue.wants("silent", 0, silent=True)
    assert queue.given == ["silent"]


async def test_what_a_person_asks_for_is_next() -> None:
    queue = Queue(1)
    await queue.wants("now", 0)
    await queue.wants("old", 1)
    await queue.wants("wanted", 2)
    queue.slots.hurry(queue.turns["wanted"])
    await queue.done("now")
    await queue.done("wanted")
    assert queue.given == ["now", "wanted", "old"]


async def test_a_slot_is_lost_to_no_turn_that_was_given_up() -> None:
    queue = Queue(1)
    await queue.wants("now", 0)
    await queue.wants("waiting", 1)
    await queue.wants("chosen", 2)
    queue.tasks["waiting"].cancel()
    await settle()
    # Given its slot and cancelled before it could run.
    queue.slots.release(queue.turns["now"])
    queue.tasks["chosen"].cancel()
    await settle()
    await queue.wants("last", 3)
    assert queue.given == ["now", "last"]
    assert queue.slots.late(1000) == 0


async def test_late_is_what_waits_for_longer_than_a_moment() -> None:
    queue = Queue(1)
    await queue.wants("now", 0)
    await queue.wants("a", 1)
    await queue.wants("b", 5)
    assert [queue.slots.late(now) for now in (1.0, 1.1 + LATE, 5.1 + LATE)] == [0, 1, 2]
