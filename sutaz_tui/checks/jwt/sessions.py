"""A session from its first request to its last: who am I, refreshing, logging out."""

import asyncio

from sutaz_tui.checks import accounts, reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, patch, trait

CATEGORY = Category("jwt")
ME = f"{accounts.BASE}/me"
REFRESH = f"{accounts.BASE}/refresh"
LOGOUT = f"{accounts.BASE}/logout"
JUNK = "sutaztui.junk.token"
NO_TOKENS = (JUNK, "undefined", "null", "None", "Bearer")
"""What clients send that lost their token."""


@CATEGORY.check(
    "me.own_user",
    "GET /auth/me returns the account's own user",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(auth_me_works=False),
    covers=("jwt-13",),
)
async def own_user(ask: Ask) -> str:
    token = await ask.token()
    said = accounts.claims_of(token)
    found = await ask.body("backend", ME, token=token)
    for field, claim in (("id", "user_id"), ("username", "sub"), ("email", "email")):
        ask.expect(
            found.get(field) is not None and found.get(field) == said.get(claim),
            f"{field} as the token says",
            f"{field} {found.get(field)}, the token says {said.get(claim)}",
        )
    ask.expect(found.get("is_active") is True, "an active user", f"is_active {found.get('is_active')}")
    return "its own user"


@CATEGORY.check(
    "me.no_password",
    "neither login nor /auth/me exposes a password or hash",
    "backend",
    "postgres",
    logs_in=True,
    twin=patch("backend", ME, set={"hashed_password": "simulated"}),
    follows="jwt.me.own_user",
    covers=("jwt-22",),
)
async def no_password(ask: Ask) -> str:
    login = await ask.login()
    found = await ask.body("backend", ME, token=login["access_token"])
    told = [name for name in (*login, *found) if "password" in name.lower() or "hash" in name.lower()]
    told += [name for name, value in found.items() if reading.secret(value)]
    ask.expect(not told, "no field with a password", ", ".join(told))
    _, password = ask.account()
    ask.expect(password not in map(str, found.values()), "no password among the values", "the password")
    return "no password in either"


@CATEGORY.check(
    "me.anonymous",
    "GET /auth/me requires a token",
    "backend",
    logs_in=True,
    twin=patch("backend", ME, status=200),
    covers=("jwt-14",),
)
async def anonymous(ask: Ask) -> str:
    await accounts.taken(ask, await ask.token())
    answer = await ask.get("backend", ME)
    ask.expect(answer.status == 401, "401 without a token", f"{answer.status}")
    scheme = answer.headers.get("www-authenticate", "")
    ask.expect(scheme.lower().startswith("bearer"), "WWW-Authenticate: Bearer", scheme or "none")
    return "refused with 401"


@CATEGORY.check(
    "me.junk",
    "a malformed token is 401, not 500",
    "backend",
    logs_in=True,
    twin=patch("backend", ME, status=500),
    covers=("jwt-15",),
)
async def junk(ask: Ask) -> str:
    await accounts.taken(ask, await ask.token())
    for word in NO_TOKENS:
        answer = await ask.get("backend", ME, headers={"Authorization": f"Bearer {word}"})
        ask.expect(answer.status == 401, f"401 for the token {word}", f"{answer.status}")
    return "refused with 401"


@CATEGORY.check(
    "refresh.works",
    "a refresh returns a new, working pair for the same user",
    "backend",
    "postgres",
    logs_in=True,
    twin=patch("backend", REFRESH, set={"access_token": "simulated"}),
    covers=("jwt-11", "sec-04"),
)
async def refresh(ask: Ask) -> str:
    first = await accounts.own_login(ask)
    # Tokens are dated in whole seconds: two of one second may be alike.
    await asyncio.sleep(1.1)
    body = {"refresh_token": first["refresh_token"]}
    found = ask.as_object(await ask.post("backend", REFRESH, json=body))
    ask.expect(
        found.get("access_token") != first["access_token"], "another access token", "the same once more"
    )
    for kind in ("access", "refresh"):
        said = accounts.claims_of(str(found.get(f"{kind}_token", "")))
        was = accounts.claims_of(first[f"{kind}_token"])
        ask.expect(said.get("type") == kind, f"an {kind} token", f"type {said.get('type')}")
        ask.expect(said.get("sub") == was.get("sub"), "the same user", "another user")
        later = accounts.seconds_in(said, "exp") >= accounts.seconds_in(was, "exp")
        ask.expect(later, "one that ends no sooner than the first", "one that ends sooner")
    await accounts.taken(ask, found["access_token"])
    return "another pair, and it is taken"


@CATEGORY.check(
    "refresh.junk",
    "a malformed refresh token is refused, a valid one accepted",
    "backend",
    "postgres",
    logs_in=True,
    twin=patch("backend", REFRESH, status=200),
    covers=("jwt-12",),
)
async def refresh_junk(ask: Ask) -> str:
    login = await accounts.own_login(ask)
    body = {"refresh_token": login["refresh_token"]}
    ask.as_object(await ask.post("backend", REFRESH, json=body))
    for word in NO_TOKENS:
        answer = await ask.post("backend", REFRESH, json={"refresh_token": word})
        ask.expect(answer.status == 401, f"401 for the token {word}", f"{answer.status}")
    return "refused with 401"


@CATEGORY.check(
    "logout.works",
    "logout is confirmed, and requires a login",
    "backend",
    "postgres",
    logs_in=True,
    twin=patch("backend", LOGOUT, remove=["message"]),
)
async def logout(ask: Ask) -> str:
    login = await accounts.own_login(ask)
    anonymous = await ask.post("backend", LOGOUT)
    ask.expect(anonymous.status == 401, "401 without a token", f"{anonymous.status}")
    found = ask.as_json(await ask.post("backend", LOGOUT, token=login["access_token"]))
    words = found.get("message") if isinstance(found, dict) else None
    ask.expect(bool(words) and isinstance(words, str), "a message", f"message {words!r}")
    return str(words)


@CATEGORY.check(
    "logout.ends_refresh",
    "logout revokes the refresh token",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(refresh_survives_logout=True),
    covers=("jwt-16",),
)
async def dead_after_logout(ask: Ask) -> str:
    first = await accounts.own_login(ask)
    body = {"refresh_token": first["refresh_token"]}
    second = ask.as_object(await ask.post("backend", REFRESH, json=body))
    ask.status(await ask.post("backend", LOGOUT, token=str(second.get("access_token"))), 200)
    # The later of the two: where a refresh token works once, the first is dead without any logging out.
    body = {"refresh_token": str(second.get("refresh_token"))}
    ask.hide(body["refresh_token"])
    answer = await ask.post("backend", REFRESH, json=body)
    ask.expect(
        answer.status == 401,
        "401 for a refresh token after logging out",
        f"{answer.status}: it still brings tokens" if answer.status == 200 else f"{answer.status}",
    )
    return "dead after logging out"
