"""What running some checks would send, told before anything is sent."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import msgspec

from sutaz_tui.model import CheckResult, Outcome
from sutaz_tui.text.units import plural

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check


class Offer(msgspec.Struct, frozen=True):
    """Words such as `2 api: 33 read-only checks, about 67 requests`, a shorter form, and how many checks it is about."""

    words: str
    short: str = ""
    checks: int = 0


@cache
def measured() -> Mapping[str, int]:
    """Requests by check id, as counted on the healthy simulated stack.

    A request is what evidence calls a step: an HTTP request, a statement, a command, a connection. The account's login,
    which the checks of a run share, is in none of them.
    """
    text = resources.files("sutaz_tui.checks").joinpath("requests.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, int])


def offer(name: str, checks: "Sequence[Check]", results: Mapping[str, CheckResult]) -> Offer:
    """The offer to run checks: what each sent when it last passed here, else what it sends to a healthy stack.

    Nobody has counted what a user's own check sends before it ran: then it is left out of the number, and told.
    """
    if not checks:
        return Offer(f"{name}: no read-only checks for the services of this config")
    passed = {
        check.id: len(results[check.id].steps)
        for check in checks
        if check.id in results and results[check.id].outcome is Outcome.PASS
    }
    counts = [passed.get(check.id, measured().get(check.counted_as)) for check in checks]
    total, uncounted = sum(count or 0 for count in counts), counts.count(None)
    number = (
        f"{plural(total, 'request')} last time"
        if len(passed) == len(checks)
        else f"about {plural(total, 'request')}"
    )
    own = f" + those of {uncounted} own" if uncounted else ""
    return Offer(
        f"{name}: {_checks(len(checks))}, {number}{own}",
        f"{name}: {plural(len(checks), 'check')}",
        len(checks),
    )


def _checks(count: int) -> str:
    return plural(count, "read-only check")
