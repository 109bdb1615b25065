"""One service's memory: what others say otherwise is told, whatever our own reading is."""

from datetime import UTC, datetime

import pytest

from sutaz_tui.engine.record import disagreements
from sutaz_tui.model import Claim, Status

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def says(status: Status | None) -> tuple[Claim, ...]:
    return (Claim("kong", "Consul", status, "Consul says critical", NOON),)


@pytest.mark.parametrize("own", [Status.UP, Status.DEGRADED])
def test_who_calls_down_what_answers_differs(own: Status) -> None:
    assert disagreements(own, says(Status.DOWN)) == (f"Consul says critical; seen by own probe: {own.label}",)


def test_who_calls_up_what_is_down_differs() -> None:
    assert disagreements(Status.DOWN, says(Status.UP)) == ("Consul says critical; seen by own probe: down",)


@pytest.mark.parametrize(
    ("own", "claimed"),
    [
        (Status.UP, Status.UP),
        (Status.DEGRADED, Status.UP),
        (Status.DOWN, Status.DOWN),
        (Status.UNKNOWN, Status.DOWN),
        (Status.ABSENT, Status.DOWN),
        (Status.DOWN, None),
    ],
)
def test_who_says_the_same_or_nothing_does_not(own: Status, claimed: Status | None) -> None:
    assert disagreements(own, says(claimed)) == ()
