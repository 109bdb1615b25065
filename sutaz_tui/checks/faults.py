"""The faults behind red checks: what one fault reddens stands together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sutaz_tui.model import RED, CheckResult, Outcome


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the check that tells it best, and the others that are red with it."""

    head: CheckResult
    others: tuple[CheckResult, ...] = ()


def faults(results: Iterable[CheckResult]) -> list[Fault]:
    """The red ones of these results, grouped; both in their order."""
    red = {result.check_id: result for result in results if result.outcome in RED}
    heads = _heads_of_causes(red.values())
    groups: dict[str, list[CheckResult]] = {}
    for result in red.values():
        groups.setdefault(_head(result, red, heads), []).append(result)
    return [
        Fault(red[head], tuple(one for one in group if one.check_id != head))
        for head, group in groups.items()
    ]


def red_with(results: Iterable[CheckResult]) -> dict[str, str]:
    """Of each check that is red with another, the id of that one."""
    return {one.check_id: fault.head.check_id for fault in faults(results) for one in fault.others}


def _hangs_on_its_cause(result: CheckResult) -> bool:
    """Whether the trouble of a service explains it: a wrong answer of a service that answers is a fault of its own.

    Unless that service itself is in trouble because of another.
    """
    is_own = result.outcome is Outcome.FAIL and result.cause == result.service and not result.is_down
    return bool(result.cause) and not is_own


def _heads_of_causes(red: Iterable[CheckResult]) -> dict[str, str]:
    found: dict[str, CheckResult] = {}
    for result in red:
        if _hangs_on_its_cause(result):
            best = found.setdefault(result.cause, result)
            if _rank(result) < _rank(best):
                found[result.cause] = result
    return {cause: result.check_id for cause, result in found.items()}


def _rank(result: CheckResult) -> int:
    """The service itself says it best, then what is down because of it."""
    return 2 * (result.service != result.cause) + (not result.is_down)


def _head(result: CheckResult, red: Mapping[str, CheckResult], heads: Mapping[str, str]) -> str:
    seen = set()
    while result.check_id not in seen:
        seen.add(result.check_id)
        if _hangs_on_its_cause(result):
            return heads[result.cause]
        if result.follows not in red:
            return _first_alike(result, red)
        result = red[result.follows]
    return result.check_id


def _first_alike(result: CheckResult, red: Mapping[str, CheckResult]) -> str:
    """The first that was answered alike to the same question."""
    if not result.steps:
        return result.check_id
    asked = (result.steps[-1].request, result.found)
    return next(
        one.check_id
        for one in red.values()
        if one.follows not in red and one.steps and (one.steps[-1].request, one.found) == asked
    )
