"""How quick the stack is: latencies against limits, users at once, requests a second, chats with a model, stores."""

import asyncio
import json
import time

from sutaz_tui.checks import reading
from sutaz_tui.checks.api.models import answered_by
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Run, Wrong, fault, patch, trait
from sutaz_tui.checks.burst import (
    Burst,
    burst,
    collections,
    expect_well,
    healthy,
    heartbeat,
    memory_growth,
    models,
)
from sutaz_tui.errors import TimedOut
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.http import HttpAnswer

CATEGORY = Category("performance")
HEAVY = CheckClass.HEAVY
CHAT_WITHIN = 30.0
RPS_FOR = 10.0


@CATEGORY.check(
    "health.latency", "50 sequential GET /health: p95 within the limit", "backend",
    twin=fault(backend="slow=0.7"), check_class=HEAVY, timeout=80, sends="50 GET /health, one after another",
    covers=("perf-01",),
)  # fmt: skip
async def health_latency(ask: Ask) -> str:
    # A slow backend is found out by the first few: no need to wait for all fifty.
    first = await burst(ask, "backend", "/health", 5, 1)
    expect_well(ask, first)
    measured = await burst(ask, "backend", "/health", 45, 1)
    expect_well(ask, measured)
    return measured.words()


@CATEGORY.check(
    "models.latency", "30 GET /api/v1/models/: p95 within the limit", "backend",
    twin=fault(backend="slow=0.7"), check_class=HEAVY, timeout=60, sends="30 GET /api/v1/models/, 5 at once",
    covers=("perf-02", "perf-08"),
)  # fmt: skip
async def models_latency(ask: Ask) -> str:
    measured = await burst(ask, "backend", "/api/v1/models/", 30, 5, models)
    expect_well(ask, measured)
    return measured.words()


def _users(path: str, users: int) -> Run:
    good = models if "models" in path else healthy

    async def run(ask: Ask) -> str:
        measured = await burst(ask, "backend", path, users, users, good)
        expect_well(ask, measured)
        return measured.words()

    return run


for _users_at_once, _path, _old in (
    (10, "/health", "perf-03"),
    (50, "/api/v1/models/", "perf-04"),
    (100, "/health", "perf-05"),
):
    CATEGORY.add(
        f"users.{_users_at_once}",
        f"{_users_at_once} concurrent users are all answered correctly and in time",
        _users(_path, _users_at_once),
        "backend",
        twin=patch("backend", _path, status=503),
        check_class=HEAVY,
        timeout=60,
        sends=f"{_users_at_once} GET {_path} at once, as far as the config allows",
        covers=(_old, "perf-12") if _old == "perf-04" else (_old,),
    )


@CATEGORY.check(
    "users.500", "500 requests in five waves are all answered correctly and in time", "backend",
    twin=patch("backend", "/health", status=503), check_class=HEAVY, timeout=90,
    sends="500 GET /health in five waves, as far as the config allows", covers=("perf-06",),
)  # fmt: skip
async def stress(ask: Ask) -> str:
    whole = Burst()
    for _ in range(5):
        part = await burst(ask, "backend", "/health", max(1, min(100, ask.limits.requests // 5)), 100)
        whole.seconds += part.seconds
        whole.bad += part.bad
        whole.elapsed += part.elapsed
    expect_well(ask, whole)
    return whole.words()


@CATEGORY.check(
    "rps", "it serves the configured number of requests per second", "backend",
    twin=fault(backend="slow=0.7"), check_class=HEAVY, timeout=60,
    sends="GET /health, five at once, for 10 s at most", covers=("perf-16",),
)  # fmt: skip
async def requests_a_second(ask: Ask) -> str:
    seconds = min(RPS_FOR, ask.limits.seconds)
    whole = Burst()
    began = time.perf_counter()
    while time.perf_counter() - began < seconds and whole.total < ask.limits.requests:
        part = await burst(ask, "backend", "/health", min(25, ask.limits.requests - whole.total), 5)
        whole.seconds += part.seconds
        whole.bad += part.bad
        if part.rps < ask.limits.rps / 10:
            break
    whole.elapsed = time.perf_counter() - began
    expect_well(ask, whole)
    ask.expect(whole.rps >= ask.limits.rps, f"at least {ask.limits.rps:.0f} a second", whole.words())
    return whole.words()


@CATEGORY.check(
    "memory", "memory does not grow with a hundred requests", "backend",
    twin=trait(backend_leaks=True), check_class=HEAVY, timeout=60,
    sends="100 GET /health, and /metrics before and after", covers=("perf-11",),
)  # fmt: skip
async def memory(ask: Ask) -> str:
    return await memory_growth(ask, 100, 1, 10)


@CATEGORY.check(
    "websocket.rate", "a WebSocket answers fifty pings quickly", "backend",
    twin=trait(websocket_pongs=False), check_class=HEAVY, timeout=30, sends="50 pings on /ws", covers=("perf-10",),
)  # fmt: skip
async def websocket_rate(ask: Ask) -> str:
    measured = Burst()
    began = time.perf_counter()
    async with ask.websocket("backend", "/ws") as frames:
        await frames.receive(ask.timeout)
        for _ in range(min(50, ask.limits.requests)):
            started = time.perf_counter()
            await frames.send(json.dumps({"type": "ping"}))
            try:
                answer = json.loads(await frames.receive(min(2.0, ask.timeout)))
            except TimedOut as late:
                raise Wrong("a pong for each ping", late.words) from late
            ask.expect(answer.get("type") == "pong", "a pong for each ping", answer)
            measured.seconds.append(time.perf_counter() - started)
    measured.elapsed = time.perf_counter() - began
    expect_well(ask, measured)
    return measured.words()


async def _chat(ask: Ask) -> dict[str, object]:
    answer = await ask.post(
        "backend",
        "/api/v1/chat/message",
        json={"message": "Answer with one word: ready?"},
        timeout=CHAT_WITHIN,
    )
    body = ask.as_object(answer)
    reading.spoken(body.get("response"))
    ask.expect(body.get("status") == "success", "status success", body.get("status"))
    if "response_time" in body:
        reading.taken(body["response_time"], answer.latency)
    await answered_by(ask, body)
    return body


@CATEGORY.check(
    "chat.latency", "the model answers one chat within 30 s", "backend", "ollama",
    twin=trait(chat_answers=False), check_class=HEAVY, timeout=CHAT_WITHIN + 5, sends="one chat with the model",
    covers=("perf-09",),
)  # fmt: skip
async def chat_latency(ask: Ask) -> str:
    started = time.perf_counter()
    body = await _chat(ask)
    return f"{body.get('model')} answered in {time.perf_counter() - started:.2f} s"


@CATEGORY.check(
    "chat.many", "sequential chats, as many as configured, are all answered", "backend", "ollama",
    twin=trait(chat_answers=False), check_class=HEAVY, timeout=600, sends="chats with the model, 50 at most",
    covers=("perf-13",),
)  # fmt: skip
async def chat_many(ask: Ask) -> str:
    started = time.perf_counter()
    for _ in range(max(1, ask.limits.chats)):
        await _chat(ask)
    return f"{ask.limits.chats} chats in {time.perf_counter() - started:.1f} s"


@CATEGORY.check(
    "chromadb.latency", "ChromaDB answers 30 requests quickly", "chromadb",
    twin=fault(chromadb="slow=0.7"), check_class=HEAVY, timeout=30, sends="30 GET /api/v2/heartbeat, 5 at once",
    covers=("perf-14",),
)  # fmt: skip
async def chromadb_latency(ask: Ask) -> str:
    beats = set()

    def beating(answer: HttpAnswer) -> bool:
        beats.add(answer.body)
        return heartbeat(answer)

    measured = await burst(ask, "chromadb", "/api/v2/heartbeat", 30, 5, beating)
    expect_well(ask, measured)
    is_alive = len(beats) > 1 or measured.total == 1
    ask.expect(is_alive, "a heartbeat that moves", "the same heartbeat each time: is it cached?")
    return measured.words()


@CATEGORY.check(
    "qdrant.latency", "Qdrant answers 30 requests quickly", "qdrant",
    twin=fault(qdrant="slow=0.7"), check_class=HEAVY, timeout=30, sends="30 GET /collections, 5 at once",
    covers=("perf-15",),
)  # fmt: skip
async def qdrant_latency(ask: Ask) -> str:
    measured = await burst(ask, "qdrant", "/collections", 30, 5, collections)
    expect_well(ask, measured)
    return measured.words()


@CATEGORY.check(
    "postgres.latency", "ten concurrent SELECT 1 are all answered quickly", "postgres",
    twin=fault(postgres="slow=0.7"), check_class=HEAVY, timeout=30, sends="10 times SELECT 1, on connections of their own",
    covers=("perf-07",),
)  # fmt: skip
async def postgres_latency(ask: Ask) -> str:
    measured = Burst()
    began = time.perf_counter()

    async def once() -> None:
        started = time.perf_counter()
        rows = await ask.sql("postgres", "SELECT 1 AS one")
        ask.expect(bool(rows) and next(iter(rows[0].values())) == 1, "the row 1", rows)
        measured.seconds.append(time.perf_counter() - started)

    await asyncio.gather(*(once() for _ in range(10)))
    measured.elapsed = time.perf_counter() - began
    expect_well(ask, measured)
    return measured.words()


NOT_COVERED: dict[str, str] = {}
