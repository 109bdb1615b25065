"""ChromaDB by what it says of itself."""

import re
import time

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import patch
from sutaz_tui.checks.vectors.category import CATEGORY
from sutaz_tui.checks.vectors.chroma_store import COLLECTIONS, MOST_LISTED, chroma_collections
from sutaz_tui.checks.vectors.stores import agreed, number

CLOCK_DIFFERS = 60.0
BATCH = 100
"""The least that a client must be able to store at once."""
NOBODY = "sutaztui-nobody"


async def _beat(ask: Ask) -> int:
    found = await ask.body("chromadb", "/api/v2/heartbeat")
    return number(found.get("nanosecond heartbeat"), "a nanosecond heartbeat", 2**63)


@CATEGORY.check(
    "chromadb.heartbeat",
    "ChromaDB's heartbeat moves",
    "chromadb",
    twin=patch("chromadb", "/api/v2/heartbeat", set={"nanosecond heartbeat": 1_795_360_289_654_370_525}),
    covers=("db-09", "inf-07"),
)
async def heartbeat(ask: Ask) -> str:
    first, second = await _beat(ask), await _beat(ask)
    ask.expect(second > first, "a heartbeat later than the one before it", f"{first}, then {second}")
    return "its heartbeat moves"


@CATEGORY.check(
    "chromadb.clock",
    "ChromaDB's clock agrees with ours",
    "chromadb",
    twin=patch("chromadb", "/api/v2/heartbeat", set={"nanosecond heartbeat": 1_000_000_000_000_000_000}),
)
async def clock(ask: Ask) -> str:
    behind = time.time() - await _beat(ask) / 1e9
    ask.expect(
        abs(behind) <= CLOCK_DIFFERS,
        f"its clock within {CLOCK_DIFFERS:g} s of ours",
        f"{behind:.0f} s behind",
    )
    return f"its clock is {abs(behind):.1f} s from ours"


@CATEGORY.check(
    "chromadb.version",
    "ChromaDB is version 1 or later",
    "chromadb",
    twin=patch("chromadb", "/api/v2/version", body="0.5.20"),
)
async def version(ask: Ask) -> str:
    found = ask.as_json(await ask.get("chromadb", "/api/v2/version"))
    is_new = isinstance(found, str) and re.match(r"[1-9]\d*\.\d+\.\d+", found) is not None
    ask.expect(is_new, "a version from 1.0.0 on", found)
    return f"version {found}"


@CATEGORY.check(
    "chromadb.v1",
    "ChromaDB's API v1 is closed, v2 answers",
    "chromadb",
    twin=patch("chromadb", "/api/v1/heartbeat", status=200, body={"nanosecond heartbeat": 1}),
)
async def old_api(ask: Ask) -> str:
    await _beat(ask)
    ask.status(await ask.get("chromadb", "/api/v1/heartbeat"), 410)
    return "API v2 answers, API v1 says 410"


@CATEGORY.check(
    "chromadb.ready",
    "ChromaDB's executor and log are ready",
    "chromadb",
    twin=patch("chromadb", "/api/v2/healthcheck", set={"is_log_client_ready": False}),
)
async def ready(ask: Ask) -> str:
    found = await ask.body("chromadb", "/api/v2/healthcheck")
    for key in ("is_executor_ready", "is_log_client_ready"):
        ask.expect(found.get(key) is True, f"{key} true", found.get(key))
    return "executor and log are ready"


@CATEGORY.check(
    "chromadb.batch",
    "ChromaDB's batch limit is large enough",
    "chromadb",
    twin=patch("chromadb", "/api/v2/pre-flight-checks", set={"max_batch_size": 1}),
)
async def batch(ask: Ask) -> str:
    found = await ask.body("chromadb", "/api/v2/pre-flight-checks")
    most = number(found.get("max_batch_size"), "max_batch_size")
    ask.expect(most >= BATCH, f"at least {BATCH} vectors at once", most)
    return f"{most} vectors at once"


@CATEGORY.check(
    "chromadb.identity",
    "ChromaDB's default tenant and database are accessible",
    "chromadb",
    twin=patch("chromadb", "/api/v2/auth/identity", set={"databases": []}),
)
async def identity(ask: Ask) -> str:
    found = await ask.body("chromadb", "/api/v2/auth/identity")
    ask.expect(found.get("tenant") == "default_tenant", "tenant default_tenant", found.get("tenant"))
    databases = found.get("databases")
    ask.expect(
        isinstance(databases, list) and "default_database" in databases,
        "default_database among its databases",
        databases,
    )
    return "default tenant and database"


@CATEGORY.check(
    "chromadb.tenant",
    "ChromaDB knows its tenant, and no other",
    "chromadb",
    twin=patch("chromadb", f"/api/v2/tenants/{NOBODY}", status=200, body={"name": NOBODY}),
)
async def tenant(ask: Ask) -> str:
    found = await ask.body("chromadb", "/api/v2/tenants/default_tenant")
    ask.expect(found.get("name") == "default_tenant", "a tenant default_tenant", found)
    ask.status(await ask.get("chromadb", f"/api/v2/tenants/{NOBODY}"), 404)
    return "its tenant is known, a made-up one is 404"


@CATEGORY.check(
    "chromadb.count",
    "ChromaDB lists as many collections as it counts",
    "chromadb",
    twin=patch("chromadb", f"{COLLECTIONS}_count", body=99),
    covers=("db-10",),
)
async def count(ask: Ask) -> str:
    async def look() -> tuple[int, int]:
        return min(await _count(ask), MOST_LISTED), len(await chroma_collections(ask))

    counted, listed = await agreed(look)
    ask.expect(counted == listed, f"{counted} collections listed", listed)
    return f"{listed} collections"


async def _count(ask: Ask) -> int:
    return number(ask.as_json(await ask.get("chromadb", f"{COLLECTIONS}_count")), "a count")


@CATEGORY.check(
    "chromadb.unknown",
    "ChromaDB answers 404 to a collection that does not exist",
    "chromadb",
    twin=patch("chromadb", f"{COLLECTIONS}/{NOBODY}", status=500),
)
async def unknown(ask: Ask) -> str:
    await chroma_collections(ask)
    answer = await ask.get("chromadb", f"{COLLECTIONS}/{NOBODY}")
    ask.status(answer, 404)
    ask.expect(NOBODY in answer.text(), "words that name the collection", answer.text() or "nothing")
    return "its list answers, a made-up collection is 404 by name"
