"""The categories: id, title, letter, digit, and the module that holds their checks."""

import importlib
from collections.abc import Iterable, Mapping
from functools import cache

from msgspec import Struct

from sutaz_tui.checks.base import Check
from sutaz_tui.config import Config


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
BY_KIND: tuple[Heading, ...] = tuple(
    Heading(kind, kind, "")
    for kind in (
        "http",
        "postgres",
        "mysql",
        "redis",
        "memcached",
        "rabbitmq",
        "kong",
        "ollama",
        "prometheus",
        "loki",
        "grafana",
        "consul",
        "docker",
        "container",
        "tls",
        "dns",
        "blackbox",
        "systemd",
    )
)
"""The categories of the checks that any service of a kind has."""
OWN = Heading("own", "own", "u")
BY_ID = {heading.id: heading for heading in HEADINGS}
DIGITS = "1234567890"
LETTERS = "abcdeghijklmnoprsuvwxyzABCDEGHIJKLMNOPQRSTUVWXYZ"
"""Letters that a category can have: f, q and t mean something else where they are pressed."""


def headings(config: Config, present: Iterable[str]) -> tuple[Heading, ...]:
    """The categories that there are checks of, each with a letter of its own and, while there are some, a digit.

    What the user's own categories ask for they get; the others keep theirs where that is free.
    """
    own = [
        Heading(one.id, one.title or one.id, one.key, "" if one.digit is None else f"{one.digit}")
        for one in config.checks.categories
    ]
    suites = [Heading(one.id, one.title or one.id, "") for one in config.checks.pytest]
    suites += [Heading(one.id, one.title or one.id, "") for one in config.checks.junit]
    there = set(present)
    ordered = [heading for heading in (*HEADINGS, *own, *suites, *BY_KIND, OWN) if heading.id in there]
    first = sorted(ordered, key=lambda heading: heading not in own)
    letters = _given(first, {heading.id: heading.letter for heading in first}, LETTERS)
    # Those of the stack that have a letter alone are meant to: nobody runs a load by a digit.
    others = [heading for heading in first if heading.id not in BY_ID]
    digits = _given(others, {heading.id: heading.digit for heading in first}, DIGITS)
    return tuple(
        Heading(heading.id, heading.title, letters.get(heading.id, ""), digits.get(heading.id, ""))
        for heading in ordered
    )


def _given(headings: Iterable[Heading], wanted: Mapping[str, str], keys: str) -> dict[str, str]:
    """A key for each by its id, as far as there are some: the wanted one where it is free, else one of its title."""
    given: dict[str, str] = {}
    for id, key in wanted.items():
        if key and key not in given.values():
            given[id] = key
    for heading in headings:
        free = [key for key in (*heading.title, *keys) if key in keys and key not in given.values()]
        if heading.id not in given and free:
            given[heading.id] = free[0]
    return given


@cache
def _kinds() -> Mapping[str, str]:
    # Its package brings the checks of the agents, and with them every client library.
    from sutaz_tui.checks.agents.names import AGENTS

    return {
        **dict.fromkeys(AGENTS, "agent"),
        **dict.fromkeys(("node-exporter", "postgres-exporter", "redis-exporter"), "exporter"),
        "ollama-agents": "ollama",
    }


def kind_needed(id: str) -> str:
    """The kind that a service must be of for the checks that need it by this id."""
    return _kinds().get(id, id)


STACK = frozenset({"agent", "backend", "mcp-bridge", "faiss"})
"""Kinds that only the SutazAI stack has: where none of them is, its checks are about another stack."""
ANY_STACK = frozenset({"chromadb", "qdrant", "neo4j"})
"""Kinds whose checks in the categories of that stack say nothing of it."""


def load_for(kinds: Mapping[str, str], categories: Iterable[str]) -> list[Check]:
    """The checks of the stack in these categories, as far as they are for these services (id -> kind).

    Their modules are many: where none can be meant none is loaded.
    """
    if (STACK | ANY_STACK).isdisjoint(kinds.values()):
        return []
    return [check for check in load(categories) if belongs(check, kinds)]


def belongs(check: Check, kinds: Mapping[str, str]) -> bool:
    """Whether a check of the stack is one for these services (id -> kind): it is that stack, the service that the check
    is about is there, and none is a namesake."""
    if STACK.isdisjoint(kinds.values()) and kind_needed(check.service) not in ANY_STACK:
        return False
    namesakes = [id for id in check.needs if id in kinds and kinds[id] != kind_needed(id)]
    return check.service in kinds and not namesakes


def load_by_kind(services: Mapping[str, tuple[str, str, str]], categories: Iterable[str]) -> list[Check]:
    """The checks of kinds for these services (id -> kind, title, address), of these categories.

    A service that the SutazAI stack has checks of its own for, which are the same and more, gets none here.
    """
    kinds = {kind for kind, _, _ in services.values()}
    is_stack = not STACK.isdisjoint(kinds)
    wanted = [heading.id for heading in BY_KIND if heading.id in kinds.intersection(categories)]
    if not wanted:
        return []
    from sutaz_tui.checks.by_kind import KIND_CHECKS

    return [
        one.of(id, title)
        for category in wanted
        for id, (kind, title, address) in services.items()
        if kind == category and not (is_stack and kind_needed(id) == kind)
        for one in KIND_CHECKS
        if one.kind == kind and address.lower().startswith(one.address)
    ]


def load(categories: Iterable[str] | None = None) -> list[Check]:
    """The checks of these categories (None: of all), in the order of the headings."""
    wanted = set(BY_ID if categories is None else categories)
    checks: list[Check] = []
    for heading in HEADINGS:
        if heading.id in wanted:
            module = importlib.import_module(f"sutaz_tui.checks.{heading.id}")
            checks += module.CATEGORY.checks
    return checks
