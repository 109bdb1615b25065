"""Who is told to say otherwise: only whom our own readings before and after contradict, and we ask again at once."""

import asyncio
from datetime import timedelta

from msgspec.structs import replace

from sutaz_tui.errors import Denied, Refused, TimedOut
from sutaz_tui.model import Answer, Claim, Fact, Reading, Status
from tests.engine.scripted import Scripted, Stand, docker, tcp
from tests.hand_clock import settle


class Claiming(Scripted):
    """Says `says` of the service `of` at each answer, at the moment of that answer."""

    of, by = "postgres", "Backend"
    says: Status | None = Status.UP
    facts: dict[str, Fact] = {}  # noqa: RUF012 (each test sets its own)

    async def ask(self) -> Answer:
        claim = Claim(self.of, self.by, self.says, f"{self.by} says so", self.clock.now(), self.facts)
        return replace(await super().ask(), claims=(claim,))


def stack(interval: float = 10.0) -> tuple[Stand, Claiming]:
    stand = Stand(
        tcp("postgres", title="PostgreSQL", host="db", interval=interval),
        tcp("backend", title="Backend", host="app", needs=("postgres",)),
    )
    record = stand.engine.store.records["backend"]
    record.service = replace(record.service, kind="backend")
    backend = stand.probes["backend"] = Claiming(stand.config.services[1], stand.clock)
    return stand, backend


HANGS = TimedOut("PostgreSQL", "no answer within 5 s")
REFUSES = Refused("PostgreSQL", ":10000 refused")


async def test_a_truthful_backend_is_not_called_a_liar_when_its_database_is_back_before_we_ask() -> None:
    stand, backend = stack()
    async with stand:
        await stand.run(20)
        stand["postgres"].error, backend.says = HANGS, Status.DOWN
        await stand.run(300)
        stand["postgres"].error, backend.says = None, Status.UP
        for _ in range(200):
            await stand.run(0.1)
            assert stand.state("backend").word != "lies"
        assert (stand.status("postgres"), stand.state("postgres").disagreements) == (Status.UP, ())


async def test_what_contradicts_our_reading_has_us_ask_again_at_once() -> None:
    stand, backend = stack(interval=60)
    async with stand:
        await stand.run(20)
        stand["postgres"].error = REFUSES
        backend.says = Status.DOWN
        stand.engine.ask_now("backend")
        await settle()
        assert stand.state("postgres").word == "1/2"


async def test_a_lie_is_told_as_long_as_it_lasts_and_costs_one_question_more() -> None:
    stand, _ = stack(interval=60)
    async with stand:
        await stand.run(20)
        stand["postgres"].error = REFUSES
        stand.engine.ask_now("postgres")
        await stand.run(90)
        stand["postgres"].asked.clear()
        for _ in range(300):
            await stand.run(1)
            assert stand.state("backend").word == "lies"
        assert len(stand["postgres"].asked) <= 6
        stand["postgres"].error = None
        await stand.run(70)
        assert stand.status("backend") is Status.UP


def test_a_question_that_began_before_the_claim_accuses_nobody() -> None:
    stand, _ = stack()
    record, now = stand.engine.store.records["postgres"], stand.clock.now()

    def down(after: float, took: float) -> None:
        at = now + timedelta(seconds=after)
        record.take(Reading("postgres", "tcp", Status.DOWN, "no answer", at, took=took))

    down(5, took=5)
    down(11, took=5)
    record.claim(Claim("postgres", "Exporter", Status.UP, "exporter says up", now + timedelta(seconds=13)))
    down(17, took=5)
    assert record.state(now).disagreements == (), "it may have come back a second after we asked"
    down(23, took=5)
    assert record.state(now).disagreements == ("exporter says up; own probe: down",)


async def test_words_from_before_the_fall_differ_from_nothing() -> None:
    stand, backend = stack(interval=5)
    backend.by = "exporter"
    async with stand:
        await stand.run(5)
        backend.stuck = asyncio.Event()
        stand["postgres"].error = REFUSES
        await stand.run(30)
        assert stand.status("postgres") is Status.DOWN
        assert stand.state("postgres").disagreements == ()


async def test_who_needs_it_and_is_back_has_us_ask_what_was_down() -> None:
    stand = Stand(tcp("db", host="a", interval=300), tcp("web", host="b", needs=("db",), interval=5))
    async with stand:
        await stand.run(2)
        stand["db"].error = stand["web"].error = REFUSES
        stand.engine.ask_all()
        await stand.run(100)
        stand["db"].error = None
        await stand.run(10)
        assert stand.status("db") is Status.DOWN
        stand["web"].error = None
        await stand.run(6)
        assert stand.status("db") is Status.UP


async def test_what_is_back_has_us_ask_those_that_need_it_but_none_whose_login_is_refused() -> None:
    stand = Stand(
        tcp("db", host="a", interval=5),
        tcp("web", host="b", needs=("db",), interval=300),
        tcp("user", host="c", needs=("db",), interval=300),
    )
    async with stand:
        await stand.run(2)
        stand["db"].error = stand["web"].error = REFUSES
        stand["user"].error = Denied("USER", "the login is refused")
        stand.engine.ask_all()
        await stand.run(100)
        for id in ("db", "web", "user"):
            stand[id].error = None
        stand["user"].asked.clear()
        await stand.run(6)
        assert [stand.status(id) for id in ("db", "web")] == [Status.UP, Status.UP]
        assert stand["user"].asked == []


async def test_a_container_that_ends_has_us_ask_its_service_at_once_and_a_failure_has_us_ask_docker() -> None:
    stand = Stand(docker("docker"), tcp("postgres", container="pg", host="db", interval=300))
    watch = stand.probes["docker"] = Claiming(stand.config.services[0], stand.clock)
    watch.by, watch.facts = "Docker", {"container_state": "running"}
    async with stand:
        await stand.run(12)
        stand["postgres"].error = REFUSES
        watch.says, watch.facts = Status.DOWN, {"container_state": "exited", "exit_code": 137}
        stand.engine.ask_now("docker")
        await settle()
        assert stand.state("postgres").word == "1/2"
        stand["postgres"].error = None
        await stand.run(5)
        watch.asked.clear()
        stand["postgres"].error = REFUSES
        stand.engine.ask_now("postgres")
        await settle()
        assert len(watch.asked) == 1


async def test_one_round_asks_again_what_is_contradicted_and_tells_who_says_otherwise() -> None:
    stand, backend = stack()
    backend.says = Status.DOWN
    round_of = asyncio.create_task(stand.engine.one_round())
    await stand.run(5)
    state = {state.service.id: state for state in (await round_of).services}["postgres"]
    assert state.disagreements == ("Backend says so; own probe: up",)
    assert len(stand["postgres"].asked) == 2
