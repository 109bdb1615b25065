"""One loop a service: when it asks, what it shows meanwhile, and that it never gives up."""

import asyncio

import pytest

from sutaz_tui.config import Pace
from sutaz_tui.errors import Denied, Refused, TimedOut
from sutaz_tui.model import ChangeKind, Claim, Status
from sutaz_tui.probes.base import Finding
from tests.engine.scripted import Stand, tcp
from tests.hand_clock import settle

REFUSED = Refused("A", ":1 refused")


async def test_all_is_asked_within_half_a_second_of_the_start() -> None:
    async with Stand(tcp("a"), tcp("b"), tcp("c")) as stand:
        assert [len(stand[id].asked) for id in "abc"] == [1, 1, 1]
        assert stand.status("a") is Status.UP


async def test_one_failed_ask_shows_one_of_two_and_the_second_after_a_second_is_down() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].error = REFUSED
        stand.engine.ask_now("a")
        await settle()
        first = stand.state("a")
        assert (first.status, first.word) == (Status.DEGRADED, "1/2")
        assert "1 of 2 polls" in first.summary
        failed_at = stand.clock.now()
        await stand.run(1.0)
        second = stand.state("a")
        assert (second.status, second.word) == (Status.DOWN, "DOWN")
        assert second.since == failed_at, "it is down since the first failed ask"


async def test_a_single_failed_ask_leaves_no_trace_in_the_history() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].error = REFUSED
        stand.engine.ask_now("a")
        await settle()
        stand["a"].error = None
        await stand.run(1.0)
        assert stand.status("a") is Status.UP
        assert stand.state("a").history == ()


async def test_a_dead_service_stays_down_for_hours_and_comes_back() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].error = REFUSED
        for _ in range(12):
            await stand.run(600)
            assert stand.status("a") is Status.DOWN
        stand.engine.key_pressed()
        stand["a"].error = None
        await stand.run(11)
        assert stand.status("a") is Status.UP
        words = [change.words for change in stand.state("a").history]
        assert len(words) == 2
        assert words[0].startswith("up -> down")
        assert words[1].startswith("down -> up")
        assert stand.state("a").history[1].lasted == pytest.approx(7200, abs=30)


async def test_a_refusal_is_asked_again_at_the_normal_interval_after_the_first_minute() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].error = REFUSED
        await stand.run(120)
        stand["a"].asked.clear()
        await stand.run(100)
        assert 9 <= len(stand["a"].asked) <= 11


async def test_a_failing_service_is_asked_every_two_seconds_in_its_first_minute() -> None:
    async with Stand(tcp("a")) as stand:
        await stand.run(1)
        stand["a"].error = REFUSED
        await stand.run(15)
        stand["a"].asked.clear()
        await stand.run(30)
        assert 14 <= len(stand["a"].asked) <= 17


async def test_one_that_starts_degraded_is_seen_to_be_well_two_seconds_after_it_is() -> None:
    """Consul was back 16 s late where its first answer was that it had no leader yet."""
    async with Stand(tcp("a", interval=30)) as stand:
        await stand.run(40)
        stand["a"].error = REFUSED
        await stand.run(40)
        assert stand.status("a") is Status.DOWN
        stand["a"].error, stand["a"].finding = None, Finding("no leader", Status.DEGRADED)
        await stand.run(10)
        assert stand.status("a") is Status.DEGRADED
        stand["a"].finding = Finding("well")
        await stand.run(3)
        assert stand.status("a") is Status.UP
        stand["a"].finding = Finding("no leader", Status.DEGRADED)
        await stand.run(40)
        stand["a"].asked.clear()
        await stand.run(60)
        assert len(stand["a"].asked) <= 3, "one that was not down before is asked as ever"


async def test_one_that_stays_degraded_is_asked_at_its_own_interval_after_a_minute() -> None:
    async with Stand(tcp("a", interval=30)) as stand:
        stand["a"].error = REFUSED
        await stand.run(40)
        stand["a"].error, stand["a"].finding = None, Finding("no leader", Status.DEGRADED)
        await stand.run(100)
        stand["a"].asked.clear()
        await stand.run(120)
        assert 3 <= len(stand["a"].asked) <= 5


async def test_a_refused_login_is_sent_at_most_three_times_in_five_minutes_then_every_ten() -> None:
    async with Stand(tcp("a", interval=5)) as stand:
        stand["a"].error = Denied("A", "login refused")
        await stand.run(300)
        assert 2 <= len(stand["a"].asked) <= 4
        await stand.run(1200)
        stand["a"].asked.clear()
        await stand.run(6000)
        assert 9 <= len(stand["a"].asked) <= 11


async def test_time_outs_back_off_to_a_minute() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].error = TimedOut("A", "no answer within 5 s")
        await stand.run(300)
        stand["a"].asked.clear()
        await stand.run(600)
        assert 9 <= len(stand["a"].asked) <= 11


async def test_a_hang_of_half_a_minute_is_over_on_the_board_two_seconds_after_it_ended() -> None:
    async with Stand(tcp("a", interval=30)) as stand:
        await stand.run(40)
        stand["a"].error = TimedOut("A", "no answer within 5 s")
        await stand.run(35)
        assert stand.status("a") is Status.DOWN
        stand["a"].error = None
        await stand.run(2.5)
        assert stand.status("a") is Status.UP


async def test_who_could_not_be_asked_for_a_go_between_that_hung_is_asked_in_its_own_interval() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].finding = Finding("RabbitMQ does not answer", Status.UNKNOWN, word="?", backs_off=True)
        await stand.run(40)
        stand["a"].asked.clear()
        await stand.run(19)
        assert len(stand["a"].asked) >= 1
        await stand.run(200)
        stand["a"].asked.clear()
        await stand.run(600)
        assert 9 <= len(stand["a"].asked) <= 11


async def test_r_ends_a_back_off() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].error = TimedOut("A", "no answer within 5 s")
        await stand.run(300)
        stand["a"].error = None
        stand.engine.ask_now("a")
        await settle()
        assert stand.status("a") is Status.UP
        stand["a"].asked.clear()
        await stand.run(100)
        assert 9 <= len(stand["a"].asked) <= 11


async def test_a_sign_of_life_from_another_source_ends_a_back_off() -> None:
    async with Stand(tcp("a"), tcp("b")) as stand:

        def says(status: Status) -> tuple[Claim, ...]:
            return (Claim("a", "B", status, "B says so", stand.clock.now()),)

        stand["a"].error = TimedOut("A", "no answer within 5 s")
        stand["b"].claims = says(Status.DOWN)
        await stand.run(300)
        stand["a"].error = None
        stand["b"].claims = says(Status.UP)
        await stand.run(11)
        assert stand.status("a") is Status.UP


async def test_a_source_that_says_up_at_every_answer_does_not_end_the_back_off_of_what_hangs() -> None:
    async with Stand(tcp("a"), tcp("b", interval=5)) as stand:
        stand["b"].claims = (Claim("a", "B", Status.UP, "B says so", stand.clock.now()),)
        await stand.run(30)
        stand["a"].error = TimedOut("A", "no answer within 5 s")
        await stand.run(600)
        before = len(stand["a"].asked)
        await stand.run(300)
        assert len(stand["a"].asked) - before <= 6


async def test_a_fault_of_our_own_is_shown_and_the_loop_goes_on() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].bug = KeyError("facts")
        await stand.run(11)
        state = stand.state("a")
        assert (state.status, state.word) == (Status.UNKNOWN, "fault")
        assert state.error is not None
        assert "internal error of sutaz-tui" in state.error
        [fault] = [change for change in state.history if change.kind is ChangeKind.FAULT]
        assert fault.service_id == "a"
        assert "KeyError: 'facts'" in fault.words
        stand["a"].bug = None
        await stand.run(11)
        assert stand.status("a") is Status.UP


async def test_an_answer_that_never_comes_leaves_the_old_value_until_it_is_stale() -> None:
    async with Stand(tcp("a")) as stand:
        stand["a"].stuck = asyncio.Event()
        await stand.run(25)
        assert stand.status("a") is Status.UP
        await stand.run(15)
        state = stand.state("a")
        assert (state.status, state.word) == (Status.UNKNOWN, "stale")


async def test_the_selected_service_is_asked_every_five_seconds() -> None:
    async with Stand(tcp("a", interval=30), tcp("b", interval=30)) as stand:
        stand.engine.select("a")
        await stand.run(10)
        stand["a"].asked.clear()
        stand["b"].asked.clear()
        await stand.run(60)
        assert 11 <= len(stand["a"].asked) <= 13
        assert len(stand["b"].asked) in (2, 3)


async def test_selecting_never_makes_a_quick_service_slower() -> None:
    async with Stand(tcp("a", interval=2)) as stand:
        stand.engine.select("a")
        await stand.run(10)
        stand["a"].asked.clear()
        await stand.run(60)
        assert 28 <= len(stand["a"].asked) <= 32


async def test_nobody_at_the_keys_for_a_quarter_of_an_hour_means_rounds_of_a_minute() -> None:
    async with Stand(tcp("a")) as stand:
        await stand.run(910)
        assert stand.engine.snapshot().is_idle
        await stand.run(60)
        stand["a"].asked.clear()
        await stand.run(600)
        assert 9 <= len(stand["a"].asked) <= 11
        assert stand.status("a") is Status.UP, "an idle board is not stale"
        stand.engine.key_pressed()
        await settle()
        assert not stand.engine.snapshot().is_idle
        stand["a"].asked.clear()
        await stand.run(100)
        assert 9 <= len(stand["a"].asked) <= 11


async def test_the_config_sets_the_pace() -> None:
    pace = Pace(selected=3, failing=4, failing_for=40, idle=120, idle_after=60)
    async with Stand(tcp("a", interval=30), pace=pace) as stand:
        stand.engine.select("a")
        await stand.run(3.5)
        stand["a"].asked.clear()
        await stand.run(30)
        assert 9 <= len(stand["a"].asked) <= 11


async def test_a_finding_that_is_slow_is_degraded_and_says_both_times() -> None:
    async with Stand(tcp("a", warn=0.5)) as stand:
        stand["a"].finding = Finding("well", latency=0.9)
        stand.engine.ask_now("a")
        await stand.run(1)
        state = stand.state("a")
        assert (state.status, state.word) == (Status.DEGRADED, "slow")
        assert "900" in state.summary
        assert "500" in state.summary


async def test_no_snapshot_comes_while_nothing_changes_and_at_most_ten_a_second() -> None:
    async with Stand(tcp("a", interval=100)) as stand:
        seen: list[int] = []

        async def watch() -> None:
            async for snapshot in stand.engine.snapshots():
                seen.append(snapshot.seq)

        watching = asyncio.create_task(watch())
        await stand.run(1)
        quiet = len(seen)
        await stand.run(30)
        assert len(seen) == quiet
        for _ in range(20):
            stand.engine.ask_now("a")
            await stand.run(0.02)
        await stand.run(0.2)
        assert 3 <= len(seen) - quiet <= 6
        watching.cancel()


async def test_what_happens_between_two_asks_is_asked_for_at_once_but_no_oftener_than_each_second() -> None:
    async with Stand(tcp("a", interval=60.0)) as stand:
        await stand.run(10)
        asked = stand["a"].asked
        assert len(asked) == 1
        stand["a"].tell()
        await settle()
        assert len(asked) == 2
        for _ in range(5):
            stand["a"].tell()
        await settle()
        assert len(asked) == 2
        await stand.run(1.1)
        assert len(asked) == 3
        await stand.run(30)
        assert len(asked) == 3, "what happened once is asked for once"


async def test_what_happens_to_a_service_that_refused_our_login_sends_that_login_no_sooner() -> None:
    async with Stand(tcp("a", interval=60.0)) as stand:
        stand["a"].error = Denied("A", "refuses the login")
        stand.engine.ask_now("a")
        await stand.run(2)
        asked = len(stand["a"].asked)
        stand["a"].tell()
        await stand.run(2)
        assert len(stand["a"].asked) == asked
