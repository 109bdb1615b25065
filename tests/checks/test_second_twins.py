"""A check that promises two things is shown to see each of them fail."""

import re
from dataclasses import replace

from sutaz_tui.checks import registry
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.second_twins import SECOND
from sutaz_tui.demo.prove import prove

TWO = re.compile(r"\b(?:and|each|every|all|within)\b")
CHECKS = {check.id: check for check in registry.load()}
ONE_FAULT_ALONE = {
    "agents.letta.memory", "api.refusal.json", "api.ws.greets", "api.ws.history", "caching.login",
    "databases.postgres.at-once", "databases.postgres.databases", "infrastructure.docker.restarts", "mcp.socket",
    "messaging.rabbitmq.bindings", "messaging.rabbitmq.round-trip", "monitoring.prometheus.rules-work", "pool.crowd",
    "pool.half", "pool.wrong-query", "security.broadcast.locked", "security.chat.punctuation",
    "security.enumeration.login", "security.reset.limited", "vectors.chromadb.made", "vectors.chromadb.tenant",
    "vectors.faiss.made", "vectors.faiss.unfit", "vectors.qdrant.made", "vectors.qdrant.shape",
}  # fmt: skip
"""Titles with such a word for which the simulated stack has no second fault yet; none may be added."""


def test_each_title_with_two_promises_has_a_second_twin() -> None:
    assert {id for id, check in CHECKS.items() if TWO.search(check.title)} - set(SECOND) == ONE_FAULT_ALONE


def test_no_second_twin_is_the_first_again_or_nobodys() -> None:
    assert [id for id, twin in SECOND.items() if id not in CHECKS or CHECKS[id].twin == twin] == []


async def test_a_check_that_keeps_one_promise_of_two_is_listed() -> None:
    """`Letta answers as itself and reaches its model` by the model alone."""

    async def half(ask: Ask) -> str:
        body = await ask.body("letta", "/health")
        ask.expect(body.get("status") == "healthy" and body.get("ollama") is True, "healthy", "not")
        return "healthy"

    found = await prove([replace(CHECKS["agents.letta.healthy"], run=half)])
    assert {one.stack for one in found} == {"its second twin"}
