"""Leaving is quick and clean, whatever a client library does with a cancellation."""

import asyncio
import time

import pytest

from sutaz_tui.model import Answer
from tests.engine.scripted import Scripted, Stand, tcp
from tests.servers.waiting import patient


class Deaf(Scripted):
    """Goes on when it is cancelled, so many times."""

    swallows = 1

    async def ask(self) -> Answer:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.swallows -= 1
                if self.swallows < 0:
                    raise


@pytest.mark.parametrize("swallows", [1, 3, 1000])
async def test_a_client_that_swallows_cancellations_does_not_hold_up_the_exit(swallows: int) -> None:
    stand = Stand(tcp("deaf"), tcp("other"))
    deaf = stand.probes["deaf"] = Deaf(stand.config.services[0], stand.clock)
    deaf.swallows = swallows
    async with stand:
        begun = time.monotonic()
    assert deaf.swallows < swallows, "it was cancelled and went on"
    assert time.monotonic() - begun < patient(5)
    deaf.swallows = 0
    loops = [task for task in asyncio.all_tasks() if task.get_name() == "poll deaf"]
    for task in loops:
        task.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
