"""Neo4j and the vector stores, each asked itself, and the backend's flags beside their answers."""

import re
import time
from typing import cast

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.backend_flags import PAGE, Question, honest, lying
from sutaz_tui.checks.base import Category, NotRun, Twin, fault, patch
from sutaz_tui.config.kinds import Neo4j
from sutaz_tui.probes.neo4j import HANDSHAKE
from sutaz_tui.sources.curl import auth_headers
from sutaz_tui.sources.tcp import spoken

CATEGORY = Category("databases")

COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
ASKED = 100
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
CLOCK = 60.0
INSIDE = 7687
"""Bolt's port inside the container, which drivers of the same network are rightly sent to."""
DIMENSION = 768


def _port(address: str) -> list[int]:
    """The port of a host:port, none where it names none."""
    port = address.partition("/")[0].rpartition(":")[2]
    return [int(port)] if port.isdecimal() and len(port) <= 5 else []


async def neo4j_root(ask: Ask) -> str:
    body = await ask.body("neo4j", "/")
    version = body.get("neo4j_version")
    ask.expect(isinstance(version, str) and bool(version), "a neo4j_version", sorted(body))
    return str(version)


async def chromadb_heartbeat(ask: Ask) -> float:
    body = await ask.body("chromadb", "/api/v2/heartbeat")
    beat = body.get("nanosecond heartbeat")
    ask.expect(isinstance(beat, int) and not isinstance(beat, bool), "a nanosecond heartbeat", sorted(body))
    return float(cast(int, beat)) / 1e9


async def qdrant_root(ask: Ask) -> str:
    body = await ask.body("qdrant", "/")
    ask.expect("qdrant" in str(body.get("title")).lower(), "a title that names Qdrant", body.get("title"))
    return str(body.get("version"))


async def faiss_health(ask: Ask) -> str:
    body = await ask.body("faiss", "/health")
    ask.expect(body.get("status") == "healthy", "status healthy", body.get("status"))
    ask.expect(body.get("dimension") == DIMENSION, f"dimension {DIMENSION}", body.get("dimension"))
    return f"healthy, dimension {DIMENSION}, {len(body.get('indices_loaded') or ())} indices"


@CATEGORY.check(
    "neo4j.answers",
    "Neo4j's discovery page has version and Bolt address",
    "neo4j",
    twin=patch("neo4j", "/", remove=["bolt_direct"]),
    covers=("db-06",),
)
async def neo4j_answers(ask: Ask) -> str:
    body = await ask.body("neo4j", "/")
    reading.version(body.get("neo4j_version"), "neo4j_version")
    reading.text(body.get("neo4j_edition"), "a neo4j_edition")
    bolt = str(body.get("bolt_direct", "no bolt_direct"))
    ask.expect(bolt.startswith("bolt"), "the Bolt address that drivers are sent to", bolt)
    if own := cast(Neo4j, ask.service("neo4j")).bolt:
        ports = {INSIDE, *_port(own)}
        words = " or ".join(map(str, sorted(ports)))
        ask.expect({*_port(bolt.partition("://")[2])} <= ports, f"drivers sent to port {words}", bolt)
    return f"{body['neo4j_version']} {body['neo4j_edition']}, drivers go to {bolt}"


@CATEGORY.check(
    "neo4j.bolt",
    "Neo4j's Bolt port negotiates a version",
    "neo4j",
    twin=fault(neo4j_bolt="garbage"),
)
async def neo4j_bolt(ask: Ask) -> str:
    address = cast(Neo4j, ask.service("neo4j")).bolt
    if not address:
        raise NotRun("no address of its Bolt port: set services.neo4j.bolt in the config")
    heard = await ask.hear("neo4j", address, HANDSHAKE, bytes(4))
    ask.expect(len(heard) == 4 and heard[:2] == b"\0\0", "a Bolt version", spoken(heard))
    ask.expect(any(heard), "a Bolt version from 3 to 5.8", "none that both know")
    return f"Bolt {heard[3]}.{heard[2]}"


@CATEGORY.check(
    "neo4j.query",
    "Neo4j runs a query with the login, and refuses it without",
    "neo4j",
    twin=patch(
        "neo4j", "/db/neo4j/tx/commit", status=200, body={"results": [{"data": [{"row": [1]}]}], "errors": []}
    ),
    covers=("db-08",),
)
async def neo4j_query(ask: Ask) -> str:
    await neo4j_root(ask)
    answer = await ask.post(
        "neo4j", "/db/neo4j/tx/commit", json={"statements": [{"statement": "RETURN 1 AS n"}]}
    )
    if auth_headers(ask.service("neo4j").auth):
        body = ask.as_object(answer)
        ask.expect(
            not body.get("errors") and '"row":[1]' in answer.text().replace(" ", ""),
            "the row 1",
            answer.text(),
        )
        return "RETURN 1 is answered"
    ask.expect(
        answer.status == 401,
        "a refusal without a login (401)",
        f"{answer.status}: strangers may run queries; set NEO4J_AUTH",
    )
    errors = ask.as_object(answer, 401).get("errors")
    ask.expect("Security.Unauthorized" in str(errors), "Neo4j's own refusal", errors)
    return "no query without a login"


@CATEGORY.check(
    "chromadb.heartbeat",
    "ChromaDB's heartbeat is current",
    "chromadb",
    twin=patch("chromadb", "/api/v2/heartbeat", set={"nanosecond heartbeat": 1_700_000_000_000_000_000}),
    covers=("db-09",),
)
async def chromadb_beats(ask: Ask) -> str:
    off = await chromadb_heartbeat(ask) - time.time()
    ask.expect(abs(off) < CLOCK, f"a heartbeat within {CLOCK:g} s of our clock", f"one {off:.0f} s off")
    return "beats"


@CATEGORY.check(
    "chromadb.collections",
    "ChromaDB lists its collections",
    "chromadb",
    twin=patch("chromadb", COLLECTIONS, status=500, body={"error": "InternalError"}),
    covers=("db-10",),
)
async def chromadb_collections(ask: Ask) -> str:
    found = ask.as_list(await ask.get("chromadb", COLLECTIONS, params={"limit": ASKED}))
    for one in reading.objects(found, "collections"):
        reading.text(one.get("name"), "a name of each collection")
        ask.expect(UUID.fullmatch(str(one.get("id"))) is not None, "a UUID of each", one.get("id"))
    ask.expect(len(found) <= ASKED, f"the {ASKED} that were asked for, at most", len(found))
    return f"{len(found)} collections"


@CATEGORY.check(
    "qdrant.answers",
    "Qdrant's REST port answers as Qdrant",
    "qdrant",
    twin=patch("qdrant", "/", set={"title": "weaviate"}),
    covers=("db-12",),
)
async def qdrant_answers(ask: Ask) -> str:
    return f"Qdrant {await qdrant_root(ask)}"


@CATEGORY.check(
    "qdrant.ready",
    "all shards of Qdrant are ready",
    "qdrant",
    twin=patch("qdrant", "/readyz", status=503, body="some shards are not ready"),
)
async def qdrant_ready(ask: Ask) -> str:
    answer = await ask.get("qdrant", "/readyz")
    ask.status(answer, 200)
    words = answer.text().strip()
    ask.expect(words == "all shards are ready", "the words all shards are ready", words or "nothing")
    return "all shards are ready"


@CATEGORY.check(
    "qdrant.collections",
    "Qdrant lists its collections",
    "qdrant",
    twin=patch("qdrant", "/collections", remove=["result.collections"]),
    covers=("db-13",),
)
async def qdrant_collections(ask: Ask) -> str:
    body = await ask.body("qdrant", "/collections")
    ask.expect(body.get("status") == "ok", "status ok", body.get("status"))
    result = body.get("result")
    found = reading.objects(result.get("collections") if isinstance(result, dict) else result, "collections")
    for one in found:
        reading.text(one.get("name"), "a name of each collection")
    return f"{len(found)} collections"


@CATEGORY.check(
    "faiss.answers",
    f"FAISS is healthy, dimension {DIMENSION} like the backend's",
    "faiss",
    twin=patch("faiss", "/health", set={"dimension": 384}),
    covers=("db-15",),
)
async def faiss_answers(ask: Ask) -> str:
    return await faiss_health(ask)


@CATEGORY.check(
    "faiss.collections",
    "FAISS lists its collections",
    "faiss",
    twin=patch("faiss", "/collections", status=500, body={"detail": "index file damaged"}),
)
async def faiss_collections(ask: Ask) -> str:
    found = reading.objects((await ask.body("faiss", "/collections")).get("collections"), "collections")
    for one in found:
        reading.text(one.get("name"), "a name of each collection")
    return f"{len(found)} collections"


async def redis_ping(ask: Ask) -> object:
    return await ask.redis("redis", "PING")


_FLAGS: tuple[tuple[str, str, Question, Twin], ...] = (
    ("redis", "Redis", redis_ping, lying("redis", "redis")),
    ("neo4j", "Neo4j", neo4j_root, patch("backend", PAGE, set={"services.neo4j": False})),
    ("chromadb", "ChromaDB", chromadb_heartbeat, lying("chromadb", "chromadb")),
    ("qdrant", "Qdrant", qdrant_root, patch("backend", PAGE, set={"services.qdrant": False})),
    ("faiss", "FAISS", faiss_health, lying("faiss", "faiss")),
)

for _id, _title, _question, _twin in _FLAGS:
    CATEGORY.add(
        f"{_id}.flag",
        f"the backend's status of {_title} agrees with {_title} itself",
        honest(_id, _title, _question),
        # Not the store: its being down is when the flag must show what it is worth.
        "backend",
        twin=_twin,
        covers=("inf-03", "inf-17") if _id == "redis" else (),
    )
