"""What Docker's word on a container does to its service's row and to the sentence about a cause."""

from datetime import timedelta

from msgspec.structs import replace

from sutaz_tui.engine.causes import headline
from sutaz_tui.errors import Refused, TimedOut
from sutaz_tui.model import Claim, Fact, Status
from tests.engine.scripted import Stand, docker, tcp


def stack() -> Stand:
    return Stand(docker("docker"), tcp("postgres", title="PostgreSQL", container="pg", interval=30))


def says(stand: Stand, words: str, status: Status, word: str = "", **facts: Fact) -> None:
    stand["docker"].claims = (Claim("postgres", "Docker", status, words, stand.clock.now(), facts, word),)
    stand.engine.ask_now("docker")


async def test_the_cause_says_how_the_container_ended() -> None:
    async with stack() as stand:
        await stand.run(20)
        stand["postgres"].error = Refused("PostgreSQL", ":10000 refused")
        stand.engine.ask_now("postgres")
        await stand.run(2)
        says(stand, "Docker says exited", Status.DOWN, container_state="exited", exit_code=137)
        await stand.run(1)
        snapshot = stand.engine.snapshot()
        [cause] = snapshot.causes
        assert headline(cause, snapshot.at).endswith("container exited 137 (killed).")
        says(stand, "Docker says exited", Status.DOWN, container_state="exited", exit_code=137, oom=True)
        await stand.run(1)
        assert stand.engine.snapshot().causes[0].words == "container exited 137 (OOM)."
        says(stand, "Docker says running", Status.UP, container_state="running")
        await stand.run(1)
        assert stand.engine.snapshot().causes[0].words == ":10000 refused."


async def test_a_row_that_answers_is_degraded_with_a_word_while_its_container_loops() -> None:
    async with stack() as stand:
        await stand.run(20)
        says(stand, "Docker says running; restart loop", Status.DEGRADED, "loop 42")
        await stand.run(1)
        looping = stand.state("postgres")
        assert (looping.status, looping.word) == (Status.DEGRADED, "loop 42")
        assert "restart loop" in looping.summary
        assert looping.history[-1].after is Status.DEGRADED, "at once, not with its next own answer"
        says(stand, "Docker says running", Status.UP)
        await stand.run(1)
        assert stand.status("postgres") is Status.UP


async def test_a_container_in_its_start_period_is_never_red() -> None:
    async with stack() as stand:
        says(stand, "Docker says starting 1s/60s", Status.UP, "starting")
        stand["postgres"].error = Refused("PostgreSQL", ":10000 refused")
        await stand.run(1)
        stand.engine.ask_now("postgres")
        await stand.run(40)
        starting = stand.state("postgres")
        assert (starting.status, starting.word, starting.error) == (Status.UP, "starting", None)
        assert stand.engine.snapshot().causes == ()
        says(stand, "Docker says running (unhealthy)", Status.DEGRADED)
        await stand.run(40)
        assert stand.status("postgres") is Status.DOWN


async def test_a_start_ends_with_its_period_though_docker_fell_silent_in_it() -> None:
    """A stack that hung as a whole stayed green for three minutes where a container had just begun."""
    async with stack() as stand:
        ends = stand.clock.now() + timedelta(seconds=20)
        says(stand, "Docker says starting 0s/20s", Status.UP, "starting")
        stand["docker"].claims = (replace(stand["docker"].claims[0], until=ends),)
        await stand.run(1)
        stand["docker"].claims = ()
        stand["docker"].error = TimedOut("Docker", "no answer within 5 s")
        stand["postgres"].error = TimedOut("PostgreSQL", "no answer within 5 s")
        stand.engine.ask_now("postgres")
        await stand.run(15)
        assert stand.state("postgres").word == "starting"
        await stand.run(40)
        assert stand.status("postgres") is Status.DOWN


async def test_what_docker_said_before_it_fell_silent_itself_judges_nobody() -> None:
    async with stack() as stand:
        await stand.run(20)
        says(stand, "Docker says running; restart loop", Status.DEGRADED, "loop 42")
        await stand.run(1)
        stand["docker"].claims = ()
        stand["docker"].error = TimedOut("Docker", "no answer within 5 s")
        await stand.run(300)
        assert stand.status("postgres") is Status.UP


async def test_a_red_row_says_where_docker_publishes_it_as_long_as_that_is_so() -> None:
    async with stack() as stand:
        await stand.run(20)
        says(stand, "Docker says running", Status.UP, published=":11403")
        await stand.run(1)
        assert "publishes" not in stand.state("postgres").summary, "it answers, by whatever way"
        stand["postgres"].error = Refused("PostgreSQL", ":10000 refused")
        stand.engine.ask_now("postgres")
        await stand.run(2)
        assert stand.state("postgres").summary == ":10000 refused; Docker publishes it at :11403"
        assert stand.engine.snapshot().causes[0].words == ":10000 refused; Docker publishes it at :11403."
        says(stand, "Docker says running", Status.UP)
        await stand.run(1)
        assert stand.state("postgres").summary == ":10000 refused"
