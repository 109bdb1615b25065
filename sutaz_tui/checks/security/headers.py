"""The headers that protect a browser: on answers and on refusals, and which other sites may read them."""

import re

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Wrong, patch, trait
from sutaz_tui.sources.http import HttpAnswer

CATEGORY = Category("security")
OURS = "http://localhost:11000"
FOREIGN = "http://sutaztui.example"
STRANGERS = (
    FOREIGN,
    f"{OURS}.sutaztui.example",
    "http://sutaztui.localhost:11000",
    "https://localhost:11000",
    "null",
)
"""Origins that are not ours, some of which begin or end alike."""
NOWHERE = "/api/v1/sutaztui-none"
# Header -> what its value must hold.
LEAST_AGE = 30 * 86_400
"""Seconds for which a browser must remember to speak TLS."""
SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "1",
    "strict-transport-security": "max-age=",
    "content-security-policy": "default-src",
    "referrer-policy": "origin",
    "permissions-policy": "camera=()",
}


def _weak(name: str, value: str) -> bool:
    """Whether a header is there and protects nothing."""
    if name == "strict-transport-security":
        lasts = re.search(r"max-age=(\d+)", value)
        return lasts is None or int(lasts[1]) < LEAST_AGE
    if name != "content-security-policy":
        return False
    allowed = {word: set(rest) for word, *rest in (part.split() for part in value.split(";") if part.strip())}
    # What no other directive is for, default-src is.
    scripts = allowed.get("script-src", allowed.get("default-src", set()))
    everywhere = {"*", "'unsafe-eval'"} & set().union(*allowed.values())
    return bool(everywhere or scripts & {"http:", "https:", "data:", "blob:"})


def _all_seven(ask: Ask, answer: HttpAnswer) -> str:
    wrong = []
    for name, part in SECURITY.items():
        value = answer.headers.get(name, "")
        if not value:
            wrong.append(f"no {name}")
        elif part.lower() not in value.lower() or _weak(name, value.lower()):
            wrong.append(f"{name}: {value}")
    ask.expect(not wrong, f"{len(SECURITY)} security headers with their values", "; ".join(wrong))
    return f"{len(SECURITY)} of {len(SECURITY)}"


@CATEGORY.check(
    "headers.answer",
    "answers have all seven security headers",
    "backend",
    twin=trait(security_headers=False),
    covers=("sec-17",),
)
async def on_answer(ask: Ask) -> str:
    answer = await ask.get("backend", "/")
    ask.as_object(answer)
    return _all_seven(ask, answer)


@CATEGORY.check(
    "headers.refusal",
    "error answers have all seven security headers",
    "backend",
    twin=patch("backend", NOWHERE, headers={"content-security-policy": None}),
)
async def on_refusal(ask: Ask) -> str:
    ask.as_object(await ask.get("backend", "/health"))
    answer = await ask.get("backend", NOWHERE)
    ask.status(answer, 404)
    return _all_seven(ask, answer)


@CATEGORY.check(
    "headers.reflected",
    "reflected input is returned as JSON (no XSS)",
    "backend",
    twin=patch("backend", "/api/v1/health/services/<script>", headers={"content-type": "text/html"}),
)
async def reflected(ask: Ask) -> str:
    ask.as_object(await ask.get("backend", "/api/v1/health/services/redis"))
    answer = await ask.get("backend", "/api/v1/health/services/%3Cscript%3E")
    ask.as_object(answer, 404)
    kind = answer.headers.get("content-type", "none")
    ask.expect(kind.startswith("application/json"), "JSON by its content-type", kind)
    sniffed = answer.headers.get("x-content-type-options", "none")
    ask.expect(sniffed == "nosniff", "nosniff", sniffed)
    return "JSON, not to be sniffed"


@CATEGORY.check(
    "cors.foreign",
    "CORS allows the frontend's origin only",
    "backend",
    twin=patch("backend", "/health", headers={"access-control-allow-origin": FOREIGN}),
    covers=("sec-13",),
)
async def foreign(ask: Ask) -> str:
    # The foreign one first: were it told as the allowed one is, the control would hide it.
    for origin in STRANGERS:
        answer = await ask.get("backend", "/health", headers={"Origin": origin})
        ask.as_object(answer)
        told = answer.headers.get("access-control-allow-origin")
        ask.expect(told is None, f"{origin} not allowed", f"access-control-allow-origin: {told}")
    await _allowed(ask)
    return "the frontend alone"


async def _allowed(ask: Ask) -> None:
    answer = await ask.get("backend", "/health", headers={"Origin": OURS})
    ask.as_object(answer)
    told = answer.headers.get("access-control-allow-origin", "none")
    ask.expect(told == OURS, f"{OURS} allowed", told)


@CATEGORY.check(
    "cors.preflight",
    "a CORS preflight is allowed for the frontend only",
    "backend",
    twin=patch("backend", "/api/v1/auth/login", method="OPTIONS", status=200),
)
async def preflight(ask: Ask) -> str:
    answers = {}
    for origin in (OURS, *STRANGERS):
        wish = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answers[origin] = await ask.request("OPTIONS", "backend", "/api/v1/auth/login", headers=wish)
    ours = answers.pop(OURS)
    told = ours.headers.get("access-control-allow-origin", "none")
    if ours.status != 200 or told != OURS:
        raise Wrong(f"200 and {OURS} allowed", f"{ours.status} and {told}")
    for origin, answer in answers.items():
        told = answer.headers.get("access-control-allow-origin", "none")
        ask.expect(
            answer.status == 400 and told == "none",
            f"400 for {origin}, none allowed",
            f"{answer.status}, {told}",
        )
    return "turned down with 400"


@CATEGORY.check(
    "cookies.none",
    "a login sets no cookie (no CSRF)",
    "backend",
    "postgres",
    logs_in=True,
    twin=patch("backend", "/api/v1/auth/login", headers={"set-cookie": "session=simulated; Path=/"}),
    covers=("sec-12", "sec-14"),
)
async def no_cookies(ask: Ask) -> str:
    # Shows that there is an account, and that it can log in.
    await ask.login()
    answer = await ask.login_answer(*ask.account())
    found = ask.as_object(answer)
    for name in ("access_token", "refresh_token"):
        ask.hide(str(found.get(name, "")))
    cookie = answer.headers.get("set-cookie", "")
    ask.expect(not cookie, "no cookie", cookie.partition("=")[0])
    return "tokens, and no cookie"
