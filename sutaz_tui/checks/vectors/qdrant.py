"""Qdrant by what it says of itself, on both of its ports."""

import re
from typing import cast

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, fault, patch
from sutaz_tui.checks.vectors.category import CATEGORY
from sutaz_tui.checks.vectors.qdrant_store import qdrant_collections
from sutaz_tui.checks.vectors.stores import agreed
from sutaz_tui.config import kinds
from sutaz_tui.probes.qdrant import PREFACE
from sutaz_tui.text.sanitise import one_line

NOBODY = "sutaztui-nobody"
_SERIES = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)", re.MULTILINE)


@CATEGORY.check(
    "qdrant.name",
    "Qdrant's REST port answers as Qdrant, with a version",
    "qdrant",
    twin=patch("qdrant", "/", set={"title": "weaviate"}),
    covers=("db-12",),
)
async def name(ask: Ask) -> str:
    found = await ask.body("qdrant", "/")
    ask.expect("qdrant" in str(found.get("title")).lower(), "a title that names Qdrant", found.get("title"))
    ask.expect(
        re.match(r"\d+\.\d+\.\d+", str(found.get("version"))) is not None, "a version", found.get("version")
    )
    return f"version {found['version']}"


@CATEGORY.check(
    "qdrant.ready",
    "all of Qdrant's shards are ready",
    "qdrant",
    twin=patch("qdrant", "/readyz", status=503, body="some shards are not ready"),
)
async def ready(ask: Ask) -> str:
    answer = await ask.get("qdrant", "/readyz")
    ask.status(answer, 200)
    ask.expect("all shards are ready" in answer.text(), "all shards are ready", answer.text() or "nothing")
    return "all shards are ready"


@CATEGORY.check(
    "qdrant.health",
    "Qdrant's own health check passes",
    "qdrant",
    twin=patch("qdrant", "/healthz", body="healthz check failed"),
)
async def health(ask: Ask) -> str:
    answer = await ask.get("qdrant", "/healthz")
    ask.status(answer, 200)
    ask.expect("check passed" in answer.text(), "healthz check passed", answer.text() or "nothing")
    return "health check passed"


@CATEGORY.check(
    "qdrant.collections",
    "Qdrant lists its collections",
    "qdrant",
    twin=patch("qdrant", "/collections", remove=["result.collections"]),
    covers=("db-13",),
)
async def collections(ask: Ask) -> str:
    return f"{len(await qdrant_collections(ask))} collections"


async def _metrics(ask: Ask) -> list[tuple[str, str, float]]:
    """Name, labels and value of each series."""
    answer = await ask.get("qdrant", "/metrics")
    ask.status(answer, 200)
    found = [(name, labels, float(value)) for name, labels, value in _SERIES.findall(answer.text())]
    ask.expect(bool(found), "metrics in Prometheus' format", answer.text() or "nothing")
    return found


@CATEGORY.check(
    "qdrant.metrics-version",
    "Qdrant's metrics report the same version as its API",
    "qdrant",
    twin=patch("qdrant", "/metrics", body='app_info{name="qdrant",version="0.9.0"} 1\ncollections_total 0\n'),
)
async def metrics_version(ask: Ask) -> str:
    version = reading.version((await ask.body("qdrant", "/")).get("version"))
    said = [labels for name, labels, _ in await _metrics(ask) if name == "app_info"]
    ask.expect(
        any(f'version="{version}"' in labels for labels in said), f"app_info of version {version}", said
    )
    return f"metrics of version {version}"


@CATEGORY.check(
    "qdrant.metrics-count",
    "Qdrant's metrics agree with its list of collections",
    "qdrant",
    twin=patch(
        "qdrant", "/metrics", body='app_info{name="qdrant",version="1.15.4"} 1\ncollections_total 77\n'
    ),
)
async def metrics_count(ask: Ask) -> str:
    async def look() -> tuple[list[float], list[float]]:
        listed = [float(len(await qdrant_collections(ask)))]
        return listed, [value for name, _, value in await _metrics(ask) if name == "collections_total"]

    listed, counted = await agreed(look)
    ask.expect(counted == listed, f"collections_total {listed[0]:g}", counted)
    return f"{listed[0]:g} collections, listed and counted"


@CATEGORY.check(
    "qdrant.unknown",
    "Qdrant answers 404 to a collection that does not exist",
    "qdrant",
    twin=patch("qdrant", f"/collections/{NOBODY}", status=500),
)
async def unknown(ask: Ask) -> str:
    await qdrant_collections(ask)
    answer = await ask.get("qdrant", f"/collections/{NOBODY}")
    ask.status(answer, 404)
    ask.expect(NOBODY in answer.text(), "words that name the collection", answer.text() or "nothing")
    return "its list answers, a made-up collection is 404 by name"


@CATEGORY.check(
    "qdrant.grpc",
    "Qdrant's gRPC port speaks gRPC",
    "qdrant",
    twin=fault(qdrant_grpc="404"),
)
async def grpc(ask: Ask) -> str:
    address = cast(kinds.Qdrant, ask.service("qdrant")).grpc
    if not address:
        raise NotRun("no address of its gRPC port: set services.qdrant.grpc in the config")
    heard = await ask.hear("qdrant", address, PREFACE, bytes(4))
    # A SETTINGS frame (type 4, stream 0) is the first that an HTTP/2 server sends: RFC 9113, 3.4.
    ask.expect(
        heard[:1] == b"\0" and heard[3:5] == b"\x04\0",
        "HTTP/2's SETTINGS, as gRPC begins",
        one_line(str(heard), 60),
    )
    return f"{address} begins as gRPC does"
