"""What can be had without a login: no secrets on public pages, no inner routes, no user's sessions, no broadcast."""

import re

from sutaz_tui.checks import accounts, reading
from sutaz_tui.checks.api.routes import OPEN
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Wrong, patch, trait
from sutaz_tui.model import CheckClass
from sutaz_tui.probes.exposition import series
from sutaz_tui.text.sanitise import one_line

CATEGORY = Category("security")
OPENAPI = "/api/v1/openapi.json"
PUBLIC: dict[str, tuple[str, ...]] = {
    "/": ("app", "version"),
    "/health": ("status", "app"),
    "/health/detailed": ("status", "services"),
    "/metrics": (),
    **{path: (key,) if key else () for path, key in OPEN.items() if path.startswith("/api/")},
    OPENAPI: ("openapi", "paths"),
}
"""Pages without a login, with keys that must be on them."""
SESSION = "/api/v1/chat/sessions/sutaztui-none"
BROADCAST = "/api/v1/jarvis/jarvis/broadcast"
INNER = re.compile(
    r"/(?:debug(?:ger)?|\.?env|environ(?:ment)?|config(?:uration)?|settings|pprof|admin|shell|exec|dump|internal|actuator|sql|console|phpinfo"
    r"|heapdump|\.git|eval)(?:/|$)"
)
BESIDE = ("/.git/config", "/.env", "/actuator/env", "/debug/pprof/", "/server-status")
"""Paths that such things have where somebody forgot them."""
# What no public page holds, by its form or by its name.
SECRETS = {
    **reading.SECRETS,
    "a password": re.compile(r"\"\w*(?:password|secret|api_?key|(?<!type)token)\"\s*:\s*\"[^\"]+\"", re.I),
    "a variable": re.compile(r"^\s*\w*(?:PASSWORD|SECRET|TOKEN|API_?KEY)\w*=\S+", re.M),
}


@CATEGORY.check(
    "public.secrets",
    "no public page exposes a password, token, key or login",
    "backend",
    twin=patch("backend", "/", set={"database": "postgresql://jarvis:simulated@sutazai-postgres/jarvis_ai"}),
    covers=("sec-19",),
)
async def no_secrets(ask: Ask) -> str:
    told = []
    for path in PUBLIC:
        answer = await ask.get("backend", path)
        ask.status(answer, 200)
        text = answer.text()
        ask.expect(not answer.is_cut, f"the whole of {path}", "only its beginning")
        # A page of somebody else holds no secret of the backend's, which says nothing.
        if path == "/metrics":
            ask.expect(series(answer.body) > 0, f"figures on {path}", one_line(text, 80) or "nothing")
        else:
            keys = PUBLIC[path]
            body = ask.as_json(answer)
            ask.expect(bool(body), f"something on {path}", "nothing")
            ask.expect(
                all(key in body for key in keys),
                f"{' and '.join(keys)} on {path}",
                sorted(map(str, body))[:9],
            )
        # The description names fields; what they hold stands on the other pages.
        kinds = [what for what, shape in SECRETS.items() if path != OPENAPI or what != "a password"]
        told += [f"{what} on {path}" for what in kinds if SECRETS[what].search(text)]
    ask.expect(not told, "none", ", ".join(told))
    return f"none on {len(PUBLIC)} pages"


@CATEGORY.check(
    "public.routes",
    "the API has no config, environment, debug or shell route",
    "backend",
    twin=patch("backend", OPENAPI, set={"paths./api/v1/config": {}}),
)
async def no_inner(ask: Ask) -> str:
    paths = (await ask.body("backend", OPENAPI)).get("paths")
    if not isinstance(paths, dict) or not paths:
        raise Wrong("a description with paths", f"paths {paths!r}")
    inner = [path for path in paths if INNER.search(path)]
    # What a description does not tell of lies beside the API.
    inner += [path for path in BESIDE if (await ask.get("backend", path)).status == 200]
    ask.expect(not inner, "none of them", ", ".join(inner))
    return f"none among {len(paths)}, none beside them"


@CATEGORY.check(
    "search.locked",
    "search requires a login",
    "backend",
    logs_in=True,
    twin=patch("backend", accounts.LOCKED_ROUTE, status=200),
    covers=("sec-11",),
)
async def search_locked(ask: Ask) -> str:
    await accounts.taken(ask, await ask.token())
    await accounts.refused(ask, "", "a search without a token")
    return "refused with 401"


@CATEGORY.check(
    "sessions.locked",
    "chat sessions require a login, existing or not",
    "backend",
    logs_in=True,
    twin=patch("backend", SESSION, status=404),
    covers=("api-09",),
)
async def sessions_locked(ask: Ask) -> str:
    await accounts.taken(ask, await ask.token())
    answer = await ask.get("backend", SESSION)
    ask.expect(answer.status == 401, "401 without a token", f"{answer.status}")
    return "refused with 401"


@CATEGORY.check(
    "broadcast.locked",
    "a broadcast to users is refused without a login",
    "backend",
    logs_in=True,
    twin=trait(broadcast_needs_login=False),
    check_class=CheckClass.ATTACK,
    sends="a broadcast of the wrong shape, which reaches nobody, with and without a login",
)
async def broadcast_locked(ask: Ask) -> str:
    # A list is no message: past the login it is refused for its shape, so that nothing is ever sent.
    known = await ask.post("backend", BROADCAST, token=await ask.token(), json=[])
    ask.expect(known.status == 422, "422 for the wrong shape, with a login", f"{known.status}")
    answer = await ask.post("backend", BROADCAST, json=[])
    open_words = f"{answer.status}: open to everybody" if answer.status == 422 else f"{answer.status}"
    ask.expect(answer.status == 401, "401 without a token", open_words)
    return "refused with 401"
