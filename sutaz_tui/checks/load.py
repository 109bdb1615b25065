"""The backend under load: shares of bad answers, percentiles, memory, and whether it comes back."""

import asyncio
import time

from sutaz_tui.checks import accounts
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, fault, patch, trait
from sutaz_tui.checks.burst import (
    Burst,
    burst,
    detailed,
    expect_well,
    healthy,
    json_object,
    many,
    memory_growth,
    models,
    resident,
)
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line

CATEGORY = Category("load")
HEAVY = CheckClass.HEAVY
RATE = 10
SUSTAINED = 30.0


@CATEGORY.check(
    "health.concurrent", "100 concurrent GET /health are all answered correctly and in time", "backend",
    twin=patch("backend", "/health", status=503), check_class=HEAVY, timeout=30,
    sends="100 GET /health, as many at once as the config allows", covers=("load-01", "load-08"),
)  # fmt: skip
async def concurrent(ask: Ask) -> str:
    measured = await burst(ask, "backend", "/health", 100, 100)
    expect_well(ask, measured)
    return measured.words()


@CATEGORY.check(
    "health.percentiles", "the p95 of 100 GET /health is within the limit", "backend",
    twin=fault(backend="slow=0.7"), check_class=HEAVY, timeout=30,
    sends="100 GET /health, 20 at once", covers=("load-04",),
)  # fmt: skip
async def percentiles(ask: Ask) -> str:
    measured = await burst(ask, "backend", "/health", 100, 20)
    expect_well(ask, measured)
    return measured.words()


@CATEGORY.check(
    "login.concurrent", "50 logins of the account all succeed in time", "backend", "postgres",
    twin=patch("backend", "/api/v1/auth/login", status=500, body={"detail": "Internal Server Error"}), check_class=HEAVY,
    logs_in=True, timeout=60, sends="50 logins of the configured account, 10 at once", covers=("load-02",),
)  # fmt: skip
async def logins(ask: Ask) -> str:
    account = ask.account()
    own = await ask.token()
    requests = min(50, ask.limits.requests)
    origin = ask.crowded("backend", 10)

    async def once() -> HttpAnswer:
        return await ask.login_answer(*account, at_once=10)

    def good(answer: HttpAnswer) -> bool:
        return accounts.is_access_token(json_object(answer).get("access_token"), own)

    measured = await many(f"{requests} logins, 10 at once", once, requests, 10, good, origin)
    expect_well(ask, measured)
    return measured.words()


@CATEGORY.check(
    "mixed", "mixed load on health, detailed health and models is answered correctly and in time", "backend",
    twin=patch("backend", "/api/v1/models/", status=500), check_class=HEAVY, timeout=60,
    sends="99 GETs of /health, /health/detailed and /api/v1/models/", covers=("load-03", "load-07"),
)  # fmt: skip
async def mixed(ask: Ask) -> str:
    asked = {"/health": healthy, "/health/detailed": detailed, "/api/v1/models/": models}
    parts = await asyncio.gather(*(burst(ask, "backend", path, 33, 16, good) for path, good in asked.items()))
    whole = Burst(
        [seconds for part in parts for seconds in part.seconds],
        [words for part in parts for words in part.bad],
        max(part.elapsed for part in parts),
    )
    expect_well(ask, whole)
    return whole.words()


@CATEGORY.check(
    "health.sustained", "ten requests per second are answered correctly for the configured time", "backend",
    twin=patch("backend", "/health", status=500), check_class=HEAVY, timeout=90,
    sends="10 GET /health a second, for 30 s at most", covers=("load-05",),
)  # fmt: skip
async def sustained(ask: Ask) -> str:
    seconds = min(SUSTAINED, ask.limits.seconds)
    rounds = max(1, min(int(seconds), ask.limits.requests // RATE))
    whole = Burst()
    began = time.perf_counter()
    for number in range(rounds):
        part = await burst(ask, "backend", "/health", RATE, RATE)
        whole.seconds += part.seconds
        whole.bad += part.bad
        if number + 1 < rounds:
            await asyncio.sleep(max(0.0, began + number + 1 - time.perf_counter()))
    whole.elapsed = time.perf_counter() - began
    expect_well(ask, whole)
    return whole.words()


@CATEGORY.check(
    "memory", "memory does not grow over five bursts", "backend",
    twin=trait(backend_leaks=True), check_class=HEAVY, timeout=60,
    sends="250 GET /health in five bursts, and /metrics before and after", covers=("load-06",),
)  # fmt: skip
async def memory(ask: Ask) -> str:
    share = max(1, min(50, ask.limits.requests // 5))
    return f"{await memory_growth(ask, share, 5, 25)} after {5 * share} requests"


@CATEGORY.check(
    "recovery", "it stays healthy after ten malformed logins", "backend",
    twin=patch("backend", "/health", set={"status": "unhealthy"}), check_class=HEAVY, timeout=30,
    sends="10 logins without fields, then GET /health", covers=("load-09",),
)  # fmt: skip
async def recovery(ask: Ask) -> str:
    for _ in range(10):
        answer = await ask.post("backend", "/api/v1/auth/login", form={})
        ask.status(answer, 422)
    answer = await ask.get("backend", "/health")
    ask.expect(healthy(answer), "status healthy", one_line(answer.text(), 80))
    return "ten refused, then healthy"


@CATEGORY.check(
    "scaling", "higher concurrency does not make it fail or slow", "backend",
    twin=fault(backend="slow=0.7"), check_class=HEAVY, timeout=60,
    sends="85 GET /health: 10, 25 and 50 at once", covers=("load-10",),
)  # fmt: skip
async def scaling(ask: Ask) -> str:
    words = []
    for at_once in (10, 25, 50):
        measured = await burst(ask, "backend", "/health", at_once, at_once)
        expect_well(ask, measured)
        words.append(f"{at_once} at once {measured.rps:.0f}/s")
    return ", ".join(words)


@CATEGORY.check(
    "metrics", "metrics stay readable under load", "backend",
    twin=patch("backend", "/metrics", body="# nothing\n"), check_class=HEAVY, timeout=30,
    sends="50 GET /health and /metrics meanwhile", covers=("load-11",),
)  # fmt: skip
async def metrics(ask: Ask) -> str:
    measured, held = await asyncio.gather(burst(ask, "backend", "/health", 50, 25), resident(ask))
    expect_well(ask, measured)
    return f"{measured.words()}; {held / 1e6:.0f} MB resident"


NOT_COVERED: dict[str, str] = {}
