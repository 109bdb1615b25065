"""What runs unasked changes nothing: every request that the reading part of each category sends is looked at."""

import re
from collections.abc import Iterator

import pytest

from sutaz_tui.checks import registry
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckClass
from tests.checks.on_stack import READS, forget, not_passed, requests, run

ASKS = {"GET", "HEAD", "OPTIONS", "WS"}
# What has no GET and yet changes nothing, each with its reason. A login is what the account is for.
PURE = {
    ("backend", "/api/v1/auth/login"): "logs in",
    ("backend", "/api/v1/auth/refresh"): "tokens are signed, not kept, and what is no token brings none",
    ("backend", "/api/v1/vectors/search"): "makes up results, the same each time",
    ("faiss", "/search"): "searches",
    ("neo4j", "/db/neo4j/tx/commit"): "the only door for a question; the statements are looked at below",
}
# The letter j, and `a`, do this to sessions of the checks' own.
SESSIONS = {
    ("backend", "/api/v1/auth/logout"): "ends the session that the check itself began",
}
REDIS = {"AUTH", "HELLO", "CLIENT", "PING", "INFO", "ROLE", "DBSIZE", "GET", "EXISTS", "TTL", "TYPE", "SCAN"}
BINARY = {
    "redis": REDIS,
    "postgres": {"SELECT", "SHOW"},
    "neo4j-bolt": {"HANDSHAKE"},
    "qdrant-grpc": {"PREFACE"},
    "rabbitmq": set[str](),
}
CHANGES = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|DROP|CALL|LOAD)\b", re.I)
BY_A_DIGIT = [heading.id for heading in registry.HEADINGS if heading.digit]
BY_A_LETTER = [heading.id for heading in registry.HEADINGS if not heading.digit]

Request = tuple[str, str, str]


@pytest.fixture(scope="module")
def stacks() -> Iterator[tuple[Demo, Demo]]:
    """Two stacks of the same kind: what they make up for themselves, such as ids, differs."""
    with Demo("healthy") as first, Demo("healthy") as second:
        first.wait()
        second.wait()
        yield first, second


async def _sent(stack: Demo, category: str) -> set[Request]:
    await forget(stack)
    found = await run(stack, registry.load([category]), READS)
    read = [result for result in found.values() if result.check_class is CheckClass.READS]
    assert not_passed({result.check_id: result for result in read}) == {}
    for result in read:
        for step in result.steps:
            assert "/tx/commit" not in step.request or not CHANGES.search(step.reproduce), step.reproduce
    return {(one["endpoint"], one["method"], one["path"]) for one in await requests(stack)}


def _writes(sent: set[Request], pure: dict[tuple[str, str], str]) -> set[Request]:
    return {
        (endpoint, method, path)
        for endpoint, method, path in sent
        if not (
            method in BINARY[endpoint]
            if endpoint in BINARY
            else method in ASKS or (method == "POST" and (endpoint, path) in pure)
        )
    }


@pytest.mark.parametrize("category", BY_A_DIGIT)
async def test_a_digit_sends_nothing_that_writes_but_a_login(
    category: str, stacks: tuple[Demo, Demo]
) -> None:
    sent = await _sent(stacks[0], category)
    assert sent
    assert _writes(sent, PURE) == set()


@pytest.mark.parametrize("category", BY_A_LETTER)
async def test_the_reading_part_of_the_others_touches_only_its_own_sessions(
    category: str, stacks: tuple[Demo, Demo]
) -> None:
    assert _writes(await _sent(stacks[0], category), PURE | SESSIONS) == set()


@pytest.mark.parametrize("category", [heading.id for heading in registry.HEADINGS])
async def test_paths_are_fixed(category: str, stacks: tuple[Demo, Demo]) -> None:
    """The backend labels its figures by raw path: an id in a path would be a series for ever."""
    first, second = stacks
    assert await _sent(first, category) == await _sent(second, category)


def test_what_would_write_is_seen() -> None:
    sent = {
        ("backend", "POST", "/api/v1/auth/register"),
        ("backend", "DELETE", "/api/v1/models/"),
        ("redis", "SET", ""),
        ("rabbitmq", "Basic.Publish", ""),
        ("postgres", "INSERT", ""),
    }
    assert _writes(sent | {("backend", "GET", "/health")}, PURE | SESSIONS) == sent
