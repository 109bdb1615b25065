"""The categories: id, title, letter, digit, and the module that holds their checks."""

import importlib
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sutaz_tui.checks.agents.names import AGENTS
from sutaz_tui.checks.base import Check


class Heading(Struct, frozen=True):
    """A category as keys and reports know it; `digit` is "" for those that have only a letter."""

    id: str
    title: str
    letter: str
    digit: str = ""


HEADINGS: tuple[Heading, ...] = (
    Heading("agents", "agents", "a", "1"),
    Heading("api", "api", "b", "2"),
    Heading("databases", "databases", "d", "3"),
    Heading("infrastructure", "infra", "i", "4"),
    Heading("mcp", "mcp", "m", "5"),
    Heading("messaging", "messaging", "r", "6"),
    Heading("monitoring", "monitoring", "o", "7"),
    Heading("vectors", "vectors", "v", "8"),
    Heading("caching", "caching", "c", "9"),
    Heading("security", "security", "s", "0"),
    Heading("jwt", "jwt", "j"),
    Heading("e2e", "e2e", "e"),
    Heading("pool", "pool", "p"),
    Heading("load", "LOAD", "L"),
    Heading("performance", "PERF", "P"),
)
OWN = Heading("own", "own", "u")
BY_ID = {heading.id: heading for heading in HEADINGS}


_KINDS = {
    **dict.fromkeys(AGENTS, "agent"),
    **dict.fromkeys(("node-exporter", "postgres-exporter", "redis-exporter"), "exporter"),
    "ollama-agents": "ollama",
}


def kind_needed(id: str) -> str:
    """The kind that a service must be of for the checks that need it by this id."""
    return _KINDS.get(id, id)


def belongs(check: Check, kinds: Mapping[str, str]) -> bool:
    """Whether a check is one for these services (id -> kind): the one that it is about is there, and none is a namesake."""
    if check.category == OWN.id:
        return True
    namesakes = [id for id in check.needs if id in kinds and kinds[id] != kind_needed(id)]
    return check.service in kinds and not namesakes


def load(categories: Iterable[str] | None = None) -> list[Check]:
    """The checks of these categories (None: of all), in the order of the headings."""
    wanted = set(BY_ID if categories is None else categories)
    checks: list[Check] = []
    for heading in HEADINGS:
        if heading.id in wanted:
            module = importlib.import_module(f"sutaz_tui.checks.{heading.id}")
            checks += module.CATEGORY.checks
    return checks
