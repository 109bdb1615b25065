"""Suspended: nothing is asked, and what hung meanwhile is no verdict on the service."""

import asyncio

from sutaz_tui.errors import TimedOut
from sutaz_tui.model import Status
from tests.engine.scripted import Stand, tcp
from tests.hand_clock import settle


async def test_nothing_is_asked_while_paused_and_all_at_once_afterwards() -> None:
    async with Stand(tcp("a"), tcp("b")) as stand:
        stand.engine.poller.pause()
        await settle()
        before = [len(stand[id].asked) for id in "ab"]
        await stand.run(300)
        assert [len(stand[id].asked) for id in "ab"] == before
        stand.engine.poller.resume()
        await stand.run(1)
        assert [len(stand[id].asked) for id in "ab"] == [count + 1 for count in before]
        assert stand.status("a") is Status.UP


async def test_an_ask_that_hung_while_we_were_suspended_is_asked_anew_and_leaves_no_trace() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].stuck = asyncio.Event()
        stand.engine.ask_now("a")
        await settle()
        stand.engine.poller.pause()
        await stand.run(600)
        stand["a"].error = TimedOut("A", "no answer within 2 s")
        first, stand["a"].stuck = stand["a"].stuck, asyncio.Event()
        stand.engine.poller.resume()
        first.set()
        await settle()
        assert len(stand["a"].asked) == 3, "it was asked anew at once"
        assert "polls failed" not in stand.state("a").summary
        stand["a"].error = None
        stand["a"].stuck.set()
        await stand.run(2)
        assert stand.status("a") is Status.UP
        assert stand.state("a").history == ()


async def test_an_ask_that_ends_before_the_resume_is_heard_is_asked_anew_too() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].stuck = asyncio.Event()
        stand.engine.ask_now("a")
        await settle()
        stand.engine.poller.pause()
        stand["a"].error = TimedOut("A", "no answer within 2 s")
        stand["a"].stuck.set()
        stand["a"].stuck = None
        await stand.run(30)
        asked = len(stand["a"].asked)
        await stand.run(30)
        assert len(stand["a"].asked) == asked
        assert "polls failed" not in stand.state("a").summary
        stand["a"].error = None
        stand.engine.poller.resume()
        await stand.run(2)
        assert stand.status("a") is Status.UP
        assert len(stand["a"].asked) == asked + 1
