"""A round of all services, asked once."""

import asyncio

import pytest

from sutaz_tui.model import Answer, Status
from tests.engine.scripted import Scripted, Stand, tcp
from tests.hand_clock import settle
from tests.servers.waiting import patient


class Deaf(Scripted):
    """Swallows the first cancellation, as asyncio.wait_for does where an answer comes at that very moment."""

    swallowed = 0

    async def ask(self) -> Answer:
        while not self.swallowed:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.swallowed += 1
        await asyncio.Event().wait()
        return await super().ask()


async def test_a_round_tells_how_every_service_is() -> None:
    stand = Stand(tcp("a"), tcp("b"))
    snapshot = await stand.engine.one_round()
    assert [(state.service.id, state.status) for state in snapshot.services] == [
        ("a", Status.UP),
        ("b", Status.UP),
    ]


async def test_an_interrupt_that_a_client_swallows_ends_the_round_all_the_same() -> None:
    stand = Stand(tcp("a"))
    deaf = stand.probes["a"] = Deaf(stand.config.services[0], stand.clock)
    round_of = asyncio.create_task(stand.engine.one_round())
    await settle()
    round_of.cancel()
    async with asyncio.timeout(patient(10)):
        with pytest.raises(asyncio.CancelledError):
            await round_of
    assert deaf.swallowed == 1


class Keeping(Scripted):
    """Keeps a connection until it is closed."""

    is_closed = False

    async def aclose(self) -> None:
        self.is_closed = True


async def test_a_round_leaves_no_kept_connection_behind() -> None:
    """`check` ended with "Task was destroyed but it is pending": somebody listened to Redis still."""
    stand = Stand(tcp("a"))
    keeping = stand.probes["a"] = Keeping(stand.config.services[0], stand.clock)
    await stand.engine.one_round()
    assert keeping.is_closed
