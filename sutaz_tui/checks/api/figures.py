"""What the backend says of itself in figures: requests that are counted, a process that is alive."""

import re

from sutaz_tui.checks import reading
from sutaz_tui.checks.api.health import NINE
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Wrong, patch, trait
from sutaz_tui.sources.http import HttpAnswer

CATEGORY = Category("api")
METRICS = "/metrics"
OLDEST = 10 * 365 * 86_400.0
SAMPLE = re.compile(r"^(\w+)(\{.*\})? ([0-9.eE+-]+|NaN|\+Inf)$")


async def _exposed(ask: Ask) -> HttpAnswer:
    answer = await ask.get("backend", METRICS)
    ask.status(answer, 200)
    kind = answer.headers.get("content-type", "none")
    ask.expect(kind.startswith("text/plain"), "text of Prometheus", kind)
    return answer


def _sum(text: str, family: str, *having: str) -> float:
    values = [
        float(found[3])
        for line in text.splitlines()
        if (found := SAMPLE.match(line))
        and found[1] == family
        and all(part in (found[2] or "") for part in having)
    ]
    if not values:
        raise Wrong(f"samples of {family}", "none")
    return sum(values)


@CATEGORY.check(
    "metrics.move",
    "http_requests_total of /health grows with a request",
    "backend",
    twin=trait(backend_metrics_move=False),
    covers=("api-16",),
)
async def move(ask: Ask) -> str:
    await ask.body("backend", "/health")
    where = 'endpoint="/health"'
    before = _sum((await _exposed(ask)).text(), "http_requests_total", where)
    await ask.body("backend", "/health")
    after = _sum((await _exposed(ask)).text(), "http_requests_total", where)
    ask.expect(after > before, f"more than {before:.0f}", f"{after:.0f}")
    return f"from {before:.0f} to {after:.0f}"


@CATEGORY.check(
    "metrics.process",
    "the backend exports memory, CPU time and start time",
    "backend",
    twin=patch("backend", METRICS, body="http_requests_total 1.0\n"),
    covers=("api-17",),
)
async def process(ask: Ask) -> str:
    text = (await _exposed(ask)).text()
    resident = _sum(text, "process_resident_memory_bytes")
    cpu, started = _sum(text, "process_cpu_seconds_total"), _sum(text, "process_start_time_seconds")
    reading.number(resident, "bytes of memory", 1e6)
    reading.number(cpu, "processor time", 1e-3)
    reading.age(started, OLDEST, "a start")
    return f"{resident / 1e6:.0f} MB"


@CATEGORY.check(
    "metrics.services",
    "the gauge of each of the backend's services is 1",
    "backend",
    twin=trait(absent=["neo4j"]),
)
async def services(ask: Ask) -> str:
    text = (await _exposed(ask)).text()
    shown = re.findall(r'backend_service_status\{[^}]*service="(\w+)"[^}]*\} (\S+)$', text, re.M)
    missing = set(NINE) - {name for name, _ in shown}
    ask.expect(not missing, f"a gauge for each of {len(NINE)}", f"none for {', '.join(sorted(missing))}")
    other = [f"{name} {value}" for name, value in shown if value not in ("1", "1.0")]
    ask.expect(not other, "1 for every service", ", ".join(other))
    return f"{len(shown)} services"
