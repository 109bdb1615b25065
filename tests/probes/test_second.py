"""Services that answer their first question late and keep silent to the second: they answer, so they are not down."""

import asyncio
from dataclasses import replace

from msgspec.structs import replace as with_values

from sutaz_tui.model import Status
from tests.loopback import configured, probing, reading
from tests.probes.healthy import HEALTHY
from tests.web import Reply, web_server

DEADLINE = 3.0
LATE = 1.0
# By kind: its first question, its second one, and the word of the cell.
SECOND = {
    "alertmanager": ("/-/ready", "/api/v2/alerts", "alerts"),
    "backend": ("/health", "/api/v1/health/", "flags"),
    "chromadb": ("/api/v2/heartbeat", "/api/v2/version", "version"),
    "kong": ("/status", "/upstreams", "targets"),
    "mcp-bridge": ("/health", "/agents", "agents"),
    "qdrant": ("/", "/collections", "collect"),
}


async def asked(kind: str) -> tuple[Status, str, bool]:
    """Its status and word, and whether the summary says why."""
    first, second, _ = SECOND[kind]
    healthy = HEALTHY[kind]
    async with web_server() as web:
        web.routes = healthy.routes | {
            first: replace(healthy.routes[first], after=LATE), second: Reply(behave="silent"),
        }  # fmt: skip
        entry = with_values(healthy.entry(web.url), timeout=DEADLINE, warn=DEADLINE)
        async with probing(configured(entry)) as probe:
            found = await reading(probe)
    return found.status, found.word, "no answer in the time that was left" in found.summary


async def test_the_second_question_has_only_the_time_that_the_first_left() -> None:
    found = await asyncio.gather(*map(asked, SECOND))
    assert dict(zip(SECOND, found, strict=True)) == {
        kind: (Status.DEGRADED, word, True) for kind, (_, _, word) in SECOND.items()
    }
