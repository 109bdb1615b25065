"""What a service and others say of it in words that seldom change: kept as spans of their own, by these names."""

from collections.abc import Iterable, Mapping

from sutaz_tui.model import Claim, Fact

TOLD = ("version", "image", "leader")
"""The facts in words that are kept, each a kind of subject."""


def told_facts(facts: Mapping[str, Fact], claims: Iterable[Claim]) -> dict[str, str]:
    """Those of a reading and of the claims about its service; a fact that was not seen is missing."""
    found: dict[str, str] = {}
    for one in (*(claim.facts for claim in claims), facts):
        found |= {name: str(one[name]) for name in TOLD if one.get(name)}
    return found
