"""Any HTTP service: what its own expectation leaves open."""

import re
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Twin, Wrong, fault, patch
from sutaz_tui.checks.burst import expect_well, many
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.by_kind.tls import DAYS, TITLE, TWINS
from sutaz_tui.config.kinds import Http
from sutaz_tui.errors import Refused, TimedOut
from sutaz_tui.model import CheckClass
from sutaz_tui.probes.expectation import Expectation
from sutaz_tui.probes.http import expectation
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line

KIND = Kind("http")
SECURED = "https:"
AT_ONCE = 20
NOWHERE = "/sutaztui-none"
MOVED = (301, 302, 307, 308)
NOT_SERVED = (405, 501)


def _parts(ask: Ask, id: str) -> tuple[Http, str]:
    """A service and the path of its address."""
    service = cast(Http, ask.service(id))
    parts = urlsplit(service.address)
    return service, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _expected(service: Http) -> Expectation:
    found, fault = expectation(service)
    if found is None:
        raise NotRun(f"{fault}; correct it in the config")
    return found


async def _page(ask: Ask, id: str) -> HttpAnswer:
    """The service's own answer, as its config expects it: what else is seen is seen of it."""
    service, path = _parts(ask, id)
    answer = await ask.site(id).request(
        service.method.upper(), path, headers=service.headers, timeout=ask.timeout
    )
    unmet, _ = _expected(service).judge(answer)
    if unmet:
        raise Wrong(unmet[0].expected, one_line(unmet[0].found, 300))
    return answer


@KIND.check(
    "answers",
    "it answers as the config expects",
    patch("portainer", "/", status=503),
    patch("portainer", "/", body="hello"),
    is_identity=True,
)
async def answers(ask: Ask, id: str) -> str:
    answer = await _page(ask, id)
    return f"{answer.status} in {answer.latency:.3f} s"


@KIND.check("certificate", TITLE, *TWINS, address=SECURED)
async def certificate(ask: Ask, id: str) -> str:
    try:
        answer = await _page(ask, id)
    except Refused as error:
        raise Wrong("a page by TLS with a certificate that is trusted", error.words) from error
    ends = answer.certificate_expires
    if ends is None:
        raise NotRun("its certificate is not verified, as `tls` of the config says")
    days = (ends - datetime.now(UTC)).total_seconds() / 86400
    ask.expect(days >= DAYS, f"a certificate valid for {DAYS} days", f"{days:.1f} days left; renew it")
    return f"valid for {days:.0f} days"


@KIND.check(
    "https",
    "plain HTTP redirects to https, or is closed",
    patch("https-plain", "/", status=200, headers={"location": None}),
    patch("https-plain", "/", headers={"location": "http://127.0.0.1/login"}),
    address=SECURED,
)
async def https(ask: Ask, id: str) -> str:
    service, _ = _parts(ask, id)
    parts = urlsplit(service.address)
    if not service.plain and parts.port not in (None, 443):
        raise NotRun("its address is not at port 443: set `plain` to its plain one")
    await _page(ask, id)
    host = parts.hostname or ""
    at_80 = f"http://{f'[{host}]' if ':' in host else host}{parts.path or '/'}"
    return await leads_to_https(ask, service.plain or at_80)


async def leads_to_https(ask: Ask, url: str) -> str:
    """What a plain URL answers: a redirect to https, or nobody listens."""
    try:
        answer = await ask.url("GET", url)
    except (Refused, TimedOut):
        return "closed"
    to = answer.headers.get("location", "")
    is_led = answer.status in MOVED and to.lower().startswith("https://")
    ask.expect(is_led, "a redirect to https", f"{answer.status} {to}".strip())
    return f"{answer.status} to https"


@KIND.check(
    "headers",
    "its page has the security headers",
    patch("portainer", "/", headers={"x-content-type-options": None}),
    patch("portainer", "/", headers={"content-security-policy": None}),
)
async def headers(ask: Ask, id: str) -> str:
    answer = await _page(ask, id)
    if "html" not in answer.headers.get("content-type", ""):
        raise NotRun("its answer is no page that a browser draws")
    policy = answer.headers.get("content-security-policy", "").lower()
    missing = []
    if answer.headers.get("x-content-type-options", "").lower() != "nosniff":
        missing.append("x-content-type-options: nosniff")
    if "frame-ancestors" not in policy and not answer.headers.get("x-frame-options"):
        missing.append("x-frame-options, or frame-ancestors in content-security-policy")
    ask.expect(not missing, "security headers on a page", f"without {'; '.join(missing)}")
    return "they are there"


@KIND.check(
    "hsts",
    "its page tells browsers to come by https alone",
    patch("https", "/", headers={"strict-transport-security": None}),
    patch("https", "/", headers={"strict-transport-security": "max-age=0"}),
    address=SECURED,
)
async def hsts(ask: Ask, id: str) -> str:
    answer = await _page(ask, id)
    told = answer.headers.get("strict-transport-security", "")
    age = re.search(r'max-age\s*=\s*"?(\d{1,18})', told, re.IGNORECASE)
    is_kept = age is not None and int(age[1]) > 0
    ask.expect(is_kept, "strict-transport-security: max-age=…", one_line(told, 80) or "none")
    return one_line(told, 80)


@KIND.check("unknown", "an unknown path is 404", patch("portainer", NOWHERE, status=200))
async def unknown(ask: Ask, id: str) -> str:
    await _page(ask, id)
    answer = await ask.site(id).request("GET", NOWHERE, timeout=ask.timeout)
    # Whoever wants a login first tells nobody what is there.
    ask.expect(
        answer.status in (404, 410, 401, 403),
        f"404 for {NOWHERE}",
        f"{answer.status}: what is gone looks as if it were there",
    )
    return f"{answer.status}"


@KIND.check(
    "head",
    "HEAD answers like GET",
    patch("portainer", "/", method="HEAD", status=404),
    patch("portainer", "/", method="HEAD", headers={"content-type": "application/json"}),
)
async def head(ask: Ask, id: str) -> str:
    service, path = _parts(ask, id)
    if service.method.upper() != "GET":
        raise NotRun(f"it is asked by {service.method.upper()}")
    answer = await _page(ask, id)
    found = await ask.site(id).request("HEAD", path, headers=service.headers, timeout=ask.timeout)
    if found.status in NOT_SERVED:
        raise NotRun(f"it serves no HEAD: {found.status}")
    wanted = answer.headers.get("content-type", "none")
    # What is only known once the body is made may be left out.
    kind = found.headers.get("content-type", wanted)
    ask.expect(found.status == answer.status, f"{answer.status} for HEAD too", found.status)
    ask.expect(kind == wanted, f"content-type {wanted} for HEAD too", kind)
    return f"{found.status} for both"


@KIND.check(
    "latency",
    f"{AT_ONCE} concurrent requests are all answered correctly and in time",
    fault(portainer="slow=1.1"),
    Twin(patches=({"endpoint": "portainer", "path": "/", "status": 503, "every": 7},)),
    check_class=CheckClass.HEAVY,
    sends=f"{AT_ONCE} requests at once for its own page",
    timeout=30.0,
)
async def latency(ask: Ask, id: str) -> str:
    service, path = _parts(ask, id)
    if service.method.upper() not in ("GET", "HEAD"):
        raise NotRun(f"it is asked by {service.method.upper()}, which may change something")
    size = max(1, min(AT_ONCE, ask.limits.concurrency, ask.limits.requests))
    origin = ask.crowded(id, size)
    expected = _expected(service)

    async def once() -> HttpAnswer:
        return await origin.request(
            service.method.upper(), path, headers=service.headers, timeout=ask.timeout
        )

    def good(answer: HttpAnswer) -> bool:
        return not expected.judge(answer)[0]

    measured = await many(f"{size} x {service.method} {path} at once", once, size, size, good, origin)
    expect_well(ask, measured)
    return measured.words()
