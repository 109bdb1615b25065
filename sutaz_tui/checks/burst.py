"""Many alike requests, measured: how long they took, how many failed, how many a second. Never more than the config allows."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong
from sutaz_tui.errors import Denied, SourceError
from sutaz_tui.model import Step
from sutaz_tui.probes.exposition import samples
from sutaz_tui.sources.evidence import record, unrecorded
from sutaz_tui.sources.http import HttpAnswer, HttpOrigin
from sutaz_tui.text.sanitise import one_line

Good = Callable[[HttpAnswer], bool]
"""Whether an answer counts as good: it is the one that is wanted, whole."""


MEMORY = "process_resident_memory_bytes"
COUNTER = "http_requests_total"
STARTED = "process_start_time_seconds"
FALLBACK = "local"
"""The model that is always there, and is none."""
APP = "SutazAI"
"""What the backend's name holds."""


@dataclass(slots=True)
class Burst:
    """What a burst measured: seconds of each good answer, the words of each bad one, seconds from first to last."""

    seconds: list[float] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def total(self) -> int:
        """How many were sent."""
        return len(self.seconds) + len(self.bad)

    @property
    def error_rate(self) -> float:
        """The share of 1 that was not good."""
        return len(self.bad) / self.total if self.total else 1.0

    @property
    def rps(self) -> float:
        """Good answers a second."""
        return len(self.seconds) / self.elapsed if self.elapsed else 0.0

    def percentile(self, share: float) -> float:
        """The time (seconds) within which this share of the good answers came; infinite when there was none."""
        if not self.seconds:
            return float("inf")
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def words(self) -> str:
        """The figures."""
        return (
            f"{self.total} requests, {len(self.bad)} bad, p50 {self.percentile(0.5) * 1000:.0f} ms, "
            f"p95 {self.percentile(0.95) * 1000:.0f} ms, {self.rps:.0f}/s"
        )


async def resident(ask: Ask) -> float:
    """Bytes of memory that the backend says it holds."""
    return (await _figures(ask))[0]


async def memory_growth(ask: Ask, requests: int, bursts: int, concurrency: int) -> str:
    """By how much bursts of health questions make the backend's memory grow, in words; at most the config's limit."""
    before, counted, started = await _figures(ask)
    for _ in range(bursts):
        expect_well(ask, await burst(ask, "backend", "/health", requests, concurrency))
    after, now, begun = await _figures(ask)
    ask.expect(
        begun == started and now >= counted,
        "one process all along",
        "another one: it ended under these questions",
    )
    ask.expect(now != counted, f"{COUNTER} that moves", f"{now:g} before and after: is the page cached?")
    grown, limit = after - before, ask.limits.memory_growth
    ask.expect(grown <= limit, f"at most {limit / 1e6:.0f} MB more", f"{grown / 1e6:.0f} MB more")
    return f"{grown / 1e6:+.1f} MB"


async def _figures(ask: Ask) -> tuple[float, float, float]:
    """Bytes of memory, requests counted so far, and when the process started."""
    answer = await ask.get("backend", "/metrics")
    ask.status(answer, 200)
    held, counted, started = None, -1.0, 0.0
    for sample in samples(answer.body, [MEMORY, COUNTER, STARTED], is_cut=answer.is_cut):
        if sample.name == MEMORY:
            held = sample.value
        elif sample.name == STARTED:
            started = sample.value
        else:
            counted = max(0.0, counted) + sample.value
    if held is None or counted < 0:
        raise Wrong(f"{MEMORY} and {COUNTER} in /metrics", "not both")
    return reading.number(held, MEMORY, 1e6), counted, started


def healthy(answer: HttpAnswer) -> bool:
    """A 200 of the backend itself whose JSON body says healthy."""
    body = json_object(answer)
    return body.get("status") == "healthy" and APP in str(body.get("app"))


def detailed(answer: HttpAnswer) -> bool:
    """A 200 with the flags of the backend's neighbours."""
    flags = json_object(answer).get("services")
    return isinstance(flags, dict) and bool(flags) and all(isinstance(up, bool) for up in flags.values())


def models(answer: HttpAnswer) -> bool:
    """A 200 with names of models, not of the fallback alone."""
    names = json_object(answer).get("models")
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        return False
    return not {*names} <= {FALLBACK}


def heartbeat(answer: HttpAnswer) -> bool:
    """A 200 of ChromaDB that beats."""
    beat = json_object(answer).get("nanosecond heartbeat")
    return isinstance(beat, int) and beat > 0


def collections(answer: HttpAnswer) -> bool:
    """A 200 of Qdrant with its collections."""
    result = json_object(answer).get("result")
    return isinstance(result, dict) and isinstance(result.get("collections"), list)


def json_object(answer: HttpAnswer) -> dict[str, Any]:
    """The JSON object of a whole 200; an empty one for anything else."""
    if answer.status != 200 or answer.is_cut:
        return {}
    try:
        body = answer.json()
    except SourceError:
        return {}
    return body if isinstance(body, dict) else {}


async def burst(
    ask: Ask, name: str, path: str, requests: int, concurrency: int, good: Good = healthy, token: str = ""
) -> Burst:
    """GET a path so many times, so many at once, both within the config's limits."""
    requests = max(1, min(requests, ask.limits.requests))
    concurrency = max(1, min(concurrency, ask.limits.concurrency))
    origin = ask.crowded(name, concurrency)
    headers = {"Authorization": f"Bearer {token}"} if token else None

    async def once() -> HttpAnswer:
        return await origin.request("GET", path, headers=headers, timeout=ask.timeout)

    return await many(
        f"{requests} x GET {path}, {concurrency} at once", once, requests, concurrency, good, origin
    )


async def many(
    what: str,
    once: Callable[[], Awaitable[HttpAnswer]],
    requests: int,
    concurrency: int,
    good: Good,
    origin: HttpOrigin,
) -> Burst:
    """Send the same so many times, so many at once; one summary stands as evidence."""
    measured = Burst()
    left = iter(range(requests))

    async def worker() -> None:
        for _ in left:
            started = time.perf_counter()
            try:
                answer = await once()
            except Denied as error:
                # A refused login: to go on would lock the account.
                measured.bad.append(error.words)
                return
            except SourceError as error:
                measured.bad.append(error.words)
                continue
            age = answer.headers.get("age", "0")
            if age not in ("0", ""):
                measured.bad.append(f"an answer that a cache has kept for {one_line(age, 20)} s")
            elif good(answer):
                measured.seconds.append(time.perf_counter() - started)
            else:
                measured.bad.append(f"{answer.status} {one_line(answer.text(), 60)}")

    began = time.perf_counter()
    with unrecorded():
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, requests)):
                group.create_task(worker())
    measured.elapsed = time.perf_counter() - began
    record(Step(origin.source, f"{what} at {origin.base}", _answer(measured), measured.elapsed))
    return measured


def _answer(measured: Burst) -> str:
    return measured.words() + (f"; the first bad: {measured.bad[0]}" if measured.bad else "")


def expect_well(ask: Ask, measured: Burst) -> None:
    """The share of bad answers and the 95th percentile are within the config's limits."""
    limit = ask.limits.error_rate
    first = f"; the first bad: {measured.bad[0]}" if measured.bad else ""
    ask.expect(
        measured.error_rate <= limit,
        f"at most {limit:.1%} bad answers",
        f"{measured.error_rate:.1%}: {measured.words()}{first}",
    )
    p95, most = measured.percentile(0.95), ask.limits.p95
    ask.expect(
        p95 <= most, f"a p95 of at most {most * 1000:.0f} ms", f"{p95 * 1000:.0f} ms: {measured.words()}"
    )
