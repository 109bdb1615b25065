"""Loki: ready, with the labels that the stack's log view needs, and with fresh lines of each job."""

import time
from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, patch, trait

CATEGORY = Category("monitoring")

LABELS = ("filename", "job", "stream")
JOBS = ("docker", "varlogs")
DOCKER_SILENT = 300
"""Seconds: the health checks alone write a line every few."""
SYSTEM_SILENT = 3600
BASE = "/loki/api/v1"
_BILLION = 1_000_000_000


async def data(ask: Ask, path: str, id: str = "loki", **params: str | int) -> Any:
    """What Loki answers with success, an empty list where there is nothing."""
    body = await ask.body(id, path, params=params or None)
    ask.expect(body.get("status") == "success", "status success", body.get("status"))
    # Loki leaves `data` out where there is nothing.
    return body.get("data") or []


@CATEGORY.check(
    "loki.ready",
    "Loki is ready",
    "loki",
    twin=patch("loki", "/ready", status=503, body="Ingester not ready: waiting for 15s after being ready"),
    covers=("mon-09",),
)
async def ready(ask: Ask, id: str = "loki") -> str:
    answer = await ask.get(id, "/ready")
    ask.status(answer, 200)
    ask.expect(answer.text().strip() == "ready", "the word ready", answer.text() or "nothing")
    return "ready"


@CATEGORY.check(
    "loki.labels",
    f"Loki knows the labels {', '.join(LABELS)}",
    "loki",
    twin=patch("loki", f"{BASE}/labels", set={"data": ["job", "service_name"]}),
    covers=("inf-22",),
)
async def labels(ask: Ask) -> str:
    found = await data(ask, f"{BASE}/labels")
    missing = [label for label in LABELS if label not in found]
    ask.expect(not missing, f"labels {', '.join(LABELS)}", f"without {', '.join(missing)}")
    return ", ".join(found)


@CATEGORY.check(
    "loki.jobs",
    f"Loki has lines of the jobs {' and '.join(JOBS)}",
    "loki",
    twin=patch("loki", f"{BASE}/label/job/values", set={"data": ["varlogs"]}),
)
async def jobs(ask: Ask) -> str:
    found = await data(ask, f"{BASE}/label/job/values")
    missing = [job for job in JOBS if job not in found]
    ask.expect(not missing, f"jobs {', '.join(JOBS)}", f"without {', '.join(missing)}: look at Promtail")
    return ", ".join(found)


async def streams_of(ask: Ask, selector: str, within: int, id: str = "loki") -> list[dict[str, Any]]:
    """The streams of a selector with their newest line of the last `within` seconds."""
    now = time.time_ns()
    found = await data(
        ask,
        f"{BASE}/query_range",
        id,
        query=selector,
        limit=1,
        direction="backward",
        start=now - within * _BILLION,
        # A shipper's clock may be ahead of ours.
        end=now + 60 * _BILLION,
    )
    streams = found.get("result") if isinstance(found, dict) else None
    ask.expect(isinstance(streams, list), "streams", found)
    return reading.objects(streams, "streams")


def newest(ask: Ask, streams: list[dict[str, Any]], selector: str, within: int) -> float:
    """Seconds since the newest line of streams that a selector found."""
    times = [int(value[0]) for stream in streams for value in stream.get("values") or ()]
    ask.expect(bool(times), f"a line of {selector} within {within} s", "none: look at Promtail and the disk")
    return reading.age(max(times) / _BILLION, within, f"a line of {selector}")


async def _age(ask: Ask, job: str, within: int) -> float:
    """Seconds since the newest line of a job, of the last `within` seconds."""
    selector = f'{{job="{job}"}}'
    streams = await streams_of(ask, selector, within)
    others = [one.get("stream") for one in streams if _job(one) != job]
    ask.expect(not others, f"streams of {selector}", others)
    return newest(ask, streams, selector, within)


def _job(stream: dict[str, Any]) -> object:
    labels = stream.get("stream")
    return labels.get("job") if isinstance(labels, dict) else None


@CATEGORY.check(
    "loki.docker",
    f"container logs reach Loki, the newest line within {DOCKER_SILENT} s",
    "loki",
    twin=trait(loki_is_fresh=False),
    covers=("mon-10",),
)
async def docker(ask: Ask) -> str:
    age = await _age(ask, "docker", DOCKER_SILENT)
    return f"the newest is {age:.0f} s old"


@CATEGORY.check(
    "loki.pipeline",
    "container and system logs reach Loki through Promtail",
    "loki",
    "promtail",
    twin=patch(
        "loki",
        f"{BASE}/query_range",
        set={"data.result": []},
    ),
    covers=("mon-17",),
)
async def pipeline(ask: Ask) -> str:
    ages = {job: await _age(ask, job, SYSTEM_SILENT) for job in JOBS}
    return ", ".join(f"{job} {age:.0f} s ago" for job, age in ages.items())
