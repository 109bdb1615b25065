"""What checks that ran in several places say together."""

from sutaz_tui.model import CheckRun, Outcome
from sutaz_tui.text.units import first_of

SAID = {
    Outcome.PASS: "passes from",
    Outcome.FAIL: "fails from",
    Outcome.ERROR: "cannot tell from",
    Outcome.BLOCKED: "is blocked from",
    Outcome.SKIP: "is not run from",
}


NAMED = 5
"""So many checks that end alike are named."""


def differences(run: CheckRun) -> list[str]:
    """Lines for what does not end alike in all its places: `2 of 3 places  passes from a and b, fails from c: CHECK`."""
    by_check: dict[str, dict[Outcome, list[str]]] = {}
    for result in run.results:
        if result.seen_from:
            by_check.setdefault(result.of, {}).setdefault(result.outcome, []).append(result.seen_from)
    alike: dict[str, list[str]] = {}
    for check, ended in by_check.items():
        if len(ended) > 1:
            of = f"{len(ended.get(Outcome.PASS, ()))} of {sum(map(len, ended.values()))} places"
            said = ", ".join(f"{words} {_and(ended[how])}" for how, words in SAID.items() if how in ended)
            alike.setdefault(f"{of}  {said}", []).append(check)
    return [f"{words}: {first_of(checks, NAMED)}" for words, checks in alike.items()]


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
