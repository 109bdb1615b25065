"""What every probe does alike: deadline, evidence, the status of a failure, masking."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from sutaz_tui.config.kinds import Tcp
from sutaz_tui.errors import BadAnswer, Denied, NotListening, Refused, SourceError, TimedOut, Unreachable
from sutaz_tui.model import Alert, Change, ChangeKind, Claim, Fact, Status, Step, Timing
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.second import Trouble, second
from sutaz_tui.sources.evidence import record
from sutaz_tui.text.sanitise import Secrets

Look = Callable[[], Awaitable[Finding]]


class Told(Probe):
    """A probe whose look is a function."""

    def __init__(
        self, look: Look, *, optional: bool = False, timeout: float = 1.0, warn: float = 1.0
    ) -> None:
        super().__init__(
            Tcp(
                id="x",
                title="Shop",
                address="h:1",
                optional=optional,
                timeout=timeout,
                warn=warn,
                interval=9.0,
            )
        )
        self._look = look

    async def look(self) -> Finding:
        record(Step("Shop", "knock"))
        return await self._look()


def finds(finding: Finding) -> Look:
    async def look() -> Finding:
        return finding

    return look


def raises(error: BaseException) -> Look:
    async def look() -> Finding:
        raise error

    return look


@pytest.mark.parametrize(
    ("error", "status", "word", "backs_off"),
    [
        (Refused("Shop", "reset"), Status.DOWN, "DOWN", False),
        (NotListening("Shop", "refused"), Status.DOWN, "DOWN", False),
        (TimedOut("Shop", "late"), Status.DOWN, "DOWN", True),
        (BadAnswer("Shop", "answers as X"), Status.DOWN, "DOWN", False),
        (Denied("Shop", "no"), Status.UNKNOWN, "denied", True),
        (Unreachable("Shop", "no name"), Status.UNKNOWN, "?", False),
        (TimeoutError(), Status.DOWN, "DOWN", True),
    ],
)
async def test_what_a_failure_amounts_to(
    error: Exception, status: Status, word: str, backs_off: bool
) -> None:
    answer = await Told(raises(error)).ask()
    reading = answer.readings[0]
    assert (reading.status, reading.word, reading.backs_off) == (status, word, backs_off)
    assert reading.error is not None
    assert reading.error.startswith("Shop: ")
    assert (reading.latency, dict(reading.facts), answer.claims, answer.alerts) == (None, {}, (), None)
    assert [step.request for step in reading.steps] == ["knock"]
    assert reading.rule


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotListening("Shop", ":1 refused"), Status.ABSENT),
        (Refused("Shop", "TLS failed"), Status.DOWN),
        (TimedOut("Shop", "late"), Status.DOWN),
        (BadAnswer("Shop", "answers as X"), Status.DOWN),
    ],
)
async def test_optional_is_absent_only_where_nobody_listens(error: SourceError, status: Status) -> None:
    reading = (await Told(raises(error), optional=True).ask()).readings[0]
    assert reading.status is status
    assert (reading.error is None) is (status is Status.ABSENT)


async def test_a_look_that_never_ends_is_cut_at_the_deadline() -> None:
    gone = False

    async def look() -> Finding:
        nonlocal gone
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            gone = True
        raise AssertionError

    reading = (await Told(look, timeout=0.05).ask()).readings[0]
    assert (reading.status, reading.summary, reading.backs_off) == (
        Status.DOWN,
        "no answer within 0.05 s",
        True,
    )
    assert gone


async def test_cancelling_passes() -> None:
    entered = asyncio.Event()

    async def look() -> Finding:
        entered.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    task = asyncio.create_task(Told(look).ask())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_slow_keeps_everything_that_was_found() -> None:
    at = (await Told(finds(Finding("x"))).ask()).readings[0].at
    finding = Finding(
        "fine", latency=1.5, facts={"a": 1}, claims=(Claim("y", "Shop", None, "w", at),), alerts=(Alert("n", "s", "t"),),
        changes=(Change(at, "x", ChangeKind.RESTART, "again"),),
    )  # fmt: skip
    answer = await Told(finds(finding)).ask()
    reading = answer.readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "slow")
    assert reading.summary == "slow: 1.5s, warns above 1.0s; fine"
    assert (dict(reading.facts), answer.claims, answer.changes, answer.alerts) == (
        {"a": 1}, finding.claims, finding.changes, finding.alerts,
    )  # fmt: skip


@pytest.mark.parametrize("status", [Status.DEGRADED, Status.DOWN, Status.UNKNOWN, Status.ABSENT])
async def test_slow_hides_no_worse_trouble(status: Status) -> None:
    finding = Finding("bad", status, 9.0, "bad")
    assert (await Told(finds(finding)).ask()).readings[0].word == "bad"


async def test_the_limit_itself_is_not_slow() -> None:
    assert (await Told(finds(Finding("x", latency=1.0))).ask()).readings[0].status is Status.UP


async def test_nothing_shown_holds_a_secret_or_a_control_character() -> None:
    facts: dict[str, Fact] = {"dsn": "hunter2hunter2", "n": 1}
    finding = Finding(
        "a\x1b[2Jhunter2hunter2\nb", Status.DOWN, 0.1, "w", facts, "see hunter2hunter2" + "x" * 999
    )
    probe = Told(finds(finding))
    probe.secrets = Secrets(["hunter2hunter2"])
    reading = (await probe.ask()).readings[0]
    assert reading.summary == "a␛[2J*** b"
    assert dict(reading.facts) == {"dsn": "***", "n": 1}
    assert reading.error is not None
    assert len(reading.error) == 400
    assert "hunter2hunter2" not in repr(reading)


async def test_what_one_service_says_of_another_is_masked_too() -> None:
    """Prometheus quotes the URL that it cannot scrape, with the login in it."""
    at = datetime.now(UTC)
    said = 'Get "http://admin:hunter2hunter2@db:9187/metrics": refused'
    finding = Finding(
        "1 of 2 targets up",
        claims=(Claim("db", "Prometheus", Status.DOWN, said, at, {"image": "db:hunter2hunter2", "n": 1}),),
        changes=(Change(at, "db", ChangeKind.RESTART, f"restarted: {said}"),),
        alerts=(Alert("Down hunter2hunter2", "critical", said),),
    )
    probe = Told(finds(finding))
    probe.secrets = Secrets(["hunter2hunter2"])
    answer = await probe.ask()
    assert "hunter2" not in repr(answer)
    assert answer.claims[0].words == 'Get "http://admin:***@db:9187/metrics": refused'
    assert answer.claims[0].facts == {"image": "db:***", "n": 1}


@pytest.mark.parametrize(
    ("fact", "shown"),
    [
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (10**30, "1000000000000000000…"),
        (2**62, 2**62),
        (True, True),
    ],
)
async def test_a_number_that_json_or_a_cell_cannot_hold_is_a_text(fact: Fact, shown: Fact) -> None:
    reading = (await Told(finds(Finding("x", facts={"n": fact}))).ask()).readings[0]
    assert dict(reading.facts) == {"n": shown}


async def test_a_second_question_degrades_instead_of_failing() -> None:
    async def fails(error: Exception) -> int:
        raise error

    async def hangs() -> int:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def well() -> int:
        return 5

    assert await second("w", well(), 1.0) == 5
    assert await second("w", fails(Refused("Shop", "reset")), 1.0) == Trouble("w", "reset")
    assert await second("w", hangs(), 0.01) == Trouble("w", "no answer in the time that was left")
    assert await second("w", hangs(), -1.0) == Trouble("w", "no answer in the time that was left")
    with pytest.raises(Denied):
        await second("w", fails(Denied("Shop", "no")), 1.0)


@pytest.mark.parametrize(
    ("take", "value", "words"),
    [
        (body.string, 5, "'k' in the body is 5, not text"),
        (body.string, None, "'k' in the body is missing, not text"),
        (body.boolean, 1, "'k' in the body is 1, not true or false"),
        (body.boolean, "true", "'k' in the body is the text 'true', not true or false"),
        (body.number, True, "'k' in the body is True, not a number"),
        (body.number, float("nan"), "'k' in the body is nan, not a number"),
        (body.number, float("inf"), "'k' in the body is inf, not a number"),
        (body.number, 10**40, "not a number"),
        (body.number, {}, "'k' in the body is an empty object, not a number"),
        (body.whole, 1.5, "'k' in the body is 1.5, not a whole number"),
    ],
)
def test_a_value_of_another_type_is_told(
    take: Callable[[str, dict[str, object], str], object], value: object, words: str
) -> None:
    with pytest.raises(BadAnswer) as caught:
        take("Shop", {"k": value}, "k")
    assert words in caught.value.words


def test_a_body_that_names_its_author_is_told_by_the_name() -> None:
    with pytest.raises(BadAnswer, match="answers as Letta, without 'version'; are two ports swapped"):
        body.string("Shop", {"agent": "Letta"}, "version")


@pytest.mark.parametrize("value", [[], None, "x", 5])
def test_what_is_no_object_is_told(value: object) -> None:
    with pytest.raises(BadAnswer, match="not an object"):
        body.mapping("Shop", value)


async def test_what_connecting_and_tls_took_is_not_the_servers_time() -> None:
    async def look(connect: float) -> Finding:
        timing = Timing(connect=connect, tls=connect, first_byte=0.01, total=1.5)
        record(Step("Shop", "GET /", timing=timing))
        return Finding("fine", latency=1.5)

    for connect, status in ((0.3, Status.UP), (0.01, Status.DEGRADED)):
        reading = (await Told(partial(look, connect)).ask()).readings[0]
        assert (reading.status, reading.latency) == (status, 1.5)
