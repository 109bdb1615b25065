"""An answer that the store cannot take is a fault on that service's row; its loop goes on, and `r` asks again."""

from datetime import datetime

from msgspec.structs import replace

from sutaz_tui.engine.record import Record
from sutaz_tui.model import Answer, ChangeKind, Reading, Status
from tests.engine.scripted import Scripted, Stand, tcp
from tests.hand_clock import settle


class Poisonous(Scripted):
    """Its readings carry a moment without a time zone, which cannot be compared, while `is_poisonous`."""

    is_poisonous = False

    async def ask(self) -> Answer:
        answer = await super().ask()
        if not self.is_poisonous:
            return answer
        at = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 (the poison)
        readings = tuple(replace(r, at=at, status=Status.DEGRADED) for r in answer.readings)
        return replace(answer, readings=readings)


def stand() -> tuple[Stand, Poisonous]:
    made = Stand(tcp("a"), tcp("b"))
    poisonous = made.probes["a"] = Poisonous(made.config.services[0], made.clock)
    return made, poisonous


async def test_an_answer_that_cannot_be_taken_is_a_fault_on_its_row_and_is_asked_again() -> None:
    made, a = stand()
    async with made:
        a.is_poisonous = True
        await made.run(12)
        shown = made.state("a")
        assert (shown.status, shown.word) == (Status.UNKNOWN, "fault")
        assert "internal error of sutaz-tui" in shown.error
        assert [change.kind for change in shown.history].count(ChangeKind.FAULT) == 1
        assert made.status("b") is Status.UP
        asked = len(a.asked)
        await made.run(30)
        assert len(a.asked) > asked, "it is asked in its own rhythm"
        a.is_poisonous = False
        made.engine.ask_now("a")
        await settle()
        assert made.status("a") is Status.UP


async def test_one_round_tells_it_on_its_row_too() -> None:
    made, a = stand()
    a.is_poisonous = True
    made.engine.store.records["a"].since = made.clock.now()
    round_ = await made.engine.one_round()
    assert {s.service.id: s.word for s in round_.services}["a"] == "fault"


class Broken(Record):
    """A memory that takes nothing while `is_broken`."""

    is_broken: bool = True

    def take(self, reading: Reading) -> bool:
        if self.is_broken:
            raise RuntimeError("no")
        return super().take(reading)


async def test_a_loop_whose_fault_cannot_even_be_shown_goes_on() -> None:
    made, a = stand()
    async with made:
        before = made.engine.store.records["a"]
        broken = made.engine.store.records["a"] = Broken(before.service, before.interval)
        await made.run(30)
        assert len(a.asked) > 2
        broken.is_broken = False
        made.engine.ask_now("a")
        await settle()
        assert made.status("a") is Status.UP
