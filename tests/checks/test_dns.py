"""The checks of any DNS server, on one written by hand: what does not apply to it is no pass, what differs is told."""

import struct

import pytest

from sutaz_tui.config.kinds import Dns
from sutaz_tui.model import CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking, load_checks
from tests.checks.scripted import EVERYTHING
from tests.loopback import configured
from tests.name_server import POINTER, A, Answer, answer, dns

OTHER = POINTER + struct.pack("!HHIH", 1, 1, 60, 4) + bytes((192, 0, 2, 8))
FOR_EVER = POINTER + struct.pack("!HHIH", 1, 1, 1 << 31, 4) + bytes((192, 0, 2, 7))


async def ended(answers: Answer, name: str) -> CheckResult:
    async with dns(answers) as (address, _):
        config = configured(Dns(id="names", title="Names", address=address, query="shop.example"))
        checking = Checking(config)
        try:
            chosen = [check for check in load_checks(config) if check.id == f"dns.names.{name}"]
            run = await checking.run(chosen, allow=EVERYTHING, ignore_needs=True)
        finally:
            await checking.aclose()
    return run.results[0]


@pytest.mark.parametrize(
    ("answers", "name", "outcome", "words"),
    [
        (answer(A), "ttl", Outcome.SKIP, "it is not authoritative for this name"),
        (answer(A, authoritative=True), "ttl", Outcome.PASS, "TTL 60 s"),
        (answer(FOR_EVER, authoritative=True), "ttl", Outcome.FAIL, "TTL 0: no resolver caches it"),
        (answer(code=5), "unknown", Outcome.SKIP, "it refuses names of other zones"),
        (answer(A), "unknown", Outcome.FAIL, "found NOERROR 192.0.2.7"),
        (answer(code=3), "unknown", Outcome.PASS, "NXDOMAIN"),
        (answer(code=3), "same", Outcome.FAIL, "found answers NXDOMAIN for A of shop.example"),
    ],
)
async def test_what_a_name_server_answers(answers: Answer, name: str, outcome: Outcome, words: str) -> None:
    found = await ended(answers, name)
    assert found.outcome is outcome and words in found.message, found.message


async def test_the_order_of_the_records_may_change_but_not_which_they_are() -> None:
    def turning(*turns: Answer) -> Answer:
        left = list(turns)
        return lambda asked: left.pop(0)(asked)

    found = await ended(turning(answer(A, OTHER), answer(OTHER, A)), "same")
    assert found.outcome is Outcome.PASS, found.message
    found = await ended(turning(answer(A), answer(OTHER)), "same")
    assert found.message == "expected the same records twice; found 192.0.2.7, then 192.0.2.8"
